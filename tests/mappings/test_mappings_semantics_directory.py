"""Master files: an entry (MFE) and what follows it speak of one practitioner, or of one place."""

from __future__ import annotations

import pytest
from speaking import found, message, of, one, oru

from mappings.translate import Translation

STF = "STF|S1|1234^^^H|Li^Na||F"
LOC = "LOC|W^1^2^H1|by the window"
LDP = "LDP|W^1^2^H1|CARD^Cardiology|MED^Medicine|P^Pediatrics"


def staff(*segments: str) -> Translation:
    return message("MFN^M02", "MFI|PRA||UPD|||NE", *segments)


def places(*segments: str) -> Translation:
    return message("MFN^M05", "MFI|LOC||UPD|||NE", *segments)


@pytest.mark.parametrize(
    ("event", "active"),
    [("MDL", False), ("MDC", False), ("MAC", True), ("MAD", True), ("MUP", True)],
)
def test_an_entry_and_its_staff_record_are_one_practitioner(event: str, active: bool) -> None:
    made = staff(f"MFE|{event}|1|20260301|S1|CWE", STF)
    practitioner = one(made, "Practitioner")
    assert practitioner["active"] is active
    assert [each["value"] for each in practitioner["identifier"]] == ["S1", "1234"]
    assert found(made) == []


@pytest.mark.parametrize(
    ("event", "active"),
    [("MDL", False), ("MDC", False), ("MAC", True), ("MAD", True), ("MUP", None)],
)
def test_an_entry_alone_names_its_practitioner_by_the_key(event: str, active: bool | None) -> None:
    made = staff(f"MFE|{event}|1|20260301|S1|CWE")
    practitioner = one(made, "Practitioner")
    assert practitioner.get("active") is active
    assert practitioner["id"] == "directory.Practitioner-record-S1"
    assert [each["value"] for each in practitioner["identifier"]] == ["S1"]
    assert found(made) == []


def test_entries_with_and_without_a_record_follow_one_another() -> None:
    made = staff(
        "MFE|MDL|1|20260301|S8|CWE", "MFE|MUP|2|20260301|S1|CWE", STF, "PRA|S1||||Cardiology",
        "MFE|MDC|3|20260301|S9|CWE", "MFE|MUP|4|20260301|S7|CWE", "PRA|S7||||Surgery",
    )  # fmt: skip
    said = [
        (each["identifier"][0]["value"], each.get("active"), "qualification" in each)
        for each in of(made, "Practitioner")
    ]
    assert sorted(said) == [
        ("S1", True, True), ("S7", None, True), ("S8", False, False), ("S9", False, False),
    ]  # fmt: skip
    assert found(made) == []


@pytest.mark.parametrize(
    ("event", "status"),
    [("MDL", "inactive"), ("MDC", "inactive"), ("MAC", "active"), ("MUP", "active")],
)
def test_a_place_keeps_what_is_said_of_it_when_it_is_closed(event: str, status: str) -> None:
    made = places(f"MFE|{event}|1|20260301|W^1^2^H1|PL", LOC, LDP)
    (bed,) = (each for each in of(made, "Location") if each["identifier"][0]["value"] == "W^1^2^H1")
    assert (bed["status"], bed["description"]) == (status, "by the window")
    assert [each["text"] for each in bed["type"]] == ["Cardiology", "Medicine", "Pediatrics"]
    assert found(made) == []


@pytest.mark.parametrize(
    ("event", "status"),
    [("MDL", "inactive"), ("MDC", "inactive"), ("MAC", "active"), ("MAD", "active"), ("MUP", None)],
)
def test_an_entry_alone_names_its_place(event: str, status: str | None) -> None:
    made = places(f"MFE|{event}|1|20260301|W^1^2^H1|PL", LDP)
    (bed,) = (each for each in of(made, "Location") if each["identifier"][0]["value"] == "W^1^2^H1")
    assert bed.get("status") == status
    assert len(bed["type"]) == 3
    assert found(made) == []


@pytest.mark.parametrize(
    ("file", "segments", "type_"),
    [
        ("PRA", ("MFE|MUP|1||D1", "STF|D1|D1|House^Gregory"), "Practitioner"),
        ("stf^Staff^HL70175", ("MFE|MUP|1||D1", "STF|D1|D1|House^Gregory"), "Practitioner"),
        ("LOC", ("MFE|MAD|1||W1", "LOC|W1^^^H|Ward"), "Location"),
    ],
)
def test_a_master_file_is_known_where_the_message_names_no_event(
    file: str, segments: tuple[str, ...], type_: str
) -> None:
    made = message("MFN", f"MFI|{file}||UPD|||NE", *segments, version="2.3")
    assert made.type in {"MFN^M02", "MFN^M05"}
    assert of(made, type_)
    assert "no-structure MSH-9" not in found(made)


def test_another_master_file_has_no_structure_still() -> None:
    made = message("MFN", "MFI|INV||UPD|||NE", "MFE|MAD|1||X", "STF|D1|D1|House^Gregory")
    assert "no-structure MSH-9" in found(made)


@pytest.mark.parametrize("system", ["CLIA", "2.16.840.1.113883.4.7"])
@pytest.mark.parametrize(
    "laboratory",
    [
        "Lab^L^^^^CLIA&2.16.840.1.113883.4.7&ISO^XX^^^11D0668319",
        "Lab^L^^^^CLIA^XX^^^11D0668319", "Lab^^11D0668319^^^&2.16.840.1.113883.4.7&ISO",
    ],
)  # fmt: skip
def test_a_laboratory_is_one_by_its_certificate(system: str, laboratory: str) -> None:
    """CLIA's number is a code in OBX-15 and an organization's number in OBX-23."""
    made = oru(f"OBX|1|NM|X^x^L||1||||||F||||11D0668319^Lab^{system}||||||||{laboratory}")
    (named,) = [each for each in of(made, "Organization") if each["name"] == "Lab"]
    (number,) = named["identifier"]
    assert (number["system"], number["value"]) == ("urn:oid:2.16.840.1.113883.4.7", "11D0668319")
    (performer,) = one(made, "Observation")["performer"]
    assert performer == {"reference": f"Organization/{named['id']}", "display": "Lab"}
    assert found(made) == []


def test_a_laboratory_that_is_called_in_two_ways_is_called_one_way() -> None:
    made = oru(
        "OBX|1|NM|X^x^L||1||||||F||||11D0668319^Laboratory Inc^CLIA||||||||"
        "Lab^L^^^^CLIA^XX^^^11D0668319"
    )
    assert [each["display"] for each in one(made, "Observation")["performer"]] == ["Lab"]
    assert found(made) == ["already-filled OBX-15"]


@pytest.mark.parametrize("code", ["L7^Lab^99LAB", "L7^Lab", "L7", "^Lab"])
def test_other_codes_of_laboratories_keep_what_they_are_known_by(code: str) -> None:
    made = oru(f"OBX|1|NM|X^x^L||1||||||F||||{code}||||||||Other^L^^^^H2^XX^^^L7")
    assert len(one(made, "Observation")["performer"]) == 2
