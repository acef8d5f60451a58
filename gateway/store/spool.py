"""The spool: sealed messages in; batches to work on, and answers about what lies there, out.

`append` is the commit that an acknowledgement stands on. What happens to a message afterwards is
written with what it caused, in one transaction (`settle`): it is applied once, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select, text, update

from gateway.keys import DataKey
from gateway.store import bulk
from gateway.store.errors import ConflictError
from gateway.store.models import SpoolRow, table

if TYPE_CHECKING:
    from gateway.store.store import Tx

PENDING = "pending"
DONE = "done"
QUARANTINED = "quarantined"

_TABLE = table(SpoolRow)


class Arrival(NamedTuple):
    """A message as it goes into the spool; `raw` and `findings` are sealed."""

    dedupe: bytes
    source: str | None
    charset: str | None
    control_id: str
    message_type: str
    lane: int
    state: str
    reason: str | None
    received: int
    raw: bytes
    findings: bytes | None = None
    sender: str | None = None


class Placed(NamedTuple):
    """Where a message lies; `duplicate`: it had come before."""

    seq: int
    duplicate: bool


class Entry(NamedTuple):
    """What the spool knows of a message without opening it."""

    seq: int
    dedupe: bytes
    source: str | None
    charset: str | None
    control_id: str
    message_type: str
    lane: int
    state: str
    reason: str | None
    received: int
    applied: int | None
    compartment: str | None
    sender: str | None


class Message(NamedTuple):
    """An entry with its sealed content."""

    entry: Entry
    raw: bytes
    findings: bytes | None


class Outcome(NamedTuple):
    """What became of a pending message; `raw` None leaves it sealed as it is."""

    seq: int
    state: str
    reason: str | None
    compartment: str | None
    raw: bytes | None
    findings: bytes | None


class Depth(NamedTuple):
    """How full the spool is; `oldest` is when the oldest pending message came (µs)."""

    pending: int
    quarantined: int
    oldest: int | None


# Written out, not bound: a partial index is used only where its condition is seen to hold.
_IS_PENDING = text("state = 'pending'")
_IS_QUARANTINED = text("state = 'quarantined'")

_ENTRY = tuple(_TABLE.c[name] for name in Entry._fields)
_SETTLED = ("state", "reason", "compartment", "raw", "findings", "applied")


def raw_aad(dedupe: bytes) -> bytes:
    """Return what a raw message is bound to."""
    return b"spool/" + dedupe


def findings_aad(dedupe: bytes) -> bytes:
    """Return what a message's findings are bound to."""
    return b"findings/" + dedupe


