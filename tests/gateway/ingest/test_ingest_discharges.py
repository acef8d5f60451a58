"""Discharges beside what comes after them, and before: which stands, and when a visit began."""

from __future__ import annotations

import pytest
from ingest_feed import hl7

from gateway.ingest.findings import load

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
_SENT = iter(range(1, 10**6))


def event(name, entered, visit, sent):
    return hl7(
        f"EVN|{name}|20260301{entered:02}0000", PID, visit, type_=f"ADT^{name}",
        control_id=str(next(_SENT)), sent=f"20260301{sent:02}0000",
    )  # fmt: skip


def pv1(number, *, ward="W1", begin="", end="", disposition=""):
    fields = {2: "I", 3: ward, 19: number, 36: disposition, 44: begin, 45: end}
    return "|".join(["PV1", *(fields.get(at, "") for at in range(1, 46))]).rstrip("|")


BEGUN = pv1("V1", begin="20260301093000")
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


def doubts(tjh, receipt):
    with tjh.store.read() as tx:
        stored = load(tx.spool.findings(tx.spool.get(receipt.seq)) or b"[]")
    return {
        one["code"]: (one["severity"], one["location"]) for one in stored
        if one["code"] in ("begin-unknown", "visit-over")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "field", "kept"),
    [
        ([("A03", 8, DISCHARGED, 8), ("A01", 9, pv1("V1"), 9)], "EVN-2", {}),
        ([("A03", 8, DISCHARGED, 8), ("A08", 9, BEGUN, 9)], "PV1-44", {"end": 8}),
        ([("A01", 9, pv1("V1"), 9), ("A03", 10, DISCHARGED, 10)], "PV1-45", {"end": 8}),
        ([("A01", 7, pv1("V1"), 7), ("A03", 10, DISCHARGED, 10)], "", {"start": 7, "end": 8}),
        ([("A01", 9, pv1("V1"), 9), ("A11", 10, pv1("V1"), 10)], "", {}),
        # Whoever is admitted again, and says since when, began then.
        ([("A03", 8, DISCHARGED, 8), ("A01", 9, BEGUN, 9)], "", {"start": 9}),
    ],
)  # fmt: skip
def test_a_visit_of_which_nobody_knows_when_it_began_is_found_by_the_field(tjh, said, field, kept):
    *_, receipt = tjh(*(event(*one) for one in said))
    assert tjh.entry(receipt.seq).state == "done"
    assert doubts(tjh, receipt) == ({"begin-unknown": ("information", field)} if field else {})
    (visit,) = tjh.resources("Encounter")
    assert {name: int(each[11:13]) for name, each in visit.get("period", {}).items()} == kept


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (("A02", 9, pv1("V1", ward="W2"), 9), True), (("A08", 9, pv1("V1", ward="W2"), 9), True),
        (("A08", 9, pv1("V1"), 9), False), (("A02", 9, pv1("V1"), 9), False),
        (("A13", 9, pv1("V1", ward="W2"), 9), False), (("A01", 9, pv1("V1", ward="W2"), 9), False),
    ],
)  # fmt: skip
def test_a_place_of_after_the_discharge_is_found_by_the_field(tjh, last, found):
    tjh(event("A01", 7, pv1("V1"), 7), event("A03", 8, DISCHARGED, 8))
    (receipt,) = tjh(event(*last))
    assert doubts(tjh, receipt) == ({"visit-over": ("information", "PV1-3")} if found else {})


@pytest.mark.parametrize("ward", ["W2", ""])
@pytest.mark.parametrize("name", ["A03", "A08"])
def test_the_last_place_ends_with_a_visit_whose_end_is_put_right(tjh, name, ward):
    tjh(
        event("A01", 7, pv1("V1", begin="20260301070000"), 7),
        event("A02", 9, pv1("V1", ward="W2"), 9),
    )
    tjh(event("A03", 12, pv1("V1", ward="W2", end="20260301120000"), 12))
    for hour, end in ((13, "11"), (14, "15"), (15, "08")):
        tjh(event(name, 12, pv1("V1", ward=ward, end=f"20260301{end}0000"), hour))
        (visit,) = tjh.resources("Encounter")
        assert visit["period"]["end"][11:13] == end
        last = next(one for one in visit["location"] if one["location"]["display"] == "W2")
        # at eight he was not there yet
        assert last["period"].get("end", "")[11:13] == {"08": ""}.get(end, end)
    ends = [one["period"].get("end", "")[11:13] for one in visit["location"]]
    assert sorted(ends) == ["", "09"]
