"""What an update or a resend tells again is one, though nothing numbers it or says when."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
VISIT = "PV1|1|I|W1^2^B^TJH01" + "|" * 16 + "V1^^^TJH01^VN"
HEIGHT = "OBX|1|NM|8302-2^Height^LN||{}|cm|||||F"
VACCINE = "RXA|0|1|20260302||03^MMR^CVX|1" + "|" * 14 + "CP"
GIVEN = "RXA|0|1|20260301100000||A^Amox^L|1|mg"
SLOT = "SCH|A1^HIS|||||||||30|MIN|^^^20260401090000"
_SENT = count(1)


def told(tjh, type_, *segments):
    number = next(_SENT)
    tjh(
        hl7(
            PID, *segments, type_=type_, control_id=str(number), version="2.5.1",
            sent=f"20260302{number // 60:02}{number % 60:02}00",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "segments"),
    [
        ("ADT^A08", [VISIT]),
        ("ADT^A08", []),
        ("VXU^V04", ["ORC|RE||V1^IIS", VACCINE]),
        ("SIU^S12", [SLOT]),
        ("RDE^O11", [VISIT, "ORC|NW|R1", "RXE|^BID|A^Amox^L|1||mg", "RXR|PO"]),
        ("RAS^O17", ["ORC|RE|R1", GIVEN]),
        ("OML^O21", ["ORC|NW|O1", "OBR|1|O1||GLU^G^L"]),
    ],
)
def test_an_observation_of_no_report_is_one(tjh, type_, segments):
    for _ in range(3):
        told(tjh, type_, *segments, HEIGHT.format(170))
    assert len(tjh.resources("Observation")) == 1


def test_what_a_visit_says_anew_takes_the_place_of_what_it_said(tjh):
    for height in (170, 171):
        told(tjh, "ADT^A08", VISIT, HEIGHT.format(height))
    assert [one["valueQuantity"]["value"] for one in tjh.resources("Observation")] == [171]


def test_of_no_visit_other_values_are_other_observations(tjh):
    for height in (170, 171, 170):
        told(tjh, "ADT^A31", HEIGHT.format(height))
    found = (one["valueQuantity"]["value"] for one in tjh.resources("Observation"))
    assert sorted(found) == [170, 171]


def test_what_is_said_of_two_vaccines_at_one_time_stays_apart(tjh):
    def vaccine(code, payer):
        rxa = f"RXA|0|1|20260302||{code}^^CVX|1{'|' * 14}CP"
        return [rxa, f"OBX|1|CE|64994-7^Eligibility^LN|1|{payer}||||||F|||20260302"]

    told(tjh, "VXU^V04", "ORC|RE||V1^IIS", *vaccine("03", "V01"))
    told(tjh, "VXU^V04", "ORC|RE||V2^IIS", *vaccine("20", "V02"), "ORC|RE||V1^IIS",
         *vaccine("03", "V01"))  # fmt: skip
    found = {
        one["partOf"][0]["reference"]: one["valueCodeableConcept"]["coding"][0]["code"]
        for one in tjh.resources("Observation")
    }
    assert sorted(found.values()) == ["V01", "V02"]


def test_what_was_handed_out_once_is_one(tjh):
    for day in ("20260301", "20260301", "20260308"):
        told(tjh, "RDS^O13", "ORC|RE|R1", f"RXD|1|A^Am^L|{day}|1|TAB|||||||||||||LOT1", "RXR|PO")
    found = (one["whenHandedOver"][:10] for one in tjh.resources("MedicationDispense"))
    assert sorted(found) == ["2026-03-01", "2026-03-08"]


def test_a_specimen_of_an_order_is_one(tjh):
    for _ in range(2):
        told(tjh, "OML^O21", "ORC|NW|O1", "OBR|1|O1||GLU^G^L", "SPM|1|||BLD", "SPM|2|||UR")
    assert len(tjh.resources("Specimen")) == 2


@pytest.mark.parametrize(
    ("time", "dead", "known"),
    [("", "Y", "2026-03-02"), ("20260303", "Y", "2026-03-03"), ("", "N", False),
     ("", "", "2026-03-02")],
)  # fmt: skip
def test_when_somebody_died_says_more_than_that_he_is_dead(tjh, time, dead, known):
    for died, said in (("20260302", "Y"), (time, dead)):
        born = PID + "|" * 21 + f"{died}|{said}"
        number = next(_SENT)
        tjh(
            hl7(born, type_="ADT^A08", control_id=str(number), sent=f"2026030410{number % 60:02}00")
        )
    (patient,) = tjh.resources("Patient")
    assert patient.get("deceasedDateTime", patient.get("deceasedBoolean")) == known


@pytest.mark.parametrize(
    ("evn", "left", "end"),
    [("20260302090000|||U1|20260302080000", "", "08:00"), ("20260302090000", "", "09:00"),
     ("20260302090000", "20260302070000", "07:00")],
)  # fmt: skip
def test_a_discharge_that_does_not_say_when_was_when_it_happened(tjh, evn, left, end):
    told(tjh, "ADT^A01", VISIT + "|" * 25 + "20260301")
    tjh(hl7(f"EVN|A03|{evn}", PID, VISIT + "|" * 26 + left, type_="ADT^A03", control_id="x",
            version="2.5.1", sent="20260309100000"))  # fmt: skip
    (visit,) = tjh.resources("Encounter")
    assert (visit["status"], visit["period"]["end"][:16]) == ("finished", f"2026-03-02T{end}")
