"""What messages say, in; with what is known: versions to be written, and identities, out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.ids import DerivedIds
from gateway.ingest.pipeline import Pipeline, Said
from gateway.ingest.records import identity, linking
from gateway.ingest.records.survivorship import linked
from gateway.ingest.sending import deleted, is_mention
from gateway.ingest.sources import Feed
from gateway.ingest.things.other_orders import redrugged
from gateway.ingest.versions.allowed import unheard
from gateway.ingest.versions.beginning import begun
from gateway.ingest.versions.beneath import filled, late_told, mentioned
from gateway.ingest.versions.combining import Judges
from gateway.ingest.versions.current import Current
from gateway.ingest.versions.dated import part_of
from gateway.ingest.versions.inheriting import inherit
from gateway.ingest.versions.keeping import kept_after, left_to
from gateway.ingest.versions.late import given_whole, is_late, stated
from gateway.ingest.versions.printed import OUTDATED, printed
from gateway.ingest.versions.replacing import gathered, is_kept, replaced
from gateway.ingest.versions.restricting import labels_of, weighed, with_labels
from gateway.ingest.versions.undoing import undone
from gateway.ingest.versions.update import updated
from gateway.ingest.versions.whereabouts import exact
from gateway.store import Group, Key, New, Row, Tx, compartment_of, document_of
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]


class InvalidError(Exception):
    """Messages would make a resource that FHIR R4 does not allow of what is known.

    Attributes
    ----------
    found : dict
        What is wrong, by the messages' numbers in the spool.
    """

    def __init__(self, found: dict[int, Finding]) -> None:
        super().__init__(f"{len(found)} messages")
        self.found = found


class Application:
    """What a batch of messages makes of what is known.

    Attributes
    ----------
    news : list of New
        What is to be written.
    rows : dict
        The current rows of all that may be.
    """

    def __init__(
        self,
        tx: Tx,
        pipeline: Pipeline,
        told: Sequence[tuple[int, Said]],
        judges: Judges,
    ) -> None:
        self.news: list[New] = []
        self._tx = tx
        self._pipeline = pipeline
        self._told = told
        self._judges = judges
        self._findings = judges.findings
        self._invalid: dict[int, Finding] = {}
        self._current: dict[tuple[str, str], Current] = {}
        self._groups = self._read_groups()
        self.rows = self._read_rows()

    def compose(self) -> None:
        """Bring what each message says together with what is known; raises `InvalidError`."""
        for seq, said in self._told:
            for made in said.made:
                self._take(seq, said, made)
            self._merge(said)
        if self._invalid:
            raise InvalidError(self._invalid)
        feeds = {said.feed.organisation: said.feed for _, said in self._told}
        joined = self._judges.restricting
        mine = {home: joined.pop(home) for home in joined.keys() & self._groups.keys()}
        inherit(
            self._tx, self.news, self.rows, lambda one, by: self._labels(one, feeds[by]),
            lambda home: self._groups[home].members, mine,
        )  # fmt: skip

    def identify(self) -> None:
        """Note the identifiers of the Patients written, and link those whose changed."""
        last = {new.compartment: new for new in self.news if new.type == "Patient"}
        patients = {home: new.content for home, new in last.items()}
        for home in linking.settle(self._tx, patients):
            told = self._findings.get(last[home].spool_seq or 0, [])
            told.append(finding("warning", "patient-unclear", "PID-3"))
        for group in {self._groups[compartment] for compartment in patients}:
            if len(group.members) > 1:
                linking.unite(self._tx, group)

    def _read_groups(self) -> dict[str, Group]:
        """Return the group of every patient that is spoken of."""
        patients: set[str] = set()
        for _, said in self._told:
            patients.update(made.compartment for made in said.made if made.home == "patient")
            patients.update(*said.merges)
        groups = {*self._tx.merges.groups(patients).values()}
        several = [member for group in groups for member in group.members - patients]
        there = patients | self._tx.compartments.many(several).keys()
        known = [group._replace(members=group.members & there) for group in groups]
        return {member: group for group in known for member in group.members}

    def _read_rows(self) -> dict[tuple[str, str], Row]:
        keys: set[Key] = set()
        for _, said in self._told:
            for made in said.made:
                keys.add(Key(made.compartment, made.resource["resourceType"], made.resource["id"]))
            for group in self._merged(said):
                keys.update(_patient_key(said.ids, member) for member in group.members)
        return self._tx.resources.current(keys)

    def _take(self, seq: int, said: Said, made: Made) -> None:
        """Bring what a message says of one resource together with what is known of it."""
        resource, type_ = made.resource, made.resource["resourceType"]
        if type_ == "Binary":
            self._take_binary(said, made, seq)
            return
        current = self._current_of((type_, resource["id"]))
        current = None if left_to(current, said, made) else current
        if current is None:
            late = self._gone(type_, resource["id"], seq)
        else:
            late = is_late(self._tx, seq, said, resource, current)
        if late:
            self._findings[seq].append(finding("information", "superseded", type_))
            if current is None:
                return
        if type_ == "Patient" and current and identity.is_another(current.content(), resource):
            self._findings[seq].append(finding("warning", "another-person", type_))
        if current is not None and made.begins:
            made = begun(self._tx, self.news, said, made, current, self._findings[seq], late=late)
        last = seq if current is None else max(seq, current.spool_seq)
        told = kept_after(current, said, made, late=late)
        content = self._heard(seq, said, made, current, late=late)
        if type_ == "Patient":
            content = self._linked(said, made.compartment, content)
            self._findings[seq] += identity.findings(content)
        if current is not None and current.said_before(content, last, told):
            return
        if self._pipeline.valid(content):
            self._write(said, made.compartment, content, last, told)
        else:
            self._invalid.setdefault(seq, finding("error", "invalid-resource", type_))

    def _heard(self, seq: int, said: Said, made: Made, now: Current | None, *, late: bool) -> JSON:
        """Return a resource as it is after a message."""
        type_ = made.resource["resourceType"]
        kind = said.sent.kind if said.sent else ""
        beneath = late or "id" in made.weak  # it may only tell what nobody has told: so what moves
        before = now.content() if now else None
        known, made, still = weighed(before, made, kind, late=beneath)
        if still:
            self._findings[seq].append(finding("information", "still-restricted", type_))
        if now is None:
            return made.resource
        made = exact(known, said, made, self._look)
        if made.erase and not late:
            made = undone(self._tx, self.news, known, made)
        if made.replace and not late:
            whole = replaced(known, made.resource, erased=bool(made.erase))
            if is_kept(known, made.resource, whole):
                self._findings[seq].append(finding("warning", "value-kept", "OBX-5"))
            return self._printed(seq, said, known, whole) if "presentedForm" in known else whole
        if made.replace:
            return with_labels(gathered(known, made.resource), labels_of(made.resource))
        if beneath:
            whole = self._late(seq, said, made, known, now.told) if late else known
            whole = filled(whole, made.resource, deleted(now.told))
            return self._judges.of(seq).fitted(whole, known)
        if is_mention(type_, now.told, said.sent):
            content, otherwise = mentioned(known, made, deleted(now.told))
            if otherwise:
                self._findings[seq].append(finding("information", "only-mentioned", type_))
            return content
        self._findings[seq] += redrugged(known, now.told, said, made.resource)
        whole = updated(known, made.resource, made.erase, made.weak, given_whole(said, made))
        lost = unheard(known, made, whole)
        self._findings[seq] += [finding("information", *found) for found in lost]
        return whole

    def _late(self, seq: int, said: Said, made: Made, known: JSON, told: bytes) -> JSON:
        """Return a resource with what a message that comes late is the last to have told of it."""
        part = part_of(made, late_told(told, made, said.sent))
        self._findings[seq] += redrugged(known, told, said, part.resource)
        whole = stated(self._tx, self.news, said, made, known, told)
        return updated(whole, part.resource, part.erase, (), given_whole(said, made))

    def _look(self, key: Key) -> JSON:
        """Return a resource as it is known, though no message speaks of it; {} if it is not."""
        if (key.type, key.id) not in self._current:
            self.rows.update(self._tx.resources.current([key]))
        current = self._current_of((key.type, key.id))
        return {} if current is None else current.content()

    def _printed(self, seq: int, said: Said, known: JSON, report: JSON) -> JSON:
        """Return a report with the documents that print it; those that print another are found."""
        whole = printed(known, report, said.made, self._known_result)
        keys = [Key(compartment_of(id_), "DocumentReference", id_) for id_ in whole.others]
        self.rows.update(self._tx.resources.current(keys) if keys else {})
        for key in keys:
            current, status = self._current_of((key.type, key.id)), whole.others[key.id]
            if status == OUTDATED:
                self._findings[seq].append(finding("warning", "document-outdated", key.type))
            if current is not None and current.content()["status"] == "current":
                content = {**current.content(), "status": status}
                self._write(said, key.compartment, content, seq, current.told)
        return whole.report

    def _known_result(self, id_: str) -> JSON | None:
        current = self._current_of(("Observation", id_))
        return None if current is None else current.content()

    def _take_binary(self, said: Said, made: Made, seq: int) -> None:
        """Keep the data of a document that refers to them, under the document's labels.

        A document that was not kept, or of which a later message has told otherwise, does not.
        """
        id_ = made.resource["id"]
        current = self._current_of(("DocumentReference", document_of(id_)))
        document = current.content() if current is not None else {}
        addresses = [each.get("attachment", {}).get("url") for each in document.get("content", ())]
        if f"Binary/{id_}" in addresses:
            self._write(said, made.compartment, made.resource, seq, b"", about=document)

    def _merge(self, said: Said) -> None:
        """Bring every Patient of a message's merge groups in line with its group."""
        for group in self._merged(said):
            for member in sorted(group.members):
                key = _patient_key(said.ids, member)
                current = self._current_of((key.type, key.id))
                if current is not None:
                    content = self._linked(said, member, current.content())
                    self._write(said, member, content, current.spool_seq, current.told)

    def _write(
        self,
        said: Said,
        compartment: str,
        content: JSON,
        spool_seq: int,
        told: bytes,
        about: JSON | None = None,
    ) -> None:
        """Write a resource under its own labels, or those of what it is `about`."""
        feed = said.feed
        type_, id_ = content["resourceType"], content["id"]
        self._current[type_, id_] = Current(spool_seq, told, content=content)
        joined = self._labels(about or content, feed)
        self.news.append(
            New(
                compartment, type_, id_, content, feed.organisation, joined, spool_seq, feed.zone,
                told or None,
            )
        )  # fmt: skip

    def _labels(self, content: JSON, feed: Feed) -> str:
        """Return a resource's labels, as the store has them."""
        return " ".join(sorted(self._pipeline.labels(content, feed.source.labels or None)))

    def _current_of(self, key: tuple[str, str]) -> Current | None:
        current = self._current.get(key)
        if current is None:
            row = self.rows.get(key)
            if row is not None and not row.deleted:
                seq, told, body = row.spool_seq or 0, row.told or b"", self._tx.resources.body(row)
                current = self._current[key] = Current(seq, told, body=body)
        return current

    def _gone(self, type_: str, id_: str, seq: int) -> bool:
        """Whether a later message than this has taken a resource out of its record."""
        row = self.rows.get((type_, id_))
        return row is not None and row.deleted and (row.spool_seq or 0) > seq

    def _linked(self, said: Said, compartment: str, patient: JSON) -> JSON:
        group = self._groups[compartment]
        return linked(patient, compartment, group, lambda one: _patient_key(said.ids, one).id)

    def _merged(self, said: Said) -> Iterator[Group]:
        """Yield the groups that a message's merge events made, each once."""
        yield from dict.fromkeys(self._groups[surviving] for surviving, _ in said.merges)


def _patient_key(ids: DerivedIds, compartment: str) -> Key:
    return Key(compartment, "Patient", ids.resource(compartment, "Patient"))
