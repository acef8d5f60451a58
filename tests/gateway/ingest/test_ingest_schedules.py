"""Times of a schedule that no patient has: kept, changed and cancelled by their own numbers."""

from __future__ import annotations

import pytest
from ingest_feed import hl7, sent


def siu(event, number, order=""):
    return hl7(
        f"SCH|P{number}|F{number}|||||||||^^^20260310090000^20260310093000" + "|" * 15 + order,
        "RGS|1", "AIL|1||R1^^^TJH01", type_=f"SIU^{event}", control_id=f"{event}{number}",
    )  # fmt: skip


def test_a_time_that_is_nobodys_is_kept_and_cancelled(tjh):
    tjh(siu("S23", 1), siu("S12", 2, "O1"), siu("S15", 1))
    with tjh.store.read() as tx:
        assert list(tx.spool.entries()) == []
    found = sorted((one["identifier"][0]["value"], one["status"]) for one in tjh.resources())
    assert found == [("P1", "cancelled"), ("P2", "booked")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("patients", [("7",), ("7", "8"), ("", "7")], ids=str)
def test_what_names_no_patient_is_of_whoever_has_the_appointment(tjh, patients, together):
    """A group has one message; of whom a time is for may be told after it was kept."""
    pids = [number and f"PID|1||{number}^^^TJH01^MR||Doe^Jo" for number in patients]
    groups = [pids] if all(pids) else [[one] for one in pids]
    first = siu("S12", 1).split(b"RGS")
    messages = [
        b"RGS".join([first[0] + "\r".join([*group, ""]).lstrip("\r").encode(), first[1]])
        .replace(b"|S121|", b"|S12%d|" % at)
        for at, group in enumerate(groups)
    ]  # fmt: skip
    ends = [siu(event, 1).replace(b"20260310", b"20260311") for event in ("S13", "S15")]
    sent(tjh, [*messages, siu("S12", 2), *ends], together)
    found = sorted(
        (one["identifier"][0]["value"], one["status"], one["start"][:10], len(one["participant"]))
        for one in tjh.resources("Appointment")
    )
    assert found == [
        *sorted(("P1", "cancelled", "2026-03-11", 2 if one else 1) for one in patients),
        ("P2", "booked", "2026-03-10", 1),
    ]


@pytest.mark.parametrize("segments", [(), ("RGS|1", "AIS|1||ECHO^x^L")], ids=["bare", "service"])
@pytest.mark.parametrize("late", [False, True])
def test_a_cancellation_may_say_nothing_but_the_number(tjh, late, segments):
    """Who takes part is known already, or will be: until then there is nothing to cancel."""
    made = siu("S12", 1).split(b"RGS")
    first = b"RGS".join([made[0] + b"PID|1||7^^^TJH01^MR||Doe^Jo\r", made[1]])
    end = hl7("SCH|P1|F1", *segments, type_="SIU^S15", control_id="end", sent="20260302")
    messages = [end, first] if late else [first, end]
    receipts = [receipt for message in messages for receipt in tjh(message)]
    (appointment,) = tjh.resources("Appointment")
    assert appointment["status"] == "cancelled"
    assert len(appointment["participant"]) == 2
    assert [tjh.findings(receipt.seq) for receipt in receipts] == [[], []]
    (other,) = tjh(hl7("SCH|P2|F2", type_="SIU^S15", control_id="another"))
    assert tjh.findings(other.seq) == ["unknown-order"]
    assert len(tjh.resources("Appointment")) == 1


def test_an_end_is_known_as_long_as_the_begin_stays(tjh):
    """A change that says no end leaves the one that is known; another begin has its own."""

    def told(event, number, when):
        tjh(hl7(f"SCH|P1|F1|||||||||^^^{when}", "RGS|1", "AIL|1||R1^^^TJH01",
                type_=f"SIU^{event}", control_id=str(number)))  # fmt: skip
        (appointment,) = tjh.resources("Appointment")
        return [appointment.get(name, "")[:16] for name in ("start", "end")], "_end" in appointment

    whole = (["2026-03-10T09:00", "2026-03-10T09:30"], False)
    assert told("S12", 1, "20260310090000^20260310093000") == whole
    assert told("S14", 2, "20260310090000") == whole
    assert told("S13", 3, "20260311090000") == (["2026-03-11T09:00", ""], True)
    assert told("S14", 4, "20260311090000") == (["2026-03-11T09:00", ""], True)
    whole = (["2026-03-11T09:00", "2026-03-11T10:00"], False)
    assert told("S14", 5, "20260311090000^20260311100000") == whole


PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
KNOWN = "SCH|P1|F1|||||||30|MIN|^^30^20260401090000^20260401093000"


def states(tjh):
    (appointment,) = tjh.resources("Appointment")
    return appointment["status"], appointment.get("start", "")[:10], "_status" in appointment


@pytest.mark.parametrize(
    ("event", "said", "state"),
    [("S26", "", "noshow"), ("S14", "Noshow", "noshow"), ("S14", "Arrived", "arrived"),
     ("S14", "Complete", "fulfilled"), ("S17", "", "entered-in-error"), ("S15", "", "cancelled"),
     ("S14", "", "booked")],
)  # fmt: skip
def test_a_state_that_comes_without_the_time_is_that_of_the_known_one(tjh, event, said, state):
    short = f"SCH|P1|F1{'|' * 23}{said}"
    for number, (type_, sch) in enumerate((("S12", KNOWN), (event, short), (event, short))):
        tjh(hl7(sch, PID, type_=f"SIU^{type_}", control_id=str(number), version="2.5.1"))
        assert len(tjh.resources("Appointment")) == 1
    assert states(tjh) == (state, "2026-04-01", False)


def test_what_is_said_before_the_time_is_known_waits_for_it(tjh):
    tjh(hl7("SCH|P1|F1", PID, type_="SIU^S26", control_id="1"))
    assert states(tjh) == ("proposed", "", True)
    tjh(hl7(KNOWN, PID, type_="SIU^S12", control_id="2"))
    assert states(tjh) == ("booked", "2026-04-01", False)


def service(number, code, begin="", minutes=""):
    return f"AIS|{number}|A|{code}^{code}^L|{begin}|||{minutes}|{'MIN' if minutes else ''}"


def services(tjh, event, *segments, sch="SCH|P1|F1"):
    number = f"{event}-{len(segments)}-{segments[0]}"[:20].replace("|", "-")
    tjh(hl7(sch, PID, "RGS|1|A", *segments, type_=f"SIU^{event}", control_id=number))
    (appointment,) = tjh.resources("Appointment")
    codes = [one["coding"][0]["code"] for one in appointment["serviceType"]]
    return codes, *(appointment[name][11:16] for name in ("start", "end"))


def test_a_service_that_is_added_takes_no_other_away(tjh):
    echo, ecg = service(1, "ECHO", "202604010900", 30), service(2, "ECG", "202604010930", 10)
    assert services(tjh, "S12", echo) == (["ECHO"], "09:00", "09:30")
    assert services(tjh, "S18", ecg) == (["ECHO", "ECG"], "09:00", "09:40")
    labs = service(3, "LAB", "202604010845", 5)
    assert services(tjh, "S18", labs) == (["ECHO", "ECG", "LAB"], "08:45", "09:40")
    changed = service(2, "ECG", "202604010935", 10)
    assert services(tjh, "S19", changed) == (["ECHO", "ECG", "LAB"], "08:45", "09:45")


def test_what_lists_the_services_says_all_there_are(tjh):
    services(tjh, "S12", service(1, "ECHO", "202604010900", 30), service(2, "ECG"))
    found = services(tjh, "S14", service(1, "XR", "202604011000", 15))
    assert found == (["XR"], "10:00", "10:15")
    whole = "SCH|P1|F1|||||||||^^^202604011100^202604011200"
    added = services(tjh, "S18", service(2, "CT", "202604011130", 5), sch=whole)
    assert added == (["XR", "CT"], "11:00", "12:00")


@pytest.mark.parametrize("event", ["S14", "S20", "S22"])
@pytest.mark.parametrize("said", ["ECG^ECG^L", "ECG^ECG", "ECG"])
def test_a_service_that_is_taken_out_is_none_of_the_appointment(tjh, event, said):
    echo, ecg = service(1, "ECHO", "202604010900", 30), service(2, "ECG", "202604010930", 10)
    services(tjh, "S12", echo, ecg)
    assert services(tjh, event, f"AIS|2|D|{said}") == (["ECHO"], "09:00", "09:40")


@pytest.mark.parametrize("event", ["S15", "S16", "S17"])
@pytest.mark.parametrize("action", ["", "A", "D"])
def test_who_cancels_an_appointment_cancels_all_its_services(tjh, event, action):
    """It names one of them: the others were to be done as well."""
    echo, ecg = service(1, "ECHO", "202604010900", 30), service(2, "ECG", "202604010930", 10)
    services(tjh, "S12", echo, ecg)
    found = services(tjh, event, ecg.replace("AIS|2|A", f"AIS|2|{action}"))
    assert found == (["ECHO", "ECG"], "09:00", "09:40")
    (appointment,) = tjh.resources("Appointment")
    assert appointment["status"] == ("entered-in-error" if event == "S17" else "cancelled")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("numbers", ["P1|F1", "P1|", "|F1"])
def test_each_time_of_a_series_is_an_appointment_of_its_own(tjh, numbers, together):
    """They have their numbers in common; SCH-3 tells which of them one is."""

    def told(event, which, when=""):
        sch = f"SCH|{numbers}|{which}||||||||{when and f'^^^{when}0900^{when}0930'}"
        return hl7(sch, PID, type_=f"SIU^{event}", control_id=f"{event}{which}", version="2.5.1")

    made = [told("S12", which, f"2026040{which or 1}") for which in ("", 2, 3)]
    sent(tjh, [*made, told("S15", 2), told("S13", 3, "20260409"), told("S14", 1)], together)
    found = sorted((one["start"][8:10], one["status"]) for one in tjh.resources("Appointment"))
    assert found == [("01", "booked"), ("02", "cancelled"), ("09", "booked")]
    tjh(hl7(f"SCH|{numbers}|3", type_="SIU^S15", control_id="nobody's", version="2.5.1"))
    found = sorted((one["start"][8:10], one["status"]) for one in tjh.resources("Appointment"))
    assert found == [("01", "booked"), ("02", "cancelled"), ("09", "cancelled")]


@pytest.mark.parametrize("together", [True, False])
def test_each_time_of_a_series_is_asked_for_by_itself(tjh, together):
    def told(event, segment, which, when):
        tail = f"SCH|P1||{which}||||||||^^^{when}" if segment == "SCH" else ""
        head = tail or f"ARQ|P1||{which}||||||||{when}"
        return hl7(head, PID, type_=event, control_id=f"{event}{which}", version="2.5.1")

    asked = [told("SRM^S01", "ARQ", which, f"2026040{which or 1}") for which in ("", 2, 3)]
    sent(tjh, [*asked, told("SIU^S12", "SCH", 2, "202604020900")], together)
    states = [one["status"] for one in tjh.resources("Appointment")]
    assert sorted(states) == ["booked", "proposed", "proposed"]


def test_what_nobody_reads_of_a_request_is_found(tjh):
    (receipt,) = tjh(hl7("ARQ|P1|||G1|S1|E1", PID, type_="SRM^S01", control_id="1"))
    assert tjh.findings(receipt.seq) == ["unmapped-field"] * 3


def shared(event, filler, when="", cancels=""):
    sch = f"SCH|P1|{filler}|||{'|' * 6}{when and f'^^^2026040{when}0900^2026040{when}0930'}"
    return hl7(sch, PID, type_=f"SIU^{event}", control_id=f"{event}{filler}{when}", version="2.5.1")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("said", "states", "unclear"),
    [
        # By the time that it tells; else nobody knows which.
        ([shared("S15", "", 2)], ["booked", "cancelled"], 0),
        ([shared("S15", "")], ["booked", "booked", "cancelled"], 1),
        # Of two, one is over already.
        ([shared("S15", "F1"), shared("S15", "")], ["cancelled", "cancelled"], 0),
        ([shared("S15", "", 1), shared("S15", "")], ["cancelled", "cancelled"], 0),
        ([shared("S14", "")], ["booked", "booked", "proposed"], 1),
    ],
)
def test_a_placers_number_of_several_appointments_names_none(tjh, said, states, unclear, together):
    receipts = sent(tjh, [shared("S12", "F1", 1), shared("S12", "F2", 2), *said], together)
    assert sorted(one["status"] for one in tjh.resources("Appointment")) == states
    found = [code for receipt in receipts for code in tjh.findings(receipt.seq)]
    assert found.count("appointment-unclear") == unclear


def test_that_of_one_alone_names_it(tjh):
    tjh(shared("S12", "F1", 1), shared("S15", ""))
    assert [one["status"] for one in tjh.resources("Appointment")] == ["cancelled"]
