"""What was known apart and is one: what R4 does not allow of both together is left out, found."""

from __future__ import annotations

from datetime import UTC
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_feed import hl7

from conformance.validator import Validator
from gateway.ingest.things.joining import join
from gateway.ingest.things.reused_visit_numbers import apart
from gateway.ingest.versions.combining import Judge
from gateway.ingest.versions.known import content
from gateway.store import Key

_SENT = count(1)
VALID = Validator().valid
PERSON = {"reference": "Patient/p.1"}
ORDER = {
    "resourceType": "ServiceRequest", "id": "p.2", "status": "active", "intent": "order",
    "subject": PERSON,
}  # fmt: skip
MARCH, JANUARY = {"start": "2026-03-01"}, {"end": "2026-01-01"}
BACKWARDS = JANUARY | MARCH
CODE, DETAIL = {"code": {"text": "CBC"}}, {"orderDetail": [{"text": "fasting"}]}
NOTE = {"note": [{"text": "n"}]}
META = {"meta": {"security": [{"code": "R"}]}}


@pytest.mark.parametrize(
    ("stands", "whole", "expected"),
    [
        (CODE, CODE | NOTE, CODE | NOTE),
        ({"occurrencePeriod": MARCH}, {"occurrencePeriod": BACKWARDS} | NOTE,
         {"occurrencePeriod": MARCH} | NOTE),
        ({}, {"occurrencePeriod": BACKWARDS} | NOTE, NOTE),
        ({}, DETAIL | NOTE, NOTE),
        ({}, META | {"occurrencePeriod": BACKWARDS} | DETAIL | NOTE, META | NOTE),
        ({}, META | DETAIL, META),
    ],
)  # fmt: skip
def test_what_cannot_stand_beside_what_stands_is_left_out(stands, whole, expected):
    found = []
    fitted = Judge(VALID, found, {}).fitted(ORDER | whole, ORDER | stands)
    assert fitted == ORDER | expected
    assert VALID(fitted)
    codes = [(one.code, one.location) for one in found]
    assert codes == ([] if expected == whole else [("left-out", "ServiceRequest")])


PARTS = {
    "occurrencePeriod": st.sampled_from([MARCH, JANUARY, BACKWARDS]),
    "code": st.just(CODE["code"]),
    "orderDetail": st.just(DETAIL["orderDetail"]),
    "occurrenceDateTime": st.just("2026-01-01"),
    "note": st.just(NOTE["note"]),
    "meta": st.just(META["meta"]),
}
SOME = st.fixed_dictionaries({}, optional=PARTS)


@given(SOME.filter(lambda some: VALID(ORDER | some)), SOME)
def test_a_combination_is_one_that_r4_allows(stands, more):
    fitted = Judge(VALID, [], {}).fitted(ORDER | stands | more, ORDER | stands)
    assert VALID(fitted)
    assert {name: fitted.get(name) for name in more if name == "meta"} == {
        name: value for name, value in more.items() if name == "meta"
    }


def visit(id_, start="", end=""):
    period = {name: each for name, each in (("start", start), ("end", end)) if each}
    return {"resourceType": "Encounter", "id": id_, "period": period}


def of(type_, id_, visit_="a.v", element="encounter"):
    return {"resourceType": type_, "id": id_, element: {"reference": f"Encounter/{visit_}"}}


@pytest.mark.parametrize(
    ("mine", "theirs", "are_two"),
    [
        (("2026-01-01", "2026-01-05"), ("2026-03-01",), True),
        (("2026-03-01",), ("2026-01-01", "2026-01-05"), True),
        (("2026-03-01",), ("", "2026-01-05T08:00:00+08:00"), True),
        (("2026-01-01",), ("", "2026-01-05"), False),
        (("2026-01-06T07:00:00+08:00",), ("", "2026-01-05T08:00:00+08:00"), False),
        (("2026-01-01", "2026-01-05"), ("2026-01-01", "2026-01-07"), False),
        (("2026-03-01",), ("", "2026-01"), False),
        ((), (), False),
    ],
)  # fmt: skip
def test_a_visit_that_began_after_the_end_of_another_is_not_that(mine, theirs, are_two):
    found = apart({"a.v": visit("a.v", *mine)}, {"a.v": visit("b.v", *theirs)})
    assert found == ({"a.v"} if are_two else set())


