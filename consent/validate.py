"""A Consent that someone wants to write in; everything that is wrong with it out.

The R4 schema is checked elsewhere. This is what a Consent must say so that the judge can act on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consent.model import Policy
from consent.parse import parse
from consent.shapes import ConsentError
from consent.vocabulary import PRIVACY_SCOPE


def validate(resource: dict[str, Any], *, base: str = "") -> list[ConsentError]:
    """Return what must be mended before a Consent is kept; nothing: it may be.

    What is written but not understood (a criterion, a code, a modifierExtension) is no error: it
    makes permissions inert and leaves denials in force.

    Parameters
    ----------
    resource
        R4 Consent, as JSON.
    base
        The server's own base URL.
    """
    if resource.get("resourceType") != "Consent":
        return [ConsentError("Consent", "structure", "this is not a Consent")]
    try:
        policy = parse(resource, received=0, base=base)
    except ConsentError as error:
        return [error]
    return list(_shortcomings(resource, policy))


def _shortcomings(resource: dict[str, Any], policy: Policy) -> Iterator[ConsentError]:
    if not policy.status:
        yield ConsentError("Consent.status", "required", "the status is required")
    if PRIVACY_SCOPE not in policy.scope:
        yield ConsentError(
            "Consent.scope", "business-rule", "only Consents of scope patient-privacy are kept here"
        )
    if not resource.get("category"):
        yield ConsentError("Consent.category", "required", "a category is required")
    if not policy.patient.startswith("Patient/"):
        yield ConsentError(
            "Consent.patient", "required", "the patient is named by a reference to this server"
        )
    if policy.status == "active" and policy.rule.type is None and not policy.rule.exceptions:
        yield ConsentError(
            "Consent.provision",
            "required",
            "an active Consent permits or denies: in provision, or by policyRule",
        )
