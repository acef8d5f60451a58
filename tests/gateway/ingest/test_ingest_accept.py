import asyncio
import threading

import pytest
from ingest_feed import hl7, pid, register
from sqlalchemy.exc import DataError, OperationalError

from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.sources import Sender
from gateway.store.spool import PENDING, QUARANTINED

MESSAGE = hl7(pid("7"))


def run(work, store, **options):
    async def main():
        acceptor = Acceptor(store, **options)
        try:
            return await work(acceptor)
        finally:
            acceptor.close()

    return asyncio.run(main())


def stored(store):
    with store.read() as tx:
        entries = [*tx.spool.entries(PENDING), *tx.spool.entries(QUARANTINED)]
        return {
            entry.seq: (
                entry.state,
                entry.reason,
                entry.source,
                tx.spool.raw(tx.spool.get(entry.seq)),
            )
            for entry in entries
        }


def test_what_is_acknowledged_is_stored(hospital):
    (receipt,) = run(lambda acceptor: asyncio.gather(acceptor.accept(MESSAGE)), hospital)
    assert receipt[:5] == (receipt.seq, False, True, None, "1")
    assert b"MSA|AA|1\r" in receipt.ack
    assert stored(hospital) == {receipt.seq: ("pending", None, "tjh", MESSAGE)}


def test_a_message_sent_again_is_answered_again_and_stored_once(hospital):
    async def twice(acceptor):
        return [await acceptor.accept(MESSAGE) for _ in range(2)]

    first, second = run(twice, hospital)
    assert (first.seq, first.duplicate) == (second.seq, False)
    assert second.duplicate
    assert (first.accepted, first.ack[-9:]) == (second.accepted, second.ack[-9:])
    other = run(lambda acceptor: acceptor.accept(hl7(pid("8"))), hospital)
    assert not other.duplicate
    assert len(stored(hospital)) == 2


