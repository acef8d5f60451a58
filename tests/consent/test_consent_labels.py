"""Labels: what the table, meta.security and the source add up to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from consent_builders import CN_ICD10, ICD10, LOINC, label

from consent import Reason, labels_for, passed_on
from consent.sensitivity import SensitivityTableError, read_table, sensitivity
from consent.vocabulary import CONFIDENTIALITY

ATC = "http://www.whocc.no/atc"
V2 = "http://terminology.hl7.org/CodeSystem/v2-"
SNOMED = "http://snomed.info/sct"
CN_PROCEDURES = "urn:oid:2.16.156.10011.2.3.3.12"


def coded(type_: str, *pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
    name = "medicationCodeableConcept" if type_ == "MedicationRequest" else "code"
    concept = {"coding": [{"system": s, "code": c} for s, c in pairs], "text": "艾滋病"}
    return {"resourceType": type_, name: concept} | more


@pytest.mark.parametrize(
    ("seen", "labels"),
    [
        (coded("Condition", (ICD10, "E11.9")), "N"),
        (coded("Condition", (ICD10, "B20")), "R HIV"),
        (coded("Condition", (ICD10, "B24")), "R HIV"),
        (coded("Condition", (CN_ICD10, "Z21.x00")), "R HIV"),
        (coded("Condition", (CN_ICD10, "B24.x01")), "R HIV"),
        (coded("Condition", (ICD10, "A53.9")), "R STD"),
        (coded("Condition", (CN_ICD10, "F32.900x001")), "R PSY"),
        (coded("Condition", (ICD10, "F10.2")), "R PSY ETH"),
        (coded("Condition", (ICD10, "F52.2")), "R PSY SEX"),
        (coded("Condition", (ICD10, "O04")), "R SEX"),
        (coded("Condition", (ICD10, "O80")), "N"),
        (coded("Condition", (ICD10, "Q90.9")), "R GDIS"),
        (coded("Condition", (ICD10, "T74.1")), "R SDV"),
        (coded("Condition", (ICD10, "B18.1")), "R"),
        (coded("Condition", (ICD10, "B18.2")), "N"),
        (coded("Condition", ("urn:hospital:icd", "B20.x00")), "R HIV"),
        (coded("Condition", ("urn:hospital:icd", "E11.9")), "R"),
        (coded("Observation", (LOINC, "4548-4")), "N"),
        (coded("Observation", (LOINC, "75622-1")), "R HIV"),
        (coded("Observation", ("urn:lis", "HIV"), (LOINC, "20447-9")), "R HIV"),
        (coded("Observation", (LOINC, "20507-0")), "R STD"),
        (coded("Observation", (LOINC, "5195-3")), "R"),
        (coded("MedicationRequest", (ATC, "A10BA02")), "N"),
        (coded("MedicationRequest", (ATC, "J05AR03")), "R HIV"),
        (coded("MedicationRequest", (ATC, "N05AX12")), "R PSY"),
        (coded("Procedure", (CN_PROCEDURES, "94.2700")), "R PSY"),
        (coded("Procedure", (CN_PROCEDURES, "69.0100x001")), "R SEX"),
        (coded("Procedure", (CN_PROCEDURES, "47.0900")), "N"),
        (coded("Condition", (SNOMED, "86406008")), "R HIV"),
        ({"resourceType": "Patient", "id": "p1"}, "N"),
        ({"resourceType": "Encounter", "reasonCode": [{"coding": [
            {"system": ICD10, "code": "F20"}]}]}, "R PSY"),
    ],
)  # fmt: skip
def test_the_table_decides(seen: dict[str, Any], labels: str) -> None:
    assert labels_for(seen) == set(labels.split())


@pytest.mark.parametrize(
    "holder",
    [
        lambda c: {"component": [{"code": c}]},
        lambda c: {"valueCodeableConcept": c},
        lambda c: {"category": [c]},
        lambda c: {"contained": [{"resourceType": "Condition", "code": c}]},
        lambda c: {"extension": [{"url": "urn:x", "valueCodeableConcept": c}]},
        lambda c: {"extension": [{"url": "urn:x", "valueCoding": c["coding"][0]}]},
    ],
)
def test_wherever_the_code_is(holder: Any) -> None:
    concept = {"coding": [{"system": SNOMED, "code": "86406008"}]}
    assert labels_for(coded("Observation", (LOINC, "4548-4")) | holder(concept)) == {"R", "HIV"}


@pytest.mark.parametrize(
    "seen",
    [
        coded("Condition"),
        {"resourceType": "Condition"},
        coded("Observation", ("urn:lis", "GLU")),
        coded("Observation", ("urn:lis", "GLU"), category=[{"coding": [
            {"system": LOINC, "code": "26436-6"}]}]),
    ],
)  # fmt: skip
def test_what_cannot_be_classified_is_restricted(seen: dict[str, Any]) -> None:
    assert labels_for(seen) == {"R"}
    assert labels_for(seen, "N") == {"N"}
    assert labels_for(seen | {"meta": {"security": [label("N")]}}) == {"N"}


@pytest.mark.parametrize(
    ("security", "source", "labels"),
    [
        (["V"], None, "V"),
        (["N"], "V", "V"),
        ([], "V", "V"),
        ([], "U", "U"),
        (["L"], "M", "M"),
        (["HIV"], None, "R HIV"),
        (["N", "HIV"], None, "R HIV"),
        (["NOPAT"], None, "R NOPAT"),
        ([], "PSY N", "R PSY"),
        ([], "V PSY", "V PSY"),
        (None, None, "N"),
    ],
)
def test_what_is_said_of_it_only_adds(
    security: list[str] | None, source: str | None, labels: str
) -> None:
    seen = coded("Observation", (LOINC, "4548-4"), meta={"versionId": "1"})
    if security is not None:
        seen["meta"]["security"] = [label(code) for code in security]
    assert labels_for(seen, source) == set(labels.split())


def test_no_source_makes_a_sensitive_code_less() -> None:
    seen = coded("Condition", (ICD10, "B20"), meta={"security": [label("U")]})
    assert labels_for(seen, "N") == {"R", "HIV"}


@pytest.mark.parametrize(
    ("coding", "labels"),
    [
        ({"system": "urn:x", "code": "HIV"}, "R"),
        ({"system": "urn:x", "code": "机密"}, "R"),
        ({"system": "urn:x", "code": "v"}, "V"),
        ({"display": "HIV"}, "R"),
        ({"system": f"{V2}0952", "code": "99QX two"}, "R"),
        ({"system": f"{V2}0177", "code": "AID"}, "R HIV"),
        ({"system": f"{V2}0272", "code": "VR"}, "V"),
        (label("PSY") | {"code": "V"}, "V"),  # of v3-ActCode: a credit card
        (label("PSY") | {"code": "99QX"}, "R"),
        (label("N") | {"code": "99QX"}, "R"),
        ({"system": f"{V2}0717", "code": "NO"}, "N"),
        ({"system": f"{V2}0719", "code": "99QX"}, "N"),
        ({"system": f"{V2}0177", "code": "U"}, "N"),
    ],
)  # fmt: skip
def test_a_label_that_nobody_knows_restricts(coding: dict[str, str], labels: str) -> None:
    seen = coded("Observation", (LOINC, "4548-4"), meta={"security": [coding]})
    assert labels_for(seen) == frozenset(labels.split())


@pytest.mark.parametrize(
    ("concept", "labels"),
    [
        ({"text": "HIV"}, "R"),
        ({"coding": [{"system": "urn:x", "code": "U"}, label("N")]}, "N"),
        ({"coding": [{"system": "urn:x", "code": "5"}]}, "R"),
    ],
)
def test_a_concept_is_known_by_any_of_its_codes(concept: dict[str, Any], labels: str) -> None:
    seen = coded("Condition", (ICD10, "E11.9")) | {"resourceType": "DocumentReference"}
    seen |= {"type": {"coding": [{"system": LOINC, "code": "11502-2"}]}, "securityLabel": [concept]}
    assert labels_for(seen) == frozenset(labels.split())


@pytest.mark.parametrize(
    ("type_", "system", "code", "security", "labels"),
    [
        ("ServiceRequest", LOINC, "75622-1", [], "HIV"),
        ("ServiceRequest", "urn:lis", "GLU", [], ""),
        ("DiagnosticReport", LOINC, "4548-4", ["V", "PSY", "N"], "V PSY"),
        ("Observation", LOINC, "75622-1", [], ""),
        ("Patient", "", "", ["R"], "R"),
        ("Patient", "", "", ["L"], ""),
    ],
)
def test_what_is_said_of_an_order_holds_of_what_answers_it(
    type_: str, system: str, code: str, security: list[str], labels: str
) -> None:
    seen = coded(type_, (system, code), meta={"security": [label(each) for each in security]})
    assert passed_on(seen) == frozenset(labels.split())


def test_there_is_always_one_confidentiality() -> None:
    for source in (None, *CONFIDENTIALITY, "U V", "HIV"):
        labels = labels_for(coded("Observation", (LOINC, "4548-4")), source)
        assert len(labels & CONFIDENTIALITY.keys()) == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("loinc\t1-8\tHIV", "line 2: a row has four columns"),
        ("loinc\t1-8\tHIV\t", "none empty"),
        ("lonic\t1-8\tHIV\tx", "no such system: lonic"),
        ("loinc\t1-8\thiv\tx", "labels are capitals"),
        ("icd-10\tB24-B20\tHIV\tx", "not a range: B24-B20"),
        ("icd-10\tA20-B24\tHIV\tx", "not a range: A20-B24"),
    ],
)
def test_a_bad_row_says_where_and_why(row: str, why: str) -> None:
    with pytest.raises(SensitivityTableError, match=why):
        read_table(f"# table\n{row}\n")


def test_rows_add_up() -> None:
    table = read_table("icd-10\tF10-F11\tPSY\tone\n\nicd-10\tF10, F12.1\tETH SUD\tother\n")
    assert table == {
        ("icd-10", "F10"): {"PSY", "ETH", "SUD"},
        ("icd-10", "F11"): {"PSY"},
        ("icd-10", "F12.1"): {"ETH", "SUD"},
    }


def test_systems_the_table_does_not_know() -> None:
    assert sensitivity("urn:x", "B20") is None
    assert sensitivity(LOINC, "4548-4") == frozenset()


def test_loinc_codes_of_the_table_carry_their_check_digit() -> None:
    from importlib.resources import files

    table = read_table(files("consent").joinpath("sensitivity.tsv").read_text("utf-8"))
    codes = [code for system, code in table if system == "loinc"]
    assert len(codes) > 100
    for code in codes:
        body, check = code.split("-")
        doubled = str(int(body[::-1][::2][::-1]) * 2) + body[::-1][1::2]
        assert (10 - sum(map(int, doubled)) % 10) % 10 == int(check), code


def test_every_reason_has_a_sentence() -> None:
    sentences = [reason.sentence for reason in Reason]
    assert len(set(sentences)) == len(sentences)
    for reason in Reason:
        assert reason.sentence.endswith(".")
        assert len(reason.sentence) > 40
        assert reason.value == reason.value.lower()


def test_the_page_about_consent_tells_every_reason() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "consent.md"
    text = page.read_text("utf-8")
    for reason in Reason:
        assert f"| `{reason.value}` | {reason.sentence} |" in text


@pytest.mark.parametrize(
    ("system", "code", "labels"),
    [
        ("v3-Confidentiality", "V", "V"),
        ("v3-Confidentiality", "HIV", "R HIV"),  # deprecated there, and still said
        ("v3-ActCode", "PSY", "R PSY"),
        ("v2-0272", "R", "R"),
        ("v2-0177", "HIV", "R HIV"),
        ("v2-0177", "U", "N"),  # usual control, not unrestricted
        ("v3-ActReason", "TREAT", "N"),
    ],
)
def test_a_documents_own_label_counts(system: str, code: str, labels: str) -> None:
    concept = {
        "coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]
    }
    kind = {"coding": [{"system": LOINC, "code": "11502-2"}]}
    document = {"resourceType": "DocumentReference", "type": kind, "securityLabel": [concept]}
    assert labels_for(document) == frozenset(labels.split())
