"""Policies, a request and the facts of a resource in; permit or deny, with the reason, out.

How it is decided
-----------------
1. The operator's switch denies everything.
2. Of a patient's Consents those count that are in force (`governing`): active, for privacy, and not
   replaced. Which replaces which is the order in which the server received them.
3. A denial in any Consent wins over every permission in every other, in either order.
4. Otherwise one permission is enough; without one the answer is no. The implicit policy is deny.

Inside a Consent, exceptions (nested provisions) win over the root provision, and among exceptions a
denial wins. An exception speaks within its root. One that *permits* reaches only whom, when, what
for and what the root is known to speak of. One that *denies* takes over from the root whom, when,
what for and which action it does not say itself, and reaches whatever resources it describes.

What is not said
----------------
A permission without actor permits nobody: R4 cannot tell an empty list from an absent one, and in
China consent is given to each recipient (PIPL 23). Without action it permits access (reading) only.
Without purpose it permits any but research and marketing. A purpose is matched exactly: TREAT does
not imply ETREAT or BTG. A denial without a criterion reaches everybody, every action and purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from consent.criteria import NEEDS, Checks, deny_checks, missing, permit_checks, scope_checks
from consent.model import Decision, Facts, Needed, Policy, Request, Rule
from consent.reach import PROGRESS, denies, inherited, narrowed, shortcoming
from consent.reasons import Reason
from consent.vocabulary import PRIVACY_SCOPE

Clause = tuple[Checks, Decision]


def decide(policies: Iterable[Policy], request: Request, facts: Facts) -> Decision:
    """Decide on one resource.

    Parameters
    ----------
    policies
        All Consents of the patient, in any order, replaced and inactive ones included.
    """
    return compile_policies(policies, request)(facts)


def governing(policies: Iterable[Policy]) -> list[Policy]:
    """Return the Consents that are in force, in the order they were received.

    A Consent is replaced by a later version of itself, and by a later one of the same writer with
    the same identifier that is active or has been made inactive. Consent.dateTime plays no part.
    """
    latest: dict[tuple[str, ...], int] = {}
    policies = list(policies)
    for policy in policies:
        for key in _identity(policy):
            latest[key] = max(latest.get(key, policy.received), policy.received)
    return sorted(
        (
            policy
            for policy in policies
            if policy.status == "active"
            and PRIVACY_SCOPE in policy.scope
            and all(latest[key] == policy.received for key in _identity(policy))
        ),
        key=lambda policy: (policy.received, policy.id),
    )


def _identity(policy: Policy) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = [(policy.id,)] if policy.id else []
    if policy.status in {"active", "inactive"}:
        keys += [(policy.owner, identifier) for identifier in policy.identifiers]
    return keys


class Judge:
    """A patient's Consents, prepared for one request: called with `Facts`, returns a `Decision`.

    Attributes
    ----------
    needs
        Which of `Facts.references`, `referrers` and `authors` can change a decision.
    permits_nothing
        True: every decision will be a denial, whatever the resource.
    """

    __slots__ = ("_closed", "_denials", "_near", "_otherwise", "_permissions", "needs",
                 "permits_nothing")  # fmt: skip

    def __init__(
        self,
        denials: Sequence[Clause],
        closed: Sequence[tuple[Checks, Sequence[Clause], Decision]],
        permissions: Sequence[Clause],
        otherwise: Decision,
        needs: frozenset[Needed] = frozenset(),
    ) -> None:
        self._denials = denials
        self._closed = closed
        self._permissions = permissions
        self._otherwise = otherwise
        self._near: dict[tuple[Reason, str | None], Decision] = {}
        self.needs = needs
        self.permits_nothing = any(not checks for checks, _ in denials) or not (
            permissions or any(exceptions for _, exceptions, _ in closed)
        )

    def __call__(self, facts: Facts) -> Decision:
        """Decide on one resource."""
        for checks, decision in self._denials:
            if missing(checks, facts) is None:
                return decision
        granted: Decision | None = None
        for checks, exceptions, decision in self._closed:
            if missing(checks, facts) is None:
                excepted = next((d for c, d in exceptions if missing(c, facts) is None), None)
                if excepted is None:
                    return decision
                granted = granted or excepted
        if granted is not None:
            return granted
        near: Decision | None = None
        for checks, decision in self._permissions:
            reason = missing(checks, facts)
            if reason is None:
                return decision
            near = near or self._denial(reason, decision.policy)
        return near or self._otherwise

    def _denial(self, reason: Reason, policy: str | None) -> Decision:
        known = self._near.get((reason, policy))
        if known is None:
            known = self._near[reason, policy] = Decision(False, reason, policy)
        return known


def compile_policies(policies: Iterable[Policy], request: Request) -> Judge:
    """Prepare a patient's Consents for one request, to be asked about many resources.

    Parameters
    ----------
    policies
        All Consents of the patient, in any order, replaced and inactive ones included.
    """
    if request.locked:
        return Judge((), (), (), Decision(False, Reason.LOCKED, None))
    compiler = _Compiler(request)
    for policy in governing(policies):
        compiler.add(policy)
    return compiler.judge()


class _Compiler:
    """Keeps of each Consent what this request can meet."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._denials: list[Clause] = []
        self._closed: list[tuple[Checks, list[Clause], Decision]] = []
        self._permissions: list[Clause] = []
        self._otherwise = Decision(False, Reason.NO_CONSENT, None)
        self._needs: set[Needed] = set()

    def judge(self) -> Judge:
        """Return what has been kept."""
        return Judge(
            tuple(self._denials),
            tuple(self._closed),
            tuple(self._permissions),
            self._otherwise,
            frozenset(self._needs),
        )

    def add(self, policy: Policy) -> None:
        """Keep what a Consent says to this request."""
        root = policy.rule
        permits: list[Clause] = []
        for rule in root.exceptions:
            if rule.type == "deny":
                if denies(inherited(root, rule), self._request):
                    decision = Decision(False, Reason.DENIED_BY_EXCEPTION, policy.id)
                    self._denials.append(self._clause(rule, deny_checks(rule), decision))
            elif self._permits(narrowed(root, rule), policy):
                decision = Decision(True, Reason.PERMITTED_BY_EXCEPTION, policy.id)
                checks = scope_checks(root) + permit_checks(rule)
                permits.append(self._clause(rule, checks, decision))
        if root.type == "deny" and denies(root, self._request):
            decision = Decision(False, Reason.DENIED, policy.id)
            checks, decision = self._clause(root, deny_checks(root), decision)
            if permits:
                self._closed.append((checks, permits, decision))
            else:
                self._denials.append((checks, decision))
        elif root.type == "permit" and self._permits(root, policy):
            decision = Decision(True, Reason.PERMITTED, policy.id)
            self._permissions.append(self._clause(root, permit_checks(root), decision))
        if root.type != "deny" and permits:
            self._needs_of(root)
            self._permissions += permits

    def _permits(self, rule: Rule, policy: Policy) -> bool:
        """Say whether a permission extends to the request; remember how near the nearest came."""
        reason = shortcoming(rule, self._request)
        if reason is None:
            return True
        if PROGRESS.index(reason) > PROGRESS.index(self._otherwise.reason):
            self._otherwise = Decision(False, reason, policy.id)
        return False

    def _clause(self, rule: Rule, checks: Checks, decision: Decision) -> Clause:
        self._needs_of(rule)
        return checks, decision

    def _needs_of(self, rule: Rule) -> None:
        self._needs |= {NEEDS[meaning] for meaning, _ in rule.data or () if meaning in NEEDS}
