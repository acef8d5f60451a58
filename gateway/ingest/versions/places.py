"""Where the patient of a visit was: the places that are known and those said now, in; all, out.

A message names the place where the patient is, and seldom the one left. An event that takes the
patient somewhere (an admission, a transfer) says since when (``period.start``): the place where he
was until then is left, and stays, with both times. An update or a cancellation says no such time:
what it names is where he is, and takes the place of what was said wrongly. Pure.

So it is with the class of the visit (R4, Encounter.classHistory): an emergency that is admitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mappings.runtime.text.primitives import is_after

JSON = dict[str, Any]

_HERE = frozenset({"arrived", "in-progress", "onleave", "triaged"})
_NOBODY_KNOWS = "UNK"


def followed(known: JSON, said: JSON, *, again: bool) -> JSON:
    """Return what is said of a visit, with all places that it had, and the classes.

    Parameters
    ----------
    known, said : dict
        The visit as it was, and what a message says, with ``location``; neither is changed.
    again : bool
        Whether a visit that was over goes on: then nobody left a place by its end.
    """
    before: list[JSON] = list(known.get("location", ()))
    places: list[JSON] = said["location"]
    since = next((start for one in places if _is(one, "active") and (start := _start(one))), "")
    moved = bool(since)
    if moved and not all(_later(since, _start(one)) for one in _leaving(before, places)):
        # It tells when the visit began, not when the patient came here.
        places, since = [_without(one, "period") for one in places], ""
    end = since or said.get("period", {}).get("end", "")
    now = [_said_again(one, _taken(before, one, moved=moved), end) for one in places]
    if again:
        over = known.get("period", {}).get("end", "")
        before = [one for one in before if not _is(one, "completed") or _left(one, over)]
    left = [one for one in before if _is(one, "completed")]
    leaving = [ended(one, end) for one in before if _is(one, "active")] if moved else []
    if all(_is(one, "completed") for one in now):  # he is gone, from where nobody said he had come
        leaving = [{**one, "status": "completed"} for one in before if _is(one, "active")]
        now = [ended(one, end) for one in now] if leaving else now
    return {**said, "location": [*now, *leaving, *left], **_classes(known, said, since)}


def ended(place: JSON, end: str) -> JSON:
    """Return a place that the patient has left, with the time if it can be that one."""
    period = place.get("period", {})
    if end and "end" not in period and _later(end, _start(place)):
        period = {**period, "end": end}
    return {**place, "status": "completed", **({"period": period} if period else {})}


def put_right(known: JSON, said: JSON) -> JSON:
    """Return a visit that is over, its last places left when it is said to have ended now."""
    over, end = (one.get("period", {}).get("end", "") for one in (known, said))
    if not over or not end or over == end or "location" not in known:
        return known
    places = [
        ended(_without_end(one), end) if one.get("period", {}).get("end") == over else one
        for one in known["location"]
    ]  # fmt: skip
    return {**known, "location": places}


def _without_end(place: JSON) -> JSON:
    period = {name: time for name, time in place["period"].items() if name != "end"}
    bare = _without(place, "period")
    return {**bare, "period": period} if period else bare


def _left(place: JSON, over: str) -> bool:
    """Whether a place was left before the visit was said to be over."""
    end = place.get("period", {}).get("end", "")
    return bool(end and over and is_after(over, end))


def _leaving(known: Sequence[JSON], said: Sequence[JSON]) -> list[JSON]:
    """Return the places where the patient is known to be, and is not said to be."""
    here = {_named(one) for one in said if _is(one, "active")}
    return [one for one in known if _is(one, "active") and _named(one) not in here]


def _taken(before: list[JSON], place: JSON, *, moved: bool) -> JSON | None:
    """Take out of the places that are known the one that a place is, which is said now."""
    states = ["active"]
    if _is(place, "completed") or (_is(place, "active") and not moved):
        states.append("completed")  # who comes back by a move was there before, too
    for state in states:
        for old in reversed(before):
            if _is(old, state) and _named(old) == _named(place):
                before.remove(old)
                return old
    return None


def _said_again(place: JSON, old: JSON | None, end: str) -> JSON:
    """Return a place with the time since when the patient has been known to be there."""
    if old is None or not (_is(place, "active") or _is(place, "completed")):
        return place
    period = {**place.get("period", {}), **old.get("period", {})}
    if _is(place, "active") or is_after(period.get("start", ""), period.get("end", "")):
        period.pop("end", None)
    bare = _without(place, "period")
    whole = {**bare, "period": period} if period else bare
    return ended(whole, end) if _is(place, "completed") and _is(old, "active") else whole


def _classes(known: JSON, said: JSON, since: str) -> JSON:
    """Return ``classHistory``, where the class of a visit that has begun is another one now."""
    old, new = known.get("class", {}), said.get("class", {})
    codes = {old.get("code"), new.get("code")}
    if len(codes) == 1 or not codes.isdisjoint({None, _NOBODY_KNOWS}):
        return {}
    history = known.get("classHistory", [])
    start = history[-1]["period"]["end"] if history else known.get("period", {}).get("start", "")
    if known.get("status") not in _HERE or not (since and _later(since, start)):
        return {}
    period = {"start": start, "end": since} if start else {"end": since}
    return {"classHistory": [*history, {"class": old, "period": period}]}


def _is(place: JSON, status: str) -> bool:
    return bool(place.get("status") == status)


def _start(place: JSON) -> str:
    return str(place.get("period", {}).get("start", ""))


def _named(place: JSON) -> object:
    return place.get("location", {}).get("reference")


def _later(one: str, other: str) -> bool:
    return not other or is_after(one, other)


def _without(place: JSON, name: str) -> JSON:
    return {other: value for other, value in place.items() if other != name}
