"""One request inside the door: a view in; opened bodies, and the trail for the audit, out.

This is where bodies are unsealed for an answer, and nowhere else. It opens only rows that the view
has shown to be visible, and notes every version that leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from gateway.disclosure import directory, masking, person
from gateway.disclosure.admission import Asker
from gateway.disclosure.bundles import Entry
from gateway.disclosure.person import SourcePatient
from gateway.disclosure.view import Record, View
from gateway.store import Row, Tx, document_of, is_id
from mappings import exact


class Session:
    """One admitted request.

    Attributes
    ----------
    tx, asker, view
        The transaction, who asks, what it may see.
    zone : tzinfo
        Of dates without an offset.
    disclosed : list of str
        Versioned references that leave.
    persons : set of str
        Whose records were touched.
    outcome : str
        How it was answered, as a short code.
    """

    def __init__(self, tx: Tx, asker: Asker, view: View, zone: tzinfo) -> None:
        self.tx = tx
        self.asker = asker
        self.view = view
        self.zone = zone
        self.disclosed: list[str] = []
        self.persons: set[str] = set()
        self.outcome = "permitted"

    def note(self, outcome: str) -> None:
        """Note how the request was answered, as a short code for the auditor."""
        self.outcome = outcome

    def bodies(self, rows: Sequence[Row]) -> list[bytes]:
        """Unseal visible rows; what they say of hidden ones is left out."""
        if not any(map(self.view.judged, rows)):
            return self.tx.resources.bodies(rows)
        return self.opened(rows)[0]

    def opened(self, rows: Sequence[Row]) -> tuple[list[bytes], set[tuple[str, str]]]:
        """Unseal as `bodies`; return also type and id of what they name and was not yet shown."""
        bodies = self.tx.resources.bodies(rows)
        named = masking.named(bodies, self.view.shown)
        judged = [self.view.judged(row) for row in rows]
        hidden = self.view.hides(named) if any(judged) else ()
        if not hidden:
            return bodies, named
        bodies = [
            masking.masked(body, hidden) if needed else body
            for body, needed in zip(bodies, judged, strict=True)
        ]
        return bodies, masking.named(bodies, self.view.shown)

    def leaves(self, entries: Iterable[Entry]) -> None:
        """Note what leaves; before a Binary, the document that it is part of."""
        for one in entries:
            if one.type == "Binary":
                document = self.view.many([("DocumentReference", document_of(one.id))])
                self.disclosed += [_versioned(row.type, row.id, row.version) for row in document]
            self.disclosed.append(_versioned(one.type, one.id, one.version))

    def about(self, record: Record | None) -> None:
        """Note whose record is asked for."""
        if record is not None and record.person is not None:
            self.persons.add(record.person)

    def patient(self, record: Record) -> Entry | None:
        """Return a person's unified Patient, made of what is visible of it; None: nothing is."""
        found = self.united(record, self.view.visible(record.compartments, ("Patient",)))
        return found[0] if found else None

    def united(self, record: Record, rows: Sequence[Row]) -> list[Entry]:
        """Return the unified Patient of visible source Patients: one, or none of none."""
        if record.person is None or not rows:
            return []
        parts = [
            SourcePatient(row.updated, exact.loads(body))
            for row, body in zip(rows, self.bodies(rows), strict=True)
        ]
        composed = person.compose(record.person, parts)
        version = composed["meta"]["versionId"]
        return [Entry("Patient", record.person, version, exact.dumps(composed))]

    def resource(self, type_: str, id_: str) -> Entry | None:
        """Return one visible resource, whatever kind of id it has; None: not there to see."""
        if "." not in id_:
            return self._composed(type_, id_)
        row = self.view.one(type_, id_)
        if row is None or row.deleted:
            return None
        return Entry(type_, id_, str(row.version), self.bodies([row])[0])

    def _composed(self, type_: str, id_: str) -> Entry | None:
        if type_ == "Patient":
            record = self.view.record(id_)
            self.about(record)
            return self.patient(record) if record else None
        if type_ == "Organization" and is_id(id_):
            organisation = self.tx.directory.organisation(id_)
            if organisation is not None and organisation.tenant == self.asker.tenant:
                return directory.entry(organisation)
        return None


def _versioned(type_: str, id_: str, version: str | int) -> str:
    return f"{type_}/{id_}/_history/{version}"
