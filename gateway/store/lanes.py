"""Which messages a worker may take: a connection in, pending messages of lanes it holds alone out.

A lane is one worker's while it works on it, so that messages of a lane are applied in their order
by however many processes. A message of several records (it merges them, or moves from one to the
other) is of a lane of its source's own: it waits for all that came from that source before it, and
what came after waits for it. PostgreSQL: a transaction-level advisory lock per lane, gone with the
transaction or its connection. SQLite: one process works, on all lanes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import text

from gateway.store import bulk

if TYPE_CHECKING:
    from gateway.store.spool import Message
    from gateway.store.store import Tx

LANES = 64  # of patients; the same number above it is of sources
_AT_ONCE = 16  # so that four workers find work at any time
_CLASS = 0x79_69_71_69  # of the advisory locks; "yiqi"

_WAITING = text(
    "SELECT seq, lane, source FROM spool WHERE state = 'pending' ORDER BY seq LIMIT 2000"
)
_LOCK = text("SELECT pg_try_advisory_xact_lock(:class, :lane)")


def claim(tx: Tx, limit: int) -> list[Message]:
    """Return up to `limit` pending messages, in order, of lanes held until `tx` ends."""
    if not bulk.is_postgresql(tx.connection):
        return tx.spool.pending(limit)
    waiting = tx.connection.execute(_WAITING)
    ready = in_turn((seq, lane, source) for seq, lane, source in waiting)
    held: set[int] = set()
    for lane in dict.fromkeys(ready.values()):
        if tx.connection.execute(_LOCK, {"class": _CLASS, "lane": lane}).scalar_one():
            held.add(lane)
            if len(held) == _AT_ONCE:
                break
    mine = [seq for seq, lane in ready.items() if lane in held]
    return tx.spool.pending(limit, mine[: 4 * limit])  # but those that another one has just settled


def in_turn(waiting: Iterable[tuple[int, int, str | None]]) -> dict[int, int]:
    """Return which messages may be worked on, and their lanes.

    Parameters
    ----------
    waiting
        All that are pending, also those being worked on, in order: number, lane, source.
    """
    ready: dict[int, int] = {}
    first: dict[str | None, bool] = {}  # by source: whether its oldest are of several records
    closed: set[str | None] = set()
    for seq, lane, source in waiting:
        several = lane >= LANES
        if source in closed or first.setdefault(source, several) is not several:
            closed.add(source)
        else:
            ready[seq] = lane
    return ready
