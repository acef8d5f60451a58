"""Provisions inside provisions: the truth table, and who an exception speaks of."""

from __future__ import annotations

from typing import Any

import pytest
from consent_builders import (
    C3,
    NOW,
    O1,
    O2,
    I,
    J,
    at,
    deny,
    facts,
    permit,
    policy,
    provision,
    request,
)
from consent_builders import actor as named

from consent import Policy, Reason, decide

BOTH = [I, J]
HIV = {"labels": ["HIV"]}


def reason(policies: Policy | list[Policy], seen: Any = O1, **asked: Any) -> Reason:
    policies = [policies] if isinstance(policies, Policy) else policies
    return decide(policies, request(**asked), seen).reason


# Does the root match, the first exception, the second? Then what comes out.
ROOTS = {True: {"classes": ["Observation"]}, False: {"classes": ["Condition"]}}
INNER = {True: {"labels": ["R", "HIV"]}, False: {"codes": [("urn:x", "none")]}}
TRUTH = [
    # root, matches, exception, matches, and another, matches: permitted?
    ("permit", True, "deny", True, None, None, False),
    ("permit", True, "deny", False, None, None, True),
    ("permit", False, "deny", True, None, None, False),
    ("permit", False, "deny", False, None, None, False),
    ("permit", True, "permit", True, None, None, True),
    ("permit", True, "permit", False, None, None, True),
    ("permit", False, "permit", True, None, None, False),
    ("permit", True, "permit", True, "deny", True, False),
    ("permit", True, "permit", True, "deny", False, True),
    ("permit", True, "deny", True, "permit", True, False),
    ("deny", True, "permit", True, None, None, True),
    ("deny", True, "permit", False, None, None, False),
    ("deny", False, "permit", True, None, None, False),
    ("deny", True, "deny", False, None, None, False),
    ("deny", False, "deny", True, None, None, False),
    ("deny", True, "permit", True, "deny", True, False),
    ("deny", True, "permit", True, "deny", False, True),
    ("deny", True, "permit", False, "permit", True, True),
    (None, True, "permit", True, None, None, True),
    (None, True, "permit", False, None, None, False),
    (None, False, "permit", True, None, None, False),
    (None, True, "deny", True, None, None, False),
    (None, True, "permit", True, "deny", True, False),
]


@pytest.mark.parametrize(("root", "met", "one", "one_met", "two", "two_met", "permitted"), TRUTH)
def test_two_levels(
    root: str | None,
    met: bool,
    one: str,
    one_met: bool,
    two: str | None,
    two_met: bool | None,
    permitted: bool,
) -> None:
    inner = [provision(one, **INNER[one_met])]
    if two:
        inner.append(provision(two, **INNER[bool(two_met)]))
    consent = policy(provision(root, actors=[I], **ROOTS[met], inner=inner))
    assert decide([consent], request(), O2).permit == permitted


def test_an_exception_of_one_consent_denies_across_the_others() -> None:
    general = policy(permit(actors=BOTH), "k2", 2)
    careful = policy(permit(actors=[I], purposes=["TREAT"], inner=[deny(**HIV)]), "k1", 1)
    assert reason([general, careful], O2) is Reason.DENIED_BY_EXCEPTION
    assert reason([general, careful], O2, actors=[J]) is Reason.PERMITTED
    assert reason([general, careful], O2, purpose="HPAYMT") is Reason.PERMITTED


def test_a_denying_exception_reaches_beyond_the_resources_of_its_root() -> None:
    general = policy(permit(actors=[I]), "k2", 2)
    careful = policy(permit(actors=[I], classes=["Condition"], inner=[deny(**HIV)]), "k1", 1)
    assert reason([general, careful], O2) is Reason.DENIED_BY_EXCEPTION


def test_what_a_denying_exception_says_itself_is_not_its_roots() -> None:
    general = policy(permit(actors=BOTH), "k2", 2)
    inner = deny(actors=[J], purposes=["HPAYMT"], actions=["access"], period=(None, "2027"))
    careful = policy(permit(actors=[I], purposes=["TREAT"], period=("2027", None), inner=[inner]))
    assert reason([general, careful], actors=[J], purpose="HPAYMT") is Reason.DENIED_BY_EXCEPTION
    assert reason([general, careful], actors=[I]) is Reason.PERMITTED


