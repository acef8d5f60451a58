"""Places said less exactly than they are known: a visit and what is said of it in; the same, out.

A ward says less than the bed in it where the patient is known to be: it does not take that one's
place, as a partial date does not. So the bed stands for the ward, unless the message tells that he
came to the ward later than to the bed. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gateway.ingest.pipeline import Said
from gateway.store import Key, compartment_of
from mappings.runtime.text.primitives import is_after
from mappings.translate import Made

JSON = dict[str, Any]
_LEFT = frozenset({"completed", "reserved"})


def exact(known: JSON, said: Said, made: Made, look: Callable[[Key], JSON]) -> Made:
    """Return what a message says of a visit, with places as exactly as they are known.

    Parameters
    ----------
    known : dict
        The visit as it was; it is not changed. What is no visit stays as it is said.
    look : callable
        The key of a resource → that one, {} if it is not known.
    """
    before = known.get("location", ()) if known["resourceType"] == "Encounter" else ()
    places = made.resource.get("location", ()) if before else ()
    names = {_key(one) for one in before}
    if all(_key(one) in names for one in places):
        return made
    told = {one.resource["id"]: one.resource for one in said.made if one.home == "directory"}
    others = [one for one in before if _key(one) not in {_key(each) for each in places}]
    here = sorted(others, key=lambda one: one.get("status") in _LEFT)
    found = []
    for one in places:
        larger = told.get(_key(one).id, {}) if _key(one) not in names else {}
        inner = (old for old in here if larger and not _has_come(one, old))
        most = next((old for old in inner if _is_in(look(_key(old)), larger)), None)
        found.append(one if most is None else _at(one, most))
    return made._replace(resource={**made.resource, "location": found})


def _key(place: JSON) -> Key:
    id_ = str(place["location"].get("reference", "")).partition("/")[2]
    return Key(compartment_of(id_), "Location", id_)


def _has_come(said: JSON, known: JSON) -> bool:
    """Whether the patient came to a place after he had come to another one."""
    start, since = (one.get("period", {}).get("start", "") for one in (said, known))
    return bool(start) and (not since or is_after(start, since))


def _at(said: JSON, known: JSON) -> JSON:
    left = {name: value for name, value in said.items() if name != "period"}
    end = {name: time for name, time in said.get("period", {}).items() if name == "end"}
    return {**left, "location": known["location"], **({"period": end} if end else {})}


def _is_in(place: JSON, larger: JSON) -> bool:
    """Whether a place is a part of one: of its levels (ward, room, bed …), it has all that has."""
    numbers = {*_numbers(place)}
    return any(
        system == other and levels != most
        and all(not one or one == each for one, each in zip(most, levels, strict=False))
        and len(most) <= len(levels)
        for other, most in _numbers(larger) for system, levels in numbers
    )  # fmt: skip


def _numbers(place: JSON) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the numbers of a place, each by its system, as the levels that it names."""
    for identifier in place.get("identifier", ()):
        yield identifier.get("system", ""), tuple(identifier.get("value", "").split("^"))
