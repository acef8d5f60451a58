"""Tables in, tables out: aliases resolved, and maps to primitives read as if written in place.

``aliases`` give one map several names (a CE is a CWE with fewer components). A map that makes a
primitive (``CWE -> string``), or more of the very thing that is being made
(``TQ -> ServiceRequest`` for a field of an order), makes nothing of its own: a row that names it
stands for the map's rows, each reading from where the row reads, the first that yields a value
winning::

    XAD.9   district  CWE[string]             XAD.9.9|XAD.9.2|XAD.9.1  district
    ORC-7   .         TQ[ServiceRequest]      ORC-7.6  priority  …

The condition of a data type's map (``XPN -> HumanName … when XPN.2 valued``) is that of its rows.

So does a row that numbers items by a field's repetitions, for the first: the rows beside it read
that, too, and answer for what it does not carry. The map itself makes the items of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from mappings.compiler.types import PRIMITIVES
from mappings.language.moved import both, moved_below, moved_row
from mappings.language.sources import source
from mappings.language.tree import Map, Row, TableError, Tables, Test


def expand(tables: Tables) -> Tables:
    """Return the tables without aliases, and with maps that make nothing of their own in place.

    Raises
    ------
    TableError
        An alias of a map that does not exist; a map that is not given the arguments it takes, or
        is read in place where a list is to be filled or a case of ``by`` is decided.
    """
    aliases = tables.names.get("aliases", {})
    for name, meant in aliases.items():
        if meant not in tables.maps:
            raise TableError(tables.named["aliases", name], f"there is no map {meant}")
    maps = {
        name: replace(
            table,
            rows=tuple(_rows(table.rows, table, tables.maps, aliases)),
            ignored=table.ignored.union(_ignored(table, tables.maps, aliases)),
        )
        for name, table in tables.maps.items() if table.target not in PRIMITIVES
    }  # fmt: skip
    return replace(tables, maps=maps)


def _asked(table: Map) -> tuple[Row, ...]:
    """Return the rows of a map that is read in place: its condition is each row's."""
    if table.when is None:
        return table.rows
    return tuple(replace(row, when=both(table.when, row.when)) for row in table.rows)


def _rows(
    rows: tuple[Row, ...], within: Map, maps: Mapping[str, Map], aliases: Mapping[str, str]
) -> Iterator[Row]:
    for written in rows:
        row = replace(written, convert=aliases.get(written.convert, written.convert))
        _count_arguments(row, maps)
        table = _standing_for(row, within, maps)
        numbered = maps.get(row.convert)
        if numbered is not None and row.target and row.target[-1].mark == numbered.source:
            yield from _rows(tuple(_in_place(_first(row), numbered)), within, maps, aliases)
            if row.sources[0].field:
                yield replace(row, further=True)
        elif table is not None:
            yield from _rows(tuple(_in_place(row, table)), within, maps, aliases)
        else:
            yield replace(row, rows=tuple(_rows(row.rows, within, maps, aliases)))


def _count_arguments(row: Row, maps: Mapping[str, Map]) -> None:
    table = maps.get(row.convert)
    if table is not None and len(row.arguments) != len(table.parameters):
        named = ",".join(f"${name}" for name in table.parameters)
        told = f"write {table.name}({named})" if named else "without parentheses"
        raise TableError(row.where, f"{table.name} takes {len(table.parameters)} arguments: {told}")


def _first(row: Row) -> Row:
    """Return a row that fills the first item of what it fills an item of for each repetition."""
    *above, last = row.target
    return replace(row, target=(*above, last._replace(mark="1")))


def _standing_for(row: Row, within: Map, maps: Mapping[str, Map]) -> Map | None:
    """Return the map whose rows a row stands for; None if it stands for itself."""
    table = maps.get(row.convert)
    if table is None or table.target in PRIMITIVES:
        return table
    same = row.target == () and table.target == within.target and row.sources[0].field
    return table if same else None


def _ignored(
    within: Map, maps: Mapping[str, Map], aliases: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield what the maps leave out on purpose that rows stand for: of the rows' own fields."""
    for written in within.rows:
        row = replace(written, convert=aliases.get(written.convert, written.convert))
        table = _standing_for(row, within, maps)
        if table is None:
            continue
        for word, where in table.ignored:
            inner = source(word, row.where)
            for outer in row.sources:
                yield str(moved_below(inner, table.source, outer, row.where)), where


def _in_place(row: Row, table: Map) -> Iterator[Row]:
    if row.cases:
        raise TableError(row.where, f"{table.name} cannot stand in a case: name the components")
    if row.target and row.target[-1].appends:
        raise TableError(row.where, f"{table.name} makes one value: it cannot fill a list")
    for outer in row.sources:
        for inner in _asked(table):
            move = partial(moved_below, own=table.source, outer=outer, where=row.where)
            moved = moved_row(inner, move, row.where)
            when = moved.when
            if inner.sources[0].name == "-":
                when = both(Test("valued", outer), when)
            yield replace(
                moved,
                target=row.target + inner.target,
                codes=row.codes or inner.codes,
                default=row.default or inner.default,
                when=both(row.when, when),
            )