def test_a_denying_exception_inherits_doubt() -> None:
    general = policy(permit(actors=[I]), "k2", 2)
    doubtful = permit(
        actors=[J, {"role": {"coding": [{"code": "IRCP"}]}, "reference": {"display": "I"}}],
        inner=[deny(**HIV)],
    )
    assert reason([general, policy(doubtful)], O2) is Reason.DENIED_BY_EXCEPTION


def test_a_permitting_exception_goes_no_further_than_its_root() -> None:
    root = deny(actors=[I], purposes=["TREAT"], actions=["access"], period=("2026", "2026"))
    inside = policy(root | {"provision": [permit()]})
    assert reason(inside) is Reason.PERMITTED_BY_EXCEPTION
    assert reason(inside, actors=[J]) is Reason.ACTOR_NOT_NAMED
    assert reason(inside, purpose="BTG") is Reason.PURPOSE_NOT_PERMITTED
    assert reason(inside, action="correct") is Reason.ACTION_NOT_PERMITTED
    assert reason(inside, now=at("2027-01-01")) is Reason.OUTSIDE_PERIOD
    beyond = permit(actors=BOTH, purposes=["TREAT", "BTG"], actions=["access", "correct"],
                    period=("2026-06-01", "2027-06-01"))  # fmt: skip
    outside = policy(root | {"provision": [beyond]})
    assert reason(outside) is Reason.PERMITTED_BY_EXCEPTION
    assert reason(outside, actors=[J]) is Reason.ACTOR_NOT_NAMED
    assert reason(outside, now=at("2026-05-31")) is Reason.DENIED
    assert reason(outside, now=at("2027-01-01")) is Reason.OUTSIDE_PERIOD


def test_everybody_is_denied_but_the_one_who_is_named() -> None:
    consent = policy(deny(inner=[permit(actors=[I])]))
    assert reason(consent) is Reason.PERMITTED_BY_EXCEPTION
    assert reason(consent, actors=[J]) is Reason.DENIED


def test_a_root_that_names_nobody_permits_nobody_inside_either() -> None:
    assert reason(policy(permit(inner=[permit(actors=[I])]))) is Reason.ACTOR_NOT_NAMED
    assert reason(policy(deny(inner=[permit()]))) is Reason.DENIED


def test_an_exception_to_something_not_understood_permits_nothing() -> None:
    strange = deny(actors=[I], code=[{"text": "something"}], inner=[permit()])
    assert reason(policy(strange)) is Reason.DENIED
    inert = permit(actors=[I], modifierExtension=[{"url": "urn:x"}], inner=[permit(labels=["V"])])
    assert reason(policy(inert), facts(labels=["V"])) is Reason.NOT_UNDERSTOOD


def test_a_root_without_type_says_nothing_of_its_own() -> None:
    consent = policy(provision(None, actors=[I], inner=[permit(classes=["Observation"])]))
    assert reason(consent) is Reason.PERMITTED_BY_EXCEPTION
    assert reason(consent, C3) is Reason.TYPE_NOT_COVERED
    assert reason([consent, policy(permit(actors=[I]), "k2", 2)], C3) is Reason.PERMITTED


def test_the_holder_of_the_record_can_be_named() -> None:
    only = policy(permit(actors=[I, named("Organization/h1", "CST")]))
    assert reason(only) is Reason.PERMITTED
    assert reason(only, facts(owner="h2")) is Reason.HOLDER_NOT_COVERED
    general = policy(permit(actors=[I]), "k2", 2)
    without = policy(deny(actors=[named("Organization/h1", "CST")]))
    assert reason([general, without]) is Reason.DENIED
    assert reason([general, without], facts(owner="h2")) is Reason.PERMITTED


