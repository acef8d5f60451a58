"""What is registered of a client at this moment: its id in, one row out, in one query."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from gateway.store import Tx
from gateway.store.models import Client, Organisation, table

_CLIENT = table(Client)
_ORGANISATION = table(Organisation)
_QUERY = (
    select(
        _CLIENT.c.id,
        _CLIENT.c.scopes,
        _CLIENT.c.purposes,
        _CLIENT.c.revoked,
        _ORGANISATION.c.id,
        _ORGANISATION.c.tenant,
        _ORGANISATION.c.kind,
    )
    .join(_ORGANISATION, _ORGANISATION.c.id == _CLIENT.c.organisation)
    .where(_CLIENT.c.id == bindparam("client"))
)


class Registration(NamedTuple):
    """A client and its organisation, as registered; `revoked` in µs."""

    client: str
    scopes: str
    purposes: str
    revoked: int | None
    organisation: str
    tenant: str
    kind: str


def registered(tx: Tx, client: str) -> Registration | None:
    """Return what is registered of a client, revoked or not."""
    row = tx.connection.execute(_QUERY, {"client": client}).first()
    return Registration._make(row) if row is not None else None
