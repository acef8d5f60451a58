"""Amounts with their units behind them, where the unit has a place of its own; amounts in words."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import JSON, PID, found, message, one, oru

from mappings.hl7v2.message import Segment
from mappings.runtime.walk.mending import MENDS

UCUM = "http://unitsofmeasure.org"
AS_WRITTEN = "https://yiqiao.org/fhir/StructureDefinition/as-written"
ORDER = "ORC|NW|P1"


def fields(name: str, **said: str) -> str:
    """A segment with fields by their numbers: ``fields("RXE", _2="A")``."""
    row = [name, *[""] * 40]
    for number, value in said.items():
        row[int(number[1:])] = value
    return "|".join(row).rstrip("|")


def rxe(**said: str) -> str:
    return fields("RXE", **{"_2": "A^Amox^L"} | said)


def rxo(**said: str) -> str:
    return fields("RXO", **{"_1": "A^Amox^L"} | said)


def picked(tree: Any, path: str) -> Any:
    """A part of a resource: ``dosageInstruction.0.doseAndRate``."""
    for step in path.split("."):
        tree = tree[int(step)] if step.isdecimal() else tree[step]
    return tree


def quantity(value: float, unit: str, code: str) -> JSON:
    return {"value": value, "unit": unit, "code": code, "system": UCUM}


DOSE = "dosageInstruction.0.doseAndRate.0"


@pytest.mark.parametrize(
    ("kind", "segment", "type_", "path", "expected"),
    [
        ("RDE^O11", rxe(_3="0.5g"), "MedicationRequest", f"{DOSE}.doseQuantity", (0.5, "g", "g")),
        ("RDE^O11", rxe(_3="0.5 g", _5="g"), "MedicationRequest", f"{DOSE}.doseQuantity",
         (0.5, "g", "g")),
        ("RDE^O11", rxe(_3="２片", _5="TAB^片"), "MedicationRequest", f"{DOSE}.doseQuantity",
         (2, "片", "{tablet}")),
        ("RDE^O11", rxe(_3="1g", _4="2g"), "MedicationRequest", f"{DOSE}.doseRange.high",
         (2, "g", "g")),
        ("RDE^O11", rxe(_3="0.5g", _5="G"), "MedicationRequest",
         f"{DOSE}.doseQuantity", (0.5, "G", "g")),
        ("RDE^O11", rxe(_1="0.5g^BID"), "MedicationRequest", f"{DOSE}.doseQuantity",
         (0.5, "g", "g")),
        ("RDE^O11", rxe(_1="0.5g&g^BID"), "MedicationRequest", f"{DOSE}.doseQuantity",
         (0.5, "g", "g")),
        ("RDE^O11", rxe(_10="10盒"), "MedicationRequest", "dispenseRequest.quantity",
         (10, "盒", "{box}")),
        ("RDE^O11", rxe(_10="10盒", _11="盒"), "MedicationRequest", "dispenseRequest.quantity",
         (10, "盒", "{box}")),
        ("RDE^O11", rxe(_3="1", _19="4g"), "MedicationRequest",
         "dosageInstruction.0.maxDosePerPeriod.numerator", (4, "g", "g")),
        ("RDE^O11", rxe(_3="1", _23="40滴/分"), "MedicationRequest", f"{DOSE}.rateQuantity",
         (40, "滴/分", "[drp]/min")),
        ("RDE^O11", rxe(_25="0.25g"), "Medication", "ingredient.0.strength.numerator",
         (0.25, "g", "g")),
        ("OMP^O09", rxo(_2="0.5g"), "MedicationRequest", f"{DOSE}.doseQuantity", (0.5, "g", "g")),
        ("OMP^O09", rxo(_11="10盒"), "MedicationRequest", "dispenseRequest.quantity",
         (10, "盒", "{box}")),
        ("RDS^O13", fields("RXD", _1="1", _2="A^Amox^L", _3="20260310", _4="2盒"),
         "MedicationDispense", "quantity", (2, "盒", "{box}")),
        ("RAS^O17", fields("RXA", _1="0", _2="1", _3="20260310", _5="A^Amox^L", _6="10ml"),
         "MedicationAdministration", "dosage.dose", (10, "ml", "mL")),
        ("VXU^V04", fields("RXA", _1="0", _2="1", _3="20260310", _5="A^Amox^CVX", _6="0.5ml"),
         "Immunization", "doseQuantity", (0.5, "ml", "mL")),
    ],
)  # fmt: skip
def test_a_unit_behind_its_number_is_the_unit(
    kind: str, segment: str, type_: str, path: str, expected: tuple[float, str, str]
) -> None:
    made = message(kind, PID, ORDER, segment)
    assert picked(one(made, type_), path) == quantity(*expected)
    assert not any(each.startswith(("bad-value", "kept")) for each in found(made))


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        ("0.5g", "", ("0.5", "g")),
        ("0.5g", "片", ("0.5g", "片")),  # half a gram, or tablets of it
        ("0.5g", "gram", ("0.5", "gram")),  # the same, by their codes
        ("3剂", "", ("3剂", "")),  # no unit that is known
        ("3剂", "剂", ("3", "剂")),  # the same that stands beside
        ("10盒", "BOX^盒", ("10", "BOX^盒")),
        ("2-3片", "", ("2-3片", "")),
        ("1/2片", "", ("1/2片", "")),
        ("<5g", "", ("<5g", "")),
        ("半片", "", ("半片", "")),
        ("5", "", ("5", "")),
        ("", "g", ("", "g")),
        ('""', "", ('""', "")),
    ],
)
def test_where_it_is_not_clear_what_is_the_unit_nothing_is_taken_apart(
    amount: str, unit: str, expected: tuple[str, str]
) -> None:
    units = {"g": "g", "gram": "g", "片": "{tablet}", "盒": "{box}"}
    segment = Segment("RXE", ["RXE", amount, unit], 1)
    MENDS["amount"](segment, 1, 2, units)
    assert (segment.fields[1], segment.fields[2]) == expected


def test_a_unit_behind_the_number_of_a_quantity() -> None:
    made = oru("SPM|1|S1||BLD||||||||5ml")
    assert one(made, "Specimen")["collection"]["quantity"] == quantity(5, "ml", "mL")
    made = message("RDE^O11", PID, ORDER, "TQ1|1|2片|BID|||5天", rxe())
    (dosage,) = one(made, "MedicationRequest")["dosageInstruction"]
    assert dosage["doseAndRate"] == [{"doseQuantity": quantity(2, "片", "{tablet}")}]
    bounds = dosage["timing"]["repeat"]["boundsDuration"]
    assert (bounds["value"], bounds["code"]) == (5, "d")


@pytest.mark.parametrize("written", ["5天", "天5", "5 天", "5日", "５天", "5days", "D5"])
def test_how_long_as_it_is_written_in_china(written: str) -> None:
    made = message("RDE^O11", PID, ORDER, rxe(_1=f"^BID^{written}", _3="1", _5="片"), version="2.4")
    (dosage,) = one(made, "MedicationRequest")["dosageInstruction"]
    bounds = dosage["timing"]["repeat"]["boundsDuration"]
    assert (bounds["value"], bounds["code"]) == (5, "d")
    assert found(made) == []


@pytest.mark.parametrize("unit", ["D", "D&天", "天", "d&days"])
def test_a_unit_of_time_may_have_a_name(unit: str) -> None:
    made = message(
        "RDE^O11", PID, ORDER, f"TQ1|1||BID|||5^{unit}|||||||30^{unit}", rxe(_3="1"),
        f"RXV||||||||||||||7.5|mL|1^{unit}",
    )  # fmt: skip
    (dosage,) = one(made, "MedicationRequest")["dosageInstruction"]
    repeat = dosage["timing"]["repeat"]
    assert (repeat["boundsDuration"]["value"], repeat["boundsDuration"]["code"]) == (5, "d")
    assert (repeat["duration"], repeat["durationUnit"]) == (30, "d")
    assert dosage["maxDosePerPeriod"]["denominator"]["code"] == "d"


# -- in words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ((rxe(_1="半片^BID"),), ["半片"]),
        ((rxe(_1="1/2&片^BID"),), ["1/2 片"]),
        (("TQ1|1|半片^片|BID", rxe()), ["半片"]),
        ((rxe(_1="半片^BID", _3="半片"),), ["半片"]),  # told twice, it is two halves
        ((rxe(_1="半片^BID", _3="适量"),), ["半片", "适量"]),
    ],
)
def test_a_timing_s_dose_in_words_is_told_in_words(
    segments: tuple[str, ...], words: list[str]
) -> None:
    made = message("RDE^O11", PID, ORDER, *segments, version="2.4")
    (dosage,) = one(made, "MedicationRequest")["dosageInstruction"]
    assert [each["text"] for each in dosage["additionalInstruction"]] == words
    assert "doseAndRate" not in dosage
    assert found(made) == []


@pytest.mark.parametrize(
    ("kind", "segment", "type_", "path", "place"),
    [
        ("RDE^O11", rxe(_10="若干", _11="盒"), "MedicationRequest", "dispenseRequest.quantity",
         "RXE-10"),
        ("OMP^O09", rxo(_11="若干", _12="盒"), "MedicationRequest", "dispenseRequest.quantity",
         "RXO-11"),
        ("RDS^O13", fields("RXD", _1="1", _2="A^A", _3="20260310", _4="若干", _5="盒"),
         "MedicationDispense", "quantity", "RXD-4"),
        ("OMG^O19", "TQ1|1|若干^盒|BID\rOBR|1|P1||A^Aa^L", "ServiceRequest", "quantityQuantity",
         "TQ1-2"),
    ],
)  # fmt: skip
def test_an_amount_in_words_stays_with_its_unit_and_is_found(
    kind: str, segment: str, type_: str, path: str, place: str
) -> None:
    """The unit alone may be read as one of it."""
    made = message(kind, PID, ORDER, *segment.split("\r"))
    assert picked(one(made, type_), path) == {
        "extension": [{"url": AS_WRITTEN, "valueString": "若干 盒"}]
    }
    assert found(made) == [f"kept-as-text {place}"]


@pytest.mark.parametrize(
    ("written", "expected", "findings"),
    [
        ("2", {"value": 2}, []),
        ("2盒", quantity(2, "盒", "{box}"), []),
        ("2^盒", quantity(2, "盒", "{box}"), []),
        ("2^Q7", {"value": 2, "unit": "Q7"}, []),
        ("2^盒^Q7", quantity(2, "盒", "{box}"), ["unmapped-component FT1-10.3"]),
        ("若干", {"extension": [{"url": AS_WRITTEN, "valueString": "若干"}]},
         ["kept-as-text FT1-10"]),
    ],
)  # fmt: skip
def test_how_much_is_charged_for(written: str, expected: JSON, findings: list[str]) -> None:
    """FT1-10 is a number (NM), behind which some write the unit."""
    made = message("DFT^P03", PID, f"FT1|1|||20260301||CG|A^a^L|||{written}")
    assert (one(made, "ChargeItem")["quantity"], found(made)) == (expected, findings)
