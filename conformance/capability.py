"""What we claim: a table of what the gateway offers in, a CapabilityStatement out (pure).

R4, 5.1 and 3.1.0.1.7. Security is claimed as SMART App Launch names it: the OAuth addresses as the
``oauth-uris`` extension, the service as ``SMART-on-FHIR``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.definitions import Definitions

Json = dict[str, Any]

_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_INTERACTIONS = "http://hl7.org/fhir/ValueSet/type-restful-interaction"


class ClaimError(ValueError):
    """A claim that R4 gives no meaning to."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is offered of one resource type.

    Attributes
    ----------
    type
        The resource type.
    interactions
        ``read``, ``vread``, ``search-type`` … (value set type-restful-interaction).
    search
        Names of R4's own search parameters for the type.
    includes
        Values of ``_include``: ``Encounter:patient``.
    operations
        The canonical URL of each operation by its name without ``$``.
    """

    type: str
    interactions: Sequence[str] = ()
    search: Sequence[str] = ()
    includes: Sequence[str] = ()
    operations: Mapping[str, str] = field(default_factory=dict)


def capability_statement(
    definitions: Definitions,
    claims: Iterable[Claim],
    *,
    base: str,
    name: str,
    version: str,
    date: str,
    token: str | None = None,
) -> Json:
    """Return the CapabilityStatement of a server that offers *claims*.

    Parameters
    ----------
    definitions
        What R4 defines; each claim is checked against it.
    claims
        What is offered, a claim for each resource type.
    base
        The address of the FHIR API.
    name, version
        Of the software.
    date
        When the statement was made, a dateTime.
    token
        The address of the token endpoint.

    Raises
    ------
    ClaimError
        A type, interaction, search parameter or include that R4 has not, or a type claimed twice.
    """
    listed = sorted(claims, key=lambda each: each.type)
    if len({each.type for each in listed}) != len(listed):
        message = "a resource type is claimed twice"
        raise ClaimError(message)
    service = {"coding": [{"system": _SECURITY_SERVICE, "code": "SMART-on-FHIR"}]}
    security: Json = {"service": [service]}
    if token is not None:
        addresses = [{"url": "token", "valueUri": token}]
        security["extension"] = [{"url": _OAUTH_URIS, "extension": addresses}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": name, "version": version},
        "implementation": {"description": f"{name} {version}", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": security,
                "resource": [_resource(definitions, each) for each in listed],
            }
        ],
    }


def _resource(definitions: Definitions, claim: Claim) -> Json:
    if claim.type not in definitions.resource_types:
        message = f"R4 has no resource type {claim.type}"
        raise ClaimError(message)
    known = definitions.search_parameters(claim.type)
    _check(claim.type, "interaction", claim.interactions, definitions.codes(_INTERACTIONS) or ())
    _check(claim.type, "search parameter", claim.search, known)
    references = {
        f"{claim.type}:{name}" for name, each in known.items() if each.type == "reference"
    }
    _check(claim.type, "include", claim.includes, references)
    found: Json = {"type": claim.type}
    if claim.interactions:
        found["interaction"] = [{"code": each} for each in claim.interactions]
    found["versioning"] = "versioned"
    if claim.includes:
        found["searchInclude"] = list(claim.includes)
    if claim.search:
        found["searchParam"] = [{"name": each, "type": known[each].type} for each in claim.search]
    if claim.operations:
        listed = claim.operations.items()
        found["operation"] = [{"name": each, "definition": url} for each, url in listed]
    return found


def _check(kind: str, what: str, claimed: Sequence[str], known: Iterable[str]) -> None:
    for each in sorted(set(claimed).difference(known)):
        message = f"R4 has no {what} {each} of {kind}"
        raise ClaimError(message)
