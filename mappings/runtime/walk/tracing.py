"""Finished resources in; which row let each refer to another, out (``--explain``).

A reference between the resources of a message is made by no field, but by a structure
(``DiagnosticReport.result[] <- Observation``) or by `links`: it is told of the segment that made
what refers, or what is referred to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mappings.runtime.state.context import Context
from mappings.runtime.types import JSON

if TYPE_CHECKING:
    from mappings.compiler.build import Tie
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
        segment, ordinal = slot.at[0]
        place = segment if ordinal == 1 else f"{segment}[{ordinal}]"
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
