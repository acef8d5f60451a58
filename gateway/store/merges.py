"""Merged records (A18, A34, A40): merge events in; groups of compartments, with survivors, out.

Events may come in any order, again, or with their two ids reversed; what holds follows from the set
of events, their spool numbers, and when each was written by its sender's clock.
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
_UNKNOWN = 0  # when
_LATEST = (
    "ON CONFLICT (retired, surviving) DO UPDATE "
    "SET spool_seq = excluded.spool_seq, clock = excluded.clock, sent = excluded.sent "
    "WHERE excluded.spool_seq > merge.spool_seq AND (merge.clock IS NULL "
    "OR excluded.clock <> merge.clock OR excluded.sent = 0 OR excluded.sent >= merge.sent)"
)


class MergeEvent(NamedTuple):
    """One record was declared to be another's duplicate; when (`sent`), by the sender's `clock`."""

    retired: str
    surviving: str
    spool_seq: int
    clock: bytes = b""
    sent: int = _UNKNOWN

    def was_before(self, other: MergeEvent) -> bool:
        """Whether one clock shows that it was written before another."""
        return self.clock == other.clock and _UNKNOWN < self.sent < other.sent


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
    for event in _as_said(events):
        retired = found.get(event.retired) or Group(event.retired, frozenset((event.retired,)))
        surviving = found.get(event.surviving) or Group(
            event.surviving, frozenset((event.surviving,))
        )
        inside = event.retired in surviving.members
        survivor = event.surviving if inside else surviving.survivor
        joined = Group(survivor, retired.members | surviving.members)
        found.update((member, joined) for member in joined.members)
    return found


def _as_said(events: Iterable[MergeEvent]) -> list[MergeEvent]:
    """Return events as they came, each before those that its sender had written after it."""
    ordered: list[MergeEvent] = []
    for event in sorted(events, key=lambda event: (event.spool_seq, event)):
        later = (at for at, other in enumerate(ordered) if event.was_before(other))
        ordered.insert(next(later, len(ordered)), event)
    return ordered


class Merges:
    """Repository of merge events, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def record(self, events: Iterable[MergeEvent]) -> None:
        """Note merge events; one repeated counts from when it was said last."""
        self._tx.sequence()
        latest: dict[tuple[str, str], MergeEvent] = {}
        for event in _as_said(events):
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
                query = select(*(_TABLE.c[name] for name in MergeEvent._fields))
                touching = or_(_TABLE.c.retired.in_(ids), _TABLE.c.surviving.in_(ids))
                rows = self._tx.connection.execute(query.where(touching))
                events.update(
                    MergeEvent(retired, surviving, seq, clock or b"", sent or _UNKNOWN)
                    for retired, surviving, seq, clock, sent in rows
                )
            frontier = {id_ for event in events for id_ in event[:2]} - known
        found = groups(events)
        return {id_: found.get(id_) or Group(id_, frozenset((id_,))) for id_ in wanted}

    def survivors(self, compartments: Iterable[str]) -> dict[str, str]:
        """Return by which record each of those was replaced that were."""
        found = self.groups(compartments)
        return {id_: group.survivor for id_, group in found.items() if group.survivor != id_}
