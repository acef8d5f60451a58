"""Encounter/$verify-visit: the pure comparison as a table, then the operation over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx
import pytest
from gateway_world import IDENTITY, WANG, ZHANG, Asker, Record, World, permit
from joserfc import jws
from joserfc.jwk import KeySet

from gateway import dates
from gateway.audit.events import FAILED
from gateway.disclosure.refusals import BadRequest
from gateway.disclosure.session import Session
from gateway.operations import visits
from gateway.operations.questions import Money, Question, parse
from gateway.operations.visits import TOTAL_CHARGES, matched, took_place
from gateway.store import Row
from gateway.store.versions import New

ZONE = timezone(timedelta(hours=8))
EAST = timezone(timedelta(hours=9))
ICD = "http://hl7.org/fhir/sid/icd-10"
Give = Callable[..., httpx.Response]


def question(day: str = "2026-03-01", **facts: Any) -> Question:
    when = dates.parse(day, ZONE)
    return Question((IDENTITY, ZHANG), (None, "tjh01"), date.fromisoformat(day), when, **facts)


@pytest.mark.parametrize(
    ("encounter", "day", "expected"),
    [
        ({"period": {"start": "2026-03-01T08:30:00+08:00"}}, "2026-03-01", True),
        ({"period": {"start": "2026-02-28T17:00:00Z"}}, "2026-03-01", True),  # +08:00
        ({"period": {"start": "2026-02-28T15:00:00Z"}}, "2026-03-01", False),
        ({"period": {"start": "2026-03-01T08:30:00+08:00"}}, "2026-03-02", False),
        ({"period": {"start": "2026-03-01", "end": "2026-03-05"}}, "2026-03-05", True),
        ({"period": {"start": "2026-03-01", "end": "2026-03-05"}}, "2026-03-06", False),
        ({"period": {"start": "2026-03-01", "end": "2026-03-05"}}, "2026-02-28", False),
        ({"period": {"start": "2026-03-01"}, "class": {"code": "IMP"}}, "2026-03-20", True),
        ({"period": {"start": "2026-03-01"}, "class": {"code": "IMP"}}, "2026-02-20", False),
        ({"period": {"end": "2026-03-05"}}, "2026-03-05", False),
        ({"period": {"start": "2026-03-01"}, "status": "cancelled"}, "2026-03-01", False),
        ({"period": {"start": "2026-03-01"}, "status": "planned"}, "2026-03-01", False),
        ({}, "2026-03-01", False),
    ],
)
def test_took_place(encounter: dict[str, Any], day: str, expected: bool) -> None:
    assert took_place(encounter, question(day), ZONE) is expected


ENCOUNTER = {
    "id": "e1",
    "identifier": [{"value": "OP1"}],
    "diagnosis": [{"condition": {"reference": "Condition/c2"}}, {"condition": {"display": "x"}}],
    "extension": [
        {"url": "urn:other", "valueMoney": {"value": 1}},
        {"url": TOTAL_CHARGES, "valueMoney": {"value": 128.50, "currency": "CNY"}},
    ],
}
CONDITIONS = [
    {"id": "c1", "code": {"coding": [{"system": ICD, "code": "E11.9"}, {"system": ICD}]},
     "encounter": {"reference": "Encounter/e1"}},
    {"id": "c2", "code": {"coding": [{"system": ICD, "code": "I10"}]}},
    {"id": "c3", "code": {"coding": [{"system": ICD, "code": "J45"}]}},
    {"id": "c4", "code": {"coding": [{"system": "urn:local", "code": "K35"}]},
     "encounter": {"reference": "Encounter/e1"}},
]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, {}),
        ({"visit_number": "OP1"}, {"visitNumber": True}),
        ({"visit_number": "OP2"}, {"visitNumber": False}),
        ({"diagnosis_category": "E11"}, {"diagnosisCategory": True}),
        ({"diagnosis_category": "I10"}, {"diagnosisCategory": True}),
        ({"diagnosis_category": "J45"}, {"diagnosisCategory": False}),
        ({"diagnosis_category": "K35"}, {"diagnosisCategory": False}),
        ({"amount": Money(Decimal("128.5"), "CNY")}, {"amount": True}),
        ({"amount": Money(Decimal("128.5"), "USD")}, {"amount": False}),
        ({"amount": Money(Decimal("128.51"), "CNY")}, {"amount": False}),
    ],
)
def test_only_supplied_facts_are_compared(facts: dict[str, Any], expected: dict[str, bool]) -> None:
    assert matched([ENCOUNTER], CONDITIONS, question(**facts)) == expected


def test_facts_are_never_put_together_from_two_visits() -> None:
    other = {"id": "e2", "identifier": [{"value": "OP2"}]}
    asked = question(visit_number="OP2", diagnosis_category="E11")
    found = matched([ENCOUNTER, other], CONDITIONS, asked)
    assert sum(found.values()) == 1
    assert visits.matched([], [], asked) == {"visitNumber": False, "diagnosisCategory": False}


def parameters(**values: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "identity": {"valueIdentifier": {"system": IDENTITY, "value": ZHANG}},
        "hospital": {"valueString": "tjh01"},
        "date": {"valueDate": "2026-03-01"},
        **values,
    }
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": name, **value} for name, value in given.items() if value],
    }


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"resourceType": "Patient"}, "Parameters"),
        ([], "Parameters"),
        (parameters(identity=None), "identity"),
        (parameters(hospital=None), "hospital"),
        (parameters(date=None), "date"),
        (parameters(identity={"valueString": ZHANG}), "identity"),
        (parameters(identity={"valueIdentifier": {"value": ZHANG}}), "identity"),
        (parameters(identity={"valueIdentifier": 5}), "identity"),
        (parameters(hospital={"valueString": ""}), "hospital"),
        (parameters(hospital={"valueString": "a", "valueIdentifier": {}}), "hospital"),
        (parameters(date={"valueDate": "2026-03"}), "date"),
        (parameters(date={"valueDate": "2026-02-30"}), "date"),
        (parameters(date={"valueDate": 5}), "date"),
        (parameters(date={"valueDate": "2026-W09-7"}), "date"),
        (parameters(date={"valueDate": "20260301"}), "date"),
        (parameters(date={"valueDate": "９９９９-01-01"}), "date"),
        (parameters(date={"valueDate": "9999-12-31"}), "date"),
        (parameters(date={"valueDate": "0000-01-01"}), "date"),
        (parameters(visitNumber={"valueString": 5}), "visitNumber"),
        (parameters(diagnosisCategory={"valueCode": "E11.9"}), "diagnosisCategory"),
        (parameters(diagnosisCategory={"valueCode": "e11"}), "diagnosisCategory"),
        (parameters(amount={"valueMoney": {"value": 1}}), "amount"),
        (parameters(amount={"valueMoney": {"value": "1", "currency": "CNY"}}), "amount"),
        (parameters(amount={"valueMoney": 5}), "amount"),
        (parameters(colour={"valueString": "red"}), "unknown"),
        ({"resourceType": "Parameters", "parameter": 5}, "unknown"),
        ({"resourceType": "Parameters", "parameter": [5]}, "unknown"),
        ({"resourceType": "Parameters", "parameter": parameters()["parameter"] * 2}, "twice"),
        ({"resourceType": "Parameters"}, "identity"),
    ],
)
def test_what_is_no_question(body: Any, named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        parse(body, ZONE)


def test_equal_questions_have_one_digest() -> None:
    one, other = (
        parse(parameters(amount={"valueMoney": {"value": value, "currency": "CNY"}}), ZONE)
        for value in (128.5, 128.50)
    )
    assert one.digest() == other.digest()
    assert one.digest() != parse(parameters(), ZONE).digest()


@pytest.fixture
def record(world: World) -> Record:
    record = world.record("tjh01", "1")
    encounter = record.put(
        "Encounter",
        status="finished",
        identifier=[{"value": "OP26030100001"}],
        period={"start": "2026-03-01T08:30:00+08:00"},
        extension=[{"url": TOTAL_CHARGES, "valueMoney": {"value": 128.5, "currency": "CNY"}}],
        **{"class": {"code": "AMB"}},
    )
    record.put(
        "Condition",
        code={"coding": [{"system": ICD, "code": "E11.9"}]},
        subject={"reference": f"Patient/{record.patient}"},
        encounter={"reference": f"Encounter/{encounter}"},
    )
    return record


@pytest.fixture
def insurer(world: World) -> Asker:
    return world.login("insurer", "HPAYMT")


def ask(asker: Asker, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = asker.request("POST", "Encounter/$verify-visit", json=body or parameters())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = {one["name"]: one for one in answer.json()["parameter"]}
    return found


def test_a_visit_is_confirmed(world: World, record: Record, give: Give, insurer: Asker) -> None:
    give(permit("insurer", "HPAYMT"))
    found = ask(
        insurer,
        parameters(
            visitNumber={"valueString": "OP26030100001"},
            diagnosisCategory={"valueCode": "I10"},
            amount={"valueMoney": {"value": 128.5, "currency": "CNY"}},
        ),
    )
    assert found["result"]["valueCode"] == "confirmed"
    parts = {one["name"]: one["valueBoolean"] for one in found["matched"]["part"]}
    assert parts == {"visitNumber": True, "diagnosisCategory": False, "amount": True}
    event = world.events()[-1]
    assert event["outcomeDesc"] == "confirmed"
    assert "Encounter/" in event["entity"][-1]["what"]["reference"]


def test_no_fact_supplied_none_told(record: Record, give: Give, insurer: Asker) -> None:
    give(permit("insurer", "HPAYMT"))
    assert set(ask(insurer)) == {"result", "receipt"}


def test_a_receipt_verifies(world: World, record: Record, give: Give, insurer: Asker) -> None:
    give(permit("insurer", "HPAYMT"))
    signed = ask(insurer)["receipt"]["valueString"]
    keys = KeySet.import_key_set(world.http.get("/auth/jwks").json())
    token = jws.deserialize_compact(signed, keys, algorithms=["ES256"])
    import orjson

    payload = orjson.loads(token.payload)
    assert payload["result"] == "confirmed"
    assert payload["sub"] == "insurer"
    assert payload["question_sha256"] == parse(parameters(), ZONE).digest()
    assert ZHANG not in str(payload)


NOT_CONFIRMED = [
    parameters(identity={"valueIdentifier": {"system": IDENTITY, "value": WANG}}),
    parameters(identity={"valueIdentifier": {"system": "urn:x", "value": "1"}}),
    parameters(hospital={"valueString": "tjh02"}),
    parameters(hospital={"valueString": "nowhere"}),
    parameters(hospital={"valueIdentifier": {"system": "urn:x", "value": "tjh01"}}),
    parameters(date={"valueDate": "2026-03-02"}),
]


def shape(body: bytes) -> bytes:
    return re.sub(rb'"valueString":"[^"]*"', b"", body)


def test_every_refusal_looks_the_same(
    world: World, record: Record, give: Give, insurer: Asker
) -> None:
    fact = {"visitNumber": {"valueString": "OP26030100001"}}

    def answer(asker: Asker, body: dict[str, Any]) -> bytes:
        return shape(asker.request("POST", "Encounter/$verify-visit", json=body).content)

    asked = parameters(**fact)
    without_consent = answer(insurer, asked)
    assert b'"valueCode":"not-confirmed"' in without_consent
    give(permit("insurer", "HPAYMT"))
    assert answer(insurer, asked) != without_consent
    more = {"name": "visitNumber", **fact["visitNumber"]}
    for body in NOT_CONFIRMED:
        with_fact = {**body, "parameter": [*body["parameter"], more]}
        assert answer(insurer, with_fact) == without_consent
    assert answer(world.login("insurer", "CLMATTCH"), asked) == without_consent
    assert world.events()[-1]["outcomeDesc"] == "not-confirmed"
    limit = world.settings.insurer.attempts_per_visit
    answers = [answer(insurer, asked) for _ in range(limit)]
    assert answers[0] != without_consent
    assert answers[-1] == without_consent
    assert world.events()[-1]["outcomeDesc"] == "too-many-questions"


def test_guessing_days_is_limited_too(
    world: World, record: Record, give: Give, insurer: Asker
) -> None:
    give(permit("insurer", "HPAYMT"))
    limit = world.settings.insurer.attempts_per_person
    for number in range(limit):
        ask(insurer, parameters(date={"valueDate": f"20{number:02d}-01-01"}))
    assert ask(insurer)["result"]["valueCode"] == "not-confirmed"
    now = world.store.now()
    world.store._clock = lambda: now + 86_400_000_000
    tomorrow = world.login("insurer", "HPAYMT")
    assert ask(tomorrow)["result"]["valueCode"] == "confirmed"


def test_a_hospital_may_be_named_by_identifier(world: World, give: Give, insurer: Asker) -> None:
    world.organisation("coded", "source", identifier_system="urn:usci", identifier_value="12")
    record = world.record("coded", "9")
    record.put("Encounter", status="finished", period={"start": "2026-03-01"})
    give(permit("insurer", "HPAYMT"))
    named = {"valueIdentifier": {"system": "urn:usci", "value": "12"}}
    assert ask(insurer, parameters(hospital=named))["result"]["valueCode"] == "confirmed"


def test_an_insurer_gets_nothing_else(
    world: World, record: Record, give: Give, insurer: Asker
) -> None:
    give(permit("insurer", "HPAYMT"))
    for path in (
        f"Patient/{record.person}",
        f"Patient/{record.person}/$everything",
        f"Encounter?patient={record.person}",
        "Patient?name=a",
        f"Patient/{record.patient}/_history",
        "Consent?patient=x",
    ):
        answer = insurer.get(path)
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("organisation", "purpose", "scopes", "reason"),
    [
        ("ih", "HPAYMT", "operation/verify-visit", "not-an-insurer"),
        ("insurer", "HPAYMT", "system/*.cruds", "scope"),
        ("insurer", "TREAT", "operation/verify-visit", "purpose-not-of-insurance"),
    ],
)
def test_who_may_not_ask(
    world: World, organisation: str, purpose: str, scopes: str, reason: str
) -> None:
    asker = world.login(organisation, purpose, scopes=scopes)
    answer = asker.request("POST", "Encounter/$verify-visit", json=parameters())
    assert answer.status_code == 403
    assert world.events()[-1]["outcomeDesc"] == reason


def test_a_question_that_is_none_is_400(insurer: Asker) -> None:
    answer = insurer.request("POST", "Encounter/$verify-visit", json={"resourceType": "Basic"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "day", ["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31", "0000-01-01"]
)
def test_a_day_is_answered_alike_whoever_is_known(
    day: str, world: World, record: Record, give: Give, insurer: Asker
) -> None:
    give(permit("insurer", "HPAYMT"))
    record.put("Encounter", status="finished", period={"end": "9999-12-31"})
    record.put("Encounter", status="in-progress", period={"start": "0001-01-01"})
    date_ = {"valueDate": day}
    unknown = {"valueIdentifier": {"system": IDENTITY, "value": WANG}}
    known_body, unknown_body = parameters(date=date_), parameters(date=date_, identity=unknown)
    known, nobody = (
        insurer.request("POST", "Encounter/$verify-visit", json=body)
        for body in (known_body, unknown_body)
    )
    assert known.status_code == nobody.status_code in {200, 400}
    if day != "0001-01-01":  # which was a visit's
        assert shape(known.content) == shape(nobody.content)


@pytest.fixture
def unsealed(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of what the session unseals."""
    found: list[str] = []
    bodies = Session.bodies

    def counted(session: Session, rows: Sequence[Row]) -> list[bytes]:
        found.extend(f"{row.type}/{row.id}" for row in rows)
        return bodies(session, rows)

    monkeypatch.setattr(Session, "bodies", counted)
    return found


