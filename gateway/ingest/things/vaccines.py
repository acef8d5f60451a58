"""Vaccinations that share a number: those of messages in; each under an id of its own, out.

The tables name a vaccination by its filler's number, else its placer's. Who gives one number to all
that was given at a visit says several vaccines by it, in one message or one by one. They are told
apart by the vaccine (RXA-5): one that is added (RXA-21 A, or empty) and has another code than those
that the number is known of is another one. A correction (U, D) of another code puts right which
vaccine it was, if the number has one alone; else nobody can tell which, so it stands by itself, and
is found. What is observed of a vaccination goes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.things.alike import is_same
from gateway.ingest.things.renaming import renamed
from gateway.ingest.versions.known import There
from gateway.store import Key, Tx, compartment_of
from gateway.store.orders import Numbered
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_TYPE, _RESULT = "Immunization", "Observation"
_WRONG = "entered-in-error"
_AGAIN = f'status "{_WRONG}"'  # what an update takes back, if it was said


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, with each vaccination of a number under the id that it has."""
    groups = {seq: _groups(said) for seq, said in told}
    if not any(groups.values()):
        return told
    book = _Book(tx, [(said, group) for seq, said in told for group in groups[seq].values()])
    result = []
    for seq, said in told:
        ids: dict[str, str] = {}
        for first, group in groups[seq].items():
            ids |= book.ids(said, first, group, findings[seq])
        result.append((seq, _under(said, ids)))
        book.hear(result[-1][1])
    book.write()
    return result


def _groups(said: Said) -> dict[str, list[Made]]:
    """Return the vaccinations of a message that have numbers, by the id that their number gives."""
    groups: dict[str, list[Made]] = {}
    for made in said.made:
        if made.resource["resourceType"] == _TYPE and "identifier" in made.resource:
            groups.setdefault(_first(made), []).append(made)
    return groups


def _first(made: Made) -> str:
    first: str = made.first or made.resource["id"]
    return first


class _Book:
    """Which vaccinations numbers name, while a batch is applied."""

    def __init__(self, tx: Tx, groups: Sequence[tuple[Said, Sequence[Made]]]) -> None:
        self._tx, self._there = tx, There(tx)
        self._new: list[Numbered] = []
        firsts = {_first(group[0]): said for said, group in groups}
        rows = tx.orders.of((compartment_of(first), first) for first in firsts)
        self._base = {number: row.id for (_, number), row in rows.items()}  # what was put right
        marks = {(compartment_of(first), _mark(said, first)) for first, said in firsts.items()}
        self._others: dict[str, dict[str, None]] = {}  # ids of the other ones of a number
        for row in tx.orders.claimed(marks):
            self._others.setdefault(row.claim, {})[row.id] = None
        others = (id_ for ids in self._others.values() for id_ in ids)
        ids = {*firsts, *self._base.values(), *others}
        self._there.look(Key(compartment_of(id_), _TYPE, id_) for id_ in ids)

    def ids(
        self, said: Said, first: str, group: Sequence[Made], found: list[Finding]
    ) -> dict[str, str]:
        """Return the ids that vaccinations of one number have in truth, by those they have here."""
        base, mark = self._base.get(first, first), _mark(said, first)
        ids_ = (base, *self._others.get(mark, ()))
        known = {id_: self._there.content(id_) for id_ in ids_ if id_ in self._there}
        ids = _matched(group, known)
        for made in group:
            old = made.resource["id"]
            if old in ids:
                continue
            free = not known and base not in ids.values()
            ids[old] = base if free else self._another(said, made, first, ids.values())
            if known and not _corrects(made):  # of a correction, `given` finds it
                found.append(finding("warning", "another-vaccine", "RXA-5"))
        return {old: first if new == base else new for old, new in ids.items()}

    def _another(self, said: Said, made: Made, first: str, taken: Collection[str]) -> str:
        """Return the id of a vaccination that its number is not known of, and note it."""
        id_ = said.ids.beside(first, _TYPE, *min(_codes(made.resource), default=("", "")))
        while id_ in taken:  # the very same is said several times
            id_ = said.ids.beside(id_, _TYPE, "again")
        mark = _mark(said, first)
        self._others.setdefault(mark, {})[id_] = None
        number = said.ids.beside(id_, _TYPE, "one")
        self._new.append(Numbered(made.compartment, number, id_, mark))
        return id_

    def hear(self, said: Said) -> None:
        """Note what a message says."""
        for group in _groups(said).values():
            for made in group:
                id_ = made.resource["id"]
                one = {**made.resource, "id": self._base.get(id_, id_)}
                self._there.hear(one, said.sent)

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new)