def test_what_is_known_by_its_visit_stays_with_that():
    mine = [
        visit("a.v", "2026-01-01", "2026-01-05"), of("Condition", "a.c"), of("Condition", "a.new"),
        of("Condition", "a.w", "a.other"), of("Observation", "a.o"), of("Observation", "a.r"),
        of("ServiceRequest", "a.s"),
        {"resourceType": "DiagnosticReport", "id": "a.d",
         "result": [{"reference": "Observation/a.r"}]},
    ]  # fmt: skip
    theirs = {one["id"]: {**one, "id": "b"} for one in mine if one["id"] != "a.new"}
    theirs["a.v"] = visit("b.v", "2026-03-01")
    assert apart({one["id"]: one for one in mine}, theirs) == {"a.v", "a.c", "a.o"}


def sent(type_, number, *segments, at="20260301080000"):
    pid = f"PID|1||{number}^^^TJH01^MR||Doe^Jo||19800101|M"
    return hl7(pid, *segments, type_=type_, control_id=f"B{next(_SENT)}", version="2.5.1", sent=at)


def stay(event, number, begin, end="", *more):
    pv1 = f"PV1|1|I|W1^101^1{'|' * 16}V1{'|' * 25}{begin}|{end}"
    return sent(f"ADT^{event}", number, f"EVN|{event}|{end or begin}", pv1, *more,
                at=f"{end or begin}080000")  # fmt: skip


DIAGNOSIS = "DG1|1||I10^Hypertension^I10"
WEIGHT = "OBX|1|NM|3141-9^Weight^LN||{}|kg|||||F"


def test_two_visits_of_one_number_stay_two_in_the_record_that_survived(tjh):
    weights = [WEIGHT.format(80), WEIGHT.format(70)]
    tjh(stay("A01", "100", "20260101", "", DIAGNOSIS, weights[0]))
    tjh(stay("A03", "100", "20260101", "20260105"))
    tjh(stay("A01", "200", "20260201", "", DIAGNOSIS, weights[1]))
    (receipt,) = tjh(sent("ADT^A40", "200", "MRG|100^^^TJH01^MR"))
    assert "visits-apart" in tjh.findings(receipt.seq)
    visits = {f"Encounter/{one['id']}": one for one in tjh.resources("Encounter")}
    stays = sorted((one["period"]["start"], one["status"]) for one in visits.values())
    assert stays == [("2026-01-01", "finished"), ("2026-02-01", "in-progress")]
    for type_ in ("Condition", "Observation"):
        found = tjh.resources(type_)
        assert {one["encounter"]["reference"] for one in found} == visits.keys()
    home = tjh.home("200")
    assert all(name.startswith(f"Encounter/{home}.") for name in visits)
    tjh(stay("A03", "200", "20260201", "20260210"))
    ends = sorted(one["period"]["end"] for one in tjh.resources("Encounter"))
    assert ends == ["2026-01-05", "2026-02-10"]


def stays(tjh, number="200"):
    """Return begin and end of a record's visits, each with its numbers."""
    return sorted(
        (one["period"]["start"], one["period"].get("end", ""),
         *(each["value"] for each in one["identifier"]))
        for one in tjh.resources("Encounter")
        if "period" in one and one["id"].startswith(tjh.home(number))
    )  # fmt: skip


def test_of_two_visits_of_one_number_that_began_last_has_it(tjh):
    """The survivor's own was over before the other record's began: nothing more comes of that."""
    tjh(stay("A03", "200", "20250101", "20250105"), stay("A01", "100", "20260101"))
    tjh(sent("ADT^A40", "200", "MRG|100^^^TJH01^MR", at="20260102080000"))
    tjh(stay("A03", "200", "20260101", "20260110", DIAGNOSIS))
    assert stays(tjh) == [("2025-01-01", "2025-01-05", "V1"), ("2026-01-01", "2026-01-10", "V1")]
    (found,) = tjh.resources("Condition")
    (last,) = (one for one in tjh.resources("Encounter") if one["period"]["end"] == "2026-01-10")
    assert found["encounter"]["reference"] == f"Encounter/{last['id']}"


