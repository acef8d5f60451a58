"""A new order (NW) that comes after its result, or its refusal, does not open it again."""

from __future__ import annotations

from itertools import count, product

import pytest
from ingest_feed import hl7, sent

_AT = count()
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
TEST, DRUG, DIET = "OBR|1|{0}|{1}|CBC^x^L", "RXE|^BID|A^x^L|1||TAB", "ODS|D||DB^Diabetic^L"


def said(type_, control, what, placer="P1", filler="", *, state="", application="HIS"):
    at = "10{:02}{:02}".format(*divmod(next(_AT), 60))
    return hl7(
        PID, f"ORC|{control}|{placer}|{filler}||{state}", what.format(placer, filler), type_=type_,
        control_id=at, application=application, sent=f"20260301{at}",
    )  # fmt: skip


def refused(*numbers):
    return said("ORL^O22", "OC", TEST, *numbers, application="LIS")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("type_", "new", "other", "status"),
    [
        ("ServiceRequest", ("OML^O21", "NW", TEST), ("ORU^R01", "RE", f"{TEST}{'|' * 21}F"),
         "completed"),
        ("ServiceRequest", ("OML^O21", "NW", TEST), ("ORL^O22", "OC", TEST), "revoked"),
        ("MedicationRequest", ("RDE^O11", "NW", DRUG), ("RRE^O12", "OD", DRUG), "stopped"),
        ("NutritionOrder", ("OMD^O03", "NW", DIET), ("ORD^O04", "OC", DIET), "revoked"),
    ],
)  # fmt: skip
def test_an_order_is_over_in_either_order(tjh, type_, new, other, status, together):
    messages = []
    for number, (state, late) in enumerate(product(["", "IP"], [True, False])):
        placer = f"P{number}"
        pair = [
            said(*new, placer, state=state),
            said(*other, placer, f"F{number}", application="LIS"),
        ]
        messages += reversed(pair) if late else pair
    sent(tjh, messages, together)
    assert [one["status"] for one in tjh.resources(type_)] == [status] * 4


@pytest.mark.parametrize(
    ("control", "state", "status"),
    [("RL", "", "active"), ("NW", "CM", "completed"), ("XO", "A", "active")],
)
def test_what_says_more_than_that_it_is_new_tells_the_state(tjh, control, state, status):
    tjh(refused("P1", "F1"), said("OML^O21", control, TEST, state=state))
    assert [one["status"] for one in tjh.resources("ServiceRequest")] == [status]


def test_a_new_order_tells_the_state_where_nobody_has(tjh):
    begun = said("ORU^R01", "RE", f"{TEST}{'|' * 21}P", "P1", "F1", application="LIS")
    tjh(begun, said("OML^O21", "NW", TEST))
    assert [one["status"] for one in tjh.resources("ServiceRequest")] == ["active"]


@pytest.mark.parametrize("late", [False, True])
def test_what_was_asked_for_is_an_order_once_it_is_placed(tjh, late):
    """An insurer, or another hospital, is asked first (RQA), under the same number."""
    messages = [said("RQA^I08", "NW", TEST), said("OML^O21", "NW", TEST)]
    tjh(messages[0])
    ((asked,),) = (tjh.resources("ServiceRequest"),)
    assert (asked["status"], asked["intent"]) == ("draft", "proposal")
    tjh(messages[1], *messages[:late])  # sent again, it asks for what is ordered
    (placed,) = tjh.resources("ServiceRequest")
    assert (placed["status"], placed["intent"]) == ("active", "order")
