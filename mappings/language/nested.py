"""Rows, or nodes, in; out with those that are nested in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mappings.language.outline import Node
    from mappings.language.tree import Row


def nodes_of(among: Iterable[Node]) -> Iterator[Node]:
    """Yield segments and groups of a structure, each before those in it."""
    for node in among:
        yield node
        yield from nodes_of(node.children)


def flat(rows: tuple[Row, ...]) -> Iterator[Row]:
    """Yield rows and the rows nested in them."""
    for row in rows:
        yield row
        if row.rows:
            yield from flat(row.rows)


def building(rows: tuple[Row, ...]) -> Iterator[Row]:
    """Yield the rows that build; what is nested in one builds into its own object."""
    for row in rows:
        if row.by is not None:
            yield from building(row.rows)
        else:
            yield row


def built(rows: tuple[Row, ...]) -> Iterator[str]:
    """Yield the paths that rows build at."""
    return (row.path for row in building(rows))
