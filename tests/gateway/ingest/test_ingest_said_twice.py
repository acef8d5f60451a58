"""One problem in two segments of a message, its onset as a date and as words: it is kept."""

from __future__ import annotations

from ingest_feed import hl7

PROBLEM = "PRB|AD|20260301|E11^DM^I10|P1"


def test_an_onset_that_is_said_in_two_types_quarantines_nothing(tjh):
    (receipt,) = tjh(hl7(
        "PID|1||N1^^^TJH01^MR||Doe^Jo||19800101|M", f"{PROBLEM}{'|' * 12}20260101",
        f"{PROBLEM}{'|' * 13}years ago", type_="PPR^PC1", control_id="T1", version="2.5.1",
    ))  # fmt: skip
    assert tjh.entry(receipt.seq).state == "done"
    assert "already-filled" in tjh.findings(receipt.seq)
    (problem,) = tjh.resources("Condition")
    assert problem["onsetDateTime"] == "2026-01-01"
    assert "onsetString" not in problem
