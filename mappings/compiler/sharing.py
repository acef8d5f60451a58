"""Which rows of a segment's map say the same for the same fields, in every message: rows in, rows out.

A laboratory's results differ in their values and times; their codes, ranges, methods and devices
come again and again. What such rows make is made once for all messages, and shared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from mappings.compiler.conditions import sources_of
from mappings.compiler.function import flat
from mappings.language.tree import Map, Row, Source

_FEW = 3  # elements: to share less costs more than it saves


class Split(NamedTuple):
    """Rows whose elements may be shared, with the fields they read; and all the others."""

    shared: tuple[Row, ...]
    fields: tuple[int, ...]
    others: tuple[Row, ...]


def split(
    table: Map,
    vocabulary: Callable[[Row], bool],
    elements: Callable[[Row], Iterable[str]],
    touched: Collection[str],
) -> Split:
    """Split a map's rows.

    Rows are shared if all that may build one of their elements read vocabulary out of this
    segment's own fields, and nothing else builds into these elements.

    Parameters
    ----------
    vocabulary
        Whether what a row makes depends on what it reads alone, and is no patient content.
    elements
        The top-level elements a row may fill, a choice of types by its common name.
    touched
        Elements that others than this map's rows build into.
    """
    shared, fields, names = [], set(), set()
    for elements_, rows in _groups(table.rows, elements):
        reads = [_fields(row, table.source) for row in rows]
        if None in reads or elements_ & set(touched) or not all(map(vocabulary, rows)):
            continue
        coded = {source.field for row in rows for source in row.sources}
        if not all(each <= coded for each in reads):
            continue
        shared += rows
        names |= elements_
        fields.update(*(each for each in reads if each))
    if len(names) < _FEW:
        return Split((), (), table.rows)
    chosen = {id(row) for row in shared}
    return Split(
        tuple(row for row in table.rows if id(row) in chosen),
        tuple(sorted(fields)),
        tuple(row for row in table.rows if id(row) not in chosen),
    )


def _groups(
    rows: tuple[Row, ...], elements: Callable[[Row], Iterable[str]]
) -> list[tuple[set[str], list[Row]]]:
    """Bring together rows that may fill the same element, or that read a field in vain together."""
    found: list[tuple[set[str], list[Row]]] = []
    for row in rows:
        names, together = set(elements(row)), [row]
        apart = []
        for group in found:
            if names & group[0]:
                names |= group[0]
                together = group[1] + together
            else:
                apart.append(group)
        found = [*apart, (names, together)]
    return found


def _fields(row: Row, segment: str) -> set[int] | None:
    """Return the fields of the segment that a row reads; None if it reads anything else."""
    found: set[int] = set()
    for each in flat((row,)):
        sources: list[Source] = list(each.sources)
        if each.when is not None:
            sources += sources_of(each.when)
        for source in sources:
            if source.name == segment and source.field:
                found.add(source.field)
            elif source.name not in {"", "-"}:
                return None
    return found
