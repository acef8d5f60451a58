import asyncio

from ingest_feed import hl7, pid, register

from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.arrival.replay import replay


def test_what_was_put_aside_is_replayed_once_it_can_be_read(feed):
    unknown, broken, garbage = feed.accept(
        hl7(pid("7", name="葉弢"), facility="NEW"), hl7(pid("8"), control_id="b"), b"garbage"
    )
    with feed.store.begin() as tx:
        tx.connection.exec_driver_sql(
            f"UPDATE spool SET state='quarantined', reason='broken-frame' WHERE seq={broken.seq}"
        )
    assert replay(feed.store) == (0, 3)
    register(feed.store, "new", "NEW")
    assert replay(feed.store, [garbage.seq]) == (0, 1)
    assert replay(feed.store, [unknown.seq, garbage.seq]) == (1, 1)
    entry = feed.entry(unknown.seq)
    assert (entry.source, entry.state, entry.reason) == ("new", "pending", None)
    feed.worker._book.refresh()
    feed.worker.drain()
    assert feed.patient("7", "new")["name"] == [{"text": "葉弢"}]


def test_what_still_fails_comes_back(feed):
    (receipt,) = feed(hl7(pid("7"), "BOOM"))
    assert feed.findings(receipt.seq) == ["internal-error"]
    assert replay(feed.store) == (1, 0)
    feed.worker.drain()
    assert feed.entry(receipt.seq).reason == "internal-error"


def test_many_are_replayed_page_by_page(feed, monkeypatch):
    monkeypatch.setattr("gateway.ingest.arrival.replay._PAGE", 2)
    feed(*(hl7(pid(str(number)), "REJ", control_id=str(number)) for number in range(5)))
    assert replay(feed.store) == (5, 0)


def test_an_erased_message_stays_where_it_is(feed):
    (receipt,) = feed(hl7(pid("7")))
    with feed.store.begin() as tx:
        tx.compartments.destroy(feed.entry(receipt.seq).compartment)
        tx.connection.exec_driver_sql("UPDATE spool SET state='quarantined'")
    assert replay(feed.store) == (0, 1)


def accept_in(feed, raw, charset):
    async def once():
        acceptor = Acceptor(feed.store)
        receipt = await acceptor.accept(raw, charset=charset)
        acceptor.close()
        return receipt

    return asyncio.run(once())


def test_a_replayed_message_is_read_in_the_character_set_it_came_in(feed):
    raw = hl7(pid("7", name="彭測試"), facility="NEW").decode().encode("big5hkscs")
    receipt = accept_in(feed, raw, "BIG-5")
    assert (receipt.reason, feed.entry(receipt.seq).charset) == ("unknown-source", "BIG-5")
    register(feed.store, "new", "NEW", charset="GBK")
    assert replay(feed.store) == (1, 0)
    feed.worker.drain()
    assert feed.patient("7", "new")["name"] == [{"text": "彭測試"}]


def test_one_that_could_not_be_read_in_it_is_read_in_its_sources(feed):
    raw = hl7(pid("7", name="測試"), facility="NEW").decode().encode("big5hkscs")
    receipt = accept_in(feed, raw, "UTF-8")
    assert receipt.reason == "undecodable"
    register(feed.store, "new", "NEW", charset="BIG-5")
    assert replay(feed.store) == (1, 0)
    assert feed.entry(receipt.seq).charset == "BIG-5"
    feed.worker.drain()
    assert feed.patient("7", "new")["name"] == [{"text": "測試"}]
