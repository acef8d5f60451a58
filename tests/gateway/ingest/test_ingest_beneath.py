"""What comes late, or is only mentioned, is filled in beneath what is known."""

from __future__ import annotations

from copy import deepcopy
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_feed import hl7

from gateway.ingest.sending import Sent, deleted, noted, outdated
from gateway.ingest.versions.beneath import filled, told_after
from mappings.translate import Made

_NUMBERS = count(1)
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
REASON = {"url": "http://hl7.org/fhir/StructureDefinition/request-statusReason"}


def coded(code):
    return {"coding": [{"code": code}]}


ACTIVE, WRONG = (
    {"clinicalStatus": coded("active")},
    {"verificationStatus": coded("entered-in-error")},
)
OVER = {
    "status": "finished", "period": {"start": "2026-03-01", "end": "2026-03-02"},
    "hospitalization": {"admitSource": {"text": "a"}, "dischargeDisposition": {"text": "d"}},
}  # fmt: skip
# type, known, said, what is filled in
CASES = {
    "an end of a visit that goes on": (
        "Encounter", {"status": "in-progress", "class": {}}, OVER,
        {"period": {"start": "2026-03-01"}, "hospitalization": {"admitSource": {"text": "a"}}}),
    "an end that nobody told of a visit that is over": (
        "Encounter", {"status": "finished", "class": {}}, OVER,
        {name: OVER[name] for name in ("period", "hospitalization")}),
    "an end, without a state": (
        "Encounter", {"status": "in-progress"}, {"period": {"end": "2026"}}, {}),
    "a state that was not known": ("Encounter", {"status": "unknown"}, OVER, OVER),
    "a place in a visit that is over": (
        "Encounter", {"status": "finished"}, {"location": [{"status": "active"}]},
        {"location": [{"status": "completed"}]}),
    "why a drug was stopped": (
        "MedicationRequest", {"status": "active"},
        {"status": "stopped", "statusReason": coded("adr"), "authoredOn": "2026"},
        {"authoredOn": "2026"}),
    "why an order was cancelled": (
        "ServiceRequest", {"status": "active"},
        {"status": "revoked", "extension": [REASON, {"url": "other"}]},
        {"extension": [{"url": "other"}]}),
    "why it is, as it is": (
        "ServiceRequest", {"status": "revoked"}, {"status": "revoked", "extension": [REASON]},
        {"extension": [REASON]}),
    "why nobody came, of an appointment that stands": (
        "Appointment", {"status": "booked"},
        {"status": "cancelled", "cancelationReason": coded("r")}, {}),
    "the deletion of an active problem": (
        "Condition", ACTIVE, {**WRONG, "recordedDate": "2026"}, {"recordedDate": "2026"}),
    "the life of a deleted allergy": ("AllergyIntolerance", WRONG, ACTIVE, {}),
    "the end of an active problem": (
        "Condition", ACTIVE, {"clinicalStatus": coded("resolved"), "abatementDateTime": "2026"},
        {}),
    "the proof of a problem in the same state": (
        "Condition", ACTIVE, {**ACTIVE, "verificationStatus": coded("confirmed")},
        {"verificationStatus": coded("confirmed")}),
}  # fmt: skip


@pytest.mark.parametrize(("type_", "known", "said", "more"), CASES.values(), ids=CASES)
def test_what_hangs_on_a_state_is_told_with_that_state(type_, known, said, more):
    known, said = ({"resourceType": type_, **one} for one in (known, said))
    before = deepcopy((known, said))
    assert filled(known, said) == {**known, **more}
    assert (known, said) == before


def test_what_was_deleted_was_told():
    known = {"resourceType": "Patient", "gender": "male"}
    work, home = ({"system": "phone", "use": use, "value": "1"} for use in ("work", "home"))
    said = {**known, "telecom": [work, home], "deceasedDateTime": "2026", "birthDate": "1900"}
    gone = ['telecom {"use": "work"}', "deceasedBoolean"]
    assert filled(known, said, gone) == {**known, "telecom": [home], "birthDate": "1900"}


_BY = Sent(b"HIS-ADT", 1 << 40, "ADT")


def after(told, said=None, erase=(), late=False, replace=False, by=_BY):
    made = Made({"resourceType": "Patient", **(said or {})}, "", "patient", replace, tuple(erase))
    return told_after(told, made, by, {}, late=late)


def test_a_number_that_is_taken_away_is_not_kept_in_the_clear():
    words = ['identifier {"system": "s", "value": "E6"}', 'identifier {"use": "old"}']
    assert deleted(after(b"", erase=words)) == words[1:]


def test_what_is_deleted_is_kept_until_it_is_told_again():
    told = after(b"", {"gender": "male"}, ["address", "telecom", "meta.security PD1-12"])
    assert deleted(told) == ["address", "telecom"]
    told = after(told, {"address": [{"text": "old"}]}, ["deceasedDateTime"], late=True)
    assert deleted(told) == ["address", "deceasedDateTime", "telecom"]
    told = after(told, {"address": [{"text": "new"}]})
    assert deleted(told) == ["deceasedDateTime", "telecom"]
    mentioned = after(
        told, {"telecom": [{"value": "1"}]}, ["gender"], by=_BY._replace(by=b"LIS", kind="ORU")
    )
    assert deleted(mentioned) == ["deceasedDateTime", "telecom"]
    assert deleted(after(told, replace=True)) == ["deceasedDateTime", "telecom"]
    told = after(told, {"telecom": [{"value": "1"}], "deceasedBoolean": True})
    assert (deleted(told), len(told)) == ([], 16)


