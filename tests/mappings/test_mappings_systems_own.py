"""Numbers of places, organizations, policies and papers: each names who gave it out."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import PID, message, of, one, translated

from mappings.translate import Translation

OWN = "https://yiqiao.org/fhir"
URI = "urn:ietf:rfc:3986"


def numbers(resource: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Return system and value of each identifier."""
    return [(each.get("system"), each["value"]) for each in resource.get("identifier", ())]


def admitted(*segments: str) -> Translation:
    return message("ADT^A01", PID, *segments)


def places(made: Translation) -> set[str]:
    found = [number for place in of(made, "Location") for number in numbers(place)]
    assert {system for system, _ in found} == {f"{OWN}/place/src"}
    return {value for _, value in found}


def test_a_bed_is_numbered_with_the_places_it_is_in() -> None:
    made = admitted("PV1|1|I|W1^101^12^H1^^^B1^2")
    assert places(made) == {
        "W1^101^12^H1^^^B1^2", "W1^101^^H1^^^B1^2", "W1^^^H1^^^B1^2", "^^^H1^^^B1^2", "^^^H1^^^B1",
        "^^^H1",
    }  # fmt: skip


def test_beds_of_one_number_in_two_wards_are_two() -> None:
    assert {"W1^^12", "W2^^12"} < places(admitted("PV1|1|I|W1^^12|||W2^^12"))


@pytest.mark.parametrize(
    ("kind", "segment"),
    [
        ("ADT^A01", "PV1|1|I|W1^101^12^H1"),
        ("ORU^R01", "OBR|1|P1|F1|A|||||||||||||||||||||F|||||||77&Li^^^W1^101^12^H1"),
        ("VXU^V04", "RXA|0|1|20260301|20260301|03^MMR^CVX|1|||||W1^101^12^H1"),
    ],
)
def test_whatever_names_a_bed_numbers_it_alike(kind: str, segment: str) -> None:
    made = message(kind, PID, *(["ORC|RE|P1"] if kind != "ADT^A01" else []), segment)
    beds = [place for place in of(made, "Location") if place["name"] == "H1 W1 101 12"]
    assert [numbers(bed) for bed in beds] == [[(f"{OWN}/place/src", "W1^101^12^H1")]]


def test_a_ward_is_called_alike_by_itself_and_as_the_place_of_a_bed() -> None:
    (ward,) = of(admitted("PV1|1|I|W1^^^H1"), "Location")[1:]
    assert ward in of(admitted("PV1|1|I|W1^101^12^H1"), "Location")


@pytest.mark.parametrize(
    ("site", "known"),
    [
        ("H1&2.999.7&ISO", [(URI, "urn:oid:2.999.7")]),
        ("H1&h1.example.org&DNS", [(None, "h1.example.org")]),
        ("H1&no-oid&ISO", [(None, "no-oid")]),
        ("H1&&ISO", []),
    ],
)
def test_a_universal_id_stands_beside_the_name(site: str, known: list[tuple[str, str]]) -> None:
    (place,) = of(admitted(f"PV1|1|I|^^^{site}"), "Location")
    assert numbers(place) == [(f"{OWN}/place/src", "^^^H1"), *known]


def test_whoever_numbers_places_is_their_system() -> None:
    made = admitted("PV1|1|I|W1^^12^^^^^^^X9^AUTH")
    said = {system for place in of(made, "Location") for system, _ in numbers(place)}
    assert said == {f"{OWN}/authority/src/AUTH"}


@pytest.mark.parametrize(
    ("facility", "system", "value"),
    [
        ("H^2.999.7^ISO", URI, "urn:oid:2.999.7"),
        ("2.999.7.1", URI, "urn:oid:2.999.7.1"),
        ("H^h.example.org^DNS", None, "h.example.org"),
    ],
)
def test_the_hospital_has_its_name_here_and_everywhere(
    facility: str, system: str | None, value: str
) -> None:
    made = translated(f"MSH|^~\\&|A|{facility}|||20260301||ADT^A01|1|P|2.5", PID, "PV1|1|I")
    hospital = one(made, "Organization")
    name = facility.partition("^")[0]
    assert numbers(hospital) == [(f"{OWN}/organization/src", name), (system, value)]


@pytest.mark.parametrize(
    ("department", "system"),
    [
        ("05^Cardiology", f"{OWN}/organization/src"),
        ("05^Cardiology^L", f"{OWN}/organization/src"),
        ("05^Cardiology^DEPTS", f"{OWN}/code-system/src/DEPTS"),
    ],
)
def test_a_department_is_the_hospitals(department: str, system: str) -> None:
    made = message("DFT^P03", PID, f"FT1|1|T1||20260301||CG|GLU||||||{department}")
    (found,) = (each for each in of(made, "Organization") if each["name"] == "Cardiology")
    assert numbers(found) == [(system, "05")]


