"""Who takes part: organisations, their feeds and their clients; models in, models out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Select, insert, select, update
from sqlmodel import SQLModel

from gateway.store.models import Client, Organisation, Source, table

if TYPE_CHECKING:
    from gateway.store.store import Tx

M = TypeVar("M", bound=SQLModel)

_ORGANISATION = table(Organisation)
_SOURCE = table(Source)
_CLIENT = table(Client)


class Directory:
    """Repository of participants, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, participant: Organisation | Source | Client) -> None:
        """Add an organisation, a source or a client.

        Raises
        ------
        sqlalchemy.exc.IntegrityError
            Its id (or a source's facility) is taken, or its organisation is unknown.
        """
        rows = table(type(participant))
        self._tx.connection.execute(insert(rows).values(**participant.model_dump()))

    def organisation(self, id_: str) -> Organisation | None:
        """Return one organisation."""
        return self._one(Organisation, select(_ORGANISATION).where(_ORGANISATION.c.id == id_))

    def organisations(
        self, tenant: str | None = None, kind: str | None = None
    ) -> list[Organisation]:
        """Return organisations by id: all, or those of a tenant, of a kind."""
        query = select(_ORGANISATION).order_by(_ORGANISATION.c.id)
        if tenant is not None:
            query = query.where(_ORGANISATION.c.tenant == tenant)
        if kind is not None:
            query = query.where(_ORGANISATION.c.kind == kind)
        return self._all(Organisation, query)

    def source(self, organisation: str) -> Source | None:
        """Return the source of an organisation."""
        return self._one(Source, select(_SOURCE).where(_SOURCE.c.organisation == organisation))

    def sources(self) -> list[Source]:
        """Return every source, by organisation."""
        return self._all(Source, select(_SOURCE).order_by(_SOURCE.c.organisation))

    def client(self, id_: str) -> Client | None:
        """Return one client, revoked or not."""
        return self._one(Client, select(_CLIENT).where(_CLIENT.c.id == id_))

    def clients(self, organisation: str | None = None) -> list[Client]:
        """Return clients by id: all, or an organisation's."""
        query = select(_CLIENT).order_by(_CLIENT.c.id)
        if organisation is not None:
            query = query.where(_CLIENT.c.organisation == organisation)
        return self._all(Client, query)

    def change_source(self, organisation: str, **values: object) -> bool:
        """Give a source other values; return False where there is no such source.

        Raises
        ------
        sqlalchemy.exc.IntegrityError
            The facility is another source's.
        """
        change = update(_SOURCE).where(_SOURCE.c.organisation == organisation).values(**values)
        return self._tx.connection.execute(change).rowcount > 0

    def revoke_client(self, id_: str) -> bool:
        """Revoke a client from now on; return False where there is none to revoke."""
        where = (_CLIENT.c.id == id_, _CLIENT.c.revoked.is_(None))
        values = {"revoked": self._tx.now}
        return (
            self._tx.connection.execute(update(_CLIENT).where(*where).values(values)).rowcount > 0
        )

    def _one(self, model: type[M], query: Select[Any]) -> M | None:
        row = self._tx.connection.execute(query).mappings().first()
        return model(**row) if row else None

    def _all(self, model: type[M], query: Select[Any]) -> list[M]:
        return [model(**row) for row in self._tx.connection.execute(query).mappings()]
