"""How fast a drug is given, and the most in a day: ordered, encoded, given out, given (4A)."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, one

UCUM = "http://unitsofmeasure.org"


def of_fields(name: str, **fields: str) -> str:
    """A segment with the fields given: ``f2`` is its second."""
    numbered = {int(key[1:]): text for key, text in fields.items()}
    return "|".join([name, *(numbered.get(n, "") for n in range(1, max(numbered) + 1))])


def amount(value: float, unit: str) -> JSON:
    return {"value": value, "unit": unit, "code": unit, "system": UCUM}


def over(number: float, unit: str, time: int, time_unit: str = "h") -> JSON:
    return {"numerator": amount(number, unit), "denominator": amount(time, time_unit)}


@pytest.mark.parametrize(
    ("fields", "rate"),
    [
        ({"f21": "100", "f22": "mL/h"}, {"rateQuantity": amount(100, "mL/h")}),
        ({"f17": "H8", "f21": "1000", "f22": "mL"}, {"rateRatio": over(1000, "mL", 8)}),
        ({"f2": "500", "f4": "mL", "f17": "H4"},
         {"doseQuantity": amount(500, "mL"), "rateRatio": over(500, "mL", 4)}),
        ({"f2": "500", "f4": "mL", "f21": "100", "f22": "mL/h"},
         {"doseQuantity": amount(500, "mL"), "rateQuantity": amount(100, "mL/h")}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["OMP^O09", "ORM^O01", "RDE^O11"])
def test_an_order_says_how_fast_its_drug_is_to_be_given(
    kind: str, fields: dict[str, str], rate: JSON
) -> None:
    """RXO-17, RXO-21, RXO-22: the ward has the rate of a drip before the pharmacy encodes it."""
    encoded = ["RXE||A^a^L"] if kind == "RDE^O11" else []
    made = message(kind, PID, "ORC|NW|P1", of_fields("RXO", f1="A^a^L", **fields), *encoded)
    ((given,),) = (
        dosage["doseAndRate"] for dosage in one(made, "MedicationRequest")["dosageInstruction"]
    )
    assert given.pop("type")["coding"][0]["code"] == "ordered"
    assert given == rate
    assert [f.location for f in made.findings] == []


def test_an_ordered_rate_that_is_no_rate_is_found() -> None:
    rxo = of_fields("RXO", f1="A^a^L", f17="7", f21="fast", f22="mL")
    made = message("OMP^O09", PID, "ORC|NW|P1", rxo)
    assert "dosageInstruction" not in one(made, "MedicationRequest")
    assert {each.split()[1].partition(".")[0] for each in found(made)} == {
        "RXO-17", "RXO-21", "RXO-22",
    }  # fmt: skip


def test_what_was_given_says_in_what_time() -> None:
    rxa = of_fields("RXA", f1="0", f2="1", f3="20260301", f5="A^a^L", f6="500", f7="mL", f12="M30")
    made = message("RAS^O17", PID, "ORC|RE|P1", rxa)
    dosage = one(made, "MedicationAdministration")["dosage"]
    assert dosage == {"dose": amount(500, "mL"), "rateRatio": over(500, "mL", 30, "min")}
    assert [f.location for f in made.findings] == []


def test_in_what_time_an_unknown_amount_was_given_is_found() -> None:
    rxa = of_fields("RXA", f1="0", f2="1", f3="20260301", f5="A^a^L", f6="999", f12="M30")
    made = message("RAS^O17", PID, "ORC|RE|P1", rxa)
    assert "dosage" not in one(made, "MedicationAdministration")
    assert found(made) == ["not-applicable RXA-6", "not-applicable RXA-12"]


@pytest.mark.parametrize(
    ("kind", "segment", "type_"),
    [
        ("OMP^O09", of_fields("RXO", f1="A^a^L", f23="3^g"), "MedicationRequest"),
        ("RDS^O13", of_fields("RXD", f1="1", f2="A^a^L", f3="20260301", f12="3^g"),
         "MedicationDispense"),
    ],
)  # fmt: skip
def test_the_most_in_a_day(kind: str, segment: str, type_: str) -> None:
    """RXO-23 and RXD-12, as RXE-19."""
    made = message(kind, PID, "ORC|NW|P1", segment)
    (dosage,) = one(made, type_)["dosageInstruction"]
    assert dosage == {
        "maxDosePerPeriod": {
            "numerator": amount(3, "g"),
            "denominator": {**amount(1, "d"), "unit": "day"},
        }
    }
    assert [f.location for f in made.findings] == []


@pytest.mark.parametrize("kind", ["OMP^O09", "RDE^O11"])
@pytest.mark.parametrize(
    ("fields", "most", "findings"),
    [
        ({"f12": "30", "f13": "mg", "f16": "4^h"}, over(30, "mg", 4), []),
        ({"f14": "20", "f15": "mL", "f16": "4^h"}, over(20, "mL", 4), []),
        ({"f12": "30", "f13": "mg", "f16": "4^mg"}, None, ["RXV-12", "RXV-13", "RXV-16"]),
    ],
)  # fmt: skip
def test_the_most_of_an_infusion_in_a_time(
    kind: str, fields: dict[str, str], most: JSON | None, findings: list[str]
) -> None:
    drug = "RXO|M^Morphine^L" if kind == "OMP^O09" else "RXE||M^Morphine^L"
    rxv = of_fields("RXV", f1="1", **fields)
    made = message(kind, PID, "ORC|NW|P1", drug, "RXR|IV", rxv, version="2.8.2")
    (dosage,) = one(made, "MedicationRequest")["dosageInstruction"]
    assert dosage.get("maxDosePerPeriod") == most
    assert sorted({f.location.partition(".")[0] for f in made.findings}) == findings


def test_a_bolus_that_has_no_place_is_found() -> None:
    rxv = of_fields("RXV", f1="1", f2="L", f3="2", f4="mg", f7="P", f17="10^min")
    made = message("OMP^O09", PID, "ORC|NW|P1", "RXO|M^Morphine^L", rxv, version="2.8.2")
    assert {f.location for f in made.findings if f.code == "unmapped-field"} == {
        "RXV-2", "RXV-3", "RXV-4", "RXV-7", "RXV-17",
    }  # fmt: skip
