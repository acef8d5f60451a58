"""What a message deletes in: words of `Made.erase`; out, a resource without what they name. Pure.

``birthDate`` is an element, in whatever type it is; ``period.end`` one inside of another, ``status
"finished"`` one that has this value. Of a list, ``telecom {"use": "work"}`` are the items that say
this, ``telecom [{"use": "work"}]`` all that say none of these, ``reaction.severity`` what is inside
of each; ``link Patient/x`` is what points there, ``extension URL`` the one of that name,
``extension URL extension URL`` one inside of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mappings.runtime.state.elements import says

JSON = dict[str, Any]


def erase(resource: JSON, word: str, alternatives: Callable[[str], tuple[str, ...]]) -> None:
    """Delete what a word names; parts of the resource may be shared, and are not changed.

    `alternatives` gives an element's names in all its types: ``deceasedBoolean``,
    ``deceasedDateTime``.
    """
    path, _, target = word.partition(" ")
    outer, _, inner = path.partition(".")
    if inner and isinstance(resource.get(outer), dict):
        part = {**resource[outer]}
        erase(part, f"{inner} {target}".rstrip(), lambda one: (one,))
        _left(resource, outer, part)
    elif inner and isinstance(resource.get(outer), list):
        parts = [{**item} for item in resource[outer]]
        for part in parts:
            erase(part, f"{inner} {target}".rstrip(), lambda one: (one,))
        _left(resource, outer, [part for part in parts if part])
    elif target and not inner:
        _erase_some(resource, path, target)
    elif not inner:
        for other in alternatives(path):
            resource.pop(other, None)
            resource.pop(f"_{other}", None)


def is_named(item: Any, target: str) -> bool:
    """Whether an item of a list is one that a word's target tells: all are, if it tells none."""
    return not target or _without(item, target) is None


def _erase_some(resource: JSON, name: str, target: str) -> None:
    """Delete an element, or those items of a list, that a target tells."""
    known = resource.get(name)
    if isinstance(known, list):
        _left(resource, name, [left for item in known if (left := _without(item, target))])
    elif target[0] in '{"tf' and known is not None and says(known, json.loads(target)):
        resource.pop(name)
        resource.pop(f"_{name}", None)


def _without(item: Any, target: str) -> Any:
    """Return what is left of an item; nothing of one that a target names."""
    if target[0] == "{":
        return None if says(item, json.loads(target)) else item
    if target[0] == "[":
        return item if any(says(item, kept) for kept in json.loads(target)) else None
    named, _, more = target.partition(" ")
    if named not in (item.get("url"), _other(item)):
        return item
    left = {**item}
    if more:
        erase(left, more, lambda one: (one,))
    return left if more and left.keys() - {"url"} else None


def _other(link: JSON) -> Any:
    """Return what another record of the same is called."""
    return link.get("type") == "seealso" and link.get("other", {}).get("reference")


def _left(resource: JSON, name: str, value: Any) -> None:
    if value:
        resource[name] = value
    else:
        resource.pop(name, None)
