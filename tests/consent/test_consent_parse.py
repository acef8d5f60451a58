"""Reading a Consent: what is kept, what is noted, what is refused and where."""

from __future__ import annotations

from typing import Any

import pytest
from consent_builders import (
    CN_ICD10,
    ICD10,
    O1,
    I,
    actor,
    at,
    deny,
    permit,
    policy,
    provision,
    request,
    resource,
)

from consent import ConsentError, Reason, code_keys, decide, parse, validate
from consent.codes import codings, criterion_key, icd10_stems
from consent.dates import span
from consent.parse import plain_key
from consent.vocabulary import ACT_CODE


def test_what_is_kept() -> None:
    kept = policy(
        permit(actors=[I], purposes=["TREAT"]),
        identifier=[{"system": "urn:c", "value": "7"}, {"value": "8"}],
    )
    assert (kept.id, kept.status, kept.patient) == ("k1", "active", "Patient/p1")
    assert (kept.received, kept.written, kept.owner) == (1, "2026-01-01", "h1")
    assert kept.identifiers == {"urn:c|7"}
    assert kept.rule.recipients == {I}
    assert kept.rule.unsure == frozenset()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("OPTIN", "permit"), ("OPTINR", "permit"), ("OPTOUT", "deny"), ("OPTOUTE", "deny"),
     ("hipaa-auth", None)],
)  # fmt: skip
def test_the_policy_rule_speaks_where_the_provision_does_not(
    rule: str, expected: str | None
) -> None:
    said = {"coding": [{"system": ACT_CODE, "code": rule}]}
    assert policy(None, policyRule=said).rule.type == expected
    assert policy(provision(None), policyRule=said).rule.type == expected
    assert policy(deny(), policyRule=said).rule.type == "deny"


def test_two_policy_rules_refuse() -> None:
    said = {"coding": [{"system": ACT_CODE, "code": code} for code in ("OPTIN", "OPTOUT")]}
    assert policy(None, policyRule=said).rule.type == "deny"


def test_an_opt_out_without_provision_denies_everything() -> None:
    said = {"coding": [{"system": ACT_CODE, "code": "OPTOUT"}]}
    both = [policy(permit(actors=[I])), policy(None, "k2", 2, policyRule=said)]
    assert decide(both, request(), O1).reason is Reason.DENIED


def test_codes_go_through_the_key() -> None:
    read = parse(
        resource(permit(codes=[("urn:x", "a"), (ICD10, "e11.9")])),
        received=0,
        code_key=lambda system, code: f"{system}#{code}".encode(),
    )
    assert read.rule.codes == {b"urn:x#a", b"http://hl7.org/fhir/sid/icd-10#E11.9"}


def test_what_is_not_understood_is_noted() -> None:
    rule = policy(
        permit(
            actors=[I, actor(I, "WIT"), actor("Practitioner/d1", "CST")],
            purpose=[{"system": "urn:x", "code": "TREAT"}],
            codes=[("", "a"), ("urn:x", "")],
            data=[("something", "Observation/o1"), {"meaning": "instance", "weather": 1}],
        )
    ).rule
    assert rule.unsure == {"actor", "purpose", "code", "data"}
    assert (rule.recipients, rule.holders) == ({I}, frozenset())
    assert (rule.purposes, rule.codes, rule.data) == (frozenset(), frozenset(), frozenset())
    assert not rule.inert


def test_a_role_not_known_may_limit_more_than_the_judge_can_see() -> None:
    rule = policy(permit(actors=[I, actor("Practitioner/d1", "AUT")])).rule
    assert rule.inert
    two_roles = actor("Organization/h1", "CST")
    two_roles["role"]["coding"].append({"code": "IRCP"})
    assert policy(permit(actors=[two_roles])).rule.inert


WRONG: list[tuple[Any, str, str]] = [
    ({"type": "allow"}, "Consent.provision.type", "value"),
    ({"type": 1}, "Consent.provision.type", "structure"),
    (permit(inner=[{}]), "Consent.provision.provision[0].type", "required"),
    (permit(inner=["deny"]), "Consent.provision.provision[0]", "structure"),
    ({"type": "permit", "provision": {}}, "Consent.provision.provision", "structure"),
    ({"type": "permit", "period": []}, "Consent.provision.period", "structure"),
    (permit(period=("2026-02-30", None)), "Consent.provision.period.start", "value"),
    (permit(data_period=(None, "soon")), "Consent.provision.dataPeriod.end", "value"),
    (permit(period=("2027", "2026")), "Consent.provision.period", "invariant"),
    (permit(actors=[{"role": [], "reference": {}}]), "Consent.provision.actor[0].role",
     "structure"),
]  # fmt: skip


@pytest.mark.parametrize(("root", "expression", "code"), WRONG)
def test_what_has_no_meaning_is_refused_by_place(root: Any, expression: str, code: str) -> None:
    with pytest.raises(ConsentError) as caught:
        parse(resource(root), received=0)
    assert (caught.value.expression, caught.value.code) == (expression, code)
    assert str(caught.value) == f"{expression}: {caught.value.detail}"