def test_another_day_opens_nothing(
    record: Record, give: Give, insurer: Asker, unsealed: list[str]
) -> None:
    give(permit("insurer", "HPAYMT"))
    for start in ("2026-01-01", "2026-02-28T23:59:59+08:00"):
        record.put("Encounter", status="finished", period={"start": start})
    record.put("Encounter", status="finished", period={"start": "2026-01-01", "end": "2026-02-28"})
    fact = {"diagnosisCategory": {"valueCode": "E11"}}
    for day in ("2026-02-27", "2026-03-02", "2027-01-01"):
        asked = parameters(date={"valueDate": day}, **fact)
        expected = "confirmed" if day == "2026-02-27" else "not-confirmed"
        unsealed.clear()
        assert ask(insurer, asked)["result"]["valueCode"] == expected
        assert bool(unsealed) is (expected == "confirmed")


def test_only_what_the_question_needs_is_opened(
    record: Record, give: Give, insurer: Asker, unsealed: list[str]
) -> None:
    give(permit("insurer", "HPAYMT"))
    for code in ("I10", "J45"):
        record.put("Condition", code={"coding": [{"system": ICD, "code": code}]})
    ask(insurer)
    assert [one.partition("/")[0] for one in unsealed] == ["Encounter"]
    unsealed.clear()
    found = ask(insurer, parameters(diagnosisCategory={"valueCode": "E11"}))
    assert found["matched"]["part"] == [{"name": "diagnosisCategory", "valueBoolean": True}]
    assert [one.partition("/")[0] for one in unsealed] == ["Encounter", "Condition"]


