"""`yiqiao source worklist`: what a source's messages lacked in its tables, and how often."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import orjson
import typer

from gateway.cli.common import fail, open_store, out, print_table, when


class As(StrEnum):
    """How to print it."""

    TABLE = "table"
    JSON = "json"
    ROWS = "rows"


def worklist(
    name: Annotated[str, typer.Argument(help="The source's short name.")],
    as_: Annotated[
        As,
        typer.Option(
            "--as", help="A table; JSON, one line each; or rows to complete in the profile."
        ),
    ] = As.TABLE,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what the profile has by now.")
    ] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Print it, and count anew.")] = False,
) -> None:
    """Show which codes, systems, segments and fields of a source have no place in its tables.

    A running gateway counts them as messages are applied, and again where they are replayed. What
    the source's profile has by now is left out. Codes and names are shown only where they have the
    shape of vocabulary; what may be more (a long number, words) is counted with an empty name.

    For example:

      yiqiao source worklist tjh01 --as rows >> tjh01.map
    """
    from gateway.profiles.starter import lines_for
    from mappings.dictionary import LAYERS, read
    from mappings.worklist import Want, lacks

    with open_store() as (_, store):
        with store.read() as tx:
            source = tx.directory.source(name)
            if source is None:
                fail(f"there is no source {name}")
            counted = tx.worklist.of(name)
        tables = read(LAYERS, source.profile)
        shown = [one for one in counted if everything or lacks(Want(*one.what), tables)]
        match as_:
            case As.JSON:
                for one in shown:
                    line = {**one.what._asdict(), "times": one.times, "last": when(one.last)}
                    out.print(orjson.dumps(line).decode())
            case As.ROWS:
                wanted = [(Want(*one.what), one.times) for one in shown]
                out.print(lines_for(wanted, tables), end="")
            case As.TABLE:
                print_table(
                    ("lacking", "name", "code", "place", "times", "first", "last"),
                    [(*one.what, one.times, when(one.first), when(one.last)) for one in shown],
                )
        if clear:
            with store.begin() as tx:
                tx.worklist.clear(name)
