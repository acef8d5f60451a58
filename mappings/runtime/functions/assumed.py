"""What a field suggests (``default``) in; found, where a later segment says it otherwise."""

from __future__ import annotations

from typing import Any, NamedTuple

from mappings.runtime.state.context import Context
from mappings.runtime.state.elements import says
from mappings.runtime.types import JSON, Location


class Guess(NamedTuple):
    """An element that a field suggests: where that stands, and what else carries it."""

    resource: JSON
    name: str
    value: Any
    segment: str
    ordinal: int
    location: Location
    carriers: tuple[str, ...]


def assume(
    context: Context,
    resource: JSON,
    name: str,
    value: Any,
    location: Location,
    carriers: tuple[str, ...],
) -> None:
    """Note that an element of a resource is what a field suggests.

    `carriers` are the resources for which other maps of the segment carry the field.
    """
    here = context.segment, context.ordinal
    guess = Guess(resource, name, value, *here, location, carriers)
    context.guesses.setdefault((id(resource), name), []).append(guess)


def outdo(context: Context, resource: JSON, name: str, value: Any) -> None:
    """Find what was suggested of an element, if another value takes its place."""
    guesses = context.guesses.get((id(resource), name))
    if not guesses:
        return
    guess = guesses.pop(0)
    if not says(value, guess.value) and not any(map(context.scope.find, guess.carriers)):
        here = context.segment, context.ordinal
        context.segment, context.ordinal = guess.segment, guess.ordinal
        context.say("information", "already-filled", guess.location)
        context.segment, context.ordinal = here
