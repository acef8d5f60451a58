"""Which messages a worker may take: a connection in, pending messages of lanes it holds alone out.

A lane is one worker's while it works on it, and is read only then, so that messages of a lane are
applied in their order by however many processes. PostgreSQL: a transaction-level advisory lock per
lane, gone with the transaction or its connection. SQLite: one process works, on all lanes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from gateway.store import bulk

if TYPE_CHECKING:
    from gateway.store.spool import Message
    from gateway.store.store import Tx

LANES = 64
_AT_ONCE = 16  # so that four workers find work at any time
_CLASS = 0x79_69_71_69  # of the advisory locks; "yiqi"

_WAITING = text(
    "SELECT lane FROM (SELECT lane, seq FROM spool WHERE state = 'pending' ORDER BY seq LIMIT 2000)"
    " AS oldest GROUP BY lane ORDER BY min(seq)"
)
_LOCK = text("SELECT pg_try_advisory_xact_lock(:class, :lane)")


def claim(tx: Tx, limit: int) -> list[Message]:
    """Return up to `limit` pending messages, in order, of lanes held until `tx` ends."""
    if not bulk.is_postgresql(tx.connection):
        return tx.spool.pending(limit)
    held: list[int] = []
    for lane in tx.connection.execute(_WAITING).scalars().all():
        if tx.connection.execute(_LOCK, {"class": _CLASS, "lane": lane}).scalar_one():
            held.append(lane)
            if len(held) == _AT_ONCE:
                break
    return tx.spool.pending(limit, held) if held else []
