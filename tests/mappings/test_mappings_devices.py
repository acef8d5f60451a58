"""Devices at the bedside (IHE PCD-01): what monitors number is what others call by LOINC."""

from __future__ import annotations

import pytest
from speaking import JSON, found, of, one, oru

MDC = "urn:iso:std:iso:11073:10101"
RATE = "147842^MDC_ECG_HEART_RATE^MDC"


def measured(code: str = RATE, unit: str = "", access: str = "") -> tuple[JSON, list[str]]:
    """What a monitor measured, and what is found."""
    made = oru(f"OBX|1|NM|{code}|1.1.1.1|88|{unit}|||||F||{access}|20260301100000", version="2.6")
    return one(made, "Observation"), found(made)


@pytest.mark.parametrize(
    ("code", "loinc"),
    [
        (RATE, "8867-4"),
        ("149530^MDC_PULS_OXIM_PULS_RATE^MDC", "8867-4"),
        ("150456^MDC_PULS_OXIM_SAT_O2^MDC", "59408-5"),
        ("150021^MDC_PRESS_BLD_NONINV_SYS^MDC", "8480-6"),
        ("150022^MDC_PRESS_BLD_NONINV_DIA^MDC", "8462-4"),
        ("150364^MDC_TEMP_BODY^MDC", "8310-5"),
        ("151562^MDC_RESP_RATE^MDC", "9279-1"),
    ],
)
def test_a_vital_sign_is_one_by_whichever_name(code: str, loinc: str) -> None:
    """A heart rate was a code of the hospital's own, which no search for vital signs found."""
    observation, _ = measured(code)
    own, meant = observation["code"]["coding"]
    assert (own["system"], own["code"]) == (MDC, code.partition("^")[0])
    assert (meant["system"], meant["code"]) == ("http://loinc.org", loinc)
    assert observation["category"][-1]["coding"][0]["code"] == "vital-signs"


def test_what_nobody_else_has_a_number_for_is_of_the_devices_nomenclature() -> None:
    observation, _ = measured("157784^MDC_FLOW_FLUID_PUMP^MDC")
    assert [each["system"] for each in observation["code"]["coding"]] == [MDC]


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("264864^MDC_DIM_BEAT_PER_MIN^MDC", "/min"),
        ("MDC_DIM_MMHG", "mm[Hg]"),
        ("265266^MDC_DIM_MILLI_L_PER_HR^MDC^mL/h^mL/h^UCUM", "mL/h"),
        ("999999^MDC_DIM_NEW^MDC^mmol/h^mmol/h^UCUM", "mmol/h"),
        ("11^mmHg^MON", "mm[Hg]"),
        ("mGy*cm", "mGy.cm"),
        ("HU", "[hnsf'U]"),
        ("ml/24小时", "mL/(24.h)"),
    ],
)
def test_the_unit_of_a_device_is_ucums(unit: str, code: str) -> None:
    """By its number, by its name, or by UCUM's code, which stands beside it."""
    observation, findings = measured(unit=unit)
    quantity = observation["valueQuantity"]
    assert (quantity["system"], quantity["code"]) == ("http://unitsofmeasure.org", code)
    assert set(findings) <= {"already-filled OBX-6.1"}


def test_a_number_of_a_unit_that_nobody_knows_stays_the_senders() -> None:
    quantity = measured(unit="999999^MDC_DIM_NEW^MDC")[0]["valueQuantity"]
    assert (quantity["system"], quantity["code"]) == (MDC, "999999")


@pytest.mark.parametrize("word", ["APERIODIC", "PERIODIC"])
def test_how_a_monitor_measures_keeps_nobody_away(word: str) -> None:
    """Every blood pressure of a ward was restricted: its monitors write so in OBX-13."""
    observation, findings = measured(access=word)
    assert "security" not in observation.get("meta", {})
    assert findings == []


@pytest.mark.parametrize(
    ("access", "labels", "expected"),
    [
        ("APERIODIC~R", ["R"], ["not-applicable OBX-13"]),
        ("R~APERIODIC", ["R"], ["not-applicable OBX-13[2]"]),
        ("12~V", ["V"], ["not-applicable OBX-13"]),
        ("V~12", ["V"], ["not-applicable OBX-13[2]"]),
        ("APERIODIC~12~R~V", ["R", "V"], ["not-applicable OBX-13", "not-applicable OBX-13[2]"]),
        ("APERIODIC~PERIODIC", [], ["not-applicable OBX-13", "not-applicable OBX-13[2]"]),
    ],
)
def test_a_restriction_counts_wherever_it_stands(
    access: str, labels: list[str], expected: list[str]
) -> None:
    """Behind a monitor's word a restriction was dropped; nobody was told, and everybody saw it."""
    observation, findings = measured(access=access)
    security = observation.get("meta", {}).get("security", [])
    assert [label["code"] for label in security] == labels
    assert findings == expected


@pytest.mark.parametrize("access", ["APERIODIC~R", "12~R"])
def test_an_impression_with_a_restriction_behind_stays_out_of_the_report(access: str) -> None:
    made = oru(f"OBX|1|TX|19005-8^Impression^LN||regular||||||F||{access}")
    assert "conclusion" not in one(made, "DiagnosticReport")


def test_an_impression_that_was_measured_so_is_a_conclusion() -> None:
    made = oru("OBX|1|TX|19005-8^Impression^LN||regular||||||F||APERIODIC")
    assert [each["conclusion"] for each in of(made, "DiagnosticReport")] == ["regular"]