class Spool:
    """Repository of messages, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def append(self, arrivals: Sequence[Arrival]) -> list[Placed]:
        """Write messages in their order; those that are there already are not written again."""
        first = {arrival.dedupe: index for index, arrival in reversed(list(enumerate(arrivals)))}
        rows = [arrival for index, arrival in enumerate(arrivals) if first[arrival.dedupe] == index]
        seqs = self._append(rows)
        new = set(seqs)
        missing = first.keys() - new
        if missing:
            query = select(_TABLE.c.dedupe, _TABLE.c.seq).where(_TABLE.c.dedupe.in_(missing))
            seqs.update((dedupe, seq) for dedupe, seq in self._tx.connection.execute(query))
        return [
            Placed(seqs[dedupe], dedupe not in new or first[dedupe] != index)
            for index, dedupe in enumerate(arrival.dedupe for arrival in arrivals)
        ]

    def _append(self, rows: Sequence[Arrival]) -> dict[bytes, int]:
        """Insert rows, each with another dedupe; return the numbers of those that were new."""
        connection = self._tx.connection
        if bulk.is_postgresql(connection):
            then = "ON CONFLICT (dedupe) DO NOTHING RETURNING dedupe, seq"
            statement = bulk.pg_insert(_TABLE, Arrival._fields, then)
            placed = connection.exec_driver_sql(statement, bulk.arrays(rows))
        else:  # one writer: what is numbered above the last one is what was written here
            last = connection.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM spool").scalar()
            then = "ON CONFLICT (dedupe) DO NOTHING"
            bulk.insert(connection, _TABLE, Arrival._fields, rows, then)
            statement = "SELECT dedupe, seq FROM spool WHERE seq > ?"
            placed = connection.exec_driver_sql(statement, (last,))
        return {row[0]: row[1] for row in placed}

    def pending(self, limit: int, seqs: Sequence[int] | None = None) -> list[Message]:
        """Return the oldest pending messages: of some, or of all."""
        query = (
            select(*_ENTRY, _TABLE.c.raw, _TABLE.c.findings)
            .where(_IS_PENDING)
            .order_by(_TABLE.c.seq)
            .limit(limit)
        )
        if seqs is not None:
            query = query.where(_TABLE.c.seq.in_(seqs))
        return [_message(row) for row in self._tx.connection.execute(query)]

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Write what became of pending messages.

        Raises
        ------
        ConflictError
            One is not pending any more: another worker was faster.
        """
        if not outcomes:
            return
        connection = self._tx.connection
        if bulk.is_postgresql(connection):
            rows = [(*outcome, self._tx.now) for outcome in outcomes]
            columns = ("seq", *_SETTLED)
            given = bulk.pg_unnest(_TABLE, columns)
            statement = (
                "UPDATE spool SET state = given.state, reason = given.reason, "  # noqa: S608
                "compartment = coalesce(given.compartment, spool.compartment), "
                "raw = coalesce(given.raw, spool.raw), findings = given.findings, "
                f"applied = given.applied FROM {given} "
                "WHERE spool.seq = given.seq AND spool.state = 'pending'"
            )
            done = connection.exec_driver_sql(statement, bulk.arrays(rows)).rowcount
        else:
            statement = (
                "UPDATE spool SET state = ?, reason = ?, compartment = coalesce(?, compartment), "
                "raw = coalesce(?, raw), findings = ?, applied = ? "
                "WHERE seq = ? AND state = 'pending'"
            )
            parameters = [(*outcome[1:], self._tx.now, outcome.seq) for outcome in outcomes]
            done = connection.exec_driver_sql(statement, parameters).rowcount
        if done != len(outcomes):
            raise ConflictError("messages were settled by another worker")

    def reused(self, entries: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Return, per (source, control id) that several messages carry, the first one's number."""
        found: dict[tuple[str, str], int] = {}
        by_source: dict[str, list[str]] = {}
        for source, control_id in set(entries):
            by_source.setdefault(source, []).append(control_id)
        for source, control_ids in by_source.items():
            query = (
                select(_TABLE.c.control_id, func.min(_TABLE.c.seq))
                .where(_TABLE.c.source == source, _TABLE.c.control_id.in_(control_ids))
                .group_by(_TABLE.c.control_id)
                .having(func.count() > 1)
            )
            for control_id, seq in self._tx.connection.execute(query):
                found[source, control_id] = seq
        return found

    def entries(
        self, state: str = QUARANTINED, source: str | None = None, limit: int = 100, after: int = 0
    ) -> list[Entry]:
        """Return messages of one state in their order, `limit` of those numbered above `after`."""
        which = _IS_QUARANTINED if state == QUARANTINED else _TABLE.c.state == state
        query = (
            select(*_ENTRY).where(which, _TABLE.c.seq > after).order_by(_TABLE.c.seq).limit(limit)
        )
        if source is not None:
            query = query.where(_TABLE.c.source == source)
        return [Entry._make(row) for row in self._tx.connection.execute(query)]

    def get(self, seq: int) -> Message | None:
        """Return one message."""
        query = select(*_ENTRY, _TABLE.c.raw, _TABLE.c.findings).where(_TABLE.c.seq == seq)
        row = self._tx.connection.execute(query).first()
        return _message(row) if row else None

    def requeue(self, entry: Entry) -> None:
        """Make a quarantined message pending again, as its header is read now."""
        values = {
            "source": entry.source,
            "charset": entry.charset,
            "control_id": entry.control_id,
            "message_type": entry.message_type,
            "lane": entry.lane,
            "state": PENDING,
            "reason": None,
            "findings": None,
        }
        query = update(_TABLE).where(_TABLE.c.seq == entry.seq, _IS_QUARANTINED)
        self._tx.connection.execute(query.values(values))

    def depth(self) -> Depth:
        """Return how many messages wait and are quarantined."""
        count = select(func.count(), func.min(_TABLE.c.received)).where(_IS_PENDING)
        pending, oldest = self._tx.connection.execute(count).one()
        count_out = select(func.count()).select_from(_TABLE).where(_IS_QUARANTINED)
        quarantined = self._tx.connection.execute(count_out).scalar_one()
        return Depth(pending, quarantined, oldest)

    def raw(self, message: Message) -> bytes:
        """Return a message as it was received; raises as `Resources.body`."""
        return self._key(message.entry).open(message.raw, raw_aad(message.entry.dedupe))

    def findings(self, message: Message) -> bytes | None:
        """Return what was found in a message, as JSON; raises as `Resources.body`."""
        if message.findings is None:
            return None
        aad = findings_aad(message.entry.dedupe)
        return self._key(message.entry).open(message.findings, aad)

    def _key(self, entry: Entry) -> DataKey:
        if entry.compartment is None:
            return self._tx.keys.spool_key
        return self._tx.compartments.key(entry.compartment)


def _message(row: Any) -> Message:
    size = len(Entry._fields)
    return Message(Entry._make(row[:size]), row[size], row[size + 1])
