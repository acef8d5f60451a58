"""Times of a schedule that no patient has: kept, changed and cancelled by their own numbers."""

from __future__ import annotations

from ingest_feed import hl7


def siu(event, number, order=""):
    return hl7(
        f"SCH|P{number}|F{number}|||||||||^^^20260310090000^20260310093000" + "|" * 15 + order,
        "RGS|1", "AIL|1||R1^^^TJH01", type_=f"SIU^{event}", control_id=f"{event}{number}",
    )  # fmt: skip


def test_a_time_that_is_nobodys_is_kept_and_cancelled(tjh):
    tjh(siu("S23", 1), siu("S12", 2, "O1"), siu("S15", 1))
    with tjh.store.read() as tx:
        assert list(tx.spool.entries()) == []
    found = sorted((one["identifier"][0]["value"], one["status"]) for one in tjh.resources())
    assert found == [("P1", "cancelled"), ("P2", "booked")]
