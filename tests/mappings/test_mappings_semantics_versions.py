"""Data types over the versions: what later ones withdrew is read as it was meant."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import PID, found, message, of, one, oru


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5.1", "2.7", "2.9"])
@pytest.mark.parametrize("kind", ["CE", "CWE", "CNE", "CF"])
def test_coded_types_are_read_alike(version: str, kind: str) -> None:
    made = oru(f"OBX|1|{kind}|X^x^L||1^a^L^2^b^LN||||||F", version=version)
    concept = one(made, "Observation")["valueCodeableConcept"]
    assert [(c["code"], c["display"]) for c in concept["coding"]] == [("1", "a"), ("2", "b")]


@pytest.mark.parametrize("kind", ["TS", "DTM", "DT"])
def test_times_are_read_alike(kind: str) -> None:
    made = oru(f"OBX|1|{kind}|X||202603010930||||||F", version="2.3")
    assert one(made, "Observation")["valueDateTime"] == "2026-03-01T09:30:00+08:00"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("20260301000000^Y", "2026"), ("20260301000000^L", "2026-03"),
        ("20260301000000^D", "2026-03-01"), ("2026030109^H", "2026-03-01T09:00:00+08:00"),
        ("20260301093015.5^S", "2026-03-01T09:30:15.5+08:00"), ("20260301^", "2026-03-01"),
        ("202603^D", "2026-03"), ("2026-03-01^Y", "2026-03-01"),
    ],
)  # fmt: skip
def test_the_precision_of_a_time_stamp_counts(written: str, read: str) -> None:
    made = oru(f"OBX|1|NM|X||1||||||F|||{written}", version="2.4")
    assert one(made, "Observation")["effectiveDateTime"] == read
    assert found(made) == []


def test_time_stamps_inside_a_range() -> None:
    made = oru("OBX|1|DR|X||20260101&D^20260201000000&L||||||F", version="2.4")
    assert one(made, "Observation")["valuePeriod"] == {"start": "2026-01-01", "end": "2026-02"}


def test_an_identifier_with_its_authority_as_a_plain_name_and_a_check_digit() -> None:
    made = message("ADT^A04", "EVN|A04|20260301", "PID|1||100^9^M10^HOSP||DOE^JO", version="2.2")
    (identifier,) = one(made, "Patient")["identifier"]
    assert identifier["system"] == "https://yiqiao.org/fhir/authority/src/HOSP"
    assert [e["valueString"] for e in identifier["extension"]] == ["9", "M10"]


def test_names_with_a_degree_and_no_type() -> None:
    made = message(
        "ADT^A04", "EVN|A04|20260301", "PID|1||1||DOE^JO^A^JR^DR^MD",
        "PV1|1|O|||||D1^LI^WEI^^^DR^MD",
        version="2.1",
    )  # fmt: skip
    (name,) = one(made, "Patient")["name"]
    assert (name["given"], name["prefix"], name["suffix"]) == (["JO", "A"], ["DR"], ["JR", "MD"])
    assert one(made, "Practitioner")["name"][0]["suffix"] == ["MD"]


def test_a_family_name_in_parts() -> None:
    made = message("ADT^A04", "EVN|A04|20260301", "PID|1||1||Berg&van den&Berg^Jo", version="2.5")
    (name,) = one(made, "Patient")["name"]
    assert (name["family"], name["text"]) == ("Berg", "Jo Berg")
    assert [e["valueString"] for e in name["_family"]["extension"]] == ["van den", "Berg"]


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("WARD^ROOM^BED", {"WARD", "WARD ROOM", "WARD ROOM BED"}),
        ("WARD", {"WARD"}),
        ("WARD^ROOM^BED^FAC^^N^BLDG^3",
         {"FAC", "FAC BLDG", "FAC BLDG 3", "FAC BLDG 3 WARD", "FAC BLDG 3 WARD ROOM",
          "FAC BLDG 3 WARD ROOM BED"}),
    ],
)  # fmt: skip
def test_places(place: str, names: set[str]) -> None:
    made = message("ADT^A01", "EVN|A01|20260301", PID, f"PV1|1|I|{place}", version="2.2")
    assert {p["name"] for p in of(made, "Location")} == names


@pytest.mark.parametrize("field", ["ORC-7", "OBR-27"])
def test_quantity_and_timing_inside_an_order(field: str) -> None:
    timing = "1^Q6H^D5^20260301^^S"
    orc = "ORC|NW|P1|F1||||" + (timing if field == "ORC-7" else "")
    obr = "OBR|1|P1|F1|A^a^L" + "|" * 23 + (timing if field == "OBR-27" else "")
    request = one(message("ORM^O01", PID, orc, obr, version="2.3"), "ServiceRequest")
    assert request["priority"] == "stat"
    repeat = request["occurrenceTiming"]["repeat"]
    assert (repeat["frequency"], repeat["period"], repeat["periodUnit"]) == (1, 6, "h")
    assert repeat["boundsPeriod"] == {"start": "2026-03-01"}


@pytest.mark.parametrize(
    ("source", "type_", "site"),
    [("BLD^^^ARM", "BLD", "ARM"), ("BLD&Blood&HL70070^HEP^note^ARM&Arm&L", "BLD", "ARM")],
)
def test_the_specimen_inside_an_order(source: str, type_: str, site: str) -> None:
    made = message("ORU^R01", PID, f"OBR|1|P1|F1|A|||||||||||{source}", "OBX|1|NM|X||1",
                   version="2.3")  # fmt: skip
    specimen = one(made, "Specimen")
    assert specimen["type"]["coding"][0]["code"] == type_
    assert specimen["collection"]["bodySite"]["coding"][0]["code"] == site


@pytest.mark.parametrize(
    ("reader", "kinds", "lost"),
    [
        # When somebody took part has no place: a role of the directory is everybody's.
        ("D1&Li&Wei^20260301^20260302", {"Practitioner", "PractitionerRole"}, (2, 3)),
        ("D1", {"Practitioner", "PractitionerRole"}, ()),
        ("D1^Li^Wei^^^Dr", {"Practitioner"}, ()),
    ],
)
@pytest.mark.parametrize("field", [32, 33, 34, 35])
def test_readers_of_results(
    reader: str, kinds: set[str], lost: tuple[int, ...], field: int
) -> None:
    made = message("ORU^R01", PID, "OBR|1|P1|F1|A" + "|" * (field - 4) + reader, "OBX|1|NM|X||1",
                   version="2.3")  # fmt: skip
    element = "resultsInterpreter" if field in {32, 33} else "performer"
    (reference,) = one(made, "DiagnosticReport")[element]
    assert reference["reference"].partition("/")[0] in kinds
    assert one(made, "Practitioner")["identifier"][0]["value"] == "D1"
    assert {m.resource["resourceType"] for m in made.made} & {"PractitionerRole"} == kinds - {
        "Practitioner"
    }
    assert found(made) == [f"not-applicable OBR-{field}.{number}" for number in lost]


@pytest.mark.parametrize(
    ("segment", "type_", "coding"),
    [
        ("DG1|1|I10|E11.9|Diabetes", "Condition",
         {"code": "E11.9", "system": "http://hl7.org/fhir/sid/icd-10"}),
        ("DG1|1|I10|E11.9^Diab|Diabetes", "Condition",
         {"code": "E11.9", "display": "Diab", "system": "http://hl7.org/fhir/sid/icd-10"}),
        ("DG1|1|X|E11.9^Diab^I10|Diabetes", "Condition",
         {"code": "E11.9", "display": "Diab", "system": "http://hl7.org/fhir/sid/icd-10"}),
        ("PR1|1|I9C|81.52|Hip", "Procedure",
         {"code": "81.52", "system": "http://hl7.org/fhir/sid/icd-9-cm"}),
        ("PR1|1||81.52^Hip|Hip", "Procedure", {"code": "81.52", "display": "Hip"}),
    ],
)  # fmt: skip
def test_a_coding_system_in_a_field_of_its_own(
    segment: str, type_: str, coding: dict[str, Any]
) -> None:
    made = message("ADT^A01", "EVN|A01|20260301", PID, "PV1|1|I", segment, version="2.2")
    code = one(made, type_)["code"]
    assert code["coding"] == [coding]
    assert code["text"] in {"Diabetes", "Hip"}


def test_addresses_and_numbers_as_they_were_first_written() -> None:
    made = message(
        "ADT^A04", "EVN|A04|20260301",
        "PID|1||1||DOE^JO||||||1 MAIN^APT 2^TOWN^ST^12345||(555)555-1234X12", version="2.1",
    )  # fmt: skip
    patient = one(made, "Patient")
    assert patient["address"] == [
        {"line": ["1 MAIN", "APT 2"], "city": "TOWN", "state": "ST", "postalCode": "12345"}
    ]
    assert patient["telecom"] == [{"system": "phone", "use": "home", "value": "(555)555-1234X12"}]


@pytest.mark.parametrize(
    ("version", "status", "findings"),
    [
        ("2.9", "entered-in-error", ["already-filled OBX-11"]),
        ("2.9.1", "entered-in-error", ["already-filled OBX-11"]),
        ("", "entered-in-error", ["already-filled OBX-11"]),
        ("2.8.2", "final", ["not-applicable OBX-31"]),
        ("2.5.1", "final", ["not-applicable OBX-31"]), ("2.3", "final", ["not-applicable OBX-31"]),
    ],
)  # fmt: skip
def test_a_field_that_a_version_does_not_have_takes_no_result_back(
    version: str, status: str, findings: list[str]
) -> None:
    """OBX-31 is the action code from 2.9 on; before, OBX ends with OBX-30 at most."""
    made = oru("OBX|1|NM|X^x^L||5|mg|||||F" + "|" * 20 + "D", version=version)
    assert one(made, "Observation")["status"] == status
    assert found(made) == findings
