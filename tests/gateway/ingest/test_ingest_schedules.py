"""Times of a schedule that no patient has: kept, changed and cancelled by their own numbers."""

from __future__ import annotations

import pytest
from ingest_feed import Feed, hl7, register

from consent.labels import labels_for
from gateway.ingest.pipeline import Pipeline
from gateway.translator import Translator


@pytest.fixture
def feed(store):
    translator = Translator()
    register(store, "tjh", "TJH01")
    return Feed(store, Pipeline(translator.of_feed, translator.valid, labels_for))


def siu(event, number, order=""):
    return hl7(
        f"SCH|P{number}|F{number}|||||||||^^^20260310090000^20260310093000" + "|" * 15 + order,
        "RGS|1", "AIL|1||R1^^^TJH01", type_=f"SIU^{event}", control_id=f"{event}{number}",
    )  # fmt: skip


def test_a_time_that_is_nobodys_is_kept_and_cancelled(feed):
    feed(siu("S23", 1), siu("S12", 2, "O1"), siu("S15", 1))
    with feed.store.read() as tx:
        assert list(tx.spool.entries()) == []
    found = sorted((one["identifier"][0]["value"], one["status"]) for one in feed.resources())
    assert found == [("P1", "cancelled"), ("P2", "booked")]
