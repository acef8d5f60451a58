"""Policies that speak of one holder's records only, and of what is called otherwise now."""

from dataclasses import replace

from consent import Facts, Policy, Request, Rule, decide, known_as, limited, named
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


def test_what_a_policy_names_is_known_by_its_name_of_now_too() -> None:
    data = frozenset({("instance", "Observation/a.o"), ("instance", "Observation/a.p")})
    denial = Rule("deny", data=data)
    one = policy(replace(PERMIT, exceptions=(denial,)))
    assert named(one.rule) == {"Observation/a.o", "Observation/a.p"}
    assert named(PERMIT) == frozenset()
    assert known_as(policy(PERMIT), {"Observation/a.o": "Observation/b.o"}) == policy(PERMIT)
    now = known_as(one, {"Observation/a.o": "Observation/b.o"})
    assert now.rule.exceptions[0].data == data | {("instance", "Observation/b.o")}
    for told, permit in ((one, True), (now, False)):
        facts = Facts("Observation", frozenset({"N"}), frozenset(), 0, 0, "h", "Observation/b.o")
        assert decide([told], REQUEST, facts).permit is permit