@pytest.mark.parametrize(
    ("provider", "system"),
    [
        ("Clinic^^7", f"{OWN}/authority/src/H"),
        ("Clinic^^^^^X^^^^7", f"{OWN}/authority/src/X"),
        ("Clinic^^^^^^NPI^^^7", "http://hl7.org/fhir/sid/us-npi"),
        ("Clinic^^^^^^TAX^^^7", None),
    ],
)
def test_a_number_that_no_hospital_gives_out_is_not_its_own(
    provider: str, system: str | None
) -> None:
    made = message("ADT^A28", PID, f"PD1|||{provider}")
    (clinic,) = (each for each in of(made, "Organization") if each["name"] == "Clinic")
    assert numbers(clinic) == [(system, "7")]


@pytest.mark.parametrize(
    ("company", "below"),
    [
        ("C1|Mutual", "src/C1"),
        ("C1^^^H|Mutual", "src/C1"),
        ("C1^^^X|Mutual", "src/X/C1"),
        ("C1^^^&2.999.7&ISO|Mutual", "urn%3Aoid%3A2.999.7/C1"),
        ("|Mutual", "src/Mutual"),
        ("|", "src"),
    ],
)
def test_a_policy_is_numbered_by_its_insurer(company: str, below: str) -> None:
    insured = f"IN1|1|GOLD^Gold|{company}{'|' * 32}POL1"
    coverage = one(admitted("PV1|1|I", insured), "Coverage")
    assert numbers(coverage) == [(f"{OWN}/coverage/{below}", "POL1")]
    (plan,) = coverage["class"]
    assert (plan["value"], plan["name"], plan["type"]["coding"][0]["code"]) == (
        "GOLD", "Gold", "plan",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("company", "member", "system"),
    [
        ("C1", "M1", f"{OWN}/member/src/C1"),
        ("C1", "M1^^^X", f"{OWN}/authority/src/X"),
        ("", "M1", f"{OWN}/authority/src/H"),
    ],
)
def test_a_member_is_numbered_by_the_insurer(company: str, member: str, system: str) -> None:
    made = admitted("PV1|1|I", f"IN1|1|GOLD|{company}|Mutual", f"IN2|1{'|' * 60}{member}")
    assert numbers(one(made, "Coverage")) == [(system, "M1")]


def test_what_each_side_wants_said_back_is_its_own() -> None:
    made = message("ORU^R01", PID, f"OBR|1|P1|F1|A{'|' * 14}A1|A2|A3|A4")
    found = numbers(one(made, "ServiceRequest"))[2:]
    assert found == [
        (f"{OWN}/placerfield1/src", "A1"), (f"{OWN}/placerfield2/src", "A2"),
        (f"{OWN}/fillerfield1/src", "A3"), (f"{OWN}/fillerfield2/src", "A4"),
    ]  # fmt: skip


def test_a_file_is_the_senders() -> None:
    made = message("MDM^T01", PID, f"TXA|1|CN|TX{'|' * 9}D1||||note.txt|AU")
    assert numbers(one(made, "DocumentReference")) == [(f"{OWN}/file/src", "note.txt")]


@pytest.mark.parametrize(
    ("key", "system"),
    [
        ("S1", f"{OWN}/staff/src"),
        ("S1^^L", f"{OWN}/staff/src"),
        ("S1^^HR", f"{OWN}/code-system/src/HR"),
    ],
)
def test_the_key_of_a_staff_record_is_no_doctors_number(key: str, system: str) -> None:
    made = message("MFN^M02", "MFI|PRA||UPD|||NE", f"MFE|MAD|1|20260301|{key}|CWE",
                   f"STF|{key}|1234|Li^Na")  # fmt: skip
    assert numbers(one(made, "Practitioner")) == [
        (system, "S1"),
        (f"{OWN}/authority/src/H", "1234"),
    ]


def test_a_universal_id_is_what_the_sender_says_though_the_name_is_known() -> None:
    """What a site knows a namespace by is no object identifier (type ISO)."""
    made = translated("MSH|^~\\&|A|NPI^2.999.7^ISO|||20260301||ADT^A01|1|P|2.5", PID, "PV1|1|I")
    assert numbers(one(made, "Organization"))[1] == (URI, "urn:oid:2.999.7")
