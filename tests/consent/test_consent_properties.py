"""What holds of every set of Consents, and agreement with a plain reading of the rules."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from consent_builders import I, J, at, facts, policy, provision, request
from hypothesis import given
from hypothesis import strategies as st

from consent import Facts, Policy, Reason, Request, Rule, compile_policies, decide
from consent.vocabulary import CONFIDENTIALITY, EXPLICIT_PURPOSES

FORGED = {"role": {"coding": [{"code": "IRCP"}]}, "reference": {"display": I}}
HOLDER = {"role": {"coding": [{"code": "CST"}]}, "reference": {"reference": "Organization/h1"}}
PURPOSES = ["TREAT", "BTG", "HRESCH"]
DAYS = ["2026-01-01", "2026-06-30", "2026-11-20"]


def some(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique_by=str)


def stretch() -> st.SearchStrategy[tuple[str, str]]:
    return st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(lambda d: (min(d), max(d)))


CRITERIA: dict[str, st.SearchStrategy[Any]] = {
    "actors": some([I, I, J, FORGED, HOLDER]),
    "purposes": some(["TREAT", *PURPOSES]),
    "labels": some(["N", "R", "V", "HIV", "PSY"]),
    "classes": some(["Observation", "Condition"]),
    "codes": some([("urn:s", "a"), ("urn:s", "b")]),
    "actions": some(["access", "correct"]),
    "period": stretch(),
    "data_period": stretch(),
    "data": some(
        [
            (meaning, "Observation/x")
            for meaning in ("instance", "related", "dependents", "authoredby")
        ]
    ),
    "modifierExtension": st.just([{"url": "urn:x"}]),
    "code": st.just([{"text": "words"}]),
}


def rules(type_: st.SearchStrategy[Any], **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    usual = {"actors": CRITERIA["actors"]} if more.get("inner") is not None else {}
    given = st.fixed_dictionaries(
        {"type_": type_} | usual,
        optional={n: c for n, c in CRITERIA.items() if n not in usual} | more,
    )
    return given.map(thin).map(lambda g: provision(**g))


def thin(given: dict[str, Any]) -> dict[str, Any]:
    """Keep few criteria, so that a rule often has something to say."""
    optional = [name for name in given if name not in {"type_", "actors", "inner"}]
    keep = random.Random(repr(given)).sample(optional, min(len(optional), 2))
    return {n: v for n, v in given.items() if n not in optional or n in keep}


NESTED = rules(st.sampled_from(["permit", "deny"]))
ROOT = rules(
    st.sampled_from(["permit", "permit", "deny", None]), inner=st.lists(NESTED, max_size=2)
)
POLICIES = st.lists(ROOT, max_size=3).map(
    lambda roots: [policy(root, f"k{n}", n) for n, root in enumerate(roots)]
)
REQUESTS = st.builds(
    request,
    actors=st.sampled_from([[I], [J], [I, J]]),
    purpose=st.sampled_from(PURPOSES),
    action=st.sampled_from(["access", "access", "access", "correct"]),
    now=st.sampled_from([at("2026-06-30T12:00:00Z"), at("2026-11-20T12:00:00Z")]),
)
LINKS = st.sampled_from([[], ["Observation/x"]])
FACTS = st.builds(
    facts,
    type_=st.sampled_from(["Observation", "Condition"]),
    labels=st.sampled_from([["N"], ["R"], ["R", "HIV"], ["V", "PSY"], ["R", "HIV", "PSY"], []]),
    id_=st.sampled_from(["x", "y"]),
    codes=st.sampled_from([[], [("urn:s", "a")], [("urn:s", "a"), ("urn:s", "b")]]),
    day=st.sampled_from([None, "2026-03-01", "2026-06-30", "2026-09-01"]),
    owner=st.sampled_from(["h1", "h2"]),
    references=LINKS,
    referrers=LINKS,
    authors=LINKS,
)


# The plain reading: every criterion of every rule by itself, nothing prepared.


def in_period(period: Any, low: int | None, high: int | None) -> bool:
    return (period.low is None or (low is not None and period.low <= low)) and (
        period.high is None or (high is not None and high < period.high)
    )


def is_among(rule: Rule, seen: Facts) -> bool:
    links = {
        "related": seen.referrers,
        "dependents": seen.references,
        "authoredby": seen.authors,
        "instance": frozenset(),
    }
    return any(
        reference in (links[meaning] or ())
        or (meaning != "authoredby" and reference == seen.reference)
        for meaning, reference in rule.data or ()
    )


def level(labels: frozenset[str]) -> int:
    return max([CONFIDENTIALITY[x] for x in labels if x in CONFIDENTIALITY] or [4])


def label_covered(rule: Rule, seen: Facts, ceiling: int) -> bool:
    if rule.labels is None:
        return level(seen.labels) <= ceiling
    levels = {x for x in rule.labels if x in CONFIDENTIALITY}
    kinds = rule.labels - levels
    carried = {x for x in seen.labels if x not in CONFIDENTIALITY}
    if not rule.labels or level(seen.labels) > (level(frozenset(levels)) if levels else ceiling):
        return False
    return not kinds or bool(carried and carried <= kinds)


def covers(rule: Rule, seen: Facts, ceiling: int = 4) -> bool:
    return (
        (rule.types is None or seen.type in rule.types)
        and label_covered(rule, seen, ceiling)
        and (rule.holders is None or seen.owner in rule.holders)
        and (rule.codes is None or bool(rule.codes & seen.codes))
        and (
            rule.data_period is None
            or (seen.low is not None and in_period(rule.data_period, seen.low, seen.high))
        )
        and (rule.data is None or is_among(rule, seen))
    )


def strikes(rule: Rule, seen: Facts) -> bool:
    def given(values: Any, name: str) -> Any:
        return values if values and name not in rule.unsure else None

    labels = given(rule.labels, "securityLabel")
    levels = [CONFIDENTIALITY[x] for x in labels or () if x in CONFIDENTIALITY]
    span = rule.data_period
    dated = seen.low is not None and seen.high is not None
    outside = (
        span is not None
        and dated
        and not ((span.low or 0) <= seen.high and seen.low < (span.high or 1 << 62))
    )
    return (
        (not given(rule.types, "class") or seen.type in rule.types)  # type: ignore[operator]
        and (
            not labels
            or bool(labels & seen.labels - CONFIDENTIALITY.keys())
            or (bool(levels) and level(seen.labels) >= min(levels))
        )
        and (not given(rule.holders, "actor") or seen.owner in rule.holders)  # type: ignore[operator]
        and (not given(rule.codes, "code") or bool(rule.codes & seen.codes))  # type: ignore[operator]
        and not outside
        and (not given(rule.data, "data") or is_among(rule, seen))
    )


def allows(asked: Request, *chain: Rule) -> bool:
    """Every rule of the chain lets the request through; somebody is named, and so is a purpose."""
    named = [
        r.recipients
        for r in chain
        if r.recipients or (r.type != "deny" and r.recipients is not None)
    ]
    actions = [r.actions for r in chain if r.actions is not None]
    purposes = [r.purposes for r in chain if r.purposes is not None]
    return (
        not any(r.type == "permit" and r.recipients is None for r in chain[:1])
        and not any(r.inert or (r.type == "deny" and r.unsure) for r in chain)
        and bool(named)
        and bool(frozenset.intersection(*named) & asked.actors)
        and all(r.period is None or in_period(r.period, asked.now, asked.now) for r in chain)
        and (all(asked.action in a for a in actions) if actions else asked.action == "access")
        and (
            all(asked.purpose in p for p in purposes)
            if purposes
            else asked.purpose not in EXPLICIT_PURPOSES
        )
    )


def refuses(asked: Request, rule: Rule, root: Rule) -> bool:
    def met(values: Any, outer: Any, name: str, test: Any) -> bool:
        source, value = (root, outer) if values is None else (rule, values)
        return not value or name in source.unsure or test(value)

    return (
        met(rule.recipients, root.recipients, "actor", lambda v: bool(v & asked.actors))
        and met(rule.period, root.period, "period", lambda v: in_period(v, asked.now, asked.now))
        and met(rule.actions, root.actions, "action", lambda v: asked.action in v)
        and met(rule.purposes, root.purposes, "purpose", lambda v: asked.purpose in v)
    )


def verdict(root: Rule, asked: Request, seen: Facts) -> str:
    for rule in root.exceptions:
        if rule.type == "deny" and refuses(asked, rule, root) and strikes(rule, seen):
            return "deny"
    closed = root.type == "deny" and refuses(asked, root, root) and strikes(root, seen)
    undated = root.data_period is not None and (seen.low is None or seen.high is None)
    inside = (closed and not undated) if root.type == "deny" else covers(root, seen, 5)
    for rule in root.exceptions:
        if rule.type == "permit" and inside and allows(asked, root, rule) and covers(rule, seen):
            return "permit"
    if closed:
        return "deny"
    return "permit" if root.type == "permit" and allows(asked, root) and covers(root, seen) else ""


@given(POLICIES, REQUESTS, FACTS)
def test_agrees_with_the_plain_reading(policies: list[Policy], asked: Request, seen: Facts) -> None:
    verdicts = {verdict(p.rule, asked, seen) for p in policies}
    expected = "permit" in verdicts and "deny" not in verdicts
    judge = compile_policies(policies, asked)
    assert judge(seen).permit == expected
    assert judge(seen) == decide(policies, asked, seen)
    assert not (expected and judge.permits_nothing)


@given(POLICIES, REQUESTS, FACTS, st.randoms(use_true_random=False))
def test_order_never_matters(
    policies: list[Policy], asked: Request, seen: Facts, shuffle: random.Random
) -> None:
    shuffled = policies.copy()
    shuffle.shuffle(shuffled)
    assert decide(policies, asked, seen) == decide(shuffled, asked, seen)


@given(POLICIES, rules(st.just("deny")), REQUESTS, FACTS)
def test_one_more_denial_never_widens(
    policies: list[Policy], refusal: dict[str, Any], asked: Request, seen: Facts
) -> None:
    before = decide(policies, asked, seen)
    after = decide([*policies, policy(refusal, "k9", 9)], asked, seen)
    assert before.permit or not after.permit
    if policies:
        root = policies[0].rule
        stricter = replace(root, exceptions=(*root.exceptions, policy(refusal).rule))
        within = [replace(policies[0], rule=stricter), *policies[1:]]
        assert before.permit or not decide(within, asked, seen).permit


@given(POLICIES, REQUESTS, FACTS)
def test_without_a_consent_in_force_nothing_is_permitted(
    policies: list[Policy], asked: Request, seen: Facts
) -> None:
    withdrawn = [replace(p, status="inactive") for p in policies]
    assert decide(withdrawn, asked, seen).reason is Reason.NO_CONSENT
    other = [replace(p, scope=frozenset()) for p in policies]
    assert decide(other, asked, seen).reason is Reason.NO_CONSENT


@given(ROOT, REQUESTS, FACTS)
def test_one_actor_less_in_a_permission_never_widens(
    root: dict[str, Any], asked: Request, seen: Facts
) -> None:
    before = decide([policy(root)], asked, seen).permit
    for node in [root, *root.get("provision", ())]:
        actors = node.get("actor", [])
        if node.get("type") == "permit":
            for gone in range(len(actors)):
                if actors[gone] == HOLDER:
                    continue
                node["actor"] = actors[:gone] + actors[gone + 1 :]
                assert before or not decide([policy(root)], asked, seen).permit
            node["actor"] = actors


@given(POLICIES, REQUESTS, FACTS)
def test_knowing_less_of_a_resource_never_widens(
    policies: list[Policy], asked: Request, seen: Facts
) -> None:
    before = decide(policies, asked, seen).permit
    for blind in (
        replace(seen, references=None, referrers=None, authors=None),
        replace(seen, low=None, high=None),
        replace(seen, low=None),
        replace(seen, high=None),
    ):
        assert before or not decide(policies, asked, blind).permit


@given(POLICIES, REQUESTS, FACTS)
def test_links_that_are_not_needed_change_nothing(
    policies: list[Policy], asked: Request, seen: Facts
) -> None:
    judge = compile_policies(policies, asked)
    spare = {"references", "referrers", "authors"} - judge.needs
    assert judge(replace(seen, **dict.fromkeys(spare))) == judge(seen)


@given(POLICIES, REQUESTS, FACTS)
def test_the_switch_denies_everything(policies: list[Policy], asked: Request, seen: Facts) -> None:
    assert decide(policies, replace(asked, locked=True), seen).reason is Reason.LOCKED
