"""Things that get a number later: what messages say in; each under one id, out.

A visit may have the number of its pre-admission alone (PV1-5); its own (PV1-19) is given at
admission, in a message that has both (v2.9, 3.4.9.5). So it is with an alternate number (PV1-50),
and with an account that names a visit together with its begin. An allergy that one system lists
(AL1) has none; another system calls the same one by a number (IAM-7), and may delete it by that. So
what has a number is the one that was known without it: the visit of that pre-admission, the allergy
of that code. From then on either leads to the one that was known first. It has one number: what has
another one is another. A visit that went on under its own number, before a message had both, is
joined to what was known by the other number; two allergies that were known apart stay two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gateway.ingest.findings import finding
from gateway.ingest.ids import given_by
from gateway.ingest.pipeline import Said
from gateway.ingest.things.joining import join
from gateway.ingest.things.renaming import under
from gateway.ingest.versions.combining import Judges
from gateway.store import Key, Tx, compartment_of
from gateway.store.orders import Numbered
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_Names = tuple[list[tuple[str, ...]], bool]
_OTHERS = ("alternate", "pre-admission")
_MINUTE = len("2026-03-01T08:00")


class _Thing(NamedTuple):
    """What a message names: by which key, by what else (hashes), and if that is its number.

    `others` are those of its other names that are a visit's numbers.
    """

    key: Key
    before: tuple[str, ...]
    numbered: bool
    others: tuple[str, ...]


def settled(tx: Tx, told: Told, judges: Judges) -> Told:
    """Return what messages say, with each visit and allergy under one id."""
    things = {seq: [_thing(said, one) for one in said.made if _may_be(one)] for seq, said in told}
    named = [
        (thing.key.compartment, name)
        for some in things.values() for thing in some
        for name in (thing.key.id, *thing.before)
    ]  # fmt: skip
    named += [(compartment_of(id_), id_) for _, said in told for id_ in _moving(said)]
    if not named:
        return told
    book = _Book(tx, named)
    result = []
    for seq, said in told:
        for thing in things[seq]:
            kept, judge = book.known(thing.key.id), judges.of(seq)
            for name, other in book.apart(thing):
                one, two = (thing.key._replace(id=id_) for id_ in (kept, other))
                if join(tx, seq, said, one, two, judge, fills=True):
                    judge.findings.append(finding("information", "visits-joined", "PV1"))
                    book.lead(thing, name, other, kept)
        ids = {(type_, id_): book.known(id_) for type_, *both in said.moves for id_ in both}
        ids |= {(thing.key.type, thing.key.id): book.id_of(thing) for thing in things[seq]}
        changed = {key: id_ for key, id_ in ids.items() if key[1] != id_}
        result.append((seq, under(said, changed) if changed else said))
    book.write()
    return result


def visited(said: Said, *, linking: bool) -> set[str]:
    """Return the records of whose visits a message has, or has not, another number beside its own.

    One that has both reads what those before it have told of either.
    """
    visits = (_thing(said, one) for one in said.made if one.resource["resourceType"] == "Encounter")
    return {
        one.key.compartment for one in visits if linking is bool(one.numbered and one.others)
    }  # fmt: skip


def _moving(said: Said) -> Iterator[str]:
    """Yield what things that move are called where they were, and where they come."""
    for _, old, new in said.moves:
        yield from (old, new)


def _may_be(made: Made) -> bool:
    return made.resource["resourceType"] in _BEFORE


def _thing(said: Said, made: Made) -> _Thing:
    resource, home = made.resource, made.compartment
    type_ = resource["resourceType"]
    before, numbered = _BEFORE[type_](said, made)
    hashed = tuple(said.ids.resource(home, type_, *each) for each in before)
    pairs = zip(before, hashed, strict=True)
    others = tuple(name for each, name in pairs if each[0] in _OTHERS)
    return _Thing(Key(home, type_, resource["id"]), hashed, numbered, others)


def _visit(said: Said, made: Made) -> _Names:
    """Return what else names a visit, the surest first, and whether it has a number of its own."""
    visit = made.resource
    numbers = [each for each in visit.get("identifier", ()) if each.get("use") != "old"]
    own = len(numbers) > 1 or any("type" in each for each in numbers)
    before: list[tuple[str, ...]] = [
        ("alternate", given_by(one, said.own), one["value"])
        for one in numbers[own:] if "value" in one
    ]  # fmt: skip
    number = visit.get("hospitalization", {}).get("preAdmissionIdentifier", {})
    if "value" in number:
        before.append(("pre-admission", given_by(number, said.own), number["value"]))
    begin = "" if "period" in made.weak else visit.get("period", {}).get("start", "")
    if len(begin) >= _MINUTE:
        before += [("account", one["reference"].partition(".")[2], begin[:_MINUTE])
                   for one in visit.get("account", ()) if "reference" in one]  # fmt: skip
    return before, own


def _allergy(_said: Said, made: Made) -> _Names:
    code = made.resource.get("code", {})
    codes = [coding["code"] for coding in code.get("coding", ()) if "code" in coding]
    value = next(iter(codes), code.get("text", ""))
    return [("to", value)] if value else [], "identifier" in made.resource


def _account(_said: Said, _made: Made) -> _Names:
    return [], True


_BEFORE = {"Account": _account, "AllergyIntolerance": _allergy, "Encounter": _visit}
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
        id_ = self._either(thing)
        self._told.add(id_)
        return id_

    def known(self, id_: str) -> str:
        """Return the id that something is known under, by that of its own number."""
        row = self._known.get((compartment_of(id_), id_))
        return row.id if row else id_

    def apart(self, thing: _Thing) -> Iterator[tuple[str, str]]:
        """Yield what a visit was known by as another one, and that one's id."""
        kept = self.known(thing.key.id)
        for name in thing.others if thing.numbered else ():
            row = self._known.get((thing.key.compartment, name))
            if row and not row.claim and row.id != kept and self._told.isdisjoint((row.id, kept)):
                yield name, row.id

    def lead(self, thing: _Thing, name: str, other: str, kept: str) -> None:
        """Let whatever names a visit that was joined to another one name that."""
        home = thing.key.compartment
        self._tx.orders.lead(home, other, kept)
        for row in [row for row in self._known.values() if row.id == other]:
            self._note(row._replace(id=kept))
        self._note(Numbered(home, name, kept, thing.key.id))

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new.values())

    def _either(self, thing: _Thing) -> str:
        """Return the id of a thing that may have been known by something else than its number."""
        home, _, own = thing.key
        number = own if thing.numbered else ""
        known = {name: self._known.get((home, name)) for name in thing.before}
        id_ = self.known(own)
        for row in filter(None, known.values() if id_ == own else ()):
            if not number or row.claim == number:
                id_ = row.id
                break
            if not row.claim and not self._is_there(thing.key):
                id_ = row.id
                self._note(Numbered(home, number, id_))
                break
        for name, other in known.items():
            if other is None or (number and not other.claim and other.id == id_):
                self._note(Numbered(home, name, id_, number))
        return id_

    def _is_there(self, key: Key) -> bool:
        if key.id in self._told:
            return True
        row = self._tx.resources.get(key.type, key.id)
        return row is not None and not row.deleted

    def _note(self, row: Numbered) -> None:
        key = row.compartment, row.number
        self._known[key] = self._new[key] = row
