"""A policy that speaks of one holder's records only."""

from dataclasses import replace

from consent import Facts, Policy, Request, Rule, decide, limited
from consent.vocabulary import PRIVACY_SCOPE

REQUEST = Request("ih", frozenset({"Organization/ih"}), "TREAT", action="access", now=0)
PERMIT = Rule("permit", recipients=frozenset({"Organization/ih"}))
DENY = Rule("deny")


def policy(rule: Rule) -> Policy:
    return Policy("c", "active", frozenset({PRIVACY_SCOPE}), "p", 1, None, "h", frozenset(), rule)


def permitted(rule: Rule, owner: str, *more: Policy) -> bool:
    facts = Facts("Observation", frozenset({"N"}), frozenset(), 0, 0, owner, "Observation/o")
    return decide([limited(policy(rule), "h"), *more], REQUEST, facts).permit


def test_a_permission_reaches_the_holders_records_only() -> None:
    assert permitted(PERMIT, "h")
    assert not permitted(PERMIT, "other")
    assert not permitted(replace(PERMIT, holders=frozenset({"other"})), "other")
    assert permitted(Rule("deny", exceptions=(PERMIT,)), "h")
    assert not permitted(Rule("deny", exceptions=(PERMIT,)), "other")


def test_a_denial_reaches_the_holders_records_only() -> None:
    whole = replace(policy(PERMIT), id="whole", owner="app")
    assert not permitted(DENY, "h", whole)
    assert permitted(DENY, "other", whole)
    assert permitted(replace(DENY, holders=frozenset({"other"})), "other", whole)