@pytest.mark.parametrize(
    ("there", "here", "ends"),
    [
        (("20250101", "20250105"), ("20260101", ""), ["2025-01-05", "2026-01-10"]),
        (("20260101", ""), ("20250101", "20250105"), ["2025-01-05", "2026-01-10"]),
    ],
)
def test_a_visit_that_moves_onto_the_number_of_another_stays_itself(tjh, there, here, ends):
    for number, (begin, end) in (("200", there), ("100", here)):
        event = "A03" if end else "A01"
        tjh(stay(event, number, begin, end, DIAGNOSIS, WEIGHT.format(80)))
    pv1 = f"PV1|1|I{'|' * 17}V1"
    move = sent("ADT^A45", "200", "EVN|A45|20260102", "MRG|100^^^TJH01^MR||||V1", pv1)
    (receipt, again) = (tjh(one)[0] for one in (move, move.replace(b"080000", b"080100")))
    assert "visits-apart" in tjh.findings(receipt.seq)
    assert "visits-apart" not in tjh.findings(again.seq)
    assert [one[0] for one in stays(tjh)] == ["2025-01-01", "2026-01-01"]
    for type_ in ("Condition", "Observation"):
        found = [one["encounter"]["reference"] for one in tjh.resources(type_)]
        assert len(set(found)) == 2
        assert all(one.startswith(f"Encounter/{tjh.home('200')}") for one in found)
    tjh(stay("A03", "200", "20260101", "20260110", DIAGNOSIS))
    assert [one[1] for one in stays(tjh)] == ends
    assert len(tjh.resources("Condition")) == 2


def numbered(event, number, begin, end=""):
    pv1 = f"PV1|1|I|W1^101^1{'|' * 16}{number}{'|' * 25}{begin}|{end}"
    return sent(f"ADT^{event}", "200", f"EVN|{event}|{end or begin}", pv1, DIAGNOSIS,
                at=f"{end or begin}080000")  # fmt: skip


@pytest.mark.parametrize("late", [True, False])
def test_a_visit_that_gets_the_number_of_another_stays_itself(tjh, late):
    """Which of the two began last has the number from then on."""
    over, on = ("V9", "V1") if late else ("V1", "V9")
    tjh(numbered("A03", over, "20250101", "20250105"), numbered("A01", on, "20260101"))
    pv1 = f"PV1|1|I{'|' * 17}V9"
    change = sent("ADT^A50", "200", "EVN|A50|20260102", "MRG|200^^^TJH01^MR||||V1", pv1)
    for message in (change, change.replace(b"080000", b"080100")):
        (receipt,) = tjh(message)
    tjh(numbered("A03", "V9", "20260101", "20260110"))
    old, now = (("V9",), ("V9", "V1")) if late else (("V9", "V1"), ("V9",))
    assert stays(tjh) == [
        ("2025-01-01", "2025-01-05", *old), ("2026-01-01", "2026-01-10", *now),
    ]  # fmt: skip
    assert len(tjh.resources("Condition")) == 2
    assert tjh.entry(receipt.seq).state == "done"


def test_two_visits_that_are_said_to_be_one_are_though_one_was_over(tjh):
    tjh(numbered("A03", "V9", "20250101", "20250105"), numbered("A01", "V1", "20260101"))
    pv1 = f"PV1|1|I{'|' * 17}V9"
    tjh(sent("ADT^A42", "200", "EVN|A42|20260102", "MRG|200^^^TJH01^MR||||V1", pv1))
    assert len(tjh.resources("Encounter")) == 1


