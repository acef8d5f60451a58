"""Vaccinations that share a number are told apart by what they are."""

from __future__ import annotations

from itertools import count, permutations

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
BOTH = pytest.mark.parametrize("together", [True, False])
DTP, MMR, FLU = "20", "03", "150"
DONE, WRONG = "completed", "entered-in-error"
_SENT = count(1)


def rxa(cvx, action="", *, day="01", lot="", order="|F1", funding="", coding="CVX"):
    code = f"{cvx}^v^{coding}"
    fields = {1: "0", 2: "1", 3: f"202603{day}", 5: code, 6: "999", 15: lot, 20: "CP", 21: action}
    said = [f"ORC|RE|{order}", "|".join(["RXA", *(fields.get(n, "") for n in range(1, 22))])]
    obx = f"OBX|1|CE|30963-3^Funding^LN|1|{funding}||||||F|||20260301"
    return [*said, obx] if funding else said


def vxu(*vaccines):
    at = f"{next(_SENT):06d}"
    said = [segment for one in vaccines for segment in one]
    return hl7(PID, *said, type_="VXU^V04", control_id=at, version="2.5.1", sent=f"20260301{at}")


def given(tjh):
    """Return the vaccines there are: code, day, state and batch."""
    return sorted(
        (one["vaccineCode"]["coding"][0]["code"], one["occurrenceDateTime"][-2:], one["status"],
         one.get("lotNumber", ""))
        for one in tjh.resources("Immunization")
    )  # fmt: skip


def found(tjh, receipts, code):
    return [tjh.findings(receipt.seq).count(code) for receipt in receipts]


@BOTH
@pytest.mark.parametrize("order", ["|F1", "P1", "P1|F1"])
@pytest.mark.parametrize("in_one", [True, False])
def test_two_vaccines_of_one_number_are_two(tjh, order, in_one, together):
    both = [rxa(MMR, lot="L1", order=order), rxa(DTP, lot="L2", order=order)]
    receipts = sent(tjh, [vxu(*both)] if in_one else [vxu(one) for one in both], together)
    expected = [(MMR, "01", DONE, "L1"), (DTP, "01", DONE, "L2")]
    assert given(tjh) == expected
    assert sum(found(tjh, receipts, "another-vaccine")) == (not in_one)
    # Each is known again by what it is, in whatever order.
    sent(tjh, [vxu(*both[::-1]), vxu(rxa(DTP, "U", lot="L3", order=order))], together)
    assert given(tjh) == [(MMR, "01", DONE, "L1"), (DTP, "01", DONE, "L3")]
    tjh(vxu(rxa(DTP, "D", lot="L3", order=order)))
    assert given(tjh) == [(MMR, "01", DONE, "L1"), (DTP, "01", WRONG, "L3")]


@BOTH
@pytest.mark.parametrize("messages", [*permutations([[DTP], [MMR], [MMR, DTP]])])
def test_so_they_are_in_whatever_order_they_come(tjh, messages, together):
    sent(tjh, [vxu(*map(rxa, codes)) for codes in messages], together)
    assert [code for code, *_ in given(tjh)] == [MMR, DTP]


@BOTH
def test_what_is_observed_is_of_each_vaccine(tjh, together):
    public, own = rxa(MMR, funding="PHC70"), rxa(DTP, funding="VXC1")
    for messages in ([vxu(public, own)], [vxu(own), vxu(public)]):
        sent(tjh, messages, together)
        told = {f"Immunization/{one['id']}": one for one in tjh.resources("Immunization")}
        seen = sorted(
            (told[one["partOf"][0]["reference"]]["vaccineCode"]["coding"][0]["code"],
             one["valueCodeableConcept"]["coding"][0]["code"])
            for one in tjh.resources("Observation")
        )  # fmt: skip
        assert seen == [(MMR, "PHC70"), (DTP, "VXC1")]


@BOTH
@pytest.mark.parametrize(
    ("said", "expected", "unclear"),
    [
        # A correction may say which vaccine it was in truth, as long as the number has one alone.
        ([rxa(MMR), rxa(DTP, "U")], [(DTP, "01", DONE, "")], 0),
        ([rxa(MMR), rxa(DTP, "D")], [(DTP, "01", WRONG, "")], 0),
        ([rxa(MMR), rxa(DTP), rxa(FLU, "U")],
         [(MMR, "01", DONE, ""), (FLU, "01", DONE, ""), (DTP, "01", DONE, "")], 1),
        # The same one of another day has its day put right; another coding says no other vaccine.
        ([rxa(MMR), rxa(MMR, day="02")], [(MMR, "02", DONE, "")], 0),
        ([rxa(MMR), rxa("X", coding="L")], [("X", "01", DONE, "")], 0),
        # Of one number, that is of several days, each day is one.
        ([rxa(MMR), rxa(DTP), rxa(DTP, day="02")],
         [(MMR, "01", DONE, ""), (DTP, "02", DONE, "")], 0),
        # Without a number each is known by what it is, as ever.
        ([rxa(MMR, order=""), rxa(DTP, order=""), rxa(MMR, order="", lot="L")],
         [(MMR, "01", DONE, "L"), (DTP, "01", DONE, "")], 0),
    ],
)  # fmt: skip
def test_a_correction_is_of_the_one_that_it_can_be(tjh, said, expected, unclear, together):
    receipts = sent(tjh, [vxu(one) for one in said], together)
    assert given(tjh) == expected
    assert sum(found(tjh, receipts, "correction-unclear")) == unclear


def test_they_are_told_apart_after_a_merge(tjh):
    other = PID.replace("|7^", "|8^")
    tjh(
        vxu(
            rxa(MMR),
        ),
        vxu(rxa(DTP)),
    )
    tjh(hl7(other, "MRG|7^^^TJH01^MR", type_="ADT^A40", control_id="m", version="2.5.1"))
    tjh(hl7(other, *rxa(DTP, "D"), type_="VXU^V04", control_id="d", version="2.5.1"))
    assert given(tjh) == [(MMR, "01", DONE, ""), (DTP, "01", WRONG, "")]
