"""`yiqiao client`: programs that may ask, by OAuth 2."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from gateway.cli.common import fail, open_store, out, print_table, when

app = typer.Typer(help="Programs that may ask for records (OAuth 2 clients).", no_args_is_help=True)


class Kind(StrEnum):
    """What an organisation is."""

    SOURCE = "source"
    INTERNET_HOSPITAL = "internet-hospital"
    INSURER = "insurer"
    PATIENT_APP = "patient-app"


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The client's id.")],
    organisation: Annotated[str, typer.Option("--org", help="Its organisation's short name.")],
    kind: Annotated[Kind, typer.Option(help="What the organisation is.")],
    jwks: Annotated[
        Path | None, typer.Option(help="File with the client's public keys (JWK Set).")
    ] = None,
    new_key: Annotated[
        Path | None,
        typer.Option(help="Make a key pair instead: the private key (JWK) is written here."),
    ] = None,
    scope: Annotated[
        str, typer.Option(help="Scopes it may ask for, with spaces between (SMART v2).")
    ] = "system/*.rs",
    purpose: Annotated[
        list[str] | None,
        typer.Option(help="Purpose of use it is registered for (v3-ActReason); may repeat."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="The organisation's full name.")] = None,
) -> None:
    """Register a client; its organisation too, if it is new.

    Example: yiqiao client add follow-up --org cloudcare --kind internet-hospital
    --new-key follow-up.jwk --purpose TREAT
    """
    from gateway.auth.purposes import KNOWN
    from gateway.store.models import Client, Organisation
    from sqlalchemy.exc import IntegrityError

    if (jwks is None) == (new_key is None):
        fail("give one of --jwks and --new-key", code=2)
    purposes = purpose or []
    for code in purposes:
        if code not in KNOWN:
            fail(f"no purpose of use is called {code!r}; known: {', '.join(KNOWN)}", code=2)
    public = _read_keys(jwks) if jwks is not None else _make_key(new_key)
    with open_store() as (settings, store):
        try:
            with store.begin() as tx:
                known = tx.directory.organisation(organisation)
                if known is None:
                    tx.directory.add(
                        Organisation(id=organisation, tenant=settings.tenant, kind=kind.value,
                                     name=title or organisation, created=tx.now)
                    )  # fmt: skip
                elif known.kind != kind.value:
                    fail(f"{organisation} is registered as {known.kind}", code=2)
                tx.directory.add(
                    Client(id=name, organisation=organisation, jwks=public, scopes=scope,
                           purposes=" ".join(purposes), created=tx.now)
                )  # fmt: skip
        except IntegrityError:
            fail(f"a client {name} is registered already")
    out.print(f"client {name} of {organisation} ({kind.value}) may ask", markup=False)


@app.command("list")
def list_() -> None:
    """List the clients."""
    with open_store() as (_, store), store.read() as tx:
        kinds = {o.id: o.kind for o in tx.directory.organisations()}
        rows = [
            (c.id, c.organisation, kinds.get(c.organisation), c.scopes, c.purposes, when(c.revoked))
            for c in tx.directory.clients()
        ]
    print_table(("client", "organisation", "kind", "scopes", "purposes", "revoked"), rows)


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="The client's id.")]) -> None:
    """Revoke a client: its tokens stop working with the next request."""
    with open_store() as (_, store), store.begin() as tx:
        done = tx.directory.revoke_client(name)
    if not done:
        fail(f"there is no client {name} to revoke")
    out.print(f"client {name} is revoked", markup=False)


def _read_keys(path: Path) -> dict[str, object]:
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        keys = KeySet.import_key_set(orjson.loads(path.read_bytes()))
        return dict(keys.as_dict(private=False))
    except (OSError, ValueError, KeyError, JoseError) as fault:
        fail(f"{path} is not a JWK Set: {type(fault).__name__}", code=2)


def _make_key(path: Path | None) -> dict[str, object]:
    from gateway.keys.files import create
    from joserfc.jwk import ECKey

    assert path is not None
    key = ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384"}, auto_kid=True)
    try:
        create(path, dict(key.as_dict(private=True)))
    except OSError as fault:
        fail(f"{path}: {fault.strerror}", code=2)
    return {"keys": [dict(key.as_dict(private=False))]}
