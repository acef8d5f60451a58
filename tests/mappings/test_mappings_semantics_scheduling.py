"""Appointments: when they are, what state they are in, and who takes part."""

from __future__ import annotations

import json

import pytest
from speaking import PID, found, message, one

START, END = "20260310090000", "20260310093000"
TIMES = ("2026-03-10T09:00:00", "2026-03-10T09:30:00")
SCH = "SCH|A1|B1" + "|" * 23


def times(appointment: dict[str, str]) -> tuple[str, ...]:
    """When it is, without the offset."""
    return tuple(appointment[name][:19] for name in ("start", "end") if name in appointment)


@pytest.mark.parametrize(
    ("sch", "tq1"),
    [
        (SCH, f"TQ1|1||||||{START}|{END}"),
        (SCH, f"TQ1|1|||||30^min|{START}"),
        ("SCH|A1|B1|||||||30|min" + "|" * 15, f"TQ1|1||||||{START}"),
        ("SCH|A1|B1|||||||30" + "|" * 16, f"TQ1|1||||||{START}"),
    ],
)
@pytest.mark.parametrize(
    ("event", "said", "status"),
    [
        ("S12", "Booked", "booked"), ("S12", "", "booked"), ("S14", "Booked", "booked"),
        ("S12", "Complete", "fulfilled"), ("S26", "", "noshow"), ("S15", "Booked", "cancelled"),
    ],
)  # fmt: skip
def test_tq1_says_when(sch: str, tq1: str, event: str, said: str, status: str) -> None:
    """SCH-11 is kept for systems before version 2.5 only (v2.9 10.6.2.11)."""
    made = message(f"SIU^{event}", sch + said, tq1, PID)
    appointment = one(made, "Appointment")
    assert (appointment["status"], times(appointment)) == (status, TIMES)
    assert "requestedPeriod" not in appointment
    assert [f for f in found(made) if "TQ1" in f] == []


UNKNOWN = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "unknown",
        }
    ]
}


@pytest.mark.parametrize(
    "segments",
    [
        (SCH + "Booked", f"TQ1|1||||||{START}", PID),
        (f"SCH|A1|B1|||||||||^^^{START}{'|' * 14}Booked", PID),
        (f"SCH|A1|B1|||||||30|soon|^^^{START}{'|' * 14}Booked", PID),
        (SCH + "Booked", PID, "RGS|1", f"AIS|1||X^x^L|{START}"),
        (SCH + "Booked", PID, "RGS|1", f"AIS|1||X^x^L|{START}|||30|soon"),
    ],
)
def test_an_end_that_nobody_tells_is_not_known(segments: tuple[str, ...]) -> None:
    """It is booked all the same: whoever lists the appointments of a day must see it."""
    appointment = one(message("SIU^S12", *segments), "Appointment")
    assert (appointment["status"], times(appointment)) == ("booked", TIMES[:1])
    assert appointment["_end"] == UNKNOWN
    assert "requestedPeriod" not in appointment


@pytest.mark.parametrize(
    "segments", [(SCH, "TQ1|1||||||20260310"), ("SCH|A1|B1|||||||||^^^20260310",)]
)
def test_a_day_alone_is_a_wish(segments: tuple[str, ...]) -> None:
    appointment = one(message("SIU^S12", *segments, PID), "Appointment")
    assert (appointment["status"], times(appointment)) == ("proposed", ())
    assert appointment["requestedPeriod"] == [{"start": "2026-03-10"}]
    assert "_end" not in appointment


@pytest.mark.parametrize(
    "unit",
    ["", "min", "MIN", "M", "minutes", "Minutes", "MINUTES", "mins", "min.", "分钟", "分",
     "M^minutes^L"],
)  # fmt: skip
def test_a_unit_of_time_is_known_as_people_write_it(unit: str) -> None:
    for more in (f"|30|{unit}|^^^{START}", f"||{unit}|^^30^{START}"):
        made = message("SIU^S12", "SCH|A1|B1||||||" + more, PID)
        appointment = one(made, "Appointment")
        assert (appointment["minutesDuration"], times(appointment)) == (30, TIMES)
        assert found(made) == []
    made = message("SIU^S12", SCH, PID, "RGS|1", f"AIS|1||X^x^L|{START}|||30|{unit}")
    assert times(one(made, "Appointment")) == TIMES


