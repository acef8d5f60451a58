"""What an event takes back: a discharge that is cancelled, or not expected, did not happen."""

from __future__ import annotations

import pytest
from ingest_feed import Feed, hl7, register

from consent.labels import labels_for
from gateway.ingest.erasing import erase
from gateway.ingest.pipeline import Pipeline
from gateway.translator import Translator

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"


@pytest.fixture
def feed(store):
    translator = Translator()
    register(store, "tjh", "TJH01")
    return Feed(store, Pipeline(translator.of_feed, translator.valid, labels_for))


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


def visit(feed):
    (found,) = feed.resources("Encounter")
    return found


def test_a_cancelled_discharge_leaves_nothing_of_it(feed):
    feed(adt("A01", "W1^101^A"))
    feed(adt("A03", "W1^101^A", "01", "HOME", "20260301100000"))
    before = visit(feed)
    assert before["status"] == "finished"
    assert before["period"]["end"].startswith("2026-03-01")
    assert {"dischargeDisposition", "destination"} <= before["hospitalization"].keys()
    # Some senders say in the cancellation what is cancelled.
    (receipt,) = feed(adt("A13", "W1^102^B", "01", "", "20260301100000"))
    after = visit(feed)
    assert after["status"] == "in-progress"
    assert after["period"].keys() == {"start"}
    assert "hospitalization" not in after
    assert [place["status"] for place in after["location"]] == ["active"]
    assert feed.findings(receipt.seq).count("not-applicable") >= 2


def test_a_discharge_that_is_no_longer_expected_is_not_planned(feed):
    feed(adt("A01", "W1^101^A"))
    feed(adt("A16", "W1^101^A", "01", planned="20260305"))
    assert [one["valueDateTime"] for one in visit(feed)["extension"]] == ["2026-03-05"]
    feed(adt("A25", "W1^101^A"))
    assert visit(feed).keys().isdisjoint({"extension", "hospitalization"})
    assert visit(feed)["status"] == "in-progress"


@pytest.mark.parametrize(
    ("event", "status"),
    [("A11", "cancelled"), ("A12", "in-progress"), ("A38", "cancelled"), ("A52", "in-progress"),
     ("A53", "onleave")],
)  # fmt: skip
def test_other_cancellations_tell_the_state_and_keep_the_rest(feed, event, status):
    feed(adt("A01", "W1^101^A", "01", end=""))
    feed(adt(event, "W1^101^A"))
    assert visit(feed)["status"] == status
    assert visit(feed)["hospitalization"]["dischargeDisposition"]["coding"]
    assert visit(feed)["period"]["start"].startswith("2026-02-01")


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
