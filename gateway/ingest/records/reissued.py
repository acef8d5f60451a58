"""Numbers of merged records that are given out again: messages in; each of whom it means, out.

Once a record was merged (A40), its number is the survivor's: late messages still have it. Some
hospitals give such a number to the next patient. Who has another name and another birth date than
all who are known by it is such a one, and what is said of him must not be the survivor's. He has a
record of his own; from then on the number names him, but in messages that call another one by name.
If that record is merged, too, the number may be given out once more. What is moved out of a record
by such a number (A44, A45) leaves the last of them that has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.records.identity import is_somebody_else
from gateway.ingest.records.surviving import in_records
from gateway.ingest.versions.known import content, is_here
from gateway.store import Key, Row, Tx, compartment_of
from mappings.findings import Finding

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_TYPE = "Patient"


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, each of the record that its patients' numbers mean by now."""
    replaced = tx.merges.survivors(home for _, said in told for home in _named(said)).keys()
    if not replaced:
        return told
    book = _Book(tx)
    result = []
    for seq, said in told:
        homes = {home: book.record(said, home) for home in sorted(replaced & _named(said))}
        homes = {home: record for home, record in homes.items() if home != record}
        if book.begun.keys() & homes.values():
            findings[seq].append(finding("warning", "number-reissued", "PID-3"))
        final = _in_records(said, homes) if homes else said
        book.hear(final)
        result.append((seq, final))
    return result


def _in_records(said: Said, homes: Mapping[str, str]) -> Said:
    merges = [(homes.get(kept, kept), homes.get(gone, gone)) for kept, gone in said.merges]
    return in_records(said, homes, patients=True)._replace(merges=merges)


def _named(said: Said) -> set[str]:
    return {made.compartment for made in said.made if made.home == "patient"}.union(*said.merges)


class _Book:
    """Whom numbers mean, while a run of messages is applied.

    Attributes
    ----------
    begun : dict
        The Patients of records that the message which is asked for begins.
    """

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._told: dict[str, JSON] = {}  # by messages of this run
        self.begun: dict[str, JSON] = {}

    def hear(self, said: Said) -> None:
        """Note whom a message tells of."""
        self._told |= {one.compartment: one.resource for one in said.made
                       if one.resource["resourceType"] == _TYPE}  # fmt: skip
        self.begun.clear()

    def record(self, said: Said, home: str) -> str:
        """Return the record that is meant by the number of one that was merged."""
        if any(home == gone and self._is_known(kept, gone) for kept, gone in said.merges):
            return home  # the merge is said again
        records = [home]
        while self._is_there(following := said.ids.compartment("reissued", records[-1])):
            records.append(following)
        own = (one.resource for one in said.made if one.compartment == home)
        patient: JSON = next((one for one in own if one["resourceType"] == _TYPE), {})
        leaving = [] if patient else [
            (type_, old) for type_, old, _ in said.moves if compartment_of(old) == home
        ]  # fmt: skip
        if leaving:
            return self._left(records, leaving)
        for record in reversed(records):
            if not self._is_else(said, record, patient):
                return record
        if said.merges:  # it says itself whose is what
            return home
        self.begun[following] = patient
        return following

    def _left(self, records: Sequence[str], things: Sequence[tuple[str, str]]) -> str:
        """Return which record things leave: the last that has one; else in which one last was."""
        had = {}
        for record in records:
            rows = self._rows(record, things)
            if rows:
                had[any(map(is_here, rows))] = record
        return had.get(True) or had.get(False) or records[-1]

    def _rows(self, record: str, things: Sequence[tuple[str, str]]) -> list[Row]:
        """Return what there is of things in a record, or in one that is one with it."""
        named = [
            (type_, (home, f"{home}.{id_.partition('.')[2]}"))
            for type_, id_ in things for home in sorted(self._tx.merges.group(record).members)
        ]  # fmt: skip
        noted = self._tx.orders.of([name for _, name in named])
        keys = {Key(name[0], type_, name[1]) for type_, name in named}
        keys |= {Key(name[0], type_, noted[name].id) for type_, name in named if name in noted}
        return [*self._tx.resources.current(keys).values()]

    def _is_known(self, kept: str, gone: str) -> bool:
        return gone in self._tx.merges.group(kept).members

    def _is_there(self, home: str) -> bool:
        return home in self._told or home in self._tx.compartments.many([home])

    def _is_else(self, said: Said, record: str, patient: JSON) -> bool:
        """Whether a patient is nobody who is known in a record, or in one that is one with it."""
        members = sorted(self._tx.merges.group(record).members)
        keys = [Key(home, _TYPE, said.ids.resource(home, _TYPE)) for home in members]
        rows = self._tx.resources.current(keys).values()
        known = [content(self._tx, row) for row in rows if not row.deleted]
        known += [self._told[home] for home in members if home in self._told]
        named = [one for one in known if "name" in one and "birthDate" in one]
        return bool(named) and all(is_somebody_else(one, patient) for one in named)
