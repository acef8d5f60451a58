import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.store import Arrival, ConflictError, Depth, NewCompartment, Outcome, Store
from gateway.store.lanes import LANES
from gateway.store.spool import findings_aad, raw_aad

HOME = "a" * 16


def arrival(keys, content: bytes, lane=0, state="pending", source="tjh", control_id="1"):
    dedupe = keys.digest("message", content)
    raw = keys.spool_key.seal(content, raw_aad(dedupe))
    reason = "unknown-source" if state == "quarantined" else None
    return Arrival(dedupe, source, None, control_id, "ADT^A04", lane, state, reason, 7, raw)


def append(store, *arrivals):
    with store.begin() as tx:
        return tx.spool.append(arrivals)


def settle(store, *seqs, **changes):
    outcomes = [Outcome(seq, "done", None, None, None, None)._replace(**changes) for seq in seqs]
    with store.begin() as tx:
        tx.spool.settle(outcomes)


def test_a_message_is_kept_once(store, keys):
    one, two, three = (arrival(keys, content) for content in (b"1", b"2", b"3"))
    first = append(store, two, one, two)
    assert [placed.duplicate for placed in first] == [False, False, True]
    assert first[0].seq == first[2].seq < first[1].seq
    second = append(store, one, three)
    assert [placed.duplicate for placed in second] == [True, False]
    assert second[0].seq == first[1].seq
    with store.read() as tx:
        assert [tx.spool.raw(message) for message in tx.spool.pending(9)] == [b"2", b"1", b"3"]
        assert tx.spool.depth() == Depth(3, 0, 7)


def test_a_done_message_is_sealed_under_its_compartment(store, keys):
    ((seq, _),) = append(store, arrival(keys, b"MSH"))
    with store.begin() as tx:
        (message,) = tx.spool.pending(9)
        assert tx.spool.findings(message) is None
        tx.compartments.ensure([NewCompartment(HOME, "default", "patient", "tjh")])
        key, dedupe = tx.compartments.key(HOME), message.entry.dedupe
        raw = key.seal(b"MSH", raw_aad(dedupe))
        findings = key.seal(b"[]", findings_aad(dedupe))
        tx.spool.settle([Outcome(seq, "done", None, HOME, raw, findings)])
        tx.spool.settle([])
    with store.read() as tx:
        message = tx.spool.get(seq)
        assert (message.entry.state, message.entry.compartment) == ("done", HOME)
        assert message.entry.applied == pytest.approx(store.now(), abs=60_000_000)
        assert (tx.spool.raw(message), tx.spool.findings(message)) == (b"MSH", b"[]")
        assert tx.spool.get(99) is None
        assert tx.spool.depth() == Depth(0, 0, None)


def test_no_message_is_settled_twice(store, keys):
    placed = append(store, arrival(keys, b"1"), arrival(keys, b"2"))
    settle(store, placed[0].seq)
    with pytest.raises(ConflictError):
        settle(store, placed[0].seq, placed[1].seq)
    with store.read() as tx:
        assert [message.entry.seq for message in tx.spool.pending(9)] == [placed[1].seq]


def test_quarantined_messages_are_listed_and_replayed(store, keys):
    placed = append(
        store,
        arrival(keys, b"1"),
        arrival(keys, b"2", source="other"),
        arrival(keys, b"3", source=None, state="quarantined"),
    )
    settle(store, *(seq for seq, _ in placed[:2]), state="quarantined", reason="bad-value")
    with store.read() as tx:
        assert [entry.seq for entry in tx.spool.entries()] == [1, 2, 3]
        assert [entry.reason for entry in tx.spool.entries(limit=2, after=1)] == [
            "bad-value", "unknown-source",
        ]  # fmt: skip
        assert [entry.seq for entry in tx.spool.entries(source="other")] == [2]
        assert tx.spool.entries("done") == []
        assert tx.spool.depth() == Depth(0, 3, None)
    with store.begin() as tx:
        entry = tx.spool.entries()[2]
        tx.spool.requeue(entry._replace(source="tjh", lane=9))
        (message,) = tx.spool.pending(9)
        assert message.entry == entry._replace(source="tjh", lane=9, state="pending", reason=None)
        assert tx.spool.raw(message) == b"3"


def test_control_ids_that_came_with_several_contents(store, keys):
    append(
        store,
        arrival(keys, b"1", control_id="x"),
        arrival(keys, b"2", control_id="y"),
        arrival(keys, b"3", control_id="x"),
        arrival(keys, b"4", control_id="x", source="other"),
    )
    with store.read() as tx:
        asked = [("tjh", "x"), ("tjh", "y"), ("other", "x"), ("tjh", "x")]
        assert tx.spool.reused(asked) == {("tjh", "x"): 1}


def test_workers_share_lanes_and_keep_their_order(postgres_url, keys):
    store = Store.open(postgres_url, keys, pool_size=10)
    total = 600
    append(
        store, *(arrival(keys, b"%d" % number, lane=number * 7 % LANES) for number in range(total))
    )
    applied: list[tuple[int, int]] = []
    lock = threading.Lock()
    overlap = threading.Barrier(3)

    def work(_):
        overlap.wait()
        while True:
            with store.claim(16) as batch:
                if batch:
                    with lock:
                        applied.extend((m.entry.lane, m.entry.seq) for m in batch)
                    settle(store, *(m.entry.seq for m in batch))
            with store.read() as tx:
                if tx.spool.depth().pending == 0:
                    return

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    store.close()
    assert len(applied) == len(set(applied)) == total
    for lane in range(LANES):
        seqs = [seq for where, seq in applied if where == lane]
        assert seqs == sorted(seqs)


def test_a_held_lane_is_nobody_elses(postgres_url, keys):
    store = Store.open(postgres_url, keys)
    append(store, *(arrival(keys, b"%d" % number, lane=number % 20) for number in range(40)))
    with store.claim(100) as first, store.claim(100) as second:
        assert len(first) == 32
        assert {m.entry.lane for m in second} == {16, 17, 18, 19}
        with store.claim(100) as third:
            assert third == []
    store.close()


def test_one_process_takes_everything_on_sqlite(sqlite_url, keys):
    store = Store.open(sqlite_url, keys)
    append(store, *(arrival(keys, b"%d" % number, lane=number) for number in range(40)))
    with store.claim(30) as batch:
        assert [message.entry.seq for message in batch] == list(range(1, 31))
    store.close()