def test_sensitivities_named_in_a_permission_are_all_that_it_is_for() -> None:
    consent = policy(permit(actors=[I], labels=["HIV"]))
    assert reason(consent, O2) is Reason.PERMITTED
    assert reason(consent, O1) is Reason.LABEL_NOT_COVERED
    assert reason(consent, facts(labels=["R", "HIV", "PSY"])) is Reason.LABEL_NOT_COVERED
    assert reason(consent, facts(labels=["V", "HIV"])) is Reason.LABEL_NOT_COVERED
    assert (
        reason(policy(permit(actors=[I], labels=["V", "HIV"])), facts(labels=["V", "HIV"]))
        is Reason.PERMITTED
    )


def test_a_denied_confidentiality_reaches_everything_above() -> None:
    refused = [policy(permit(actors=[I]), "k2", 2), policy(deny(labels=["R"]))]
    assert reason(refused, facts(labels=["R"])) is Reason.DENIED
    assert reason(refused, facts(labels=["V"])) is Reason.DENIED
    assert reason(refused, facts(labels=["N"])) is Reason.PERMITTED


def test_open_periods_of_data() -> None:
    since = policy(permit(actors=[I], data_period=("2026", None)))
    until = policy(permit(actors=[I], data_period=(None, "2026")))
    always = policy(permit(actors=[I], data_period=(None, None)))
    assert [reason(c) for c in (since, until, always)] == [Reason.PERMITTED] * 3
    assert reason(since, facts(day="2025-01-01")) is Reason.DATE_NOT_COVERED
    assert reason(until, facts(day="2027-01-01")) is Reason.DATE_NOT_COVERED
    assert reason(always, facts(day=None)) is Reason.DATE_NOT_COVERED


def test_the_nearest_miss_is_what_the_auditor_is_told() -> None:
    consents = [
        policy(permit(actors=[J]), "k1", 1),
        policy(permit(actors=[I], purposes=["HPAYMT"]), "k2", 2),
        policy(permit(actors=[I], period=(None, "2020")), "k3", 3),
        policy(deny(classes=["Condition"]), "k4", 4),
    ]
    decision = decide(consents, request(now=NOW), O1)
    assert (decision.reason, decision.policy) == (Reason.PURPOSE_NOT_PERMITTED, "k2")


def test_what_is_about_a_resource_can_be_denied_to_the_one_who_asks() -> None:
    refused = [
        policy(permit(actors=[I]), "k2", 2),
        policy(deny(data=[("authoredby", "Practitioner/d1"), ("instance", "Observation/o2")])),
    ]
    assert reason(refused, O2) is Reason.DENIED
    assert reason(refused, O1) is Reason.DENIED  # its authors were not looked up
    assert reason(refused, facts(authors=[])) is Reason.PERMITTED
    assert reason(refused, facts(authors=["Practitioner/d1"])) is Reason.DENIED


def test_a_permission_for_labels_not_understood_covers_nothing() -> None:
    strange = policy(permit(actors=[I], securityLabel=[{"system": "urn:x", "code": "N"}]))
    assert reason(strange) is Reason.LABEL_NOT_COVERED


@pytest.mark.parametrize(
    ("denied", "reached"),
    [
        ("ETH", "ETH ETHUD OPIOIDUD SUD"),
        ("SUD", "ETH ETHUD OPIOIDUD SUD"),
        ("BH", "BH ETH ETHUD MH OPIOIDUD PSY PSYTHPN SUD"),
        ("MH", "MH PSY PSYTHPN"),
        ("ETHUD", "ETHUD"),
        ("STD", "STD"),
    ],
)
def test_a_denial_reaches_what_lies_below_a_sensitivity(denied: str, reached: str) -> None:
    careful = policy(permit(actors=[I], inner=[deny(labels=[denied])]))
    every = ("BH", "ETH", "ETHUD", "HIV", "MH", "OPIOIDUD", "PSY", "PSYTHPN", "STD", "SUD")
    hidden = [
        label for label in every
        if reason(careful, facts(labels=["R", label])) is Reason.DENIED_BY_EXCEPTION
    ]  # fmt: skip
    assert hidden == reached.split()