@pytest.mark.parametrize(
    ("amount", "unit", "minutes"), [("1.5", "小时", 90), ("2", "hrs", 120), ("1", "周", 10080)]
)
def test_how_long_is_said_in_minutes(amount: str, unit: str, minutes: int) -> None:
    made = message("SIU^S12", f"SCH|A1|B1|||||||{amount}|{unit}", PID)
    assert one(made, "Appointment")["minutesDuration"] == minutes
    assert found(made) == []


@pytest.mark.parametrize(("amount", "unit"), [("30", "soon"), ("0", "min"), ("long", "min")])
def test_how_long_is_found_if_it_is_no_time(amount: str, unit: str) -> None:
    made = message("SIU^S12", f"SCH|A1|B1|||||||{amount}|{unit}", PID)
    assert "minutesDuration" not in one(made, "Appointment")
    assert "bad-value SCH-9" in found(made)


def test_details_are_of_an_order_of_something() -> None:
    made = message("OMI^O23", PID, "ORC|NW|O1", "IPC|ACC|RP|1.2||CT^CT^DCM")
    request = one(made, "ServiceRequest")
    assert request["code"] == {"text": "unspecified"}
    assert request["orderDetail"][0]["text"] == "CT"


def test_a_change_of_something_else_leaves_the_state() -> None:
    made = message("SIU^S14", SCH, f"TQ1|1||||||{START}|{END}", PID)
    assert times(one(made, "Appointment")) == TIMES
    weak = [m.weak for m in made.made if m.resource["resourceType"] == "Appointment"]
    assert weak == [("status",)]


@pytest.mark.parametrize("event", ["S12", "S15", "S23", "S24", "S25"])
def test_a_time_may_be_of_nobody(event: str) -> None:
    """PID is optional in the messages of a schedule (v2.9 10.3)."""
    sch = f"SCH|A1|B1|||||||||^^^{START}^{END}"
    made = message(f"SIU^{event}", sch, "RGS|1", "AIL|1||R1^^^H1")
    assert not made.rejected
    appointment = one(made, "Appointment")
    assert times(appointment) == TIMES
    assert len(appointment["participant"]) == 1
    assert appointment["id"] == "patient-B1.Appointment-B1"
    assert found(made) == []


@pytest.mark.parametrize("more", ["PV1|1|O", "DG1|1||I10^i^I10", "OBX|1|NM|B^b^L||1"])
def test_what_is_of_a_patient_needs_one(more: str) -> None:
    made = message(
        "SIU^S12", f"SCH|A1|B1|||||||||^^^{START}^{END}", more, "RGS|1", "AIL|1||R1^^^H1"
    )
    assert made.rejected
    assert "no-patient" in [f.code for f in made.findings]


def test_a_time_of_nobody_and_nothing_is_of_whoever_has_its_number() -> None:
    said = message("SIU^S15", "SCH|A1|B1").made
    (made,) = (each for each in said if each.resource["resourceType"] == "Appointment")
    (whose,) = made.resource["participant"]
    assert whose["actor"]["reference"].partition("/")[0] == "Patient"
    assert "participant" in made.weak


def test_a_time_of_nobody_and_nothing_without_a_number_is_refused() -> None:
    made = message("SIU^S12", f"SCH|||||||||||^^^{START}^{END}")
    assert made.rejected
    assert "no-patient" in [f.code for f in made.findings]


def test_a_time_without_a_number_is_its_message_s() -> None:
    made = message("SIU^S23", f"SCH|||||||||||^^^{START}^{END}", "RGS|1", "AIL|1||R1^^^H1")
    assert one(made, "Appointment")["id"] == "patient-1.Appointment-message-1"


@pytest.mark.parametrize(
    ("group", "own", "status"),
    [
        ("", "", "accepted"), ("D", "", "declined"), ("D", "D", "declined"),
        ("D", "A", "accepted"), ("A", "D", "declined"), ("U", "", "accepted"),
    ],
)  # fmt: skip
def test_a_group_that_is_taken_out_takes_its_resources_along(
    group: str, own: str, status: str
) -> None:
    """RGS-2 is the action code of the group (v2.9 10.6.3.2)."""
    made = message(
        "SIU^S20", f"SCH|A1|B1|||||||||^^^{START}^{END}", PID, f"RGS|1|{group}",
        f"AIS|1|{own}|X^x^L", f"AIG|1|{own}|M1^m^L", f"AIL|1|{own}|R1^^^H1", f"AIP|1|{own}|D1^Li",
        "RGS|2", "AIL|1||R2^^^H1",
    )  # fmt: skip
    appointment = one(made, "Appointment")
    taken = [each["status"] for each in appointment["participant"]]
    # the patient, three resources, and the room of the other group
    assert taken.count("accepted") == (5 if status == "accepted" else 2)
    assert ("serviceType" in appointment) == (status == "accepted")


