"""Draft claims: what a message says that is claimed for, and what becomes of that."""

from __future__ import annotations

import pytest
from ingest_feed import hl7

PLAN = "IN1|1|GOLD|C1|Company"
DIABETES, ASTHMA = "DG1|1||E11.9^Diabetes^I10|||F", "DG1|2||J45^Asthma^I10|||F"
OPERATION = "PR1|1||47.01^Appendectomy^I9CP||20260301"


def sent(kind, patient, *segments, number):
    pid = f"PID|1||{patient}^^^TJH01^MR||Li^Na||19800101|F" + "|" * 10 + "A1"
    visit = "PV1|1|I" + "|" * 17 + "V1"
    return hl7(pid, *segments, visit, type_=kind, control_id=number)


def claimed(tjh):
    """The codes that the only claim is for, of diagnoses and procedures."""
    known = {f"{one['resourceType']}/{one['id']}": one for one in tjh.resources()}
    (claim,) = (one for one in known.values() if one["resourceType"] == "Claim")
    return [
        [
            known[item[f"{name}Reference"]["reference"]]["code"]["coding"][0]["code"]
            for item in claim.get(name, ())
        ]
        for name in ("diagnosis", "procedure")
    ]


def test_a_claim_is_for_what_the_last_message_says(tjh):
    tjh(sent("BAR^P01", "N1", DIABETES, ASTHMA, OPERATION, PLAN, number="1"))
    assert claimed(tjh) == [["E11.9", "J45"], ["47.01"]]
    tjh(sent("BAR^P05", "N1", PLAN, number="2"))
    assert claimed(tjh) == [["E11.9", "J45"], ["47.01"]]
    tjh(sent("BAR^P05", "N1", ASTHMA, PLAN, number="3"))
    assert claimed(tjh) == [["J45"], ["47.01"]]


@pytest.mark.parametrize("kind", ["ADT^A44", "ADT^A45", "ADT^A40", "ADT^A43"])
def test_what_is_claimed_for_may_move(tjh, kind):
    """The claim stays with its coverage, without which it is none; nothing is put aside for it."""
    tjh(sent("BAR^P01", "N1", DIABETES, OPERATION, PLAN, number="1"))
    prior = "MRG|N1^^^TJH01^MR||A1||V1"
    (receipt,) = tjh(sent(kind, "N2", prior, number="2"))
    assert tjh.entry(receipt.seq).state == "done"
    assert all(claim["insurance"] for claim in tjh.resources("Claim"))