def _mark(said: Said, first: str) -> str:
    """Return by what the other vaccinations of a number are noted."""
    return said.ids.beside(first, _TYPE, "of")


def _matched(group: Sequence[Made], known: Mapping[str, JSON]) -> dict[str, str]:
    """Return the ids of those that vaccinations of a number are, by those they have here."""
    found: dict[str, str] = {}
    for is_it, alone in ((_is_again, False), (_is_same, False), (_may_be, True)):
        for made in group:
            free = {id_: one for id_, one in known.items() if id_ not in found.values()}
            same = [id_ for id_, one in free.items() if is_it(made, one)]
            if made.resource["id"] not in found and same and not (alone and len(free) > 1):
                found[made.resource["id"]] = same[0]
    return found


def _is_again(made: Made, known: JSON) -> bool:
    time = "occurrenceDateTime"
    return _is_same(made, known) and made.resource.get(time) == known.get(time)


def _is_same(made: Made, known: JSON) -> bool:
    return is_same(_coded(made.resource), _coded(known))


def _may_be(made: Made, known: JSON) -> bool:
    """Whether it may be the one that is known: it puts that right, or has no code like its."""
    systems = [{system for system, _ in _codes(one)} for one in (made.resource, known)]
    return _corrects(made) or systems[0].isdisjoint(systems[1])


def _corrects(made: Made) -> bool:
    return made.resource["status"] == _WRONG or _AGAIN in made.erase


def _coded(vaccination: JSON) -> JSON:
    return {"code": vaccination.get("vaccineCode", {})}


def _codes(vaccination: JSON) -> Iterator[tuple[str, str]]:
    for coding in vaccination.get("vaccineCode", {}).get("coding", ()):
        yield coding.get("system", ""), coding.get("code", "")


def _under(said: Said, ids: Mapping[str, str]) -> Said:
    """Return what a message says, its vaccinations and what is observed of them under their ids."""
    if all(old == new for old, new in ids.items()):
        return said
    names = {f"{_TYPE}/{old}": f"{_TYPE}/{new}" for old, new in ids.items()}
    firsts = dict.fromkeys(ids, "")  # of results, the one of their vaccination before them
    groups, taken = _groups(said), set[str]()
    for made in said.made:
        of = _observed(made, ids)
        if not of:
            continue
        old, key = made.resource["id"], _first(made)
        first = key if of in groups else said.ids.beside(key, _RESULT, of)
        firsts[old] = first if first in taken else ""
        new = said.ids.beside(first, _RESULT, old) if first in taken else first
        taken.add(first)
        names[f"{_RESULT}/{old}"] = f"{_RESULT}/{new}"
    return said._replace(
        made=[
            renamed(one._replace(first=firsts.get(one.resource["id"], one.first)), names)
            for one in said.made
        ]
    )


def _observed(made: Made, ids: Mapping[str, str]) -> str:
    """Return the id of the vaccination that a result is of; "" if it is of none of these."""
    if made.resource["resourceType"] != _RESULT:
        return ""
    named = (each.get("reference", "") for each in made.resource.get("partOf", ()))
    return next((ids[id_] for name in named if (id_ := name.partition("/")[2]) in ids), "")
