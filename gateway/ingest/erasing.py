"""What a message deletes in: words of `Made.erase`; out, a resource without what they name. Pure.

``birthDate`` is an element, in whatever type it is; ``period.end`` one inside of another;
``link Patient/x`` an item of a list that points there, ``extension URL`` the one of that name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

JSON = dict[str, Any]


def erase(resource: JSON, word: str, alternatives: Callable[[str], tuple[str, ...]]) -> None:
    """Delete what a word names; parts of the resource may be shared, and are not changed.

    `alternatives` gives an element's names in all its types: ``deceasedBoolean``,
    ``deceasedDateTime``.
    """
    name, _, target = word.partition(" ")
    outer, _, inner = name.partition(".")
    if target:
        _left(resource, name, [each for each in resource.get(name, ()) if not _is(each, target)])
    elif inner and isinstance(resource.get(outer), dict):
        part = {**resource[outer]}
        erase(part, inner, lambda one: (one,))
        _left(resource, outer, part)
    elif not inner:
        for other in alternatives(name):
            resource.pop(other, None)
            resource.pop(f"_{other}", None)


def _is(item: JSON, target: str) -> bool:
    """Whether an item of a list is the extension, or another record of the same, that is named."""
    reference = item.get("type") == "seealso" and item.get("other", {}).get("reference")
    return target in (item.get("url"), reference)


def _left(resource: JSON, name: str, value: Any) -> None:
    if value:
        resource[name] = value
    else:
        resource.pop(name, None)
