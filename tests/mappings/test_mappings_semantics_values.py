"""The ways to a value: every type that OBX-2 names becomes what FHIR has for it, or text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from speaking import found, obx, of, one, oru, value_of

MG = {"unit": "mg", "code": "mg", "system": "http://unitsofmeasure.org"}


def quantity(value: Any, **more: Any) -> dict[str, Any]:
    return {"value": value, **more, **MG}


@pytest.mark.parametrize(
    ("kind", "value", "name", "content"),
    [
        ("NM", "5", "valueQuantity", quantity(5)),
        ("NM", "<0.01", "valueQuantity", quantity(0.01, comparator="<")),
        ("NM", "≥ 7.80", "valueQuantity", quantity(Decimal("7.80"), comparator=">=")),
        ("NM", "-3", "valueQuantity", quantity(-3)),
        ("ST", "7.8", "valueQuantity", quantity(7.8)),
        ("ST", "＞1000", "valueQuantity", quantity(1000, comparator=">")),
        ("SN", "^5", "valueQuantity", quantity(5)),
        ("SN", "<^5", "valueQuantity", quantity(5, comparator="<")),
        ("SN", "<=^5", "valueQuantity", quantity(5, comparator="<=")),
        ("SN", ">=^5", "valueQuantity", quantity(5, comparator=">=")),
        ("SN", ">^5", "valueQuantity", quantity(5, comparator=">")),
        ("SN", "=^5", "valueQuantity", quantity(5)),
        ("SN", "≥^5", "valueQuantity", quantity(5, comparator=">=")),
        ("SN", "≤^5", "valueQuantity", quantity(5, comparator="<=")),
        ("SN", " ＞^5", "valueQuantity", quantity(5, comparator=">")),
        ("SN", "＜=^5", "valueQuantity", quantity(5, comparator="<=")),
        ("SN", "more^5", "valueString", "more 5 mg"),
        ("SN", "about^1^-^2", "valueString", "about 1 - 2 mg"),
        ("SN", "about^1^:^2", "valueString", "about 1 : 2 mg"),
        ("SN", "5", "valueQuantity", quantity(5)),
        ("SN", "<5", "valueQuantity", quantity(5, comparator="<")),
        ("SN", "^5^-^high", "valueString", "5 - high mg"),
        ("SN", "^10^^20", "valueString", "10 20 mg"),
        ("SN", ">", "valueString", "> mg"),
        ("SN", "<>^5", "valueString", "<> 5 mg"),
        ("SN", "^10^+", "valueString", "10 + mg"),
        ("CQ", "5^g&gram&UCUM", "valueQuantity",
         {"value": 5, "unit": "gram", "code": "g", "system": "http://unitsofmeasure.org"}),
        ("CQ", "<5^mg", "valueQuantity", quantity(5, comparator="<")),
        ("MO", "12.50^元", "valueQuantity",
         {"value": Decimal("12.50"), "unit": "元", "code": "CNY",
          "system": "urn:iso:std:iso:4217"}),
        ("MO", "12.50", "valueQuantity",
         {"value": Decimal("12.50"), "code": "CNY", "system": "urn:iso:std:iso:4217"}),
        ("MO", "12.50^CNY", "valueQuantity",
         {"value": Decimal("12.50"), "unit": "CNY", "code": "CNY",
          "system": "urn:iso:std:iso:4217"}),
        ("CP", "3&USD^UP", "valueQuantity",
         {"value": 3, "unit": "USD", "code": "USD", "system": "urn:iso:std:iso:4217"}),
        ("NR", "1^5", "valueRange", {"low": quantity(1), "high": quantity(5)}),
        ("NR", "^5", "valueRange", {"high": quantity(5)}),
        ("VR", "1^5", "valueString", "1-5"),
        ("DT", "202603", "valueDateTime", "2026-03"),
        ("TS", "20260301", "valueDateTime", "2026-03-01"),
        ("DTM", "202603010930+0100", "valueDateTime", "2026-03-01T09:30:00+01:00"),
        ("TM", "0930", "valueTime", "09:30:00"),
        ("DR", "20260101^20260201", "valuePeriod", {"start": "2026-01-01", "end": "2026-02-01"}),
        ("XCN", "D1^Li^Wei", "valueString", "D1 Li Wei"),
        ("CX", "123^^^H", "valueString", "123   H"),
        ("IS", "A", "valueCodeableConcept", {"coding": [{"code": "A"}]}),
        ("", "一切^正常", "valueString", "一切^正常"),
        ("ST", "A & B", "valueString", "A & B"),
    ],
)  # fmt: skip
def test_a_value_is_of_its_type(kind: str, value: str, name: str, content: Any) -> None:
    unit = "" if name == "valueString" and kind in {"", "ST"} else "mg"
    assert value_of(kind, value, unit) == (name, content)


def test_a_range_and_a_ratio_have_the_unit_of_the_result() -> None:
    name, span = value_of("SN", "^1^-^5", "mg")
    assert (name, span["low"], span["high"]) == ("valueRange", quantity(1), quantity(5))
    for between in "－～—":
        name, span = value_of("SN", f"^1^{between}^5", "mg")
        assert (name, span["low"], span["high"]) == ("valueRange", quantity(1), quantity(5))
    for between in ":/：／":
        name, ratio = value_of("SN", f"^1^{between}^128", "mg")
        assert (name, ratio["numerator"]) == ("valueRatio", quantity(1))
        assert ratio["denominator"] == {"value": 128}
        assert [e["valueString"] for e in ratio["extension"]] == [f"1 {between} 128"]


@pytest.mark.parametrize(
    ("kind", "value", "content"),
    [
        ("NA", "1^2^3", {"data": "1 2 3", "dimensions": 1}),
        ("NA", "１^２．５", {"data": "1 2.5", "dimensions": 1}),
        ("NA", "1^2~3^4", {"data": "1 2 3 4", "dimensions": 2}),
        ("MA", "1^2^3", {"data": "1 2 3", "dimensions": 3}),
        ("MA", "1^2~3^", {"data": "1 2 3 E", "dimensions": 2}),
    ],
)
def test_series_are_sampled_data(kind: str, value: str, content: dict[str, Any]) -> None:
    wanted = {**content, "origin": {"value": 0, **MG}, "period": 0}
    assert value_of(kind, value, "mg") == ("valueSampledData", wanted)


@pytest.mark.parametrize("kind", ["NA", "MA"])
def test_a_series_of_words_is_kept_as_text(kind: str) -> None:
    made = oru(obx(kind, "1^high"))
    assert one(made, "Observation")["valueString"] == "1^high"
    assert found(made) == ["kept-as-text OBX-5"]


@pytest.mark.parametrize(
    ("kind", "value", "name", "contents"),
    [
        ("NM", "1~2.50", "valueQuantity", [quantity(1), quantity(Decimal("2.50"))]),
        ("SN", "<^1~^2", "valueQuantity", [quantity(1, comparator="<"), quantity(2)]),
        ("NR", "1^2~3^4", "valueRange", [
            {"low": quantity(1), "high": quantity(2)}, {"low": quantity(3), "high": quantity(4)}]),
        ("DT", "2026~202602", "valueDateTime", ["2026", "2026-02"]),
        ("TM", "0930~103015", "valueTime", ["09:30:00", "10:30:15"]),
        ("DR", "2025^2026~2026", "valuePeriod",
         [{"start": "2025", "end": "2026"}, {"start": "2026"}]),
        ("CWE", "A~B", "valueCodeableConcept",
         [{"coding": [{"code": "A"}]}, {"coding": [{"code": "B"}]}]),
        ("VR", "1^2~3^4", "valueString", ["1-2", "3-4"]),
        ("XPN", "Li^Wei~Wu^Bo", "valueString", ["Li Wei", "Wu Bo"]),
        ("SN", "<>^1~^5^+", "valueString", ["<> 1 mg", "5 + mg"]),
    ],
)  # fmt: skip
def test_several_values_are_components(
    kind: str, value: str, name: str, contents: list[Any]
) -> None:
    element, components = value_of(kind, value, "mg")
    assert element == "component"
    assert [c[name] for c in components] == contents
    assert {c["code"]["text"] for c in components} == {"x"}


def test_several_ranges_and_ratios_are_components() -> None:
    _, (first, second) = value_of("SN", "^1^-^2~^3^:^4", "mg")
    assert first["valueRange"]["high"] == quantity(2)
    assert second["valueRatio"]["numerator"] == quantity(3)


def test_a_component_that_does_not_fit_is_kept_as_text() -> None:
    made = oru(obx("NM", "1~high", "mg"))
    assert one(made, "Observation")["component"][1]["valueString"] == "high"
    assert found(made) == ["kept-as-text OBX-5[2]"]


def test_several_texts_are_the_lines_of_one() -> None:
    assert value_of("ST", "a~b") == ("valueString", "a\nb")
    assert value_of("ST", "1~2", "mg")[1] == "1\n2"


@pytest.mark.parametrize(("kind", "said"), [("ST", []), ("NM", ["kept-as-text OBX-5"])])
def test_a_text_with_a_unit_keeps_both(kind: str, said: list[str]) -> None:
    made = oru(obx(kind, "阴性", "mg^milligram"))
    observation = one(made, "Observation")
    assert observation["valueString"] == "阴性"
    (extension,) = observation["_valueString"]["extension"]
    assert extension["valueString"] == "milligram"
    assert found(made) == said


@pytest.mark.parametrize("kind", ["NM", "ST", "TX", ""])
@pytest.mark.parametrize(
    "value", ["<0.01(阴性)", ">1000!", "> 1,000", "<1:40", "＞1000H", "<0.01^x", "<=", ">"]
)
def test_what_begins_with_a_comparator_and_is_no_number_is_kept_as_text(
    kind: str, value: str
) -> None:
    for unit in ("", "mg"):
        observation = one(oru(obx(kind, value, unit)), "Observation")
        assert observation["valueString"] == value
        assert "valueQuantity" not in observation
        assert len(observation.get("_valueString", {}).get("extension", ())) == bool(unit)


def test_a_comparator_that_is_not_known_stays_with_its_number_among_several() -> None:
    first, second = one(oru(obx("SN", "＞^5~more^6", "mg")), "Observation")["component"]
    assert first["valueQuantity"] == quantity(5, comparator=">")
    assert second["valueString"] == "more 6 mg"


def test_of_several_values_one_that_is_no_number_is_kept_as_text() -> None:
    components = one(oru(obx("NM", "5~<6(x)~<7", "mg")), "Observation")["component"]
    assert components[0]["valueQuantity"] == quantity(5)
    assert components[1]["valueString"] == "<6(x)"
    assert components[2]["valueQuantity"] == quantity(7, comparator="<")


def test_a_number_without_a_unit_that_is_called_text_stays_text() -> None:
    assert value_of("ST", "7.8") == ("valueString", "7.8")


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("4.0-6.0", Decimal("4.0"), Decimal("6.0")),
        ("3.9~6.1", 3.9, 6.1),
        ("3.9～6.1", 3.9, 6.1),
        ("-2--1", -2, -1),
        ("4.0\u20136.0", Decimal("4.0"), Decimal("6.0")),
        ("(4.1-6.2)", 4.1, 6.2),
        ("[4.1 至 6.2]", 4.1, 6.2),
        ("6.1-4.2", None, None),
        ("<5", None, 5),
        ("≥60", 60, None),
        ("阴性", None, None),
        ("1.2.3-4", None, None),
        ("<x", None, None),
    ],
)
def test_reference_ranges(written: str, low: Any, high: Any) -> None:
    (range_,) = one(oru(obx("NM", "5", "", written)), "Observation")["referenceRange"]
    assert range_.pop("text") == written
    wanted = {"low": low, "high": high}
    assert range_ == {n: {"value": v} for n, v in wanted.items() if v is not None}


def test_the_specimen_of_a_result_is_the_one_that_spm_describes() -> None:
    made = oru("OBX|1|NM|X||1||||||F" + "|" * 22 + "S1&LIS^S2&LAB", "SPM|1|S1&LIS^S2&LAB||BLD")
    specimen = one(made, "Specimen")
    assert [i["value"] for i in specimen["identifier"]] == ["S1", "S2"]
    assert "type" in specimen
    reference = one(made, "Observation")["specimen"]["reference"]
    assert reference == f"Specimen/{specimen['id']}"
    assert one(made, "DiagnosticReport")["specimen"] == [{"reference": reference}]


def test_the_first_of_several_specimens_is_referred_to_and_the_others_are_found() -> None:
    made = oru("OBX|1|NM|X||1||||||F" + "|" * 22 + "S1~S2")
    assert one(made, "Specimen")["identifier"][0]["value"] == "S1"
    assert found(made) == ["extra-repetition OBX-33"]


def test_why_there_is_no_value() -> None:
    made = oru("OBX|1|NM|X||" + "|" * 27 + "M^missing^L")
    assert one(made, "Observation")["dataAbsentReason"]["text"] == "missing"


@pytest.mark.parametrize("status", ["X", "N"])
def test_the_reason_that_is_given_comes_before_what_the_status_suggests(status: str) -> None:
    empty = "OBX|1|NM|X||||||||" + status
    made = oru(empty + "|" * 21 + "NAV^Not available^L")
    assert one(made, "Observation")["dataAbsentReason"]["text"] == "Not available"
    assert found(made) == []
    (reason,) = one(oru(empty), "Observation")["dataAbsentReason"]["coding"]
    assert reason["code"] == {"X": "error", "N": "not-asked"}[status]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("mmol/L", "mmol/L"), ("×10^9/L", "10*9/L"), ("10*9/L", "10*9/L"), ("10^9/L", "10*9/L"),
        ("次/分", "/min"), ("mmHg", "mm[Hg]"), ("℃", "Cel"), ("°C", "Cel"), ("μmol/L", "umol/L"),
        ("µmol/L", "umol/L"), ("umol/L", "umol/L"), ("u/L", "U/L"), ("IU/ml", "[IU]/mL"),
        ("%", "%"), ("g/L", "g/L"), ("cm", "cm"), ("kg", "kg"), ("pg/ml", "pg/mL"),
        ("x10E9/L", "10*9/L"), ("秒", "s"), ("毫米汞柱", "mm[Hg]"), ("kg/m2", "kg/m2"),
        ("mV", "mV"), ("K/UL", "10*3/uL"), ("M/UL", "10*6/uL"), ("THOU/uL", "10*3/uL"),
        ("10e9/L", "10*9/L"), ("10^3/ul", "10*3/uL"), ("cells/uL", "{cells}/uL"),
        ("NG/DL", "ng/dL"), ("UIU/ML", "u[IU]/mL"), ("MM/HR", "mm/h"), ("mg/24h", "mg/(24.h)"),
        ("mL/min/1.73m^2", "mL/min/{1.73_m2}"), ("AU/mL", "[arb'U]/mL"), ("Ratio", "{ratio}"),
        ("sec.", "s"), ("拷贝/ml", "{copies}/mL"),
        ("ng/ml", "ng/mL"), ("mm/h", "mm/h"), ("岁", "a"), ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
    ],
)  # fmt: skip
def test_units_are_ucum_with_the_original_beside(written: str, code: str) -> None:
    _, made = value_of("NM", "5", written.replace("^", "\\S\\"))
    assert made == {
        "value": 5, "unit": written, "code": code, "system": "http://unitsofmeasure.org",
    }  # fmt: skip


@pytest.mark.parametrize("written", ["10^9/L", "×10^12/L", "10^9/L^^L", "10~9/L"])
def test_a_power_in_a_unit_is_no_separator(written: str) -> None:
    _, made = value_of("NM", "5", written)
    assert made["code"] in {"10*9/L", "10*12/L"}
    assert made["unit"] in {"10^9/L", "×10^12/L"}


@pytest.mark.parametrize("kind", ["NM", "ST", "SN"])
@pytest.mark.parametrize(
    "written",
    ["10^4copies/ml", "10^3IU/mL", "10^5 CFU/mL", "10^6拷贝/ml", "10^-6mol/L", "x10^6CFU/mL"],
)
def test_a_power_stands_before_any_unit(kind: str, written: str) -> None:
    _, made = value_of(kind, "^5.1" if kind == "SN" else "5.1", written)
    assert made == {"value": 5.1, "unit": written}


@pytest.mark.parametrize("written", ["10^scoops^L", "10^12.5 mg^L"])
def test_a_unit_of_code_ten_is_no_power(written: str) -> None:
    assert value_of("NM", "5", written)[1]["code"] == "10"


@pytest.mark.parametrize("written", ["3.5^5.5", "4-6 x10^9/L"])
def test_a_power_in_a_range_is_no_separator(written: str) -> None:
    resource = one(oru(f"OBX|1|NM|G||5|x10^9/L|{written}||||F"), "Observation")
    assert resource["referenceRange"][0]["text"] == written


def test_an_unknown_unit_stays_as_written() -> None:
    assert value_of("NM", "5", "格") == ("valueQuantity", {"value": 5, "unit": "格"})


def test_results_of_one_code_at_different_times_are_not_joined() -> None:
    made = oru("OBX|1|NM|G||5|||||||||202603010900", "OBX|2|NM|G||6|||||||||202603011000")
    assert [o["valueQuantity"]["value"] for o in of(made, "Observation")] == [5, 6]
    assert len({o["id"] for o in of(made, "Observation")}) == 2


@pytest.mark.parametrize("kind", ["", "ZZ", "CE", "CWE", "IS"])
def test_a_number_with_a_unit_is_a_quantity_whatever_its_type_is_called(kind: str) -> None:
    assert value_of(kind, "5.1", "mg") == ("valueQuantity", quantity(5.1))
    assert value_of(kind, "<5", "mg") == ("valueQuantity", quantity(5, comparator="<"))


@pytest.mark.parametrize("kind", ["", "ZZ", "TM", "DT"])
def test_any_text_keeps_the_unit_beside_it(kind: str) -> None:
    resource = one(oru(obx(kind, "pending", "mg")), "Observation")
    assert resource["valueString"] == "pending"
    assert [e["valueString"] for e in resource["_valueString"]["extension"]] == ["mg"]


def test_a_text_among_numbers_keeps_the_unit_beside_it() -> None:
    number, text = one(oru(obx("NM", "1~abc", "mg")), "Observation")["component"]
    assert number["valueQuantity"] == quantity(1)
    assert text["valueString"] == "abc"
    assert [e["valueString"] for e in text["_valueString"]["extension"]] == ["mg"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("CWE", "POS^positive^L"), ("CE", "1^low^L"), ("DT", "20260301"), ("TM", "0930"),
     ("MO", "5^CNY"), ("DR", "20260101^20260201"), ("NM", ""), ("XPN", "Doe^Jo")],
)  # fmt: skip
def test_a_unit_beside_what_has_none_is_found(kind: str, value: str) -> None:
    assert found(oru(obx(kind, value, "mg"))) == ["not-applicable OBX-6"]


def test_a_quantity_of_its_own_unit_has_no_other() -> None:
    assert value_of("CQ", "5", "mg") == ("valueQuantity", quantity(5))
    assert value_of("CQ", "5^mg", "g") == ("valueQuantity", quantity(5))
    assert found(oru(obx("CQ", "5^mg", "g"))) == ["not-applicable OBX-6"]
    first, _ = one(oru(obx("CQ", "5^mg~6", "g")), "Observation")["component"]
    assert first["valueQuantity"] == quantity(5)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("NM", "5"), ("ST", "5"), ("ST", "low"), ("SN", "^5"), ("SN", "^1^-^5"), ("SN", "^1^:^5"),
     ("SN", "<>^5"), ("NR", "1^5"), ("NA", "1^2"), ("MA", "1^2~3^4"), ("NM", "1~2")],
)  # fmt: skip
def test_a_unit_that_is_carried_is_not_found(kind: str, value: str) -> None:
    assert found(oru(obx(kind, value, "mg"))) == []


def test_a_ratio_to_what_is_no_number_is_text() -> None:
    assert value_of("SN", ">^1^:^x", "mg") == ("valueString", "> 1 : x mg")


def test_a_quantity_of_words_is_text() -> None:
    assert value_of("CQ", "few^mg") == ("valueString", "few^mg")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("克/升", "g/L"), ("毫摩尔/升", "mmol/L"), ("mmol／L", "mmol/L"), ("×10⁹/L", "10*9/L"),
        ("x10⁹/L", "10*9/L"), ("10^9/L", "10*9/L"), ("％", "%"), ("㎎/L", "mg/L"),
        ("㎜Hg", "mm[Hg]"), ("ml/min/1.73㎡", "mL/min/{1.73_m2}"), ("千帕", "kPa"), ("毫秒", "ms"),
    ],
)  # fmt: skip
def test_units_as_they_are_written_in_china(written: str, code: str) -> None:
    assert value_of("NM", "5", written) == ("valueQuantity", {
        "value": 5, "unit": written, "code": code, "system": "http://unitsofmeasure.org",
    })  # fmt: skip


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("3^abc", "3 - abc mg"),
        ("abc^5", "abc - 5 mg"),
        ("3^<5", "3 - <5 mg"),
        ("3^5mg", "3 - 5mg"),
        ("^很高", "- 很高 mg"),
        ("10^5", "10 - 5 mg"),  # ten to the fifth, if its ends were not told apart
    ],
)
def test_a_range_with_an_end_that_is_none_is_told_in_words(written: str, spoken: str) -> None:
    """From 3 on, or up to 5, is what a range of the other end alone would say."""
    assert value_of("NR", written, "mg") == ("valueString", spoken)
    assert "kept-as-text OBX-5" in found(oru(obx("NR", written, "mg")))


def test_a_range_of_one_end_is_open_at_the_other() -> None:
    assert value_of("NR", "3", "mg") == ("valueRange", {"low": quantity(3)})
    assert value_of("NR", "^5", "mg") == ("valueRange", {"high": quantity(5)})
    assert found(oru(obx("NR", "3", "mg"))) == []


@pytest.mark.parametrize(
    ("type_", "written", "unit", "expected"),
    [
        ("NM", "6.1mmol/L", "", (6.1, "mmol/L", "mmol/L")),
        ("NM", "6.1mmol/L", "mmol/l", (6.1, "mmol/l", "mmol/L")),
        ("NM", "36.5 ℃", "", (36.5, "℃", "Cel")),
        ("NM", "5.6↑", "mmol/L", (5.6, "mmol/L", "mmol/L")),
        ("ST", "36.5℃", "", (36.5, "℃", "Cel")),
        ("ST", "6.2mmol/L", "", (6.2, "mmol/L", "mmol/L")),
        ("ST", "98%", "", (98, "%", "%")),
        ("ST", "3.1 ↓", "g/L", (3.1, "g/L", "g/L")),
    ],
)
def test_a_unit_or_a_flag_behind_a_result_is_no_part_of_its_number(
    type_: str, written: str, unit: str, expected: tuple[float, str, str]
) -> None:
    value, said, code = expected
    assert value_of(type_, written, unit) == ("valueQuantity", {
        "value": value, "unit": said, "code": code, "system": "http://unitsofmeasure.org",
    })  # fmt: skip
    assert found(oru(obx(type_, written, unit))) == []


@pytest.mark.parametrize(
    ("type_", "written", "unit"),
    [
        ("NM", "6.1mmol/L", "mg/dL"),  # which of them?
        ("NM", "6.1abc", ""),
        ("NM", "≤=5mg", ""),
        ("ST", "4A", ""),  # a grade
        ("ST", "4C", ""),
        ("ST", "5.6↑", ""),
        ("ST", "10:30", ""),
        ("ST", "3+", ""),
    ],
)
def test_what_may_be_a_part_of_a_text_is_text(type_: str, written: str, unit: str) -> None:
    assert value_of(type_, written, unit) == ("valueString", written)


@pytest.mark.parametrize(
    ("written", "flag", "codes"),
    [
        ("5.6↑", "", ["H"]), ("5.6↓", "", ["L"]), ("<0.5ng/ml⬇", "", ["L"]), ("5.6", "", []),
        ("5.6↑", "H", ["H"]), ("5.6↑", "高", ["H", "高"]),
    ],
)  # fmt: skip
def test_an_arrow_behind_a_result_is_its_flag(written: str, flag: str, codes: list[str]) -> None:
    made = one(oru(f"OBX|1|NM|A^Aa^L||{written}|ng/ml||{flag}|||F"), "Observation")
    assert "valueQuantity" in made
    said = [c["code"] for each in made.get("interpretation", ()) for c in each["coding"]]
    assert said == codes


def test_an_arrow_that_the_flag_contradicts_stays_where_it_is() -> None:
    made = one(oru("OBX|1|NM|A^Aa^L||5.6↑|g/L||L|||F"), "Observation")
    assert made["valueString"] == "5.6↑"