@pytest.mark.parametrize(
    "system", [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}, {}]
)
def test_an_inpatient_without_an_end_is_still_there(
    record: Record, give: Give, insurer: Asker, system: dict[str, str]
) -> None:
    give(permit("insurer", "HPAYMT"))
    record.put(
        "Encounter", status="in-progress", period={"start": "2026-02-01"},
        **{"class": {"code": "IMP", **system}},
    )  # fmt: skip
    asked = parameters(date={"valueDate": "2026-02-20"})
    assert ask(insurer, asked)["result"]["valueCode"] == "confirmed"


def test_a_day_of_another_zone_is_found(world: World, give: Give, insurer: Asker) -> None:
    world.organisation("west", "source")
    with world.store.begin() as tx:
        tx.directory.change_source("west", timezone="+09:00")
    record = world.record("west", "1")
    with world.store.begin() as tx:
        id_ = f"{record.compartment}.{tx.keys.derive_id('Encounter', 'x')}"
        content = {"resourceType": "Encounter", "id": id_, "status": "finished"}
        content["period"] = {"start": "2026-03-01"}
        new = New(record.compartment, "Encounter", id_, content, "west", "N", zone=EAST)
        tx.resources.put_many([new])
    give(permit("insurer", "HPAYMT"))
    hospital = {"valueString": "west"}
    for day, expected in (("2026-02-28", "not-confirmed"), ("2026-03-01", "confirmed")):
        asked = parameters(hospital=hospital, date={"valueDate": day})
        assert ask(insurer, asked)["result"]["valueCode"] == expected


def test_a_failure_is_audited_and_counted(
    world: World, record: Record, give: Give, insurer: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(permit("insurer", "HPAYMT"))

    def broken(*_: object) -> bool:
        raise ArithmeticError("unforeseen")

    limit = world.settings.insurer.attempts_per_visit
    with monkeypatch.context() as patch:
        patch.setattr(visits, "took_place", broken)
        for _ in range(limit):
            answer = insurer.request("POST", "Encounter/$verify-visit", json=parameters())
            assert answer.status_code == 500
            assert "unforeseen" not in answer.text
    event = world.events()[-1]
    assert (event["outcome"], event["outcomeDesc"]) == (FAILED, "ArithmeticError")
    assert f"Patient/{record.person}" in str(event["entity"])
    assert ask(insurer)["result"]["valueCode"] == "not-confirmed"
    assert world.events()[-1]["outcomeDesc"] == "too-many-questions"
