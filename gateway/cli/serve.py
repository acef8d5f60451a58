"""`yiqiao serve` and `yiqiao demo`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Role(StrEnum):
    """Parts of the gateway that a process may have."""

    API = "api"
    MLLP = "mllp"
    WORKER = "worker"


def serve(
    role: Annotated[
        list[Role] | None,
        typer.Option(help="Run only this part; may repeat. Default: all parts in one process."),
    ] = None,
) -> None:
    """Start the gateway: MLLP listener, worker and HTTP API, until it is told to stop.

    Reads `$YIQIAO_CONFIG` or `./yiqiao.toml` and `YIQIAO_…` variables (docs/reference/settings.md).
    On PostgreSQL any number of processes may run, each with its parts.
    """
    from gateway.serving import run
    from gateway.settings import load

    run(load(), [part.value for part in role or list(Role)])


def demo() -> None:
    """Run the whole bridge once, on a store that is thrown away, and tell the story.

    Two hospitals' messages become one patient's record; an internet hospital reads it with consent;
    an insurer verifies a visit; a third party sees nothing.
    """
    from gateway.cli.common import fail
    from gateway.demo.story import DemoError, tell

    try:
        tell()
    except DemoError as error:
        fail(f"the demonstration went wrong: {error}")
