"""What the judge reasons about: rules of a Consent, a request, the facts of a resource, a decision.

All values are immutable. Times are integers: microseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from consent.reasons import Reason

Type = Literal["permit", "deny"]
Meaning = Literal["instance", "related", "dependents", "authoredby"]
Needed = Literal["references", "referrers", "authors"]


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, `low` included and `high` excluded; None is open."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One provision of a Consent (R4 Consent.provision).

    A criterion that is None was not given. A set holds what was given *and understood*; a criterion
    that holds anything else is named in `unsure`. So a permission, which reaches only what it
    names, is safe as it stands, and a denial drops the criteria in `unsure` and reaches further.
    `inert` says that something about the whole rule was not understood (a modifierExtension, an
    unknown element): it then permits nothing, and denies as if that were not there.

    Attributes
    ----------
    type
        None: the provision does not say, and neither does Consent.policyRule.
    recipients
        "Type/id" of the actors who receive.
    holders
        Ids of the organisations whose records are meant (actor with role CST).
    labels
        Codes of v3-Confidentiality and v3-ActCode.
    codes
        What `code_key` made of each system and code.
    data
        (meaning, "Type/id").
    exceptions
        Nested provisions; they have none themselves.
    """

    type: Type | None
    period: Period | None = None
    recipients: frozenset[str] | None = None
    holders: frozenset[str] | None = None
    actions: frozenset[str] | None = None
    labels: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    types: frozenset[str] | None = None
    codes: frozenset[Hashable] | None = None
    data_period: Period | None = None
    data: frozenset[tuple[Meaning, str]] | None = None
    unsure: frozenset[str] = frozenset()
    inert: bool = False
    exceptions: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What a Consent asks of the judge.

    Attributes
    ----------
    received
        When the server received this version; it orders replacements, `written` does not.
    written
        Consent.dateTime, as given. For people to read; no decision looks at it.
    owner
        The organisation that wrote it; only its own Consents can be replaced by identifier.
    identifiers
        "system|value" of the identifiers that have both.
    """

    id: str
    status: str
    scope: frozenset[str]
    patient: str
    received: int
    written: str | None
    owner: str
    identifiers: frozenset[str]
    rule: Rule


def limited(policy: Policy, holder: str) -> Policy:
    """Let a policy speak of one holder's records only, whatever it says of others'.

    A hospital that writes down its patient's will can be believed about what it holds itself; were
    it believed about the records of others, it could open them to itself.
    """
    return replace(policy, rule=_limited(policy.rule, holder))


def _limited(rule: Rule, holder: str) -> Rule:
    ours = rule.holders is None or holder in rule.holders
    exceptions = tuple(_limited(each, holder) for each in rule.exceptions)
    return replace(rule, holders=frozenset({holder if ours else ""}), exceptions=exceptions)


def named(rule: Rule) -> frozenset[str]:
    """Return "Type/id" of the resources that a rule and its exceptions name."""
    return frozenset(reference for _, reference in rule.data or ()).union(
        *map(named, rule.exceptions)
    )


def known_as(policy: Policy, names: Mapping[str, str]) -> Policy:
    """Let a policy name a resource by what it is called now, too: it lies in another record.

    Parameters
    ----------
    names
        "Type/id" by "Type/id": how resources are called that the policy names otherwise.
    """
    return replace(policy, rule=_known_as(policy.rule, names))


def _known_as(rule: Rule, names: Mapping[str, str]) -> Rule:
    now = ((meaning, names[name]) for meaning, name in rule.data or () if name in names)
    exceptions = tuple(_known_as(each, names) for each in rule.exceptions)
    data = rule.data if rule.data is None else rule.data.union(now)
    return replace(rule, data=data, exceptions=exceptions)


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be known of a resource before it is opened: metadata only.

    Attributes
    ----------
    labels
        Confidentiality and sensitivity codes, as `labels_for` gives them.
    codes
        Keys of every coding in the resource, as `code_keys` gives them.
    low, high
        First and last instant of its clinical period, both included; None: it has no such date.
    owner
        Id of the organisation whose record it is.
    reference
        "Type/id".
    references, referrers, authors
        "Type/id" of what it refers to, of what refers to it, and of who wrote it. None: not looked
        up; a denial that turns on it then applies and a permission does not. `Judge.needs` says
        which of them are worth looking up.
    """

    type: str
    labels: frozenset[str]
    codes: frozenset[Hashable]
    low: int | None
    high: int | None
    owner: str
    reference: str
    references: frozenset[str] | None = None
    referrers: frozenset[str] | None = None
    authors: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, what for, to do what, and when.

    Attributes
    ----------
    organisation
        Id of the organisation of the client.
    actors
        "Organization/x", "PractitionerRole/y" … that the gateway itself resolved to that
        organisation; never what the client or a Consent claims.
    purpose
        One code of v3-ActReason, from the token.
    action
        One code of FHIR's consentaction: access, collect, use, disclose, correct.
    now
        The time of the request.
    locked
        The operator's switch: deny all.
    """

    organisation: str
    actors: frozenset[str]
    purpose: str
    action: str
    now: int
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Permit or not, why, and by which Consent (None: by the absence of one)."""

    permit: bool
    reason: Reason
    policy: str | None
