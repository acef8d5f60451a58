"""What is taken back, closed or opened again is valid FHIR beside what was known of it before."""

from __future__ import annotations

import pytest
from ingest_feed import hl7

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
VISIT = "PV1|1|O|||||||||||||||||V1^^^TJH01^VN"
TIMES = "^^^20260320090000^20260320093000"


def problem(event, action, more=""):
    prb = f"PRB|{action}|20260301|E11^Diabetes^I10|P1{more}"
    return hl7(PID, prb, type_=f"PPR^{event}", control_id=event + action + str(len(more)))


def appointment(event, reason="", times=TIMES):
    sch = f"SCH|A1|B1||||{reason}|||||{times}"
    return hl7(sch, PID, type_=f"SIU^{event}", control_id=event + reason)


def diagnosis(action):
    dg1 = f"DG1|1||E11^Diabetes^I10||20260301|F|{'|' * 13}D1|{action}"
    return hl7("EVN|A08|20260301", PID, VISIT, dg1, type_="ADT^A08", control_id="DG" + action)


def allergy(action):
    iam = f"IAM|1|DA|PEN^Penicillin|SV||{action}|I1"
    return hl7("EVN|A60|20260301", PID, iam, type_="ADT^A60", control_id="I" + action)


def state(resource):
    """Return what a resource's state is: the codes of its statuses."""
    names = ("status", "verificationStatus", "clinicalStatus")
    found = [resource[name] for name in names if name in resource]
    return [each if isinstance(each, str) else each["coding"][0]["code"] for each in found]


RESOLVED = "|" * 5 + "20260310"  # PRB-9
AGAIN = "|" * 10 + "relapse"  # PRB-14


@pytest.mark.parametrize(
    ("type_", "messages", "expected"),
    [
        ("Condition", [problem("PC1", "AD"), problem("PC3", "DE")], ["entered-in-error"]),
        ("Condition", [problem("PC3", "DE"), problem("PC1", "AD")], ["active"]),
        ("Condition", [problem("PC1", "AD"), problem("PC2", "UP", RESOLVED)], ["resolved"]),
        ("Condition", [problem("PC2", "UP", RESOLVED), problem("PC3", "DE")], ["entered-in-error"]),
        ("Condition", [problem("PC1", "AD"), problem("PC3", "DE", RESOLVED)], ["entered-in-error"]),
        ("Condition", [problem("PC2", "UP", RESOLVED), problem("PC2", "UP", AGAIN)], ["relapse"]),
        ("Condition", [diagnosis("A"), diagnosis("D")], ["entered-in-error"]),
        ("AllergyIntolerance", [allergy("A"), allergy("D")], ["entered-in-error"]),
        ("AllergyIntolerance", [allergy("D"), allergy("A")], ["active"]),
        ("Appointment", [appointment("S12"), appointment("S15", "SICK")], ["cancelled"]),
        ("Appointment", [appointment("S15", "SICK"), appointment("S12")], ["booked"]),
        ("Appointment", [appointment("S15", "SICK"), appointment("S14")], ["cancelled"]),
        ("Appointment", [appointment("S26"), appointment("S20")], ["noshow"]),
        ("Appointment", [appointment("S14")], ["booked"]),
        ("Appointment", [appointment("S15", "SICK"), appointment("S17")], ["entered-in-error"]),
        ("Appointment", [appointment("S12"), appointment("S17", times="")], ["entered-in-error"]),
        ("Appointment", [appointment("S12"), appointment("S26")], ["noshow"]),
    ],
)
def test_the_last_word_on_a_state_is_kept(tjh, type_, messages, expected):
    for message in messages:
        tjh(message)
    (found,) = tjh.resources(type_)
    assert state(found) == expected


def test_a_cancelled_appointment_keeps_whom_it_was_with(tjh):
    who = ("RGS|1", "AIL|1||R9^^^TJH01", "AIP|1||D1^House^Gregory")
    booked = appointment("S12").rstrip(b"\r").decode() + "\r" + "\r".join(who)
    tjh(booked.encode())
    tjh(appointment("S15", "SICK"))
    (found,) = tjh.resources("Appointment")
    actors = [one["actor"]["reference"].partition("/")[0] for one in found["participant"]]
    assert (actors, found["status"]) == (["Patient", "Location", "Practitioner"], "cancelled")
    tjh(booked.replace("D1^House^Gregory", "D2^Wilson^James").replace("|S12|", "|S13|").encode())
    (found,) = tjh.resources("Appointment")
    names = [one["actor"].get("display") for one in found["participant"]]
    assert (names[2:], found["status"]) == (["James Wilson"], "booked")
