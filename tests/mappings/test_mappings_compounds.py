"""Compound drugs (RXC): what they are made of, in the prescription's words and in a Medication."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, of, one

_OWN = "https://yiqiao.org/fhir/StructureDefinition/medication-component-"
BASE = "RXC|B|NS^Saline 0.9%^L|250|mL"


def compound(*segments: str) -> tuple[JSON, JSON, list[str]]:
    """What an infusion becomes: its prescription, its Medication, and findings."""
    made = message("RDE^O11", PID, "ORC|NW|P1", *segments)
    return one(made, "MedicationRequest"), one(made, "Medication"), found(made)


def notes(prescription: JSON) -> list[str]:
    return [note["text"] for note in prescription["note"]]


def test_who_reads_the_prescription_reads_its_parts() -> None:
    """The code of what is prescribed stays where clients search it; the parts stand beside it."""
    prescription, medication, lost = compound(
        "RXE||NS^Saline^L|250||mL",
        "RXR|IV",
        BASE,
        "RXC|A|KCL^Potassium chloride^L|10|mL|1|g||10|mL",
    )
    assert prescription["medicationCodeableConcept"]["coding"][0]["code"] == "NS"
    assert notes(prescription) == [
        "base: Saline 0.9%, 250 mL", "additive: Potassium chloride 1 g/10 mL, 10 mL",
    ]  # fmt: skip
    assert medication["code"] == prescription["medicationCodeableConcept"]
    reference = {"reference": f"Medication/{medication['id']}"}
    assert prescription["supportingInformation"] == [reference]
    assert lost == []


def test_how_much_is_added_is_no_strength() -> None:
    _, medication, _ = compound(
        "RXE||NS^Saline^L|250||mL",
        "RXR|IV",
        BASE,
        "RXC|A|KCL^Potassium chloride^L|10|mL|1|g||10|mL",
    )
    base, additive = medication["ingredient"]
    assert "strength" not in {*base, *additive}
    assert (base["isActive"], additive["isActive"]) == (False, True)
    (amount,) = base["extension"]
    assert (amount["url"], amount["valueQuantity"]["value"]) == (f"{_OWN}amount", 250)
    amount, strength = additive["extension"]
    assert (amount["valueQuantity"]["value"], amount["valueQuantity"]["code"]) == (10, "mL")
    assert strength["url"] == f"{_OWN}strength"
    ends = [strength["valueRatio"][end] for end in ("numerator", "denominator")]
    assert [(end["value"], end["code"]) for end in ends] == [(1, "g"), (10, "mL")]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("RXC|A|KCL|20|meq", "additive: KCL, 20 meq"),
        ("RXC||KCL^^L|||10|%", "part: KCL 10 %"),
        ("RXC|A|^Heparin|5000|U^unit", "additive: Heparin, 5000 unit"),
        ("RXC|A|H^Heparin^^^^^^^heparin sodium", "additive: heparin sodium"),
    ],
)
def test_a_part_is_told_as_far_as_it_is_known(part: str, text: str) -> None:
    prescription, _, _ = compound("RXE||NS^Saline^L|250||mL", "RXR|IV", part)
    assert notes(prescription) == [text]


def test_a_strength_in_no_volume_is_that_of_one() -> None:
    _, medication, _ = compound("RXE||NS^Saline^L|1", "RXR|IV", "RXC|A|C^Vitamin C^L|2|g|500|mg")
    _, strength = medication["ingredient"][0]["extension"]
    assert strength["valueRatio"]["denominator"] == {"value": 1}


def test_parts_that_are_ordered_and_given_are_told_once() -> None:
    prescription, medication, _ = compound(
        "RXO|NS^Saline^L|250||mL", BASE, "RXE||NS^Saline^L|250||mL", "RXR|IV", BASE
    )
    assert notes(prescription) == ["base: Saline 0.9%, 250 mL"]
    assert len(medication["ingredient"]) == 1


def test_a_part_without_a_name_says_nothing() -> None:
    made = message("RDE^O11", PID, "ORC|NW|P1", "RXE||NS^Saline^L|1", "RXR|IV", "RXC|A||10|mL")
    assert "note" not in one(made, "MedicationRequest")
    (part,) = one(made, "Medication")["ingredient"]
    assert part["itemCodeableConcept"] == {"text": "unspecified"}


def test_a_compound_without_a_name_is_called_after_its_base() -> None:
    """As the standard's own examples order infusions: RXO-1 is empty, RXC says it all."""
    parts = ("RXC|B|D5W^Dextrose 5%^L|1000|mL", "RXC|A|KCL^Potassium chloride^L|20|meq")
    made = message("OMP^O09", PID, "ORC|NW|P1", "RXO||3||L", *parts)
    (prescription,) = of(made, "MedicationRequest")
    assert prescription["medicationCodeableConcept"]["text"] == "Dextrose 5%"
    named = message("OMP^O09", PID, "ORC|NW|P1", "RXO|TPN^Nutrition^L|3||L", *parts)
    (prescription,) = of(named, "MedicationRequest")
    assert prescription["medicationCodeableConcept"]["text"] == "Nutrition"


