"""Whose orders are: numbers in; the records that have such an order, and who waits for one, out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Table, delete, select

from gateway.store import bulk
from gateway.store.models import OrderHome, OrderWait, table

if TYPE_CHECKING:
    from gateway.store.store import Tx

_HOMES, _WAITING = table(OrderHome), table(OrderWait)
_KEY = ("source", "number")
_WAIT = (*_KEY, "spool_seq")
_ONCE = "ON CONFLICT DO NOTHING"

Number = tuple[str, str]  # the source, and the number as a keyed hash


class Home(NamedTuple):
    """An order of a number (see `models.OrderHome`)."""

    source: str
    number: str
    id: str
    type: str
    compartment: str


class Homes:
    """Repository of the records that orders are in, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of(self, numbers: Iterable[Number]) -> list[Home]:
        """Return the orders of numbers."""
        return [Home._make(row) for row in self._select(_HOMES, Home._fields, numbers)]

    def within(self, compartment: str) -> list[Home]:
        """Return the orders of a record."""
        columns = [_HOMES.c[name] for name in Home._fields]
        rows = self._tx.connection.execute(
            select(*columns).where(_HOMES.c.compartment == compartment)
        )
        return [Home._make(row) for row in rows]

    def note(self, homes: Iterable[Home]) -> None:
        """Write where orders are."""
        bulk.insert(self._tx.connection, _HOMES, Home._fields, sorted(homes), _ONCE)

    def wait(self, numbers: Iterable[Number], seq: int) -> None:
        """Let a message wait for an order of any of the numbers."""
        rows = [(*number, seq) for number in sorted(numbers)]
        bulk.insert(self._tx.connection, _WAITING, _WAIT, rows, _ONCE)

    def waiting(self, numbers: Iterable[Number]) -> set[int]:
        """Return the messages that wait for an order of any of the numbers."""
        return {row[0] for row in self._select(_WAITING, ("spool_seq",), numbers)}

    def found(self, seq: int) -> bool:
        """Let a message wait no longer; return whether it did."""
        query = delete(_WAITING).where(_WAITING.c.spool_seq == seq)
        return self._tx.connection.execute(query).rowcount > 0

    def _select(
        self, rows: Table, columns: tuple[str, ...], numbers: Iterable[Number]
    ) -> Iterator[tuple[Any, ...]]:
        for some in bulk.chunks(sorted(set(numbers))):
            yield from bulk.select_by_key(self._tx.connection, rows, columns, _KEY, some)
