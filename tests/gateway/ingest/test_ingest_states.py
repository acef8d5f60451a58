"""An event that comes behind an update tells the state: the update only lets assume it."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_feed import hl7, sent

from gateway.ingest.sending import Sent, both, is_open, noted, outdated
from gateway.ingest.versions.states import caught_up, is_told
from mappings.translate import Made

_NUMBERS = count(1)
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
REASON = "http://hl7.org/fhir/StructureDefinition/request-statusReason"


def event(name, hour, visit, *, ward="W1", kind="I", end="", disposition=""):
    fields = {2: kind, 3: ward, 19: visit, 36: disposition, 45: end}
    pv1 = "|".join(["PV1", *(fields.get(at, "") for at in range(1, 46))]).rstrip("|")
    return hl7(
        f"EVN|{name}|20260301{hour:02}0000", PID, pv1, type_=f"ADT^{name}",
        control_id=str(next(_NUMBERS)), sent=f"20260301{hour:02}0000",
    )  # fmt: skip


GONE = {"end": "20260301080000", "disposition": "1"}
ADMITTED, DISCHARGED = ("A01", 7, {}), ("A03", 8, GONE)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("begun", "late", "update", "status"),
    [
        ([ADMITTED], DISCHARGED, {}, "finished"),
        ([ADMITTED], DISCHARGED, {"disposition": "2"}, "finished"),
        ([ADMITTED], ("A11", 8, {}), {}, "cancelled"),
        ([ADMITTED], ("A02", 8, {"ward": "W2"}), {"ward": "W2"}, "in-progress"),
        ([ADMITTED], ("A02", 8, {"ward": "W2"}), {"ward": "W3"}, "in-progress"),
        ([("A04", 7, {"kind": "E"})], ("A06", 8, {}), {}, "in-progress"),
        ([ADMITTED, ("A03", 8, GONE)], ("A13", 9, {}), {}, "in-progress"),
        ([ADMITTED, ("A02", 8, {"ward": "W2"})], ("A12", 9, {}), {}, "in-progress"),
        ([ADMITTED, ("A08", 8, {})], ("A03", 9, GONE), {}, "finished"),
    ],
)  # fmt: skip
def test_a_visit_is_as_if_the_event_had_come_before_the_update(
    tjh, begun, late, update, status, together
):
    last = ("A08", 11, update)
    for visit, told in (("V1", [*begun, late, last]), ("V2", [*begun, last, late])):
        sent(tjh, [event(name, hour, visit, **more) for name, hour, more in told], together)
    visits = sorted(tjh.resources("Encounter"), key=lambda one: one["identifier"][0]["value"])
    first, second = map(comparable, visits)
    assert first == second
    assert first["status"] == status


def comparable(visit):
    left = {name: each for name, each in visit.items() if name not in ("id", "identifier", "meta")}
    places = sorted(left.get("location", ()), key=lambda one: one["location"]["reference"])
    return {**left, "location": places}


@pytest.mark.parametrize("hour", [7, 9])
def test_an_event_that_is_older_than_another_tells_no_state(tjh, hour):
    """Nor does one that comes late and then another, still older, behind it."""
    tjh(event("A01", 6, "V1"), event("A08", 11, "V1"), event("A03", 9, "V1", **GONE))
    tjh(event("A02", hour - 1, "V1", ward="W2"))
    (visit,) = tjh.resources("Encounter")
    assert visit["status"] == "finished"
    assert len(visit["location"]) == 1


def order(control, hour, *, application="HIS", reason=""):
    return hl7(
        PID, f"ORC|{control}|P1{'|' * 14}{reason}", "OBR|1|P1||K^Potassium^L", type_="OMG^O19",
        control_id=str(next(_NUMBERS)), application=application, sent=f"20260301{hour:02}0000",
    )  # fmt: skip


def test_a_cancellation_behind_a_change_cancels_and_says_why(tjh):
    tjh(order("NW", 7), order("XO", 9), order("CA", 8, reason="dup^Duplicate^L"))
    (known,) = tjh.resources("ServiceRequest")
    assert known["status"] == "revoked"
    assert [one["url"] for one in known["extension"]] == [REASON]
    tjh(order("HD", 7, reason="npo^Fasting^L"))
    assert tjh.resources("ServiceRequest")[0]["status"] == "revoked"


def made(resource, erase=(), weak=()):
    return Made(resource, "p", "patient", replace=False, erase=erase, weak=weak)


def test_what_was_told_or_deleted_since_stands():
    over = {
        "resourceType": "Encounter", "status": "finished", "class": {},
        "period": {"start": "2026-03-01", "end": "2026-03-02"},
        "hospitalization": {"dischargeDisposition": {"text": "a"}, "destination": {"display": "b"}},
    }  # fmt: skip
    before = {"resourceType": "Encounter", "status": "in-progress", "class": {}}
    known = {**before, "hospitalization": {"dischargeDisposition": {"text": "c"}}}
    told = caught_up(known, before, made(over), ["period.end"])
    assert told["status"] == "finished"
    assert "period" not in told
    assert told["hospitalization"] == {
        "dischargeDisposition": {"text": "c"}, "destination": {"display": "b"},
    }  # fmt: skip
    assert caught_up(known, None, made(over))["period"] == {"end": "2026-03-02"}
    assert known["status"] == "in-progress"


def test_what_tells_a_state_is_neither_assumed_nor_mentioned():
    visit = {"resourceType": "Encounter", "status": "in-progress"}
    assert is_told(made(visit))
    assert not is_told(made(visit, weak=("status",)))
    assert not is_told(made(visit), ["status"])
    assert is_told(made(visit, ['status "revoked"'], ("status",)))
    assert not is_told(made(visit, ["period.end"], ("status",)))
    assert is_told(made({"resourceType": "Patient"}))
    allergy = {"resourceType": "AllergyIntolerance", "clinicalStatus": {"text": "active"}}
    assert is_told(made(allergy, weak=("clinicalStatus",)))  # who lists it says that it is there


_AT = st.integers(1, 9)
_MESSAGES = st.lists(st.tuples(st.sampled_from(b"AB"), _AT, st.booleans()), min_size=1, max_size=8)


@given(_MESSAGES, _AT)
def test_a_resource_keeps_when_its_state_was_told(messages, at):
    kept, other = b"", b""
    for number, (by, when, state) in enumerate(messages):
        message = Sent(bytes([by] * 7), when, "ADT")
        kept = noted(kept, "Encounter", message, state=state)
        if number % 2:
            other = noted(other, "Encounter", message, state=state)
    late = Sent(b"A" * 7, at, "ADT")
    spoken = [when for by, when, _ in messages if by == late.by[0]]
    told = [when for by, when, state in messages if by == late.by[0] and state]
    if spoken and at < max(spoken):
        assert outdated(kept, late) is True
        assert is_open(kept, late) == (max(told, default=0) < at)
    assert outdated(both(kept, other, (), ()), late) == outdated(kept, late)
    assert is_open(both(kept, other, (), ()), late) == is_open(kept, late)
    assert is_open(both(other, kept, (), ()), late) == is_open(kept, late)