@pytest.mark.parametrize(
    ("rxc", "active"),
    [
        ("B|HQ^黄芪|30|克", None),
        ("B|GC^甘草|6|g", None),
        ("B|DZ^大枣|5|枚", None),
        ("B|WG^蜈蚣|2|条", None),
        ("B|5GS^5%葡萄糖注射液|250|ml", False),
        ("B|D5^Dextrose|50|g", False),
        ("A|KCL^10%氯化钾|10|ml", True),
    ],
)
def test_what_is_weighed_out_for_a_decoction_is_no_mere_base(rxc: str, active: bool | None) -> None:
    """Every herb of a prescription was said not to act."""
    made = message("RDE^O11", PID, "ORC|NW|P1", "RXE||ZY^中草药^L|7||付", "RXR|PO", f"RXC|{rxc}")
    (ingredient,) = one(made, "Medication")["ingredient"]
    assert ingredient.get("isActive") is active
    assert not [f for f in found(made) if "RXC" in f]


def test_a_decoction_without_a_name_is_not_called_after_its_first_herb() -> None:
    """All herbs of a prescription are bases to some systems: it was one of Bupleurum alone."""
    herbs = ("RXC|B|CH^柴胡^L|10|g", "RXC|B|DG^当归^L|10|g")
    made = message("OMP^O09", PID, "ORC|NW|P1", "RXO|||||||||||7|付", "RXR|PO", *herbs)
    prescription = one(made, "MedicationRequest")
    assert prescription["medicationCodeableConcept"] == {"text": "unspecified"}
    assert prescription["dispenseRequest"]["quantity"]["code"] == "{dose}"
    assert notes(prescription) == ["base: 柴胡, 10 g", "base: 当归, 10 g"]
    assert [f for f in found(made) if "RXC" in f] == []


@pytest.mark.parametrize(
    ("beside", "text"),
    [
        ("先煎", "base: 附子, 9 g, 先煎"),
        ("HX^后下", "base: 附子, 9 g, 后下"),
        ("1234-5678-90^Pack^NDC", "base: 附子, 9 g"),
    ],
)
def test_how_a_herb_is_decocted_is_read_beside_it(beside: str, text: str) -> None:
    """Aconite that is not boiled first is poison."""
    made = message("OMP^O09", PID, "ORC|NW|P1", "RXO|ZY^中药|||||||||||", "RXR|PO",
                   f"RXC|B|FZ^附子^L|9|g|||{beside}")  # fmt: skip
    assert notes(one(made, "MedicationRequest")) == [text]
    (ingredient,) = one(made, "Medication")["ingredient"]
    told = {each["url"]: each for each in ingredient["extension"]}[f"{_OWN}supplement"]
    assert told["valueCodeableConcept"]["coding"][0]["code"] == beside.partition("^")[0]
    assert [f for f in found(made) if "RXC" in f] == []
