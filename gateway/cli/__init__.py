"""The command `yiqiao`: words in, one room's work done, an exit code out.

0: done. 1: done, and something was refused or found wrong (said on standard error); or the store,
its keys or the network cannot be used. 2: wrong words, or a setting, table or file that cannot be.
Each command imports what it needs when it runs, so that `--help` is quick.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway.cli import (
    audit,
    client,
    conformance,
    keys,
    person,
    profile,
    quarantine,
    send,
    serve,
    source,
    translate,
)
from gateway.cli.common import fail, reason, write_any_text

app = typer.Typer(
    name="yiqiao",
    help=(
        "[bold]yiqiao 医桥[/] — hospitals' HL7v2 feeds in, consented FHIR R4 out.\n\n"
        "New here? [cyan]yiqiao demo[/] runs the whole bridge once on this machine. Then "
        "[cyan]yiqiao translate FILE[/] shows what a message of yours becomes, and "
        "[cyan]yiqiao serve[/] starts the gateway."
    ),
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("demo")(serve.demo)
app.command("translate")(translate.translate)
app.command("send")(send.send)
app.add_typer(profile.app, name="profile")
app.add_typer(source.app, name="source")
app.add_typer(client.app, name="client")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(person.app, name="person")
app.add_typer(audit.app, name="audit")
app.add_typer(conformance.app, name="conformance")
app.add_typer(keys.app, name="keys")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"yiqiao {version('yiqiao')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and stop.", is_eager=True, callback=_version
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command; turn what can go wrong around it into one line and an exit code."""
    write_any_text(sys.stdout, sys.stderr)
    try:
        app()
    except Exception as fault:
        told = reason(fault)
        if told is None:
            raise
        why, code = told
        fail(why, code=code)
