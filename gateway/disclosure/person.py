"""The unified Patient of a person: the visible source Patients in, one Patient out.

``Patient/{person}`` is nowhere stored. It is made of what this asker may see, so it says nothing of
what is hidden: its version is a digest of its parts' versions, its `link`s name them (``seealso``).
Lists are united; of single elements the most recently updated source's holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from mappings import exact

_UNITED = ("identifier", "name", "telecom", "address", "communication")
_SINGLE = ("gender", "birthDate", "maritalStatus")
_DECEASED = ("deceasedDateTime", "deceasedBoolean")


class SourcePatient(NamedTuple):
    """A visible source Patient: when it was updated (µs), and its JSON."""

    updated: int
    resource: dict[str, Any]


def compose(person: str, sources: Sequence[SourcePatient]) -> dict[str, Any]:
    """Return the unified Patient of at least one source Patient."""
    newest = sorted(sources, key=lambda one: (-one.updated, one.resource["id"]))
    resources = [one.resource for one in newest]
    united: dict[str, Any] = {
        "resourceType": "Patient",
        "id": person,
        "meta": {
            "versionId": _version(resources),
            "lastUpdated": max(one["meta"]["lastUpdated"] for one in resources),
        },
        "active": any(one.get("active", True) for one in resources),
    }
    for element in _UNITED:
        united[element] = _union(resources, element)
    for element in _SINGLE:
        united[element] = next((one[element] for one in resources if element in one), None)
    died = next(
        ((name, one[name]) for name in _DECEASED for one in resources if one.get(name)), None
    )
    if died:
        united[died[0]] = died[1]
    united["link"] = [
        {"other": {"reference": f"Patient/{one}"}, "type": "seealso"}
        for one in sorted(resource["id"] for resource in resources)
    ]
    return {name: value for name, value in united.items() if value not in (None, [])}


def _version(resources: Sequence[dict[str, Any]]) -> str:
    parts = sorted(f"{one['id']}/{one['meta']['versionId']}" for one in resources)
    return sha256("|".join(parts).encode()).hexdigest()[:16]


def _union(resources: Sequence[dict[str, Any]], element: str) -> list[Any]:
    seen: dict[bytes, Any] = {}
    for resource in resources:
        for value in resource.get(element, ()):
            seen.setdefault(exact.dumps(value, sort=True), value)
    return list(seen.values())
