"""Where the patient of a visit was: the places that are known and those said now, in; all, out.

A message names the place where the patient is, and seldom the one left. An event that takes the
patient somewhere (an admission, a transfer) says since when (``period.start``): the place where he
was until then is left, and stays, with both times. An update or a cancellation says no such time:
what it names is where he is, and takes the place of what was said wrongly. Pure.

Such an event that comes late was sent before what is known: he was there until he came to the next
place. If another one that came in time said where he is, and not since when, that stands.

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


def been(known: JSON, said: JSON) -> JSON:
    """Return a visit with the places to which an event that comes late took the patient.

    Parameters
    ----------
    known, said : dict
        The visit as it is, and what the message says of it; neither is changed. What is none stays
        as it is.
    """
    visited = known["resourceType"] == "Encounter" and "location" in known
    if not visited or known.get("status") not in {*_HERE, "finished"}:
        return known
    places: list[JSON] = known["location"]
    over = known.get("period", {}).get("end", "") if known["status"] == "finished" else ""
    for one in said.get("location", ()):
        if _is(one, "active") and _start(one):
            places = _been(places, one, over)
    return known if places is known["location"] else {**known, "location": places}


def _been(places: list[JSON], place: JSON, over: str) -> list[JSON]:
    """Return places, the last first, with one more, in which the patient has been since a time."""
    since = _start(place)
    all_ = [one for one in places if _is(one, "active") or _is(one, "completed")]
    if any(_start(one) == since for one in all_) or (over and not is_after(over, since)):
        return places
    next_ = _first([_start(one) for one in all_ if is_after(_start(one), since)])
    named = (one for one in all_ if _named(one) == _named(place) and not _start(one))
    known = next((one for one in named if _may_begin(one, since, next_)), None)
    if known is not None:
        whole = {**known, "period": {"start": since, **known.get("period", {})}}
        whole = ended(whole, next_ or over) if _is(known, "completed") else whole
    elif next_ or not any(_is(one, "active") or _is_until(one, since) for one in all_):
        whole = ended(place, next_ or (over if all(map(_start, all_)) else ""))
    else:
        return places  # where he was afterwards was told, and not since when
    others = [_left_by(one, since) if one in all_ else one for one in places if one is not known]
    older = [bool(_start(one)) and is_after(since, _start(one)) for one in others]
    at = older.index(True) if True in older else len(others)
    return [*others[:at], whole, *others[at:]]


def _may_begin(place: JSON, since: str, next_: str) -> bool:
    """Whether a place of which only the end may be known is the one between two times."""
    end = _end(place)
    before = not next_ or (bool(end) and not is_after(end, next_))
    return before and not is_after(since, end or since)


def _is_until(place: JSON, since: str) -> bool:
    """Whether the patient was in a place from before a time until after it."""
    return bool(_start(place)) and is_after(_end(place), since)


def _left_by(place: JSON, end: str) -> JSON:
    """Return a place as it was left when the patient came to another one, if he was there."""
    start, left = _start(place), _end(place)
    if not (start and is_after(end, start)) or (left and not is_after(left, end)):
        return place
    return ended(_without_end(place), end)


def _first(times: list[str]) -> str:
    """Return the first of some times; "" if there are none."""
    return next((one for one in times if not any(is_after(one, other) for other in times)), "")


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


def _end(place: JSON) -> str:
    return str(place.get("period", {}).get("end", ""))


def _named(place: JSON) -> object:
    return place.get("location", {}).get("reference")


def _later(one: str, other: str) -> bool:
    return not other or is_after(one, other)


def _without(place: JSON, name: str) -> JSON:
    return {other: value for other, value in place.items() if other != name}
