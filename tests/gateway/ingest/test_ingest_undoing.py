"""Who cannot do what he was asked (table 0119: UC, UD, UH, UM, UR) leaves the order as it was."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from types import SimpleNamespace

import pytest
from ingest_feed import hl7, sent

from gateway.ingest.versions.undoing import undone
from gateway.store import New
from mappings.translate import Made

_AT = count(100000)
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
DRUG = "RXE|^BID|A^x^L|1||TAB"
CODES = {"UC", "UD", "UH", "UM", "UR"}
REASON = defaultdict(str, CA="dup^Duplicate^L", DC="adr^Reaction^L", HD="npo^Fasting^L")


def drug(control):
    return order("RRE^O12", control) if control in CODES else order("RDE^O11", control, DRUG)


def service(control):
    return order("ORL^O22" if control in CODES else "OML^O21", control, "OBR|1|P1||CBC^x^L")


def order(type_, control, *more):
    at = str(next(_AT))
    orc = "ORC|SC|P1|||CM" if control == "CM" else f"ORC|{control}|P1{'|' * 14}{REASON[control]}"
    return hl7(PID, orc, *more, type_=type_, control_id=at, sent=f"20260301{at}")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("said", "type_"), [(drug, "MedicationRequest"), (service, "ServiceRequest")]
)
@pytest.mark.parametrize(
    ("controls", "status"),
    [
        ("NW CA UC", "active"), ("NW DC UD", "active"), ("NW HD UH", "active"),
        ("NW HD CA UC", "on-hold"), ("NW HD RL UR", "on-hold"), ("NW CM CA UC", "completed"),
        ("NW CM UC", "completed"), ("NW HD UD", "on-hold"), ("UD", "active"), ("UR", "on-hold"),
        ("NW HD DC UD HD", "on-hold"), ("NW HD DC UD RL", "active"),
        ("NW RP UM", "active"), ("NW HD RP UM", "on-hold"), ("UM", "active"),
    ],
)  # fmt: skip
def test_an_order_is_as_it_was_before_what_cannot_be_done(
    tjh, said, type_, controls, status, together
):
    """With the reason that its state had (HD: Fasting), which the refusal seldom says again."""
    sent(tjh, [said(control) for control in controls.split()], together)
    (known,) = tjh.resources(type_)
    assert known["status"] == status
    held = status == "on-hold" and controls != "UR"
    assert reasons(known) == (["Fasting"] if held else [])


def diet(control, minute, what):
    type_ = "ORD^O04" if control in CODES else "OMD^O03"
    ods = ["ODS|D||DIAB^Diabetic^L"] if what else []
    return hl7(PID, f"ORC|{control}|P1", *ods, type_=type_, control_id=f"{control}{minute}",
               sent=f"2026030108{minute:02d}")  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("what", [True, False])
@pytest.mark.parametrize(
    ("controls", "status"),
    [
        ("CA", "revoked"), ("DC", "revoked"), ("HD", "on-hold"), ("HD RL", "active"),
        ("CA UC", "active"), ("HD CA UC", "on-hold"), ("HD RL UR", "on-hold"), ("RP UM", "active"),
    ],
)  # fmt: skip
def test_a_diet_is_in_the_state_that_is_told_whether_or_not_it_is_told_again(
    tjh, controls, status, what, together
):
    more = [diet(control, at, what) for at, control in enumerate(controls.split(), 1)]
    sent(tjh, [diet("NW", 0, True), *more], together)
    (known,) = tjh.resources("NutritionOrder")
    assert known["status"] == status
    assert known["oralDiet"]["type"][0]["text"] == "Diabetic"


def reasons(order):
    """Return the reasons of an order's state, as they are called."""
    found = [one["valueCodeableConcept"] for one in order.get("extension", ())]
    found += [value for name, value in order.items() if name == "statusReason"]
    return [one["text"] for one in found]


def test_a_reason_that_is_said_now_stands(tjh):
    own = order("RRE^O12", "UC").replace(b"ORC|UC|P1", b"ORC|UC|P1||||||||||||||late^Too late^L")
    tjh(drug("NW"), drug("HD"), drug("CA"), own)
    (known,) = tjh.resources("MedicationRequest")
    assert (known["status"], reasons(known)) == ("on-hold", ["Too late"])


def told(status, *, type_="ServiceRequest", weak=("status",), erase=('status "revoked"',)):
    resource = {"resourceType": type_, "id": "h.1", "status": status}
    return Made(resource, "h", "patient", replace=False, erase=erase, weak=weak)


def new(id_, content):
    return New("h", "ServiceRequest", id_, content and {"status": content}, "o", "")


