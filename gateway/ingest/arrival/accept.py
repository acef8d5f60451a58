"""The door for messages: octets in; once they are on durable storage, a receipt out.

Every feed takes this way (MLLP, HTTP, files). AA or CA means stored. What cannot be worked on is
stored too, in quarantine, and refused with AE or AR. What comes in one piece may be several
messages (`adapters.batch`): each is stored, and acknowledged, for itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from adapters.ack import Outcome
from adapters.batch import several
from adapters.charset import UndecodableError
from adapters.mllp.events import Reason
from gateway.ingest.arrival.answer import Answerer
from gateway.ingest.arrival.commit import GroupCommit
from gateway.ingest.arrival.reading import (
    UNKNOWN_SOURCE,
    Knows,
    Reading,
    of_another,
    read,
    read_broken,
    read_miscounted,
)
from gateway.ingest.sources import NOBODY, Sender, SourceBook
from gateway.store import Store

NOT_STORED = "not-stored"


class Receipt(NamedTuple):
    """What became of a message.

    Attributes
    ----------
    seq : int
        Its number in the spool; 0 where it could not be stored.
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

    @property
    def outcome(self) -> str:
        """What is counted: ``accepted``, ``refused`` or ``not-stored``."""
        if self.reason == NOT_STORED:
            return NOT_STORED
        return "accepted" if self.accepted else "refused"


class Delivery(NamedTuple):
    """What became of what came in one piece: its messages' receipts, and the answer to it all."""

    receipts: Sequence[Receipt]
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
        self._size = size
        self._commits = GroupCommit(store, size=size, committed=committed)

    async def accept(
        self, raw: bytes, *, sender: Sender = NOBODY, charset: str | None = None
    ) -> Receipt:
        """Store a message, then answer it.

        Parameters
        ----------
        sender : Sender, optional
            Who handed it in: a message under a name that is another's is no source's.
        charset : str, optional
            The connection's character set; it overrides the source's and MSH-18.

        Raises
        ------
        sqlalchemy.exc.SQLAlchemyError
            It could not be stored: whoever sent it must not take it for received.
        """
        find = (await self._sources()).of_sender(sender)
        return await self._store(read(raw, find, self._knows, charset), sender)

    async def deliver(
        self, raw: bytes, *, sender: Sender = NOBODY, charset: str | None = None
    ) -> Delivery:
        """Store what came in one piece, a message or several, then answer it; as `accept`.

        A message that could not be stored is answered so, if others could.
        """
        try:
            batch = several(raw)
        except UndecodableError:
            batch = None
        if batch is None:
            receipt = await self.accept(raw, sender=sender, charset=charset)
            return Delivery((receipt,), receipt.ack)
        find = (await self._sources()).of_sender(sender)
        kept = [read_broken(one, find, Reason.OUTSIDE_FRAME) for one in batch.noise]
        if batch.miscounted:
            kept.append(read_miscounted(batch.envelope, batch.header, find))
        await asyncio.gather(*(self._store(one, sender) for one in kept))
        receipts: list[Receipt] = []
        for start in range(0, len(batch.messages), self._size):
            some = batch.messages[start : start + self._size]
            receipts += await self._store_each(
                [read(one, find, self._knows, charset) for one in some], sender
            )
        return Delivery(receipts, self._answerer.answer_all(batch, [one.ack for one in receipts]))

    async def accept_broken(self, raw: bytes, why: str, sender: Sender = NOBODY) -> Receipt:
        """Store, in quarantine, what there is of a broken frame; raises as `accept`."""
        find = (await self._sources()).of_sender(sender)
        return await self._store(read_broken(raw, find, why), sender)

    async def _store_each(self, readings: Sequence[Reading], sender: Sender) -> list[Receipt]:
        """Store messages in their order; raises if none could be."""
        storing = (self._store(reading, sender) for reading in readings)
        results = await asyncio.gather(*storing, return_exceptions=True)
        faults = [one for one in results if isinstance(one, BaseException)]
        if len(faults) == len(results):
            raise faults[0]
        return [
            one if isinstance(one, Receipt) else self._not_stored(reading)
            for one, reading in zip(results, readings, strict=True)
        ]

    def _not_stored(self, reading: Reading) -> Receipt:
        ack = self._answerer.unavailable(reading)
        return Receipt(0, False, False, NOT_STORED, reading.control_id, ack)

    def close(self) -> None:
        """Commit what has been given, and stop."""
        self._commits.close()

    async def _store(self, reading: Reading, sender: Sender) -> Receipt:
        if reading.feed is None:
            if reading.reason == UNKNOWN_SOURCE and self._book.of_facility(reading.facility):
                reading = of_another(reading)
            reading = reading._replace(sender=str(sender))
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
