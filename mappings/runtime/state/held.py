"""Long lists: an item in, the one that is in the list already out, without looking at each.

To compare an item with all before it costs little where there are a few, and hours where a sender
repeats a field a hundred thousand times. So of a list that has become long it is remembered what
it holds, as long as its message is read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from mappings import exact
from mappings.runtime.types import JSON

MANY = 32  # items: to look at fewer costs less than to remember them

Key = Callable[[Any], Hashable]


def whole(item: Any) -> bytes:
    """Return a key that equal items have in common."""
    return exact.dumps(item, sort=True)


def number_of(identifier: JSON) -> tuple[Any, Any]:
    """Return a key that identifiers of one number have in common."""
    return identifier.get("system"), identifier.get("value")


class Held:
    """What a list holds. Whoever appends to the list need not say so."""

    def __init__(self, items: list[Any], key: Key) -> None:
        self._items, self._key = items, key  # while it is kept here, no other list has its id
        self._found: dict[Hashable, Any] = {}
        self._read = 0

    def find(self, item: Any) -> Any:
        """Return the first item of the same key; None if there is none."""
        key, found = self._key, self._found
        for number in range(self._read, len(self._items)):
            each = self._items[number]
            found.setdefault(key(each), each)
        self._read = len(self._items)
        return found.get(key(item))


Long = dict[tuple[int, Key], Held]  # the long lists of a message


def held(long: Long, items: list[Any], key: Key) -> Held:
    """Return what a list holds."""
    found = long.get((id(items), key))
    if found is None:
        found = long[id(items), key] = Held(items, key)
    return found


def joined(long: Long, items: list[Any], more: list[Any]) -> list[Any]:
    """Return a list with the items of another one that it has not: a copy, unless `long` has it.

    What is not known there may be shared with other messages.
    """
    if (id(items), whole) not in long:
        items = [*items]
    there = held(long, items, whole)
    for each in more:
        if there.find(each) is None:
            items.append(each)
    return items
