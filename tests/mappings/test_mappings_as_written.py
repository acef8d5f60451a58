"""Values as people write them: pressures, powers of ten, money, addresses, orders in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from golden_pairs import ReadableIds
from speaking import PID, found, message, of, one, oru

from conformance.definitions import definitions
from mappings.dictionary import load

MMHG = {"unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
KPA = {"unit": "kPa", "system": "http://unitsofmeasure.org", "code": "kPa"}


def pressure(value: str, kind: str = "NM", code: str = "BP^血压^L", unit: str = "mmHg") -> Any:
    """A result of what may be blood pressure, and its findings."""
    made = oru(f"OBX|1|{kind}|{code}||{value}|{unit}|||||F")
    return one(made, "Observation"), found(made)


@pytest.mark.parametrize(
    ("value", "kind", "code", "unit", "expected"),
    [
        ("120/80", "NM", "BP^血压^L", "mmHg", (120, 80, MMHG)),
        ("120/80", "ST", "BP^血压^L", "", (120, 80, MMHG)),
        ("120/80", "NM", "85354-9^BP panel^LN", "", (120, 80, MMHG)),
        ("120/80", "ST", "X01^^L^85354-9^^LN", "mmHg", (120, 80, MMHG)),
        ("120 / 80 mmHg", "ST", "B1^动脉血压^L", "", (120, 80, MMHG)),
        ("１２０／８０", "ST", "B1^Blood pressure^L", "mmHg", (120, 80, MMHG)),
        ("16.0/10.6", "NM", "BP^血压^L", "kPa", (16.0, 10.6, KPA)),
        ("150/90", "ST", "B2^透前血压^HD", "mmHg", (150, 90, MMHG)),
        ("150/90", "ST", "右上肢血压", "mmHg", (150, 90, MMHG)),
        ("150/90", "ST", "B3^收缩压/舒张压^L", "mmHg", (150, 90, MMHG)),
    ],
)
def test_a_blood_pressure_has_its_two_components(
    value: str, kind: str, code: str, unit: str, expected: tuple[float, float, Any]
) -> None:
    """A reader asks for the systolic one (8480-6): in a text, nobody finds it."""
    result, said = pressure(value, kind, code, unit)
    high, low, in_unit = expected
    assert [
        (each["code"]["coding"][0]["code"], each["valueQuantity"]) for each in result["component"]
    ] == [("8480-6", {"value": high, **in_unit}), ("8462-4", {"value": low, **in_unit})]
    assert "valueString" not in result
    assert said == []


@pytest.mark.parametrize(
    ("value", "code", "unit"),
    [
        ("120/80", "X^滴度^L", ""),  # a ratio of something else
        ("120/80", "85354-9^x^L", ""),  # a number of LOINC's, in a list of the sender's own
        ("45/20", "B4^肺动脉血压^L", "mmHg"),  # of the lungs
        ("80/120", "BP^血压^L", "mmHg"),
        ("120/80", "BP^血压^L", "kPa"),  # nobody's
        ("120/80", "BP^血压^L", "%"),
        ("120/80/70", "BP^血压^L", "mmHg"),
        ("120/80~110/70", "BP^血压^L", "mmHg"),
    ],
)
def test_what_may_be_no_blood_pressure_stays_as_it_is(value: str, code: str, unit: str) -> None:
    result, said = pressure(value, "ST", code, unit)
    assert result["valueString"] == value.replace("~", "\n")
    assert "component" not in result
    assert said == []


def test_a_site_says_which_of_its_codes_is_blood_pressure(tmp_path: Path) -> None:
    profile = tmp_path / "x.map"
    profile.write_text(
        "systems\n  L  urn:x:l\nconcepts L -> LN\n  X77    85354-9\n", encoding="utf-8"
    )
    text = f"MSH|^~\\&|A|H|||20260301||ORU^R01|1|P|2.5\r{PID}\rOBR|1|P|F|A^a^L\r"
    text += "OBX|1|ST|X77^入院测量^L||135/85||||||F"
    made = load(definitions(), profile=str(profile)).translate(text, ReadableIds(), source="src")
    (result,) = of(made, "Observation")
    assert [each["valueQuantity"]["value"] for each in result["component"]] == [135, 85]


@pytest.mark.parametrize(
    ("kind", "value", "unit", "number", "comparator"),
    [
        ("NM", "1.2×10^3", "/mL", "1.2E+3", None),
        ("NM", "1.2*10^9", "/L", "1.2E+9", None),
        ("NM", "1.2×10\\S\\3", "/mL", "1.2E+3", None),
        ("NM", "1.2x10⁻³", "", "0.0012", None),
        ("NM", "<1.0×10^3", "/mL", "1.0E+3", "<"),
        ("ST", "1.2×10\\S\\3", "/mL", "1.2E+3", None),
        ("NM", "10^5", "CFU/mL", "1E+5", None),  # colonies are counted so
        ("ST", "≥10\\S\\5", "CFU/mL", "1E+5", ">="),
        ("NM", "10⁵", "", "1E+5", None),
    ],
)
def test_a_number_times_a_power_of_ten_is_a_number(
    kind: str, value: str, unit: str, number: str, comparator: str | None
) -> None:
    """The ^ in it is no separator, though it should have been escaped."""
    made = oru(f"OBX|1|{kind}|DNA^DNA^L||{value}|{unit}|||||F")
    quantity = one(made, "Observation")["valueQuantity"]
    assert (str(quantity["value"]), quantity.get("comparator")) == (number, comparator)
    assert found(made) == []


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("1.2×10^9", "×10^9/L", ["kept-as-text OBX-5"]),  # the unit may say it again, or not
        ("10^9", "10^9/L", ["kept-as-text OBX-5"]),
        ("10^mg", "", ["kept-as-text OBX-5"]),
        ("5^mg", "", ["kept-as-text OBX-5"]),
    ],
)
def test_what_is_no_certain_number_is_kept_whole(value: str, unit: str, said: list[str]) -> None:
    made = oru(f"OBX|1|NM|DNA^DNA^L||{value}|{unit}|||||F")
    assert one(made, "Observation")["valueString"] == value
    assert found(made) == said


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("￥12.80", "12.80"),
        ("¥12.80", "12.80"),
        ("25.60元", "25.60"),
        ("RMB 12.8", "12.8"),
        ("CNY12.8", "12.8"),
        ("人民币12.8元", "12.8"),
        ("1,234.50", "1234.50"),
        ("-￥3", "-3"),
    ],
)
def test_an_amount_has_its_currency_beside_it_or_in_front(written: str, value: str) -> None:
    made = message("DFT^P03", PID, f"FT1|1|T1||20260301||CG|C^c^L|||1|{written}|{written}")
    price = one(made, "ChargeItem")["priceOverride"]
    assert (str(price["value"]), price["currency"]) == (value, "CNY")
    assert found(made) == []


@pytest.mark.parametrize(("beside", "said"), [("CNY", []), ("USD", ["already-filled FT1-11.1.2"])])
def test_a_currency_beside_an_amount_that_has_another_is_found(
    beside: str, said: list[str]
) -> None:
    made = message("DFT^P03", PID, f"FT1|1|T1||20260301||CG|C^c^L|||1|￥12.8&{beside}")
    assert one(made, "ChargeItem")["priceOverride"]["currency"] == "CNY"
    assert found(made) == said


def test_what_is_given_back_is_below_zero_with_its_currency() -> None:
    made = message("DFT^P03", PID, "FT1|1|T1||20260301||退费|C^c^L|||1|￥12.5")
    assert one(made, "ChargeItem")["priceOverride"] == {"value": -12.5, "currency": "CNY"}


@pytest.mark.parametrize("written", ["12.8点", "1,23", "￥", "免费", "￥12元8角", "$12.8元"])
def test_what_is_no_amount_of_money_is_left_out(written: str) -> None:
    made = message("DFT^P03", PID, f"FT1|1|T1||20260301||CG|C^c^L|||1|{written}")
    assert "priceOverride" not in one(made, "ChargeItem")
    assert found(made) == ["bad-value FT1-11.1.1"]


def address(written: str) -> Any:
    """The address of a patient."""
    made = message("ADT^A08", f"{PID}|||{written}")
    assert found(made) == []
    (each,) = one(made, "Patient")["address"]
    return each


@pytest.mark.parametrize(
    ("written", "city", "district", "line", "code"),
    [
        ("浙江省^杭州市^西湖区^古荡街道", "杭州市", "西湖区", ["古荡街道"], None),
        ("浙江省^杭州市^西湖区^文三路1号^310000", "杭州市", "西湖区", ["文三路1号"], "310000"),
        ("湖北省^宜昌市^夷陵区^某镇^1组^443000", "宜昌市", "夷陵区", ["某镇", "1组"], "443000"),
        ("北京市^市辖区^海淀区^中关村街道", "北京市", "海淀区", ["中关村街道"], None),
        ("浙江省^杭州市^桐庐县", "杭州市", "桐庐县", None, None),
    ],
)  # fmt: skip
def test_an_address_from_the_largest_part_down_is_read_in_its_order(
    written: str, city: str, district: str, line: list[str] | None, code: str | None
) -> None:
    province = written.partition("^")[0]
    each = address(written)
    assert (each["state"], each["city"], each["district"]) == (province, city, district)
    assert (each.get("line"), each.get("postalCode")) == (line, code)
    levels = dict.fromkeys([province, city, district])
    assert each["text"] == "".join([*levels, *(line or [])])


def test_the_number_of_its_county_stays() -> None:
    each = address("浙江省^杭州市^西湖区^古荡街道^^CHN^H^^330106")
    assert each["district"] == "西湖区"
    assert each["extension"][0]["valueCoding"]["code"] == "330106"


@pytest.mark.parametrize(
    "written",
    [
        "文三路1号^^杭州市^浙江省^310000^CHN",
        "浙江省^杭州市^西湖区^浙江省",
        "浙江省^杭州市^文三路1号^",
        "浙江省^杭州市^西湖区^古荡街道^^另一处",
    ],
)
def test_an_address_in_any_other_order_is_left_in_it(written: str) -> None:
    line, other, city, *_ = written.split("^")
    each = address(written)
    assert (each["line"], each["city"]) == ([p for p in (line, other) if p], city)


@pytest.mark.parametrize(
    ("word", "service", "drug"),
    [
        ("新增", "active", "active"),
        ("开立", "active", "active"),
        ("修改", "active", "active"),
        ("停止", "revoked", "stopped"),
        ("停嘱", "revoked", "stopped"),
        ("暂停", "on-hold", "on-hold"),
        ("作废", "revoked", "cancelled"),
        ("撤销", "revoked", "cancelled"),
    ],
)
def test_what_becomes_of_an_order_is_said_in_words(word: str, service: str, drug: str) -> None:
    """As by the codes of table 0119: NW, XO, DC, HD, CA."""
    asked = message("ORM^O01", PID, f"ORC|{word}|P1", "OBR|1|P1||A^a^L")
    given = message("RDE^O11", PID, f"ORC|{word}|P1", "RXE|^BID|D^d^L|1||mg")
    assert one(asked, "ServiceRequest")["status"] == service
    assert one(given, "MedicationRequest")["status"] == drug
    assert found(asked) == found(given) == []
    new = [one.begins for made in (asked, given) for one in made.made if one.begins]
    assert new == ([True, True] if word in {"新增", "开立"} else [])


@pytest.mark.parametrize(
    ("word", "activity"),
    [("NW", "CREATE"), ("新开", "CREATE"), ("CA", "CANCEL"), ("CR", "CANCEL"), ("作废", "CANCEL")],
)
def test_what_was_done_to_an_order_is_said_in_words(word: str, activity: str) -> None:
    orc = f"ORC|{word}|P1|||||||20260301101010+0800||D1^Li"
    made = message("ORM^O01", PID, orc, "OBR|1|P1||A^a^L")
    (done,) = (m.resource for m in made.envelope if m.resource["resourceType"] == "Provenance")
    assert done["activity"]["coding"][0]["code"] == activity


def test_a_dispense_that_is_cancelled_in_a_word_is_cancelled() -> None:
    made = message("RDS^O13", PID, "ORC|作废|P1", "RXD|1|D^d^L|20260301|1")
    assert one(made, "MedicationDispense")["status"] == "cancelled"


def test_a_day_on_which_an_event_was_entered_is_no_loss() -> None:
    """It has no hour, and `recorded` wants one: that of the message."""
    made = message("ADT^A04", "EVN|A04|20260301", PID, when="20260302101010+0800")
    (entered,) = [m.resource for m in made.envelope if m.resource["resourceType"] == "Provenance"]
    assert entered["recorded"] == "2026-03-02T10:10:10+08:00"
    assert entered["extension"][0]["valueDate"] == "2026-03-01"
    assert found(made) == []
