"""Drugs and vaccines given, and put right: what messages say in; each under the id it has, out.

The tables name what was given by its order, its time, the drug and two counters (RXA-1, RXA-2). A
correction (RXA-21 U, D) may put the time right, and then names nothing that is known. It is of the
only one of the same order, counters and drug; a vaccine, that was refused perhaps, of the only one
of the same number and kind. Where there is none, or several, of an order of which something was
given, it stands by itself, and is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.ids import given_by
from gateway.ingest.pipeline import Said
from gateway.ingest.things.alike import is_same, only
from gateway.ingest.things.renaming import renamed
from gateway.ingest.versions.known import contents
from gateway.store import Tx
from gateway.store.orders import Numbered
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_DRUGS = {"Immunization": "vaccineCode", "MedicationAdministration": "medicationCodeableConcept"}
_WRONG = "entered-in-error"
_AGAIN = f'status "{_WRONG}"'  # what an update takes back, if it was said
_SIDES = frozenset({"FILL", "PLAC"})
_COUNTERS = frozenset({
    f"https://yiqiao.org/fhir/StructureDefinition/{name}"
    for name in ("administration-sub-id", "give-sub-id")
})  # fmt: skip


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, with each correction under the id of what it corrects."""
    given = [made for _, said in told for made in _given(said)]
    if not given:
        return told
    book = _Book(tx, given)
    result = []
    for seq, said in told:
        names, unclear = book.names(said)
        findings[seq].extend([finding("warning", "correction-unclear", "RXA")] * unclear)
        made = [renamed(one, names) for one in said.made] if names else said.made
        whole = said._replace(made=made)
        book.hear(whole)
        result.append((seq, whole))
    book.write()
    return result


def _given(said: Said) -> Iterator[Made]:
    return (made for made in said.made if made.resource["resourceType"] in _DRUGS)


class _Book:
    """What was given, while a batch is applied."""

    def __init__(self, tx: Tx, given: Sequence[Made]) -> None:
        self._tx = tx
        named = [(made.compartment, made.resource["id"]) for made in given]
        self._others = {number: row.id for (_, number), row in tx.orders.of(named).items()}
        self._new: list[Numbered] = []
        self._corrected = {made.compartment for made in given if _corrects(made)}
        self._known: dict[str, dict[str, JSON]] = {}  # by record and id

    def names(self, said: Said) -> tuple[dict[str, str], int]:
        """Return the names that resources of a message have in truth; how many are unclear."""
        given = {made.resource["id"]: made for made in _given(said)}
        ids = {id_: self._others.get(id_, id_) for id_ in given}
        taken, unclear = {*ids.values()}, 0
        known: dict[str, _Known] = {}
        for id_, made in given.items():
            home = made.compartment
            if not _corrects(made) or ids[id_] in self._there(home):
                continue
            if home not in known:
                known[home] = _Known(said, self._there(home).values())
            same = only(other for other in known[home].same(made.resource) if other not in taken)
            if same:
                ids[id_] = self._others[id_] = same
                taken.add(same)
                self._new.append(Numbered(home, id_, same))
            elif known[home].is_of_one(made.resource):
                unclear += 1
        names = {id_: given[id_].resource["resourceType"] for id_ in given if ids[id_] != id_}
        return {f"{type_}/{id_}": f"{type_}/{ids[id_]}" for id_, type_ in names.items()}, unclear

    def hear(self, said: Said) -> None:
        """Note what a message says."""
        for made in _given(said):
            if made.compartment in self._corrected:
                self._there(made.compartment)[made.resource["id"]] = made.resource

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new)

    def _there(self, home: str) -> dict[str, JSON]:
        """Return what was given in a record, by id."""
        if home not in self._known:
            rows = self._tx.resources.rows([home], [*_DRUGS])
            self._known[home] = {one["id"]: one for one in contents(self._tx, rows)}
        return self._known[home]


class _Known:
    """What stands of what was given in a record, to find what a correction is of."""

    def __init__(self, said: Said, given: Iterable[JSON]) -> None:
        self._said = said
        self._same: dict[object, dict[str, JSON]] = {}  # by order and counters
        self._orders: set[object] = set()
        for one in given:
            if one["status"] != _WRONG:
                for order in _orders(said, one):
                    self._orders.add(order)
                    self._same.setdefault((order, _counters(one)), {})[one["id"]] = one

    def same(self, given: JSON) -> Iterator[str]:
        """Yield the ids of those of an order, of the same counters and drug."""
        name = _DRUGS[given["resourceType"]]
        drug, counters, seen = {"code": given.get(name, {})}, _counters(given), set[str]()
        for order in _orders(self._said, given):
            found = self._same.get((order, counters), {}) if order[1] else {}
            for id_, one in found.items():
                if id_ not in seen and is_same({"code": one.get(name, {})}, drug):
                    seen.add(id_)
                    yield id_

    def is_of_one(self, given: JSON) -> bool:
        """Whether anything was given by the same order, or both without any."""
        return not self._orders.isdisjoint(_orders(self._said, given))


def _corrects(made: Made) -> bool:
    corrects = made.resource["status"] == _WRONG or _AGAIN in made.erase
    return corrects and "id" not in made.weak  # it does not merely move


def _orders(said: Said, given: JSON) -> set[tuple[str, str, str]]:
    """Return what order something was given by; of a vaccine, its numbers; nameless, if by none."""
    type_ = given["resourceType"]
    if "request" in given:
        return {(type_, given["request"].get("reference", ""), "")}
    numbers = {
        (type_, number.get("value", ""), given_by(number, said.own))
        for number in given.get("identifier", ())
        for coding in number.get("type", {}).get("coding", ()) if coding.get("code") in _SIDES
    }  # fmt: skip
    return numbers or {(type_, "", "")}


def _counters(given: JSON) -> frozenset[tuple[str, str]]:
    return frozenset(
        (each["url"], each.get("valueString", ""))
        for each in given.get("extension", ()) if each["url"] in _COUNTERS
    )  # fmt: skip
