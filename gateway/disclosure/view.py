"""What one asker may see: compartments and ids in, visible rows out.

The view reads metadata, and of bodies only consents. Tenancy and ownership come first
(`gateway.disclosure.admission`), then the judge, with the consents of the person whom a compartment
belongs to; of a Binary its document decides. A row that is not visible is not there: callers get
the same nothing for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import select

from consent import Decision as Verdict
from consent import Facts, Policy, Request, compile_policies
from gateway.disclosure.admission import Asker, Standing, standing
from gateway.disclosure.facts import facts, recipients, relabelled
from gateway.disclosure.policies import Policies
from gateway.store import CompartmentRow, Key, Row, Tx, compartment_of, document_of, is_id
from gateway.store.models import ConsentIndex, table

_INDEX = table(ConsentIndex)
_STANDING = attrgetter("compartment", "type", "owner")


class Record(NamedTuple):
    """What is kept of a patient: by whom it was asked for, and the source compartments meant.

    `person` is None where a source's Patient was named: that source's record alone is meant.
    """

    person: str | None
    compartments: tuple[str, ...]
    home: str | None


class View:
    """One asker's view of the store, in one transaction.

    Attributes
    ----------
    hidden : int
        Rows that consent kept back, for the audit.
    relied_on : set of str
        Consents that permitted, ``Consent/id``.
    persons : set of str
        Persons whose consents were asked.
    shown : set of str
        Ids of current resources that were found visible.
    """

    def __init__(self, tx: Tx, asker: Asker, policies: Policies) -> None:
        self.tx = tx
        self.asker = asker
        self.hidden = 0
        self.relied_on: set[str] = set()
        self.persons: set[str] = set()
        self._policies = policies
        self._compartments: dict[str, CompartmentRow] = {}
        self._of_person: dict[str, list[CompartmentRow]] = {}
        self._consents: list[Row] = []
        self._judges: dict[str, Callable[[Facts], Verdict]] = {}
        self.shown: set[str] = set()
        self._hidden: set[str] = set()
        self._asked: dict[tuple[str, str], Row | None] = {}

    def record(self, patient: str) -> Record | None:
        """Return the record that ``Patient/{patient}`` stands for: a person's, or one source's."""
        if not is_id(patient):
            return None
        if "." not in patient:
            self._load_persons((patient,))
            if self._of_person[patient]:
                return self.person_record(patient)
            found = self.tx.persons.resolve(patient)  # it may have turned out to be another
            if found is None or found.tenant != self.asker.tenant:
                return None
            return self.person_record(found.id)
        compartment = compartment_of(patient)
        self._load((compartment,))
        row = self._compartments.get(compartment)
        if row is None or row.kind != "patient":
            return None
        group = self.tx.merges.group(compartment)
        self._load(group.members)
        return Record(None, tuple(sorted(group.members & self._compartments.keys())), None)

    def person_record(self, person: str) -> Record:
        """Return the record of a person of the asker's tenant."""
        self._load_persons((person,))
        own = self._of_person[person]
        sources = tuple(row.id for row in own if row.kind == "patient")
        return Record(person, sources, person)

    def reachable(self, limit: int) -> list[str]:
        """Return persons who may hold something visible: named in a consent, or of our own feed.

        At most `limit` + 1 of them: one more than the limit tells that there are too many.
        """
        named = (
            select(_INDEX.c.person)
            .where(_INDEX.c.organisation == self.asker.organisation)
            .distinct()
            .limit(limit + 1)
        )
        persons = {row[0] for row in self.tx.connection.execute(named)}
        own = self.tx.compartments.of_organisation(self.asker.organisation, limit=limit + 1)
        persons |= {row.person for row in own if row.person}
        found = sorted(persons)[: limit + 1]
        self._load_persons(found)
        return found

    def visible(self, compartments: Sequence[str], types: Sequence[str] | None = None) -> list[Row]:
        """Return the visible current resources of compartments, by compartment, type and id."""
        self._load(compartments)
        known = [one for one in compartments if one in self._compartments]
        return self._noted(self.tx.resources.rows(known, types)) if known else []

    def one(self, type_: str, id_: str) -> Row | None:
        """Return one resource's current row, deleted or not, if it is visible."""
        found = self.many([(type_, id_)])
        return found[0] if found else None

    def many(self, references: Iterable[tuple[str, str]]) -> list[Row]:
        """Return the current rows of those references that are visible, by type and id."""
        wanted = [one for one in references if is_id(one[0]) and is_id(one[1])]
        missing = [
            Key(compartment_of(id_), type_, id_)
            for type_, id_ in wanted
            if (type_, id_) not in self._asked
        ]
        self._load({key.compartment for key in missing})
        known = [key for key in missing if key.compartment in self._compartments]
        rows = self.tx.resources.current(known) if known else {}
        self._asked.update(((key.type, key.id), None) for key in missing)
        kept = self._noted([rows[key] for key in sorted(rows)])
        self._asked.update(((row.type, row.id), row) for row in kept)
        return [row for one in sorted(set(wanted)) if (row := self._asked[one]) is not None]

    def judged(self, row: Row) -> bool:
        """Tell whether a visible row was for consent to decide: then what it names may be hidden.

        What a consent names, its writer has named itself.
        """
        return row.compartment in self._judges and row.type != "Consent"

    def hides(self, references: Iterable[tuple[str, str]]) -> set[str]:
        """Return the ids of those references that are there, but not for this asker."""
        beyond = [one for one in references if one[1] not in self.shown]
        self.many(one for one in beyond if one[1] not in self._hidden)
        return {
            id_
            for _, id_ in beyond
            if id_ in self._hidden or compartment_of(id_) not in self._compartments
        }

    def _noted(self, rows: Sequence[Row]) -> list[Row]:
        """Keep the visible ones of current rows, and note which those are."""
        kept = self.keep(rows)
        self.shown.update(row.id for row in kept)
        if len(kept) < len(rows):
            self._hidden.update({row.id for row in rows} - self.shown)
        return kept

    def sees(self, row: Row) -> bool:
        """Tell whether a row is visible."""
        return bool(self.keep((row,)))

    def keep(self, rows: Sequence[Row]) -> list[Row]:
        """Return the visible ones of rows, in their order."""
        self._load({row.compartment for row in rows})
        kept: list[Row] = []
        relied_on: set[str | None] = set()
        for (compartment, type_, owner), alike in groupby(rows, _STANDING):
            stands = self._standing(compartment, type_, owner)
            if type_ == "Binary":
                kept.extend(filter(self._governed, alike))
            elif stands is Standing.CONSENT:
                judge = self._judge(compartment)
                for row in alike:
                    verdict = judge(facts(row))
                    if verdict.permit:
                        kept.append(row)
                        relied_on.add(verdict.policy)
                    else:
                        self.hidden += 1
            elif stands is not Standing.CLOSED:
                kept.extend(alike)
        self.relied_on |= {f"Consent/{policy}" for policy in relied_on if policy}
        return kept

    def _governed(self, binary: Row) -> bool:
        """Tell whether a Binary's document is visible (R4, Binary.securityContext).

        It must be under the labels, too, that it had when it brought these data.
        """
        key = Key(binary.compartment, "DocumentReference", document_of(binary.id))
        row = self.tx.resources.current((key,)).get(key[1:])
        if row is None or row.deleted:
            return False
        return self.sees(row) and self.sees(relabelled(row, binary))

    def _standing(self, compartment: str, type_: str, owner: str) -> Standing:
        row = self._compartments.get(compartment)
        if row is None:
            return Standing.CLOSED
        return standing(
            self.asker,
            tenant=row.tenant,
            kind=row.kind,
            organisation=row.organisation,
            type_=type_,
            owner=owner,
        )

    def consents(self, person: str) -> list[Row]:
        """Return every Consent about a person, whoever wrote it: for deciding, never to show."""
        self._load_persons((person,))
        homes = {row.id for row in self._of_person.get(person, ()) if row.kind == "person"}
        return [row for row in self._consents if row.compartment in homes]

    def epoch(self) -> str:
        """Return a digest of the consents that were asked: it changes when any of them does."""
        state = sha256()
        for row in sorted(self._consents):
            state.update(f"{row.id}/{row.version}/{row.deleted}|".encode())
        return state.hexdigest()[:16]

    def _load(self, compartments: Iterable[str]) -> None:
        """Read compartments not seen yet; another tenant's count as not there."""
        missing = [one for one in compartments if one not in self._compartments and is_id(one)]
        if not missing:
            return
        for id_, row in self.tx.compartments.many(missing).items():
            if row.tenant == self.asker.tenant and row.destroyed is None:
                self._compartments[id_] = row

    def _load_persons(self, persons: Iterable[str]) -> None:
        """Read the compartments and consents of persons not seen yet."""
        missing = [one for one in persons if one not in self._of_person]
        if not missing:
            return
        self._of_person.update((person, []) for person in missing)
        for row in self.tx.compartments.of_persons(missing):
            if row.person is not None and row.tenant == self.asker.tenant:
                self._of_person[row.person].append(row)
                self._compartments[row.id] = row
        homes = [
            row.id for person in missing for row in self._of_person[person] if row.kind == "person"
        ]
        if homes:
            self._consents += self.tx.resources.rows(homes, ("Consent",))

    def _judge(self, compartment: str) -> Callable[[Facts], Verdict]:
        """Return the judge of a compartment: the consents of the person it belongs to."""
        judge = self._judges.get(compartment)
        if judge is None:
            person = self._compartments[compartment].person
            rows = self.consents(person) if person else []
            if person:
                self.persons.add(person)
            policies = self._policies.of(self.tx, rows)
            request = Request(
                organisation=self.asker.organisation,
                actors=self._actors(policies),
                purpose=self.asker.purpose,
                action="access",
                now=self.tx.now,
            )
            judge = self._judges[compartment] = compile_policies(policies, request)
        return judge

    def _actors(self, policies: Sequence[Policy]) -> frozenset[str]:
        """Return who the asker is, as consents may name it: its organisation, and its own roles.

        A PractitionerRole counts if it stands in the asker's own directory; what a consent says
        beside the reference (a display, an identifier) is never looked at.
        """
        named = {
            reference.removeprefix("PractitionerRole/")
            for policy in policies
            for reference in recipients(policy.rule)
            if reference.startswith("PractitionerRole/")
        }
        self._load({compartment_of(id_) for id_ in named})
        own = [
            Key(compartment_of(id_), "PractitionerRole", id_)
            for id_ in named
            if (row := self._compartments.get(compartment_of(id_))) is not None
            and (row.kind, row.organisation) == ("directory", self.asker.organisation)
        ]
        rows = self.tx.resources.current(own).values() if own else ()
        roles = {f"PractitionerRole/{row.id}" for row in rows if not row.deleted}
        return frozenset({f"Organization/{self.asker.organisation}"} | roles)