@given(
    st.lists(st.builds(Sent, st.binary(min_size=7, max_size=7), st.integers(1, 1 << 50),
                       st.sampled_from(["ADT", "ORU"])), max_size=5),
    st.sets(st.sampled_from(["address", "period.end", 'telecom {"use": "\xff"}', "contact"])),
)  # fmt: skip
def test_what_is_deleted_stands_beside_who_told(senders, words):
    told = noted(b"", "Patient", None, words)
    for sender in senders:
        told = noted(told, "Patient", sender)
    assert set(deleted(told)) == words
    plain = b""
    for sender in senders:
        plain = noted(plain, "Patient", sender)
    assert noted(told, "Patient", None, ()) == plain
    for sender in senders:
        earlier = sender._replace(at=sender.at - 1)
        assert outdated(told, earlier) is outdated(plain, earlier)


def message(type_, at, *segments, application="HIS"):
    """Return a message sent on 1 March 2026, at an hour."""
    return hl7(
        *segments, type_=type_, control_id=str(next(_NUMBERS)), application=application,
        sent=f"20260301{at:02}0000",
    )  # fmt: skip


def event(name, at, pid=PID, **visit):
    fields = {1: "1", 2: "I", 3: "W1", 19: "V1", **{int(n[1:]): text for n, text in visit.items()}}
    pv1 = "|".join(["PV1", *(fields.get(number, "") for number in range(1, 46))])
    return message(f"ADT^{name}", at, f"EVN|{name}|20260301{at:02}0000", pid, pv1)


def test_a_discharge_that_was_cancelled_before_it_comes_leaves_nothing(tjh):
    for one in (event("A01", 7), event("A13", 9), event("A03", 8, f36="01", f45="20260301080000")):
        tjh(one)
    (visit,) = tjh.resources("Encounter")
    assert (visit["status"], [*visit["period"]]) == ("in-progress", ["start"])
    assert "hospitalization" not in visit
    tjh(event("A03", 10, f45="20260301100000"))
    (visit,) = tjh.resources("Encounter")
    assert (visit["status"], visit["period"]["end"][11:13]) == ("finished", "10")


@pytest.mark.parametrize("together", [True, False])
def test_what_is_deleted_does_not_come_back_from_an_older_message(tjh, together):
    died = [
        event("A08", 10, f'{PID}|||""||""{"|" * 16}|""'),
        event("A03", 9, f"{PID}|||1 Main^^X||5551212{'|' * 15}|20260301090000|Y"),
        message("ORU^R01", 11, f"{PID}|||1 Main^^X", "OBR|1|P1|F1|K", application="LIS"),
    ]
    for some in [died] if together else [[one] for one in died]:
        tjh(*some)
    (patient,) = tjh.resources("Patient")
    assert not {"address", "telecom", "deceasedDateTime", "deceasedBoolean"} & patient.keys()
    tjh(event("A08", 12, f"{PID}|||2 Main^^X"))
    for hour, known in ((9, []), (11, ["5551212"])):  # the number was deleted at 10
        tjh(event("A08", hour, f"{PID}|||3 Main^^X||5551212"))
        (patient,) = tjh.resources("Patient")
        assert [one["line"] for one in patient["address"]] == [["2 Main"]]
        assert [one["value"] for one in patient.get("telecom", ())] == known


@pytest.mark.parametrize(
    ("type_", "stands", "late"),
    [
        ("ADT^A60", ["IAM|1|DA|PEN^Pen^L|||U|AL1^H"], ["IAM|1|DA|PEN^Pen^L|||D|AL1^H"]),
        ("PPR^PC1", ["PRB|AD|20260301|I10^HTN^L|P1"], ["PRB|DE|20260301|I10^HTN^L|P1"]),
    ],
)
def test_a_deletion_that_comes_late_is_no_reason_to_put_a_message_aside(tjh, type_, stands, late):
    tjh(message(type_, 10, PID, *stands))
    (receipt,) = tjh(message(type_, 9, PID, *late))
    assert tjh.entry(receipt.seq).state == "done"
    (known,) = tjh.resources("AllergyIntolerance") + tjh.resources("Condition")
    assert known["clinicalStatus"]["coding"][0]["code"] == "active"
    assert "verificationStatus" not in known


def test_an_appointment_that_was_made_anew_has_no_reason_of_its_cancellation(tjh):
    def schedule(name, at, reason=""):
        sch = f"SCH|A1^H|F1^H||||{reason}|GRP^Group^L||30|MIN|^^30^202604010900{'|' * 14}Booked"
        return message(f"SIU^{name}", at, sch, PID)

    tjh(schedule("S12", 10))
    (receipt,) = tjh(schedule("S15", 9, "ill^Ill^L"))
    assert tjh.entry(receipt.seq).state == "done"
    (known,) = tjh.resources("Appointment")
    assert known["status"] == "booked"
    assert "cancelationReason" not in known


def test_why_a_drug_was_stopped_is_not_told_of_one_that_runs(tjh):
    def prescribed(control, at, reason=""):
        return message(
            "RDE^O11", at, PID, f"ORC|{control}|P1{'|' * 14}{reason}", "RXE|^BID|A^x^L|1||TAB"
        )

    tjh(prescribed("RL", 10))
    tjh(prescribed("DC", 9, "adr^Reaction^L"))
    (known,) = tjh.resources("MedicationRequest")
    assert known["status"] == "active"
    assert "statusReason" not in known
