"""A report that is cancelled (OBR-25 X) says that there are no results, and need not name them."""

from __future__ import annotations

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"


def oru(status, *results, minute=0, orc=()):
    """A report of a state, and the states and values of its results, told one after another."""
    obx = [
        f"OBX|{n}|NM|{code}||{value}||||||{state}" for n, (code, value, state) in enumerate(results)
    ]
    return hl7(
        PID, *orc, f"OBR|1|P1|F1|CBC{'|' * 21}{status}", *obx, type_="ORU^R01",
        control_id=f"{status}{minute}", sent=f"202603010{800 + minute}",
    )  # fmt: skip


def results(tjh):
    """Return of each result its state, its value, and why there is none."""
    found = {}
    for one in tjh.resources("Observation"):
        reason = one.get("dataAbsentReason", {}).get("coding", [{}])[0].get("code")
        value = one.get("valueQuantity", {}).get("value")
        found[one["code"]["coding"][0]["code"]] = (one["status"], value, reason)
    return found


BEGUN = oru("P", ("WBC", "5", "P"), ("HGB", "120", "F"))
NOTHING = ("cancelled", None, "error")


@pytest.mark.parametrize("together", [True, False])
def test_what_was_not_final_is_cancelled_and_what_was_stands_and_is_found(tjh, together):
    receipts = sent(tjh, [BEGUN, oru("X", minute=5)], together)
    assert results(tjh) == {"WBC": NOTHING, "HGB": ("final", 120, None)}
    (report,) = tjh.resources("DiagnosticReport")
    assert (report["status"], len(report["result"])) == ("cancelled", 2)
    assert tjh.findings(receipts[-1].seq) == ["results-stand"]


def test_what_it_says_itself_of_a_result_counts(tjh):
    tjh(BEGUN)
    (receipt,) = tjh(oru("X", ("HGB", "", "X"), minute=5))
    assert results(tjh) == {"WBC": NOTHING, "HGB": NOTHING}
    assert "results-stand" not in tjh.findings(receipt.seq)


def test_what_was_told_since_stands(tjh):
    tjh(oru("P", ("WBC", "5", "P"), minute=9))
    (receipt,) = tjh(oru("X", minute=5))
    assert results(tjh) == {"WBC": ("preliminary", 5, None)}
    assert "results-stand" not in tjh.findings(receipt.seq)


@pytest.mark.parametrize("together", [True, False])
def test_what_was_begun_before_and_comes_late_is_cancelled_too(tjh, together):
    """Over another line; what was final stands, as if it had come in its order."""
    before = oru("P", ("WBC", "5", "P"), ("HGB", "120", "F"), minute=1)
    sent(tjh, [oru("X", minute=5), before], together)
    assert results(tjh) == {"WBC": NOTHING, "HGB": ("final", 120, None)}
    tjh(oru("P", ("WBC", "6", "P"), minute=6))
    assert results(tjh)["WBC"] == ("preliminary", 6, None)


def test_what_is_done_after_all_has_its_results_again(tjh):
    tjh(BEGUN, oru("X", minute=5), oru("F", ("WBC", "6", "F"), ("HGB", "121", "C"), minute=6))
    assert results(tjh) == {"WBC": ("final", 6, None), "HGB": ("corrected", 121, None)}


def test_a_restricted_result_stays_so(tjh):
    restricted = "ORC|RE|P1|F1" + "|" * 25 + "R"
    tjh(oru("P", ("WBC", "5", "P"), orc=[restricted]))
    tjh(oru("X", minute=5))
    (result,) = tjh.resources("Observation")
    assert result["status"] == "cancelled"
    assert {one["code"] for one in result["meta"]["security"]} == {"R"}


def test_a_report_that_nobody_knew_cancels_nothing(tjh):
    (receipt,) = tjh(oru("X"))
    assert results(tjh) == {}
    assert tjh.findings(receipt.seq) == []
