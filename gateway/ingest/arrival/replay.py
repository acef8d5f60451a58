"""Quarantined messages in; those that can be read now, pending again.

A message may have been put aside for what has been mended since: its source was not registered, its
character set not known, its table missing. It is read again as on its arrival, in the character set
that its connection or source had then; if it could not be decoded in that, in what its source has
now. It is a source's if it was on its arrival, or if its sender may speak for that source now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gateway.ingest.arrival.commit import lane
from gateway.ingest.arrival.reading import BROKEN_FRAME, UNDECODABLE, Knows, read
from gateway.ingest.sources import Feed, FindFeed, Sender, SourceBook
from gateway.store import Entry, ErasedError, Store, Tx

_PAGE = 200


class Replayed(NamedTuple):
    """How many messages are pending again, and how many still cannot be read."""

    pending: int
    quarantined: int


def replay(
    store: Store, seqs: Sequence[int] | None = None, *, knows: Knows | None = None
) -> Replayed:
    """Replay quarantined messages: those of the numbers given, or all."""
    book = SourceBook(store)
    book.refresh()
    wanted = None if seqs is None else set(seqs)
    last = pending = quarantined = 0
    while True:
        with store.begin() as tx:
            entries = tx.spool.entries(limit=_PAGE, after=last)
            for entry in entries:
                if wanted is not None and entry.seq not in wanted:
                    continue
                again = _again(tx, entry, book, knows)
                if again is None:
                    quarantined += 1
                else:
                    tx.spool.requeue(again)
                    pending += 1
        if len(entries) < _PAGE:
            return Replayed(pending, quarantined)
        last = entries[-1].seq


def _again(tx: Tx, entry: Entry, book: SourceBook, knows: Knows | None) -> Entry | None:
    """Return a message's entry as it is read now; None where it still cannot be taken."""
    message = tx.spool.get(entry.seq)
    if message is None or entry.reason == BROKEN_FRAME:
        return None
    charset = None if entry.reason == UNDECODABLE else entry.charset
    try:
        reading = read(tx.spool.raw(message), _finder(book, entry), knows, charset)
    except ErasedError:
        return None
    if reading.reason or reading.feed is None:
        return None
    return entry._replace(
        source=reading.feed.organisation,
        charset=reading.declared,
        control_id=reading.control_id,
        message_type=reading.message_type,
        lane=lane(tx.keys, reading),
    )


def _finder(book: SourceBook, entry: Entry) -> FindFeed:
    of_sender = book.of_sender(Sender.kept(entry.sender))

    def find(facility: str) -> Feed | None:
        feed = book.of_facility(facility)
        return feed if feed and feed.organisation == entry.source else of_sender(facility)

    return find
