"""Consent.provision (JSON) in, `Rule` out.

http://hl7.org/fhir/R4/consent-definitions.html#Consent.provision. What the judge cannot understand
it does not refuse: it is noted in the rule, so that a permission that depends on it permits nothing
and a denial applies. Refused is what has no meaning at all: a wrong shape, an impossible date, a
third level, a nested provision without a type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from datetime import tzinfo
from typing import Any, cast

from consent.codes import criterion_key
from consent.dates import span
from consent.model import Meaning, Period, Rule, Type
from consent.shapes import ConsentError, child, children, concept, pair, strange, text
from consent.vocabulary import (
    ACT_CODE,
    ACT_REASON,
    ACTIONS,
    CONFIDENTIALITY,
    CONFIDENTIALITY_SYSTEM,
    CONSENT_ACTION,
    CRITERIA,
    HOLDER_ROLE,
    RECIPIENT_ROLES,
    RESOURCE_TYPES,
    ROLES,
)

CodeKey = Callable[[str, str], Hashable]

LEVELS = 2
_LITERAL = re.compile(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64}", re.ASCII)
_MEANINGS = frozenset({"instance", "related", "dependents", "authoredby"})
_MODIFIES = frozenset({"role", "period", "dataPeriod"})  # not understood, they could mean less
_PERIOD = frozenset({"start", "end"})
_ACTOR = frozenset({"role", "reference"})
_DATA = frozenset({"meaning", "reference"})


def local_reference(node: dict[str, Any] | None, path: str, base: str) -> str | None:
    """Return a literal reference to a resource of this server as "Type/id"; None for any other.

    A display, an identifier, a contained or a versioned target is no proof of who or what is meant.
    """
    literal = text(node, "reference", path) if node else None
    if literal is None:
        return None
    if base:
        literal = literal.removeprefix(base)
    return literal if _LITERAL.fullmatch(literal) else None


class ProvisionReader:
    """Reads provisions.

    Parameters
    ----------
    code_key
        Makes the key of a system and a code.
    base
        The server's base URL with a slash at its end, or "".
    zone
        Where dates without an offset are read.
    """

    def __init__(self, code_key: CodeKey, base: str, zone: tzinfo) -> None:
        self._code_key = code_key
        self._base = base
        self._zone = zone

    def rule(self, node: dict[str, Any], path: str, level: int = 1) -> Rule:
        """Read one provision and those inside it.

        Raises
        ------
        ConsentError
            It has no meaning.
        """
        if level > LEVELS:
            raise ConsentError(path, "business-rule", "provisions go two levels deep at most")
        unsure: set[str] = set()
        recipients, holders = self._actors(node, path, unsure)
        period = self._period(node, "period", path, unsure)
        data_period = self._period(node, "dataPeriod", path, unsure)
        return Rule(
            type=_type(node, path, level),
            period=period,
            recipients=recipients,
            holders=holders,
            actions=_concepts(node, "action", path, unsure, _action),
            labels=_codings(node, "securityLabel", path, unsure, _label),
            purposes=_codings(node, "purpose", path, unsure, _purpose),
            types=_codings(node, "class", path, unsure, _resource_type),
            codes=_concepts(node, "code", path, unsure, self._code),
            data_period=data_period,
            data=self._data(node, path, unsure),
            unsure=frozenset(unsure),
            inert=strange(node, CRITERIA) or not unsure.isdisjoint(_MODIFIES),
            exceptions=tuple(
                self.rule(inner, where, level + 1)
                for inner, where in children(node, "provision", path)
            ),
        )

    def _period(
        self, node: dict[str, Any], name: str, path: str, unsure: set[str]
    ) -> Period | None:
        """Read a Period; its end is included to the last instant of what it names."""
        given = child(node, name, path)
        if given is None:
            return None
        if strange(given, _PERIOD):
            unsure.add(name)
        first = self._date(given, "start", f"{path}.{name}")
        last = self._date(given, "end", f"{path}.{name}")
        low = first.low if first else None
        high = last.high if last else None
        if low is not None and high is not None and high <= low:
            raise ConsentError(f"{path}.{name}", "invariant", "the period ends before it starts")
        return Period(low, high)

    def _date(self, given: dict[str, Any], edge: str, path: str) -> Period | None:
        written = text(given, edge, path)
        if written is None:
            return None
        try:
            return span(written, self._zone)
        except ValueError:
            raise ConsentError(f"{path}.{edge}", "value", "this is not a FHIR dateTime") from None

    def _actors(
        self, node: dict[str, Any], path: str, unsure: set[str]
    ) -> tuple[frozenset[str] | None, frozenset[str] | None]:
        """Read who receives and whose records are meant."""
        if "actor" not in node:
            return None, None
        recipients: set[str] = set()
        holders: set[str] = set()
        held = False
        for item, where in children(node, "actor", path):
            roles = {code for _, code in concept(item, "role", where)}
            reference = local_reference(child(item, "reference", where), where, self._base)
            holds = HOLDER_ROLE in roles
            held |= holds
            if strange(item, _ACTOR) or not (roles & ROLES) or (holds and len(roles) > 1):
                unsure |= {"actor", "role"}
            elif reference is None or (holds and not reference.startswith("Organization/")):
                unsure.add("actor")
            elif holds:
                holders.add(reference.removeprefix("Organization/"))
            elif roles & RECIPIENT_ROLES:
                recipients.add(reference)
        if held and not recipients and "actor" not in unsure:
            return None, frozenset(holders)
        return frozenset(recipients), frozenset(holders) if held else None

    def _code(self, system: str, code: str) -> Hashable | None:
        return criterion_key(system, code, self._code_key) if system and code else None

    def _data(
        self, node: dict[str, Any], path: str, unsure: set[str]
    ) -> frozenset[tuple[Meaning, str]] | None:
        """Read the particular resources that the provision is about."""
        if "data" not in node:
            return None
        found = set()
        for item, where in children(node, "data", path):
            meaning = text(item, "meaning", where)
            reference = local_reference(child(item, "reference", where), where, self._base)
            if strange(item, _DATA) or meaning not in _MEANINGS or reference is None:
                unsure.add("data")
            else:
                found.add((cast("Meaning", meaning), reference))
        return frozenset(found)


def _type(node: dict[str, Any], path: str, level: int) -> Type | None:
    given = text(node, "type", path)
    if given is None and level > 1:
        raise ConsentError(f"{path}.type", "required", "a nested provision says permit or deny")
    if given not in {"permit", "deny", None}:
        raise ConsentError(f"{path}.type", "value", "the type is permit or deny")
    return cast("Type | None", given)


Read = Callable[[str, str], Hashable | None]


def _codings(
    node: dict[str, Any], name: str, path: str, unsure: set[str], read: Read
) -> frozenset[Any] | None:
    """Read a repeating Coding: what is understood; that there is more is noted."""
    if name not in node:
        return None
    found = {read(*pair(item, where)) for item, where in children(node, name, path)}
    if None in found:
        unsure.add(name)
    return frozenset(found - {None})


def _concepts(
    node: dict[str, Any], name: str, path: str, unsure: set[str], read: Read
) -> frozenset[Any] | None:
    """Read a repeating CodeableConcept; one of its codings is enough to understand it."""
    if name not in node:
        return None
    found: set[Hashable] = set()
    for item, where in children(node, name, path):
        understood = {read(*pair(coding, at)) for coding, at in children(item, "coding", where)}
        understood.discard(None)
        if not understood:
            unsure.add(name)
        found |= understood
    return frozenset(found)


def _action(system: str, code: str) -> str | None:
    return code if system == CONSENT_ACTION and code in ACTIONS else None


def _label(system: str, code: str) -> str | None:
    if system == CONFIDENTIALITY_SYSTEM:
        return code if code in CONFIDENTIALITY else None
    return code if system == ACT_CODE and code and code not in CONFIDENTIALITY else None


def _purpose(system: str, code: str) -> str | None:
    return code if system == ACT_REASON and code else None


def _resource_type(system: str, code: str) -> str | None:
    return code if system in RESOURCE_TYPES and code else None
