"""`yiqiao serve` and `yiqiao demo`."""

from __future__ import annotations


def serve() -> None:
    """Start the gateway: MLLP listener, worker, and the HTTP API, until it is told to stop.

    Reads `$YIQIAO_CONFIG` or `./yiqiao.toml` and `YIQIAO_…` variables (docs/reference/settings.md).
    """
    from gateway.serving import run

    run()


def demo() -> None:
    """Run the whole bridge once on this machine, on a store that is thrown away, and tell the story.

    Two hospitals' messages become one patient's record; an internet hospital reads it with consent;
    an insurer verifies a visit; a third party sees nothing.
    """
    from gateway.demo.story import tell

    tell()
