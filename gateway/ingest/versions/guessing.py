"""What nobody has told: a resource as it is known and as a message has it in; the names, out.

A message lets assume more than it says: that an order which something was given for is active, that
a visit which something was measured in goes on. Known alone, such a word does no harm, for whoever
tells takes its place. But beside another resource that turns out to be the same one, it must not
undo what was told there: so its name is kept with the resource. A message that comes late tells it,
too: what was stopped before it was ordered is of the drug that was ordered. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gateway.ingest.sending import deleted, guessed, noted
from gateway.ingest.versions.states import STATES
from gateway.ingest.versions.update import OPENED, alternatives, definition_of, holds
from mappings.translate import Made

JSON = dict[str, Any]
_ALWAYS = frozenset({"id", "meta", "resourceType", "subject"})  # nobody doubts them
_OF_REQUEST = frozenset({"intent", "status"})


def guesses_after(
    told: bytes, known: JSON, made: Made, *, beneath: bool, mentioned: Collection[str] = ()
) -> set[str]:
    """Return the names of what nobody has told of a resource, after a message spoke of it.

    Parameters
    ----------
    told
        What the resource kept before.
    known
        The resource as it was; ``{}`` of a new one.
    made
        What the message says.
    beneath
        Whether it changes nothing that is known.
    mentioned
        What it only mentions.
    """
    before, doubted = guessed(told), {*made.weak, *mentioned}
    if not before and not doubted:
        return before
    names = made.resource.keys() - _ALWAYS
    new = {name for name in names if _is_open(known, made.resource["resourceType"], name)}
    sure = names - doubted
    told_now = (sure & new) | yielding(told, known, made, mentioned) if beneath else sure
    return (before - told_now) | (new & doubted)


def yielding(told: bytes, known: JSON, made: Made, mentioned: Collection[str] = ()) -> set[str]:
    """Return the names of what nobody has told of a resource until now, when a late message does.

    The arguments are those of `guesses_after`. A state is told otherwise
    (`gateway.ingest.versions.states`), and what has parts, part by part.
    """
    type_ = made.resource["resourceType"]
    sure = made.resource.keys() - {*made.weak, *mentioned}
    state = STATES.get(type_)
    barred = {*_ALWAYS, *_OF_REQUEST, *(state.told_by + state.hanging if state else ())}
    return {
        name for name in guessed(told) - barred
        if _is_whole(type_, name, known) and not sure.isdisjoint(alternatives(type_, name))
    }  # fmt: skip


def _is_whole(type_: str, name: str, known: JSON) -> bool:
    element = definition_of(type_, name)
    listed = isinstance(known.get(name), list)
    return element is not None and element.type not in OPENED and not listed


def told_surely(told: bytes, known: JSON, names: Collection[str]) -> bytes:
    """Return what a resource keeps, if some names are as good as told, or as deleted."""
    if not names:
        return told
    gone = {*deleted(told), *(name for name in names if name not in known)}
    return noted(told, known["resourceType"], None, gone, guessed(told).difference(names))


def guesses_of_both(one: tuple[JSON, set[str]], other: tuple[JSON, set[str]]) -> set[str]:
    """Return the names of what nobody has told of two resources that are one.

    Parameters
    ----------
    one, other : tuple
        Each resource, with the names of what nobody has told of it.
    """
    sure = {name for known, guesses in (one, other) for name in known.keys() - guesses}
    return (one[1] | other[1]) - sure


def _is_open(known: JSON, type_: str, name: str) -> bool:
    """Whether an element is not known; that a state is unknown is nothing to know."""
    if name == "status" and known.get(name) == "unknown":
        return True
    return not holds(known, type_, name)
