"""The enforcement cases that a pure judge can decide, by their numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from consent_builders import (
    C3,
    CN_ICD10,
    ICD10,
    K1,
    K2,
    NOW,
    O1,
    O2,
    I,
    J,
    actor,
    at,
    deny,
    facts,
    permit,
    policy,
    request,
    resource,
)

from consent import (
    ConsentError,
    Facts,
    Policy,
    Reason,
    Request,
    code_keys,
    compile_policies,
    decide,
    labels_for,
    parse,
    validate,
)
from consent.parse import plain_key
from consent.vocabulary import ACT_REASON

TREAT = {"actors": [I], "purposes": ["TREAT"]}


class Case(NamedTuple):
    number: int
    policies: list[Policy]
    request: Request
    facts: Facts
    reason: Reason


def forged(**reference: Any) -> dict[str, Any]:
    return {"role": {"coding": [{"code": "IRCP"}]}, "reference": reference}


GUARDIAN = "RelatedPerson/g1"
GUARDED = policy(
    permit(
        actors=[GUARDIAN],
        purposes=["FAMRQT"],
        period=("2020-03-05", "2026-11-20"),
        inner=[deny(labels=["SEX", "PSY"])],
    )
)
EMERGENCY = policy(deny(actors=[I], inner=[permit(purposes=["BTG"])]))
YEAR = ("2026-01-01", "2026-12-31")
E11 = facts("Condition", codes=[(ICD10, "E11.9"), ("urn:local", "TNB2"), (ICD10, "E11")])
REPORT = facts("DiagnosticReport", id_="r1", references=["Observation/o1"])

CASES = [
    Case(1, [K1], request(purpose=""), O1, Reason.PURPOSE_NOT_PERMITTED),
    Case(2, [K1], request(purpose="WHATEVER"), O1, Reason.PURPOSE_NOT_PERMITTED),
    Case(3, [K1, K2], request(), O1, Reason.PERMITTED),
    Case(3, [K1, K2], request(), C3, Reason.PERMITTED),
    Case(3, [K1, K2], request(), O2, Reason.DENIED),
    Case(4, [K1, K2], request(purpose="HPAYMT"), O1, Reason.PURPOSE_NOT_PERMITTED),
    Case(5, [K1, K2], request([J]), O1, Reason.ACTOR_NOT_NAMED),
    Case(
        6,
        [policy(permit(actors=["PractitionerRole/d1"]))],
        request([I, "PractitionerRole/d1"]),
        O1,
        Reason.PERMITTED,
    ),
    *(
        Case(6, [policy(permit(actors=[forged(**given)]))], request(), O1, Reason.ACTOR_NOT_NAMED)
        for given in (
            {"display": "Internet hospital I"},
            {"identifier": {"system": "urn:x", "value": "internet"}},
            {"type": "Organization", "display": I},
            {"reference": "#i", "display": I},
            {"reference": f"https://elsewhere.example/fhir/{I}"},
            {"reference": f"{I}/_history/1"},
            {"reference": J, "display": "Internet hospital I", "identifier": {"value": "internet"}},
        )
    ),
    Case(
        6,
        [policy(permit(actors=[f"https://gateway.example/fhir/{I}"]))],
        request(),
        O1,
        Reason.PERMITTED,
    ),
    *(
        Case(7, [policy(permit(**TREAT, period=YEAR))], request(now=at(now)), O1, reason)
        for now, reason in (
            ("2025-12-31T23:59:59+08:00", Reason.OUTSIDE_PERIOD),
            ("2026-01-01T00:00:00+08:00", Reason.PERMITTED),
            ("2026-12-31T15:59:59.999Z", Reason.PERMITTED),
            ("2026-12-31T16:00:00Z", Reason.OUTSIDE_PERIOD),
        )
    ),
    *(
        Case(8, [replace(K1, status=status)], request(), O1, Reason.NO_CONSENT)
        for status in ("draft", "proposed", "rejected", "inactive", "entered-in-error", "")
    ),
    *(
        Case(8, [K1, replace(K2, status=status)], request(), O2, Reason.PERMITTED)
        for status in ("draft", "proposed", "rejected", "inactive", "entered-in-error")
    ),
    Case(9, [], request(), O1, Reason.NO_CONSENT),
    *(
        Case(
            10, [policy(permit(**TREAT, inner=[deny(labels=["HIV"])]))], request(), seen, reason
        )
        for seen, reason in ((O1, Reason.PERMITTED), (O2, Reason.DENIED_BY_EXCEPTION))
    ),
    Case(11, [EMERGENCY], request(purpose="BTG"), O1, Reason.PERMITTED_BY_EXCEPTION),
    Case(11, [EMERGENCY], request(purpose="TREAT"), O1, Reason.DENIED),
    Case(11, [EMERGENCY], request(purpose="ETREAT"), O1, Reason.DENIED),
    Case(12, [policy(permit(**TREAT)), policy(deny(), "k9", 2)], request(), O1, Reason.DENIED),
    Case(12, [policy(deny(), "k9", 1), policy(permit(**TREAT), "k1", 2)], request(), O1,
         Reason.DENIED),
    *(
        Case(15, [policy(permit(**TREAT, **strange))], request(), O1, Reason.NOT_UNDERSTOOD)
        for strange in (
            {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]},
            {"weather": [{"code": "rain"}]},
            {"_type": {"extension": []}, "_period": {"extension": []}},
            {"period": {"_start": {"extension": [{"url": "urn:x"}]}}},
        )
    ),
    Case(15, [policy(permit(**TREAT), implicitRules="urn:x")], request(), O1,
         Reason.NOT_UNDERSTOOD),
    Case(15, [policy(permit(**TREAT), modifierExtension=[{"url": "urn:x"}])], request(), O1,
         Reason.NOT_UNDERSTOOD),
    *(
        Case(15, [K1, policy(deny(**strange), "k9", 9)], request(), O1, Reason.DENIED)
        for strange in (
            {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]},
            {"weather": [{"code": "rain"}]},
            {"securityLabel": [{"system": "urn:labels", "code": "SECRET"}]},
            {"purpose": [{"code": "TREAT"}]},
            {"action": [{"text": "look"}]},
            {"class": [{"system": "urn:ietf:bcp:13", "code": "application/pdf"}]},
            {"code": [{"text": "diabetes"}]},
            {"actor": [forged(display="Internet hospital I")]},
            {"actor": [actor(J, "SOMEROLE")]},
            {"data": [{"meaning": "instance", "reference": {"display": "that one"}}]},
            {"period": {"end": "2020-01-01", "weather": "rain"}},
            {"dataPeriod": {"end": "2020-01-01", "weather": "rain"}},
        )
    ),
    *(
        Case(16, [policy(permit(**TREAT, data_period=YEAR))], request(), seen, reason)
        for seen, reason in (
            (facts(day="2026-12-31"), Reason.PERMITTED),
            (facts(day="2025-12-31"), Reason.DATE_NOT_COVERED),
            (facts(day="2027-01-01"), Reason.DATE_NOT_COVERED),
            (facts(day="2026-12-31", last="2027-01-01"), Reason.DATE_NOT_COVERED),
            (facts(day=None), Reason.DATE_NOT_COVERED),
        )
    ),
    *(
        Case(16, [K1, policy(deny(data_period=YEAR), "k9", 9)], request(), seen, reason)
        for seen, reason in (
            (facts(day="2026-12-31", last="2027-01-01"), Reason.DENIED),
            (facts(day=None), Reason.DENIED),
            (facts(day="2025-12-31"), Reason.PERMITTED),
            (facts(day="2027-01-01"), Reason.PERMITTED),
        )
    ),
    *(
        Case(17, [policy(permit(**TREAT, data=[(meaning, "Observation/o1")]))], request(), seen,
             Reason.PERMITTED if covered else Reason.DATA_NOT_COVERED)
        for meaning, seen, covered in (
            ("instance", O1, True),
            ("instance", replace(O2, referrers=frozenset({"Observation/o1"})), False),
            ("related", O1, True),
            ("related", facts("Specimen", referrers=["Observation/o1"]), True),
            ("related", REPORT, False),
            ("dependents", O1, True),
            ("dependents", REPORT, True),
            ("dependents", facts("DiagnosticReport", references=[]), False),
            ("dependents", facts("DiagnosticReport"), False),
        )
    ),
    *(
        Case(17, [policy(permit(**TREAT, data=[("authoredby", "Practitioner/d1")]))], request(),
             seen, Reason.PERMITTED if covered else Reason.DATA_NOT_COVERED)
        for seen, covered in (
            (facts(authors=["Practitioner/d1"]), True),
            (facts(authors=["Practitioner/d2"]), False),
            (facts(), False),
            (facts("Practitioner", id_="d1", authors=[]), False),
        )
    ),
    *(
        Case(17, [K1, policy(deny(data=[("dependents", "Observation/o1")]), "k9", 9)], request(),
             seen, reason)
        for seen, reason in (
            (REPORT, Reason.DENIED),
            (facts("DiagnosticReport"), Reason.DENIED),
            (facts("DiagnosticReport", references=[]), Reason.PERMITTED),
        )
    ),
    *(
        Case(18, [K1, policy(deny(classes=["Observation"]), "k9", 9)], request(), seen, reason)
        for seen, reason in ((O1, Reason.DENIED), (C3, Reason.PERMITTED))
    ),
    *(
        Case(19, [K1, policy(deny(codes=[(system, code)]), "k9", 9)], request(), seen, reason)
        for system, code, seen, reason in (
            (ICD10, "E11", E11, Reason.DENIED),
            (CN_ICD10, "E11.9", E11, Reason.DENIED),
            (ICD10, "E10", E11, Reason.PERMITTED),
            ("urn:local", "TNB2", E11, Reason.DENIED),
        )
    ),
    *(
        Case(20, [policy(permit(**TREAT, **actions))], request(action=action), O1, reason)
        for actions, action, reason in (
            ({"actions": ["access"]}, "access", Reason.PERMITTED),
            ({"actions": ["access"]}, "correct", Reason.ACTION_NOT_PERMITTED),
            ({}, "correct", Reason.ACTION_NOT_PERMITTED),
            ({"actions": ["correct"]}, "correct", Reason.PERMITTED),
            ({"actions": ["correct"]}, "access", Reason.ACTION_NOT_PERMITTED),
        )
    ),
    *(
        Case(21, [policy(permit(**TREAT, labels=["N"]))], request(), facts(labels=seen), reason)
        for seen, reason in (
            (["N"], Reason.PERMITTED),
            (["U"], Reason.PERMITTED),
            (["M"], Reason.PERMITTED),
            (["R"], Reason.LABEL_NOT_COVERED),
            (["N", "R"], Reason.LABEL_NOT_COVERED),
        )
    ),
    *(
        Case(22, [policy(permit(**TREAT, **labels))], request(), facts(labels=["V"]), reason)
        for labels, reason in (
            ({}, Reason.LABEL_NOT_COVERED),
            ({"labels": ["R"]}, Reason.LABEL_NOT_COVERED),
            ({"labels": ["V"]}, Reason.PERMITTED),
            ({"inner": [permit(labels=["V"])]}, Reason.PERMITTED_BY_EXCEPTION),
        )
    ),
    *(
        Case(23, [policy(permit(**TREAT, **labels))], request(), facts(labels=seen), reason)
        for labels, seen, reason in (
            ({"labels": ["N"]}, [], Reason.LABEL_NOT_COVERED),
            ({"labels": ["N"]}, ["PSY"], Reason.LABEL_NOT_COVERED),
            ({"labels": ["R"]}, [], Reason.PERMITTED),
            ({}, [], Reason.PERMITTED),
        )
    ),
    Case(23, [K1, policy(deny(labels=["R"]), "k9", 9)], request(), facts(labels=[]), Reason.DENIED),
    *(
        Case(45, [policy(permit(actors=["Patient/p1"], purposes=["PATRQT"],
                                inner=[deny(labels=["NOPAT"])]))],
             request(["Patient/p1"], "PATRQT"), seen, reason)
        for seen, reason in (
            (O2, Reason.PERMITTED),
            (facts(labels=["R", "NOPAT"]), Reason.DENIED_BY_EXCEPTION),
        )
    ),
    Case(46, [GUARDED], request([GUARDIAN], "FAMRQT"), O1, Reason.PERMITTED),
    Case(46, [GUARDED], request([GUARDIAN], "FAMRQT", now=at("2026-11-21")), O1,
         Reason.OUTSIDE_PERIOD),
    Case(47, [GUARDED], request([GUARDIAN], "FAMRQT"), C3, Reason.DENIED_BY_EXCEPTION),
    Case(51, [K1], request(purpose="ETREAT"), O1, Reason.PURPOSE_NOT_PERMITTED),
    Case(51, [K1], request(purpose="BTG"), O1, Reason.PURPOSE_NOT_PERMITTED),
    Case(52, [policy(permit(actors=[I]))], request(purpose="HRESCH"), O1,
         Reason.PURPOSE_NOT_PERMITTED),
    Case(52, [policy(permit(actors=[I], purposes=["HRESCH"]))], request(purpose="HRESCH"), O1,
         Reason.PERMITTED),
    Case(53, [policy(permit(actors=[J], purposes=["PUBHLTH"], codes=[(ICD10, "A15")]))],
         request([J], "PUBHLTH"), facts("Condition", codes=[(ICD10, "A15")]), Reason.PERMITTED),
    Case(53, [policy(permit(actors=[J], purposes=["PUBHLTH"], codes=[(ICD10, "A15")]))],
         request([J], "PUBHLTH"), E11, Reason.CODE_NOT_COVERED),
    Case(55, [K1, replace(K1, status="inactive", received=2)], request(), O1, Reason.NO_CONSENT),
    Case(60, [K1, policy(deny(classes=["Condition"]), "k8", 3), K2], request(), C3, Reason.DENIED),
    Case(60, [K1, policy(deny(classes=["Condition"]), "k8", 3), K2], request(), O2, Reason.DENIED),
    *(
        Case(63, [policy(permit(**actors, purposes=["TREAT"]))], request(), O1,
             Reason.ACTOR_NOT_NAMED)
        for actors in ({}, {"actors": []}, {"actors": [actor(I, "CONSENTER")]})
    ),
    Case(64, [K1], request(locked=True), O1, Reason.LOCKED),
]  # fmt: skip


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"case{case.number}-{n}") for n, case in enumerate(CASES)]
)
def test_enforcement_case(case: Case) -> None:
    decision = decide(case.policies, case.request, case.facts)
    assert decision.reason is case.reason
    assert decision.permit == (case.reason.startswith("permitted"))
    for order in itertools.permutations(case.policies):
        assert compile_policies(order, case.request)(case.facts) == decision


def test_case_13_receipt_order_governs_whatever_the_dates_say() -> None:
    same = [{"system": "urn:consents", "value": "7"}]
    refusal = policy(deny(), "k1", 1, identifier=same, dateTime="2026-06-01")
    backdated = policy(permit(**TREAT), "k2", 2, identifier=same, dateTime="2020-01-01")
    assert decide([refusal, backdated], request(), O1).permit
    assert not decide([replace(refusal, received=3), backdated], request(), O1).permit


def test_case_13_nobody_replaces_the_consent_of_another_writer() -> None:
    same = [{"system": "urn:consents", "value": "7"}]
    refusal = policy(deny(), "k1", 1, owner="h1", identifier=same)
    other = policy(permit(**TREAT), "k2", 2, owner="internet", identifier=same)
    assert decide([refusal, other], request(), O1).reason is Reason.DENIED


def test_case_13_a_draft_replaces_nothing_and_a_withdrawal_does() -> None:
    same = [{"system": "urn:consents", "value": "7"}]
    given = policy(permit(**TREAT), "k1", 1, identifier=same)
    later = policy(permit(**TREAT), "k2", 2, identifier=same)
    assert decide([given, replace(later, status="draft")], request(), O1).permit
    assert not decide([given, replace(later, status="inactive")], request(), O1).permit


def test_case_14_a_third_level_is_refused() -> None:
    third = permit(**TREAT, inner=[deny(), deny(inner=[permit()])])
    with pytest.raises(ConsentError) as caught:
        parse(resource(third), received=0)
    assert caught.value.expression == "Consent.provision.provision[1].provision[0]"
    assert caught.value.code == "business-rule"
    assert [error.expression for error in validate(resource(third))] == [caught.value.expression]


def test_case_19_local_codes_mapped_to_e11_and_longer_ones_are_reached() -> None:
    condition = {
        "resourceType": "Condition",
        "code": {
            "coding": [
                {"system": "urn:local", "code": "TNB2"},
                {"system": CN_ICD10, "code": "E11.900x001"},
            ]
        },
    }
    known = replace(facts("Condition"), codes=code_keys(condition, plain_key))
    refusal = policy(deny(codes=[(ICD10, "E11")]), "k9", 9)
    assert decide([K1, refusal], request(), known).reason is Reason.DENIED


def test_cases_35_and_40_the_whole_resource_is_labelled() -> None:
    inside = {"resourceType": "Condition", "code": {"coding": [{"system": ICD10, "code": "B20"}]}}
    holder = {"resourceType": "Encounter", "contained": [inside], "text": {"div": "<div/>"}}
    assert labels_for(holder) == {"R", "HIV"}


def test_case_61_the_same_message_is_labelled_alike() -> None:
    condition = {
        "resourceType": "Condition",
        "code": {"coding": [{"system": ICD10, "code": "F32.9"}]},
    }
    once = labels_for(condition)
    assert labels_for(condition) == once == {"R", "PSY"}


def test_case_62_errors_never_echo_what_was_written() -> None:
    secret = "张三110101190001010014"
    wrong = [
        permit(period={"start": secret}),
        permit(type=secret),
        permit(period={"end": "2026-13-45T99:00:00Z" + secret}),
        {"type": "permit", "actor": secret},
        {"type": "permit", "purpose": [secret]},
        {"type": "permit", "securityLabel": [{"code": [secret]}]},
        {"type": "permit", "period": secret},
    ]
    for root in wrong:
        [error] = validate(resource(root))
        assert secret not in str(error)
        assert secret not in error.detail


def test_case_64_the_switch_wins_over_everything_and_knows_it() -> None:
    judge = compile_policies([K1, K2], request(locked=True))
    assert judge.permits_nothing
    assert judge(O1).policy is None


def test_the_purpose_of_a_deny_is_matched_exactly_too() -> None:
    refusal = policy(
        {"type": "deny", "purpose": [{"system": ACT_REASON, "code": "TREAT"}]}, "k9", 9
    )
    both = policy(permit(actors=[I], purposes=["TREAT", "ETREAT"]))
    assert not decide([both, refusal], request(now=NOW), O1).permit
    assert decide([both, refusal], request(purpose="ETREAT"), O1).permit
