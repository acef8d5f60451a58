"""What is noted of things that move to another record: their ids there in; the same notes there.

Later messages find them by it: the numbers of orders, visits and reports, which measurements of a
series there are, which results await a parent, what lists have them. What is noted in the other
record already stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.ingest import awaiting
from gateway.ingest.ids import DerivedIds
from gateway.store import Tx
from gateway.store.orders import Numbered
from mappings.runtime.types import Listing


def addresses(tx: Tx, here: str, there: str, ids: Iterable[str]) -> dict[str, str]:
    """Return the ids that things of the record `here` have in the record `there`.

    They are the same behind the dot, but of what that record knows by one of the numbers already.
    """
    found = {id_: _in(there, id_) for id_ in ids}
    rows = [row for row in tx.orders.within(here) if row.id in found]
    known = tx.orders.of((there, _in(there, row.number)) for row in rows)
    for row in rows:
        other = known.get((there, _in(there, row.number)))
        if other and other.id and other.claim in ("", _in(there, row.claim)):
            found[row.id] = other.id
    return found


def follow(
    tx: Tx, ids: DerivedIds, here: str, there: str, moved: Mapping[str, str]
) -> list[Listing]:
    """Note in the record `there` what is noted in the record `here` of what moves.

    Parameters
    ----------
    moved
        The ids in the other record, by those in this one.

    Returns
    -------
    list of Listing
        What of it is known from lists.
    """
    numbers = {
        Numbered(there, _in(there, row.number), moved[row.id], _in(there, row.claim))
        for row in tx.orders.within(here) if row.id in moved
    }  # fmt: skip
    numbers.update([*awaiting.marks(ids, numbers)])
    known = tx.orders.of((row.compartment, row.number) for row in numbers)
    tx.orders.note(row for row in numbers if (row.compartment, row.number) not in known)
    lists = [
        row._replace(compartment=there, id=moved[row.id], list=_list(row.list, moved))
        for row in tx.lists.of((here,)) if row.id in moved
    ]  # fmt: skip
    names = {row[:4] for row in tx.lists.of((there,))}
    tx.lists.note(row for row in lists if row[:4] not in names)
    return [
        Listing(row.list.partition(" ")[0], row.type, there, "", (row.id,), whole=False)
        for row in lists if row.list
    ]  # fmt: skip


def _in(home: str, id_: str) -> str:
    """Return what is the same in another record; "" if it is nothing."""
    return home + id_[len(home) :] if id_ else ""


def _list(name: str, moved: Mapping[str, str]) -> str:
    """Return a list's name where the visit that it is of has moved."""
    segment, _, of = name.partition(" ")
    return f"{segment} {moved.get(of, of)}".rstrip()
