"""`yiqiao client`: programs that may ask, by OAuth 2."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from gateway.cli.common import check_name, fail, open_store, out, print_table, when

app = typer.Typer(help="Programs that may ask for records (OAuth 2 clients).", no_args_is_help=True)


class Kind(StrEnum):
    """What an organisation is."""

    SOURCE = "source"
    INTERNET_HOSPITAL = "internet-hospital"
    INSURER = "insurer"
    PATIENT_APP = "patient-app"


SCOPES = {
    Kind.SOURCE: "system/*.rs ingest/hl7v2",
    Kind.INTERNET_HOSPITAL: "system/*.rs",
    Kind.INSURER: "operation/verify-visit",
    Kind.PATIENT_APP: "system/Consent.cruds",
}
_DEFAULTS = "; ".join(f"{kind.value}: {scopes}" for kind, scopes in SCOPES.items())


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
        str | None,
        typer.Option(
            help="Scopes it may ask for, with spaces between (SMART v2). Without it, by kind: "
            f"{_DEFAULTS}."
        ),
    ] = None,
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
    from sqlalchemy.exc import IntegrityError

    from gateway.keys.files import create
    from gateway.store.models import Client, Organisation

    if (jwks is None) == (new_key is None):
        fail("give one of --jwks and --new-key", code=2)
    check_name(name)
    check_name(organisation)
    purposes = purpose or []
    scopes = SCOPES[kind] if scope is None else scope
    _check_words(scopes.split(), purposes)
    private, public = _new_key() if jwks is None else ({}, _read_keys(jwks))
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
                    Client(id=name, organisation=organisation, jwks=public, scopes=scopes,
                           purposes=" ".join(purposes), created=tx.now)
                )  # fmt: skip
                if new_key is not None and not create(new_key, private):
                    fail(f"{new_key} is there already; it is left as it is", code=2)
        except IntegrityError:
            fail(f"a client {name} is registered already")
    out.print(f"client {name} of {organisation} ({kind.value}) may ask")


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
    out.print(f"client {name} is revoked")


def _check_words(scopes: list[str], purposes: list[str]) -> None:
    from gateway.auth.purposes import KNOWN
    from gateway.auth.scopes import Scopes

    for code in purposes:
        if code not in KNOWN:
            fail(f"no purpose of use is called {code!r}; known: {', '.join(KNOWN)}", code=2)
    for scope in scopes:
        if not Scopes.parse(scope):
            fail(f"no scope is called {scope!r}; such are system/*.rs, ingest/hl7v2", code=2)


def _read_keys(path: Path) -> dict[str, object]:
    """Return the public half of a JWK Set: keys that an assertion may be signed with."""
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, KeySet, RSAKey

    try:
        keys = KeySet.import_key_set(orjson.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError, JoseError):
        fail(f"{path} is not a JWK Set with keys", code=2)
    if not all(isinstance(key, ECKey | RSAKey) for key in keys):
        fail(f"{path}: keys must be EC or RSA", code=2)
    return dict(keys.as_dict(private=False))


def _new_key() -> tuple[dict[str, object], dict[str, object]]:
    """Make a key pair; return the private JWK, and a JWK Set with the public one."""
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384"}, auto_kid=True)
    return dict(key.as_dict(private=True)), {"keys": [dict(key.as_dict(private=False))]}