@pytest.mark.parametrize("said", ["Blocked", "BLOCKED"])
def test_a_time_that_is_blocked_is_said_to_be(said: str) -> None:
    made = message("SIU^S23", f"SCH|A1|B1|||||||||^^^{START}^{END}" + "|" * 14 + said, PID)
    appointment = one(made, "Appointment")
    assert appointment["status"] == "booked"
    (kept,) = appointment["_status"]["extension"]
    assert kept["valueCodeableConcept"]["coding"][0]["code"] == said
    assert found(made) == []


def ais(number: int, start: str, minutes: str, action: str = "A") -> str:
    return f"AIS|{number}|{action}|X{number}^x^L|{start}|||{minutes}|min"


@pytest.mark.parametrize(
    ("services", "lost"),
    [
        ([("20260310090000", "10"), ("20260310091000", "20")], ["AIS-7", "AIS[2]-4"]),
        ([("20260310091000", "20"), ("20260310090000", "10")], ["AIS-4", "AIS[2]-7"]),
        ([("20260310090000", "30"), ("20260310091000", "5")], ["AIS[2]-4", "AIS[2]-7"]),
        ([("20260310090000", "30"), ("20260310090000", "30")], []),
        (
            [("20260310091000", "5"), ("20260310090000", "5"), ("20260310092000", "10")],
            ["AIS-4", "AIS[2]-7", "AIS-7", "AIS[3]-4"],
        ),
    ],
)
def test_services_go_from_the_first_to_the_last(
    services: list[tuple[str, str]], lost: list[str]
) -> None:
    """What lies between begin and end has no room, and is found."""
    made = message(
        "SIU^S12", SCH, PID, "RGS|1", *(ais(n, *one) for n, one in enumerate(services, 1))
    )
    appointment = one(made, "Appointment")
    assert (appointment["status"], times(appointment)) == ("booked", TIMES)
    assert len(appointment["serviceType"]) == len(services)
    assert found(made) == [f"already-filled {place}" for place in lost]


def test_services_do_not_move_what_the_appointment_itself_says() -> None:
    made = message(
        "SIU^S12", f"SCH|A1|B1|||||||||^^^{START}^{END}", PID, "RGS|1",
        ais(1, START, "30"), ais(2, END, "30"),
    )  # fmt: skip
    assert times(one(made, "Appointment")) == TIMES
    assert found(made) == ["already-filled AIS[2]-4", "already-filled AIS[2]-7"]


@pytest.mark.parametrize("group", [("D", ""), ("", "D")])
def test_a_service_that_is_taken_out_has_no_time_in_it(group: tuple[str, str]) -> None:
    made = message(
        "SIU^S20", SCH, PID, f"RGS|1|{group[0]}", ais(1, "20260310080000", "30", group[1]),
        "RGS|2", ais(2, START, "30"),
    )  # fmt: skip
    appointment = one(made, "Appointment")
    assert times(appointment) == TIMES
    assert [each["text"] for each in appointment["serviceType"]] == ["x"]
    assert found(made) == []


def test_nothing_is_left_of_the_time_when_every_service_is_taken_out() -> None:
    made = message("SIU^S20", SCH, PID, "RGS|1|D", ais(1, START, "30", ""))
    appointment = one(made, "Appointment")
    assert (appointment["status"], times(appointment)) == ("proposed", ())
    assert [m.weak for m in made.made if m.resource is appointment] == [("status",)]


@pytest.mark.parametrize("reason", ["ROUTINE", "EMERGENCY", "WALKIN"])
def test_a_reason_says_no_more_than_its_sender(reason: str) -> None:
    """ROUTINE is what an appointment is where nobody says otherwise (table 0276)."""
    made = message("SIU^S12", f"SCH|A1|B1|||||{reason}^Words^HL70276", PID)
    (said,) = one(made, "Appointment")["reasonCode"]
    system = "http://terminology.hl7.org/CodeSystem/v2-0276"
    assert said["coding"] == [{"system": system, "code": reason, "display": "Words"}]


