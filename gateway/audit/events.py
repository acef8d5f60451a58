"""AuditEvents: what happened in, the resource as JSON bytes out.

Shapes follow IHE Basic Audit Log Patterns (https://profiles.ihe.net/ITI/BALP/): a RESTful read has
the server as source and the client as destination of the data; a query flows the other way. Every
disclosed resource is an entity with its version; refusals have outcome 4 and the reason's code.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from gateway.auth import purposes
from gateway.store.clinical import instant

_PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"

SUCCESS = "0"
REFUSED = "4"
FAILED = "8"


class _Kind(NamedTuple):
    """How an interaction is recorded: AuditEvent.action, whether data flow out, BALP's pattern."""

    action: str
    outward: bool
    profile: str


_KINDS = {
    "read": _Kind("R", True, "Read"),
    "vread": _Kind("R", True, "Read"),
    "history-instance": _Kind("E", False, "Query"),
    "search-type": _Kind("E", False, "Query"),
    "operation": _Kind("E", False, "Query"),
    "create": _Kind("C", False, "Create"),
    "update": _Kind("U", False, "Update"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at the gateway.

    Attributes
    ----------
    interaction : str
        FHIR's restful-interaction code, ``login`` for a token request, or ``import`` for a feed.
    outcome, reason : str
        AuditEvent.outcome; a short code of ours, for an auditor.
    client, organisation, tenant, purpose : str or None
        Who asked, as far as it is known.
    persons : sequence of str
        Ids of persons or source Patients whose records were touched.
    disclosed : sequence of str
        Versioned references, ``Observation/x/_history/1``.
    hidden : int
        How many resources consent kept back.
    policies : sequence of str
        Consents that permitted, ``Consent/x``.
    request : str or None
        The request line, which may hold patient content: it is sealed with the event.
    address : str or None
        Network address of the client.
    """

    interaction: str
    outcome: str
    reason: str
    client: str | None = None
    organisation: str | None = None
    tenant: str | None = None
    purpose: str | None = None
    persons: Sequence[str] = ()
    disclosed: Sequence[str] = ()
    hidden: int = 0
    policies: Sequence[str] = ()
    request: str | None = None
    address: str | None = None


def write(event: Event, *, recorded: int, observer: str) -> bytes:
    """Return the AuditEvent as JSON.

    Parameters
    ----------
    event : Event
        What happened.
    recorded : int
        When, µs since 1970-01-01 UTC.
    observer : str
        The gateway's address, ``AuditEvent.source``.
    """
    kind = _KINDS.get(event.interaction)
    resource: dict[str, Any] = {"resourceType": "AuditEvent"}
    if kind and event.outcome == SUCCESS:
        about = "Patient" if event.persons else ""
        resource["meta"] = {"profile": [f"{_PROFILES}{about}{kind.profile}"]}
    resource |= _type(event.interaction)
    resource["action"] = kind.action if kind else "E"
    resource["recorded"] = instant(recorded)
    resource["outcome"] = event.outcome
    resource["outcomeDesc"] = event.reason
    purpose = _purpose(event.purpose)
    if purpose:
        resource["purposeOfEvent"] = purpose
    outward = kind is not None and kind.outward
    resource["agent"] = [_client(event, purpose, outward), _server(observer, outward)]
    resource["source"] = {
        "observer": {"display": observer},
        "type": [{"system": _SOURCE_TYPE, "code": "4", "display": "Application Server"}],
    }
    entities = _entities(event)
    if entities:
        resource["entity"] = entities
    return orjson.dumps(resource)


def _type(interaction: str) -> dict[str, Any]:
    if interaction == "login":
        return {
            "type": {"system": _DCM, "code": "110114", "display": "User Authentication"},
            "subtype": [{"system": _DCM, "code": "110122", "display": "Login"}],
        }
    if interaction == "import":
        return {"type": {"system": _DCM, "code": "110107", "display": "Import"}}
    return {
        "type": {"system": _EVENT_TYPE, "code": "rest", "display": "RESTful Operation"},
        "subtype": [{"system": _INTERACTION, "code": interaction}],
    }


def _purpose(code: str | None) -> list[dict[str, Any]]:
    if code not in purposes.KNOWN:
        return []
    return [
        {"coding": [{"system": purposes.SYSTEM, "code": code, "display": purposes.KNOWN[code]}]}
    ]


def _role(outward: bool) -> dict[str, Any]:
    code, display = ("110152", "Destination Role ID") if outward else ("110153", "Source Role ID")
    return {"coding": [{"system": _DCM, "code": code, "display": display}]}


def _client(event: Event, purpose: list[dict[str, Any]], outward: bool) -> dict[str, Any]:
    agent: dict[str, Any] = {"type": _role(outward)}
    if event.organisation:
        agent["who"] = {"reference": f"Organization/{event.organisation}"}
    if event.client:
        agent["altId"] = event.client
    agent["requestor"] = True
    if event.policies:
        agent["policy"] = list(event.policies)
    if event.address:
        agent["network"] = {"address": event.address, "type": "2"}
    if purpose:
        agent["purposeOfUse"] = purpose
    return agent


def _server(observer: str, outward: bool) -> dict[str, Any]:
    return {
        "type": _role(not outward),
        "who": {"display": observer},
        "requestor": False,
        "network": {"address": observer, "type": "5"},
    }


def _entities(event: Event) -> list[dict[str, Any]]:
    entities: list[dict[str, Any]] = [
        {
            "what": {"reference": f"Patient/{person}"},
            "type": {"system": _ENTITY_TYPE, "code": "1"},
            "role": {"system": _ROLE, "code": "1", "display": "Patient"},
        }
        for person in event.persons
    ]
    if event.request:
        query: dict[str, Any] = {
            "type": {"system": _ENTITY_TYPE, "code": "2"},
            "role": {"system": _ROLE, "code": "24", "display": "Query"},
            "query": base64.b64encode(event.request.encode()).decode(),
        }
        if event.hidden:
            query["detail"] = [{"type": "hidden", "valueString": str(event.hidden)}]
        entities.append(query)
    entities += [{"what": {"reference": reference}} for reference in event.disclosed]
    # Of many, the type goes without saying: it is in the name. What was read is named last.
    if len(event.disclosed) == 1 or (event.disclosed and event.interaction in ("read", "vread")):
        entities[-1] |= {
            "type": {"system": _ENTITY_TYPE, "code": "2"},
            "role": {"system": _ROLE, "code": "4", "display": "Domain Resource"},
        }
    return entities
