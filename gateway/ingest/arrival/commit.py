"""Group commit: arrivals from many connections in, their places in the spool out, a commit for all.

One thread takes whatever has come while the commit before was under way, at most `size` at a time,
and commits it together. A group that fails is tried again one by one, so that nobody waits on, or
fails with, a neighbour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from adapters.ack import Err
from gateway.ingest.arrival.reading import Reading
from gateway.ingest.findings import dump
from gateway.keys import Keys
from gateway.store import Arrival, Placed, Store
from gateway.store.lanes import LANES
from gateway.store.spool import PENDING, QUARANTINED, findings_aad, raw_aad
from mappings.findings import Finding


class _Waiting(NamedTuple):
    reading: Reading
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Placed]


Result = Placed | Exception


class GroupCommit:
    """The one thread that writes arrivals.

    Parameters
    ----------
    store : Store
        Where to.
    size : int
        The most messages of one commit.
    committed : callable
        Called in the thread after each commit, with the number of messages that wait for work.
    """

    def __init__(
        self, store: Store, *, size: int = 256, committed: Callable[[int], None] = lambda _: None
    ) -> None:
        self._store = store
        self._size = size
        self._committed = committed
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="spool-commit", daemon=True)
        self._thread.start()

    def submit(self, reading: Reading) -> asyncio.Future[Placed]:
        """Return a future of the running loop, done once the message is on durable storage."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Placed] = loop.create_future()
        self._queue.put(_Waiting(reading, loop, future))
        return future

    def close(self) -> None:
        """Commit what has been submitted, and stop."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            group = [self._queue.get()]
            while len(group) < self._size:
                try:
                    group.append(self._queue.get_nowait())
                except Empty:
                    break
            waiting = [one for one in group if one is not None]
            going = len(waiting) == len(group)
            if waiting:
                self._deliver(waiting, self._write(waiting))

    def _write(self, group: Sequence[_Waiting]) -> list[Result]:
        try:
            now = self._store.now()
            arrivals = [arrival(self._store.keys, one.reading, now) for one in group]
            placed: list[Result] = list(self._store.append(arrivals))
        except SQLAlchemyError as fault:
            if len(group) == 1:
                return [fault]
            return [result for one in group for result in self._write((one,))]
        self._committed(sum(arrival.state == PENDING for arrival in arrivals))
        return placed

    @staticmethod
    def _deliver(group: Sequence[_Waiting], results: Sequence[Result]) -> None:
        """Wake each event loop once, however many of its messages were in the group."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Placed], Result]]] = {}
        for one, result in zip(group, results, strict=True):
            by_loop.setdefault(one.loop, []).append((one.future, result))
        for loop, settled in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, settled)


def _settle(settled: Sequence[tuple[asyncio.Future[Placed], Result]]) -> None:
    for future, result in settled:
        if future.done():  # its connection is gone; the message stays
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)


def arrival(keys: Keys, reading: Reading, received: int) -> Arrival:
    """Return a message as it goes into the spool: sealed, and in its lane."""
    source = reading.feed.organisation if reading.feed else None
    whose = source or reading.sender  # a stranger's copy is not the source's own
    dedupe = keys.digest("message", whose.encode(), reading.raw)
    return Arrival(
        dedupe=dedupe,
        source=source,
        charset=reading.declared,
        control_id=reading.control_id,
        message_type=reading.message_type,
        lane=lane(keys, reading),
        state=QUARANTINED if reading.reason else PENDING,
        reason=reading.reason,
        received=received,
        raw=keys.spool_key.seal(reading.raw, raw_aad(dedupe)),
        findings=_told(keys, reading, dedupe),
        sender=reading.sender or None,
    )


def _told(keys: Keys, reading: Reading, dedupe: bytes) -> bytes | None:
    """Return what its sender was told, for whoever looks into the quarantine; sealed."""
    if not reading.reason or not reading.errors:
        return None
    found = [Finding("error", reading.reason, _place(each), each.text) for each in reading.errors]
    return keys.spool_key.seal(dump(found), findings_aad(dedupe))


def _place(error: Err) -> str:
    """Return where an error is, as findings say it: ``MSH-10``, or the segment."""
    return f"{error.segment}-{error.field}" if error.field else error.segment


def lane(keys: Keys, reading: Reading) -> int:
    """Return the lane of a source's patient; of several, that of the whole source."""
    source = reading.feed.organisation if reading.feed else ""
    patient = "" if reading.several else reading.patient
    number = int.from_bytes(keys.token("lane", source, patient)[:4], "big") % LANES
    return number + LANES if reading.several else number
