"""The order of results: visible resources in, keys that are equal for no two of them out.

Without ``_sort`` results come by id, which never changes, so that a page never repeats or skips one
that stayed. Resources without the element come last, in either direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from gateway import dates
from gateway.disclosure.search.elements import leaves
from gateway.disclosure.search.query import Sort

Key = list[Any]


def key_of(resource: dict[str, Any], sort: Sequence[Sort], zone: tzinfo) -> Key:
    """Return a resource's place: JSON values that compare as the order asks for."""
    key: Key = []
    for parameter, descending in sort:
        if parameter.name == "_id":
            key += [0, _reversed(resource["id"]) if descending else resource["id"]]
            continue
        ranges = [
            found
            for path in parameter.paths
            for leaf in leaves(resource, path)
            if (found := dates.element_range(leaf, zone)) is not None
        ]
        ends = [_ends(one) for one in ranges]
        if not ends:
            key += [1, 0]
        elif descending:
            key += [0, -max(high for _, high in ends)]
        else:
            key += [0, min(low for low, _ in ends)]
    key.append(resource["id"])
    return key


def _ends(found: dates.Range) -> tuple[int, int]:
    """Return both ends, an open one standing where the other is."""
    low = found.low if found.low is not None else found.high
    high = found.high if found.high is not None else found.low
    return low or 0, high or 0


def _reversed(text: str) -> list[int]:
    """Return a key that orders texts of the same alphabet the other way round."""
    return [-ord(character) for character in text] + [1]
