import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from gateway.store import Group, MergeEvent
from gateway.store.merges import groups

EVENTS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=12)


def survivors(*pairs):
    events = [MergeEvent(*pair, number) for number, pair in enumerate(pairs)]
    return {member: group.survivor for member, group in groups(events).items()}


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (["ab"], {"a": "b", "b": "b"}),
        (["ab", "ba"], {"a": "a", "b": "a"}),
        (["ab", "ba", "ab"], {"a": "b", "b": "b"}),
        (["ab", "bc"], {"a": "c", "b": "c", "c": "c"}),
        (["bc", "ab"], {"a": "c", "b": "c", "c": "c"}),
        (["ab", "bc", "ca"], {"a": "a", "b": "a", "c": "a"}),
        (["ab", "ca"], {"a": "b", "b": "b", "c": "b"}),
        (["ab", "cd"], {"a": "b", "b": "b", "c": "d", "d": "d"}),
    ],
)
def test_who_survives(pairs, expected):
    assert survivors(*pairs) == expected


@pytest.mark.parametrize(
    ("written", "survivor"),
    [
        ([("ba", "X", 9), ("ab", "X", 7)], "a"),  # the later one of a clock, though it came first
        ([("ba", "X", 9), ("ab", "Y", 7)], "b"),  # of two clocks what came last
        ([("ba", "X", 9), ("ab", "X", 0)], "b"), ([("ba", "X", 0), ("ab", "X", 7)], "b"),
        ([("ba", "X", 9), ("ab", "X", 9)], "b"), ([("ba", "", 9), ("ab", "X", 7)], "b"),
        ([("ba", "X", 9), ("ab", "Y", 1), ("bc", "X", 7)], "b"),  # before the first, and both
        ([("ab", "X", 7), ("ba", "X", 9), ("ab", "X", 7)], "a"),  # resent
        ([("ab", "X", 7), ("ba", "X", 9), ("ab", "X", 11)], "b"),
        ([("ab", "X", 11), ("ab", "X", 7), ("ba", "X", 9)], "b"),
    ],
)  # fmt: skip
def test_who_survives_is_what_was_said_last(store, written, survivor):
    events = [
        MergeEvent(*pair, number, clock.encode(), sent)
        for number, (pair, clock, sent) in enumerate(written, 1)
    ]
    with store.begin() as tx:
        tx.merges.record(events)
    with store.begin() as tx:
        for event in events:
            tx.merges.record([event])
    with store.read() as tx:
        assert tx.merges.group("a").survivor == survivor


def test_a_merge_of_which_nobody_knows_when_counts_as_it_came(store):
    """As those do that were noted before times were."""
    with store.begin() as tx:
        tx.merges.record([MergeEvent("a", "b", 1)])
        tx.connection.execute(text("UPDATE merge SET clock = NULL, sent = NULL"))
    with store.begin() as tx:
        tx.merges.record([MergeEvent("b", "a", 2, b"X", 7)])
        assert tx.merges.group("a").survivor == "a"
        tx.merges.record([MergeEvent("a", "b", 3, b"X", 5)])
        assert tx.merges.group("a").survivor == "a"


@given(EVENTS, st.randoms())
def test_groups_are_components_whatever_the_order_of_arrival(pairs, chance: random.Random):
    events = [MergeEvent(*pair, number) for number, pair in enumerate(pairs)]
    found = groups(events)
    for event in events:
        assert found[event.retired] is found[event.surviving]
    for member, group in found.items():
        assert member in group.members
        assert group.survivor in group.members
        assert all(found[other] is group for other in group.members)
    chance.shuffle(events)
    assert groups(events) == found


def test_merges_are_kept_and_found_from_either_side(store):
    with store.begin() as tx:
        tx.merges.record([MergeEvent("a", "b", 3), MergeEvent("b", "c", 4)])
        tx.merges.record([MergeEvent("a", "b", 1), MergeEvent("x", "x", 9)])
    with store.read() as tx:
        chain = Group("c", frozenset("abc"))
        assert tx.merges.groups("abcx") == {
            "a": chain, "b": chain, "c": chain, "x": Group("x", frozenset("x")),
        }  # fmt: skip
        assert tx.merges.group("a") == chain
    with store.begin() as tx:
        tx.merges.record([MergeEvent("b", "a", 5), MergeEvent("a", "b", 6)])
        assert tx.merges.group("a").survivor == "b"
        tx.merges.record([MergeEvent("b", "c", 7), MergeEvent("b", "c", 7)])
        assert tx.merges.group("a").survivor == "c"
