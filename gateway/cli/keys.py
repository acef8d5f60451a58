"""`yiqiao keys`: the installation's keys."""

from __future__ import annotations

import typer

from gateway.cli.common import open_store, out

app = typer.Typer(help="The installation's keys.", no_args_is_help=True)


@app.callback()
def _keys() -> None:
    """Say that there are commands below."""


@app.command()
def rotate() -> None:
    """Make a new key-encryption key and new signing keys, and wrap every data key anew.

    Records stay readable throughout, and running gateways take the new keys up by themselves.
    Former public keys keep verifying what they signed.
    """
    with open_store() as (_, store):
        store.keys.rotate()
        count = store.rewrap()
    out.print(f"rotated; {count} data keys wrapped anew")
