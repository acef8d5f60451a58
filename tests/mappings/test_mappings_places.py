"""Places of a PL: each level a Location in the next larger one, whoever named it, and how."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of, one


def places(written: str) -> list[tuple[str, str, list[str]]]:
    """Name, kind and numbers of the places that PV1-3 makes, the largest first."""
    made = message("ADT^A01", PID, f"PV1|1|I|{written}", version="2.8.2")
    assert found(made) == []
    locations = {f"Location/{each['id']}": each for each in of(made, "Location")}
    seen, result = set(), []
    for place in locations.values():
        if "partOf" in place:  # what it is in stands before it, and is another one
            assert place["partOf"]["reference"] in seen
        seen.add(f"Location/{place['id']}")
        numbers = [each["value"] for each in place["identifier"]]
        result.append((place["name"], place["physicalType"]["coding"][0]["code"], numbers))
    return result


def test_a_bed_is_in_a_room_in_a_ward() -> None:
    assert places("W1^101^12^H1") == [
        ("H1", "si", ["^^^H1"]), ("H1 W1", "wa", ["W1^^^H1"]),
        ("H1 W1 101", "ro", ["W1^101^^H1"]), ("H1 W1 101 12", "bd", ["W1^101^12^H1"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("&1.2.3&ISO^&1.2.4&ISO", [
            ("1.2.3", "wa", ["urn:oid:1.2.3"]), ("1.2.3 1.2.4", "ro", ["urn:oid:1.2.4"]),
        ]),
        ("W1^&1.2.4&ISO^&1.2.5&ISO^&1.2&ISO", [
            ("1.2", "si", ["urn:oid:1.2"]), ("1.2 W1", "wa", ["W1^^^1.2"]),
            ("1.2 W1 1.2.4", "ro", ["urn:oid:1.2.4"]),
            ("1.2 W1 1.2.4 1.2.5", "bd", ["urn:oid:1.2.5"]),
        ]),
        ("&1.2.3&ISO^101^^H1", [
            ("H1", "si", ["^^^H1"]), ("H1 1.2.3", "wa", ["urn:oid:1.2.3"]),
            ("H1 1.2.3 101", "ro", ["1.2.3^101^^H1"]),
        ]),
    ],
)  # fmt: skip
def test_a_level_may_be_named_by_a_universal_id_alone(
    written: str, expected: list[tuple[str, str, list[str]]]
) -> None:
    assert places(written) == expected


@pytest.mark.parametrize("written", ["W1^^&&ISO", "W1^&&ISO^&&ISO^&&ISO", "W1^^^^^^&&ISO^&&ISO"])
def test_a_level_of_which_only_the_kind_of_its_number_is_said_is_none(written: str) -> None:
    made = message("ADT^A01", PID, f"PV1|1|I|{written}", version="2.8.2")
    (ward,) = of(made, "Location")
    assert ward["physicalType"]["coding"][0]["code"] == "wa"
    assert "partOf" not in ward
    assert [each["value"] for each in ward["identifier"]] == ["W1"]
    (visit,) = of(made, "Encounter")
    assert visit["location"][0]["location"]["reference"] == f"Location/{ward['id']}"


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("12 Main St&Main St&12", ["12 Main St"]),
        ("中山路12号&中山路&12号", ["中山路12号"]),
        ("&Side Rd&7", ["Side Rd", "7"]),
        ("17 Main St&MAIN ST&7", ["17 Main St", "7"]),
        ("St Mary&Main St&12", ["St Mary", "Main St", "12"]),
    ],
)
def test_a_line_of_an_address_is_not_said_twice(written: str, line: list[str]) -> None:
    """Most senders have the street (SAD.2) and the number (SAD.3) in the line itself (SAD.1)."""
    made = message("ADT^A08", f"{PID}|||{written}^^Town", "PV1|1|I")
    assert one(made, "Patient")["address"][0]["line"] == line
    assert found(made) == []


@pytest.mark.parametrize(
    ("written", "authority"),
    [
        ("W1^^^H1^^^^^^L7^NS1", "NS1"),  # PL.11 numbers them all
        ("W1^^^H1^^^^^^L7&NS2^NS1", "NS2"),
        ("W1^^^H1^^^^^^L7", "H"),
    ],
)
def test_the_number_of_a_place_is_of_whoever_numbers_places(written: str, authority: str) -> None:
    made = message("ADT^A01", PID, f"PV1|1|I|{written}", version="2.8.2")
    numbers = {
        each["value"]: each for place in of(made, "Location") for each in place["identifier"]
    }
    assert numbers["L7"]["system"] == f"https://yiqiao.org/fhir/authority/src/{authority}"
    assert numbers["L7"].get("assigner", {}).get("display", "H") == authority
    assert found(made) == []


BED = "&1.2.4&ISO^&1.2.5&ISO^&1.2.6&ISO"


@pytest.mark.parametrize(
    ("kind", "segments"),
    [
        ("ADT^A20", ["EVN|A20|20260301", f"NPU|{BED}|K"]),
        ("MFN^M05", [f"MFE|MAD|1||{BED}|PL", f"LOC|{BED}|a bed"]),
        ("MFN^M05", [f"MFE|MAD|1||{BED}|PL"]),
    ],
)
def test_a_place_is_the_same_in_whichever_segment_it_is_named(
    kind: str, segments: list[str]
) -> None:
    visit = message("ADT^A01", PID, f"PV1|1|I|{BED}", version="2.8.2")
    (where,) = {e["location"]["reference"] for e in one(visit, "Encounter")["location"]}
    told = message(kind, *segments, version="2.8.2")
    assert where in {f"Location/{each['id']}" for each in of(told, "Location")}


def test_the_state_of_a_bed_is_of_the_bed_where_the_patient_is() -> None:
    made = message("ADT^A01", PID, f"PV1|1|I|{BED}{37 * '|'}K", version="2.8.2")
    (where,) = {e["location"]["reference"] for e in one(made, "Encounter")["location"]}
    (free,) = [f"Location/{e['id']}" for e in of(made, "Location") if "operationalStatus" in e]
    assert free == where
