"""What ``""`` deletes of what is known: what its field fills, and nothing beside it."""

from __future__ import annotations

import pytest
from ingest_feed import hl7

from gateway.ingest.versions.erasing import erase

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"


def adt(event, **fields):
    """A message of one visit: fields of PV1 by number."""
    pv1 = ["PV1", "1", "I", *[""] * 50]
    pv1[19] = "V1^^^TJH01^VN"
    for name, value in fields.items():
        pv1[int(name.removeprefix("pv1_"))] = value
    return hl7(f"EVN|{event}|20260301", PID, "|".join(pv1), type_=f"ADT^{event}", control_id=event)


ADMITTED = {
    "pv1_3": "W1^101^A", "pv1_6": "W0^1^A", "pv1_7": "D1^Attend", "pv1_8": "D2^Refer",
    "pv1_14": "7", "pv1_44": "20260201080000",
}  # fmt: skip
LEFT = {**ADMITTED, "pv1_36": "01", "pv1_45": "20260301100000"}


def visit(tjh):
    (found,) = tjh.resources("Encounter")
    return found


def patient(tjh, *fields):
    tjh(hl7("EVN|A08|20260301", "|".join(["PID", "1", "", "7^^^TJH01^MR", "", "Doe", *fields])))
    return tjh.patient("7")


def test_a_disposition_and_an_end_go_and_what_is_beside_them_stays(tjh):
    tjh(adt("A03", **LEFT))
    assert {"dischargeDisposition", "admitSource"} == visit(tjh)["hospitalization"].keys()
    tjh(adt("A08", pv1_36='""', pv1_45='""'))
    after = visit(tjh)
    assert after["hospitalization"].keys() == {"admitSource"}
    assert after["period"].keys() == {"start"}
    assert after["status"] == "in-progress"


def test_an_end_that_is_deleted_says_nothing_of_a_visit_that_was_cancelled(tjh):
    tjh(adt("A01", **ADMITTED))
    tjh(adt("A11", **ADMITTED))
    tjh(adt("A08", pv1_45='""'))
    assert visit(tjh)["status"] == "cancelled"


def test_who_has_another_part_in_a_visit_stays(tjh):
    tjh(adt("A01", **ADMITTED))
    tjh(adt("A08", pv1_8='""', pv1_6='""'))
    after = visit(tjh)
    roles = [c["code"] for p in after["participant"] for t in p["type"] for c in t["coding"]]
    assert roles == ["ATND"]
    assert len(after["location"]) == 2  # nobody can tell where the patient was from where they are


def test_numbers_of_other_fields_stay(tjh):
    patient(tjh, *[""] * 7, "010-1^PRN", "010-2^WPN", *[""] * 4, "110101190001010014")
    after = patient(tjh, *[""] * 8, '""')
    assert [each["value"] for each in after["telecom"]] == ["010-1"]
    assert {each["value"] for each in after["identifier"]} == {"7", "110101190001010014"}
    assert len(patient(tjh, *[""] * 7, '""')["identifier"]) == 2
    tjh(hl7('PID|1|""|7^^^TJH01^MR|""|Doe||||||||||||||""'))
    assert [each["value"] for each in tjh.patient("7")["identifier"]] == ["7"]
    assert "telecom" not in tjh.patient("7")


@pytest.mark.parametrize(
    ("word", "left"),
    [
        ("period.end", {"period": {"start": "2026"}}),
        ("period", {}),
        ("period.other", {"period": {"start": "2026", "end": "2027"}}),
        ('status "finished"', {"status": "planned"}),
        ('status "planned"', {}),
        ("active true", {}),
        ("active false", {"active": True}),
        ('list {"use": "a"}', {"list": [{"use": "b", "n": 1}]}),
        ('list [{"use": "a"}]', {"list": [{"use": "a"}]}),
        ('list [{"use": "a"}, {"n": 1}]', {"list": [{"use": "a"}, {"use": "b", "n": 1}]}),
        ("list.n", {"list": [{"use": "a"}, {"use": "b"}]}),
        ("_born.extension time", {"_born": {"id": "x"}}),
        ("extension animal extension breed",
         {"extension": [{"url": "animal", "extension": [{"url": "species"}]}]}),
        ("extension animal", {}),
        ("extension other", {"extension": [
            {"url": "animal", "extension": [{"url": "species"}, {"url": "breed"}]}]}),
        ("link Patient/1", {}),
        ("none 1", {}),
    ],
)  # fmt: skip
def test_a_word_names_what_is_deleted(word, left):
    name = word.partition(" ")[0].partition(".")[0]
    known = {
        "period": {"start": "2026", "end": "2027"}, "status": "planned", "active": True,
        "list": [{"use": "a"}, {"use": "b", "n": 1}],
        "_born": {"id": "x", "extension": [{"url": "time"}]},
        "extension": [{"url": "animal", "extension": [{"url": "species"}, {"url": "breed"}]}],
        "link": [{"type": "seealso", "other": {"reference": "Patient/1"}}],
    }  # fmt: skip
    resource = {name: known[name]} if name in known else {}
    before = repr(known)
    erase(resource, word, lambda one: (one,))
    assert resource == left
    assert repr(known) == before


def test_the_last_part_of_an_extension_takes_it_along():
    resource = {"extension": [{"url": "a", "extension": [{"url": "b"}]}]}
    erase(resource, "extension a extension b", lambda one: (one,))
    assert resource == {}


@pytest.mark.parametrize(
    ("segment", "known", "left"),
    [
        ("AL1", 'SV|""', None),
        ("AL1", '""|""', None),
        ("AL1", '""|Rash', {"manifestation": [{"text": "Rash"}]}),
        ("AL1", '""', {"manifestation": [{"text": "Rash"}]}),
        ("IAM", '""', {"manifestation": [{"text": "Rash"}]}),
        ("IAM", '""|""', None),
    ],
)
def test_a_reaction_that_is_deleted_is_gone(tjh, segment, known, left):
    allergy = f"{segment}|1|DA|ASA^Aspirin^L|"
    kind = "ADT^A60" if segment == "IAM" else "ADT^A08"
    tjh(hl7(PID, f"{allergy}SV|Rash", type_=kind, version="2.5.1"))
    (before,) = tjh.resources("AllergyIntolerance")
    assert before["reaction"][0]["severity"] == "severe"
    later = hl7(PID, f"{allergy}{known}", type_=kind, version="2.5.1", control_id="2")
    (receipt,) = tjh(later)
    (after,) = tjh.resources("AllergyIntolerance")
    assert after.get("reaction", [None]) == [left]
    assert "erased" in tjh.findings(receipt.seq)
