"""Consents written through the API: a Consent in, kept with the person it is about.

https://hl7.org/fhir/R4/http.html#create, #update. What is kept satisfies R4 and what the judge can
act on; the order in which the server receives it governs. The patient is named by a reference the
writer may see, or by a resident identity number; a person nobody has heard of is made, so that the
answer does not tell whether there was one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert

from conformance.validator import Problem, Validator
from consent import ConsentError, Rule, parse, validate
from gateway.disclosure.admission import check_interaction
from gateway.disclosure.door import Answer, Call, Door
from gateway.disclosure.facts import recipients
from gateway.disclosure.identifiers import strong_token
from gateway.disclosure.refusals import Absent, BadRequest, Issue, Stale, Unprocessable
from gateway.disclosure.session import Session
from gateway.keys import random_id
from gateway.store import Stored, compartment_of
from gateway.store.clinical import instant
from gateway.store.models import ConsentIndex, table

_INDEX = table(ConsentIndex)
_UNKNOWN_PATIENT = Issue(
    "not-found", "name the patient by a reference you may see, or an identity number",
    "Consent.patient",
)  # fmt: skip
_BAD_IDENTITY = Issue("value", "not a valid resident identity number", "Consent.patient.identifier")


class Consents:
    """Keeps consents behind a door.

    Parameters
    ----------
    door, validator
        The way in; the judge of shape.
    """

    def __init__(self, door: Door, validator: Validator) -> None:
        self._door = door
        self._validator = validator

    def create(self, call: Call, resource: dict[str, Any]) -> Answer:
        """Keep a new Consent.

        Raises
        ------
        Unprocessable
            It does not satisfy R4 or cannot be acted on, or its patient cannot be told.
        Forbidden, Unavailable
            See `gateway.disclosure.refusals`.
        """
        with self._door.enter(call, write=True) as session:
            check_interaction(session.asker, "Consent", "c")
            self._check(resource)
            session.tx.sequence()
            person = self._person(session, resource["patient"])
            home = session.tx.persons.home(person)
            answer = self._keep(session, resource, person, f"{home}.{random_id()}")
        location = f"{self._door.base}/Consent/{answer.location}/_history/{answer.version}"
        return Answer(answer.body, answer.version, answer.modified, location, created=True)

    def update(
        self, call: Call, id_: str, resource: dict[str, Any], if_match: str | None
    ) -> Answer:
        """Keep a new version of the writer's own Consent.

        Raises
        ------
        Absent
            There is no such Consent of this writer's.
        Stale
            ``If-Match`` names another version than the present one.
        BadRequest, Unprocessable, Forbidden, Unavailable
            As `create`; the body's id is another; the patient is another.
        """
        with self._door.enter(call, write=True) as session:
            check_interaction(session.asker, "Consent", "u")
            session.tx.sequence()
            row = session.view.one("Consent", id_)
            if row is None:
                raise Absent
            if if_match is not None and if_match != str(row.version):
                raise Stale
            if resource.get("id") != id_:
                raise BadRequest("the body's id is not the address's")
            self._check(resource)
            person = self._person(session, resource["patient"])
            home = session.tx.compartments.get(compartment_of(id_))
            if home is None or home.person != person:
                raise Unprocessable(
                    issues=[Issue("business-rule", "the patient cannot change", "Consent.patient")]
                )
            answer = self._keep(session, resource, person, id_)
        return Answer(answer.body, answer.version, answer.modified)

    def _check(self, resource: dict[str, Any]) -> None:
        if resource.get("resourceType") != "Consent":
            raise BadRequest("the body is not a Consent")
        problems = [_shape_issue(problem) for problem in self._validator.errors(resource)]
        if not problems and "patient" not in resource:
            problems.append(Issue("required", "the patient is required", "Consent.patient"))
        if problems:
            raise Unprocessable(issues=problems)

    def _person(self, session: Session, patient: dict[str, Any]) -> str:
        """Return the person whom ``Consent.patient`` names."""
        reference = patient.get("reference")
        if reference is not None:
            person = self._named(session, reference)
        else:
            identifier = patient.get("identifier", {})
            system, value = identifier.get("system", ""), identifier.get("value", "")
            tenant = session.asker.tenant
            token = strong_token(session.tx.keys, tenant, system, value)
            if token is None:
                raise Unprocessable(issues=[_BAD_IDENTITY])
            person = session.tx.persons.for_identity(tenant, token)
        session.persons.add(person)
        return person

    def _named(self, session: Session, reference: str) -> str:
        """Return the person behind a reference that the writer may see."""
        type_, _, id_ = reference.removeprefix(f"{self._door.base}/").partition("/")
        record = session.view.record(id_) if type_ == "Patient" else None
        person = record.person if record else None
        if record is not None and person is None:
            compartment = session.tx.compartments.get(compartment_of(id_))
            person = compartment.person if compartment else None
        if record is None or person is None:
            raise Unprocessable(issues=[_UNKNOWN_PATIENT])
        seen = session.view.visible(record.compartments, ("Patient",))
        own = (row for row in session.view.consents(person) if session.view.sees(row))
        if not seen and next(own, None) is None:
            raise Unprocessable(issues=[_UNKNOWN_PATIENT])
        return person

    def _keep(self, session: Session, resource: dict[str, Any], person: str, id_: str) -> Answer:
        patient = {**resource["patient"], "reference": f"Patient/{person}"}
        content = {**resource, "id": id_, "patient": patient}
        problems = validate(content, base=self._door.base)
        if problems:
            raise Unprocessable(issues=[_issue(problem) for problem in problems])
        owner = session.asker.organisation
        stored = session.tx.resources.put(compartment_of(id_), content, owner=owner)
        policy = parse(content, received=0, base=self._door.base, zone=session.zone)
        self._index(session, policy.rule, person, id_)
        session.disclosed.append(f"Consent/{id_}/_history/{stored.version}")
        return _answer(stored, id_)

    def _index(self, session: Session, rule: Rule, person: str, id_: str) -> None:
        """Note which organisations a Consent names, so that they find the person again."""
        connection = session.tx.connection
        connection.execute(delete(_INDEX).where(_INDEX.c.consent == id_))
        organisations = sorted(self._organisations(session, recipients(rule)))
        if organisations:
            rows = [
                {"organisation": one, "person": person, "consent": id_} for one in organisations
            ]
            connection.execute(insert(_INDEX), rows)

    def _organisations(self, session: Session, recipients: Iterable[str]) -> set[str]:
        found = set()
        roles = set()
        for reference in recipients:
            type_, _, id_ = reference.partition("/")
            if type_ == "Organization":
                found.add(id_)
            elif type_ == "PractitionerRole":
                roles.add(compartment_of(id_))
        for row in session.tx.compartments.many(roles).values():
            if row.kind == "directory" and row.organisation is not None:
                found.add(row.organisation)
        return found


def _answer(stored: Stored, id_: str) -> Answer:
    return Answer(stored.body, str(stored.version), instant(stored.updated), location=id_)


def _issue(error: ConsentError) -> Issue:
    return Issue(error.code, error.detail, error.expression)


_ISSUE_CODES = {"format": "value", "range": "value", "code": "code-invalid"}


def _shape_issue(problem: Problem) -> Issue:
    """Return a problem of shape as an issue (http://hl7.org/fhir/R4/valueset-issue-type)."""
    if problem.code == "required":
        return Issue("required", "is required", f"{problem.path}.{problem.detail}")
    code = _ISSUE_CODES.get(problem.code, "structure")
    return Issue(code, problem.detail, problem.path)
