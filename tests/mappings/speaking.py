"""A few segments in, what they become out: for tests that say things briefly."""

from __future__ import annotations

from typing import Any

from golden_pairs import ReadableIds

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.dictionary import load
from mappings.findings import CODES
from mappings.translate import Translation

VALIDATOR = Validator()
JSON = dict[str, Any]
PID = "PID|1||100^^^H^MR||Doe^Jo||19800101|M"


def translated(
    *segments: str, layers: tuple[str, ...] = ("base", "cn"), source: str = "src"
) -> Translation:
    """What a message becomes; all of it valid FHIR."""
    made = load(definitions(), layers=layers).translate(
        "\r".join(segments), ReadableIds(), source=source
    )
    for each in [*made.envelope, *made.made]:
        assert VALIDATOR.errors(each.resource) == []
    assert {f.code for f in made.findings} <= set(CODES)
    return made


def message(
    kind: str, *segments: str, version: str = "2.5.1", when: str = "20260301"
) -> Translation:
    """Translate a message of a kind (``ORU^R01``)."""
    return translated(f"MSH|^~\\&|APP|H|||{when}||{kind}|1|P|{version}", *segments)


def oru(*segments: str, version: str = "2.5.1") -> Translation:
    """Translate a report: PID and OBR stand before what is given."""
    return message("ORU^R01", PID, "OBR|1|P1|F1|A^Aa^L", *segments, version=version)


def of(made: Translation, type_: str) -> list[JSON]:
    """The resources of a type."""
    return [m.resource for m in made.made if m.resource["resourceType"] == type_]


def one(made: Translation, type_: str) -> JSON:
    """The only resource of a type."""
    (found,) = of(made, type_)
    return found


def found(made: Translation) -> list[str]:
    """Findings as ``code location``, without those that say what no row reads."""
    return [f"{f.code} {f.location}" for f in made.findings if f.code != "unmapped-field"]


def obx(kind: str, value: str, unit: str = "", range_: str = "", status: str = "F") -> str:
    """A result."""
    return f"OBX|1|{kind}|X^x^L||{value}|{unit}|{range_}||||{status}"


def value_of(kind: str, value: str, unit: str = "") -> tuple[str, Any]:
    """The element that a result value becomes, and its content."""
    resource = one(oru(obx(kind, value, unit)), "Observation")
    ((name, content),) = ((n, v) for n, v in resource.items() if n.startswith(("value", "comp")))
    return name, content
