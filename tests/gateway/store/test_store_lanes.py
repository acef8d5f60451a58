"""Which pending messages a worker may take: those of a lane in order, those of several alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from test_store_spool import append, arrival, settle

from gateway.store import Store
from gateway.store.lanes import LANES, in_turn

ONE, ALL = 3, LANES + 3  # a lane of patients, and one of whole sources


def test_a_message_of_several_records_waits_for_what_came_before_it():
    waiting = [(1, ONE, "a"), (2, ALL, "a"), (3, ONE, "a"), (4, ONE, "b"), (5, ALL, "b")]
    assert in_turn(waiting) == {1: ONE, 4: ONE}


def test_what_came_after_it_waits_for_it():
    waiting = [(2, ALL, "a"), (3, ALL, "a"), (4, ONE, "a"), (5, ALL, "a"), (6, ONE, "b")]
    assert in_turn(waiting) == {2: ALL, 3: ALL, 6: ONE}


@given(st.lists(st.tuples(st.sampled_from([ONE, ONE + 1, ALL]), st.sampled_from("ab"))))
def test_nothing_is_ready_with_what_has_to_be_done_before(lanes):
    waiting = [(seq, lane, source) for seq, (lane, source) in enumerate(lanes)]
    ready = in_turn(waiting)
    for seq, lane, source in waiting:
        before = [one for one in waiting[:seq] if one[2] == source]
        awaited = [one for one in before if (one[1] == ALL) is not (lane == ALL)]
        assert (seq in ready) is (not awaited and all(one[0] in ready for one in before))
    oldest = {source: seq for seq, _, source in reversed(waiting)}
    assert set(oldest.values()) <= ready.keys()


def test_workers_take_it_alone(postgres_url, keys):
    store = Store.open(postgres_url, keys)
    told = [(ONE, "a"), (ONE + 1, "b"), (ALL, "a"), (ONE, "a")]
    placed = append(
        store,
        *(
            arrival(keys, b"%d" % n, lane=lane, source=source)
            for n, (lane, source) in enumerate(told)
        ),
    )
    first, other, several, last = (one.seq for one in placed)
    with store.claim(9) as mine, store.claim(9) as nobodys:
        assert [one.entry.seq for one in mine] == [first, other]
        assert nobodys == []
        settle(store, first)
    with store.claim(9) as mine, store.claim(9) as nobodys:
        assert [one.entry.seq for one in mine] == [other, several]
        assert nobodys == []
        settle(store, other, several)
    with store.claim(9) as mine:
        assert [one.entry.seq for one in mine] == [last]
    store.close()
