"""Results over their messages: which are one measurement, and that none takes another's place."""

from __future__ import annotations

from itertools import permutations

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
EIGHT, NINE, TEN = "202603010800", "202603010900", "202603011000"
_SENT = iter(range(1, 10**6))


def obx(value, at="", status="F", number="", code="GLU", sub=""):
    fields = {2: "NM", 3: code, 4: sub, 5: value, 6: "mmol/L", 11: status, 14: at, 21: number}
    return "|".join(["OBX", "1", *(fields.get(each, "") for each in range(2, 22))]).rstrip("|")


def oru(*results, filler="F1", at=""):
    return hl7(
        PID, f"OBR|1||{filler}|GLU|||{at}", *results,
        type_="ORU^R01", control_id=str(next(_SENT)),
    )  # fmt: skip


def values(tjh):
    """Return (value, hour, status) of the results there are."""
    found = tjh.resources("Observation")
    return sorted(
        (str(one["valueQuantity"]["value"]), one.get("effectiveDateTime", "")[11:13], one["status"])
        for one in found
    )


BOTH = [("5.1", "08", "final"), ("9.9", "09", "final")]
CORRECTED = [("5.1", "08", "final"), ("8.8", "09", "corrected")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("number", ["I%d^LIS", "I%d"])
def test_a_result_is_known_by_its_own_number(tjh, number, together):
    one, other = number % 1, number % 2
    sent(tjh, [
        oru(obx("5.1", EIGHT, number=one), obx("9.9", NINE, number=other)),
        oru(obx("8.8", TEN, "C", number=other)),
    ], together)  # fmt: skip
    assert values(tjh) == [("5.1", "08", "final"), ("8.8", "10", "corrected")]


def test_a_number_of_another_laboratory_is_another_result(tjh):
    tjh(oru(obx("5.1", number="1^A")), oru(obx("9.9", number="1^B")))
    assert len(values(tjh)) == 2


def test_a_number_that_names_nobody_counts_within_its_report(tjh):
    tjh(oru(obx("5.1", number="1")), oru(obx("9.9", number="1"), filler="F2"))
    tjh(oru(obx("4.4", number="1", status="C")))
    assert [value for value, *_ in values(tjh)] == ["4.4", "9.9"]


def test_a_number_that_names_its_laboratory_counts_in_every_report(tjh):
    tjh(oru(obx("5.1", number="1^LIS")), oru(obx("9.9", number="1^LIS", status="C"), filler="F2"))
    assert values(tjh) == [("9.9", "", "corrected")]


@pytest.mark.parametrize("together", [True, False])
def test_a_correction_of_one_of_several_is_of_the_one_of_its_time(tjh, together):
    both = oru(obx("5.1", EIGHT), obx("9.9", NINE))
    sent(tjh, [both, oru(obx("8.8", NINE, "C"))], together)
    assert values(tjh) == CORRECTED


@pytest.mark.parametrize("messages", [*permutations([("5.1", EIGHT), ("9.9", NINE), ("7", TEN)])])
def test_a_series_over_messages_is_one_result_for_each_time(tjh, messages):
    for value, at in messages:
        tjh(oru(obx(value, at)))
    tjh(oru(*(obx(value, at) for value, at in messages)))
    assert values(tjh) == [*BOTH[:1], ("7", "10", "final"), BOTH[1]]
    tjh(oru(obx("8.8", NINE, "C")))
    assert values(tjh) == [*BOTH[:1], ("7", "10", "final"), CORRECTED[1]]


def test_a_report_refers_to_its_results_under_their_ids(tjh):
    tjh(oru(obx("5.1", EIGHT)))
    tjh(oru(obx("9.9", NINE)))
    (report,) = tjh.resources("DiagnosticReport")
    ids = [one["id"] for at in ("T08", "T09") for one in tjh.resources("Observation")
           if at in one["effectiveDateTime"]]  # fmt: skip
    assert report["result"] == [{"reference": f"Observation/{id_}"} for id_ in ids]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("before", ["", "20260301"])
def test_a_time_that_is_added_or_left_out_makes_no_other_result(tjh, before, together):
    messages = [oru(obx("5", before, "P")), oru(obx("5.1", NINE)), oru(obx("5.2", before, "C"))]
    sent(tjh, messages, together)
    assert values(tjh) == [("5.2", "", "corrected")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("collected", "analysed"), [("", EIGHT), (EIGHT, ""), (EIGHT, EIGHT)])
def test_a_final_result_is_its_preliminary_one_whatever_time_it_has(
    tjh, collected, analysed, together
):
    messages = [
        oru(obx("5", analysed, "P"), at=collected), oru(obx("5.1", NINE), at=collected),
        oru(obx("5.2", TEN, "C"), at=collected),
    ]  # fmt: skip
    sent(tjh, messages[:2], together)
    assert values(tjh) == [("5.1", "09", "final")]
    tjh(messages[2])
    assert values(tjh) == [("5.2", "10", "corrected")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("messages", [
    # Of another collection.
    [oru(obx("5", "", "P"), at=EIGHT), oru(obx("6"), at=NINE)],
    [oru(obx("5", EIGHT, "P"), at=EIGHT), oru(obx("6", NINE), at=NINE)],
    # A series in either of the messages, or over them.
    [oru(obx("5", EIGHT, "P"), obx("7", TEN, "P")), oru(obx("6", NINE))],
    [oru(obx("5", EIGHT, "P")), oru(obx("6", NINE), obx("7", TEN, "F"))],
    [oru(obx("5", EIGHT, "P")), oru(obx("6", NINE, "P")), oru(obx("7", TEN))],
    # Nothing becomes final, or what is final does not begin anew.
    [oru(obx("5", EIGHT, "P")), oru(obx("6", NINE, "P"))],
    [oru(obx("5", EIGHT)), oru(obx("6", NINE))],
    [oru(obx("5", EIGHT)), oru(obx("6", NINE, "P"))],
])  # fmt: skip
def test_another_measurement_takes_no_place(tjh, messages, together):
    sent(tjh, messages, together)
    found = [value for value, *_ in values(tjh)]
    assert found == ["5", "6", "7"][: len(found)]
    assert len(found) >= 2


def test_a_preliminary_result_that_is_final_at_its_own_time_later_stands_beside_the_next(tjh):
    for result in (obx("5", EIGHT, "P"), obx("6", NINE), obx("5.1", EIGHT)):
        tjh(oru(result))
    assert values(tjh) == [("5.1", "08", "final"), ("6", "09", "final")]


def test_results_of_different_specimens_are_two(tjh):
    for number, result in (("S1", obx("5", EIGHT, "P")), ("S2", obx("6", NINE))):
        tjh(hl7(PID, "OBR|1||F1|GLU", f"SPM|1|{number}||BLD", result, type_="OUL^R22",
                control_id=str(next(_SENT))))  # fmt: skip
    assert values(tjh) == [("5", "08", "preliminary"), ("6", "09", "final")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("minute", "kept"), [("01", 1), ("59", 2)])
def test_a_preliminary_result_that_comes_late_is_the_final_one(tjh, minute, kept, together):
    final, begun = (
        hl7(PID, "OBR|1||F1|GLU", result, type_="ORU^R01", control_id=str(next(_SENT)), sent=at)
        for result, at in ((obx("5.1", NINE), "20260301083000"),
                           (obx("5", EIGHT, "P"), f"2026030108{minute}00"))
    )  # fmt: skip
    *_, receipt = sent(tjh, [final, begun], together)
    assert ("5.1", "09", "final") in values(tjh)
    assert len(values(tjh)) == kept
    assert ("superseded" in tjh.findings(receipt.seq)) == (kept == 1)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("subs", [("", "1"), ("1", "")])
def test_a_sub_id_that_is_one_may_be_left_away(tjh, subs, together):
    one, other = subs
    sent(tjh, [oru(obx("5", EIGHT, "P", sub=one)), oru(obx("6", EIGHT, sub=other))], together)
    assert values(tjh) == [("6", "08", "final")]


@pytest.mark.parametrize("together", [True, False])
def test_a_sub_id_that_is_one_of_several_is_not_left_away(tjh, together):
    several = [obx("6", EIGHT, sub="1"), obx("7", EIGHT, sub="2")]
    sent(tjh, [oru(obx("5", EIGHT, "P")), oru(*several), oru(*several)], together)
    assert [value for value, *_ in values(tjh)] == ["5", "6", "7"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("status", ["C", "D", "W", "X"])
def test_a_correction_of_another_time_is_of_the_only_one(tjh, status, together):
    sent(tjh, [oru(obx("5.1", EIGHT)), oru(obx("4.4", TEN, status))], together)
    ((value, hour, state),) = values(tjh)
    assert (value, hour) == ("4.4", "10")
    assert state in {"corrected", "entered-in-error", "cancelled"}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("at", [TEN, ""])
def test_a_correction_of_nobody_knows_which_stands_by_itself_and_is_found(tjh, at, together):
    both = oru(obx("5.1", EIGHT), obx("9.9", NINE))
    messages = [both, oru(obx("8.8", at, "C")), oru(obx("6", at, "C"))]
    _, receipt, _ = sent(tjh, messages, together)
    assert values(tjh) == sorted([*BOTH, ("6", at[8:10], "corrected")])
    assert "correction-unclear" in tjh.findings(receipt.seq)


@pytest.mark.parametrize("together", [True, False])
def test_several_of_one_time_are_told_apart_by_their_place_in_a_report(tjh, together):
    both = [obx("5.1", EIGHT), obx("9.9", EIGHT)]
    again = [obx("5.1", EIGHT, "C"), obx("8.8", EIGHT, "C")]
    sent(tjh, [oru(*both), oru(*both), oru(*again)], together)
    assert values(tjh) == [("5.1", "08", "corrected"), ("8.8", "08", "corrected")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("at", [EIGHT, ""])
def test_one_of_several_of_one_time_takes_the_place_of_none(tjh, at, together):
    both = oru(obx("5.1", at), obx("9.9", at))
    sent(tjh, [both, oru(obx("8.8", at, "C"))], together)
    assert [value for value, *_ in values(tjh)] == ["5.1", "8.8", "9.9"]


@pytest.mark.parametrize("together", [True, False])
def test_several_of_one_time_take_the_place_of_none_of_another(tjh, together):
    early, late = (oru(obx("1", at), obx("2", at)) for at in (EIGHT, NINE))
    sent(tjh, [early, late, oru(obx("5", EIGHT), obx("6", EIGHT), obx("3", TEN), obx("4", TEN))],
         together)  # fmt: skip
    expected = [("1", "09"), ("2", "09"), ("3", "10"), ("4", "10"), ("5", "08"), ("6", "08")]
    assert sorted((value, hour) for value, hour, _ in values(tjh)) == expected
    sent(tjh, [oru(obx("1", NINE), obx("7", NINE))], together)
    assert ("7", "09", "final") in values(tjh)
    assert len(values(tjh)) == len(expected)


def test_the_time_of_the_order_counts_where_the_result_has_none(tjh):
    tjh(oru(obx("5.1"), at=EIGHT), oru(obx("9.9"), at=NINE), oru(obx("8.8", status="C"), at=NINE))
    assert values(tjh) == CORRECTED


def test_a_sub_id_and_a_code_tell_results_apart_as_ever(tjh):
    tjh(oru(obx("1", sub="1"), obx("2", sub="2"), obx("3", code="K")))
    tjh(oru(obx("4", status="C", sub="2")))
    assert [value for value, *_ in values(tjh)] == ["1", "3", "4"]


def test_a_message_that_comes_again_makes_nothing_new(tjh):
    series = [obx("5.1", EIGHT), obx("9.9", NINE), obx("9.9", NINE), obx("7", TEN, "C")]
    tjh(oru(*series))
    before = tjh.resources("Observation")
    tjh(oru(*series))
    assert tjh.resources("Observation") == before
    assert len(before) == 4
