"""What is known: rows of the store in; resources as messages have told of them, out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.ingest.update import without_meta
from gateway.store import Row, Tx
from mappings import exact

JSON = dict[str, Any]


def content(tx: Tx, row: Row) -> JSON:
    """Return a resource without what the store itself said of it."""
    return without_meta(exact.loads(tx.resources.body(row)))


def contents(tx: Tx, rows: Sequence[Row]) -> Iterator[JSON]:
    """Yield resources, as `content` returns them, in the order of their rows."""
    for body in tx.resources.bodies(rows):
        yield without_meta(exact.loads(body))
