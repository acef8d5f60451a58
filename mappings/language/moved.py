"""Rows and conditions in; the same out, with what they read moved to another place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mappings.language.tree import Combined, Condition, Row, Source, TableError, Test, Where

Move = Callable[[Source], Source]


def moved_row(row: Row, move: Move, where: Where | None = None) -> Row:
    """Return a row, and those in it, with every source moved; `where`: as if written there."""
    return replace(
        row,
        where=where or row.where,
        sources=tuple(map(move, row.sources)),
        when=moved_condition(row.when, move),
        by=move(row.by) if row.by else None,
        rows=tuple(moved_row(each, move, where) for each in row.rows),
    )


def moved_condition(condition: Condition | None, move: Move) -> Condition | None:
    """Return a condition with every source moved."""
    if isinstance(condition, Test):
        return condition._replace(source=move(condition.source))
    if isinstance(condition, Combined):
        parts = (moved_condition(part, move) for part in condition.parts)
        return condition._replace(parts=tuple(part for part in parts if part is not None))
    return None


def both(one: Condition | None, other: Condition | None) -> Condition | None:
    """Return the condition that two hold, of which either may be none."""
    if one is None or other is None:
        return one or other
    return Combined("and", (one, other))


def moved_below(source: Source, own: str, outer: Source, where: Where) -> Source:
    """``CWE.9`` below ``PID-15`` is ``PID-15.9``; below ``XAD.9`` it is ``XAD.9.9``.

    `own` is the data type that stands for `outer`; what reads anything else stays.

    Raises
    ------
    TableError
        There is nothing so far below.
    """
    if source.name != own or source.field:
        return source
    if not source.component:
        return outer
    if not outer.component:
        return outer._replace(component=source.component, subcomponent=source.subcomponent)
    if outer.subcomponent or source.subcomponent:
        raise TableError(where, f"{outer} has nothing below it that {source} could read")
    return outer._replace(subcomponent=source.component)
