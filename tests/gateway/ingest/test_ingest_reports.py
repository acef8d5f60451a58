"""A report is one by its order: under either number, and under another code of one number."""

from __future__ import annotations

from itertools import permutations

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
EIGHT, NINE = "202603010800", "202603010900"
_SENT = iter(range(1, 10**6))


def told(type_, *segments):
    return hl7(PID, *segments, type_=type_, control_id=str(next(_SENT)))


def obx(value, code="WBC", status="F", *, at="", sub=""):
    kind = "NM" if value.replace(".", "").isdigit() else "TX"
    fields = {2: kind, 3: code, 4: sub, 5: value, 11: status, 14: at}
    return "|".join(["OBX", "1", *(fields.get(each, "") for each in range(2, 15))])


def obr(placer, filler, status, *results, code="CBC", at=""):
    return [f"OBR|1|{placer}|{filler}|{code}|||{at}{'|' * 18}{status}", *results]


def oru(placer, filler, status, *results, code="CBC", at=""):
    return told("ORU^R01", *obr(placer, filler, status, *results, code=code, at=at))


def order(placer, filler, code="CBC"):
    return told("ORM^O01", f"ORC|NW|{placer}|{filler}", f"OBR|1|{placer}|{filler}|{code}")


def reports(tjh):
    """Return of each report its numbers, its state, and its results: their values and states."""
    results = {f"Observation/{one['id']}": one for one in tjh.resources("Observation")}
    found = []
    for one in tjh.resources("DiagnosticReport"):
        listed = [results.pop(each["reference"]) for each in one.get("result", ())]
        values = sorted((said(each), each["status"]) for each in listed)
        numbers = sorted({number["value"] for number in one.get("identifier", ())})
        found.append((numbers, one["status"], *values))
    assert not results, "each is in one report"
    return sorted(found)


def said(result):
    return str(result.get("valueQuantity", {}).get("value") or result.get("valueString"))


STORY = [("P1", "", "P", "5"), ("P1", "F1", "F", "6"), ("", "F1", "C", "7")]


# -- one order, one report ---------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("authority", ["", "^LIS"])
def test_a_report_is_one_under_its_placers_number_then_its_fillers(tjh, authority, together):
    messages = [
        oru(placer, filler and filler + authority, status, obx(value, status=status))
        for placer, filler, status, value in STORY
    ]
    sent(tjh, messages, together)
    assert reports(tjh) == [(["F1", "P1"], "corrected", ("7", "corrected"))]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("names", [*permutations([("P1", ""), ("", "F1")])])
def test_an_order_that_names_both_numbers_makes_reports_one(tjh, names, together):
    (one, other) = names
    sent(tjh, [order("P1", "F1"), oru(*one, "P", obx("5", status="P")), oru(*other, "F", obx("6"))],
         together)  # fmt: skip
    ((_, state, *results),) = reports(tjh)
    assert (state, results) == ("final", [("6", "final")])


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("by", ["order", "report"])
@pytest.mark.parametrize("first", ["P1", "F1"])
def test_reports_that_were_apart_are_one_when_their_orders_are(tjh, first, by, together):
    apart = [
        oru("P1", "", "P", obx("5", status="P"), obx("1", "HGB")),
        oru("", "F1", "F", obx("6")),
    ]
    both = order("P1", "F1") if by == "order" else oru("P1", "F1", "F", obx("6"))
    messages = [*(apart if first == "P1" else reversed(apart)), both]
    sent(tjh, messages, together)
    expected = ("final", ("1", "final"), ("6", "final"))
    ((numbers, *found),) = reports(tjh)
    assert tuple(found) == expected
    assert numbers == ["F1", "P1"]
    sent(tjh, [oru("", "F1", "C", obx("7", status="C")), oru("P1", "", "C", obx("2", "HGB", "C"))],
         together)  # fmt: skip
    ((_, *found),) = reports(tjh)
    assert tuple(found) == ("corrected", ("2", "corrected"), ("7", "corrected"))


def test_results_that_may_be_two_stay_two_when_their_reports_become_one(tjh):
    tjh(oru("P1", "", "F", obx("5", at=EIGHT)), oru("", "F1", "F", obx("6", at=NINE)))
    tjh(order("P1", "F1"))
    assert reports(tjh) == [(["F1", "P1"], "final", ("5", "final"), ("6", "final"))]


def test_reports_of_different_things_stay_two_when_their_orders_become_one(tjh):
    tjh(oru("P1", "", "F", obx("5")), oru("P1", "", "F", obx("1"), code="GLU"))
    tjh(oru("", "F1", "F", obx("6")))
    tjh(order("P1", "F1"))
    assert [found for _, *found in reports(tjh)] == [
        ["final", ("6", "final")], ["final", ("1", "final")]
    ]  # fmt: skip


# -- what contradicts it -----------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
def test_another_filler_of_one_order_reports_apart(tjh, together):
    sent(tjh, [oru("P1", "F1", "F", obx("5")), oru("P1", "F2", "F", obx("6"))], together)
    assert reports(tjh) == [(["F1", "P1"], "final", ("5", "final")),
                            (["F2", "P1"], "final", ("6", "final"))]  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_an_order_that_is_done_every_day_has_a_report_of_each(tjh, together):
    sent(tjh, [
        oru("P1", "", "P", obx("5", status="P"), at="202603010800"),
        oru("P1", "F1", "F", obx("6"), at="202603010800"),
        oru("P1", "", "P", obx("7", status="P"), at="202603020800"),
        oru("P1", "F2", "F", obx("8"), at="202603020800"),
        oru("P1", "", "P", obx("9", status="P"), at="202603030800"),
    ], together)  # fmt: skip
    assert [found for _, *found in reports(tjh)] == [
        ["final", ("6", "final")], ["final", ("8", "final")], ["preliminary", ("9", "preliminary")]
    ]  # fmt: skip


