"""What an event takes back: a discharge that is cancelled, or not expected, did not happen."""

from __future__ import annotations

import pytest
from ingest_feed import hl7

from gateway.ingest.versions.erasing import erase

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"


def adt(event, place="", disposition="", destination="", end="", planned=""):
    """A message of one visit: PV1-3, PV1-36, PV1-37, PV1-45, PV2-9."""
    pv1 = ["PV1", "1", "I", place, *[""] * 47]
    pv1[19], pv1[36], pv1[37] = "V1^^^TJH01^VN", disposition, destination
    pv1[44], pv1[45] = "20260201080000", end
    pv2 = ["PV2", *[""] * 8, planned]
    return hl7(
        f"EVN|{event}|20260301", PID, "|".join(pv1), "|".join(pv2), type_=f"ADT^{event}",
        control_id=event,
    )  # fmt: skip


def visit(tjh):
    (found,) = tjh.resources("Encounter")
    return found


def test_a_cancelled_discharge_leaves_nothing_of_it(tjh):
    tjh(adt("A01", "W1^101^A"))
    tjh(adt("A03", "W1^101^A", "01", "HOME", "20260301100000"))
    before = visit(tjh)
    assert before["status"] == "finished"
    assert before["period"]["end"].startswith("2026-03-01")
    assert {"dischargeDisposition", "destination"} <= before["hospitalization"].keys()
    # Some senders say in the cancellation what is cancelled.
    (receipt,) = tjh(adt("A13", "W1^102^B", "01", "", "20260301100000"))
    after = visit(tjh)
    assert after["status"] == "in-progress"
    assert after["period"].keys() == {"start"}
    assert "hospitalization" not in after
    assert [place["status"] for place in after["location"]] == ["active"]
    assert tjh.findings(receipt.seq).count("not-applicable") >= 2


def test_a_discharge_that_is_no_longer_expected_is_not_planned(tjh):
    tjh(adt("A01", "W1^101^A"))
    tjh(adt("A16", "W1^101^A", "01", planned="20260305"))
    assert [one["valueDateTime"] for one in visit(tjh)["extension"]] == ["2026-03-05"]
    tjh(adt("A25", "W1^101^A"))
    assert visit(tjh).keys().isdisjoint({"extension", "hospitalization"})
    assert visit(tjh)["status"] == "in-progress"


@pytest.mark.parametrize(
    ("event", "status"),
    [("A11", "cancelled"), ("A12", "in-progress"), ("A38", "cancelled"), ("A52", "in-progress"),
     ("A53", "onleave")],
)  # fmt: skip
def test_other_cancellations_tell_the_state_and_keep_the_rest(tjh, event, status):
    tjh(adt("A01", "W1^101^A", "01", end=""))
    tjh(adt(event, "W1^101^A"))
    assert visit(tjh)["status"] == status
    assert visit(tjh)["hospitalization"]["dischargeDisposition"]["coding"]
    assert visit(tjh)["period"]["start"].startswith("2026-02-01")


@pytest.mark.parametrize("event", ["A01", "A04", "A05", "A28"])
def test_who_was_deleted_and_is_entered_again_is_active(tjh, event):
    tjh(adt("A29"))
    tjh(adt("A31"))
    assert tjh.patient("7")["active"] is False
    tjh(adt(event))
    assert tjh.patient("7")["active"] is True


def test_what_is_deleted_is_named_by_its_place():
    resource = {
        "period": {"start": "2026", "end": "2027", "_end": {"id": "x"}},
        "length": {"value": 1},
        "extension": [{"url": "a"}, {"url": "b"}],
        "link": [{"type": "seealso", "other": {"reference": "Patient/1"}}],
    }
    period = resource["period"]
    for word in ("period.end", "extension a", "link Patient/1", "length.value", "name.x", "text"):
        erase(resource, word, lambda name: (name,))
    assert resource == {"period": {"start": "2026"}, "extension": [{"url": "b"}]}
    assert period["end"] == "2027"
