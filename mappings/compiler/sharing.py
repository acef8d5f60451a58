"""Which rows of a segment's map make the same of the same fields in every message.

A laboratory's results differ in their values and times; their codes, ranges, methods and devices
come again and again. What such rows make is made once, and shared by all messages of a source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from mappings.compiler.conditions import sources_of
from mappings.compiler.function import built, flat
from mappings.language.tree import Map, Node, Row, Source, Tables

_FEW = 3  # elements: to share less costs more than it saves


class Split(NamedTuple):
    """The rows of a map whose elements are shared, the fields these rows read, the other rows."""

    shared: tuple[Row, ...]
    fields: tuple[int, ...]
    others: tuple[Row, ...]


def whole(table: Map) -> Split:
    """Return a map whose elements are all its resource's own."""
    return Split((), (), table.rows)


def split(
    table: Map,
    vocabulary: Callable[[Row], bool],
    elements: Callable[[Row], Collection[str]],
    touched: Collection[str],
) -> Split:
    """Split a map's rows.

    An element is shared if all rows that may fill it read vocabulary, and nothing but fields of
    this segment; and if nothing else builds into it.

    Parameters
    ----------
    vocabulary
        Whether what a row makes depends on what it reads alone, and is no patient content.
    elements
        The top-level elements a row may fill, a choice of types by its common name.
    touched
        Elements that others than this map's rows may build into.
    """
    shared: list[Row] = []
    names: set[str] = set()
    fields: set[int] = set()
    for filled, rows in _groups(table.rows, elements):
        converted = {source.field for row in rows for source in row.sources}
        reads = [_fields(row, table.source) for row in rows]
        if (
            filled.isdisjoint(touched)
            and all(each is not None and each <= converted for each in reads)
            and all(map(vocabulary, rows))
        ):
            shared += rows
            names |= filled
            fields.update(*(each for each in reads if each))
    if len(names) < _FEW:
        return whole(table)
    chosen = {id(row) for row in shared}
    return Split(
        tuple(row for row in table.rows if id(row) in chosen),
        tuple(sorted(fields)),
        tuple(row for row in table.rows if id(row) not in chosen),
    )


def touched(table: Map, tables: Tables) -> set[str]:
    """Return elements of a map's resource that links, or other segments' maps, may build into."""
    links, adding = list(tables.links), set()
    for structure in tables.structures.values():
        for node in nodes(structure.nodes):
            links += node.links
            adding |= {f"{node.name}[{r[1:]}]" for r in node.resources if r.startswith("+")}
    found = {link.path[0].name for link in links if link.holder == table.target}
    for other in tables.maps.values():
        # A map without a name of its own adds to the nearest resource where no structure says.
        if other.target == table.target and other is not table and (
            other.name in adding or "-" not in other.name
        ):  # fmt: skip
            found |= {path.partition(".")[0] for path in built(other.rows)}
    return found


def _groups(
    rows: Iterable[Row], elements: Callable[[Row], Collection[str]]
) -> list[tuple[set[str], list[Row]]]:
    """Bring together the rows that may fill the same element."""
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


def nodes(among: Iterable[Node]) -> Iterator[Node]:
    """Yield the nodes of a structure, at any depth."""
    for node in among:
        yield node
        yield from nodes(node.children)
