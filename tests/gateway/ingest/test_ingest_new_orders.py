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
        ("NutritionOrder", ("OMD^O03", "新开", DIET), ("ORD^O04", "OC", DIET), "revoked"),
        ("ServiceRequest", ("OML^O21", "新开", TEST), ("ORL^O22", "OC", TEST), "revoked"),
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


ORDERED = {
    "ServiceRequest": ("OML^O21", TEST, "revoked"),
    "MedicationRequest": ("RDE^O11", DRUG, "cancelled"),
    "NutritionOrder": ("OMD^O03", DIET, "revoked"),
}


def at(minute, type_, control, reason="", application="HIS", **more):
    message, what, _ = ORDERED[type_]
    orc = f"ORC|{control}|P1{'|' * 14}{reason}"
    return hl7(
        PID, orc, what.format("P1", ""), type_=more.get("message", message),
        control_id=f"{minute}{control}{next(_AT)}", application=application,
        sent=f"202603011{minute // 60}{minute % 60:02}",
    )  # fmt: skip


def refusal(minute, control="OC"):
    return at(minute, "ServiceRequest", control, application="LIS", message="ORL^O22")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("type_", [*ORDERED])
@pytest.mark.parametrize(
    ("messages", "is_open"),
    [
        (((1, "NW"), (2, "CA"), (3, "NW")), True),
        (((2, "CA"), (3, "NW")), True),
        (((1, "NW"), (2, "CA"), (3, "NW"), (4, "CA")), False),
        (((1, "NW"), (2, "CA"), (1, "NW")), False),
        (((2, "CA"), (1, "NW")), False),
        (((1, "NW"), (3, "NW"), (2, "CA")), True),
        (((2, "CA"), (3, "XO")), False),
    ],
    ids=["again", "once", "cancelled again", "sent twice", "late", "late cancel", "changed"],
)  # fmt: skip
def test_who_cancelled_an_order_may_order_it_again(tjh, type_, messages, is_open, together):
    sent(tjh, [at(minute, type_, control) for minute, control in messages], together)
    (order,) = tjh.resources(type_)
    assert order["status"] == ("active" if is_open else ORDERED[type_][2])


@pytest.mark.parametrize("together", [True, False])
def test_what_is_ordered_again_has_no_reason_to_be_cancelled(tjh, together):
    one, other = "ServiceRequest", "MedicationRequest"
    messages = [
        at(minute, type_, control, reason)
        for minute, control, reason in ((1, "NW", ""), (2, "CA", "DUP^duplicate^L"), (3, "NW", ""))
        for type_ in (one, other)
    ]
    sent(tjh, messages, together)
    (service,), (drug,) = (tjh.resources(type_) for type_ in (one, other))
    assert "extension" not in service
    assert "statusReason" not in drug


@pytest.mark.parametrize("together", [True, False])
def test_an_answer_to_the_cancellation_does_not_keep_it(tjh, together):
    type_ = "ServiceRequest"
    messages = [at(1, type_, "NW"), at(2, type_, "CA"), refusal(3, "CR"), at(4, type_, "NW")]
    sent(tjh, messages, together)
    assert [one["status"] for one in tjh.resources(type_)] == ["active"]


@pytest.mark.parametrize("together", [True, False])
def test_what_another_refused_is_not_ordered_again_by_repeating_it(tjh, together):
    type_ = "ServiceRequest"
    messages = [at(1, type_, "NW"), refusal(2), at(3, type_, "NW"), at(4, type_, "NW")]
    receipts = sent(tjh, messages, together)
    assert [one["status"] for one in tjh.resources(type_)] == ["revoked"]
    found = ["order-over" in tjh.findings(receipt.seq) for receipt in receipts]
    assert found == [False, False, True, True]
