"""What nobody has told of a resource, or others only mention, undoes nothing when two are one."""

from __future__ import annotations

from itertools import count, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_feed import hl7

from gateway.ingest.sending import Sent, deleted, guessed, noted
from gateway.ingest.versions.guessing import guesses_after, guesses_of_both, yielding
from mappings.translate import Made

_SENT = count(1)
BY = Sent(b"HIS-RDE", 1 << 40, "RDE")
DRUG = {"resourceType": "MedicationRequest", "id": "p.1"}


def after(before, known, said, weak, **more):
    told = noted(b"", "MedicationRequest", BY, ["note"], before)
    made = Made(DRUG | said, "p", "patient", replace=False, weak=weak)
    return guesses_after(told, known, made, **{"beneath": False, **more})


ACTIVE, GIVEN = {"status": "active"}, {"medicationCodeableConcept": {"text": "x"}}
NAMED = {"medicationReference": {"reference": "Medication/p.2"}}


@pytest.mark.parametrize(
    ("before", "known", "said", "weak", "more", "expected"),
    [
        ((), {}, ACTIVE, (), {}, set()),
        ((), {}, ACTIVE | GIVEN, ("status",), {}, {"status"}),
        (("status",), ACTIVE, ACTIVE, ("status",), {}, {"status"}),
        (("status",), ACTIVE, ACTIVE, (), {}, set()),
        (("status",), ACTIVE, GIVEN, (), {}, {"status"}),
        ((), ACTIVE, ACTIVE, ("status",), {}, set()),
        ((), {"status": "unknown"}, ACTIVE, ("status",), {}, {"status"}),
        ((), NAMED, GIVEN, ("medicationCodeableConcept",), {}, set()),
        (("status",), ACTIVE, ACTIVE | GIVEN, (), {"beneath": True}, {"status"}),
        ((), {}, ACTIVE, (), {"mentioned": {"status"}}, {"status"}),
        ((), ACTIVE, ACTIVE | GIVEN, (), {"mentioned": DRUG | ACTIVE}, set()),
    ],
)
def test_a_guess_is_one_until_somebody_tells_it(before, known, said, weak, more, expected):
    assert after(before, DRUG | known if known else {}, said, weak, **more) == expected


NAMES = st.sets(st.sampled_from(["status", "intent", "code"]))


@given(NAMES, NAMES, NAMES, NAMES)
def test_of_two_that_are_one_that_is_told_which_either_told(mine, my_guesses, others, guesses):
    one, other = dict.fromkeys(mine, 1), dict.fromkeys(others, 1)
    both = guesses_of_both((one, my_guesses & mine), (other, guesses & others))
    assert both == {
        name for name in mine | others
        if (name in my_guesses or name not in mine) and (name in guesses or name not in others)
    }  # fmt: skip


@given(NAMES, st.sets(st.sampled_from(["address", 'telecom {"use": "\xff"}'])))
def test_guesses_stand_beside_what_is_deleted(guesses, words):
    told = noted(noted(b"", "Patient", BY, words), "Patient", None, None, guesses)
    assert (guessed(told), set(deleted(told))) == (guesses, words)
    later = BY._replace(at=BY.at + 1)
    told = noted(told, "Patient", later, words=())
    assert (guessed(told), deleted(told)) == (guesses, [])
    assert noted(told, "Patient", None, guesses=()) == noted(b"", "Patient", later)


def sent(type_, number, *segments):
    at = next(_SENT)
    pid = f"PID|1||{number}^^^TJH01^MR||Doe^Jo||19800101|M"
    return hl7(pid, *segments, type_=type_, control_id=f"G{at}", version="2.5.1",
               sent=f"20260301{at // 60:02d}{at % 60:02d}00")  # fmt: skip


def visit(event, number, place="I|W1^101^1"):
    return sent(f"ADT^{event}", number, f"EVN|{event}|2026030107", f"PV1|1|{place}{'|' * 16}V1")


def order(number, control):
    return sent("OML^O21", number, f"ORC|{control}|O1", "OBR|1|O1||GLU^Glucose^L")


def drug(number, control):
    return sent("RDE^O11", number, f"ORC|{control}|RX1", "RXE|^BID|AMX^Amox^L|500||mg")


def measured(number, place="I|W1^101^1"):
    obr = f"OBR|1|O1|F1|GLU^Glucose^L|||20260301080000{'|' * 18}P"
    pv1, obx = f"PV1|1|{place}{'|' * 16}V1", "OBX|1|NM|GLU^Glucose^L||5|mmol/L|||||P"
    return sent("ORU^R01", number, pv1, "ORC|RE|O1|F1", obr, obx)


