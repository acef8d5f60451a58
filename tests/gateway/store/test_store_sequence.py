import threading
import time
from concurrent.futures import ThreadPoolExecutor

from gateway.store import NewCompartment
from gateway.store.caching import KeyCache, OpenCompartment


def test_numbers_are_committed_in_their_order(store):
    committed = []
    barrier = threading.Barrier(4)

    def write(worker):
        barrier.wait()
        for _ in range(5):
            with store.begin() as tx:
                number = tx.sequence()
                assert tx.sequence() == number
                time.sleep(0.002)
                committed.append(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert committed == sorted(committed)
    assert len(set(committed)) == 20


def test_one_compartment_has_one_key_whoever_makes_it(store):
    barrier = threading.Barrier(4)
    specs = [NewCompartment(letter * 16, "default", "patient", "tjh") for letter in "abc"]

    def make(worker):
        barrier.wait()
        with store.begin() as tx:
            tx.compartments.ensure(specs if worker % 2 else specs[::-1])
            return tx.compartments.key("a" * 16).seal(b"x", b"")

    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(make, range(4)))
    with store.read() as tx:
        assert [tx.compartments.key("a" * 16).open(value, b"") for value in sealed] == [b"x"] * 4


def test_the_key_cache_is_bounded_in_number_and_age():
    now = [0.0]
    cache = KeyCache(size=2, seconds=10, clock=lambda: now[0])
    entries = {name: OpenCompartment(None, name) for name in "abc"}
    cache.put({"a": entries["a"], "b": entries["b"]})
    assert cache.get("a") is entries["a"]
    cache.put({"c": entries["c"]})
    assert cache.get("b") is None
    cache.forget(["c", "nosuch"])
    assert cache.get("c") is None
    now[0] = 11
    assert cache.get("a") is None
