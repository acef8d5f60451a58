"""Visits over their messages: which are one, what moves one that is over, what cannot stand."""

from __future__ import annotations

import pytest
from ingest_feed import hl7, sent

from gateway.ingest.arrival.replay import replay

_SENT = iter(range(1, 10**6))


def pid(account=""):
    return f"PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M{'|' * 10}{account}"


def pv1(number="", *, ward="W1", start="", end="", other="", class_="I", planned=""):
    fields = {2: class_, 3: ward, 5: planned, 19: number, 44: start, 45: end, 50: other}
    return "|".join(["PV1", *(fields.get(at, "") for at in range(1, 51))]).rstrip("|")


def adt(event, visit, account=""):
    return hl7(
        f"EVN|{event}|20260301", pid(account), visit,
        type_=f"ADT^{event}", control_id=str(next(_SENT)),
    )  # fmt: skip


def oru(visit, account=""):
    return hl7(
        pid(account), visit, "OBR|1|P1|F1|GLU", "OBX|1|NM|GLU||5|mmol/L|||||F",
        type_="ORU^R01", control_id=str(next(_SENT)),
    )  # fmt: skip


def visits(tjh):
    """Return (status, start, end) of the visits there are."""
    found = tjh.resources("Encounter")
    periods = [one.get("period", {}) for one in found]
    return sorted(
        (one["status"], period.get("start", "")[:10], period.get("end", "")[:10])
        for one, period in zip(found, periods, strict=True)
    )


def places(tjh):
    (visit,) = tjh.resources("Encounter")
    return [(one["location"]["display"], one.get("status")) for one in visit["location"]]


def quarantined(tjh):
    with tjh.store.read() as tx:
        return [(entry.seq, entry.reason) for entry in tx.spool.entries()]


# -- which visit ---------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
def test_two_visits_on_one_account_are_two(tjh, together):
    january, february = pv1(start="20260101", class_="O"), pv1(start="20260201", class_="O")
    ended = pv1(start="20260101", end="20260102", class_="O")
    messages = [
        adt("A04", january, "A1"), adt("A03", ended, "A1"), adt("A04", february, "A1"),
        oru(february, "A1"),
    ]  # fmt: skip
    sent(tjh, messages, together)
    assert visits(tjh) == [
        ("finished", "2026-01-01", "2026-01-02"),
        ("in-progress", "2026-02-01", ""),
    ]
    assert quarantined(tjh) == []


def test_an_account_alone_names_no_visit(tjh):
    tjh(adt("A04", pv1(), "A1"), adt("A04", pv1(), "A1"))
    assert len(tjh.resources("Encounter")) == 2


def test_one_account_of_two_offices_is_two(tjh):
    one, other = pv1(start="20260101"), pv1(start="20260101")
    tjh(adt("A04", one, "A1^^^IP"), adt("A04", other, "A1^^^OP"), adt("A08", one, "A1^^^IP"))
    assert len(tjh.resources("Encounter")) == 2


def test_a_visit_number_is_unique_within_its_office_only(tjh):
    tjh(adt("A04", pv1("77^^^OP", class_="O")), adt("A01", pv1("77^^^IP")))
    tjh(adt("A03", pv1("77^^^OP", end="20260302", class_="O")))
    found = {one["class"]["code"]: one["status"] for one in tjh.resources("Encounter")}
    assert found == {"AMB": "finished", "IMP": "in-progress"}


def test_an_alternate_number_names_a_visit_that_has_no_other(tjh):
    tjh(adt("A01", pv1(other="X9^^^IP")), adt("A03", pv1(other="X9^^^IP", end="20260302")))
    assert [status for status, *_ in visits(tjh)] == ["finished"]


# -- a pre-admission -------------------------------------------------------------------------------


def numbers(tjh):
    """Return (status, number, pre-admission's number) of the visits there are."""
    return sorted(
        (
            one["status"], *(each["value"] for each in one.get("identifier", ())),
            one.get("hospitalization", {}).get("preAdmissionIdentifier", {}).get("value"),
        )
        for one in tjh.resources("Encounter")
    )  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_a_pre_admission_becomes_the_admission(tjh, together):
    messages = [
        adt("A05", pv1(planned="PRE1")),
        adt("A01", pv1("V9", planned="PRE1")),
        oru(pv1("V9")),
        adt("A08", pv1(planned="PRE1", ward="W2")),
    ]
    sent(tjh, messages, together)
    assert numbers(tjh) == [("in-progress", "V9", "PRE1")]
    assert places(tjh) == [("W2", "active")]
    (visit,) = tjh.resources("Encounter")
    (result,) = tjh.resources("Observation")
    assert result["encounter"]["reference"] == f"Encounter/{visit['id']}"
    tjh(adt("A03", pv1("V9")))
    assert numbers(tjh) == [("finished", "V9", "PRE1")]


