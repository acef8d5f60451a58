"""The door for messages: octets in; once they are on durable storage, a receipt out.

Every feed takes this way (MLLP, HTTP, files). AA or CA means stored. What cannot be worked on is
stored too, in quarantine, and refused with AE or AR.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from adapters.ack import Outcome
from gateway.ingest.answer import Answerer
from gateway.ingest.commit import GroupCommit
from gateway.ingest.reading import Knows, Reading, read, read_broken
from gateway.ingest.sources import Feed, SourceBook
from gateway.store import Store


class Receipt(NamedTuple):
    """What became of a message.

    Attributes
    ----------
    seq : int
        Its number in the spool.
    duplicate : bool
        The same octets had come from the same source before; they are applied once.
    accepted : bool
        Whether it will be worked on; else `reason` says why it is quarantined.
    control_id : str
        MSH-10.
    ack : bytes or None
        The answer, in the message's character set; None where the sender wants none.
    """

    seq: int
    duplicate: bool
    accepted: bool
    reason: str | None
    control_id: str
    ack: bytes | None


class Acceptor:
    """Accepts messages on one event loop or several.

    Parameters
    ----------
    store : Store
        Where messages are kept.
    knows : callable, optional
        Tells whether a table says something of a feed's message; without it, all are taken.
    size : int
        The most messages of one commit.
    committed : callable
        See `GroupCommit`; for waking a worker.
    """

    def __init__(
        self,
        store: Store,
        *,
        knows: Knows | None = None,
        size: int = 256,
        committed: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._book = SourceBook(store)
        self._knows = knows
        self._answerer = Answerer()
        self._commits = GroupCommit(store, size=size, committed=committed)

    async def accept(
        self, raw: bytes, *, organisation: str | None = None, charset: str | None = None
    ) -> Receipt:
        """Store a message, then answer it.

        Parameters
        ----------
        organisation : str, optional
            Whose feed it came by, where the sender has proved it: another's is an unknown source.
        charset : str, optional
            The connection's character set; it overrides the source's and MSH-18.

        Raises
        ------
        sqlalchemy.exc.SQLAlchemyError
            It could not be stored: whoever sent it must not take it for received.
        """
        book = await self._sources()

        def find(facility: str) -> Feed | None:
            feed = book.of_facility(facility)
            if feed is None or organisation not in (None, feed.organisation):
                return None
            return feed

        return await self._store(read(raw, find, self._knows, charset))

    async def accept_broken(self, raw: bytes, why: str) -> Receipt:
        """Store, in quarantine, what there is of a broken frame; raises as `accept`."""
        return await self._store(read_broken(raw, (await self._sources()).of_facility, why))

    def close(self) -> None:
        """Commit what has been given, and stop."""
        self._commits.close()

    async def _store(self, reading: Reading) -> Receipt:
        placed = await self._commits.submit(reading)
        return Receipt(
            seq=placed.seq,
            duplicate=placed.duplicate,
            accepted=reading.outcome is Outcome.ACCEPTED,
            reason=reading.reason,
            control_id=reading.control_id,
            ack=self._answerer.answer(reading),
        )

    async def _sources(self) -> SourceBook:
        if self._book.stale:
            await asyncio.to_thread(self._book.refresh)
        return self._book
