"""The numbers of orders: keyed hashes in; the resources that they name out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select, update

from gateway.store import bulk
from gateway.store.models import OrderNumber, table

if TYPE_CHECKING:
    from gateway.store.store import Tx

_TABLE = table(OrderNumber)
_KEY = ("compartment", "number")
_LATEST = "ON CONFLICT (compartment, number) DO UPDATE SET id = excluded.id, claim = excluded.claim"


class Numbered(NamedTuple):
    """What a number of an order names (see `models.OrderNumber`)."""

    compartment: str
    number: str
    id: str
    claim: str = ""


class Orders:
    """Repository of the numbers of orders, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of(self, numbers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Numbered]:
        """Return what is known of numbers, given as (compartment, number)."""
        return {(row.compartment, row.number): row for row in self._by(_KEY, numbers)}

    def claimed(self, claims: Iterable[tuple[str, str]]) -> list[Numbered]:
        """Return the numbers that were claimed by something, given as (compartment, claim)."""
        return list(self._by(("compartment", "claim"), claims))

    def within(self, compartment: str) -> list[Numbered]:
        """Return all that is known of numbers in a compartment."""
        columns = [_TABLE.c[name] for name in Numbered._fields]
        query = select(*columns).where(_TABLE.c.compartment == compartment)
        return [Numbered._make(row) for row in self._tx.connection.execute(query)]

    def note(self, numbers: Iterable[Numbered]) -> None:
        """Write what numbers name, each once."""
        bulk.insert(self._tx.connection, _TABLE, Numbered._fields, sorted(numbers), _LATEST)

    def forget(self, compartment: str) -> None:
        """Forget all that is known of numbers in a compartment."""
        self._tx.connection.execute(delete(_TABLE).where(_TABLE.c.compartment == compartment))

    def drop(self, numbers: Iterable[tuple[str, str]]) -> None:
        """Forget what is known of numbers, given as (compartment, number)."""
        for compartment, number in self.of(numbers):
            mine = (_TABLE.c.compartment == compartment, _TABLE.c.number == number)
            self._tx.connection.execute(delete(_TABLE).where(*mine))

    def lead(self, compartment: str, old: str, new: str) -> None:
        """Let whatever names one resource name another."""
        mine = (_TABLE.c.compartment == compartment, _TABLE.c.id == old)
        self._tx.connection.execute(update(_TABLE).where(*mine).values(id=new))

    def _by(self, key: tuple[str, str], values: Iterable[tuple[str, str]]) -> Iterator[Numbered]:
        for some in bulk.chunks(sorted(set(values))):
            rows = bulk.select_by_key(self._tx.connection, _TABLE, Numbered._fields, key, some)
            yield from map(Numbered._make, rows)
