"""What messages lacked in their tables: counts in, one row a source and thing out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, select

from gateway.store import bulk
from gateway.store.models import WorklistRow, table

if TYPE_CHECKING:
    from gateway.store.store import Tx

MOST = 10_000  # rows of a source; what comes beyond is counted by its kind alone

_TABLE = table(WorklistRow)
_KEY = ("source", "kind", "name", "code", "place")
_COLUMNS = (*_KEY, "count", "first", "last")
_ADD = (
    "ON CONFLICT (source, kind, name, code, place) DO UPDATE "
    "SET count = worklist.count + excluded.count, last = excluded.last"
)


class Lacking(NamedTuple):
    """One thing that is lacking: of what kind, its name, the code, and where it stood."""

    kind: str
    name: str
    code: str
    place: str


class Counted(NamedTuple):
    """`times` something was lacking; `first` and `last` in µs since 1970."""

    what: Lacking
    times: int
    first: int
    last: int


class Worklist:
    """Repository of what is lacking, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, source: str, counts: Mapping[Lacking, int]) -> None:
        """Count what a batch of a source's messages lacked."""
        if not counts:
            return
        keys = [(source, *what) for what in counts]
        known = set(map(tuple, bulk.select_by_key(self._tx.connection, _TABLE, _KEY, _KEY, keys)))
        new = len(keys) - len(known)
        room = not new or self._size(source) + new <= MOST
        totals: dict[tuple[str, ...], int] = {}
        for key, times in zip(keys, counts.values(), strict=True):
            kept = key if room or key in known else (source, key[1], "", "", "")
            totals[kept] = totals.get(kept, 0) + times
        now = self._tx.now
        rows = [(*key, times, now, now) for key, times in sorted(totals.items())]
        bulk.insert(self._tx.connection, _TABLE, _COLUMNS, rows, _ADD)

    def of(self, source: str) -> list[Counted]:
        """Return what a source's messages lacked, the most frequent first of each kind."""
        order = (_TABLE.c.kind, _TABLE.c.count.desc(), *(_TABLE.c[name] for name in _KEY[2:]))
        query = select(*(_TABLE.c[name] for name in _COLUMNS[1:]))
        rows = self._tx.connection.execute(
            query.where(_TABLE.c.source == source).order_by(*order)
        ).all()
        return [Counted(Lacking(*row[:4]), *row[4:]) for row in rows]

    def clear(self, source: str) -> int:
        """Begin to count anew; return how many rows there were."""
        cleared = delete(_TABLE).where(_TABLE.c.source == source)
        return self._tx.connection.execute(cleared).rowcount

    def _size(self, source: str) -> int:
        query = select(func.count()).select_from(_TABLE).where(_TABLE.c.source == source)
        return int(self._tx.connection.execute(query).scalar_one())
