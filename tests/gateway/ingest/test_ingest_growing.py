"""What several messages name grows into one resource, in whichever order they come."""

from __future__ import annotations

import pytest
from ingest_feed import hl7

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
VISIT = "PV1|1|I|W1^2^B^TJH01||||D1^House^Gregory||||||||||||V1^^^TJH01^VN"
ADMITTED = hl7("EVN|A01|20260301", PID, f"{VISIT}{'|' * 25}20260301", type_="ADT^A01",
               control_id="1")  # fmt: skip
REPORTED = hl7(
    PID, "PV1|1||||||||||||||||||V1^^^TJH01^VN", "ORC|RE|P1|F1",
    "OBR|1|P1|F1|A^Aa|||20260302|||||||||D1^House", "OBX|1|NM|X||1||||||F",
    type_="ORU^R01", control_id="2",
)  # fmt: skip
STAFF = hl7(
    "MFI|PRA||UPD", "MFE|MUP|1||D1", "STF|D1|D1^^^TJH01|House^Gregory||M|19590611",
    type_="MFN^M02", control_id="3",
)  # fmt: skip
PLACE = hl7("MFI|LOC||UPD", "MFE|MAD|1||W1^2^B^TJH01", "LOC|W1^2^B^TJH01|by the window",
            type_="MFN^M05", control_id="4")  # fmt: skip


def references(value):
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for item in value.values() for found in references(item)]
    return [r for item in value for r in references(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 3, 2), (2, 1, 0, 3)])
def test_things_grow_and_references_resolve(tjh, order):
    messages = (ADMITTED, REPORTED, STAFF, PLACE)
    for number in order:
        tjh(messages[number])
    patient, directory = tjh.resources(), tjh.resources(kind="directory")
    everything = {f"{one['resourceType']}/{one['id']}": one for one in patient + directory}
    assert set(references(list(everything.values()))) <= set(everything)

    def the(type_):
        (one,) = (r for r in everything.values() if r["resourceType"] == type_)
        return one

    visit, doctor = the("Encounter"), the("Practitioner")
    assert visit["period"]["start"].startswith("2026-03-01")
    assert the("Observation")["encounter"]["reference"] == f"Encounter/{visit['id']}"
    assert (doctor["gender"], doctor["birthDate"]) == ("male", "1959-06-11")
    assert doctor["name"][0]["given"] == ["Gregory"]
    bed = visit["location"][0]["location"]["reference"]
    assert everything[bed]["description"] == "by the window"
    assert everything[bed]["physicalType"]


LINK = hl7("EVN|A24|20260301", PID, "PID|2||8^^^TJH01^MR||Doe^J", type_="ADT^A24", control_id="5")
THIRD = hl7("EVN|A24|20260301", PID, "PID|2||9^^^TJH01^MR||Doe^K", type_="ADT^A24", control_id="6")
UNLINK = hl7("EVN|A37|20260301", PID, "PID|2||8^^^TJH01^MR||Doe^J", type_="ADT^A37", control_id="7")


def links(tjh, mrn):
    return {link["other"]["reference"] for link in tjh.patient(mrn).get("link", ())}


def test_an_unlink_takes_away_one_link_of_several(tjh):
    tjh(LINK)
    tjh(THIRD)
    of = {mrn: f"Patient/{tjh.patient(mrn)['id']}" for mrn in "789"}
    assert links(tjh, "7") == {of["8"], of["9"]}
    assert links(tjh, "8") == {of["7"]}
    tjh(UNLINK)
    assert links(tjh, "7") == {of["9"]}
    assert links(tjh, "8") == set()
    assert links(tjh, "9") == {of["7"]}


def test_a_moved_visit_is_an_error_where_it_was(tjh):
    other = PID.replace("7^^^", "8^^^")
    tjh(hl7("EVN|A01|20260301", other, VISIT, type_="ADT^A01", control_id="8"))
    tjh(hl7("EVN|A45|20260301", PID, "MRG|8^^^TJH01^MR||||V1^^^TJH01^VN", VISIT,
             type_="ADT^A45", control_id="9"))  # fmt: skip
    visits = {one["subject"]["reference"]: one["status"] for one in tjh.resources("Encounter")}
    of = {mrn: f"Patient/{tjh.patient(mrn)['id']}" for mrn in "78"}
    assert visits == {of["7"]: "in-progress", of["8"]: "entered-in-error"}
    assert not any("link" in tjh.patient(mrn) for mrn in "78")


def test_a_renumbered_visit_keeps_its_old_number(tjh):
    tjh(ADMITTED)
    tjh(
        hl7(
            "EVN|A50|20260302", PID, "MRG|7^^^TJH01^MR||||V1^^^TJH01^VN",
            "PV1|1|I|||||||||||||||||V2^^^TJH01^VN", type_="ADT^A50", control_id="10",
        )
    )  # fmt: skip
    tjh(hl7("EVN|A08|20260303", PID, "PV1|1|I|||||||||||||||||V2^^^TJH01^VN", control_id="11"))
    (visit,) = tjh.resources("Encounter")
    kept = [(i.get("use"), i["value"]) for i in visit["identifier"]]
    assert sorted(kept, key=str) == [("old", "V1"), (None, "V2")]
    assert (visit["status"], visit["period"]["start"][:10]) == ("in-progress", "2026-03-01")
