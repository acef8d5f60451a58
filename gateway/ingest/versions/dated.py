"""When each element of a resource was told: a message and what is kept, in; what it may tell, out.

What comes late was written before what its sender told of the resource last, but not before all of
it: the cancellation of an order says nothing of the dose, which the change before it had told. So
beside the time at which a sender last spoke of a resource (`gateway.ingest.sending`) stand, in
lines, the elements that he or others told before that and not since, and when. Such an element a
late message tells if it was written after that.

A line names a sender, a time of his clock, and the elements that he told then. What no line names
was told by whoever spoke last: the only sender who ever has, or the one whom a line without a time
names. Mentions (`gateway.ingest.sending.is_mention`) tell only what they do not merely fill. What
identifies a thing or joins it to others, its state and what hangs on that, its labels, and where a
patient is, have rules of their own. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from gateway.ingest.sending import Sent, dates, times
from gateway.ingest.versions.states import STATES
from gateway.ingest.versions.update import alternatives
from mappings.translate import Made

JSON = dict[str, Any]
_BY, _AT = 14, 16  # hexadecimal digits
_NOBODY = bytes(7)
_RULED = frozenset(
    {
        "basedOn", "class", "classHistory", "context", "encounter", "id", "identifier", "intent",
        "link", "location", "meta", "partOf", "patient", "period", "resourceType", "securityLabel",
        "status", "statusHistory", "subject",
    }
)  # fmt: skip
_DECIDED = frozenset({"Consent"})  # it has a time of its own (`gateway.ingest.versions.deciding`)
_Told = tuple[bytes, int]  # by whom, and when


def only_late(told: bytes, made: Made, message: Sent | None) -> set[str]:
    """Return the names of what a late message tells though others were told of the resource since.

    Its sender told them before he wrote it, and nobody has since.
    """
    type_ = made.resource["resourceType"]
    if message is None or made.replace or type_ in _DECIDED or "id" in made.weak:  # it moves
        return set()
    _, lines = _read(told, times(told))
    open_ = {
        name for name, (by, at) in lines.items() if by == message.by and 0 < at < message.at
    }  # fmt: skip
    return {
        name for name in _tells(made) if not open_.isdisjoint(alternatives(type_, name))
    } if open_ else open_  # fmt: skip


def part_of(made: Made, names: Collection[str]) -> Made:
    """Return what a message says of some elements of a resource."""
    said = {name: value for name, value in made.resource.items() if name.lstrip("_") in names}
    said["resourceType"] = made.resource["resourceType"]
    erase = tuple(word for word in made.erase if top(word) in names)
    return made._replace(resource=said, erase=erase, weak=())


def dates_after(
    told: bytes,
    gone: Collection[str],
    known: JSON,
    made: Made,
    message: Sent,
    *,
    late: bool,
    mere: set[str] | None,
) -> list[str] | None:
    """Return the lines that a resource keeps after a message spoke of it; None: those it has.

    Parameters
    ----------
    told, gone
        What it kept before, and the words for what is deleted among that.
    known
        The resource as it was; ``{}`` of a new one.
    late
        Whether what is known was said after the message.
    mere
        What it only fills, if it only mentions the resource.
    """
    type_, senders = made.resource["resourceType"], times(told)
    if not late and mere is None:
        left = _untold(known, made, gone)
        if not left:
            return _lines(message.by, {}, {*senders, message.by})
        last, lines = _read(told, senders)
        before = last, senders.get(last, 0)
        lines = {name: lines.get(name, before) for name in left}
        return _lines(message.by, lines, {*senders, message.by})
    if mere is None:
        again = only_late(told, made, message) | _new(known, made, gone)
    else:
        again = set() if late else made.resource.keys() - mere
        again = again.difference(made.weak, _ruled(type_)) if again else again
    if not again and (message.by in senders or len(senders) > 1):
        return None
    last, lines = _read(told, senders)
    others = {other for name in again for other in alternatives(type_, name)}
    lines = {name: by for name, by in lines.items() if name not in others}
    lines |= dict.fromkeys(again, (message.by, message.at))
    return _lines(last, lines, {*senders, message.by})


def _new(known: JSON, made: Made, gone: Iterable[str]) -> set[str]:
    """Return the names of what a message tells that is neither known nor deleted."""
    there, type_ = {*known, *map(top, gone)}, made.resource["resourceType"]
    return {name for name in _tells(made) if there.isdisjoint(alternatives(type_, name))}


def _untold(known: JSON, made: Made, gone: Iterable[str]) -> set[str]:
    """Return the names of what is known, or deleted, of which a message tells nothing."""
    type_, left = made.resource["resourceType"], known.keys() - made.resource.keys()
    if not (left or made.weak or gone):
        return left
    left |= known.keys() & {*made.weak}
    left = {name.lstrip("_") for name in left}.union(map(top, gone)) - _ruled(type_)
    told = _tells(made) if left else left
    return {name for name in left if told.isdisjoint(alternatives(type_, name))}


def top(word: str) -> str:
    """Return the element that a word (`gateway.ingest.versions.erasing`) names, or a part of."""
    return word.partition(" ")[0].partition(".")[0].lstrip("_")


def _tells(made: Made) -> set[str]:
    """Return the names of what a message tells of a resource, and does not only assume."""
    names = {name.lstrip("_") for name in made.resource}
    return (names.difference(made.weak) | {*map(top, made.erase)}) - _ruled(
        made.resource["resourceType"]
    )


@lru_cache
def _ruled(type_: str) -> frozenset[str]:
    """Return the names of elements of which other rules say what a late message tells."""
    state = STATES.get(type_)
    return _RULED.union(map(top, state.told_by + state.hanging) if state else ())


def _read(told: bytes, senders: Collection[bytes]) -> tuple[bytes, dict[str, _Told]]:
    """Return who spoke last of a resource, and by whom, and when, elements were told before."""
    last = next(iter(senders)) if len(senders) == 1 else _NOBODY
    lines: dict[str, _Told] = {}
    for line in dates(told):
        mark, *names = line.split(" ")
        by = bytes.fromhex(mark[:_BY])
        if names:
            lines |= dict.fromkeys(names, (by, int(mark[_BY:], 16)))
        else:
            last = by
    return last, lines


def _lines(last: bytes, lines: dict[str, _Told], senders: set[bytes]) -> list[str]:
    """Return what `_read` reads, of a resource of which these senders have spoken."""
    known = [] if senders == {last} else [last.hex()]
    for by, at in sorted({*lines.values()}):
        names = sorted(name for name, one in lines.items() if one == (by, at))
        known.append(" ".join((f"{by.hex()}{at:0{_AT}x}", *names)))
    return known
