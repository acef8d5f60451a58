"""A pre-admission and the visit it becomes: what messages say in; each visit under one id, out.

Before a patient is admitted the visit may have a pre-admission number alone (PV1-5); its own number
(PV1-19) is given at admission, in a message that has both (v2.9, 3.4.9.5). From then on either
leads to the visit that was known first. A pre-admission number belongs to one visit: another one
that has it, too, is another visit. Two that were known apart before a message had both stay two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gateway.ingest.ids import given_by
from gateway.ingest.joining import renamed
from gateway.ingest.pipeline import Said
from gateway.store import Tx, compartment_of
from gateway.store.orders import Numbered
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_TYPE = "Encounter"


class _Visit(NamedTuple):
    """A visit as a message names it: its id there, its pre-admission's, and if it has its own."""

    home: str
    id: str
    planned: str
    numbered: bool


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, with each visit under one id."""
    visits = {seq: [_visit(said, one) for one in said.made if _is_visit(one)] for seq, said in told}
    named = [
        (each.home, id_) for some in visits.values() for each in some for id_ in each[1:3] if id_
    ]
    named += [(compartment_of(old), old) for _, said in told for _, old, _ in said.moves]
    if not named:
        return told
    book = _Book(tx, named)
    result = []
    for seq, said in told:
        ids = {each.id: book.id_of(each) for each in visits[seq]}
        ids |= {old: book.known(old) for type_, old, _ in said.moves if type_ == _TYPE}
        changed = {old: new for old, new in ids.items() if old != new}
        result.append((seq, _under(said, changed) if changed else said))
    book.write()
    return result


def _is_visit(made: Made) -> bool:
    return bool(made.resource["resourceType"] == _TYPE)


def _visit(said: Said, made: Made) -> _Visit:
    visit, home = made.resource, made.compartment
    number = visit.get("hospitalization", {}).get("preAdmissionIdentifier", {})
    planned = ""
    if number.get("value"):
        given = given_by(number, said.own), number["value"]
        planned = said.ids.resource(home, _TYPE, "pre-admission", *given)
    numbered = any(each.get("use") != "old" for each in visit.get("identifier", ()))
    return _Visit(home, visit["id"], planned, numbered)


def _under(said: Said, ids: dict[str, str]) -> Said:
    """Return what a message says, with visits under other ids."""
    names = {f"{_TYPE}/{old}": f"{_TYPE}/{new}" for old, new in ids.items()}
    return said._replace(
        made=[renamed(one, names) for one in said.made],
        moves=[(type_, ids.get(old, old), new) for type_, old, new in said.moves],
        lists=[one._replace(of=ids.get(one.of, one.of)) for one in said.lists],
    )


class _Book:
    """Which visits numbers name, while a batch is applied."""

    def __init__(self, tx: Tx, named: Sequence[tuple[str, str]]) -> None:
        self._tx = tx
        self._known = tx.orders.of(named)
        self._new: dict[tuple[str, str], Numbered] = {}
        self._told: set[str] = set()  # by this batch

    def id_of(self, visit: _Visit) -> str:
        """Return the id of a visit, and note its numbers."""
        id_ = self._planned(visit) if visit.planned else self.known(visit.id)
        self._told.add(id_)
        return id_

    def known(self, id_: str) -> str:
        """Return the id that a visit is known under, by that of its own number."""
        row = self._known.get((compartment_of(id_), id_))
        return row.id if row else id_

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new.values())

    def _planned(self, visit: _Visit) -> str:
        """Return the id of a visit that has a pre-admission number."""
        id_, row = self.known(visit.id), self._known.get((visit.home, visit.planned))
        number = visit.id if visit.numbered else ""
        if row is None:
            self._note(Numbered(visit.home, visit.planned, id_, number))
        elif not number or row.claim == number:
            id_ = row.id
        elif not row.claim and not self._is_there(id_):
            id_ = row.id
            self._note(row._replace(claim=number))
            self._note(Numbered(visit.home, number, id_))
        return id_

    def _is_there(self, id_: str) -> bool:
        if id_ in self._told:
            return True
        row = self._tx.resources.get(_TYPE, id_)
        return row is not None and not row.deleted

    def _note(self, row: Numbered) -> None:
        key = row.compartment, row.number
        self._known[key] = self._new[key] = row
