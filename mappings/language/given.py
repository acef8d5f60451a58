"""Maps that are given fields: ``NM -> Quantity (unit)``, with ``$unit`` as a source.

A row that names one in, the same row out with its rows, which read those fields::

    RXE-10  dispenseRequest.quantity  NM[Quantity](RXE-11)

    -       dispenseRequest.quantity
      RXE-10  value
      RXE-11  .                       CWE[Quantity]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from mappings.language.moved import moved_below, moved_row
from mappings.language.nested import flat
from mappings.language.sources import source
from mappings.language.tree import Literal, Map, Row, Source, TableError, Tables, Where


def is_given_fields(table: Map) -> bool:
    """Whether rows of a map read what it is given: its head names it."""
    names = {f"${name}" for name in table.parameters}
    return any(each.name in names for row in flat(table.rows) for each in row.sources)


def _is_given(read: Source) -> bool:
    return read.name.startswith("$")


def with_fields(row: Row, table: Map) -> Row:
    """Return a row with those of the map that it names, which read the fields it gives.

    Raises
    ------
    TableError
        It gives the map fewer or more, or has no one field, or no element, of its own.
    """
    if len(row.sources) > 1 or not row.target or len(row.arguments) != len(table.parameters):
        named = ", ".join(f"${name}" for name in table.parameters)
        raise TableError(row.where, f"write: FIELD ELEMENT {table.name}({named})")
    (read,) = row.sources
    given = {
        f"${name}": source(each.text, row.where)
        for name, each in zip(table.parameters, row.arguments, strict=True)
    }

    def move(inner: Source) -> Source:
        return given.get(inner.name) or moved_below(inner, table.source, read, row.where)

    rows = (_passed_on(moved_row(each, move, row.where), given) for each in table.rows)
    return replace(row, sources=(Source("-"),), convert="", arguments=(), rows=(*rows, *row.rows))


def _passed_on(row: Row, given: Mapping[str, Source]) -> Row:
    """Return a row, and those in it, that give another map what this one is given."""
    arguments = (Literal(str(given[a.text])) if a.text in given else a for a in row.arguments)
    rows = tuple(_passed_on(each, given) for each in row.rows)
    return replace(row, arguments=tuple(arguments), rows=rows)


def refuse_ungiven(tables: Tables) -> None:
    """Refuse a row that reads, or asks of, what nobody gives its map.

    Raises
    ------
    TableError
        The first of them.
    """
    for table in tables.maps.values():
        for row in table.rows:
            moved_row(row, partial(_refuse, row.where, table.name))


def _refuse(where: Where, name: str, read: Source) -> Source:
    if _is_given(read):
        raise TableError(where, f"nobody gives {name} the field {read}")
    return read
