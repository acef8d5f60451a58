"""Things that await others: what they call those in; notes of it, by keyed hashes, out.

What a message names need not be known yet: a result's parent, the order that another is part of. It
is noted what awaits it, and, of the record, that anything does: few records have such.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.ingest.ids import DerivedIds
from gateway.store.orders import Numbered

_TYPES = ("Observation", "ServiceRequest")
_SIDES = ("PLAC", "FILL")  # whose number names the other, or an order that it is of


def mark(ids: DerivedIds, home: str, type_: str) -> str:
    """Return the number under which it is noted that something of a type awaits something."""
    return ids.resource(home, type_, "awaited")


def claim(ids: DerivedIds, home: str, type_: str, *named: str) -> str:
    """Return what is claimed by whatever awaits what is called so."""
    return ids.resource(home, type_, "awaited", *named)


def noted(ids: DerivedIds, type_: str, id_: str, side: str, *named: str) -> Iterator[Numbered]:
    """Yield the notes that something awaits what is called so, by a number of a side."""
    home = id_.partition(".")[0]
    yield Numbered(home, _own(ids, type_, id_, side), id_, claim(ids, home, type_, side, *named))
    yield Numbered(home, mark(ids, home, type_), "")


def marks(ids: DerivedIds, notes: Iterable[Numbered]) -> Iterator[Numbered]:
    """Yield what is noted of a record where some notes are that something awaits something."""
    for row in notes:
        for type_ in _TYPES:
            if row.number in {_own(ids, type_, row.id, side) for side in _SIDES}:
                yield Numbered(row.compartment, mark(ids, row.compartment, type_), "")


def gone(ids: DerivedIds, left: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the notes of what awaits something no more, as (compartment, number), by its ids."""
    for id_ in left:
        home = id_.partition(".")[0]
        for type_ in _TYPES:
            yield from ((home, _own(ids, type_, id_, side)) for side in _SIDES)


def _own(ids: DerivedIds, type_: str, id_: str, side: str) -> str:
    return ids.beside(id_, type_, "awaits", side)
