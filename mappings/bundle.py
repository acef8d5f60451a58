"""Translated resources in, a FHIR Bundle as JSON out: a transaction any server takes, or a message.

Entries carry ``urn:uuid`` full URLs, derived from their ids, and refer to one another by them, a
document to its data too, as a server expects that has not seen the resources before (FHIR R4,
http.html#trules). Requests are ``PUT``: sent twice, a message makes nothing twice. R4 has no
request that makes a resource or else adds to it (a PATCH needs one that is there, a conditional
create adds nothing), so a Bundle is one message alone, for a server that does not know more by
others. What adds to the known is `gateway.ingest`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID, uuid5

from mappings import exact
from mappings.findings import Finding
from mappings.runtime.types import Made
from mappings.translate import Translation

NAMESPACE = UUID("6f0a7f0e-6f1c-5a53-9d0e-8d5f5f1b7c11")
_REFERENCE = re.compile(rb'"(reference|url)":"([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})"')
_ISSUES = {
    "missing-msh": "structure",
    "bad-encoding-characters": "structure",
    "unsupported-message": "not-supported",
    "invalid-resource": "invariant",
    "undecodable": "structure",
}


def full_url(reference: str) -> str:
    """``Patient/x`` → its ``urn:uuid``."""
    return f"urn:uuid:{uuid5(NAMESPACE, reference)}"


def bundle(translation: Translation, kind: Literal["transaction", "message"]) -> bytes:
    """Return a Bundle of everything a message made.

    Raises
    ------
    ValueError
        A message Bundle is wanted, and no table makes a MessageHeader.
    """
    made: Sequence[Made] = translation.made
    if kind == "message":
        if not translation.envelope:
            raise ValueError("no table makes a MessageHeader for this message")
        header, *rest = translation.envelope
        focus = [{"reference": _name(m)} for m in translation.made if m.home == "patient"]
        resource = {**header.resource, **({"focus": focus} if focus else {})}
        made = [header._replace(resource=resource), *rest, *translation.made]
    made = _once(made)
    known = {_name(m).encode() for m in made}

    def swap(match: re.Match[bytes]) -> bytes:
        if match[2] not in known:
            # Whose an answer without PID is, its orders tell a store; a Bundle stands alone.
            nobody = translation.unnamed and match[2].startswith(b"Patient/")
            return b'"display":"not named in the message"' if nobody else match[0]
        return b'"' + match[1] + b'":"' + full_url(match[2].decode()).encode() + b'"'

    entries = []
    for item in made:
        name = _name(item)
        body = _REFERENCE.sub(swap, exact.dumps(item.resource))
        entry = b'{"fullUrl":"' + full_url(name).encode() + b'","resource":' + body
        if kind == "transaction":
            entry += b',"request":{"method":"PUT","url":"' + name.encode() + b'"}'
        entries.append(entry + b"}")
    said = translation.bundle if kind == "message" and translation.bundle else {}
    head = exact.dumps({**said, "resourceType": "Bundle", "type": kind})
    return head[:-1] + b',"entry":[' + b",".join(entries) + b"]}"


def _once(made: Sequence[Made]) -> list[Made]:
    """Two segments may speak of one resource: a Bundle has it once, with what either says."""
    by_name: dict[str, Made] = {}
    for item in made:
        before = by_name.get(_name(item))
        says = {} if before is None or item.replace else before.resource
        by_name[_name(item)] = item._replace(resource={**says, **item.resource})
    return list(by_name.values())


def _name(made: Made) -> str:
    return f"{made.resource['resourceType']}/{made.resource['id']}"


def operation_outcome(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return findings as an OperationOutcome."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": finding.severity,
                "code": _ISSUES.get(finding.code, "incomplete"),
                "details": {"text": finding.text},
                "diagnostics": f"{finding.location}: {finding.code}",
            }
            for finding in findings
        ],
    }
