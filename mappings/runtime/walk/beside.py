"""What an order says of a specimen, and the specimens that segments of their own tell of: joined.

OBR told of the specimen before SPM did (2.5), and senders fill both; a participant tells who took
it. Those of SPM, in the group of the order or else around it, are then the ones that are meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mappings.runtime.state.elements import says
from mappings.runtime.types import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mappings.runtime.state.context import Context
    from mappings.runtime.walk.scopes import Scope, Slot

#: An element of several parts: each of them may be what is not said elsewhere
_WHOLE = "collection"
#: Its choice of times: of one thing R4 takes one of them
_TIMES = "collected"
#: How much there is; of several specimens nobody says whose amount it is
_AMOUNT = "quantity"
#: Lists to which each segment adds
_LISTS = frozenset({"identifier", "note"})


def join(slot: Slot, slots: Sequence[Slot], context: Context) -> None:
    """Give what a resource says, and others near it do not, to those, and empty it.

    It stays if there are none. What they say otherwise is found.
    """
    others = _near(slot, slots)
    if not others:
        return
    lost = set().union(*(_given(slot.resource, other.resource, len(others)) for other in others))
    context.segment, context.ordinal = slot.at[0]
    for field, words in slot.mention.facts.erases.items():
        if lost.intersection(word.split(" ")[0].partition("[")[0] for word in words):
            context.say("information", "already-filled", field)
    for other in others:
        other.erased += slot.erased
    if context.explained is not None:
        was, now = id(slot.resource), id(others[0].resource)
        context.explained[:] = [
            trace._replace(of=now) if trace.of == was else trace for trace in context.explained
        ]
    slot.resource.clear()
    slot.erased = ()


def _near(slot: Slot, slots: Sequence[Slot]) -> list[Slot]:
    """Return what other maps make of its type: in its group, or else the nearest around it."""
    others = [
        other for other in slots
        if other.mention.type == slot.mention.type and not other.mention.gives
        and len(other.resource) > 1
    ]  # fmt: skip
    if not others:
        return []
    within = [other for other in others if _is_within(other, slot)]
    scope: Scope | None = slot.scope
    while not within and scope is not None:
        within = [other for other in others if scope.slots.get(slot.mention.name) is other]
        scope = scope.parent
    return within


def _is_within(other: Slot, slot: Slot) -> bool:
    """Whether something stands in the group of another thing, or in one within that."""
    scope = other.scope
    while scope.slots is not slot.scope.slots:
        if scope.parent is None:
            return False
        scope = scope.parent
    return True


def _given(mine: JSON, other: JSON, several: int) -> Iterator[str]:
    """Put what another one lacks into it; yield the elements that it says otherwise."""
    for name, value in mine.items():
        if name == _WHOLE:
            theirs = {**other.get(name, {})}
            yield from (f"{name}.{part}" for part in _collected(value, theirs, several))
            if theirs:
                other[name] = theirs
        elif name in _LISTS:
            known = other.get(name, [])
            other[name] = known + [each for each in value if each not in known]
        elif not _is_said(other.setdefault(name, value), value):
            yield name


def _collected(mine: JSON, theirs: JSON, several: int) -> Iterator[str]:
    """As `_given`, of the parts of how a specimen was taken."""
    times = {name: value for name, value in theirs.items() if name.startswith(_TIMES)}
    for part, said in mine.items():
        if part == _AMOUNT and several > 1:
            yield part
        elif times and part.startswith(_TIMES):
            if _moments({part: said}).isdisjoint(_moments(times)):
                yield part
        elif not _is_said(theirs.setdefault(part, said), said):
            yield part


def _moments(times: JSON) -> set[str]:
    """Return the moments of a time, and of a period."""
    parts = (each.values() if isinstance(each, dict) else (each,) for each in times.values())
    return {moment for part in parts for moment in part}


def _is_said(known: object, said: object) -> bool:
    """Whether what is known says as much, or has one of the same codes."""
    if isinstance(known, dict) and isinstance(said, dict) and "coding" in known:
        codes = [
            {(each.get("system"), each.get("code")) for each in concept.get("coding", ())}
            for concept in (known, said)
        ]
        return not codes[0].isdisjoint(codes[1])
    return says(known, said)
