"""Tables in, tables out: aliases resolved, and maps to primitives read as if written in place.

``aliases`` give one map several names (a CE is a CWE with fewer components). A map that makes a
primitive, such as ``CWE -> string``, has no object to build: a row that names it stands for the
map's rows, each reading from where the row reads, the first that yields a value winning::

    XAD.9  district  CWE[string]        XAD.9.9|XAD.9.2|XAD.9.1  district
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mappings.compiler.types import PRIMITIVES
from mappings.language.tree import (
    Combined,
    Condition,
    Map,
    Row,
    Source,
    TableError,
    Tables,
    Test,
    Where,
)


def expand(tables: Tables) -> Tables:
    """The same tables without aliases and without maps to primitives.

    Raises
    ------
    TableError
        An alias of a map that does not exist; a map to a primitive where a list is to be filled
        or a case of ``by`` is decided.
    """
    aliases = tables.names.get("aliases", {})
    for name, meant in aliases.items():
        if meant not in tables.maps:
            raise TableError(Where(f"alias {name}", 0, ""), f"there is no map {meant}")
    inline = {name: table for name, table in tables.maps.items() if table.target in PRIMITIVES}
    maps = {
        name: replace(table, rows=tuple(_rows(table.rows, aliases, inline)))
        for name, table in tables.maps.items() if name not in inline
    }  # fmt: skip
    return replace(tables, maps=maps)


def _rows(
    rows: tuple[Row, ...], aliases: Mapping[str, str], inline: Mapping[str, Map]
) -> Iterator[Row]:
    for row in rows:
        row = replace(row, convert=aliases.get(row.convert, row.convert))
        if row.convert in inline:
            for written in _in_place(row, inline[row.convert]):
                yield from _rows((written,), aliases, inline)
        else:
            yield replace(row, rows=tuple(_rows(row.rows, aliases, inline)))


def _in_place(row: Row, table: Map) -> Iterator[Row]:
    if row.cases:
        raise TableError(row.where, f"{table.name} cannot stand in a case: name the components")
    if row.target and row.target[-1].mark == "":
        raise TableError(row.where, f"{table.name} makes one value: it cannot fill a list")
    for outer in row.sources:
        for inner in table.rows:
            yield replace(
                row,
                sources=tuple(_below(outer, s, row.where) for s in inner.sources),
                convert=inner.convert,
                arguments=inner.arguments,
                literal=inner.literal,
                codes=row.codes or inner.codes,
                when=_both(row.when, _moved(inner.when, outer, row.where)),
            )


def _below(outer: Source, inner: Source, where: Where) -> Source:
    """``CWE.9`` below ``PID-15`` is ``PID-15.9``; below ``XAD.9`` it is ``XAD.9.9``."""
    if not inner.component:
        return outer
    if not outer.component:
        return outer._replace(component=inner.component, subcomponent=inner.subcomponent)
    if outer.subcomponent or inner.subcomponent:
        raise TableError(where, f"{outer} has nothing below it that {inner} could read")
    return outer._replace(subcomponent=inner.component)


def _moved(condition: Condition | None, outer: Source, where: Where) -> Condition | None:
    if isinstance(condition, Test):
        return condition._replace(source=_below(outer, condition.source, where))
    if isinstance(condition, Combined):
        parts = (_moved(part, outer, where) for part in condition.parts)
        return condition._replace(parts=tuple(part for part in parts if part is not None))
    return None


def _both(one: Condition | None, other: Condition | None) -> Condition | None:
    if one is None or other is None:
        return one or other
    return Combined("and", (one, other))
