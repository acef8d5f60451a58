"""Numbers over messages: one number of two authorities is two things, and stays so."""

from __future__ import annotations

import pytest
from ingest_feed import Feed, hl7, register

from consent.labels import labels_for
from gateway.ingest.pipeline import Pipeline
from gateway.translator import Translator

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
_SENT = iter(range(1, 10**6))


def order(placer="", filler="", code="GLU", control="NW"):
    return hl7(
        PID, f"ORC|{control}|{placer}|{filler}", f"OBR|1|{placer}|{filler}|{code}",
        type_="ORM^O01", control_id=str(next(_SENT)),
    )  # fmt: skip


def report(placer="", filler="", value="5", code="GLU"):
    return hl7(
        PID, f"OBR|1|{placer}|{filler}|{code}", f"OBX|1|NM|{code}||{value}|mmol/L|||||F",
        type_="ORU^R01", control_id=str(next(_SENT)),
    )  # fmt: skip


def orders(tjh):
    """Return (code, status) of the orders there are."""
    return sorted(
        (one["code"]["coding"][0]["code"], one["status"]) for one in tjh.resources("ServiceRequest")
    )


def values(tjh):
    return sorted(str(one["valueQuantity"]["value"]) for one in tjh.resources("Observation"))


@pytest.mark.parametrize("together", [True, False])
def test_one_number_of_two_systems_is_two_orders(tjh, together):
    messages = [
        order("1001^HIS", code="CT"), order("1001^EMR", code="GLU"),
        order("1001^EMR", code="GLU", control="CA"),
    ]  # fmt: skip
    if together:
        tjh(*messages)
    else:
        for message in messages:
            tjh(message)
    assert orders(tjh) == [("CT", "active"), ("GLU", "revoked")]


@pytest.mark.parametrize(("placer", "filler"), [("2001^HIS", "2001^LIS"), ("2001", "2001")])
def test_a_placers_number_and_a_fillers_are_two(tjh, placer, filler):
    tjh(order(placer, code="CT"), report("", filler, code="GLU"))
    assert [code for code, _ in orders(tjh)] == ["CT", "GLU"]


@pytest.mark.parametrize(("one", "other"), [("1^A", "1^B"), ("1", "1^B"), ("1^A", "1")])
def test_reports_of_one_number_and_two_laboratories_are_two(tjh, one, other):
    tjh(report(filler=one, value="5"), report(filler=other, value="9"))
    assert values(tjh) == ["5", "9"]
    assert len(tjh.resources("DiagnosticReport")) == 2


@pytest.mark.parametrize("together", [True, False])
def test_who_names_no_authority_means_the_sites_own(tjh, together):
    messages = [order("1001^TJH01"), order("1001", control="CA"), order("1001^HIS", code="CT")]
    if together:
        tjh(*messages)
    else:
        for message in messages:
            tjh(message)
    assert orders(tjh) == [("CT", "active"), ("GLU", "revoked")]


@pytest.mark.parametrize("profile", [False, True])
def test_a_profile_says_whose_the_numbers_are_that_name_nobody(store, tmp_path, profile):
    translator, path = Translator(), tmp_path / "tjh.map"
    path.write_text("site\n  authority HIS\n", encoding="utf-8")
    register(store, "tjh", "TJH01", profile=str(path) if profile else None)
    tjh = Feed(store, Pipeline(translator.of_feed, translator.valid, labels_for))
    tjh(order("1001^HIS"), report("1001", "L1^LIS"))
    assert len(orders(tjh)) == (1 if profile else 2)
    assert values(tjh) == ["5"]


def test_documents_and_accounts_too_belong_to_whoever_numbered_them(tjh):
    for who in ("A", "B", "A"):
        tjh(hl7(
            f"{PID}{'|' * 10}ACC^^^{who}", f"TXA|1|DS|TX|||||||||DOC1^{who}",
            "OBX|1|TX|R||text||||||F", type_="MDM^T02", control_id=str(next(_SENT)),
        ))  # fmt: skip
    assert len(tjh.resources("DocumentReference")) == len(tjh.resources("Account")) == 2
