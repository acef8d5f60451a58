"""Merged records (A18, A34, A40): merge events in; groups of compartments, with survivors, out.

Events may come in any order, again, or with their two ids reversed; what holds follows from the set
of events and their spool numbers alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import or_, select

from gateway.store import bulk
from gateway.store.models import Merge, table

if TYPE_CHECKING:
    from gateway.store.store import Tx

_TABLE = table(Merge)
_LATEST = (
    "ON CONFLICT (retired, surviving) DO UPDATE SET spool_seq = excluded.spool_seq "
    "WHERE excluded.spool_seq > merge.spool_seq"
)


class MergeEvent(NamedTuple):
    """One record was declared to be another's duplicate."""

    retired: str
    surviving: str
    spool_seq: int


class Group(NamedTuple):
    """Compartments that are one record now."""

    survivor: str
    members: frozenset[str]


def groups(events: Iterable[MergeEvent]) -> dict[str, Group]:
    """Return the group of every compartment that the events name; pure.

    Joining two groups, the surviving record's own survivor survives; an event inside one group
    (a repetition, or a reversal) makes its surviving record the survivor.
    """
    found: dict[str, Group] = {}
    for event in sorted(events, key=lambda event: event.spool_seq):
        retired = found.get(event.retired) or Group(event.retired, frozenset((event.retired,)))
        surviving = found.get(event.surviving) or Group(
            event.surviving, frozenset((event.surviving,))
        )
        inside = event.retired in surviving.members
        survivor = event.surviving if inside else surviving.survivor
        joined = Group(survivor, retired.members | surviving.members)
        found.update((member, joined) for member in joined.members)
    return found


class Merges:
    """Repository of merge events, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def record(self, events: Iterable[MergeEvent]) -> None:
        """Note merge events; one repeated counts from its latest time."""
        self._tx.sequence()
        latest: dict[tuple[str, str], MergeEvent] = {}
        for event in sorted(events, key=lambda event: event.spool_seq):
            if event.retired != event.surviving:
                latest[event.retired, event.surviving] = event
        bulk.insert(self._tx.connection, _TABLE, MergeEvent._fields, list(latest.values()), _LATEST)

    def group(self, compartment: str) -> Group:
        """Return a compartment's group; one never merged is its own survivor."""
        return self.groups((compartment,))[compartment]

    def groups(self, compartments: Iterable[str]) -> dict[str, Group]:
        """Return the group of each compartment."""
        wanted = set(compartments)
        known: set[str] = set()
        events: set[MergeEvent] = set()
        frontier = wanted
        while frontier:
            known |= frontier
            for ids in bulk.chunks(list(frontier)):
                query = select(_TABLE.c.retired, _TABLE.c.surviving, _TABLE.c.spool_seq)
                touching = or_(_TABLE.c.retired.in_(ids), _TABLE.c.surviving.in_(ids))
                rows = self._tx.connection.execute(query.where(touching))
                events.update(MergeEvent._make(row) for row in rows)
            frontier = {id_ for event in events for id_ in event[:2]} - known
        found = groups(events)
        return {id_: found.get(id_) or Group(id_, frozenset((id_,))) for id_ in wanted}
