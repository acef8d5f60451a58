"""FHIR R4 Consent (JSON) in, `Policy` out, or the reason why it cannot be one.

http://hl7.org/fhir/R4/consent.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo
from typing import Any

from consent.dates import CHINA
from consent.model import Policy, Type
from consent.provisions import CodeKey, ProvisionReader, local_reference
from consent.shapes import child, children, concept, text
from consent.vocabulary import ACT_CODE, POLICY_RULES


def plain_key(system: str, code: str) -> str:
    """Return system and code as a FHIR search writes them: the key where nothing is hashed."""
    return f"{system}|{code}"


def parse(
    resource: dict[str, Any],
    *,
    received: int,
    code_key: CodeKey = plain_key,
    owner: str = "",
    base: str = "",
    zone: tzinfo = CHINA,
) -> Policy:
    """Read a Consent into what the judge needs.

    Parameters
    ----------
    resource
        R4 Consent, as JSON.
    received
        When the server received this version (µs).
    code_key
        Makes the key of system and code that `Facts.codes` holds.
    owner
        Id of the organisation that wrote it.
    base
        The server's own base URL: an absolute reference below it is a local one.
    zone
        Where dates without an offset are read.

    Raises
    ------
    ConsentError
        A wrong shape, an impossible date, a third level of provision, a nested one without a type.
    """
    at = "Consent"
    base = base.rstrip("/") + "/" if base else ""
    reader = ProvisionReader(code_key, base, zone)
    rule = reader.rule(child(resource, "provision", at) or {}, f"{at}.provision")
    if rule.type is None:
        rule = replace(rule, type=_policy_rule(resource))
    if "modifierExtension" in resource or "implicitRules" in resource:
        rule = replace(rule, inert=True)
    identifiers = (item for item, _ in children(resource, "identifier", at))
    return Policy(
        id=text(resource, "id", at) or "",
        status=text(resource, "status", at) or "",
        scope=frozenset(f"{system}|{code}" for system, code in concept(resource, "scope", at)),
        patient=local_reference(child(resource, "patient", at), f"{at}.patient", base) or "",
        received=received,
        written=text(resource, "dateTime", at),
        owner=owner,
        identifiers=frozenset(
            f"{item['system']}|{item['value']}"
            for item in identifiers
            if item.get("system") and item.get("value")
        ),
        rule=rule,
    )


def _policy_rule(resource: dict[str, Any]) -> Type | None:
    """Return what Consent.policyRule says of everything; a refusal where it says two things."""
    said = {
        POLICY_RULES[code]
        for system, code in concept(resource, "policyRule", "Consent")
        if system == ACT_CODE and code in POLICY_RULES
    }
    return "deny" if "deny" in said else "permit" if said else None
