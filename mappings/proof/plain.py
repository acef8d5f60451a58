"""FHIR types in; texts of them, and what each becomes, out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TIME = ("20260102030405+0100", "2026-01-02T03:04:05+01:00")
_TEXTS = {"Q7": "Q7", "秦七": "秦七"}
_NUMBERS = {"7": 7}
#: FHIR type → texts and what they are; the first is tried first.
PLAIN: Mapping[str, Mapping[str, Any]] = {
    "string": _TEXTS,
    "markdown": _TEXTS,
    "code": _TEXTS,
    "id": {"Q7": "Q7"},
    "uri": {"urn:example:q7": "urn:example:q7"},
    "url": {"https://q7.example.org/": "https://q7.example.org/"},
    "canonical": {"https://q7.example.org/": "https://q7.example.org/"},
    "oid": {"urn:oid:2.999.7": "urn:oid:2.999.7"},
    "date": {"19870615": "1987-06-15", TIME[0]: "2026-01-02"},
    "dateTime": {TIME[0]: TIME[1], "19870615": "1987-06-15"},
    "instant": {TIME[0]: TIME[1]},
    "time": {"0830": "08:30:00"},
    "decimal": {"7.5": 7.5, "7": 7},
    "integer": _NUMBERS,
    "unsignedInt": _NUMBERS,
    "positiveInt": _NUMBERS,
    "boolean": {"Y": True, "N": False},
    "base64Binary": {"cWlhbw==": "cWlhbw=="},
}
