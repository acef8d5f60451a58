"""Consents of one form, told of by several applications: the last decision stands, or a refusal."""

from __future__ import annotations

from itertools import count, permutations

import pytest
from ingest_feed import hl7

from gateway.ingest.versions.deciding import is_overruled, is_superseded

_SENT = count(1)
NINE, TEN = "20260301090000", "20260301100000"


def form(application, written, status, decided="", begins="", number="N1"):
    """A message about a form: by the registration (ADT), or by the archive (MDM)."""
    type_, body = ("ADT^A08", []) if application == "HIS" else ("MDM^T04", [
        "TXA|1|CN|AP|20260301|D1|||||||DOC1|||||AU", "OBX|1|TX|CN||text||||||F",
    ])  # fmt: skip
    consent = f"CON|1|001^T^HL70496|F1|C1|||||||{status}||{decided}|{begins}"
    message = hl7(
        f"PID|1||{number}^^^TJH01^MR||Doe^Jo||19800101|M", *body, consent,
        type_=type_, control_id=f"D{next(_SENT)}", version="2.5.1",
    )  # fmt: skip
    header, _, rest = message.partition(b"\r")
    fields = header.split(b"|")
    fields[2], fields[6] = application.encode(), written.encode()
    return b"|".join(fields) + b"\r" + rest


def known(tjh):
    (consent,) = tjh.resources("Consent")
    return consent["status"], consent.get("dateTime"), consent.get("provision")


REFUSED = "rejected", "2026-03-01T10:00:00+08:00", None
OLD, REFUSAL = form("EMR", TEN, "A", NINE, NINE), form("HIS", NINE, "R", TEN)


@pytest.mark.parametrize("messages", [*permutations((OLD, REFUSAL))])
def test_a_refusal_stands_over_a_consent_that_was_decided_before(tjh, messages):
    for message in messages:
        (receipt,) = tjh(message)
    assert known(tjh)[:2] == REFUSED[:2]
    assert ("superseded" in tjh.findings(receipt.seq)) == (messages[0] is REFUSAL)


def test_nothing_of_a_consent_is_said_of_the_refusal_that_it_comes_behind(tjh):
    tjh(REFUSAL, OLD)
    assert known(tjh) == REFUSED


@pytest.mark.parametrize("messages", [*permutations((
    form("HIS", NINE, "R", NINE), form("EMR", NINE, "A", TEN),
))])  # fmt: skip
def test_a_consent_that_was_decided_after_a_refusal_stands(tjh, messages):
    for message in messages:
        tjh(message)
    assert known(tjh)[0] == "active"


@pytest.mark.parametrize("refusal", ["R", "X", "B"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_refusal_stands_where_nothing_tells_what_was_decided_last(tjh, refusal, first):
    messages = form("HIS", NINE, refusal), form("EMR", TEN, "A", "", NINE)
    tjh(messages[first])
    tjh(messages[1 - first])
    assert known(tjh)[0] == {"R": "rejected"}.get(refusal, "inactive")


def test_one_application_s_clock_tells_where_no_decision_has_a_time(tjh):
    tjh(form("HIS", NINE, "R"))
    tjh(form("HIS", TEN, "A"))
    assert known(tjh)[0] == "active"


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [
        (("HIS", TEN, "A", NINE), ("EMR", NINE, "R", TEN), "rejected"),
        (("HIS", TEN, "R", NINE), ("EMR", NINE, "A", TEN), "active"),
        (("HIS", TEN, "A", NINE), ("HIS", NINE, "R", TEN), "rejected"),
        (("HIS", NINE, "R"), ("EMR", TEN, "A", "", NINE), "rejected"),
        (("HIS", NINE, "R"), ("HIS", TEN, "A"), "active"),
    ],
)
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("survivor", ["N1", "N2"])
def test_the_last_decision_stands_in_records_that_are_merged(
    tjh, one, other, status, first, survivor
):
    messages = form(*one, number="N1"), form(*other, number="N2")
    retired = {"N1": "N2", "N2": "N1"}[survivor]
    tjh(messages[first], messages[1 - first], hl7(
        f"PID|1||{survivor}^^^TJH01^MR||Doe^Jo||19800101|M", f"MRG|{retired}^^^TJH01^MR",
        type_="ADT^A40", control_id=f"D{next(_SENT)}", version="2.5.1",
    ))  # fmt: skip
    assert known(tjh)[0] == status


def consent(status, time="", type_="Consent"):
    return {"resourceType": type_, "status": status} | ({"dateTime": time} if time else {})


@pytest.mark.parametrize(("mine", "theirs", "expected"), [
    ("2026-03-01T09:00:00+08:00", "2026-03-01T10:00:00+08:00", True),
    ("2026-03-01T10:00:00+08:00", "2026-03-01T09:00:00+08:00", False),
    ("2026-03-01", "2026-03-01T09:00:00+08:00", None), ("", "2026-03-01", None),
    ("2026-03-01", "", None),
])  # fmt: skip
def test_their_own_times_tell_which_of_two_decisions_was_before(mine, theirs, expected):
    assert is_superseded(consent("active", mine), consent("rejected", theirs)) is expected
    assert is_superseded(consent("active", mine, "Flag"), consent("active", theirs)) is None


def test_a_refusal_overrules_a_consent_alone():
    yes, no = consent("active"), consent("rejected")
    assert is_overruled(yes, no) is True
    assert is_overruled(no, yes) is False
    assert is_overruled(no, no) is is_overruled(yes, yes) is None
    assert is_overruled(consent("active", type_="Flag"), consent("rejected")) is None
