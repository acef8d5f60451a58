"""FHIR's primitive types as JSON Schema: a type's name in, what its JSON value must look like out.

R4, 2.24.0.1. Where R4's own expression is laxer than its text, the text is followed: a date must
exist in the calendar, a string must hold something visible and nothing XML cannot carry.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_YEAR = r"(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP_YEAR = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_DAY_OF_MONTH = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_DAY = rf"(?:{_YEAR}-{_DAY_OF_MONTH}|{_LEAP_YEAR}-02-29)"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+\-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_PARTIAL = rf"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?"
_UNSEEN = r"\x00-\x08\x0B\x0C\x0E-\x1F"
_TEXT = rf"[^{_UNSEEN}]*[^\s{_UNSEEN}][^{_UNSEEN}]*"
_BYTES = (
    r"\s*(?:(?:[0-9A-Za-z+/]\s*){4})*(?:(?:[0-9A-Za-z+/]\s*){2}=\s*=|(?:[0-9A-Za-z+/]\s*){3}=)?\s*"
)

PATTERNS = {
    "base64Binary": _BYTES,
    "date": rf"(?:{_PARTIAL}|{_DAY})",
    "dateTime": rf"(?:{_PARTIAL}|{_DAY}(?:T{_TIME}{_ZONE})?)",
    "instant": rf"{_DAY}T{_TIME}{_ZONE}",
    "markdown": _TEXT,
    "oid": r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+",
    "string": _TEXT,
    "time": _TIME,
    "uuid": r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
_LARGEST = 2**31 - 1
_UNBROKEN: Schema = {"minLength": 1, "pattern": r"^\S*$"}  # jsonschema_rs is quick at it
_URI: Schema = {"type": "string", **_UNBROKEN}
_OTHERS: dict[str, Schema] = {
    "boolean": {"type": "boolean"},
    "canonical": _URI,
    "code": {"type": "string", "anyOf": [_UNBROKEN, {"pattern": r"^[^\s]+(?:\s[^\s]+)*$"}]},
    "decimal": {"type": "number"},
    "id": {"type": "string", "maxLength": 64, "pattern": r"^[A-Za-z0-9\-.]+$"},
    "integer": {"type": "integer", "minimum": -(2**31), "maximum": _LARGEST},
    "positiveInt": {"type": "integer", "minimum": 1, "maximum": _LARGEST},
    "unsignedInt": {"type": "integer", "minimum": 0, "maximum": _LARGEST},
    "uri": _URI,
    "url": _URI,
    "xhtml": {"type": "string", "fhirInvariant": "txt-1"},
}


def primitive(name: str) -> Schema:
    """Return the schema of a primitive type's value."""
    if name in _OTHERS:
        found = dict(_OTHERS[name])
    else:
        found = {"type": "string", "pattern": whole(PATTERNS[name])}
    return found | {"$comment": f"format: not a valid {name}"}


def whole(pattern: str) -> str:
    """Return an expression that matches only a whole value."""
    return f"^(?:{pattern})$"
