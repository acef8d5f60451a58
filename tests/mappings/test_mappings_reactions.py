"""How an allergy shows itself: IAR and NTE behind the IAM that they belong to (v2.9, 3.3.60)."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, of, one


def allergies(*segments: str, kind: str = "ADT^A60") -> tuple[list[str], list[JSON]]:
    """What is found, and the allergies."""
    made = message(kind, PID, *segments, version="2.9")
    return found(made), of(made, "AllergyIntolerance")


@pytest.mark.parametrize("kind", ["ADT^A60", "ADT^A08", "ZZZ^Z01"])
def test_each_reaction_is_of_the_allergy_before_it(kind: str) -> None:
    findings, (first, second) = allergies(
        "IAM|1|DA|PEN^Penicillin^L|||A|A1", "NTE|1||as a child",
        "IAR|247472004^Hives^SCT|MO||antihistamine", "IAR|^short of breath|SV",
        "IAM|2|FA|PNUT^Peanut^L|||A|A2", "IAR|RASH^Rash^L|MI",
        kind=kind,
    )  # fmt: skip
    hives, breath = first["reaction"]
    assert hives["manifestation"][0]["coding"][0]["code"] == "247472004"
    assert (hives["severity"], hives["note"]) == ("moderate", [{"text": "antihistamine"}])
    assert (breath["manifestation"][0]["text"], breath["severity"]) == (
        "short of breath", "severe",
    )  # fmt: skip
    assert [note["text"] for note in first["note"]] == ["as a child"]
    assert [each["severity"] for each in second["reaction"]] == ["mild"]
    assert "note" not in second
    assert set(findings) <= {"no-structure MSH-9", "unmapped-code MSH-9.2"}


def test_how_bad_a_reaction_was_that_nobody_names_is_found() -> None:
    findings, (allergy,) = allergies("IAM|1|DA|PEN^Penicillin^L|||A|A1", "IAR||MO||rest")
    assert "reaction" not in allergy
    assert findings == ["not-applicable IAR-2", "not-applicable IAR-4"]


def test_a_reaction_of_no_allergy_is_found() -> None:
    made = message("ADT^A08", PID, "PV1|1|I", "IAR|H^Hives^L|MO", version="2.9")
    assert of(made, "AllergyIntolerance") == []
    assert one(made, "Encounter")
    assert found(made) != []


@pytest.mark.parametrize(
    ("kind", "category"),
    [("AA", "environment"), ("LA", "environment"), ("PA", "environment"), ("DA", "medication")],
)
def test_what_kind_of_allergen_it_is(kind: str, category: str) -> None:
    """R4's `biologic` is a preparation of organisms (a vaccine, a serum): a cat is none."""
    _, (allergy,) = allergies(f"AL1|1|{kind}|X1^X^L", kind="ADT^A08")
    assert allergy["category"] == [category]


def test_what_a_clinician_calls_an_allergen_stands_beside_what_was_told() -> None:
    told = "IAM|1|DA|PEN^Penicillin^L|||A|A1" + "|" * 20
    findings, (allergy,) = allergies(f"{told}7980^penicillin G^RXNORM")
    assert [(each["code"], each["display"]) for each in allergy["code"]["coding"]] == [
        ("PEN", "Penicillin"), ("7980", "penicillin G"),
    ]  # fmt: skip
    assert allergy["code"]["text"] == "Penicillin"
    assert findings == []
    findings, (allergy,) = allergies(told.replace("PEN^Penicillin^L", "") + "7980^penicillin G")
    assert [each["code"] for each in allergy["code"]["coding"]] == ["7980"]
    assert findings == []
