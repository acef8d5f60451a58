"""Tables in, plain tuples out, for whoever compares or prints them without knowing the language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mappings.language.tree import Literal, Map, Node, Row, Source, Step, Tables
from mappings.runtime import values

_SPECIAL = "http://terminology.hl7.org/CodeSystem/special-values"


class PlainRow(NamedTuple):
    """One source and one target of a row.

    ``source`` is ``PID-3.4``, ``CX.4``, or "" for a constant; ``path`` is ``name.given``, with
    ``extension(url)`` for an extension; ``constant`` is ``system#code``, a text, or ``$1`` for the
    map's first parameter; ``convert`` names the map or function called, ``arguments`` what it is
    given.
    """

    map: str
    source: str
    path: str
    constant: str
    convert: str
    arguments: tuple[str, ...]
    codes: str


class PlainCode(NamedTuple):
    """One row of a code table; ``target`` is "" where there deliberately is none."""

    table: str
    code: str
    target: str
    system: str


class PlainMention(NamedTuple):
    """A segment of a message structure and a map that reads it.

    ``structure`` is its name, or an event that uses it, written as a name: ``ADT_A04``.
    """

    structure: str
    segment: str
    map: str


def plain_rows(tables: Tables) -> list[PlainRow]:
    """List the rows of all maps, with those of nested blocks, and again under each alias."""
    rows = [
        row for table in tables.maps.values() for row in _rows(tables, table, table.rows, "", "")
    ]
    by_map: dict[str, list[PlainRow]] = {}
    for row in rows:
        by_map.setdefault(row.map, []).append(row)
    for name, meant in tables.names.get("aliases", {}).items():
        old, new = meant.partition("[")[0], name.partition("[")[0]
        rows += [
            row._replace(map=name, source=row.source.replace(old, new, 1))
            for row in by_map.get(meant, ())
        ]
    return rows


def _rows(
    tables: Tables, table: Map, rows: tuple[Row, ...], above: str, path: str
) -> Iterator[PlainRow]:
    aliases = tables.names.get("aliases", {})
    for row in rows:
        below = ".".join(filter(None, (path, *(_step(tables, s) for s in row.target))))
        for read in row.sources:
            source = _source(read, above)
            if row.by is None and (not row.rows or row.literal):
                yield PlainRow(
                    table.name,
                    source,
                    below,
                    _constant(tables, table, row.literal),
                    aliases.get(row.convert, row.convert),
                    tuple(_constant(tables, table, a) for a in row.arguments),
                    row.codes or (row.table and f"table {row.table}"),
                )
            yield from _rows(tables, table, row.rows, source, below)


def _source(source: Source, above: str) -> str:
    if source.name == "-":
        return above
    if source.name:
        return str(source)
    numbers = "".join(f".{n}" for n in (source.component, source.subcomponent) if n)
    return above + numbers


def _step(tables: Tables, step: Step) -> str:
    if step.name.lower().endswith("extension") and step.mark:
        return f"{step.name}({tables.names.get('extensions', {}).get(step.mark, step.mark)})"
    return step.name


def _constant(tables: Tables, table: Map, literal: Literal | None) -> str:
    if literal is None:
        return ""
    if literal.text.startswith("$"):
        return f"${1 + table.parameters.index(literal.text[1:])}"
    if not literal.system:
        return _uri(tables, literal.text)
    return f"{_uri(tables, literal.system)}#{literal.text}"


def _uri(tables: Tables, name: str) -> str:
    if re.fullmatch(r"v2-\d{4}", name):
        return f"http://terminology.hl7.org/CodeSystem/{name}"
    return tables.names.get("systems", {}).get(name, name)


def plain_codes(tables: Tables) -> list[PlainCode]:
    """List the rows of all code tables."""
    return [
        PlainCode(table.name, code.code, code.target, _uri(tables, code.system or table.system))
        for table in tables.codes.values()
        for code in table.codes.values()
    ]


def built_in_codes() -> list[PlainCode]:
    """List what the language reads without a code table: yes and no, where FHIR has a boolean."""
    return [
        PlainCode("YesNoIndicator", code, str(values.boolean(code)).lower(), _SPECIAL)
        for code in ("Y", "N")
    ]


def plain_mentions(tables: Tables) -> list[PlainMention]:
    """List every map that a message structure names for a segment, for each of its events too."""

    def visit(structure: str, nodes: tuple[Node, ...]) -> Iterator[PlainMention]:
        for node in nodes:
            for resource in node.resources:
                name = resource.lstrip("+")
                full = name if name in tables.maps else f"{node.name}[{name}]"
                yield PlainMention(structure, node.name, full)
            yield from visit(structure, node.children)

    return [
        mention
        for structure in tables.structures.values()
        for name in sorted({structure.name, *(e.replace("^", "_") for e in structure.events)})
        for mention in visit(name, structure.nodes)
    ]
