"""Finished resources in; which row let each refer to another, out (``--explain``).

A reference between the resources of a message is made by no field, but by a structure
(``DiagnosticReport.result[] <- Observation``) or by `links`: it is told of the segment that made
what refers, or what is referred to. What R4 asks for beside an element is told of the row of that
one. Of what does not stand in the end nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mappings.runtime.state.context import Context
from mappings.runtime.state.fitting import ASKED_FOR, fit
from mappings.runtime.types import JSON, Made, Trace, Use

if TYPE_CHECKING:
    from mappings.runtime.plan import Tie
    from mappings.runtime.walk.scopes import Slot


def tell_references(
    slots: Iterable[Slot], links: Mapping[str, tuple[Tie, ...]], context: Context
) -> None:
    """Record the rows that made the references among what a message made, if it is explained.

    Parameters
    ----------
    slots
        What was made, with ids; each in its scope.
    links
        References that every message makes, by the type that holds them.
    context
        Knows what rows of fields made: that is not told again.
    """
    if context.explained is None:
        return
    rows = {(trace.element, trace.location.partition("-")[0]) for trace in context.explained}
    for slot in slots:
        type_, near = slot.mention.type, slot.scope.near
        place = _place(slot.at[0])
        for tie in (*slot.links, *links.get(type_, ())):
            holder = slot if tie.holder == type_ else near(tie.holder)
            target = slot if tie.target == type_ and holder is not slot else near(tie.target)
            element = ".".join((tie.holder, *tie.above, tie.name))
            if holder is None or (element, place) in rows:
                continue
            said = list(_said(holder.resource, (*tie.above, tie.name)))
            if (target and target.reference in said) or (said and holder is slot):
                context.told(element, place, tie.row)


def _said(holder: JSON, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield the references at a path."""
    inner: Any = holder
    for name in path:
        inner = inner.get(name, {})
    yield from inner if isinstance(inner, list) else [inner] if inner else []


def fitted(slot: Slot, context: Context) -> None:
    """Make a resource fit to stand, and tell what asked for what that adds to it."""
    if context.explained is None:
        fit(slot.resource)
        return
    before = set(_paths(slot.resource, slot.mention.type))
    fit(slot.resource)
    places = {_place(at) for at in slot.at}
    for added in (set(_paths(slot.resource, slot.mention.type)) - before) & ASKED_FOR.keys():
        asking = ASKED_FOR[added]
        for trace in context.explained:
            segment = trace.location.partition("-")[0]
            if f"{trace.element}.".startswith(f"{asking}.") and segment in places:
                context.told(added, segment, f"{trace.row}@{trace.layer}")
                break


def untell(begun: Iterable[Slot], slots: Iterable[Slot], context: Context) -> None:
    """Tell nothing of the resources that segments began and that do not stand."""
    if context.explained is None:
        return
    kept = {*slots}
    gone = {(id(slot.resource), slot.mention.type) for slot in begun if slot not in kept}
    context.leave(lambda told: (told.of, told.element.partition(".")[0]) in gone)


def standing_traces(traces: list[Trace], made: Iterable[Made], context: Context) -> list[Trace]:
    """Return the traces of elements that are there; the fields of others made what is not."""
    if not traces:
        return traces
    there = {path for one in made for path in _paths(one.resource, one.resource["resourceType"])}
    found = []
    for trace in traces:
        if ".".join(step.partition("[")[0] for step in trace.element.split(".")) in there:
            found.append(trace)
        elif "-" in trace.location:
            context.used.append(Use(trace.location, "left", trace.row, trace.layer))
    return found


def _place(at: tuple[str, int]) -> str:
    segment, ordinal = at
    return segment if ordinal == 1 else f"{segment}[{ordinal}]"


def _paths(part: Any, path: str) -> Iterator[str]:
    """Yield the paths of the elements of a part."""
    yield path
    if isinstance(part, dict):
        for name, inner in part.items():
            yield from _paths(inner, f"{path}.{name}")
    elif isinstance(part, list):
        for each in part:
            yield from _paths(each, path)
