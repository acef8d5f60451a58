"""Patients named by another of their numbers alone: messages in; in the record that has it, out.

A record is known by one of its patient's numbers (PID-3); others stand beside it. A laboratory, a
registry, radiology send back the one that they were given, which may be one of the others. If there
is no record of that number, and the source has it in one record alone, it is that one: unless what
is said of the patient contradicts that record, for some numbers (an insurance's) a family shares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.identity import claims, contradictions, identifier_token
from gateway.ingest.known import content
from gateway.ingest.pipeline import Said
from gateway.ingest.surviving import in_records, survivors
from gateway.store import Tx
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_Number = tuple[str, str, str]  # the source, the authority's system, the value
_TYPE = "Patient"


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, each of the record that has its patient's number."""
    patients = {seq: _patients(said) for seq, said in told}
    homes = {one.compartment for made in patients.values() for one in made}
    unknown = homes - tx.compartments.many(homes).keys()
    unknown -= survivors(tx, unknown).keys()  # those were merged before they were known
    if not unknown:
        return told
    book = _Book(tx, [(said, one) for seq, said in told for one in patients[seq]], unknown)
    result = []
    for seq, said in told:
        own = {one.compartment for one in patients[seq]}
        records: dict[str, str] = {}
        for one in patients[seq]:
            known = book.records(said, one)
            if len(known) == 1 and book.may_be(one, *known) and own.isdisjoint(known):
                records[one.compartment] = known.pop()
            elif known:
                findings[seq].append(finding("warning", "patient-unclear", "PID-3"))
        final = in_records(said, records, patients=True) if records else said
        book.hear(final)
        result.append((seq, final))
    return result


def _patients(said: Said) -> list[Made]:
    """Return the Patients of a message; one that merges or moves them says itself whose is what."""
    if said.merges or said.moves or said.unnamed:
        return []
    return [one for one in said.made if one.resource["resourceType"] == _TYPE]


def _numbers(said: Said, patient: JSON) -> set[_Number]:
    return {(said.feed.organisation, one.system, one.value) for one in claims(patient)}


class _Book:
    """Which records have which numbers, while a run of messages is applied."""

    def __init__(self, tx: Tx, named: Sequence[tuple[Said, Made]], unknown: set[str]) -> None:
        self._tx = tx
        self._unknown = unknown
        self._told: dict[str, JSON] = {}  # Patients by record, as messages of this run tell them
        self._homes: dict[_Number, set[str]] = {}
        tokens = {
            identifier_token(tx.keys, said.feed.tenant, number[1], number[2]): (said, number)
            for said, one in named if one.compartment in unknown
            for number in _numbers(said, one.resource)
        }  # fmt: skip
        tenants = {said.feed.tenant for said, _ in tokens.values()}
        holders = [one for tenant in tenants for one in tx.persons.holders(tokens, tenant)]
        rows = tx.compartments.many({one.compartment for one in holders})
        self._replaced = survivors(tx, {*rows, *(one.compartment for _, one in named)})
        for one in holders:
            said, number = tokens[one.token]
            row = rows[one.compartment]
            if row.kind == "patient" and row.organisation == said.feed.organisation:
                self._note(number, row.id)

    def records(self, said: Said, patient: Made) -> set[str]:
        """Return the records that have every number of a patient whose own record is not known."""
        if patient.compartment not in self._unknown:
            return set()
        homes = [self._homes.get(each, set()) for each in _numbers(said, patient.resource)]
        return set.intersection(*homes) if homes else set()

    def may_be(self, patient: Made, record: str) -> bool:
        """Whether nothing that is said of a patient contradicts a record."""
        row = self._tx.resources.get(
            _TYPE, record + patient.resource["id"].removeprefix(patient.compartment)
        )
        known = content(self._tx, row) if row else self._told.get(record, {})
        return not any(contradictions(known, patient.resource))

    def hear(self, said: Said) -> None:
        """Note the numbers of the patients of a message."""
        for one in _patients(said):
            self._unknown.discard(one.compartment)
            self._told.setdefault(one.compartment, one.resource)
            for number in _numbers(said, one.resource):
                self._note(number, one.compartment)

    def _note(self, number: _Number, home: str) -> None:
        self._homes.setdefault(number, set()).add(self._replaced.get(home, home))
