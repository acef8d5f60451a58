"""States: how far an order has got, whether a consent stands, as its own message says."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of, one


@pytest.mark.parametrize("kind", ["ORL^O22", "ORR^O02", "ORM^O01"])
@pytest.mark.parametrize(
    ("control", "status"),
    [
        ("UA", "revoked"), ("RP", "revoked"), ("RQ", "revoked"), ("RU", "revoked"),
        ("RO", "active"), ("NW", "active"),
    ],
)  # fmt: skip
def test_an_order_that_is_replaced_or_refused_is_not_active(
    kind: str, control: str, status: str
) -> None:
    """What is replaced is as cancelled (v2.9 4.5.1.1); who is unable to accept will not do it.

    That an order is new tells no state where one is known: it may be done before it comes.
    """
    made = message(kind, PID, f"ORC|{control}|P1", "OBR|1|P1||A^a^L")
    assert one(made, "ServiceRequest")["status"] == status
    weak = [m.weak for m in made.made if m.resource["resourceType"] == "ServiceRequest"]
    assert weak == [("intent", "status") if control == "NW" else ("intent",)]
    assert found(made) == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("A", "active"), ("L", "active"), ("B", "inactive"), ("P", "proposed"), ("R", "rejected"),
        ("X", "inactive"),
    ],
)  # fmt: skip
def test_a_consent_stands_if_it_was_given(said: str, status: str) -> None:
    """Of table 0498, B says that consent was not sought."""
    con = f"CON|1|001||C1|||||||{said}||20260301"
    made = message("ADT^A08", PID, "PV1|1|I", con)
    assert one(made, "Consent")["status"] == status
    assert found(made) == []


DRUGS, FOOD, ALL = "409137002", "429625007", "716186003"


@pytest.mark.parametrize("segment", ["AL1", "IAM"])
@pytest.mark.parametrize(
    ("kind", "said", "code"),
    [
        ("DA", "无", DRUGS), ("DA", "^NKDA", DRUGS), ("", "NKDA", DRUGS), ("DA", "NKA", DRUGS),
        ("DA", "00^否认药物过敏史^L", DRUGS), ("药物过敏", "未发现", DRUGS),
        ("FA", "^否认", FOOD), ("EA", "none", "428607008"),
        ("", "NKA^No Known Allergies^L", ALL), ("MA", "^无", ALL),
        ("", "716186003^No known allergy^SCT", ALL),
    ],
)  # fmt: skip
def test_that_there_is_no_allergy_is_no_allergy(
    segment: str, kind: str, said: str, code: str
) -> None:
    made = one(message("ADT^A60", PID, f"{segment}|1|{kind}|{said}"), "AllergyIntolerance")
    assert {"type", "category"}.isdisjoint(made)
    codes = [
        c["code"] for c in made["code"]["coding"] if c.get("system") == "http://snomed.info/sct"
    ]
    assert codes == [code]
    words = [made["code"]["text"], *(c.get("code") for c in made["code"]["coding"])]
    assert set(words) & set(said.split("^"))


@pytest.mark.parametrize("said", ["no latex allergy", "no allergies"])
def test_nothing_more_is_denied_than_was(said: str) -> None:
    made = one(message("ADT^A60", PID, f"AL1|1||{said}"), "AllergyIntolerance")
    assert made["code"] == {"text": said}


@pytest.mark.parametrize("said", ["无花果", "No. 4 dye", "NK cells", "否定"])
def test_what_only_begins_like_a_denial_is_an_allergy(said: str) -> None:
    made = one(message("ADT^A60", PID, f"AL1|1|DA|{said}"), "AllergyIntolerance")
    assert (made["type"], made["category"]) == ("allergy", ["medication"])


def test_a_denial_does_not_hide_an_allergy_beside_it() -> None:
    made = message("ADT^A60", PID, "AL1|1|DA|无", "AL1|2|DA|PEN^Penicillin^L|SV")
    assert ["type" in each for each in of(made, "AllergyIntolerance")] == [False, True]


ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"


def test_when_a_diagnosis_was_made_is_not_when_the_illness_began() -> None:
    """DG1-5 is when it was made (6.5.2.5), DG1-19 when somebody signed for it, PRB-16 the onset."""
    made = one(message("ADT^A03", PID, "PV1|1|I", "DG1|1||I20^Angina^I10||20260306|F"), "Condition")
    assert "onsetDateTime" not in made
    assert made["recordedDate"] == "2026-03-06"
    assert made["extension"] == [{"url": ASSERTED, "valueDateTime": "2026-03-06"}]
    signed = "DG1|1||I20^Angina^I10||20260306|F" + "|" * 13 + "20260307"
    made = one(message("ADT^A03", PID, "PV1|1|I", signed), "Condition")
    assert made["recordedDate"] == "2026-03-07"
    assert made["extension"] == [{"url": ASSERTED, "valueDateTime": "2026-03-06"}]


@pytest.mark.parametrize(
    ("report", "result", "status"),
    [
        ("F", "", "final"), ("C", "", "corrected"), ("M", "", "corrected"),
        ("P", "", "preliminary"), ("R", "", "preliminary"), ("F", "P", "preliminary"),
        ("P", "F", "final"), ("F", "?", "unknown"), ("A", "", "unknown"), ("", "", "unknown"),
    ],
)  # fmt: skip
def test_a_result_without_a_state_of_its_own_has_got_as_far_as_its_report(
    report: str, result: str, status: str
) -> None:
    order = "OBR|1|P|F|A^a^L" + "|" * 21 + report
    results = [f"OBX|{n}|NM|X{n}^x^L||{n}|||||{'|' + result}" for n in (1, 2)]
    made = message("ORU^R01", PID, order, *results)
    assert [each["status"] for each in of(made, "Observation")] == [status] * 2
