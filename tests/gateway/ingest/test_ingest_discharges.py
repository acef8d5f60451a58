"""Discharges beside what comes after them, and before: which stands, and when a visit began."""

from __future__ import annotations

import pytest
from ingest_feed import hl7

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
_SENT = iter(range(1, 10**6))


def event(name, entered, visit, sent):
    return hl7(
        f"EVN|{name}|20260301{entered:02}0000", PID, visit, type_=f"ADT^{name}",
        control_id=str(next(_SENT)), sent=f"20260301{sent:02}0000",
    )  # fmt: skip


def pv1(number, *, ward="W1", end="", disposition=""):
    fields = {2: "I", 3: ward, 19: number, 36: disposition, 45: end}
    return "|".join(["PV1", *(fields.get(at, "") for at in range(1, 46))]).rstrip("|")


DISCHARGED = pv1("V1", end="20260301080000", disposition="1")


@pytest.mark.parametrize(
    ("first", "second"),
    [(("A01", 9, pv1("V1"), 9), ("A03", 10, DISCHARGED, 10)),
     (("A01", 9, pv1("V1"), 9), ("A08", 10, DISCHARGED, 10)),
     (("A03", 8, DISCHARGED, 8), ("A01", 9, pv1("V1"), 7))],
)  # fmt: skip
def test_an_admission_that_was_entered_after_the_discharge_began_nobody_knows_when(
    tjh, first, second
):
    tjh(event(*first))
    (receipt,) = tjh(event(*second))
    assert tjh.entry(receipt.seq).state == "done"
    (visit,) = tjh.resources("Encounter")
    assert (visit["status"], "start" in visit["period"]) == ("finished", False)
    assert visit["period"]["end"][11:13] == "08"


def test_beds_are_tidied_after_a_discharge_and_the_visit_stays_over(tjh):
    tjh(event("A01", 7, pv1("V1"), 7), event("A03", 8, DISCHARGED, 8))
    tjh(event("A02", 9, pv1("V1", ward="W2"), 9))
    (visit,) = tjh.resources("Encounter")
    assert (visit["status"], visit["period"]["end"][11:13]) == ("finished", "08")
    assert [place["status"] for place in visit["location"]] == ["completed"]


def test_whoever_is_admitted_again_has_not_been_discharged(tjh):
    tjh(event("A01", 7, pv1("V1"), 7), event("A03", 8, DISCHARGED, 8))
    tjh(event("A04", 10, pv1("V1", ward="W2"), 10))
    (visit,) = tjh.resources("Encounter")
    assert (visit["status"], "end" in visit["period"]) == ("in-progress", False)
    assert "dischargeDisposition" not in visit.get("hospitalization", {})


def test_an_admission_after_a_cancelled_one_begins_the_visit(tjh):
    tjh(event("A01", 1, pv1("V1"), 1), event("A11", 2, pv1("V1"), 2))
    tjh(event("A01", 4, pv1("V1"), 4))
    (visit,) = tjh.resources("Encounter")
    assert visit["period"]["start"][11:13] == visit["location"][0]["period"]["start"][11:13] == "04"