def given_to(number):
    rxa = "RXA|0|1|202603010630||AMX^Amox^L|500|mg"
    return sent("RAS^O17", number, "ORC|RE|RX1|PH1", rxa, "RXR|PO")


STORIES = {
    "an admission that was cancelled": (
        lambda who: [visit("A01", who), visit("A11", who)], measured, "Encounter", "cancelled",
    ),
    "a place that a laboratory names": (
        lambda who: [visit("A01", who)], lambda who: measured(who, "O|LAB"), "Encounter",
        "in-progress",
    ),
    "an order that was cancelled": (
        lambda who: [order(who, "NW"), order(who, "CA")], measured, "ServiceRequest", "revoked",
    ),
    "a drug that was stopped": (
        lambda who: [drug(who, "NW"), drug(who, "DC")], given_to, "MedicationRequest", "stopped",
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("first", ["100", "200"])
def test_a_merge_lets_no_mention_undo_what_was_told(tjh, story, first):
    """As it is within one record, whichever of the two survives."""
    told, mention, type_, state = STORIES[story]
    other = {"100": "200", "200": "100"}[first]
    tjh(*told(first), mention(other), sent("ADT^A40", "200", "MRG|100^^^TJH01^MR"))
    (one,) = tjh.resources(type_)
    assert one["status"] == state
    if type_ == "Encounter":
        assert one["class"]["code"] == "IMP"
        assert [each["location"]["display"] for each in one["location"]] == ["W1 101 1"]


@pytest.mark.parametrize("written", ["100", "200"])
def test_a_merge_keeps_the_text_of_a_document_that_was_signed_under_the_other_number(tjh, written):
    signed = {"100": "200", "200": "100"}[written]
    txa, text = "TXA|1|DS|TX|||||||||DOC1|||||{}", "OBX|1|TX|DS^Summary||Diagnosis: none||||||F"
    tjh(sent("MDM^T02", written, txa.format("PA"), text))
    tjh(sent("MDM^T03", signed, txa.format("AU")))
    tjh(sent("ADT^A40", "200", "MRG|100^^^TJH01^MR"))
    (document,) = tjh.resources("DocumentReference")
    assert document["docStatus"] == "final"
    (content,) = document["content"]
    with tjh.store.read() as tx:
        (row,) = tx.resources.rows([tjh.home("200")], ["Binary"])
    assert content["attachment"]["url"] == f"Binary/{row.id}"


@pytest.mark.parametrize(
    ("before", "said", "more", "expected"),
    [
        (("medicationCodeableConcept",), GIVEN, {}, {"medicationCodeableConcept"}),
        (("medicationCodeableConcept",), NAMED, {}, {"medicationCodeableConcept"}),
        ((), GIVEN, {}, set()),
        (("medicationCodeableConcept",), GIVEN, {"weak": [*GIVEN]}, set()),
        (("medicationCodeableConcept",), GIVEN, {"mentioned": [*GIVEN]}, set()),
        # a state, what is asked for, and a list are told otherwise
        (("status", "intent"), ACTIVE | {"intent": "order"}, {}, set()),
        (("note",), {"note": [{"text": "x"}]}, {}, set()),
    ],
)
def test_what_is_assumed_yields_to_what_comes_late_and_tells_it(before, said, more, expected):
    told = noted(b"", "MedicationRequest", BY, [], before)
    made = Made(DRUG | said, "p", "patient", replace=False, weak=more.pop("weak", ()))
    known = DRUG | ACTIVE | GIVEN | {"intent": "plan", "note": [{"text": "y"}]}
    assert yielding(told, known, made, **more) == expected
    left = guesses_after(told, known, made, beneath=True, **more)
    assert left == {*before} - expected


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_drug_that_is_stopped_before_it_is_ordered_is_that_drug(tjh, order):
    rxe = "RXE|^BID|AMOX^Amoxicillin^L|250||mg"
    prescribed = [("NW", 8, rxe), ("HD", 9), ("DC", 10)]
    for control, hour, *detail in (prescribed[number] for number in order):
        tjh(hl7("PID|1||7^^^TJH01^MR||Doe^Jo", f"ORC|{control}|RX1", *detail, type_="RDE^O11",
                control_id=control, sent=f"20260301{hour:02}0000"))  # fmt: skip
    (request,) = tjh.resources("MedicationRequest")
    assert request["status"] == "stopped"
    assert request["medicationCodeableConcept"]["text"] == "Amoxicillin"
