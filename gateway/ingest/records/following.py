"""What is noted of things that move to another record: their ids there in; the same notes there.

Later messages find them by it: the numbers of orders, visits and reports, which measurements of a
series there are, which results await a parent, what lists have them. What is noted in the other
record already stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from gateway.ingest.ids import DerivedIds
from gateway.ingest.things import awaiting
from gateway.ingest.things.numbered_late import NUMBERED
from gateway.store import Key, Row, Tx
from gateway.store.lists import Listed
from gateway.store.orders import Numbered
from mappings.runtime.types import Listing


def addresses(tx: Tx, here: str, there: str, things: Sequence[Row]) -> dict[str, str]:
    """Return the ids that things of the record `here` have in the record `there`.

    They are the same behind the dot, but of what that record knows by one of the numbers already:
    by one that is noted, or as what has that number alone (a visit that here was known before it
    had it). The number of its own counts more than what it had before.
    """
    types = {row.id: row.type for row in things}
    noted = [row for row in tx.orders.within(here) if row.id in types]
    noted.sort(key=lambda row: not row.claim)
    called = {row: (there, _in(there, row.number)) for row in noted}
    bare = {id_: (there, _in(there, id_)) for id_, type_ in types.items() if type_ in NUMBERED}
    known = tx.orders.of([*called.values(), *bare.values()])
    alone = tx.resources.current(
        [Key(there, types[row.id], called[row][1]) for row in noted
         if types[row.id] in NUMBERED]
    )  # fmt: skip
    found = {id_: _in(there, id_) for id_ in types}
    found |= {id_: known[key].id for id_, key in bare.items() if key in known and known[key].id}
    for row in noted:
        other = known.get(called[row])
        claims = {row.claim and _in(there, row.claim), other.claim if other else ""}
        if other and other.id and len(claims - {""}) < 2:
            found[row.id] = other.id
        elif other is None and _is_there(alone.get((types[row.id], called[row][1]))):
            found[row.id] = called[row][1]
    return found


def _is_there(row: Row | None) -> bool:
    return row is not None and not row.deleted


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
    rows = tx.orders.within(here)
    numbers = {_number(row, there, moved) for row in rows if row.id in moved}
    _note(tx, [*numbers, *{*awaiting.marks(ids, numbers)}])
    lists = [_listed(row, there, moved) for row in tx.lists.of((here,)) if row.id in moved]
    _note_lists(tx, there, lists)
    return [
        Listing(row.list.partition(" ")[0], row.type, there, "", (row.id,), whole=False)
        for row in lists if row.list
    ]  # fmt: skip


def follow_all(tx: Tx, here: str, there: str, moved: Mapping[str, str]) -> None:
    """Note in the record `there` all that is noted in the record `here`, and no longer there.

    What a list of the patient has here, none of that record takes back until it has had it, too:
    whoever wrote that list need not have known of this record.
    """
    _note(tx, [_number(row, there, moved) for row in tx.orders.within(here)])
    tx.orders.forget(here)
    lists = tx.lists.of((here,))
    kept = [row for row in lists if row.closed or not row.list or _visit(row)]
    _note_lists(tx, there, [_listed(row, there, moved) for row in kept])
    tx.lists.forget(lists)
    tx.homes.note(
        row._replace(compartment=there, id=moved[row.id])
        for row in tx.homes.within(here) if row.id in moved
    )  # fmt: skip


def _number(row: Numbered, there: str, moved: Mapping[str, str]) -> Numbered:
    id_ = moved.get(row.id) or _in(there, row.id)
    return Numbered(there, _in(there, row.number), id_, _in(there, row.claim))


def _note(tx: Tx, numbers: Collection[Numbered]) -> None:
    """Note what numbers name that nothing has been named by yet."""
    known = tx.orders.of((row.compartment, row.number) for row in numbers)
    tx.orders.note(row for row in numbers if (row.compartment, row.number) not in known)


def _listed(row: Listed, there: str, moved: Mapping[str, str]) -> Listed:
    visit, id_ = _visit(row), moved.get(row.id) or _in(there, row.id)
    name = row.list.replace(visit, moved.get(visit, visit)) if visit else row.list
    return row._replace(compartment=there, id=id_, list=name)


def _visit(row: Listed) -> str:
    """Return the visit that a list is of, which its name has behind the segment's; "" if none."""
    return next(iter(row.list.split(" ")[1:]), "")


def _note_lists(tx: Tx, there: str, lists: Iterable[Listed]) -> None:
    """Note what lists have, where that is not known."""
    known = {row[:4] for row in tx.lists.of((there,))}
    tx.lists.note(row for row in lists if row[:4] not in known)


def _in(home: str, id_: str) -> str:
    """Return what is the same in another record; "" if it is nothing."""
    return home + id_[len(home) :] if id_ else ""
