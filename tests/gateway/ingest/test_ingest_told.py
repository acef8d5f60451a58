"""What a sender was told of a message, kept for whoever looks into the quarantine."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.ack import Err, Outcome
from gateway.ingest.arrival.commit import arrival
from gateway.ingest.arrival.reading import Reading
from gateway.ingest.findings import load
from gateway.keys import Keys
from gateway.store.spool import findings_aad


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (Err(101, "no number", "MSH", field=10), "MSH-10"),
        (Err(204, "no source", "MSH", field=4, component=1), "MSH-4"),
        (Err(100, "no such segment here", "PID"), "PID"),
        (Err(207, "a broken frame"), ""),
    ],
)
def test_where_it_is_wrong_is_kept_as_it_was_told(tmp_path: Path, error: Err, place: str) -> None:
    keys = Keys(tmp_path)
    reading = Reading(b"MSH|", None, None, "UTF-8", "", Outcome.ERROR, "bad-header", (error,))
    placed = arrival(keys, reading, 0)
    assert placed.findings is not None
    (found,) = load(keys.spool_key.open(placed.findings, findings_aad(placed.dedupe)))
    assert (found["location"], found["detail"]) == (place, error.text)
