"""Visits and allergies that got a number later, in two records that become one."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7

_SENT = count(1)


def sent(type_, number, *segments):
    at = next(_SENT)
    pid = f"PID|1||{number}^^^TJH01^MR||Doe^Jo||19800101|M"
    return hl7(pid, *segments, type_=type_, control_id=f"F{at}", version="2.5.1",
               sent=f"20260301{at // 60:02d}{at % 60:02d}00")  # fmt: skip


def visit(event, number, *, planned="", own="V1"):
    pv1 = f"PV1|1|I|W1^101^1||{planned}{'|' * 14}{own}"
    return sent(f"ADT^{event}", number, f"EVN|{event}|2026030107", pv1)


def merge(surviving, retired):
    return sent("ADT^A40", surviving, f"MRG|{retired}^^^TJH01^MR")


PAIRS = pytest.mark.parametrize(
    ("one", "other", "surviving"),
    [("100", "200", "200"), ("100", "200", "100")],
)


@PAIRS
@pytest.mark.parametrize("later", ["V1", "P1", "both"])
def test_a_visit_that_had_a_pre_admission_is_the_one_of_its_number(
    tjh, one, other, surviving, later
):
    tjh(visit("A05", one, planned="P1", own=""), visit("A01", one, planned="P1"))
    tjh(visit("A03", other), merge(surviving, {one: other, other: one}[surviving]))
    (known,) = tjh.resources("Encounter")
    assert known["status"] == "finished"
    assert known["hospitalization"]["preAdmissionIdentifier"]["value"] == "P1"
    number = {"planned": "P1", "own": ""} if later == "P1" else {}
    tjh(visit("A13", surviving, **({"planned": "P1"} if later == "both" else number)))
    assert [(seen["id"], seen["status"]) for seen in tjh.resources("Encounter")] == [
        (known["id"], "in-progress")
    ]


@PAIRS
def test_a_pre_admission_and_a_visit_that_are_one_elsewhere_become_that(tjh, one, other, surviving):
    """Where they were known apart, nobody had said that they were one."""
    tjh(visit("A05", one, planned="P1", own=""), visit("A01", one))
    tjh(visit("A05", other, planned="P1", own=""), visit("A03", other, planned="P1"))
    assert len(tjh.resources("Encounter")) == 3
    tjh(merge(surviving, {one: other, other: one}[surviving]))
    states = [seen["status"] for seen in tjh.resources("Encounter")]
    assert "finished" in states
    if surviving == other:
        assert states == ["finished"]


@PAIRS
def test_an_allergy_that_was_listed_without_its_number_is_the_one_that_has_it(
    tjh, one, other, surviving
):
    tjh(sent("ADT^A08", one, "AL1|1|DA|PEN^Pen^L"))
    tjh(sent("ADT^A60", one, "IAM|1|DA|PEN^Pen^L|||A|7"))
    tjh(sent("ADT^A60", other, "IAM|1|DA|PEN^Pen^L|||A|7"))
    tjh(merge(surviving, {one: other, other: one}[surviving]))
    (known,) = tjh.resources("AllergyIntolerance")
    tjh(sent("ADT^A60", surviving, "IAM|1|DA|PEN^Pen^L|||D|7"))
    (gone,) = tjh.resources("AllergyIntolerance")
    assert gone["id"] == known["id"]
    assert gone["verificationStatus"]["coding"][0]["code"] == "entered-in-error"


def test_a_visit_that_moves_is_the_one_of_its_pre_admission_s_number(tjh):
    tjh(visit("A05", "200", planned="P1", own=""), visit("A01", "200", planned="P1"))
    tjh(visit("A01", "100"), sent("ORU^R01", "100", f"PV1|1|I{'|' * 17}V1", "OBR|1|O1|F1|GLU^G^L",
                                  "OBX|1|NM|GLU^G^L||5|||||||F"))  # fmt: skip
    tjh(sent("ADT^A45", "200", "MRG|100^^^TJH01^MR||||V1", f"PV1|1|I{'|' * 17}V1"))
    home = tjh.home("200")
    (seen,) = (one for one in tjh.resources("Encounter") if one["id"].startswith(home))
    (value,) = tjh.resources("Observation")
    assert value["encounter"]["reference"] == f"Encounter/{seen['id']}"


LISTED = {
    "AllergyIntolerance": ("AL1|1|DA|PEN^Pen^L", "AL1|1|FA|NUT^Nut^L"),
    "RelatedPerson": ("NK1|1|Doe^Ma|MTH", "NK1|1|Doe^Pa|FTH"),
}


@PAIRS
@pytest.mark.parametrize("type_", LISTED)
@pytest.mark.parametrize("closed_last", [True, False])
def test_the_last_of_two_lists_tells_whether_what_it_has_stands(
    tjh, type_, closed_last, one, other, surviving
):
    first, second = LISTED[type_]
    lists = [sent("ADT^A08", one, first, second), sent("ADT^A08", one, second)]
    again = sent("ADT^A08", other, first)
    if closed_last:
        again = sent("ADT^A08", other, first).replace(b"20260301", b"20260201")
    tjh(*([again, *lists] if closed_last else [*lists, again]))
    tjh(merge(surviving, {one: other, other: one}[surviving]))
    states = [
        each.get("active", each.get("clinicalStatus", {}).get("coding", [{}])[0].get("code"))
        for each in tjh.resources(type_)
    ]
    gone = {"AllergyIntolerance": "inactive", "RelatedPerson": False}[type_]
    assert len(states) == 2
    assert (gone in states) is closed_last
