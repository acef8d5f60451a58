"""Drugs and vaccines given, and put right: what messages say in; each under the id it has, out.

The tables name what was given by its order, its time, the drug and two counters (RXA-1, RXA-2). A
correction (RXA-21 U, D) may put the time right, and then names nothing that is known. It is of the
only one of the same order, counters and drug; a vaccine, that was refused perhaps, of the only one
of the same number and kind. Where there is none, or several, of an order of which something was
given, it stands by itself, and is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.alike import is_same
from gateway.ingest.findings import finding
from gateway.ingest.ids import given_by
from gateway.ingest.joining import renamed
from gateway.ingest.known import contents
from gateway.ingest.pipeline import Said
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
        self._told: dict[str, dict[str, JSON]] = {}  # by record and id
        self._known: dict[str, dict[str, JSON]] = {}  # as stored, of the records that were read

    def names(self, said: Said) -> tuple[dict[str, str], int]:
        """Return the names that resources of a message have in truth; how many are unclear."""
        given = {made.resource["id"]: made for made in _given(said)}
        ids = {id_: self._others.get(id_, id_) for id_ in given}
        unclear = 0
        for id_, made in given.items():
            there = self._there(made.compartment) if _corrects(made) else {}
            if not there or ids[id_] in there:
                continue
            near = [one for one in there.values() if _is_near(said, one, made.resource)]
            left = [one for one in near if one["id"] not in ids.values()]
            same = [one for one in left if _is_same(one, made.resource)]
            if len(same) == 1:
                ids[id_] = self._others[id_] = same[0]["id"]
                self._new.append(Numbered(made.compartment, id_, ids[id_]))
            unclear += bool(near) and len(same) != 1
        names = {id_: given[id_].resource["resourceType"] for id_ in given if ids[id_] != id_}
        return {f"{type_}/{id_}": f"{type_}/{ids[id_]}" for id_, type_ in names.items()}, unclear

    def hear(self, said: Said) -> None:
        """Note what a message says."""
        for made in _given(said):
            self._told.setdefault(made.compartment, {})[made.resource["id"]] = made.resource

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new)

    def _there(self, home: str) -> dict[str, JSON]:
        """Return what was given in a record, by id."""
        if home not in self._known:
            rows = self._tx.resources.rows([home], [*_DRUGS])
            found = contents(self._tx, rows)
            self._known[home] = {one["id"]: one for one in found}
        return self._known[home] | self._told.get(home, {})


def _corrects(made: Made) -> bool:
    return made.resource["status"] == _WRONG or _AGAIN in made.erase


def _is_near(said: Said, one: JSON, other: JSON) -> bool:
    """Whether something that stands was given by the same order, or both without any."""
    if one["resourceType"] != other["resourceType"] or one["status"] == _WRONG:
        return False
    orders = _orders(said, one), _orders(said, other)
    return orders[0] == orders[1] or not orders[0].isdisjoint(orders[1])


def _orders(said: Said, given: JSON) -> set[tuple[str, str]]:
    """Return what order something was given by; of a vaccine, its numbers."""
    if "request" in given:
        return {("", given["request"].get("reference", ""))}
    return {
        (given_by(number, said.own), number.get("value", ""))
        for number in given.get("identifier", ())
        for coding in number.get("type", {}).get("coding", ()) if coding.get("code") in _SIDES
    }  # fmt: skip


def _is_same(one: JSON, other: JSON) -> bool:
    """Whether two that are near have an order, and agree in their drug and their counters."""
    name = _DRUGS[one["resourceType"]]
    drugs = ({"code": each.get(name, {})} for each in (one, other))
    numbered = "request" in one or "identifier" in one
    return numbered and is_same(*drugs) and _counters(one) == _counters(other)


def _counters(given: JSON) -> list[tuple[str, str]]:
    return sorted(
        (each["url"], each.get("valueString", ""))
        for each in given.get("extension", ()) if each["url"] in _COUNTERS
    )  # fmt: skip
