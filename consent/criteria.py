"""Which resources a rule covers: a `Rule` in, checks over `Facts` out.

A permission covers a resource only if every criterion it names is met and known to be met. A denial
covers a resource unless a criterion it names is known not to be met. So where something is not
known (a resource without a date, references not looked up, a criterion not understood) both keep
the resource back.

Labels
------
Confidentiality is a high water mark (R4 Consent.provision.securityLabel): a permission for R covers
R and everything below. A permission that names no confidentiality covers up to R: a general "you
may read my record" is meant to include restricted content, as its counterpart "but not HIV" shows
(enforcement cases 10 and 21 would both be idle if it stopped at N). V is never covered unless it is
named (22). A denial of a confidentiality covers that level and everything above. A resource without
confidentiality code, whose labelling failed or is pending, is judged as R (23).

A permission that names sensitivities (HIV, PSY …) is for resources that carry one of them and no
other. A denial covers any resource that carries one of those it names, or of what lies below them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from consent.model import Facts, Meaning, Needed, Period, Rule
from consent.reasons import Reason
from consent.vocabulary import BENEATH, CONFIDENTIALITY, RESTRICTED, VERY_RESTRICTED

Check = Callable[[Facts], bool]
Checks = tuple[tuple[Check, Reason], ...]

# What has to be looked up for each meaning of provision.data.
NEEDS: dict[Meaning, Needed] = {
    "related": "referrers",
    "dependents": "references",
    "authoredby": "authors",
}


def missing(checks: Checks, facts: Facts) -> Reason | None:
    """Return why a resource is not covered; None: it is."""
    for check, reason in checks:
        if not check(facts):
            return reason
    return None


def permit_checks(rule: Rule) -> Checks:
    """Return what a resource must satisfy for a permission to cover it."""
    return tuple(_permit_checks(rule, RESTRICTED))


def deny_checks(rule: Rule) -> Checks:
    """Return what a resource must satisfy for a denial to cover it; none: every resource does."""
    return tuple(_deny_checks(rule, unknown=True))


def scope_checks(root: Rule) -> Checks:
    """Return what a resource must be known to satisfy for an exception to its root to permit it."""
    if root.type == "deny":
        return tuple(_deny_checks(root, unknown=False))
    return tuple(_permit_checks(root, VERY_RESTRICTED))


def _permit_checks(rule: Rule, ceiling: int) -> Iterator[tuple[Check, Reason]]:
    types, holders, codes, data = rule.types, rule.holders, rule.codes, rule.data
    if types is not None:
        yield (lambda facts: facts.type in types), Reason.TYPE_NOT_COVERED
    yield _label_permit(rule.labels, ceiling), Reason.LABEL_NOT_COVERED
    if holders is not None:
        yield (lambda facts: facts.owner in holders), Reason.HOLDER_NOT_COVERED
    if rule.data_period is not None:
        yield _within(rule.data_period), Reason.DATE_NOT_COVERED
    if codes is not None:
        yield (lambda facts: not codes.isdisjoint(facts.codes)), Reason.CODE_NOT_COVERED
    if data is not None:
        yield (lambda facts: _is_among(data, facts, unknown=False)), Reason.DATA_NOT_COVERED


def _deny_checks(rule: Rule, *, unknown: bool) -> Iterator[tuple[Check, Reason]]:
    types, holders, codes, data = rule.types, rule.holders, rule.codes, rule.data
    if types and "class" not in rule.unsure:
        yield (lambda facts: facts.type in types), Reason.TYPE_NOT_COVERED
    if rule.labels and "securityLabel" not in rule.unsure:
        yield _label_deny(rule.labels), Reason.LABEL_NOT_COVERED
    if holders and "actor" not in rule.unsure:
        yield (lambda facts: facts.owner in holders), Reason.HOLDER_NOT_COVERED
    if rule.data_period is not None and "dataPeriod" not in rule.unsure:
        yield _touches(rule.data_period, unknown=unknown), Reason.DATE_NOT_COVERED
    if codes and "code" not in rule.unsure:
        yield (lambda facts: not codes.isdisjoint(facts.codes)), Reason.CODE_NOT_COVERED
    if data and "data" not in rule.unsure:
        yield (lambda facts: _is_among(data, facts, unknown=unknown)), Reason.DATA_NOT_COVERED


def confidentiality(labels: frozenset[str]) -> int:
    """Return the rank of the highest confidentiality code; that of R where there is none."""
    return max(
        (CONFIDENTIALITY[label] for label in labels if label in CONFIDENTIALITY),
        default=RESTRICTED,
    )


def _label_permit(labels: frozenset[str] | None, ceiling: int) -> Check:
    if labels is not None and not labels:  # labels were named, none of them understood
        return lambda _: False
    named = labels or frozenset()
    sensitivities = named - CONFIDENTIALITY.keys()
    highest = confidentiality(named) if named & CONFIDENTIALITY.keys() else ceiling

    @lru_cache(maxsize=1024)
    def covered(labels: frozenset[str]) -> bool:
        carried = labels - CONFIDENTIALITY.keys()
        return confidentiality(labels) <= highest and (
            not sensitivities or bool(carried and carried <= sensitivities)
        )

    return lambda facts: covered(facts.labels)


def _label_deny(named: frozenset[str]) -> Check:
    general = named - CONFIDENTIALITY.keys()
    sensitivities = general.union(*(BENEATH.get(label, ()) for label in general))
    lowest = min(
        (CONFIDENTIALITY[label] for label in named if label in CONFIDENTIALITY),
        default=VERY_RESTRICTED + 1,
    )

    @lru_cache(maxsize=1024)
    def covered(labels: frozenset[str]) -> bool:
        return not sensitivities.isdisjoint(labels) or confidentiality(labels) >= lowest

    return lambda facts: covered(facts.labels)


def _within(period: Period) -> Check:
    low, high = period.low, period.high

    def check(facts: Facts) -> bool:
        first, last = facts.low, facts.high
        if first is None and last is None:
            return False
        return (low is None or (first is not None and low <= first)) and (
            high is None or (last is not None and last < high)
        )

    return check


def _touches(period: Period, *, unknown: bool) -> Check:
    low, high = period.low, period.high

    def check(facts: Facts) -> bool:
        first, last = facts.low, facts.high
        if first is None or last is None:
            return unknown
        return (low is None or low <= last) and (high is None or first < high)

    return check


def _is_among(data: frozenset[tuple[Meaning, str]], facts: Facts, *, unknown: bool) -> bool:
    """Say whether a resource is one of those provision.data names; `unknown` where not looked up.

    R4 ConsentDataMeaning: *related* is the one named and those it refers to, *dependents* the one
    named and those that refer to it.
    """
    for meaning, reference in data:
        if meaning != "authoredby" and facts.reference == reference:
            return True
        need = NEEDS.get(meaning)
        if need is None:
            continue
        known: frozenset[str] | None = getattr(facts, need)
        if unknown if known is None else reference in known:
            return True
    return False
