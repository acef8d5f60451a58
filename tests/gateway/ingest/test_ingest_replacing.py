"""A report keeps its other results, and a result its value, where they are not said again."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7

from gateway.ingest.versions.replacing import gathered, replaced

_NUMBERS = count(1)
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
PRELIMINARY = {
    "resourceType": "Observation", "status": "preliminary", "valueString": "A", "note": [{}],
}  # fmt: skip


def report(hour, status, *results):
    return hl7(
        PID, f"OBR|1|P1|F1|K{'|' * 21}{status}", *results, type_="ORU^R01",
        control_id=str(next(_NUMBERS)), sent=f"202603010{hour}0000",
    )  # fmt: skip


def result(code, value, status, note=""):
    lines = [f"OBX|1|NM|{code}||{value}|mmol/L|||||{status}|||20260301083000"]
    return [*lines, f"NTE|1||{note}"] if note else lines


def results_of(tjh):
    (one,) = tjh.resources("DiagnosticReport")
    named = {f"Observation/{each['id']}": each for each in tjh.resources("Observation")}
    return one["status"], [
        (each["code"]["coding"][0]["code"], each["status"], str(each["valueQuantity"]["value"]))
        for each in (named[reference["reference"]] for reference in one["result"])
    ]


@pytest.mark.parametrize("together", [True, False])
def test_a_correction_leaves_the_other_results_in_their_report(tjh, together):
    told = [
        report(8, "F", *result("A", 1, "F"), *result("B", 2, "F")),
        report(9, "C", *result("A", 3, "C")),
    ]
    for each in [told] if together else [[one] for one in told]:
        tjh(*each)
    assert results_of(tjh) == ("corrected", [("A", "corrected", "3"), ("B", "final", "2")])


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1)])
def test_a_panel_that_comes_in_pieces_is_whole(tjh, order):
    told = [
        report(8, "P", *result("A", 1, "F")),
        report(8, "P", *result("B", 2, "F")).replace(b"20260301080000", b"20260301083000"),
        report(9, "F", *result("C", 3, "F")),
    ]
    for number in order:
        tjh(told[number])
    status, results = results_of(tjh)
    assert status == "final"
    assert sorted(results) == [("A", "final", "1"), ("B", "final", "2"), ("C", "final", "3")]


def test_a_report_that_is_said_to_be_final_keeps_its_results(tjh):
    tjh(report(8, "P", *result("A", 1, "P")), report(9, "F"))
    assert results_of(tjh) == ("final", [("A", "preliminary", "1")])


@pytest.mark.parametrize("status", ["U", "F"])
def test_a_result_that_is_only_said_to_be_final_keeps_its_value(tjh, status):
    tjh(report(8, "P", *result("A", 1, "P", "haemolytic")))
    tjh(report(9, "F", *result("A", "", status)))
    assert results_of(tjh) == ("final", [("A", "final", "1")])
    (one,) = tjh.resources("Observation")
    assert one["note"] == [{"text": "haemolytic"}]


def test_what_is_said_anew_takes_the_place_of_what_was_known():
    final = {"resourceType": "Observation", "status": "final", "valueString": "B"}
    bare = {"resourceType": "Observation", "status": "final"}
    corrected = {"resourceType": "Observation", "status": "corrected"}
    assert replaced(PRELIMINARY, final) == final
    assert replaced(PRELIMINARY, bare)["valueString"] == "A"
    assert replaced(PRELIMINARY, bare, erased=True) == bare
    assert replaced(PRELIMINARY, {**bare, "dataAbsentReason": {}}) == {
        **bare,
        "dataAbsentReason": {},
    }
    assert replaced(PRELIMINARY | {"status": "final"}, corrected) == PRELIMINARY | corrected
    assert replaced(PRELIMINARY | {"status": "final"}, corrected, erased=True) == corrected


def test_a_report_has_each_result_once():
    one, other = (
        {"resourceType": "DiagnosticReport", "status": status, "result": list(refs)}
        for status, refs in (("final", "bc"), ("preliminary", "ab"))
    )  # fmt: skip
    both = gathered(one, other)
    assert both["status"] == "final"
    assert both["result"] == ["a", "b", "c"]
    assert gathered(one, {"resourceType": "DiagnosticReport"}) == one


def numbered(code, value, status, number):
    return [f"OBX|1|NM|{code}||{value}|mmol/L|||||{status}|||20260301083000|||||||{number}"]


@pytest.mark.parametrize("status", ["F", "C"])
def test_a_result_that_is_told_again_without_its_value_keeps_it(tjh, status):
    tjh(report(8, "F", *result("A", 1, "F")))
    (receipt,) = tjh(report(9, "C", *result("A", "", status, "See the letter")))
    assert results_of(tjh)[1][0][2] == "1"
    assert "value-kept" in tjh.findings(receipt.seq)
    (kept,) = tjh.resources("Observation")
    assert kept["note"][0]["text"] == "See the letter"


@pytest.mark.parametrize(("value", "status"), [('""', "C"), ("", "D"), ("", "X")])
def test_a_value_that_is_taken_back_goes(tjh, value, status):
    tjh(report(8, "F", *result("A", 1, "F")))
    (receipt,) = tjh(report(9, "C", *result("A", value, status)))
    (withdrawn,) = tjh.resources("Observation")
    assert "valueQuantity" not in withdrawn
    assert "value-kept" not in tjh.findings(receipt.seq)


@pytest.mark.parametrize("number", ["R2^LIS", ""])
def test_a_correction_under_another_number_is_of_the_only_result_of_its_code(tjh, number):
    tjh(report(8, "F", *numbered("A", 7, "F", "R1^LIS"), *numbered("B", 5, "F", "R5^LIS")))
    tjh(report(9, "C", *numbered("A", 8, "C", number)))
    assert results_of(tjh) == ("corrected", [("A", "corrected", "8"), ("B", "final", "5")])
    tjh(report(10, "C", *numbered("A", 9, "F", number or "R1^LIS")))
    assert results_of(tjh)[1][0] == ("A", "final", "9")


def test_a_correction_of_one_of_several_is_found(tjh):
    tjh(report(8, "F", *numbered("A", 7, "F", "R1^LIS"), *numbered("A", 5, "F", "R2^LIS")))
    (receipt,) = tjh(report(9, "C", *numbered("A", 8, "C", "R3^LIS")))
    assert [value for _, _, value in results_of(tjh)[1]] == ["7", "5", "8"]
    assert "correction-unclear" in tjh.findings(receipt.seq)


def test_a_result_of_another_number_is_another_one(tjh):
    tjh(report(8, "F", *numbered("A", 7, "F", "R1^LIS")))
    tjh(report(9, "F", *numbered("A", 8, "F", "R2^LIS")))
    assert [value for _, _, value in results_of(tjh)[1]] == ["7", "8"]
