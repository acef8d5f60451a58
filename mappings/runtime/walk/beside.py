"""Things of one type that several segments of a group tell of, and that are the same: joined.

OBR told of the specimen before SPM did (2.5), and senders fill both; a participant tells who took
it. Those of SPM, in the group of the order or else around it, are then the ones that are meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mappings.runtime.state.elements import says
from mappings.runtime.types import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mappings.runtime.plan import Shape
    from mappings.runtime.state.context import Context
    from mappings.runtime.walk.scopes import Scope, Slot


def join(slot: Slot, shape: Shape, slots: Sequence[Slot], context: Context) -> None:
    """Give what a resource (of a map that ``joins``) says, and others near do not, to those.

    It is empty then; it stays if there are none. What they say otherwise is found.
    """
    others = _near(slot, slots)
    if not others:
        return
    several = len(others) > 1
    lost = set().union(*(_given(slot.resource, each.resource, shape, several) for each in others))
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


def _given(mine: JSON, other: JSON, shape: Shape, several: bool) -> Iterator[str]:
    """Put what another one lacks into it; yield the elements that it says otherwise.

    Of `several` others nobody says whose an amount is.
    """
    for name, value in mine.items():
        if name in shape.parts:
            theirs = {**other.get(name, {})}
            inner = _given(value, theirs, shape.parts[name], several)
            yield from (f"{name}.{part}" for part in inner)
            if theirs:
                other[name] = theirs
        elif name in shape.lists:
            known = other.get(name, [])
            other[name] = known + [each for each in value if each not in known]
        elif several and name in shape.amounts:
            yield name
        elif taken := [other[each] for each in _of_choice(name, shape) if each in other]:
            if not any(_is_said(each, value) or _share_a_moment(each, value) for each in taken):
                yield name
        else:
            other[name] = value


def _of_choice(name: str, shape: Shape) -> list[str]:
    """Return the elements of which an object has one, for one of them."""
    choice = shape.choices.get(name)
    return [each for each, of in shape.choices.items() if of == choice] if choice else [name]


def _share_a_moment(one: object, other: object) -> bool:
    """Whether a time, or a period, begins or ends when another does."""
    return not _moments(one).isdisjoint(_moments(other))


def _moments(time: object) -> set[object]:
    return (
        {time[name] for name in ("start", "end") if name in time}
        if isinstance(time, dict)
        else {time}
    )


def _is_said(known: object, said: object) -> bool:
    """Whether what is known says as much, or has one of the same codes."""
    if isinstance(known, dict) and isinstance(said, dict) and "coding" in known:
        codes = [
            {(each.get("system"), each.get("code")) for each in concept.get("coding", ())}
            for concept in (known, said)
        ]
        return not codes[0].isdisjoint(codes[1])
    return says(known, said)
