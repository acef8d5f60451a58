"""Tables in, what maps of different segments are to one another, out.

A map may carry what stands in another segment, or add to what that one's map has made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mappings.compiler.reads import ALL, Reading, Reads, below, merged, path, repeats
from mappings.language.nested import flat, nodes_of
from mappings.language.tree import Map, Tables


class Lending(NamedTuple):
    """What maps of other segments read of a field: the parts, and whether of all repetitions."""

    reads: Reads
    repeats: bool


def lendings(tables: Iterable[Map], reading: Reading) -> dict[str, dict[int, Lending]]:
    """Return, by segment, the fields that maps of other segments carry over, and what of them."""
    found: dict[str, dict[int, Lending]] = {}
    for table in tables:
        for row in flat(table.rows):
            for source in row.sources:
                if source.field and source.name != table.source:
                    fields = found.setdefault(source.name, {})
                    known = fields.get(source.field, Lending({}, False))
                    reads = below((source.field,), path(source)) or reading.of_row(row)
                    fields[source.field] = Lending(
                        merged([known.reads, reads or {1: ALL}]), known.repeats or repeats(row)
                    )
    return found


def adding(tables: Tables) -> frozenset[str]:
    """Names of segment maps that may be run more than once on the same resource."""
    named = {
        (node.name, name)
        for structure in tables.structures.values()
        for node in nodes_of(structure.nodes)
        for name in node.resources
    }
    anywhere = {
        node.name for name, structure in tables.structures.items() if name == "ANY"
        for node in nodes_of(structure.nodes) if node.resources
    }  # fmt: skip
    return frozenset(
        table.name
        for table in tables.maps.values()
        if table.source not in anywhere  # then it may add to what it finds
        or any(
            f"+{mark}" in {made for segment, made in named if segment == table.source}
            for mark in (table.target, table.name)
        )
    )
