"""The worklist: what messages lacked, counted by source, on both databases."""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.store import Store, worklist
from gateway.store.worklist import Lacking

HBA1C = Lacking("local-code", "L", "HBA1C", "Observation.code")
ZPI = Lacking("segment", "ZPI", "", "")


def counted(store: Store, source: str = "tjh") -> dict[Lacking, int]:
    with store.read() as tx:
        return {one.what: one.times for one in tx.worklist.of(source)}


def add(store: Store, *lacking: Lacking, source: str = "tjh") -> int:
    with store.begin() as tx:
        tx.worklist.add(source, Counter(lacking))
        return tx.now


def test_what_is_lacking_again_is_counted(store: Store) -> None:
    first = add(store, HBA1C, HBA1C, ZPI)
    last = add(store, HBA1C)
    with store.read() as tx:
        one, other = tx.worklist.of("tjh")
    assert (one.what, one.times, one.first, one.last) == (HBA1C, 3, first, last)
    assert (other.what, other.times, other.last) == (ZPI, 1, first)


def test_sources_are_counted_apart_and_cleared_apart(store: Store) -> None:
    add(store, HBA1C)
    add(store, ZPI, source="other")
    add(store, source="other")
    with store.begin() as tx:
        assert tx.worklist.clear("tjh") == 1
    assert counted(store) == {}
    assert counted(store, "other") == {ZPI: 1}


def test_a_source_that_sends_ever_new_codes_does_not_fill_the_store(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklist, "MOST", 3)
    add(store, HBA1C, ZPI)
    new = [HBA1C._replace(code=f"C{number}") for number in range(5)]
    add(store, *new, ZPI)
    kept = {HBA1C: 1, ZPI: 2, Lacking("local-code", "", "", ""): 5}
    assert counted(store) == kept
    add(store, HBA1C, new[0])
    assert counted(store) == {**kept, HBA1C: 2, Lacking("local-code", "", "", ""): 6}
