"""Parts that rows of a segment share: tables in, tables with such parts written out.

A map of a segment to a part of what others build (``NTE -> Annotation``) makes nothing of its own.
A row of the segment that names it gathers its rows at that place: of the whole segment
(``NTE  note[]  NTE[Annotation]``), or of a field (``PV1-3  location[]  PV1[Encounter.location]``),
whose value is ``.`` there. Rows below such a row follow the part's. With ``.`` as target, the
part's rows take the row's place.

A map that is given fields is such a part of any segment (see `mappings.language.given`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from mappings.language.given import is_given_fields, refuse_ungiven, with_fields
from mappings.language.moved import both, moved_row
from mappings.language.nested import flat
from mappings.language.tree import Map, Row, Source, TableError, Tables, Test, Where


def with_parts(tables: Tables) -> Tables:
    """Return the tables with parts in the place of the rows that name them.

    Raises
    ------
    TableError
        A row has no one value that the part could be of, or asks more of it than when it stands.
    """
    named: set[str] = set()
    maps = {}
    for name, table in tables.maps.items():
        parts = list(_parts(table.rows, table, tables))
        named.update(part.name for part in parts)
        maps[name] = replace(
            table,
            rows=tuple(_written_out(table.rows, table, tables)),
            ignored=table.ignored.union(*(part.ignored for part in parts)),
        )
    named |= {table.name for table in tables.maps.values() if is_given_fields(table)}
    tables.maps = {name: table for name, table in maps.items() if name not in named}
    refuse_ungiven(tables)
    return tables


def _parts(rows: Iterable[Row], table: Map, tables: Tables) -> Iterator[Map]:
    """Yield the parts that rows name, and those that these name in turn."""
    for row in rows:
        part = _part(row, table, tables)
        if part is not None:
            yield part
            yield from _parts(part.rows, table, tables)
        yield from _parts(row.rows, table, tables)


def _written_out(rows: Iterable[Row], table: Map, tables: Tables) -> Iterator[Row]:
    for row in rows:
        part = _part(row, table, tables)
        below = tuple(_written_out(row.rows, table, tables))
        if part is None:
            yield replace(row, rows=below)
            continue
        if is_given_fields(part):
            yield from _written_out((with_fields(row, part),), table, tables)
            continue
        rows = tuple(_written_out(part.rows, table, tables))
        whole = row.sources == (Source(table.source),)
        if row.target or whole:
            sources = (Source("-"),) if whole else row.sources
            yield replace(row, sources=sources, convert="", rows=(*rows, *below))
        else:
            yield from _in_place(row, rows)


def _in_place(row: Row, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield a part's rows as if they stood where a row does that names it."""
    if len(row.sources) > 1 or row.rows or row.default or row.codes:
        raise TableError(row.where, f"write: {row.sources[0]} . {row.convert} when CONDITION")
    (outer,) = row.sources
    move = partial(_moved, outer=outer, where=row.where)
    for inner in rows:
        # What is nested reads from the row above it, not from here.
        moved = replace(moved_row(inner, move), rows=inner.rows)
        valued = Test("valued", outer) if inner.sources[0].name == "-" else None
        when = both(row.when, both(valued, moved.when))
        yield replace(moved, when=when, cases=row.cases)


def _moved(source: Source, outer: Source, where: Where) -> Source:
    """``.2`` of ``OBX-5`` is ``OBX-5.2``."""
    if source.name or outer == Source(""):
        return source
    if not source.component:
        return outer
    if source.subcomponent or outer.component:
        raise TableError(where, f"{outer} has nothing below it that {source} could read")
    return outer._replace(component=source.component)


def _part(row: Row, table: Map, tables: Tables) -> Map | None:
    """Return the part that a row names, if it does: of the same segment, or one given fields."""
    part = tables.maps.get(row.convert)
    if part is None or is_given_fields(part):
        return part
    if part.source != table.source or not _is_segment(table, tables):
        return None
    return part


def _is_segment(table: Map, tables: Tables) -> bool:
    """Whether a map reads a segment, and not a data type: it, or a part of it, names fields."""
    return any(
        source.field and source.name == table.source
        for each in tables.maps.values() if each.source == table.source
        for row in flat(each.rows) for source in row.sources
    )  # fmt: skip
