"""What snapshots have listed: compartments in; resources, and the lists that they are on, out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select

from gateway.store import bulk
from gateway.store.models import ListedResource, table

if TYPE_CHECKING:
    from gateway.store.store import Tx

_TABLE = table(ListedResource)
_LATEST = (
    "ON CONFLICT (compartment, type, id, list) DO UPDATE SET"
    " spool_seq = excluded.spool_seq, closed = excluded.closed"
)


class Listed(NamedTuple):
    """A resource on a list (see `models.ListedResource`)."""

    compartment: str
    type: str
    id: str
    list: str
    spool_seq: int
    closed: bool = False


class Lists:
    """Repository of what snapshots have listed, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of(self, compartments: Iterable[str]) -> list[Listed]:
        """Return what is known of compartments."""
        found: list[Listed] = []
        columns = [_TABLE.c[name] for name in Listed._fields]
        for some in bulk.chunks(sorted(set(compartments))):
            rows = self._tx.connection.execute(
                select(*columns).where(_TABLE.c.compartment.in_(some))
            )
            found += map(Listed._make, rows)
        return found

    def concerning(
        self, things: Iterable[tuple[str, str, str]], lists: Iterable[tuple[str, str]]
    ) -> list[Listed]:
        """Return on which lists things are, and whatever is on `lists`.

        Parameters
        ----------
        things
            As (compartment, type, id).
        lists
            As (compartment, list).
        """
        wanted, names = set(things), set(lists)
        if names:  # one look through each record, however many lists of it
            homes, called = ({one[at] for one in names} for at in range(2))
            query = select(_TABLE.c.compartment, _TABLE.c.type, _TABLE.c.id)
            query = query.where(_TABLE.c.compartment.in_(homes), _TABLE.c.list.in_(called))
            wanted.update((row[0], row[1], row[2]) for row in self._tx.connection.execute(query))
        found: list[Listed] = []
        for some in bulk.chunks(sorted(wanted)):
            key = ("compartment", "type", "id")
            rows = bulk.select_by_key(self._tx.connection, _TABLE, Listed._fields, key, some)
            found += (Listed._make((*row[:5], bool(row[5]))) for row in rows)
        return found

    def note(self, listed: Iterable[Listed]) -> None:
        """Write what is listed now, each once."""
        bulk.insert(self._tx.connection, _TABLE, Listed._fields, sorted(listed), _LATEST)

    def forget(self, listed: Iterable[Listed]) -> None:
        """Take resources off lists."""
        for one in listed:
            self._tx.connection.execute(
                delete(_TABLE).where(
                    *(_TABLE.c[name] == getattr(one, name) for name in Listed._fields[:4])
                )
            )
