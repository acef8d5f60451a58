"""Patients named by another of their numbers alone: messages in; in the record that has it, out.

A record is known by one of its patient's numbers (PID-3); others stand beside it. A laboratory, a
registry, radiology send back the one that they were given, which may be one of the others. If there
is no record of that number, and the source has it in one record alone, it is that one: unless what
is said of the patient contradicts that record, for some numbers (an insurance's) a family shares.

It may also come before the registration, and begin a record of that number. The registration, which
has it beside its own, is then of the same patient, if name and birth date say so: the two records
are merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.records.identity import claims, contradictions, identifier_token
from gateway.ingest.records.surviving import in_records
from gateway.ingest.versions.known import content
from gateway.store import Tx
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_Number = tuple[str, str, str]  # the source, the authority's system, the value
_TYPE = "Patient"
_SEVERAL = 2
_MORE = 8


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, each of the record that has its patient's number."""
    patients = {seq: _patients(said) for seq, said in told}
    homes = {one.compartment for made in patients.values() for one in made}
    unknown = homes - tx.compartments.many(homes).keys()
    replaced = tx.merges.survivors(homes) if unknown else {}
    unknown -= replaced.keys()  # those were merged before they were known
    if not unknown:
        return told
    book = _Book(tx, unknown, replaced)
    book.look(told)
    result = []
    for seq, said in told:
        own = {one.compartment for one in patients[seq]}
        records: dict[str, str] = {}
        merges: list[tuple[str, str]] = []
        for one in patients[seq]:
            known = book.records(said, one)
            before = set() if known else book.before(said, one)
            if len(before) == 1 and book.is_same(one, *before):
                merges += [(one.compartment, other) for other in before]
                findings[seq].append(finding("information", "patients-joined", "PID-3"))
            elif before:
                findings[seq].append(finding("warning", "patient-unclear", "PID-3"))
            elif len(known) == 1 and book.may_be(one, *known) and own.isdisjoint(known):
                records[one.compartment] = known.pop()
            elif known:
                findings[seq].append(finding("warning", "patient-unclear", "PID-3"))
        final = in_records(said, records, patients=True) if records else said
        book.hear(final)
        result.append((seq, final._replace(merges=[*final.merges, *merges]) if merges else final))
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

    def __init__(self, tx: Tx, unknown: set[str], replaced: Mapping[str, str]) -> None:
        self._tx = tx
        self._unknown, self._replaced = unknown, replaced
        self._told: dict[str, JSON] = {}  # Patients by record, as messages of this run tell them
        self._new: dict[_Number, set[str]] = {}  # records that have numbers, as this run tells it
        self._known: dict[_Number, tuple[set[str], bool]] = {}

    def look(self, told: Told) -> None:
        """Find out at once which numbers no record has: most of those who are new are so."""
        tokens = {
            number: identifier_token(self._tx.keys, said.feed.tenant, *number[1:])
            for _, said in told for one in _patients(said) if one.compartment in self._unknown
            for number in _numbers(said, one.resource)
        }  # fmt: skip
        held = self._tx.persons.held(tokens.values())
        self._known = {number: (set(), True) for number, one in tokens.items() if one not in held}

    def records(self, said: Said, patient: Made) -> set[str]:
        """Return the records that have every number of a patient whose own record is not known.

        Of numbers that many share, each by itself, it returns some: none of them is meant.
        """
        if patient.compartment not in self._unknown:
            return set()
        found: set[str] | None = None
        shared: list[_Number] = []
        for number in _numbers(said, patient.resource):
            known, is_all = self._of(said, number)
            records = known | self._new.get(number, set())
            if not records:
                return set()
            if not is_all:
                shared.append(number)
            else:
                found = records if found is None else found & records
        if found is None:
            return {*self._of(said, shared[0])[0]} if shared else set()
        return {one for one in found if all(self._has(said, one, number) for number in shared)}

    def before(self, said: Said, patient: Made) -> set[str]:
        """Return records that have only numbers of a patient whose own record is not known.

        Each was begun under one of them, which no other record has.
        """
        if patient.compartment not in self._unknown:
            return set()
        identifiers = [each for each in patient.resource.get("identifier", ()) if "value" in each]
        homes = {
            said.ids.compartment(
                "patient", said.feed.organisation, one.get("system", ""), one["value"]
            )
            for one in identifiers if one.get("use") != "old"
        } - {patient.compartment}  # fmt: skip
        rows = self._tx.compartments.many(homes)
        there = {home for home, row in rows.items() if row.destroyed is None}
        there |= homes & self._told.keys()
        if there:
            there -= self._tx.merges.survivors(there).keys()
        mine = _numbers(said, patient.resource)
        return {one for one in there if self._is_begun(said, one, patient, mine)}

    def _is_begun(self, said: Said, home: str, patient: Made, mine: set[_Number]) -> bool:
        theirs = _numbers(said, self._patient(patient, home))
        alone = [self._of(said, one)[0] | self._new.get(one, set()) == {home} for one in theirs]
        return theirs <= mine and bool(alone) and all(alone)

    def may_be(self, patient: Made, record: str) -> bool:
        """Whether nothing that is said of a patient contradicts a record."""
        return not any(contradictions(self._patient(patient, record), patient.resource))

    def is_same(self, patient: Made, record: str) -> bool:
        """Whether name and birth date say that a record is a patient's."""
        known, said = self._patient(patient, record), patient.resource
        told = all("name" in each and "birthDate" in each for each in (known, said))
        return told and self.may_be(patient, record)

    def _patient(self, patient: Made, record: str) -> JSON:
        """Return the Patient of a record; `patient` is another one's."""
        row = self._tx.resources.get(
            _TYPE, record + patient.resource["id"].removeprefix(patient.compartment)
        )
        return content(self._tx, row) if row and not row.deleted else self._told.get(record, {})

    def hear(self, said: Said) -> None:
        """Note the numbers of the patients of a message."""
        for one in _patients(said):
            self._unknown.discard(one.compartment)
            self._told.setdefault(one.compartment, one.resource)
            for number in _numbers(said, one.resource):
                home = self._replaced.get(one.compartment, one.compartment)
                self._new.setdefault(number, set()).add(home)

    def _of(self, said: Said, number: _Number) -> tuple[set[str], bool]:
        """Return records that the store knows to have a number, and whether that is all.

        Two are enough to know that it does not tell whose it is.
        """
        if number not in self._known:
            most = _SEVERAL
            source, system, value = number
            token = identifier_token(self._tx.keys, said.feed.tenant, system, value)
            while True:
                rows = self._tx.persons.records(token, said.feed.tenant, source, most)
                by = self._tx.merges.survivors(rows) if rows else {}
                records = {by.get(home, home) for home in rows}
                if len(rows) < most or len(records) >= _SEVERAL:
                    break
                most *= _MORE  # all were merged
            self._known[number] = records, len(rows) < most
        return self._known[number]

    def _has(self, said: Said, record: str, number: _Number) -> bool:
        """Whether a record has a number that several have."""
        if record in self._new.get(number, ()):
            return True
        token = identifier_token(self._tx.keys, said.feed.tenant, *number[1:])
        members = self._tx.merges.group(record).members
        return any(token in held for held in self._tx.persons.tokens_of(members).values())
