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


def test_an_end_is_known_as_long_as_the_begin_stays(tjh):
    """A change that says no end leaves the one that is known; another begin has its own."""

    def told(event, number, when):
        tjh(hl7(f"SCH|P1|F1|||||||||^^^{when}", "RGS|1", "AIL|1||R1^^^TJH01",
                type_=f"SIU^{event}", control_id=str(number)))  # fmt: skip
        (appointment,) = tjh.resources("Appointment")
        return [appointment.get(name, "")[:16] for name in ("start", "end")], "_end" in appointment

    whole = (["2026-03-10T09:00", "2026-03-10T09:30"], False)
    assert told("S12", 1, "20260310090000^20260310093000") == whole
    assert told("S14", 2, "20260310090000") == whole
    assert told("S13", 3, "20260311090000") == (["2026-03-11T09:00", ""], True)
    assert told("S14", 4, "20260311090000") == (["2026-03-11T09:00", ""], True)
    whole = (["2026-03-11T09:00", "2026-03-11T10:00"], False)
    assert told("S14", 5, "20260311090000^20260311100000") == whole
