"""Who may speak for a source: bound to certificates or not, by token, now and when replayed."""

from __future__ import annotations

import asyncio

import pytest
from ingest_feed import hl7, pid, register

from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.arrival.replay import replay
from gateway.ingest.sources import NOBODY, Sender, SourceBook

OURS, THEIRS, HUB, STRANGER = (f"sha256:{digit * 64}" for digit in "1234")


def shows(*names):
    return Sender(certificate=frozenset(names))


@pytest.fixture
def bound(store):
    """Two hospitals bound to certificates, a hub's among them, and one that is bound to none."""
    register(store, "tjh", "TJH01", certificates=f"{OURS}\ndns:lis.tjh.example\n{HUB}")
    register(store, "bjh", "BJH01", certificates=f"{THEIRS}\n{HUB}")
    register(store, "any", "ANY01")
    return store


@pytest.mark.parametrize(
    ("sender", "may"),
    [
        (NOBODY, "any"),
        (shows(OURS), "tjh"),
        (shows(STRANGER, "dns:lis.tjh.example"), "tjh"),
        (shows(THEIRS, "dns:lis.bjh.example"), "bjh"),
        (shows(HUB), "bjh tjh"),
        (shows(OURS, THEIRS), "bjh tjh"),
        (shows(STRANGER), "any"),
        (Sender("tjh"), "tjh"),
        (Sender("any"), "any"),
        (Sender("nobody"), ""),
    ],
)
def test_whom_a_sender_may_speak_for(bound, sender, may):
    book = SourceBook(bound)
    book.refresh()
    for one in (sender, Sender.kept(str(sender))):
        find = book.of_sender(one)
        found = (find(facility) for facility in ("ANY01", "BJH01", "TJH01", "NEW01"))
        assert " ".join(feed.organisation for feed in found if feed) == may


def deliver(store, raw, sender=NOBODY, knows=None):
    async def once():
        acceptor = Acceptor(store, knows=knows)
        try:
            return await acceptor.deliver(raw, sender=sender)
        finally:
            acceptor.close()

    return asyncio.run(once())


def entry(store, seq):
    with store.read() as tx:
        return tx.spool.get(seq).entry


def test_a_message_under_anothers_name_is_refused_and_kept_as_its_senders(bound):
    raw = hl7(pid("7"), version="2.5")
    delivery = deliver(bound, raw, shows(THEIRS, "dns:lis.bjh.example"))
    (receipt,) = delivery.receipts
    assert (receipt.reason, receipt.outcome) == ("wrong-sender", "refused")
    assert b"MSA|AR|1|MSH-4 names a source that the sender's certificate" in delivery.ack
    assert b"\rERR||MSH^1^4^" in delivery.ack
    assert b"|204^" in delivery.ack
    assert b"wrong-sender" in delivery.ack
    kept = entry(bound, receipt.seq)
    assert (kept.source, kept.state) == (None, "quarantined")
    assert kept.sender == f"dns:lis.bjh.example\n{THEIRS}"
    with bound.read() as tx:
        assert tx.spool.raw(tx.spool.get(receipt.seq)) == raw


def test_a_strangers_copy_is_not_the_sources_own(bound):
    raw = hl7(pid("7"))
    stolen, own, again = (
        deliver(bound, raw, sender).receipts[0]
        for sender in (shows(THEIRS), shows(OURS), shows(OURS))
    )
    assert not own.duplicate
    assert own.accepted
    assert again.duplicate
    assert len({stolen.seq, own.seq}) == 2
    assert entry(bound, own.seq).sender is None
    others = [deliver(bound, raw, shows(name)).receipts[0] for name in (STRANGER, THEIRS)]
    assert [one.duplicate for one in others] == [False, True]


def test_what_is_no_message_is_not_the_sources_either(bound):
    async def broken():
        acceptor = Acceptor(bound)
        try:
            return [
                await acceptor.accept_broken(hl7(pid("7"))[:40], "end-of-stream", sender)
                for sender in (shows(THEIRS), shows(OURS))
            ]
        finally:
            acceptor.close()

    foreign, own = (entry(bound, one.seq) for one in asyncio.run(broken()))
    assert (foreign.source, foreign.sender) == (None, THEIRS)
    assert (own.source, own.sender) == ("tjh", None)


def test_a_batch_has_messages_of_its_senders_sources_alone(bound):
    raw = b"".join(
        hl7(pid(str(number)), control_id=str(number), facility=facility)
        for number, facility in enumerate(("TJH01", "BJH01", "ANY01", "NEW01"))
    )
    receipts = deliver(bound, raw, shows(HUB)).receipts
    assert [one.reason for one in receipts] == [None, None, "wrong-sender", "unknown-source"]


def change(store, **values):
    with store.begin() as tx:
        tx.directory.change_source("tjh", **values)


def test_a_renewed_certificate_is_registered_and_what_was_refused_replayed(bound):
    (late,) = deliver(bound, hl7(pid("7")), shows(STRANGER)).receipts
    (stolen,) = deliver(bound, hl7(pid("8")), shows(THEIRS)).receipts
    assert replay(bound) == (0, 2)
    change(bound, certificates=f"{OURS}\n{STRANGER}")
    assert replay(bound) == (1, 1)
    assert (entry(bound, late.seq).source, entry(bound, late.seq).state) == ("tjh", "pending")
    assert entry(bound, stolen.seq).source is None


def test_no_replay_makes_a_token_anothers(bound):
    (foreign,) = deliver(bound, hl7(pid("7"), facility="ANY01"), Sender("bjh")).receipts
    (early,) = deliver(bound, hl7(pid("8"), facility="NEW01"), Sender("new")).receipts
    assert (foreign.reason, early.reason) == ("wrong-sender", "unknown-source")
    register(bound, "new", "NEW01")
    assert replay(bound) == (1, 1)
    assert entry(bound, early.seq).source == "new"


def test_what_was_its_own_on_arrival_stays_so_when_the_certificate_is_gone(bound):
    (untold,) = deliver(bound, hl7(pid("7")), shows(OURS), knows=lambda *_: False).receipts
    assert (untold.reason, entry(bound, untold.seq).source) == ("unknown-trigger", "tjh")
    change(bound, certificates=STRANGER)
    assert replay(bound) == (1, 0)
    assert entry(bound, untold.seq).source == "tjh"