def test_a_visit_that_had_both_numbers_at_first_is_known_by_either(tjh):
    tjh(adt("A05", pv1("V9", planned="PRE1")), adt("A01", pv1("V9")))
    tjh(adt("A08", pv1(planned="PRE1", ward="W2")))
    assert numbers(tjh) == [("in-progress", "V9", "PRE1")]


@pytest.mark.parametrize("together", [True, False])
def test_two_visits_of_one_pre_admission_are_two(tjh, together):
    messages = [
        adt("A05", pv1(planned="PRE1")), adt("A01", pv1("V9", planned="PRE1")),
        adt("A01", pv1("V10", planned="PRE1")), adt("A03", pv1("V10")),
    ]  # fmt: skip
    sent(tjh, messages, together)
    assert numbers(tjh) == [("finished", "V10", "PRE1"), ("in-progress", "V9", "PRE1")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("before", [
    [("A05", "", "PRE1"), ("A01", "V9", "")],
    [("A01", "V9", ""), ("A05", "", "PRE1")],
    [("A05", "", "PRE1"), ("A01", "V9", ""), ("A38", "", "PRE1")],
], ids=["before", "late", "cancelled"])  # fmt: skip
def test_a_pre_admission_and_a_visit_known_apart_are_joined(tjh, before, together):
    messages = [adt(event, pv1(number, planned=planned)) for event, number, planned in before]
    messages += [oru(pv1(planned="PRE1")), adt("A08", pv1("V9", planned="PRE1")),
                 adt("A08", pv1(planned="PRE1", ward="W2"))]  # fmt: skip
    receipts = sent(tjh, messages, together)
    assert numbers(tjh) == [("in-progress", "V9", "PRE1")]
    assert places(tjh) == [("W2", "active")]
    (visit,), (result,) = tjh.resources("Encounter"), tjh.resources("Observation")
    assert result["encounter"]["reference"] == f"Encounter/{visit['id']}"
    assert "visits-joined" in tjh.findings(receipts[-2].seq)


@pytest.mark.parametrize("together", [True, False])
def test_a_visit_of_another_number_is_not_joined_to_an_admission(tjh, together):
    messages = [
        adt("A05", pv1(planned="PRE1")), adt("A01", pv1("V9", planned="PRE1")),
        adt("A01", pv1("V10")), adt("A08", pv1("V10", planned="PRE1")),
    ]  # fmt: skip
    receipts = sent(tjh, messages, together)
    assert [number for _, number, _ in numbers(tjh)] == ["V10", "V9"]
    assert all("visits-joined" not in tjh.findings(receipt.seq) for receipt in receipts)


def test_the_number_of_a_pre_admission_is_another_than_a_visit_s(tjh):
    tjh(adt("A05", pv1(planned="V9")), adt("A04", pv1("V9")))
    assert len(tjh.resources("Encounter")) == 2


def test_a_list_of_diagnoses_is_of_the_visit_that_it_became(tjh):
    known = "DG1|1||I10^Hypertension^I10||20260301|A"
    tjh(adt("A05", pv1(planned="PRE1") + "\r" + known))
    tjh(adt("A01", pv1("V9", planned="PRE1") + "\r" + known.replace("I10^H", "I11^H")))
    found = {
        one["code"]["coding"][0]["code"]: one["clinicalStatus"]["coding"][0]["code"]
        for one in tjh.resources("Condition")
    }
    assert found == {"I10": "inactive", "I11": "active"}


def test_a_visit_moves_that_was_a_pre_admission(tjh):
    tjh(adt("A05", pv1(planned="PRE1")), adt("A01", pv1("V9", planned="PRE1")))
    other = pid().replace("7^^^", "8^^^")
    tjh(hl7("EVN|A45|20260302", other, "MRG|7^^^TJH01^MR||||V9", pv1("V9"), type_="ADT^A45"))
    homes = {one["id"].partition(".")[0]: one["status"] for one in tjh.resources("Encounter")}
    assert homes == {tjh.home("7"): "entered-in-error", tjh.home("8"): "in-progress"}


# -- what moves it -------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("late", [oru, lambda visit: adt("A08", visit)])
def test_a_visit_that_is_over_is_not_opened_again_by_what_comes_late(tjh, late, together):
    messages = [
        adt("A01", pv1("V1", start="20260101")),
        adt("A02", pv1("V1", ward="W2")),
        adt("A03", pv1("V1", ward="W2", start="20260101", end="20260105")),
        late(pv1("V1", ward="W1", start="20260106")),
    ]
    sent(tjh, messages, together)
    assert visits(tjh) == [("finished", "2026-01-01", "2026-01-05")]
    assert places(tjh) == [("W2", "completed"), ("W1", "completed")]
    assert quarantined(tjh) == []


def test_while_it_lasts_its_own_events_tell_where_it_is(tjh):
    tjh(adt("A01", pv1("V1", ward="W1")), oru(pv1("V1", ward="W3")))
    assert places(tjh) == [("W1", "active")]
    tjh(adt("A08", pv1("V1", ward="W2")))
    assert places(tjh) == [("W2", "active")]


def test_its_own_events_do_move_it(tjh):
    tjh(adt("A01", pv1("V1")), adt("A03", pv1("V1")), adt("A13", pv1("V1", ward="W3")))
    assert places(tjh) == [("W3", "active")]
    assert [status for status, *_ in visits(tjh)] == ["in-progress"]


def test_nobody_is_in_a_place_of_a_visit_that_was_cancelled(tjh):
    tjh(adt("A01", pv1("V1")), adt("A11", pv1("V1")))
    assert places(tjh) == [("W1", None)]


def test_a_visit_that_is_over_when_it_is_first_heard_of_has_left_its_places(tjh):
    tjh(oru(pv1("V1", start="20260101", end="20260105")))
    assert places(tjh) == [("W1", "completed")]


# -- what cannot stand ---------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
def test_what_cannot_stand_beside_what_is_known_goes_to_quarantine_whole(tjh, together):
    reused = adt("A04", pv1("V1", start="20260201")).replace(b"Doe^Jo", b"Other^Jo")
    messages = [
        adt("A01", pv1("V1", start="20260101")),
        adt("A03", pv1("V1", start="20260101", end="20260105")),
        reused,
        adt("A08", pv1("V2", start="20260301")),
    ]
    receipts = sent(tjh, messages, together)
    assert visits(tjh) == [
        ("finished", "2026-01-01", "2026-01-05"),
        ("in-progress", "2026-03-01", ""),
    ]
    assert [one["name"][0]["family"] for one in tjh.resources("Patient")] == ["Doe"]
    seq = receipts[2].seq
    assert quarantined(tjh) == [(seq, "invalid-resource")]
    assert tjh.findings(seq) == ["invalid-resource"]
    assert [tjh.entry(one.seq).state for one in receipts] == [
        "done", "done", "quarantined", "done",
    ]  # fmt: skip
    assert tjh.counted == {"applied": 3, "quarantined": 1}


def test_what_was_put_aside_for_what_is_known_is_replayed_when_that_is_mended(tjh):
    tjh(adt("A01", pv1("V1", start="20260101")))
    tjh(adt("A03", pv1("V1", start="20260101", end="20260105")))
    (receipt,) = tjh(adt("A04", pv1("V1", start="20260201")))
    assert replay(tjh.store) == (1, 0)
    tjh.worker.drain()
    assert quarantined(tjh) == [(receipt.seq, "invalid-resource")]
    tjh(adt("A03", pv1("V1", start="20260201", end="20260205")))
    assert replay(tjh.store) == (1, 0)
    tjh.worker.drain()
    assert quarantined(tjh) == []
    assert visits(tjh) == [("finished", "2026-02-01", "2026-02-05")]


def test_several_that_cannot_stand_block_nobody(tjh):
    tjh(adt("A03", pv1("V1", start="20260101", end="20260105")))
    bad = [adt("A04", pv1("V1", start=f"202602{day:02}")) for day in range(1, 10)]
    tjh(*bad, adt("A04", pv1("V2", start="20260301")))
    assert len(quarantined(tjh)) == len(bad)
    assert len(visits(tjh)) == 2


def test_persons_who_are_not_here_visit_nobody(tjh):
    nowhere = "PV1|1|N"
    tjh(*(adt(event, nowhere) for event in ("A28", "A31", "A31")), oru(nowhere))
    assert tjh.resources("Encounter") == []
    (seen,) = tjh.resources("Observation")
    assert "encounter" not in seen
    assert quarantined(tjh) == []