def test_visits_that_stayed_apart_do_so_along_a_chain_of_merges(tjh):
    for month, number in (("01", "100"), ("03", "200"), ("05", "300")):
        tjh(stay("A03", number, f"2026{month}01", f"2026{month}05", DIAGNOSIS))
    tjh(sent("ADT^A40", "200", "MRG|100^^^TJH01^MR"))
    tjh(sent("ADT^A40", "300", "MRG|200^^^TJH01^MR"))
    visits = {f"Encounter/{one['id']}": one for one in tjh.resources("Encounter")}
    starts = sorted(one["period"]["start"] for one in visits.values())
    assert starts == ["2026-01-01", "2026-03-01", "2026-05-01"]
    found = tjh.resources("Condition")
    assert sorted(one["encounter"]["reference"] for one in found) == sorted(visits)


def insured(number, begin, end):
    in1 = f"IN1|1|P1|C1|Insurer{'|' * 8}{begin}|{end}{'|' * 23}N7"
    return sent("ADT^A08", number, "PV1|1|I", in1)


@pytest.mark.parametrize(
    ("one", "other", "period"),
    [
        (("", "20260101"), ("20260301", ""), {"start": "2026-03-01"}),
        (("20260301", ""), ("", "20260101"), {"end": "2026-01-01"}),
        (("20260101", ""), ("", "20260301"), {"start": "2026-01-01", "end": "2026-03-01"}),
    ],
)
def test_what_two_records_knew_keeps_what_was_said_last(tjh, one, other, period):
    tjh(insured("100", *one), insured("200", *other))
    (receipt,) = tjh(sent("ADT^A40", "200", "MRG|100^^^TJH01^MR"))
    assert ("left-out" in tjh.findings(receipt.seq)) is (len(period) < 2)
    assert tjh.entry(receipt.seq).state == "done"
    (coverage,) = tjh.resources("Coverage")
    assert coverage["period"] == period


def test_two_orders_that_are_one_keep_what_was_said_last(tjh):
    home = tjh_home(tjh)
    found = []
    orders = [
        {**ORDER, "id": f"{home}.{name}", "occurrencePeriod": period}
        for name, period in (("o1", JANUARY), ("o2", MARCH))
    ]
    one, other = (Key(home, "ServiceRequest", order["id"]) for order in orders)
    said = SimpleNamespace(feed=SimpleNamespace(zone=UTC))
    with tjh.store.begin() as tx:
        for number, order in enumerate(orders, 1):
            tx.resources.put(home, order, owner="tjh", spool_seq=number)
        for seq, could in ((1, False), (3, True), (4, False)):
            judge = Judge(VALID, found, {})
            assert join(tx, seq, said, one, other, judge) is could
        (row,) = tx.resources.rows([home], ["ServiceRequest"])
        assert content(tx, row) == {**ORDER, "id": one.id, "occurrencePeriod": MARCH}
    assert [one.code for one in found] == ["left-out"]


def tjh_home(tjh):
    tjh(sent("ADT^A28", "100"))
    return tjh.home("100")


PV1 = f"PV1|1|I{'|' * 17}V1"


def test_what_moves_changes_nothing_of_what_is_known_there(tjh):
    """A visit of that number is known in the other record; one diagnosis was deleted there."""
    dg1 = f"DG1|{{}}||{{}}^x^I10{'|' * 18}{{}}"
    mine = [dg1.format(1, "I10", "A"), dg1.format(2, "E11.9", "A")]
    tjh(sent("ADT^A01", "100", PV1, *mine), sent("ADT^A01", "200", PV1, dg1.format(1, "I10", "D")))
    (receipt,) = tjh(sent("ADT^A45", "200", "MRG|100^^^TJH01^MR||||V1", PV1))
    assert tjh.entry(receipt.seq).state == "done"
    home = tjh.home("200")
    states = {
        one["code"]["coding"][0]["code"]: one.get("clinicalStatus", one.get("verificationStatus"))
        for one in tjh.resources("Condition") if one["id"].startswith(home)
    }  # fmt: skip
    codes = {code: state["coding"][0]["code"] for code, state in states.items()}
    assert codes == {"I10": "entered-in-error", "E11.9": "active"}
