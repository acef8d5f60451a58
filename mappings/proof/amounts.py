"""Tables in, the fields that say how much out: where any value will do, theirs is a number."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.compiler.types import Checker, Definitions, Place
from mappings.language.tree import Row, Source, Tables
from mappings.proof.cells import leaf
from mappings.proof.shapes import ANY, SHAPES
from mappings.proof.solver import Proposal

_NUMBERS = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})


def amounts(tables: Tables, definitions: Definitions) -> frozenset[Source]:
    """Return the fields that a row reads as a number."""
    checker = Checker(definitions)

    def visit(rows: tuple[Row, ...], place: Place) -> Iterator[Source]:
        for row in rows:
            end, element = checker.resolve(place, row.target, row.where)
            if element is not None and element.type in _NUMBERS and not row.convert:
                yield from (leaf(source) for source in row.sources if source.field)
            yield from visit(row.rows, end)

    return frozenset(
        source
        for table in tables.maps.values()
        for source in visit(table.rows, checker.start(table.target, table.where))
    )


def numbered(proposal: Proposal, fields: frozenset[Source]) -> Proposal:
    """Return a proposal with numbers for any values in some fields."""
    number = SHAPES["number"].text
    return tuple(
        put._replace(text=number) if put.text == ANY and leaf(put.place) in fields else put
        for put in proposal
    )