@pytest.mark.parametrize(
    ("raw", "reason", "code"),
    [
        (hl7(pid("7"), facility="NOBODY"), "unknown-source", b"MSA|AR|1|"),
        (b"PID|1||7\r", "bad-header", b"MSA|AR"),
        (hl7(pid("7")).replace(b"|P|2.4", b"|T|2.5"), "not-production", b"|202^"),
        (hl7(pid("7")).replace(b"|P|2.4", b"|d^A|2.5"), "not-production", b"MSA|AR|1|"),
        (hl7(pid("7")).replace(b"|2.4", b"|2.4||||||UNICODE UTF-8") + b"\xff", "undecodable",
         b"MSA|AE|1|"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_quarantined(hospital, raw, reason, code):
    receipt = run(lambda acceptor: acceptor.accept(raw), hospital)
    assert (receipt.accepted, receipt.reason) == (False, reason)
    assert code in receipt.ack
    ((state, kept_for, _, kept),) = stored(hospital).values()
    assert (state, kept_for, kept) == ("quarantined", reason, raw)


def test_an_unknown_trigger_is_refused_where_tables_are_known(hospital):
    receipt = run(
        lambda acceptor: acceptor.accept(hl7(pid("7"), type_="ZZZ^Z01")),
        hospital,
        knows=lambda feed, code, event, text: (code, event) == ("ADT", "A08"),
    )
    assert receipt.reason == "unknown-trigger"
    assert b"ERR|MSH^1^9" in receipt.ack


@pytest.mark.parametrize(
    ("said", "sent", "reason"),
    [("T", "T", None), ("T D", "D", None), ("T", "D", "not-production"), ("T", "P", None)],
)
def test_a_feed_may_be_set_up_for_training(store, tmp_path, said, sent, reason):
    profile = tmp_path / "tjh.map"
    profile.write_text(f"site\n  processing {said}\n", "utf-8")
    register(store, "tjh", "TJH01", profile=str(profile))
    raw = hl7(pid("7")).replace(b"|P|2.4", f"|{sent}|2.4".encode())
    assert run(lambda acceptor: acceptor.accept(raw), store).reason == reason


def test_a_broken_frame_is_quarantined(hospital):
    receipt = run(lambda acceptor: acceptor.accept_broken(MESSAGE[:70], "frame-deadline"), hospital)
    assert (receipt.accepted, receipt.reason) == (False, "broken-frame")
    assert b"MSA|AE|1|" in receipt.ack


def test_a_source_is_known_soon_after_it_was_added(store):
    async def before_and_after(acceptor):
        first = await acceptor.accept(MESSAGE)
        register(store, "tjh", "TJH01")
        acceptor._book._read -= 60
        return first, await acceptor.accept(MESSAGE)

    before, after = run(before_and_after, store)
    assert (before.accepted, after.accepted, after.duplicate) == (False, True, False)


def test_many_messages_share_a_commit(hospital):
    groups = []
    release = threading.Event()

    def committed(number):
        groups.append(number)
        release.wait(5)

    async def many(acceptor):
        first = asyncio.ensure_future(acceptor.accept(hl7(pid("0"))))
        while not groups:
            await asyncio.sleep(0.001)
        rest = [asyncio.ensure_future(acceptor.accept(hl7(pid(str(n))))) for n in range(1, 150)]
        await asyncio.sleep(0.05)
        release.set()
        return await asyncio.gather(first, *rest)

    receipts = run(many, hospital, size=100, committed=committed)
    assert groups == [1, 100, 49]
    assert len({receipt.seq for receipt in receipts}) == 150


def test_nobody_fails_with_a_neighbour(hospital, monkeypatch):
    append = hospital.append

    def failing(arrivals):
        if any(arrival.control_id == "bad" for arrival in arrivals):
            raise DataError("", {}, Exception())
        return append(arrivals)

    monkeypatch.setattr(hospital, "append", failing)

    async def together(acceptor):
        messages = [hl7(pid(str(n)), control_id="bad" if n == 3 else str(n)) for n in range(6)]
        return await asyncio.gather(*map(acceptor.accept, messages), return_exceptions=True)

    results = run(together, hospital)
    assert [isinstance(result, DataError) for result in results] == [n == 3 for n in range(6)]
    assert len(stored(hospital)) == 5


def test_a_message_that_could_not_be_stored_is_not_acknowledged(hospital, monkeypatch):
    def away(arrivals):
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(hospital, "append", away)
    with pytest.raises(OperationalError):
        run(lambda acceptor: acceptor.accept(MESSAGE), hospital)


def test_who_hung_up_disturbs_nobody(hospital):
    async def hang_up(acceptor):
        gone = asyncio.ensure_future(acceptor.accept(hl7(pid("1"))))
        await asyncio.sleep(0)
        await asyncio.sleep(0.005)
        gone.cancel()
        return await acceptor.accept(hl7(pid("2")))

    assert run(hang_up, hospital).accepted


def test_two_event_loops_share_an_acceptor(hospital):
    acceptor = Acceptor(hospital)
    receipts = []

    def feed(number):
        receipts.append(asyncio.run(acceptor.accept(hl7(pid(str(number))))))

    threads = [threading.Thread(target=feed, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    acceptor.close()
    assert len({receipt.seq for receipt in receipts}) == 2


BATCH = b"BHS|^~\\&|HIS|TJH01|GW|HIE|20260301||||B1\r%s%sBTS|%d\r"
TWO = hl7(pid("7")), hl7(pid("8"), control_id="2")


@pytest.mark.parametrize("form", [b"%s%s", BATCH % (b"%s", b"%s", 2)])
def test_each_of_several_messages_in_one_piece_is_stored_and_acknowledged(hospital, form):
    delivery = run(lambda acceptor: acceptor.deliver(form % TWO), hospital)
    assert [one[1:5] for one in delivery.receipts] == [
        (False, True, None, "1"), (False, True, None, "2"),
    ]  # fmt: skip
    assert [row[3] for row in stored(hospital).values()] == [one.rstrip() for one in TWO]
    assert delivery.ack.count(b"\rMSA|AA|1\r") == delivery.ack.count(b"\rMSA|AA|2\r") == 1
    assert (b"|B1\r" in delivery.ack) is (b"BHS" in form)
    again = run(lambda acceptor: acceptor.deliver(form % TWO), hospital)
    assert [one.duplicate for one in again.receipts] == [True, True]


def test_a_single_message_is_delivered_as_it_is_accepted(hospital):
    delivery = run(lambda acceptor: acceptor.deliver(MESSAGE), hospital)
    assert [one.ack for one in delivery.receipts] == [delivery.ack]
    torn = "MSH|^~\\&|HIS".encode("utf-16") + b"\x00"
    (receipt,) = run(lambda acceptor: acceptor.deliver(torn), hospital).receipts
    assert receipt.reason == "undecodable"


def test_a_batch_that_counts_others_than_came_is_kept_beside_its_messages(hospital):
    raw = BATCH % (b"rubbish\r" + TWO[0], TWO[1], 3)
    delivery = run(lambda acceptor: acceptor.deliver(raw, sender=Sender("tjh")), hospital)
    assert [one.outcome for one in delivery.receipts] == ["accepted", "accepted"]
    assert delivery.ack.endswith(b"BTS|2|BTS-1 counts 3 messages; 2 came\r")
    kept = {row[1]: row[2:] for row in stored(hospital).values() if row[0] == "quarantined"}
    assert kept["batch-miscounted"] == (
        "tjh", b"BHS|^~\\&|HIS|TJH01|GW|HIE|20260301||||B1\rBTS|3"
    )  # fmt: skip
    assert kept["broken-frame"][1] == b"rubbish"


def test_of_a_batch_only_what_could_not_be_stored_is_refused(hospital, monkeypatch):
    append, bad = hospital.append, []

    def picky(arrivals):
        if any(arrival.control_id in bad for arrival in arrivals):
            raise DataError("", {}, Exception())
        return append(arrivals)

    monkeypatch.setattr(hospital, "append", picky)
    bad.append("2")
    delivery = run(lambda acceptor: acceptor.deliver(b"%s%s" % TWO), hospital)
    assert [(one.outcome, one.seq > 0) for one in delivery.receipts] == [
        ("accepted", True), ("not-stored", False),
    ]  # fmt: skip
    assert b"\rMSA|AA|1\r" in delivery.ack
    assert b"\rMSA|AE|2|" in delivery.ack
    bad.append("1")
    with pytest.raises(DataError):
        run(lambda acceptor: acceptor.deliver(b"%s%s" % TWO), hospital)


def test_a_batch_of_more_messages_than_a_commit_keeps_their_order(hospital):
    raw = b"".join(hl7(pid("7"), control_id=str(n)) for n in range(7))
    delivery = run(lambda acceptor: acceptor.deliver(raw), hospital, size=3)
    assert [one.control_id for one in delivery.receipts] == [str(n) for n in range(7)]
    seqs = [one.seq for one in delivery.receipts]
    assert seqs == sorted(seqs)


def test_the_messages_of_a_batch_are_of_who_has_proved_it(hospital):
    raw = TWO[0] + hl7(pid("9"), control_id="3", facility="BJH01")
    delivery = run(lambda acceptor: acceptor.deliver(raw, sender=Sender("tjh")), hospital)
    assert [one.reason for one in delivery.receipts] == [None, "wrong-sender"]
    assert b"\rMSA|AR|3|" in delivery.ack
