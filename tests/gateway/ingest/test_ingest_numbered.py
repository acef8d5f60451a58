"""Allergies that get a number later: AL1 and IAM speak of one, whichever comes first."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7

_NUMBERS = count(1)
AL1, IAM = "AL1|1|DA|ASA^Aspirin^L|SV", "IAM|1|DA|ASA^Aspirin^L|||{}|{}"


def adt(*segments, event="A08"):
    return hl7(
        f"EVN|{event}|20260301", "PID|1||7^^^TJH01^MR||Doe^Jo", *segments, type_=f"ADT^{event}",
        control_id=str(next(_NUMBERS)),
    )  # fmt: skip


def iam(action, number):
    return adt(IAM.format(action, number), event="A60")


def allergies(tjh):
    """Return (numbers, clinical status or verification status) of each allergy."""
    return sorted(
        (
            [each["value"] for each in one.get("identifier", ())],
            one.get("clinicalStatus", one.get("verificationStatus"))["coding"][0]["code"],
        )
        for one in tjh.resources("AllergyIntolerance")
    )


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("first", ["list", "number", "one message"])
def test_an_allergy_with_and_without_a_number_is_one(tjh, first, together):
    numbered = IAM.format("A", "ID9")
    messages = {
        "list": [adt(AL1), iam("A", "ID9")], "number": [iam("A", "ID9"), adt(AL1)],
        "one message": [adt(AL1, numbered)],
    }[first]  # fmt: skip
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    assert allergies(tjh) == [(["ID9"], "active")]
    tjh(iam("D", "ID9"))
    assert allergies(tjh) == [(["ID9"], "entered-in-error")]
    tjh(adt(AL1))
    assert allergies(tjh) == [(["ID9"], "active")]


def test_a_number_deletes_what_a_list_told(tjh):
    tjh(adt(AL1, "AL1|2|DA|PCN^Penicillin^L"), iam("D", "ID9"))
    assert allergies(tjh) == [([], "active"), (["ID9"], "entered-in-error")]


def test_another_number_or_code_is_another_allergy(tjh):
    tjh(iam("A", "ID9"), iam("A", "ID10"), adt(AL1, "AL1|2|DA|ASS^Aspirin^L"))
    assert [number for number, _ in allergies(tjh)] == [[], ["ID10"], ["ID9"]]


def test_what_is_no_longer_listed_is_closed_unless_iam_tells_it(tjh):
    tjh(adt(AL1, "AL1|2|DA|PCN^Penicillin^L"), iam("A", "ID9"))
    tjh(adt("AL1|1|DA|NUT^Nuts^L"))
    assert allergies(tjh) == [([], "active"), ([], "inactive"), (["ID9"], "active")]
