"""``Encounter/$verify-visit``: an insurer's question in, confirmed or not-confirmed out.

Confirmed means that an Encounter of this identity, at this hospital, on this day is there, and that
the person's consents permit its disclosure to this insurer for this purpose. Every other case —
unknown person, no consent, another hospital, another day, too many questions — gets one answer of
one shape, and costs about the same: records are narrowed to that day before any is opened, and the
question was counted before. Only facts that were supplied are judged, and no value is ever given.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import text

from gateway.auth.scopes import VERIFY
from gateway.disclosure.admission import INSURER, Asker
from gateway.disclosure.bundles import Entry
from gateway.disclosure.door import Answer, Call, Door
from gateway.disclosure.identifiers import compared, token
from gateway.disclosure.refusals import Forbidden
from gateway.disclosure.session import Session
from gateway.keys import random_id
from gateway.operations import candidates, receipts, visits
from gateway.operations.questions import Question, parse
from gateway.sections import Insurer
from gateway.store import compartment_of
from gateway.store.models import Organisation

PURPOSES = frozenset({"HPAYMT", "COVERAGE", "ELIGVER", "CLMATTCH"})

_SECOND = 1_000_000
_EPOCH = date(1970, 1, 1)
_COUNT = text(
    "INSERT INTO verification_attempt (organisation, subject, day, attempts) "
    "VALUES (:organisation, :subject, :day, 1) "
    "ON CONFLICT (organisation, subject, day) "
    "DO UPDATE SET attempts = verification_attempt.attempts + 1 RETURNING attempts"
)
_FORGET = text("DELETE FROM verification_attempt WHERE day < :day")


class VerifyVisit:
    """Answers questions about visits through a door.

    Parameters
    ----------
    door, limits
        The way in; how often may be asked.
    issuer : str
        The gateway's address, for receipts.
    """

    def __init__(self, door: Door, limits: Insurer, issuer: str) -> None:
        self._door = door
        self._limits = limits
        self._issuer = issuer

    def answer(self, call: Call, resource: Any) -> Answer:
        """Answer a question.

        Raises
        ------
        BadRequest
            The Parameters are not a question.
        Forbidden
            Not an insurer, or without the scope or a purpose of insurance.
        Unavailable
            See `gateway.disclosure.refusals`.
        """
        asked: list[tuple[Question, bool]] = []

        def count(session: Session) -> None:
            """Count the question before anything is looked for, whatever becomes of it."""
            _check(session.asker)
            question = parse(resource, session.zone)
            asked.append((question, self._within_limits(session, question)))

        with self._door.enter(call, first=count) as session:
            ((question, within),) = asked
            encounters = self._encounters(session, question)
            conditions = self._conditions(session, question, encounters)
            if not within:
                encounters = []
            result = "confirmed" if encounters else "not-confirmed"
            facts = visits.matched(encounters, conditions, question)
            session.leaves(
                Entry("Encounter", one["id"], one["meta"]["versionId"], b"") for one in encounters
            )
            session.note(result if within else "too-many-questions")
            receipt = self._receipt(session, question, result, facts)
            return Answer(orjson.dumps(_parameters(result, facts, receipt)))

    def _within_limits(self, session: Session, question: Question) -> bool:
        """Count the question, for its visit and for its person, today."""
        identity = compared(*question.identity)
        system, hospital = question.hospital
        today = datetime.fromtimestamp(session.tx.now / _SECOND, session.zone).date()
        day = (today - _EPOCH).days
        keyed, connection = session.tx.keys.token, session.tx.connection
        visit = keyed("verify-visit", *identity, system or "", hospital, question.day.isoformat())
        person = keyed("verify-visit-person", *identity)
        connection.execute(_FORGET, {"day": day})
        asked = [
            connection.execute(
                _COUNT,
                {"organisation": session.asker.organisation, "subject": subject, "day": day},
            ).scalar_one()
            for subject in (visit, person)
        ]
        limits = (self._limits.attempts_per_visit, self._limits.attempts_per_person)
        return all(count <= limit for count, limit in zip(asked, limits, strict=True))

    def _encounters(self, session: Session, question: Question) -> list[dict[str, Any]]:
        """Return the visible Encounters of that day; no other is opened."""
        hospital = self._hospital(session, question)
        tenant = session.asker.tenant
        identity = token(session.tx.keys, tenant, *question.identity)
        persons = session.tx.persons.find([identity], tenant)
        session.persons.update(persons)
        if hospital is None:
            return []
        compartments = [
            row.id
            for person in persons
            for row in session.tx.persons.compartments(person)
            if row.organisation == hospital.id
        ]
        rows = candidates.encounters(session.tx, compartments, hospital.id, question)
        return [
            encounter
            for encounter in _opened(session, rows)
            if visits.took_place(encounter, question, session.zone)
        ]

    def _conditions(
        self, session: Session, question: Question, encounters: Sequence[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Return the visible Conditions that may be the diagnosis of one of the Encounters."""
        if not encounters or question.diagnosis_category is None:
            return []
        compartments = sorted({compartment_of(one["id"]) for one in encounters})
        category = question.diagnosis_category
        return _opened(session, candidates.conditions(session.tx, compartments, category))

    def _hospital(self, session: Session, question: Question) -> Organisation | None:
        system, value = question.hospital
        for organisation in session.tx.directory.organisations(session.asker.tenant, "source"):
            if system is None and organisation.id == value:
                return organisation
            known = (organisation.identifier_system, organisation.identifier_value)
            if system is not None and known == (system, value):
                return organisation
        return None

    def _receipt(
        self, session: Session, question: Question, result: str, facts: dict[str, bool]
    ) -> str:
        session.tx.keys.refresh()
        return receipts.sign(
            session.tx.keys.receipt_signer,
            issuer=self._issuer,
            insurer=session.asker.organisation,
            purpose=session.asker.purpose,
            digest=question.digest(),
            result=result,
            matched=facts,
            seconds=session.tx.now // _SECOND,
            receipt=random_id(),
        )


def _check(asker: Asker) -> None:
    if asker.kind != INSURER:
        raise Forbidden("only an insurer verifies visits", reason="not-an-insurer")
    if VERIFY not in asker.scopes.own:
        raise Forbidden(f"needs the scope {VERIFY}", reason="scope")
    if asker.purpose not in PURPOSES:
        raise Forbidden("not a purpose of insurance", reason="purpose-not-of-insurance")


def _opened(session: Session, references: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    rows = session.view.many(references) if references else []
    current = [row for row in rows if not row.deleted]
    return [orjson.loads(body) for body in session.bodies(current)] if current else []


def _parameters(result: str, facts: dict[str, bool], receipt: str) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [{"name": "result", "valueCode": result}]
    if facts:
        parts = [{"name": name, "valueBoolean": value} for name, value in facts.items()]
        parameters.append({"name": "matched", "part": parts})
    parameters.append({"name": "receipt", "valueString": receipt})
    return {"resourceType": "Parameters", "parameter": parameters}