def test_which_of_several_is_meant_is_not_guessed(tjh):
    tjh(oru("P1", "F1", "F", obx("5")), oru("P1", "F2", "F", obx("6")))
    tjh(oru("P1", "", "C", obx("7", status="C")))
    assert len(reports(tjh)) == 3


# -- another code of one number ----------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("placer", ["P1", ""])
@pytest.mark.parametrize(("at", "wbc"), [(EIGHT, "6"), ("", "5")])
def test_a_panel_whose_code_changes_is_one_report(tjh, placer, at, wbc, together):
    before = [obx("5", status="P"), obx("1", "HGB", "P")]
    after = [obx(wbc), obx("1", "HGB"), obx("3", "NEU")]
    sent(tjh, [
        oru(placer, "F1", "P", *before, at=at),
        oru(placer, "F1", "F", *after, at=at, code="CBCD"),
        oru(placer, "F1", "C", obx("2", "HGB", "C"), at=at, code="CBCD"),
    ], together)  # fmt: skip
    ((_, state, *results),) = reports(tjh)
    assert state == "corrected"
    assert results == [("2", "corrected"), ("3", "final"), (wbc, "final")]
    (report,) = tjh.resources("DiagnosticReport")
    assert report["code"]["coding"][0]["code"] == "CBCD"


def test_a_correction_may_name_another_code(tjh):
    tjh(oru("P1", "F1", "F", obx("5"), obx("1", "HGB"), at=EIGHT))
    tjh(oru("P1", "F1", "C", obx("6", status="C"), at=EIGHT, code="CBCD"))
    ((_, *found),) = reports(tjh)
    assert found == ["corrected", ("1", "final"), ("6", "corrected")]


@pytest.mark.parametrize("messages", [
    # A number of a specimen: two things were done with it.
    [(["F1"], "P", "CBC", [("5", "WBC")]), (["F1"], "F", "CRP", [("9", "CRP")])],
    # Final already.
    [(["F1"], "F", "BMP", [("5", "GLU")]), (["F1"], "F", "CMP", [("5", "GLU"), ("1", "ALB")])],
    # Another number.
    [(["F1"], "P", "CBC", [("5", "WBC")]), (["F2"], "F", "CBCD", [("5", "WBC")])],
    # Several reports of the number in one message.
    [(["F1"], "P", "CBC", [("5", "WBC")]), (["F1", "F1"], "F", "CBCD", [("5", "WBC")])],
    # A text under a heading that every report has.
    [(["F1"], "P", "CHEST", [("clear", "TEXT")]), (["F1"], "F", "HAND", [("whole", "TEXT")])],
    # Several of a code: who knows which.
    [(["F1"], "P", "GLU1", [("5", "GLU")]), (["F1"], "F", "OGTT", [("5", "GLU"), ("9", "GLU")])],
])  # fmt: skip
def test_what_may_be_another_report_stays_apart(tjh, messages):
    for fillers, status, code, results in messages:
        groups = [
            obr("", filler, status, *(obx(v, c, status) for v, c in results), at=EIGHT,
                code=f"{code}{number or ''}")
            for number, filler in enumerate(fillers)
        ]  # fmt: skip
        tjh(told("ORU^R01", *[segment for group in groups for segment in group]))
    assert len(reports(tjh)) == sum(len(fillers) for fillers, *_ in messages)


@pytest.mark.parametrize(("at", "later", "value"), [(EIGHT, NINE, "5"), ("", "", "6")])
def test_another_code_with_another_time_or_value_is_another_report_and_is_found(
    tjh, at, later, value
):
    tjh(oru("P1", "F1", "P", obx("5", status="P"), at=at))
    (receipt,) = tjh(oru("P1", "F1", "F", obx(value), at=later, code="CBCD"))
    assert len(reports(tjh)) == 2
    assert "report-unclear" in tjh.findings(receipt.seq)


def test_a_message_that_comes_late_leaves_reports_as_they_were_told_since(tjh):
    (late,) = tjh.accept(order("P1", "F1"))
    with tjh.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE spool SET state = 'quarantined'")
    tjh(oru("P1", "", "P", obx("5", status="P")), oru("", "F1", "F", obx("6")))
    with tjh.store.begin() as tx:
        tx.connection.exec_driver_sql(f"UPDATE spool SET state = 'pending' WHERE seq = {late.seq}")
    tjh.worker.drain()
    assert [found for _, *found in reports(tjh)] == [
        ["final", ("6", "final")], ["preliminary", ("5", "preliminary")]
    ]  # fmt: skip


def test_what_was_joined_is_deleted_and_its_history_stays(tjh):
    tjh(oru("P1", "", "P", obx("5", status="P")), oru("", "F1", "F", obx("6")))
    before = {one["id"] for one in tjh.resources("DiagnosticReport")}
    tjh(order("P1", "F1"))
    (kept,) = tjh.resources("DiagnosticReport")
    (other,) = before - {kept["id"]}
    with tjh.store.read() as tx:
        gone, *_, first = tx.resources.history("DiagnosticReport", other)
        assert gone.deleted
        assert not first.deleted


def test_an_erased_record_leaves_no_reports_noted(tjh):
    tjh(oru("P1", "F1", "F", obx("5")))
    counted = "SELECT count(*) FROM order_number"
    with tjh.store.begin() as tx:
        assert tx.connection.exec_driver_sql(counted).scalar_one() > 1
        tx.compartments.destroy(tjh.home("7"))
        assert tx.connection.exec_driver_sql(counted).scalar_one() == 0