NOTHING = SimpleNamespace(resources=SimpleNamespace(history=lambda *_: []))


@pytest.mark.parametrize(
    ("status", "made", "expected"),
    [
        ("revoked", told("active"), "on-hold"),
        ("completed", told("active"), "active"),
        ("revoked", told("active", weak=()), "active"),
        ("revoked", told("active", erase=()), "active"),
        ("revoked", told("active", type_="Encounter"), "active"),
    ],
)
def test_the_state_before_is_that_of_another_version(status, made, expected):
    news = [
        new("h.1", "draft"), new("h.1", "on-hold"), new("h.1", "revoked"), new("h.1", None),
        new("h.1", "unknown"), new("h.2", "completed"),
    ]  # fmt: skip
    known = {**made.resource, "status": status}
    assert undone(NOTHING, news, known, made).resource["status"] == expected
    assert undone(NOTHING, [], known, made) == made


def timed(control, minute, pid=PID, drug=False):
    if control in CODES:
        kind, by, more = "RRE^O12" if drug else "ORL^O22", "LIS", []
    else:
        kind, by, more = "OML^O21", "HIS", ["OBR|1|P1||CBC^x^L"]
        kind, more = ("RDE^O11", [DRUG]) if drug else (kind, more)
    orc = f"ORC|{control}|P1{'|' * 14}{REASON[control]}"
    return hl7(pid, orc, *more, type_=kind, control_id=f"{control}{minute}", application=by,
               sent=f"2026030108{minute:02d}")  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("said", "status", "before"),
    [
        # Refused, before the request that it is an answer to comes, over another line.
        ([("NW", 1), ("UC", 6), ("CA", 5)], "active", 1),
        ([("NW", 1), ("UH", 6), ("HD", 5)], "active", 1),
        ([("UC", 6), ("CA", 5)], "active", 1),
        # Another request: sent after the refusal, or for something else.
        ([("NW", 1), ("UC", 6), ("CA", 7)], "revoked", 0),
        ([("NW", 1), ("UC", 6), ("CA", 5), ("CA", 8)], "revoked", 1),
        ([("NW", 1), ("UH", 6), ("CA", 5)], "revoked", 0),
        ([("NW", 1), ("CA", 5), ("UC", 6), ("CA", 7)], "revoked", 0),
    ],
)
def test_a_request_that_had_been_refused_when_it_came_is_not_done(
    tjh, said, status, before, together
):
    receipts = sent(tjh, [timed(*each) for each in said], together)
    (known,) = tjh.resources("ServiceRequest")
    assert known["status"] == status
    assert reasons(known) == ([] if status == "active" else ["Duplicate"])
    found = [code for receipt in receipts for code in tjh.findings(receipt.seq)]
    assert found.count("refused-before") == before


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("drug", [True, False])
@pytest.mark.parametrize(
    ("said", "status", "why", "before"),
    [
        # It stays held, and for that reason.
        ([("NW", 1), ("HD", 4), ("UR", 6), ("RL", 5)], "on-hold", "Fasting", 1),
        ([("NW", 1), ("UR", 6), ("RL", 5), ("HD", 4)], "on-hold", "Fasting", 1),
        ([("UR", 6), ("RL", 5)], "on-hold", "", 1),
        ([("NW", 1), ("HD", 4), ("UR", 6), ("RL", 7)], "active", "", 0),
        ([("NW", 1), ("HD", 4), ("UR", 6), ("RL", 5), ("RL", 8)], "active", "", 1),
        ([("NW", 1), ("HD", 4), ("RL", 5), ("UR", 6), ("RL", 7)], "active", "", 0),
        # It is not replaced.
        ([("NW", 1), ("UM", 6), ("RP", 5)], "active", "", 1),
    ],
)
def test_an_order_of_which_the_release_had_been_refused_stays_held(
    tjh, drug, said, status, why, before, together
):
    receipts = sent(tjh, [timed(*each, drug=drug) for each in said], together)
    (known,) = tjh.resources("MedicationRequest" if drug else "ServiceRequest")
    assert known["status"] == status
    assert reasons(known) == [*filter(None, [why])]
    found = [code for receipt in receipts for code in tjh.findings(receipt.seq)]
    assert found.count("refused-before") == before


def test_the_refusal_is_known_after_a_merge(tjh):
    other = PID.replace("|7^", "|8^")
    merge = hl7(other, "MRG|7^^^TJH01^MR", type_="ADT^A40", control_id="merge")
    tjh(timed("NW", 1), timed("UC", 6), merge)
    tjh(timed("CA", 5, pid=other))
    (known,) = tjh.resources("ServiceRequest")
    assert known["status"] == "active"
