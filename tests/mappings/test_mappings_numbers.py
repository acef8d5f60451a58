"""Numbers that name no authority: they are the site's own, whatever they number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from speaking import PID, message, translated

OWN = "https://yiqiao.org/fhir/authority/src/H"
ORDER = ("ORC|NW|1001|2002", "OBR|1|1001|2002|GLU")


def made(kind: str, *segments: str) -> list[dict[str, Any]]:
    return [one.resource for one in message(kind, *segments).made]


def numbers(node: Any) -> Iterator[tuple[str | None, str]]:
    """Yield what is numbered in JSON: system and value."""
    for each in node.values() if isinstance(node, dict) else node:
        if isinstance(each, dict | list):
            yield from numbers(each)
    if isinstance(node, dict) and "value" in node and "resourceType" not in node:
        yield node.get("system"), node["value"]


@pytest.mark.parametrize(
    ("type_", "segments", "values"),
    [
        ("ORM^O01", ORDER, {"1001", "2002"}),
        ("RDE^O11", ("ORC|NW|1001|2002", "RXE||A^Amox|250||mg"), {"1001", "2002"}),
        ("ORU^R01", (*ORDER, "OBX|1|NM|X||1||||||F"), {"1001", "2002"}),
        ("ORU^R01", ("OBR|1|1001", "OBX|1|NM|X||1||||||F||||LAB1|D1^Wu"), {"1001", "D1"}),
        ("OML^O21", (*ORDER, "SPM|1|S1&&&^S2||BLD"), {"1001", "2002", "S1", "S2"}),
        ("ADT^A01", ("PV1|1|I|||||D1^Wu||||||||||||V1|||||||||||||||||||||||||||||||V2",),
         {"D1", "V1", "V2"}),
        ("BAR^P01", ("PV1|1|I", "IN1|1|B|I1|Insurer"), {"I1"}),
        ("MDM^T02", ("TXA|1|DS||||||||D1^Wu||T1", "OBX|1|TX|R||Text"), {"D1", "T1"}),
        ("SIU^S12", ("SCH|AP1|AP2|||||||||^^^20260320090000",), {"AP1", "AP2"}),
        ("PPR^PC1", ("PRB|AD|20260301|E11^Diabetes|PR1",), {"PR1"}),
        ("ORU^R01", (f"OBR|1|1001||GLU{'|' * 28}D1&Wu&Li", "OBX|1|NM|X||1||||||F"),
         {"1001", "D1"}),
    ],
)  # fmt: skip
def test_a_number_without_an_authority_has_the_sites_system(
    type_: str, segments: tuple[str, ...], values: set[str]
) -> None:
    found = set(numbers(made(type_, PID, *segments)))
    assert {value for system, value in found if system == OWN} == {"100", *values}
    assert not {value for system, value in found if system is None} & values


def test_the_sites_own_number_is_one_whether_it_says_so_or_not() -> None:
    (order,) = (
        one for one in made("ORM^O01", PID, "ORC|NW|1001^H", "OBR|1|1001||GLU")
        if one["resourceType"] == "ServiceRequest"
    )  # fmt: skip
    (number,) = order["identifier"]
    assert (number["system"], number["value"]) == (OWN, "1001")
    assert number["assigner"] == {"display": "H"}


def test_two_authorities_numbers_stay_two() -> None:
    orders = [
        one for one in made("ORM^O01", PID, "ORC|NW|1001^HIS", "OBR|1|1001^HIS||A",
                            "ORC|NW|1001", "OBR|2|1001||B")
        if one["resourceType"] == "ServiceRequest"
    ]  # fmt: skip
    assert [set(numbers(one["identifier"])) for one in orders] == [
        {(OWN.replace("H", "HIS"), "1001")}, {(OWN, "1001")},
    ]  # fmt: skip
    assert orders[0]["id"] != orders[1]["id"]


@pytest.mark.parametrize(("kind", "system"), [("UPIN", None), ("EI", OWN), ("", OWN)])
def test_a_licence_is_no_number_of_the_hospital(kind: str, system: str | None) -> None:
    doctors = made("ADT^A01", PID, f"PV1|1|I|||||1234567893^Wu^^^^^^^^^^^{kind}")
    (doctor,) = (one for one in doctors if one["resourceType"] == "Practitioner")
    (number,) = doctor["identifier"]
    assert (number.get("system"), number["value"]) == (system, "1234567893")


NPI = "http://hl7.org/fhir/sid/us-npi"
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def test_a_national_number_is_one_whoever_names_it() -> None:
    written = [
        "^^^^^^NPI&2.16.840.1.113883.4.6&ISO", "^^^^^^NPI^^^^NPI",
        "^^^^^^&2.16.840.1.113883.4.6&ISO",
        "^^^^^^2.16.840.1.113883.4.6", "^^^^^^^^^^NPI", "^^^^^^HIS^^^^NPI",
    ]  # fmt: skip
    visit = "|".join(f"1234567893^Wu^Li{each}" for each in written[:3])
    again = "~".join(f"1234567893^Wu^Li{each}" for each in written[3:])
    results = made("ADT^A01", PID, f"PV1|1|I|||||{visit}", "PV2|1", f"ROL|1|AD|AT|{again}")
    doctors = [one for one in results if one["resourceType"] == "Practitioner"]
    assert len(doctors) == 1
    (number,) = doctors[0]["identifier"]
    assert (number["system"], number["value"]) == (NPI, "1234567893")


@pytest.mark.parametrize(
    ("authority", "system"),
    [
        ("NHS", NHS), ("2.16.840.1.113883.2.1.4.1", NHS), ("&2.16.840.1.113883.2.1.4.1&ISO", NHS),
        ("SSA", "http://hl7.org/fhir/sid/us-ssn"), ("1.2.752.129", "urn:oid:1.2.752.129"),
        ("1.2", "https://yiqiao.org/fhir/authority/src/1.2"),
    ],
)  # fmt: skip
def test_a_patient_s_national_number(authority: str, system: str) -> None:
    """An object identifier is one where a namespace should stand, too; 1.2 may be a name."""
    results = made("ADT^A01", f"PID|1||9434765919^^^{authority}^NH||Wu^Li")
    (patient,) = (one for one in results if one["resourceType"] == "Patient")
    assert [number["system"] for number in patient["identifier"]] == [system]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("7", (None, "7")), ("7^LIS", (OWN.replace("H", "LIS"), "7")),
     ("7^^1.2.3^ISO", ("urn:oid:1.2.3", "7"))],
)  # fmt: skip
def test_a_results_number_counts_within_its_report(
    written: str, expected: tuple[str | None, str]
) -> None:
    obx = f"OBX|1|NM|X||1||||||F||||||||||{written}"
    results = made("ORU^R01", PID, "OBR|1|1001||A", obx)
    (result,) = (one for one in results if one["resourceType"] == "Observation")
    assert set(numbers(result["identifier"])) == {expected}


def test_where_nobody_says_whose_they_are_numbers_have_no_system() -> None:
    header = r"MSH|^~\&|APP||||20260301||ORM^O01|1|P|2.5.1"
    orders = [one.resource for one in translated(header, PID, *ORDER).made]
    found = set(numbers(orders))
    assert (None, "1001") in found
    assert (None, "2002") in found


@pytest.mark.parametrize(
    ("entity", "system", "assigner"),
    [
        ("O1^H2", "https://yiqiao.org/fhir/authority/src/H2", {"display": "H2"}),
        ("O1^H2^1.2.3^ISO", "urn:oid:1.2.3", {"display": "H2"}),
        ("O1^H2&1.2.3&ISO", "urn:oid:1.2.3", {"display": "H2"}),  # an HD, as in CX.4
        ("O1^&1.2.3&ISO", "urn:oid:1.2.3", None),
        ("O1^R&D", "https://yiqiao.org/fhir/authority/src/R", {"display": "R&D"}),
        ("O1^H2^1.2.3^ISO&x", "urn:oid:1.2.3", {"display": "H2"}),
    ],
)
def test_whose_an_order_s_number_is(
    entity: str, system: str, assigner: dict[str, str] | None
) -> None:
    results = made("ORM^O01", PID, f"ORC|NW|{entity}", "OBR|1|||GLU")
    (order,) = (one for one in results if one["resourceType"] == "ServiceRequest")
    (number,) = order["identifier"]
    assert (number["system"], number.get("assigner")) == (system, assigner)


UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


@pytest.mark.parametrize(
    ("universal", "system"),
    [
        (f"{UUID}&UUID", f"urn:uuid:{UUID}"),
        (f"{{{UUID.upper()}}}&GUID", f"urn:uuid:{UUID}"),
        (f"urn:uuid:{UUID}&UUID", f"urn:uuid:{UUID}"),
        ("no uuid&UUID", OWN.replace("/H", "/no%20uuid")),
        ("www.h.example&URI", OWN.replace("/H", "/www.h.example")),
        ("abc&URL", OWN.replace("/H", "/abc")),
        ("http://h.example/编号&URI", "http://h.example/%E7%BC%96%E5%8F%B7"),
        ("urn:oid:1.2.3&ISO", "urn:oid:1.2.3"),
        ("1.2.3", "urn:oid:1.2.3"),
        ("1.2.156.1.7&L", "urn:oid:1.2.156.1.7"),  # it can be nothing else
        ("1.1.2.3&DNS", OWN.replace("/H", "/1.1.2.3")),  # an address of a host
        ("1.2.3&L", OWN.replace("/H", "/1.2.3")),
        ("1.2.x&ISO", OWN.replace("/H", "/1.2.x")),
    ],
)
def test_a_universal_id_that_is_not_what_it_is_said_to_be_is_a_name(
    universal: str, system: str
) -> None:
    patient, *_ = made("ADT^A01", f"PID|1||77^^^&{universal}^MR||Wu^Li")
    assert list(numbers(patient["identifier"])) == [(system, "77")]


@pytest.mark.parametrize("universal", ["no uuid&UUID", "www.h.example&URI", "1.1.2.3&DNS"])
def test_the_name_of_a_place_that_is_no_uri_is_not_said_to_be_one(universal: str) -> None:
    places = made("ADT^A01", PID, f"PV1|1|I|^^^&{universal}")
    (place,) = (one for one in places if one["resourceType"] == "Location")
    number = next(one for one in place["identifier"] if "type" in one)
    assert (number["value"], number.get("system")) == (universal.partition("&")[0], None)
