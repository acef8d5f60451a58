"""Whether a rule reaches a request: whom, when, what for and which action.

A permission must reach the request by everything it names; a denial does unless something it names
is known not to fit.
"""

from __future__ import annotations

from dataclasses import replace

from consent.model import Period, Request, Rule
from consent.reasons import Reason
from consent.vocabulary import ACCESS, EXPLICIT_PURPOSES

# How far a permission came before it fell short; an auditor is told the furthest of all.
PROGRESS = (
    Reason.NO_CONSENT,
    Reason.ACTOR_NOT_NAMED,
    Reason.NOT_UNDERSTOOD,
    Reason.OUTSIDE_PERIOD,
    Reason.ACTION_NOT_PERMITTED,
    Reason.PURPOSE_NOT_PERMITTED,
)


def shortcoming(rule: Rule, request: Request) -> Reason | None:
    """Return why a permission does not extend to a request; None: it does."""
    if not rule.recipients or rule.recipients.isdisjoint(request.actors):
        return Reason.ACTOR_NOT_NAMED
    if rule.inert:
        return Reason.NOT_UNDERSTOOD
    if not _during(rule.period, request.now):
        return Reason.OUTSIDE_PERIOD
    if request.action not in (frozenset({ACCESS}) if rule.actions is None else rule.actions):
        return Reason.ACTION_NOT_PERMITTED
    if rule.purposes is None:
        extends = request.purpose not in EXPLICIT_PURPOSES
    else:
        extends = request.purpose in rule.purposes
    return None if extends else Reason.PURPOSE_NOT_PERMITTED


def denies(rule: Rule, request: Request) -> bool:
    """Say whether a denial reaches a request."""
    unsure = rule.unsure
    return (
        (not rule.recipients or "actor" in unsure or not rule.recipients.isdisjoint(request.actors))
        and ("period" in unsure or _during(rule.period, request.now))
        and (not rule.actions or "action" in unsure or request.action in rule.actions)
        and (not rule.purposes or "purpose" in unsure or request.purpose in rule.purposes)
    )


def narrowed(root: Rule, rule: Rule) -> Rule:
    """Return a permitting exception as far as its root reaches.

    What the root names and the exception does not is the root's; what both name is what they share.
    Inside a permission it is a part of that permission: where the root names nobody, so does it.
    Where the root denies something that was not understood, it is not known what this would be an
    exception to, and it permits nothing.
    """
    denied = root.type == "deny"
    limits = [root.recipients, root.actions, root.purposes]
    if denied:  # a denial that lists nobody reaches everybody
        limits = [limit or None for limit in limits]
    elif root.type == "permit" and limits[0] is None:
        limits[0] = frozenset()
    return replace(
        rule,
        recipients=_shared(limits[0], rule.recipients),
        period=_overlap(root.period, rule.period),
        actions=_shared(limits[1], rule.actions),
        purposes=_shared(limits[2], rule.purposes),
        inert=rule.inert or root.inert or (denied and bool(root.unsure)),
    )


def inherited(root: Rule, rule: Rule) -> Rule:
    """Return a denying exception with what it does not say itself taken over from its root."""
    taken = {
        "actor": rule.recipients is None,
        "period": rule.period is None,
        "action": rule.actions is None,
        "purpose": rule.purposes is None,
    }
    own = {name for name in rule.unsure if not taken.get(name)}
    return replace(
        rule,
        recipients=root.recipients if taken["actor"] else rule.recipients,
        period=root.period if taken["period"] else rule.period,
        actions=root.actions if taken["action"] else rule.actions,
        purposes=root.purposes if taken["purpose"] else rule.purposes,
        unsure=frozenset(own | {name for name in root.unsure if taken.get(name)}),
    )


def _during(period: Period | None, now: int) -> bool:
    return period is None or (
        (period.low is None or period.low <= now) and (period.high is None or now < period.high)
    )


def _shared(outer: frozenset[str] | None, inner: frozenset[str] | None) -> frozenset[str] | None:
    if outer is None:
        return inner
    return outer if inner is None else outer & inner


def _overlap(outer: Period | None, inner: Period | None) -> Period | None:
    if outer is None or inner is None:
        return outer or inner
    lows = [low for low in (outer.low, inner.low) if low is not None]
    highs = [high for high in (outer.high, inner.high) if high is not None]
    return Period(max(lows, default=None), min(highs, default=None))
