"""The audit log: events in; when `record` returns they are committed, chained and signed.

Requests that wait at the same time share one commit: the first to come writes for all who came
while the commit before was under way (group commit by leader, no thread of its own). Processes take
turns by locking the head's row. What cannot be committed raises, and the caller discloses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from gateway.audit import chain
from gateway.audit.chain import Head, Link
from gateway.audit.events import Event, write
from gateway.keys import KeysError
from gateway.store.errors import LogLostError, StoreError
from gateway.store.models import AuditHead, AuditRow, table
from gateway.store.store import Store, Tx

_ROWS = table(AuditRow)
_HEAD = table(AuditHead)
_INSERT = insert(_ROWS)
_LAST = select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.id == 1).with_for_update()
_MOVE = (
    update(_HEAD)
    .where(_HEAD.c.id == 1)
    .values(seq=bindparam("to"), hash=bindparam("last"), signature=bindparam("signed"))
)
_LONGEST_GROUP = 256


class AuditUnavailableError(Exception):
    """An event could not be committed: nothing may be disclosed."""


@dataclass(slots=True)
class _Waiting:
    recorded: int
    organisation: str | None
    person: str | None
    body: bytes
    done: bool = False
    fault: Exception | None = None


class AuditLog:
    """The log of one store.

    Parameters
    ----------
    store : Store
        Where it is kept, with the keys that seal and sign it.
    observer : str
        The gateway's address, for ``AuditEvent.source``.
    committed : callable, optional
        Told the size of every group, for metrics.
    """

    def __init__(
        self, store: Store, observer: str, committed: Callable[[int], None] | None = None
    ) -> None:
        self._store = store
        self._observer = observer
        self._committed = committed
        self._queue: list[_Waiting] = []
        self._queue_lock = Lock()
        self._turn = Lock()

    def record(self, event: Event) -> None:
        """Commit an event; many threads may call this at once.

        Raises
        ------
        AuditUnavailableError
            It was not committed.
        """
        waiting = self._waiting(event)
        with self._queue_lock:
            self._queue.append(waiting)
        with self._turn:
            if not waiting.done:
                self._commit(waiting)
        if waiting.fault is not None:
            raise AuditUnavailableError("the audit log cannot be written") from waiting.fault

    def append(self, tx: Tx, event: Event) -> None:
        """Add an event to a transaction that writes: both are committed, or neither.

        Raises
        ------
        LogLostError
            The log has no head, though the store was used.
        """
        _append(tx, [self._waiting(event)])

    def _waiting(self, event: Event) -> _Waiting:
        now = self._store.now()
        person = event.persons[0] if len(event.persons) == 1 else None
        body = write(event, recorded=now, observer=self._observer)
        return _Waiting(now, event.organisation, person, body)

    def _commit(self, own: _Waiting) -> None:
        """Write everything that waits, in groups, until `own` is among it."""
        while not own.done:
            with self._queue_lock:
                group = self._queue[:_LONGEST_GROUP]
                del self._queue[:_LONGEST_GROUP]
            fault: Exception | None = RuntimeError("interrupted")
            try:
                with self._store.begin() as tx:
                    _append(tx, group)
                fault = None
            except (SQLAlchemyError, StoreError, KeysError, OSError) as failure:
                fault = failure
            finally:
                for waiting in group:
                    waiting.done, waiting.fault = True, fault
            if self._committed is not None and fault is None:
                self._committed(len(group))


def _append(tx: Tx, group: list[_Waiting]) -> None:
    head = _locked_head(tx)
    seq, last = head.seq, head.hash
    key = tx.keys.audit_key
    rows = []
    for waiting in group:
        seq += 1
        sealed = key.seal(waiting.body, chain.aad(seq))
        link = Link(seq, waiting.recorded, waiting.organisation, waiting.person, sealed)
        last = chain.link_hash(last, link)
        rows.append({**link._asdict(), "hash": last})
    tx.connection.execute(_INSERT, rows)
    signed = chain.sign(Head(seq, last), tx.keys.audit_signer)
    tx.connection.execute(_MOVE, {"to": seq, "last": last, "signed": signed})


def _locked_head(tx: Tx) -> Head:
    row = tx.connection.execute(_LAST).one_or_none()
    if row is None:
        raise LogLostError("the audit log has lost its head: see yiqiao audit verify")
    return Head(row.seq, row.hash)
