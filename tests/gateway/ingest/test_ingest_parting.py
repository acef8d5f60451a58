"""What moves to another record and what stays: neither refers to the other, nor awaits it."""

from __future__ import annotations

import pytest
from ingest_feed import hl7
from test_ingest_moving import kept, moves, pv1

from gateway.ingest.findings import load
from gateway.ingest.records.going import bereft

COUNTER = iter(range(1, 10_000))


def result(patient, visit, placer, filler, parent="", code="CULT^Culture^L"):
    numbers = f"{placer}|{filler}"
    return hl7(
        f"PID|1||{patient}^^^TJH01^MR||Doe^{patient}||19800101|M", pv1(visit), f"ORC|RE|{numbers}",
        f"OBR|1|{numbers}|{code}|||20260301080000{'|' * 18}F||||{parent}", "OBX|1|ST|X||x||||||F",
        type_="ORU^R01", control_id=f"PA{next(COUNTER)}", version="2.5.1",
    )  # fmt: skip


def reflex(patient, visit):
    return result(patient, visit, "P1", "F1-1", "P1^F1", "SUSC^Susceptibility^L")


def order(tjh, patient, filler):
    """The order of a record that a filler's number names."""
    named = (
        each for each in kept(tjh, patient)["ServiceRequest"]
        if filler in [one["value"] for one in each["identifier"]]
    )  # fmt: skip
    return next(named)


def left(tjh, receipt):
    with tjh.store.read() as tx:
        found = load(tx.spool.findings(tx.spool.get(receipt.seq)) or b"[]")
    return [(one["location"], one["detail"]) for one in found if one["code"] == "reference-left"]


@pytest.mark.parametrize("placer", ["P1", ""])
@pytest.mark.parametrize("together", [True, False])
def test_what_moved_awaits_nothing_where_it_was(tjh, placer, together):
    """The order that is placed there anew under its number is no part of the parent that comes."""
    messages = [
        reflex("N1", "V1"), moves(), result("N1", "V2", "P1", "", code="OTHER^Other^L"),
        result("N1", "V2", placer, "F1"),
    ]  # fmt: skip
    for some in [messages] if together else [[one] for one in messages]:
        assert [tjh.entry(one.seq).state for one in tjh(*some)] == ["done"] * len(some)
    assert all("basedOn" not in one for one in kept(tjh, "N1")["ServiceRequest"])
    assert order(tjh, "N1", "F1")["status"] == "completed"


def test_what_moved_and_came_back_awaits_what_it_is_part_of(tjh):
    tjh(reflex("N1", "V1"), moves(), moves("N1", "N2"))
    tjh(result("N1", "V2", "P1", "F1"))
    (parent,) = order(tjh, "N1", "F1-1")["basedOn"]
    assert parent["reference"] == f"ServiceRequest/{order(tjh, 'N1', 'F1')['id']}"


@pytest.mark.parametrize("together", [True, False])
def test_what_stays_names_what_has_moved_by_its_number_alone(tjh, together):
    messages = [result("N1", "V1", "P1", "F1"), reflex("N1", "V2"), moves()]
    for some in [messages] if together else [[one] for one in messages]:
        *_, receipt = tjh(*some)
    assert left(tjh, receipt) == [("ServiceRequest", "ServiceRequest")]
    (parent,) = order(tjh, "N1", "F1-1")["basedOn"]
    assert parent["identifier"]["value"] == "F1"
    assert "reference" not in parent
    (receipt,) = tjh(moves("N1", "N2"))
    assert left(tjh, receipt) == []
    (parent,) = order(tjh, "N1", "F1-1")["basedOn"]
    assert parent["reference"] == f"ServiceRequest/{order(tjh, 'N1', 'F1')['id']}"


def test_a_reference_that_is_lost_leaves_what_is_said_beside_it():
    lost, stays = {"reference": "A/h.1"}, {"reference": "A/h.2"}
    resource = {
        "basedOn": [lost | {"identifier": {"value": "F1"}}, stays], "hasMember": [lost],
        "content": [{"attachment": {"url": "Binary/h.3"}}],
    }  # fmt: skip
    assert bereft(resource, {"A/h.1"}) == {
        "basedOn": [{"identifier": {"value": "F1"}}, stays],
        "content": [{"attachment": {"url": "Binary/h.3"}}],
    }