@pytest.mark.parametrize(
    ("changes", "expressions"),
    [
        ({}, []),
        ({"resourceType": "Patient"}, ["Consent"]),
        ({"status": None}, ["Consent.status"]),
        ({"scope": {"coding": [{"code": "patient-privacy"}]}}, ["Consent.scope"]),
        ({"category": []}, ["Consent.category"]),
        ({"patient": {"display": "somebody"}}, ["Consent.patient"]),
        ({"patient": {"reference": "Group/g1"}}, ["Consent.patient"]),
        ({"provision": None}, ["Consent.provision"]),
        ({"provision": {}}, ["Consent.provision"]),
        ({"provision": None, "status": "draft"}, []),
        ({"provision": {"provision": [permit(actors=[I])]}}, []),
        ({"provision": permit(period={"end": "never"})}, ["Consent.provision.period.end"]),
        ({"scope": {}, "category": None}, ["Consent.scope", "Consent.category"]),
    ],
)
def test_what_a_consent_must_satisfy(changes: dict[str, Any], expressions: list[str]) -> None:
    written = resource(permit(actors=[I])) | changes
    assert [error.expression for error in validate(written)] == expressions


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2024", "2024-01-01T00:00:00+08:00", "2025-01-01T00:00:00+08:00"),
        ("2024-02", "2024-02-01T00:00:00+08:00", "2024-03-01T00:00:00+08:00"),
        ("2026-11-20", "2026-11-20T00:00:00+08:00", "2026-11-21T00:00:00+08:00"),
        ("2026-11-20T08:00:00Z", "2026-11-20T16:00:00+08:00", "2026-11-20T16:00:01+08:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", "2017-01-01T00:00:01Z"),
        ("2026-11-20T08:00:00.5-05:30", "2026-11-20T13:30:00.500Z", "2026-11-20T13:30:00.6Z"),
    ],
)
def test_a_date_is_the_stretch_it_names(text: str, first: str, after: str) -> None:
    assert (span(text).low, span(text).high) == (at(first), at(after))


def test_a_fraction_finer_than_a_microsecond_is_one() -> None:
    fine = span("1970-01-01T00:00:00.1234567Z")
    assert (fine.low, fine.high) == (123_456, 123_457)


def test_the_last_day_of_all_ends_too() -> None:
    assert span("9999").high == span("9999-12-31").high == (at("9999-12-30") + 2 * 86_400_000_000)


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-1-1", "2026-13", "2026-11-31", "2026-11-20T09:00", "2026-11-20T24:00:00Z",
     "2026-11-20T09:60:00Z", "2026-11-20T09:00:00", "2026-11-20T09:00:00+15:00",
     "2026-11-20T09:00:00+08:60", "2026-11-20T09:00:61Z", "0000-01-01", "２０２６"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        span(text)


@pytest.mark.parametrize(
    ("code", "stems"),
    [
        ("E11", ("E11",)),
        ("E11.9", ("E11", "E11.9")),
        ("E11.900x001", ("E11", "E11.9")),
        ("E11.x00", ("E11",)),
        ("e119", ("E11", "E11.9")),
        ("B22.0†", ("B22", "B22.0")),
        ("E11.900;F32.900", ("E11", "E11.9", "F32", "F32.9")),
        ("E11.900，F32.900x001", ("E11", "E11.9", "F32", "F32.9")),
        ("G30.1+F00.1*", ("G30", "G30.1", "F00", "F00.1")),
        ("4548-4", ()),
        ("", ()),
    ],
)
def test_stems_of_icd10(code: str, stems: tuple[str, ...]) -> None:
    assert icd10_stems(code) == stems


@pytest.mark.parametrize(
    ("system", "code", "key"),
    [
        (ICD10, "E11", f"{ICD10}|E11"),
        (CN_ICD10, "E11.x00", f"{ICD10}|E11"),
        (CN_ICD10, "E119", f"{ICD10}|E11.9"),
        (CN_ICD10, "E11.900x001", f"{CN_ICD10}|E11.900x001"),
        (ICD10, "nonsense", f"{ICD10}|nonsense"),
        ("http://loinc.org", "4548-4", "http://loinc.org|4548-4"),
    ],
)
def test_the_key_a_criterion_asks_for(system: str, code: str, key: str) -> None:
    assert criterion_key(system, code, plain_key) == key


def test_every_coding_counts_but_units_and_meta() -> None:
    seen = {
        "resourceType": "Observation",
        "meta": {"security": [{"system": ACT_CODE, "code": "HIV"}]},
        "code": {"coding": [{"system": "urn:a", "code": "1"}, {"code": "2"}]},
        "valueQuantity": {"system": "http://unitsofmeasure.org", "code": "mg"},
        "component": [{"valueCodeableConcept": {"coding": [{"system": "urn:b", "code": "3"}]}}],
        "note": [["odd"]],
    }
    assert sorted(codings(seen)) == [("", "2"), ("urn:a", "1"), ("urn:b", "3")]
    assert code_keys(seen, plain_key) == {"|2", "urn:a|1", "urn:b|3"}