@pytest.mark.parametrize("system", ["", "L"])
def test_a_doctor_among_the_resources_has_the_number_that_visits_know(system: str) -> None:
    """AIG-3 has no room for who gave a number out: one that names no system is the hospital's."""
    made = message(
        "SIU^S12", f"SCH|A1|B1|||||||||^^^{START}^{END}", PID, "PV1|1|O|||||D1^Li", "RGS|1",
        f"AIG|1||D1^Li^{system}", "AIG|2||R7^Robot^99ROB",
    )  # fmt: skip
    actors = [each["actor"] for each in one(made, "Appointment")["participant"]]
    doctor, robot = (actor["identifier"] for actor in actors if "identifier" in actor)
    (known,) = one(made, "Practitioner")["identifier"]
    assert (doctor["system"], doctor["value"]) == (known["system"], known["value"])
    assert robot["system"].endswith("/code-system/src/99ROB")


@pytest.mark.parametrize(("kind", "code"), [("O", "AMB"), ("I", "IMP"), ("E", "EMER")])
@pytest.mark.parametrize("event", ["S12", "S15", "S26"])
def test_the_class_of_a_visit_to_come_is_not_lost(event: str, kind: str, code: str) -> None:
    """PV1-2 tells the class. It suggests a state, too, which the appointment knows better."""
    made = message(f"SIU^{event}", f"SCH|A1|B1|||||||||^^^{START}^{END}", PID, f"PV1|1|{kind}")
    assert one(made, "Encounter")["class"]["code"] == code
    assert found(made) == []


SVC = {"code": "SVC", "system": "https://yiqiao.org/fhir/code-system/src/L"}


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ("SVC^x^L", [{"coding": [SVC]}]),
        ("SVC^x", [{"coding": [{"code": "SVC"}]}, {"text": "x"}]),
        ("SVC", [{"coding": [{"code": "SVC"}]}, {"text": "SVC"}]),
        ("^hair cut", [{"text": "hair cut"}]),
    ],
)
def test_a_service_that_is_taken_out_goes_from_what_is_known(said: str, gone: list[object]) -> None:
    made = message("SIU^S22", SCH, PID, "RGS|1", f"AIS|1|D|{said}|{START}|||30|min")
    (appointment,) = (m for m in made.made if m.resource["resourceType"] == "Appointment")
    assert "serviceType" not in appointment.resource
    words = [word.partition(" ") for word in appointment.erase]
    assert [(name, json.loads(item)) for name, _, item in words] == [
        ("serviceType", item) for item in gone
    ]
    assert found(made) == []


def test_a_service_that_nobody_names_takes_nothing_out() -> None:
    made = message("SIU^S22", SCH, PID, "RGS|1", "AIS|1|D|^^L")
    assert [m.erase for m in made.made if m.resource["resourceType"] == "Appointment"] == [()]
    assert found(made) == ["bad-value AIS-3"]


@pytest.mark.parametrize(
    ("offset", "unit", "begin", "end"),
    [
        ("0", "min", "10:00", "10:30"),
        ("15", "min", "10:15", "10:45"),
        ("1", "h", "11:00", "11:30"),
    ],
)
@pytest.mark.parametrize("segment", ["AIG|1||M1^MRI^L|||||", "AIL|1||R1^^^H|||", "AIP|1||7^Li|||"])
def test_who_takes_part_from_an_offset_on_does_so_for_as_long_as_is_said(
    segment: str, offset: str, unit: str, begin: str, end: str
) -> None:
    """An offset of none, as most write it, was no begin, and with one there was no end."""
    made = message(
        "SIU^S12",
        "SCH|P1|F1|||||||90|min|^^90^202603011000+0800",
        PID,
        "RGS|1",
        f"{segment}|{offset}|{unit}|30|min",
    )
    (participant,) = [p for p in one(made, "Appointment")["participant"] if "period" in p]
    day = "2026-03-01T{}:00+08:00"
    assert participant["period"] == {"start": day.format(begin), "end": day.format(end)}
    assert found(made) == []
