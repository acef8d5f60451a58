"""Unwrapped data keys kept in memory: an id in, the key or None out.

Bounded in number and in age: a compartment destroyed by another process is forgotten here within
`seconds`, although its rows are gone from the store at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from time import monotonic
from typing import NamedTuple

from gateway.keys import DataKey


class OpenCompartment(NamedTuple):
    """A compartment whose key is unwrapped."""

    key: DataKey
    tenant: str


class KeyCache:
    """A least-recently-used cache of open compartments; safe between threads."""

    def __init__(
        self, size: int = 20_000, seconds: float = 300.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._size = size
        self._seconds = seconds
        self._clock = clock
        self._entries: OrderedDict[str, tuple[float, OpenCompartment]] = OrderedDict()
        self._lock = Lock()

    def get(self, compartment: str) -> OpenCompartment | None:
        """Return the open compartment, unless it is unknown or stale."""
        with self._lock:
            entry = self._entries.get(compartment)
            if entry is None:
                return None
            if entry[0] < self._clock():
                del self._entries[compartment]
                return None
            self._entries.move_to_end(compartment)
            return entry[1]

    def put(self, opened: Mapping[str, OpenCompartment]) -> None:
        """Remember open compartments, forgetting the least used."""
        until = self._clock() + self._seconds
        with self._lock:
            for compartment, entry in opened.items():
                self._entries[compartment] = (until, entry)
                self._entries.move_to_end(compartment)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def forget(self, compartments: Iterable[str]) -> None:
        """Drop compartments' keys."""
        with self._lock:
            for compartment in compartments:
                self._entries.pop(compartment, None)
