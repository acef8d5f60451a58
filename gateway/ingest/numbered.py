"""Things that get a number later: what messages say in; each under one id, out.

A visit may have the number of its pre-admission alone (PV1-5); its own (PV1-19) is given at
admission, in a message that has both (v2.9, 3.4.9.5). An allergy that one system lists (AL1) has
none; another system calls the same one by a number (IAM-7), and may delete it by that. So what has
a number is the one that was known without it: the visit of that pre-admission, the allergy of that
code. From then on either leads to the one that was known first. It has one number: what has another
one is another. Two that were known apart before a message had both stay two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gateway.ingest.ids import given_by
from gateway.ingest.joining import under
from gateway.ingest.pipeline import Said
from gateway.store import Key, Tx, compartment_of
from gateway.store.orders import Numbered
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]


class _Thing(NamedTuple):
    """What a message names: by which key, by what else (a hash, or ""), and if it is numbered."""

    key: Key
    before: str
    numbered: bool


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, with each visit and allergy under one id."""
    things = {seq: [_thing(said, one) for one in said.made if _may_be(one)] for seq, said in told}
    named = [
        (thing.key.compartment, name)
        for some in things.values() for thing in some
        for name in (thing.key.id, thing.before) if name
    ]  # fmt: skip
    named += [(compartment_of(id_), id_) for _, said in told for id_ in _moving(said)]
    if not named:
        return told
    book = _Book(tx, named)
    result = []
    for seq, said in told:
        ids = {(type_, id_): book.known(id_) for type_, *both in said.moves for id_ in both}
        ids |= {(thing.key.type, thing.key.id): book.id_of(thing) for thing in things[seq]}
        changed = {key: id_ for key, id_ in ids.items() if key[1] != id_}
        result.append((seq, under(said, changed) if changed else said))
    book.write()
    return result


def _moving(said: Said) -> Iterator[str]:
    """Yield what things that move are called where they were, and where they come."""
    for _, old, new in said.moves:
        yield from (old, new)


def _may_be(made: Made) -> bool:
    return made.resource["resourceType"] in _BEFORE


def _thing(said: Said, made: Made) -> _Thing:
    resource, home = made.resource, made.compartment
    type_ = resource["resourceType"]
    before = _BEFORE[type_](said, resource)
    hashed = said.ids.resource(home, type_, *before) if before else ""
    numbered = any(each.get("use") != "old" for each in resource.get("identifier", ()))
    return _Thing(Key(home, type_, resource["id"]), hashed, numbered)


def _pre_admission(said: Said, visit: JSON) -> tuple[str, ...]:
    number = visit.get("hospitalization", {}).get("preAdmissionIdentifier", {})
    value = number.get("value")
    return ("pre-admission", given_by(number, said.own), value) if value else ()


def _substance(_said: Said, allergy: JSON) -> tuple[str, ...]:
    code = allergy.get("code", {})
    codes = [coding["code"] for coding in code.get("coding", ()) if "code" in coding]
    value = next(iter(codes), code.get("text", ""))
    return ("to", value) if value else ()


_BEFORE = {"AllergyIntolerance": _substance, "Encounter": _pre_admission}
NUMBERED = frozenset(_BEFORE)  # whose numbers are what they are called by


class _Book:
    """Which things numbers name, while a batch is applied."""

    def __init__(self, tx: Tx, named: Sequence[tuple[str, str]]) -> None:
        self._tx = tx
        self._known = tx.orders.of(named)
        self._new: dict[tuple[str, str], Numbered] = {}
        self._told: set[str] = set()  # by this batch

    def id_of(self, thing: _Thing) -> str:
        """Return the id of a thing, and note its numbers."""
        id_ = self._either(thing) if thing.before else self.known(thing.key.id)
        self._told.add(id_)
        return id_

    def known(self, id_: str) -> str:
        """Return the id that something is known under, by that of its own number."""
        row = self._known.get((compartment_of(id_), id_))
        return row.id if row else id_

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new.values())

    def _either(self, thing: _Thing) -> str:
        """Return the id of a thing that may have been known by something else than its number."""
        home, _, own = thing.key
        id_, row = self.known(own), self._known.get((home, thing.before))
        number = own if thing.numbered else ""
        if row is None:
            self._note(Numbered(home, thing.before, id_, number))
        elif not number or row.claim == number:
            id_ = row.id
        elif not row.claim and not self._is_there(thing.key):
            id_ = row.id
            self._note(row._replace(claim=number))
            self._note(Numbered(home, number, id_))
        return id_

    def _is_there(self, key: Key) -> bool:
        if key.id in self._told:
            return True
        row = self._tx.resources.get(key.type, key.id)
        return row is not None and not row.deleted

    def _note(self, row: Numbered) -> None:
        key = row.compartment, row.number
        self._known[key] = self._new[key] = row
