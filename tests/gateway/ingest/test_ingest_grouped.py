"""Who cancels a group of orders by its number alone (ORC-4) cancels each order of it."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
BOTH = pytest.mark.parametrize("together", [True, False])
_SENT = count(1)


def told(type_, *segments, pid=PID):
    return hl7(pid, *segments, type_=type_, control_id=str(next(_SENT)), version="2.5.1")


def service(control, placer="", group="", code="", **more):
    obr = [f"OBR|1|{placer}||{code}"] if code else []
    return told("OML^O21", f"ORC|{control}|{placer}||{group}", *obr, **more)


def drug(control, placer="", group="", code="", type_="RDE^O11"):
    rxe = [f"RXE||{code}^x^L|1||mg", "RXR|PO"] if code else []
    return told(type_, f"ORC|{control}|{placer}||{group}", *rxe)


def states(tjh):
    """Return the orders there are: their numbers and states."""
    return sorted(
        (",".join(number["value"] for number in one.get("identifier", ())), one["status"])
        for type_ in ("MedicationRequest", "ServiceRequest") for one in tjh.resources(type_)
    )  # fmt: skip


def ordered(order):
    return [order("NW", f"P{n}", group, f"C{n}") for n, group in enumerate(("G1", "G1", "G2"))]


@BOTH
@pytest.mark.parametrize(
    ("order", "control", "state"),
    [(service, "CA", "revoked"), (service, "HD", "on-hold"), (drug, "CA", "cancelled"),
     (drug, "DC", "stopped")],
)  # fmt: skip
def test_the_state_of_a_group_is_that_of_its_orders(tjh, order, control, state, together):
    sent(tjh, [*ordered(order), order(control, group="G1")], together)
    assert states(tjh) == [("P0", state), ("P1", state), ("P2", "active")]


@BOTH
def test_a_refusal_leaves_them_as_they_were(tjh, together):
    sent(tjh, [*ordered(service), service("CA", group="G1"), service("UC", group="G1")], together)
    assert [state for _, state in states(tjh)] == ["active"] * 3


def test_what_says_only_a_group_may_be_of_drugs(tjh):
    tjh(*ordered(drug), told("ORM^O01", "ORC|CA|||G1"))
    assert states(tjh) == [("P0", "cancelled"), ("P1", "cancelled"), ("P2", "active")]


@pytest.mark.parametrize(
    "other",
    [
        service("CA", "P0", "G1"),  # one of them alone
        service("CA", "", "G1", "C9"),  # another order, which has no number
        service("CA", group="G1^LIS"),  # another one's group
        service("CA", group="G1", pid=PID.replace("|7^", "|8^")),
        service("RE", group="G1"),  # no state
    ],
)
def test_what_is_not_of_the_group_leaves_it(tjh, other):
    tjh(*ordered(service), other)
    assert ("P1", "active") in states(tjh)


def test_a_group_that_nobody_knows_is_kept(tjh):
    tjh(service("CA", group="G9"))
    assert states(tjh) == [("", "revoked")]
