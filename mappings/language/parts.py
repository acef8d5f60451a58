"""Parts that the maps of a segment share: tables in, tables with such parts written out.

A map of a segment to a data type (``NTE -> Annotation``) makes nothing of its own: a row that
hands it the whole segment, ``NTE  note[]  NTE[Annotation]``, gathers its rows at that place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mappings.language.tree import Map, Row, Source, Tables


def with_parts(tables: Tables) -> Tables:
    """Return the tables with parts in the place of the rows that name them."""
    named: set[str] = set()
    maps = {}
    for name, table in tables.maps.items():
        used = [p for row in _all(table.rows) if (p := _part(row, table, tables)) is not None]
        named.update(part.name for part in used)
        maps[name] = replace(
            table,
            rows=tuple(_written_out(table.rows, table, tables)),
            ignored=table.ignored.union(*(part.ignored for part in used)),
        )
    tables.maps = {name: table for name, table in maps.items() if name not in named}
    return tables


def _written_out(rows: Iterable[Row], table: Map, tables: Tables) -> Iterator[Row]:
    for row in rows:
        part = _part(row, table, tables)
        if part is None:
            yield replace(row, rows=tuple(_written_out(row.rows, table, tables)))
        else:
            rows = tuple(_written_out(part.rows, part, tables))
            yield replace(row, sources=(Source("-"),), convert="", rows=rows)


def _part(row: Row, table: Map, tables: Tables) -> Map | None:
    """Return the part of the same segment that a row names, if it does."""
    part = tables.maps.get(row.convert) if row.sources == (Source(table.source),) else None
    if part is None or part.source != table.source:
        return None
    return part if any(s.field for each in _all(part.rows) for s in each.sources) else None


def _all(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        yield from _all(row.rows)
