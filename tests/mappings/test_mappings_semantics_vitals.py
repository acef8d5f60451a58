"""Results that R4 calls vital signs are of that category, beside that of their section."""

from __future__ import annotations

import pytest
from speaking import PID, message, one

NUMBER = "OBX|1|NM|{}||80|/min|||||F"


def categories(code: str, section: str = "") -> list[str]:
    """The categories of a result."""
    order = f"OBR|1|P|F|V{'|' * 20}{section}"
    result = one(message("ORU^R01", PID, order, NUMBER.format(code)), "Observation")
    return [each["coding"][0]["code"] for each in result.get("category", ())]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("8867-4^Heart rate^LN", ["vital-signs"]),
        ("HR^Heart rate^L^8867-4^Heart rate^LN", ["vital-signs"]),
        ("8867-4", ["vital-signs"]),
        ("8867-4^Heart rate^L", []),
        ("718-7^Hemoglobin^LN", []),
    ],
)
def test_vital_signs_are_known_by_their_loinc_code(code: str, found: list[str]) -> None:
    assert [categories(code) for _ in range(2)] == [found, found]  # from memory, too


@pytest.mark.parametrize(
    ("section", "found"),
    [
        ("LAB", ["laboratory", "vital-signs"]),
        ("ICU", ["vital-signs"]),
        ("OTH", ["OTH", "vital-signs"]),
    ],
)
def test_a_vital_sign_is_one_in_whichever_section(section: str, found: list[str]) -> None:
    """R4 wants the category of whatever has the code; a section may add its own."""
    assert categories("8867-4^Heart rate^LN", section) == found
    assert categories("718-7^Hemoglobin^LN", "LAB") == ["laboratory"]


def test_every_vital_sign_has_the_category_alone() -> None:
    result = one(message("ORU^R01", PID, NUMBER.format("8867-4^^LN")), "Observation")
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    assert result["category"] == [
        {"coding": [{"system": system, "code": "vital-signs", "display": "Vital Signs"}]}
    ]
