"""A drug or a vaccine that was given, and is put right (RXA-21): it is not given twice."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7, sent

_SENT = count(1)
UNCLEAR = "correction-unclear"
BOTH = pytest.mark.parametrize("together", [True, False])


def given(type_, orc, when, action, *, counters="0|1", drug="AMX", status="CP", number="7"):
    at = f"{next(_SENT):06d}"
    rxa = f"RXA|{counters}|202603010{when}||{drug}^x^L|500|mg{'|' * 13}{status}|{action}"
    return hl7(f"PID|1||{number}^^^TJH01^MR||Doe^Jo||19000101|M", orc, rxa, type_=type_,
               control_id=at, version="2.5.1", sent=f"20260301{at}")  # fmt: skip


def drug(when, action="A", *, order="RX1", **more):
    return given("RAS^O17", f"ORC|RE|{order}", when, action, **more)


def vaccine(when, action="A", *, order="|F1", **more):
    return given("VXU^V04", f"ORC|RE|{order}", when, action, **more)


def times(tjh, type_="MedicationAdministration"):
    name = "effectiveDateTime" if type_.startswith("Med") else "occurrenceDateTime"
    return sorted((one[name][11:16], one["status"]) for one in tjh.resources(type_))


DONE, WRONG = "completed", "entered-in-error"


@BOTH
@pytest.mark.parametrize(
    ("said", "expected", "unclear"),
    [
        ([drug("800"), drug("815", "U")], [("08:15", DONE)], 0),
        ([drug("800"), drug("815", "D")], [("08:15", WRONG)], 0),
        ([drug("800"), drug("800", "U")], [("08:00", DONE)], 0),
        # From then on either time leads there.
        ([drug("800"), drug("815", "U"), drug("815")], [("08:15", DONE)], 0),
        ([drug("800"), drug("815", "U"), drug("820", "U")], [("08:20", DONE)], 0),
        ([drug("800"), drug("815", "U"), drug("815", "D")], [("08:15", WRONG)], 0),
        # Counters tell two of an order apart; where they do not, nothing does.
        ([drug("800"), drug("900", counters="0|2"), drug("915", "U", counters="0|2")],
         [("08:00", DONE), ("09:15", DONE)], 0),
        ([drug("800"), drug("900"), drug("915", "U")],
         [("08:00", DONE), ("09:00", DONE), ("09:15", DONE)], 1),
        ([drug("800"), drug("815", "U", counters="0|2")], [("08:00", DONE), ("08:15", DONE)], 1),
        ([drug("800"), drug("815", "U", drug="PEN")], [("08:00", DONE), ("08:15", DONE)], 1),
        # What another order gave is no doubt, nor what nobody has told of, nor what was deleted.
        ([drug("800"), drug("815", "U", order="RX2")], [("08:00", DONE), ("08:15", DONE)], 0),
        ([drug("815", "U")], [("08:15", DONE)], 0),
        ([drug("800"), drug("800", "D"), drug("815", "U")], [("08:00", WRONG), ("08:15", DONE)], 0),
        ([drug("800"), drug("800", "D"), drug("800", "U")], [("08:00", DONE)], 0),
        # Another patient's is another one's.
        ([drug("800"), drug("815", "U", number="8")], [("08:00", DONE), ("08:15", DONE)], 0),
        ([drug("800"), drug("815")], [("08:00", DONE), ("08:15", DONE)], 0),
    ],
)  # fmt: skip
def test_a_correction_is_of_the_only_one_of_its_order_and_counters(
    tjh, said, expected, unclear, together
):
    receipts = sent(tjh, said, together)
    assert times(tjh) == expected
    found = [code for receipt in receipts for code in tjh.findings(receipt.seq)]
    assert found.count(UNCLEAR) == unclear


@BOTH
@pytest.mark.parametrize(
    ("said", "expected", "unclear"),
    [
        # Refused, then given after all: the number is that of all that was refused.
        ([vaccine("800", status="RE"), vaccine("830", "U")], [("08:30", DONE)], 0),
        ([vaccine("800", status="RE"), vaccine("830", "U", status="NA")],
         [("08:30", "not-done")], 0),
        ([vaccine("800", status="RE", drug="MMR"), vaccine("830", "U", status="RE")],
         [("08:00", "not-done"), ("08:30", "not-done")], 1),
        ([vaccine("800"), vaccine("830", "U")], [("08:30", DONE)], 0),
        # Without a number it may be another dose.
        ([vaccine("800", order=""), vaccine("830", "U", order="")],
         [("08:00", DONE), ("08:30", DONE)], 1),
        ([vaccine("800", order=""), vaccine("830", order="")],
         [("08:00", DONE), ("08:30", DONE)], 0),
    ],
)  # fmt: skip
def test_a_vaccine_that_was_refused_may_be_given_after_all(tjh, said, expected, unclear, together):
    receipts = sent(tjh, said, together)
    assert times(tjh, "Immunization") == expected
    found = [code for receipt in receipts for code in tjh.findings(receipt.seq)]
    assert found.count(UNCLEAR) == unclear


def test_of_two_that_a_message_corrects_one_is_the_known_one(tjh):
    tjh(drug("800", order="RX1"))
    rxa = f"RXA|0|1|2026030108{{}}||AMX^x^L|500|mg{'|' * 13}CP|U"
    (receipt,) = tjh(hl7(
        "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M", "ORC|RE|RX1", rxa.format(15), rxa.format(30),
        type_="RAS^O17", control_id="two", version="2.5.1", sent="20260302",
    ))  # fmt: skip
    assert times(tjh) == [("08:15", DONE), ("08:30", DONE)]
    assert tjh.findings(receipt.seq).count(UNCLEAR) == 1


def test_it_is_found_after_a_merge(tjh):
    merge = hl7("PID|1||8^^^TJH01^MR||Doe^Jo||19000101|M", "MRG|7^^^TJH01^MR", type_="ADT^A40",
                control_id="merge", version="2.5.1", sent="20260401")  # fmt: skip
    tjh(drug("800"), drug("815", "U"), merge, drug("815", number="8"))
    assert times(tjh) == [("08:15", DONE)]
    tjh(drug("820", "D", number="8"))
    assert times(tjh) == [("08:20", WRONG)]
