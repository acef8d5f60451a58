"""Compartments: ids in; rows, and the data keys that open what lies in them, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select, update

from gateway.keys import DataKey
from gateway.store import bulk
from gateway.store.caching import KeyCache, OpenCompartment
from gateway.store.errors import ErasedError
from gateway.store.models import (
    Compartment,
    IdentityToken,
    LinkReview,
    ListedResource,
    OrderHome,
    OrderNumber,
    ResourceHistory,
    ResourceRow,
    table,
)

if TYPE_CHECKING:
    from gateway.store.store import Tx

_TABLE = table(Compartment)
_COLUMNS = ("id", "tenant", "kind", "organisation", "person", "kek", "wrapped_key", "created")


class CompartmentRow(NamedTuple):
    """A compartment without its key. `kind`: patient | directory | person."""

    id: str
    tenant: str
    kind: str
    organisation: str | None
    person: str | None
    destroyed: int | None


class NewCompartment(NamedTuple):
    """A compartment that is to be there."""

    id: str
    tenant: str
    kind: str
    organisation: str | None
    person: str | None = None


_ROW = tuple(_TABLE.c[name] for name in CompartmentRow._fields)


class Compartments:
    """Repository of compartments, in one transaction."""

    def __init__(self, tx: Tx, cache: KeyCache) -> None:
        self._tx = tx
        self._cache = cache

    def get(self, compartment: str) -> CompartmentRow | None:
        """Return one compartment."""
        return self.many((compartment,)).get(compartment)

    def many(self, compartments: Iterable[str]) -> dict[str, CompartmentRow]:
        """Return those of the compartments that exist, by id."""
        found: dict[str, CompartmentRow] = {}
        for ids in bulk.chunks(list(compartments)):
            rows = self._tx.connection.execute(select(*_ROW).where(_TABLE.c.id.in_(ids)))
            found.update((row[0], CompartmentRow._make(row)) for row in rows)
        return found

    def of_persons(self, persons: Sequence[str]) -> list[CompartmentRow]:
        """Return the compartments linked to any of the persons."""
        query = select(*_ROW).where(_TABLE.c.person.in_(persons), _TABLE.c.destroyed.is_(None))
        rows = self._tx.connection.execute(query.order_by(_TABLE.c.created, _TABLE.c.id))
        return [CompartmentRow._make(row) for row in rows]

    def of_organisation(
        self, organisation: str, kind: str = "patient", limit: int | None = None
    ) -> list[CompartmentRow]:
        """Return a source's compartments, oldest first."""
        query = (
            select(*_ROW)
            .where(
                _TABLE.c.organisation == organisation,
                _TABLE.c.kind == kind,
                _TABLE.c.destroyed.is_(None),
            )
            .order_by(_TABLE.c.created, _TABLE.c.id)
            .limit(limit)
        )
        return [CompartmentRow._make(row) for row in self._tx.connection.execute(query)]

    def ensure(self, wanted: Iterable[NewCompartment]) -> list[str]:
        """Make the compartments that are not there yet, each with a new data key; return them."""
        specs = {spec.id: spec for spec in wanted}
        if len(self.many(specs)) == len(specs):
            return []
        self._tx.sequence()  # another writer may be making the same ones: wait, then look
        existing = self.many(specs)
        missing = [spec for spec in specs.values() if spec.id not in existing]
        rows = []
        for spec in missing:
            kek, wrapped = self._tx.keys.new_data_key()
            rows.append((*spec, kek, wrapped, self._tx.now))
            opened = OpenCompartment(self._tx.keys.unwrap(kek, wrapped), spec.tenant)
            self._tx.opened[spec.id] = opened
        bulk.insert(self._tx.connection, _TABLE, _COLUMNS, rows)
        return [spec.id for spec in missing]

    def key(self, compartment: str) -> DataKey:
        """Return a compartment's data key.

        Raises
        ------
        ErasedError
            It was destroyed, or never was.
        """
        return self.open(compartment).key

    def open(self, compartment: str) -> OpenCompartment:
        """Return a compartment's data key and tenant.

        Raises
        ------
        ErasedError
            It was destroyed, or never was.
        """
        opened = self._tx.opened.get(compartment) or self._cached(compartment)
        if opened is None:
            self.preload((compartment,))
            opened = self._tx.opened.get(compartment)
            if opened is None:
                raise ErasedError("the compartment was destroyed, or never was")
        return opened

    def preload(self, compartments: Iterable[str]) -> None:
        """Unwrap the keys of many compartments with one query."""
        missing = [
            id_ for id_ in compartments if id_ not in self._tx.opened and not self._cached(id_)
        ]
        columns = (_TABLE.c.id, _TABLE.c.tenant, _TABLE.c.kek, _TABLE.c.wrapped_key)
        for ids in bulk.chunks(missing):
            query = select(*columns).where(_TABLE.c.id.in_(ids), _TABLE.c.destroyed.is_(None))
            for id_, tenant, kek, wrapped in self._tx.connection.execute(query):
                opened = OpenCompartment(self._tx.keys.unwrap(kek, wrapped), tenant)
                self._tx.opened[id_] = opened

    def destroy(self, compartment: str) -> None:
        """Erase a record for good: its key, its rows, its look-up tokens (crypto-shredding).

        Raw messages and audit events stay as sealed bytes; the former can no longer be opened.
        """
        connection = self._tx.connection
        self._tx.sequence()
        connection.execute(
            update(_TABLE)
            .where(_TABLE.c.id == compartment)
            .values(wrapped_key=b"", kek="", person=None, destroyed=self._tx.now)
        )
        for model in (
            ResourceRow,
            ResourceHistory,
            IdentityToken,
            LinkReview,
            OrderNumber,
            OrderHome,
            ListedResource,
        ):
            rows = table(model)
            connection.execute(delete(rows).where(rows.c.compartment == compartment))
        self._tx.opened.pop(compartment, None)
        self._tx.destroyed.add(compartment)

    def rewrap(self, limit: int) -> int:
        """Wrap up to `limit` data keys under the active key-encryption key; return how many."""
        connection, keys = self._tx.connection, self._tx.keys
        query = (
            select(_TABLE.c.id, _TABLE.c.kek, _TABLE.c.wrapped_key)
            .where(_TABLE.c.kek != keys.active_kek, _TABLE.c.destroyed.is_(None))
            .limit(limit)
            .with_for_update()
        )
        rows = connection.execute(query).all()
        for id_, kek, wrapped in rows:
            again = keys.rewrap(kek, wrapped)
            connection.execute(
                update(_TABLE)
                .where(_TABLE.c.id == id_)
                .values(kek=again.kek, wrapped_key=again.data)
            )
        return len(rows)

    def require(self, compartments: Iterable[str]) -> None:
        """Make sure that compartments still take content, whatever is cached.

        Raises
        ------
        ErasedError
            One was destroyed, or never was.
        """
        ids = set(compartments)
        live = self.many(ids)
        if len(live) < len(ids) or any(row.destroyed for row in live.values()):
            raise ErasedError("a compartment was destroyed, or never was")

    def _cached(self, compartment: str) -> OpenCompartment | None:
        return None if compartment in self._tx.destroyed else self._cache.get(compartment)
