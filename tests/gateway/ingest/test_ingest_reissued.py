"""The number of a merged record that is given to the next patient: he is nobody of that record."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7
from ingest_feed import sent as in_batches

_SENT = count(1)
BOTH = pytest.mark.parametrize("together", [True, False])
JO, ANN, EVE = "Doe^Jo||19800101|M", "Roe^Ann||19900202|M", "Poe^Eve||19700303|F"


def sent(type_, number, who, *segments):
    at = f"20260301{next(_SENT):06d}"
    pid = f"PID|1||{number}^^^TJH01^MR||{who}"
    return hl7(pid, *segments, type_=type_, control_id=f"R{at}", version="2.5.1", sent=at)


def visit(event, number, who, visited):
    pv1 = f"PV1|1|I|W1{'|' * 16}{visited}"
    return sent(f"ADT^{event}", number, who, f"EVN|{event}|2026030110", pv1)


def merge(surviving, retired, who=JO):
    return sent("ADT^A40", surviving, who, f"MRG|{retired}^^^TJH01^MR")


def result(number, who, filler):
    return sent("ORU^R01", number, who, f"OBR|1||{filler}|GLU^Glucose^L",
                "OBX|1|NM|GLU^Glucose^L||5|mmol/L|||||F")  # fmt: skip


def whose(tjh, type_):
    """Return the family name and number of whom each resource of a type is, with its number."""
    patients = {f"Patient/{one['id']}": one for one in tjh.resources("Patient")}
    found = []
    for one in tjh.resources(type_):
        patient = patients[one["subject"]["reference"]]
        assert one["id"].partition(".")[0] == patient["id"].partition(".")[0]
        number = patient["identifier"][0]["value"]
        own = next((each["value"] for each in one.get("identifier", ())), "")
        found.append((patient["name"][0]["family"], number, own))
    return sorted(found)


def known(tjh):
    return sorted(
        (one["name"][0]["family"], one["identifier"][0]["value"], one.get("active", True))
        for one in tjh.resources("Patient")
    )


def findings(tjh, receipts):
    return [tjh.findings(one.seq) for one in receipts]


MERGED = [visit("A01", "100", JO, "V1"), visit("A08", "200", JO, "V2"), merge("200", "100")]


@BOTH
def test_who_gets_a_retired_number_has_a_record_of_his_own(tjh, together):
    in_batches(tjh, MERGED, together)
    more = [visit("A01", "100", ANN, "V1"), result("100", ANN, "F1"), result("100", "", "F2")]
    receipts = in_batches(tjh, more, together)
    assert findings(tjh, receipts) == [["number-reissued"], [], []]
    assert known(tjh) == [("Doe", "100", False), ("Doe", "200", True), ("Roe", "100", True)]
    assert whose(tjh, "Encounter") == [("Doe", "200", "V1"), ("Doe", "200", "V2"),
                                       ("Roe", "100", "V1")]  # fmt: skip
    assert whose(tjh, "Observation") == [("Roe", "100", "")] * 2
    assert {tjh.entry(one.seq).compartment for one in receipts} == {
        one["id"].partition(".")[0] for one in tjh.resources("Patient")
        if one["name"][0]["family"] == "Roe"
    }  # fmt: skip


@BOTH
def test_what_calls_the_merged_one_by_name_is_still_the_survivor_s(tjh, together):
    in_batches(tjh, [*MERGED, visit("A01", "100", ANN, "V3")], together)
    more = [
        result("100", JO, "F1"),
        result("100", "Doe^Jo||19800101", "F2"),
        merge("200", "100"),
    ]
    assert findings(tjh, in_batches(tjh, more, together)) == [[], [], []]
    assert whose(tjh, "Observation") == [("Doe", "200", "")] * 2
    assert whose(tjh, "Encounter")[-1] == ("Roe", "100", "V3")


@pytest.mark.parametrize("who", ["", "Doe^Jo||19800102|M", "Roe^Ann||19800101|F", "Roe^Ann|||F"])
def test_who_may_be_the_same_is(tjh, who):
    tjh(*MERGED)
    (receipt,) = tjh(visit("A08", "100", who, "V1"))
    assert tjh.findings(receipt.seq) == []
    assert len(tjh.resources("Patient")) == 2


@BOTH
def test_the_next_one_s_record_is_merged_and_its_number_given_out_again(tjh, together):
    first = [*MERGED, visit("A01", "100", ANN, "V3"), visit("A01", "300", ANN, "V4")]
    in_batches(tjh, first, together)
    in_batches(tjh, [merge("300", "100", ANN), visit("A08", "100", ANN, "V3")], together)
    assert whose(tjh, "Encounter")[2:] == [("Roe", "300", "V3"), ("Roe", "300", "V4")]
    receipts = in_batches(tjh, [visit("A01", "100", EVE, "V5"), visit("A08", "100", ANN, "V3")],
                          together)  # fmt: skip
    assert findings(tjh, receipts) == [["number-reissued"], []]
    assert [one for one in known(tjh) if one[2]] == [
        ("Doe", "200", True), ("Poe", "100", True), ("Roe", "300", True),
    ]  # fmt: skip
    assert whose(tjh, "Encounter")[2:] == [("Poe", "100", "V5"), ("Roe", "300", "V3"),
                                           ("Roe", "300", "V4")]  # fmt: skip


def test_a_merge_turned_round_with_other_data_begins_nobody(tjh):
    tjh(*MERGED, merge("100", "200", ANN))
    assert [one[1:] for one in known(tjh)] == [("200", False), ("100", True)]
    assert len(whose(tjh, "Encounter")) == 2


def moves(number, who, old, visited):
    """Return an A45: a visit was entered in the record of `old`."""
    return sent("ADT^A45", number, who, "EVN|A45|2026030110", f"MRG|{old}^^^TJH01^MR||||{visited}",
                f"PV1|1|I|W1{'|' * 16}{visited}")  # fmt: skip


REISSUED = [*MERGED, visit("A01", "100", ANN, "V3"), visit("A01", "300", EVE, "V4")]


def living(tjh):
    """Return the number of each visit that was no error, and whose it is."""
    names = {f"Patient/{one['id']}": one["name"][0]["family"] for one in tjh.resources("Patient")}
    return sorted(
        (one["identifier"][0]["value"], names[one["subject"]["reference"]])
        for one in tjh.resources("Encounter") if one["status"] != "entered-in-error"
    )  # fmt: skip


@BOTH
@pytest.mark.parametrize("visited", ["V1", "V3"])
def test_a_visit_moves_from_whichever_patient_of_the_number_has_it(tjh, visited, together):
    in_batches(tjh, [*REISSUED, moves("300", EVE, "100", visited)], together)
    were = {"V1": "Doe", "V2": "Doe", "V3": "Roe", "V4": "Poe"}
    assert living(tjh) == sorted({**were, visited: "Poe"}.items())


@BOTH
def test_a_visit_that_both_patients_of_the_number_have_moves_from_the_last(tjh, together):
    again = [visit("A01", "100", ANN, "V1"), moves("300", EVE, "100", "V1")]
    in_batches(tjh, [*REISSUED, *again], together)
    assert living(tjh) == [
        ("V1", "Doe"), ("V1", "Poe"), ("V2", "Doe"), ("V3", "Roe"), ("V4", "Poe")
    ]  # fmt: skip


@BOTH
def test_a_move_that_is_said_again_leaves_nothing_with_the_next_patient(tjh, together):
    again = [moves("300", EVE, "100", "V1") for _ in range(2)]
    in_batches(tjh, [*REISSUED, *again], together)
    assert [one for one in whose(tjh, "Encounter") if one[0] == "Roe"] == [("Roe", "100", "V3")]
    assert living(tjh)[0] == ("V1", "Poe")
