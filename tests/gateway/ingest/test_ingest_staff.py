"""A practitioner is one, by whichever number of the staff record a message names him or her."""

from __future__ import annotations

from itertools import permutations

import pytest
from ingest_feed import hl7, sent

_SENT = iter(range(1, 10**6))
RECORD = ("MFE|MUP|1|20260301|S1|CWE", "STF|S1|1234^^^TJH01~N9^^^NAT|Li^Na||F|19800101")


def staff(*segments):
    return hl7("MFI|PRA||UPD|||NE", *segments, type_="MFN^M02", control_id=str(next(_SENT)))


def entry(event, key="S1"):
    return staff(f"MFE|{event}|1|20260301|{key}|CWE")


def visit(doctor, number="V1"):
    return hl7("PID|1||7^^^TJH01^MR||Doe^Jo", f"PV1|1|I|||||{doctor}" + "|" * 12 + number,
               type_="ADT^A01", control_id=str(next(_SENT)))  # fmt: skip


def everyone(tjh):
    """Return the practitioners there are: the numbers of each, and whether active."""
    found = [
        (sorted({each["value"] for each in one["identifier"]}), one.get("active"))
        for one in tjh.resources("Practitioner", kind="directory")
    ]
    return sorted(found, key=repr)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("event", ["MDL", "MDC"])
def test_an_entry_alone_ends_the_one_of_its_record(tjh, event, together):
    sent(tjh, [staff(*RECORD), entry(event)], together)
    assert everyone(tjh) == [(["1234", "N9", "S1"], False)]
    tjh(entry("MAC"))
    assert everyone(tjh) == [(["1234", "N9", "S1"], True)]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_whoever_comes_first_the_record_is_one(tjh, order, together):
    messages = [staff(*RECORD), entry("MDL"), visit("1234^Li^Na")]
    sent(tjh, [messages[number] for number in order], together)
    # who was called by the key and by a number before the record came, was two
    known = 2 if order[2] == 0 else 1
    assert len(everyone(tjh)) == known
    assert ["1234", "N9", "S1"] in [numbers for numbers, _ in everyone(tjh)]
    (practitioner,) = (
        one["id"] for one in tjh.resources("Practitioner", kind="directory") if "name" in one
    )
    (encounter,) = tjh.resources("Encounter")
    reference = encounter["participant"][0]["individual"]["reference"]
    assert reference == f"Practitioner/{practitioner}"


@pytest.mark.parametrize("doctor", ["1234^Li", "1234^Li^^^^^^^TJH01", "N9^Li^^^^^^^NAT"])
@pytest.mark.parametrize("late", [True, False])
def test_any_number_of_the_record_will_do(tjh, doctor, late):
    messages = [staff(*RECORD), visit(doctor)]
    sent(tjh, reversed(messages) if late else messages, False)
    assert [numbers for numbers, _ in everyone(tjh)] == [["1234", "N9", "S1"]]


def test_two_that_were_known_apart_stay_two_and_the_record_s_grows(tjh):
    tjh(visit("1234^Li"), visit("N9^Li^^^^^^^NAT", "V2"))
    tjh(staff(*RECORD))
    tjh(entry("MDL"), visit("N9^Li^^^^^^^NAT", "V3"))
    assert everyone(tjh) == [(["1234", "N9", "S1"], False), (["N9"], None)]


def test_the_key_of_a_record_may_be_another_s_number(tjh):
    tjh(visit("S1^Wu"))
    tjh(staff(*RECORD), entry("MDL"))
    assert everyone(tjh) == [(["1234", "N9", "S1"], False), (["S1"], None)]


def test_a_record_without_other_numbers_is_known_by_its_key(tjh):
    tjh(visit("S1^Li"), entry("MAD"))
    tjh(staff("MFE|MUP|1|20260301|S1|CWE", "STF|S1||Li^Na||F"), entry("MDL"))
    assert [active for _, active in everyone(tjh)] == [False, None]


def test_a_number_of_two_records_joins_nobody(tjh):
    one, other = (staff(f"STF|S{n}|100{n}^^^TJH01~SHARED^^^NAT|Li^Na") for n in (1, 2))
    tjh(one)
    tjh(other)
    assert [numbers for numbers, _ in everyone(tjh)] == [
        ["1001", "S1", "SHARED"], ["1002", "S2", "SHARED"],
    ]  # fmt: skip
    tjh(entry("MDL", "S2"), entry("MDL", "S1"))
    assert [active for _, active in everyone(tjh)] == [False, False]
    tjh(visit("SHARED^Li^^^^^^^NAT"))
    assert len(everyone(tjh)) == 3


def test_numbers_of_other_authorities_are_others(tjh):
    tjh(staff(*RECORD))
    tjh(visit("S1^Li^^^^^^^OTHER"), visit("9999^Wu", "V2"))
    assert [numbers for numbers, _ in everyone(tjh)] == [["1234", "N9", "S1"], ["9999"], ["S1"]]


def test_who_has_no_number_has_a_name(tjh):
    tjh(staff(*RECORD), visit("^Li^Na"))
    found = tjh.resources("Practitioner", kind="directory")
    assert sorted(len(one.get("identifier", ())) for one in found) == [0, 3]


# -- roles -----------------------------------------------------------------------------------------

WITH_ROLE = ("MFE|MAD|1|20260301|{0}|CWE", "STF|{0}|{1}^^^TJH01|Li^Na||F|19800101|{2}|{3}")


def record(key="S1", number="1234", active="A", department="CARD^Cardiology"):
    return staff(*(segment.format(key, number, active, department) for segment in WITH_ROLE))


def roles(tjh):
    """Return whether the roles there are, are active."""
    return sorted(one.get("active") for one in tjh.resources("PractitionerRole", kind="directory"))


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("end", [entry("MDC"), entry("MDL"), record(active="I", department="")])
def test_who_is_no_longer_on_the_staff_has_no_role_there(tjh, end, together):
    sent(tjh, [record(), record("S2", "5678"), end], together)
    assert roles(tjh) == [False, True]
    tjh(entry("MUP"))
    assert roles(tjh) == [False, True]
    tjh(entry("MAC"))
    assert roles(tjh) == [True, True]


def test_a_record_says_itself_whether_its_role_is_active(tjh):
    tjh(record(), entry("MDC"), record(department="ONC^Oncology"))
    (role,) = tjh.resources("PractitionerRole", kind="directory")
    assert (role["active"], role["organization"]["display"]) == (True, "Oncology")
