"""The worker: pending messages in; applied or quarantined ones out, again and again.

A batch is prepared (decoded, translated) outside any transaction and applied in one. If that fails,
each message is applied alone, and the one that fails alone is quarantined: it blocks nobody. A
database or an HSM that is away is no message's fault; the worker waits and tries again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Event, Thread
from typing import Literal

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from adapters.charset import UndecodableError, decode
from gateway.ingest.application import InvalidError
from gateway.ingest.apply import apply
from gateway.ingest.findings import finding, of_reading
from gateway.ingest.ids import DerivedIds
from gateway.ingest.pipeline import Pipeline, Prepared, Said
from gateway.ingest.sending import sent
from gateway.ingest.sources import Feed, SourceBook
from gateway.ingest.versions.restricting import classified
from gateway.keys import KeyringError, UnsealError
from gateway.store import ConflictError, ErasedError, Message, Store, Tx
from gateway.store.worklist import Lacking
from mappings.findings import Finding

Counted = Literal["applied", "quarantined", "retried"]

_AWAY = (OperationalError, InterfaceError, KeyringError)
_LOG = structlog.get_logger("yiqiao.ingest")


class Worker:
    """Works on the spool, in a thread of its own (`start`) or step by step (`step`).

    Parameters
    ----------
    store : Store
        The spool, and where to.
    pipeline : Pipeline
        What a message goes through.
    size : int
        The most messages of one transaction.
    poll : float
        Seconds after which the spool is looked at unasked: for messages that another process
        accepted.
    count : callable, optional
        Called with what happened and how often.
    """

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        *,
        size: int = 64,
        poll: float = 0.5,
        count: Callable[[Counted, int], None] | None = None,
    ) -> None:
        self._store = store
        self._pipeline = pipeline
        self._size = size
        self._poll = poll
        self._count = count or _uncounted
        self._book = SourceBook(store)
        self._ids: dict[str, DerivedIds] = {}
        self._wake = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="ingest-worker", daemon=True)

    def start(self) -> None:
        """Begin to work, until `stop`."""
        self._thread.start()

    def wake(self, _messages: int = 1) -> None:
        """Say that there is work."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the batch at hand, and end."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def drain(self) -> int:
        """Work until nothing is pending that this process may take; return how many there were."""
        total = 0
        while done := self.step():
            total += done
        return total

    def step(self) -> int:
        """Work on one batch; return how many messages it had."""
        if self._book.stale:
            self._book.refresh()
        with self._store.claim(self._size) as messages:
            if messages:
                with self._store.read() as tx:
                    opened = [(message, _open(tx, message)) for message in messages]
                self._work([self._prepare(message, raw) for message, raw in opened])
        return len(messages)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.step():
                    continue
            except _AWAY as fault:
                self._count("retried", 1)
                _LOG.warning("store-away", fault=type(fault).__name__, code=_code(fault))
            except Exception as fault:  # noqa: BLE001 - nobody else would work on what is pending
                self._count("retried", 1)
                _LOG.error("worker-failed", fault=type(fault).__name__)
            self._wake.wait(self._poll)
            self._wake.clear()

    def _prepare(self, message: Message, raw: bytes | None) -> Prepared:
        """Decode and translate; a message that cannot be is prepared for quarantine."""
        prepared = Prepared(message, raw, None, ())
        feed = self._feed(message)
        if raw is None:
            return prepared.refused(finding("error", "record-erased", "message"))
        if feed is None:
            return prepared.refused(finding("error", "unknown-source", "MSH-4"))
        again = partial(self._translated, prepared, raw, feed)
        return again()._replace(again=again)

    def _translated(
        self, prepared: Prepared, raw: bytes, feed: Feed, *kinds: Mapping[str, str]
    ) -> Prepared:
        """Decode and translate a message, with the kinds of its orders where those are known."""
        message = prepared.message
        try:
            decoded = decode(raw, connection=message.entry.charset)
            ids = self._ids_of(feed.tenant)
            translation = self._pipeline.translate(feed, decoded.content, ids, *kinds)
            lacking = tuple(Lacking(*want) for want in self._pipeline.lacking(feed, translation))
            told = sent(self._store.keys, feed.organisation, translation, message.entry.received)
        except UndecodableError:
            return prepared.refused(finding("error", "undecodable", "MSH-18"))
        except Exception as fault:  # noqa: BLE001 - poison must not stop its neighbours
            return prepared.refused(_poison(message, fault))
        made = classified(translation.made, translation.header)
        said = Said(
            feed, ids, made, translation.merges, translation.moves, translation.lists,
            translation.own, translation.unnamed, told,
        )  # fmt: skip
        findings = (*of_reading(decoded.doubts), *translation.findings)
        return prepared._replace(
            said=None if translation.rejected else said, findings=findings, lacking=lacking
        )

    def _ids_of(self, tenant: str) -> DerivedIds:
        ids = self._ids.get(tenant)
        if ids is None:
            ids = self._ids[tenant] = DerivedIds(self._store.keys, tenant)
        return ids

    def _feed(self, message: Message) -> Feed | None:
        """Return whose message it is; a source may have been registered a moment ago."""
        source = message.entry.source
        if source is None:
            return None
        feed = self._book.of_organisation(source)
        if feed is None:
            self._book.refresh()
            feed = self._book.of_organisation(source)
        return feed

    def _work(self, batch: Sequence[Prepared]) -> None:
        try:
            self._apply(batch)
        except ConflictError:
            return  # another worker has settled them; what is left is claimed again
        except InvalidError as fault:
            out = fault.found
            self._work([one.refused(out[one.seq]) if one.seq in out else one for one in batch])
        except _AWAY:
            raise
        except Exception as fault:  # noqa: BLE001 - poison must not stop its neighbours
            if len(batch) > 1:
                for message in batch:
                    self._work((message,))
            elif isinstance(fault, ErasedError):
                self._apply((batch[0].refused(finding("error", "record-erased", "PID-3")),))
            else:
                self._apply((batch[0].refused(_poison(batch[0].message, fault)),))

    def _apply(self, batch: Sequence[Prepared]) -> None:
        with self._store.begin() as tx:
            apply(tx, self._pipeline, batch)
            _count_lacking(tx, batch)
        out = sum(message.reason is not None for message in batch)
        self._count("applied", len(batch) - out)
        self._count("quarantined", out)


def _count_lacking(tx: Tx, batch: Sequence[Prepared]) -> None:
    """Add what the tables lacked to the worklists of the sources."""
    counts: dict[str, Counter[Lacking]] = {}
    for message in batch:
        source = message.message.entry.source
        if message.lacking and source is not None:
            counts.setdefault(source, Counter()).update(message.lacking)
    for source in sorted(counts):
        tx.worklist.add(source, counts[source])


def _open(tx: Tx, message: Message) -> bytes | None:
    """Return a message as received; None where its key is gone, or not its key."""
    try:
        return tx.spool.raw(message)
    except (ErasedError, UnsealError):
        return None


def _poison(message: Message, fault: Exception) -> Finding:
    """Say, without its content, that a message could not be worked on."""
    kind = type(fault).__name__
    _LOG.error("poison-message", seq=message.entry.seq, fault=kind)
    return finding("error", "internal-error", "message", kind)


def _code(fault: Exception) -> str | None:
    """Return what the database's driver calls a fault (its words may hold values)."""
    origin = getattr(fault, "orig", None)
    return getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None)


def _uncounted(what: Counted, times: int) -> None:
    pass
