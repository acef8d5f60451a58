"""`yiqiao audit`: proof that the audit log is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.common import err, open_store, out

app = typer.Typer(help="The audit log and its proof.", no_args_is_help=True)


@app.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option(help="A head printed earlier and kept elsewhere: the log must contain it."),
    ] = None,
) -> None:
    """Prove that the audit log was not altered, cut or reordered.

    Prints the number of events and the signed head. Keep the head somewhere else: with it, a later
    proof also tells if the end of the log was cut off together with its head.
    """
    from gateway.audit.verify import verify as prove

    with open_store() as (_, store):
        report = prove(store, kept_head=head)
    out.print(f"{report.links} events")
    for broken in report.breaks:
        err.print(f"event {broken.seq}: {broken.code}: {broken.detail}", style="red")
    if not report.holds:
        raise typer.Exit(1)
    out.print("the chain holds")
    out.print(f"head {report.head}")
