"""Participants as FHIR: a registered organisation in, the Organization that consents name out."""

from __future__ import annotations

import orjson

from gateway.disclosure.bundles import Entry
from gateway.store.clinical import instant
from gateway.store.models import Organisation

KINDS = "https://yiqiao.org/fhir/CodeSystem/organisation-kind"


def entry(organisation: Organisation) -> Entry:
    """Return ``Organization/{id}`` of a participant."""
    resource = {
        "resourceType": "Organization",
        "id": organisation.id,
        "meta": {"versionId": "1", "lastUpdated": instant(organisation.created)},
        "active": True,
        "type": [{"coding": [{"system": KINDS, "code": organisation.kind}]}],
        "name": organisation.name,
    }
    if organisation.identifier_value:
        identifier = {"value": organisation.identifier_value}
        if organisation.identifier_system:
            identifier = {"system": organisation.identifier_system, **identifier}
        resource["identifier"] = [identifier]
    return Entry("Organization", organisation.id, "1", orjson.dumps(resource))
