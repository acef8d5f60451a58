"""Reference ranges: their ends have the unit of the result, or their own, however it is written."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import found, obx, one, oru

MG = {"unit": "mg/dL", "code": "mg/dL", "system": "http://unitsofmeasure.org"}


def ranged(text: str, unit: str = "mg/dL") -> tuple[dict[str, Any], list[str]]:
    """The reference range of a result, without its text, and what was found."""
    made = oru(obx("NM", "5", unit, text))
    (range_,) = one(made, "Observation")["referenceRange"]
    assert range_.pop("text") == text
    return range_, found(made)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("4-6", 4, 6),
        ("4\u20136", 4, 6),
        ("(4-6)", 4, 6),
        ("(4-6) mg/dL", 4, 6),
        ("4 - 6 mg/dl", 4, 6),
        ("4 to 6", 4, 6),
        ("-2 - +2", -2, 2),
        ("<6", None, 6),
        ("４．０－６．０", 4, 6),
        ("４～６", 4, 6),
        ("≥4mg/dL", 4, None),
    ],
)
def test_ends_have_the_unit_of_the_result(text: str, low: int | None, high: int | None) -> None:
    ends = {"low": low, "high": high}
    expected = {name: {"value": end, **MG} for name, end in ends.items() if end is not None}
    assert ranged(text) == (expected, [])


def test_ends_have_no_unit_where_the_result_has_none() -> None:
    assert ranged("4-6", "") == ({"low": {"value": 4}, "high": {"value": 6}}, [])


def test_a_unit_that_is_nobody_s_stays_as_written() -> None:
    low = ranged("4-6", "FOO^foo unit^L")[0]["low"]
    assert (low["unit"], low["code"]) == ("foo unit", "FOO")
    assert low["system"].endswith("/L")


@pytest.mark.parametrize("text", ["6-4", "negative", "男:4-6", "4-6 (female 3-5)", "-"])
def test_what_is_no_range_is_text_alone(text: str) -> None:
    assert ranged(text) == ({}, [])


@pytest.mark.parametrize(
    ("text", "unit", "ends"),
    [
        ("4-6 g/L", "mg/dL", {"low": (4, "g/L", "g/L"), "high": (6, "g/L", "g/L")}),
        ("< 5 mmol/L", "mg/dL", {"high": (5, "mmol/L", "mmol/L")}),
        ("4-6 IU/L", "U/L", {"low": (4, "IU/L", "[IU]/L"), "high": (6, "IU/L", "[IU]/L")}),
        ("4-6 %", "", {"low": (4, "%", "%"), "high": (6, "%", "%")}),
    ],
)
def test_a_range_in_another_unit_has_that_one_and_is_found(
    text: str, unit: str, ends: dict[str, tuple[int, str, str]]
) -> None:
    """Beside a result without a unit, it contradicts nothing."""
    expected = {
        end: {"value": value, "unit": written, "code": code, "system": MG["system"]}
        for end, (value, written, code) in ends.items()
    }
    assert ranged(text, unit) == (expected, ["kept-as-text OBX-7"] if unit else [])


@pytest.mark.parametrize(
    ("text", "unit", "code"),
    [
        ("50-110 μmol/L", "umol/L", "umol/L"),
        ("4-10 10^9/L", "×10^9/L", "10*9/L"),
        ("3.9-6.1 毫摩尔/升", "mmol/L", "mmol/L"),
        ("11-14秒", "s", "s"),
        ("3.9-6.1 mmol/L", "mmol/L^毫摩尔/升", "mmol/L"),
    ],
)
def test_the_unit_of_the_result_may_be_written_otherwise(text: str, unit: str, code: str) -> None:
    ends, said = ranged(text, unit)
    written = unit.rpartition("^")[2] if "毫" in unit else unit
    assert {(each["unit"], each["code"]) for each in ends.values()} == {(written, code)}
    assert said == []


@pytest.mark.parametrize("text", ["4-6 空腹", "4-6 abc", "<0.05无反应", "≥60 abc"])
def test_a_word_behind_a_range_that_is_no_unit_takes_its_ends_and_is_found(text: str) -> None:
    """It is kept as text, so that it is not left out."""
    assert ranged(text) == ({}, ["kept-as-text OBX-7"])
    resource = one(oru(obx("NM", "5", "mg", text)), "Observation")
    assert resource["referenceRange"] == [{"text": text}]


def test_a_comparator_alone_is_kept_as_text() -> None:
    resource = one(oru(obx("SN", ">^^", "mg")), "Observation")
    assert resource["valueString"] == "> mg"
    assert "valueQuantity" not in resource
