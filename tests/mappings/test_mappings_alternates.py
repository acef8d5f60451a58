"""A coded value of several codes, where FHIR has room for one: the one that the table knows."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import PID, found, message, obx, one, oru, translated

UCUM = "http://unitsofmeasure.org"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
AMB = {"system": ACT, "code": "AMB", "display": "ambulatory"}
IMP = {"system": ACT, "code": "IMP", "display": "inpatient encounter"}


@pytest.mark.parametrize(
    ("written", "class_", "lost"),
    [
        ("1^门诊^L^O^Outpatient^HL70004", AMB, [1, 2, 3]),
        ("1^门诊^L^^^^^^^O^Outpatient^HL70004", AMB, [1, 2, 3]),
        ("E^急诊^HIS^O^Outpatient^HL70004", AMB, [1, 2, 3]),
        ("^^^I^Inpatient^HL70004", IMP, []),
        ("O^^HL70004^1^门诊^L", AMB, [4, 5, 6]),
        ("^住院^^I", IMP, [2]),
        ("^住院^^^hospital", IMP, [5]),
        ("门诊", AMB, []),
        ("^住院", IMP, []),
        ("AMB^ambulatory^2.16.840.1.113883.5.4", AMB, []),
    ],
)
def test_the_class_of_a_visit_is_the_code_that_is_known(
    written: str, class_: dict[str, Any], lost: list[int]
) -> None:
    """It was that of the sender's own list, where the standard's stood beside it."""
    made = message("ADT^A01", "EVN||20260301120000", PID, f"PV1|1|{written}|||||||||||||||||V1")
    assert one(made, "Encounter")["class"] == class_
    assert found(made) == [f"already-filled PV1-2.{number}" for number in lost]


def test_of_codes_that_nobody_knows_the_first_is_taken() -> None:
    made = message("ADT^A01", "EVN||20260301120000", PID, "PV1|1|7^a^L^8^b^L|||||||||||||||||V1")
    assert one(made, "Encounter")["class"]["code"] == "7"
    assert found(made)[:3] == [f"already-filled PV1-2.{number}" for number in (4, 5, 6)]
    assert found(made)[3:] == ["unmapped-code PV1-2"]


def test_a_label_is_that_of_the_standard_beside_the_hospitals() -> None:
    order = "ORC|NW|P1||||||||||||||||||||||||||99^保密^L^V^Very restricted^HL70177"
    made = message("ORM^O01", PID, order, "OBR|1|P1||X^x^L")
    (label,) = one(made, "ServiceRequest")["meta"]["security"]
    assert label["code"] == "V"


def test_a_system_that_is_no_address_is_the_senders() -> None:
    made = message(
        "ADT^A01", "EVN||20260301120000", PID, "PV1|1|I", "DG1|1||X1^x^http://our codes|||A"
    )
    (coding,) = one(made, "Condition")["code"]["coding"]
    assert coding["system"].endswith("/code-system/src/http%3A%2F%2Four%20codes")


def test_who_insures_himself_is_the_subscriber() -> None:
    insured = f"IN1|1|310^职工^NHSA|12{'|' * 13}测试甲|本人{'|' * 19}P1"
    made = message("ADT^A01", "EVN||20260301120000", PID, "PV1|1|I", insured)
    coverage = one(made, "Coverage")
    assert coverage["relationship"]["coding"][0]["code"] == "self"
    assert coverage["subscriber"]["reference"].startswith("Patient/")


@pytest.mark.parametrize(
    ("written", "unit", "lost"),
    [
        ("mg^milligram^L", {"unit": "milligram", "code": "mg", "system": UCUM}, []),
        ("^^^^^^^^some drops", {"unit": "some drops"}, []),
        ("^^^mg^milligram^L", {"unit": "mg", "code": "mg", "system": UCUM}, [5, 6]),
        ("mg^^UCUM^zz^^L", {"unit": "mg", "code": "mg", "system": UCUM}, [4, 6]),
    ],
)
def test_a_unit_is_what_stands_first_of_its_code_its_text_and_its_alternate(
    written: str, unit: dict[str, Any], lost: list[int]
) -> None:
    """One that was told by its original text, or its alternate code alone, was lost."""
    made = oru(obx("NM", "5", written))
    assert one(made, "Observation")["valueQuantity"] == {"value": 5, **unit}
    told = sorted(f.location for f in made.findings)
    assert told == [f"OBX-6.{number}" for number in lost]


def test_the_language_of_a_message_may_be_its_alternate_code() -> None:
    header = "MSH|^~\\&|A|H|B|G|20260301||ADT^A01|1|P|2.5||||||"
    made = translated(f"{header}|^^^zh^Chinese^L", PID, "PV1|1|I")
    assert made.envelope[0].resource["language"] == "zh"


@pytest.mark.parametrize(
    ("applications", "later", "path", "said"),
    [
        ("A|H|B|G", "", "source.name", "A"),
        ("|H||G", "NET1|NET2", "source.name", "NET1"),
        ("|H||G", "NET1|NET2", "destination.name", "NET2"),
        ("|H||G", "^a.example^DNS", "source.name", "a.example"),
        ("A|H|B|G^1.2.3^ISO", "", "destination.receiver.display", "G"),
        ("A|H|B|G^1.2.3^ISO", "", "destination.receiver.identifier.value", "urn:oid:1.2.3"),
        ("A|H|B|^1.2.3^ISO", "", "destination.receiver.identifier.value", "urn:oid:1.2.3"),
    ],
)
def test_who_sends_and_receives_is_named_by_what_the_header_has(
    applications: str, later: str, path: str, said: str
) -> None:
    """A name in MSH-24 or MSH-25 alone, and the universal id of MSH-6, were lost."""
    header = f"MSH|^~\\&|{applications}|20260301||ADT^A01|1|P|2.5{'|' * 12}{later}"
    made: Any = translated(header, PID, "PV1|1|I").envelope[0].resource
    for step in path.split("."):
        made = made[step][0] if isinstance(made[step], list) else made[step]
    assert made == said
