"""Tables in, plain tuples out, for whoever compares or prints them without knowing the language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mappings.language.nested import nodes_of
from mappings.language.outline import Link, Node
from mappings.language.tree import Combined, Condition, Literal, Map, Row, Source, Step, Tables
from mappings.runtime.text import primitives

#: ``("in", "PV1-2", ("P", "I"))``, ``("valued", "PV1-20")``, ``("count", "OBX-5", (">", "1"))``;
#: ``("not", c)``, ``("and", c, …)``, ``("or", c, …)``
PlainCondition = tuple[Any, ...]
_OTHERWISE = ("otherwise",)
_SPECIAL = "http://terminology.hl7.org/CodeSystem/special-values"


class PlainRow(NamedTuple):
    """One source and one target of a row.

    ``source`` is ``PID-3.4``, ``CX.4``, or "" for a constant; ``path`` is ``name.given``, with
    ``extension(url)`` for an extension; ``constant`` is ``system#code``, a text, or ``$1`` for the
    map's first parameter; ``convert`` names the map or function called, ``arguments`` what it is
    given; ``when`` is what must hold, for the rows around it and their map, too.
    """

    map: str
    source: str
    path: str
    constant: str
    convert: str
    arguments: tuple[str, ...]
    codes: str
    when: PlainCondition = ("and",)


class PlainCode(NamedTuple):
    """One row of a code table; ``target`` is "" where there deliberately is none.

    ``display`` is what the row calls it; mostly "", for its code system says.
    """

    table: str
    code: str
    target: str
    system: str
    display: str = ""


class PlainMention(NamedTuple):
    """A segment of a message structure and a map that reads it.

    ``structure`` is its name, or an event that uses it, written as a name: ``ADT_A04``.
    """

    structure: str
    segment: str
    map: str


class PlainReference(NamedTuple):
    """A reference that resources of a type have to those of another: ``Encounter.subject``.

    ``structure`` is that of the messages that make it, as in `PlainMention`; "" for all.
    """

    structure: str
    element: str
    type: str


def plain_rows(tables: Tables) -> list[PlainRow]:
    """List the rows of all maps, with those of nested blocks, and again under each alias."""
    rows = [row for table in tables.maps.values() for row in _Plain(tables, table).rows()]
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


class _Plain:
    """Says the rows of one map plainly."""

    def __init__(self, tables: Tables, table: Map) -> None:
        self._tables, self._map = tables, table
        self._aliases = tables.names.get("aliases", {})

    def rows(self) -> Iterator[PlainRow]:
        """Yield them all."""
        whole = self._map.when
        return self._below(self._map.rows, "", "", () if whole is None else (_said(whole, ""),))

    def _below(
        self, rows: tuple[Row, ...], above: str, path: str, around: tuple[PlainCondition, ...]
    ) -> Iterator[PlainRow]:
        tables, table = self._tables, self._map
        # When an element, or one of the same item (``coding[second]``), is filled before a row does
        first: dict[tuple[Step, ...], list[PlainCondition]] = {}
        for row in rows:
            below = ".".join(filter(None, (path, *(_step(tables, s) for s in row.target))))
            before = first.setdefault(row.target, [])
            sources = [_source(read, above) for read in row.sources]
            for number, source in enumerate(sources):
                others = [("valued", other) for other in sources[:number]]
                own = () if row.when is None else (_said(row.when, above),)
                when = (*around, *(("not", other) for other in (*before, *others)), *own)
                if row.by is None and (not row.rows or row.literal):
                    yield PlainRow(
                        table.name,
                        source,
                        below,
                        _constant(tables, table, _literal(row)),
                        self._aliases.get(row.convert, row.convert),
                        tuple(_constant(tables, table, a) for a in row.arguments),
                        row.codes or (row.table and f"table {row.table}"),
                        ("and", *when),
                    )
                if row.by is None:
                    yield from self._below(row.rows, source, below, when)
                for case in row.rows if row.by is not None else ():
                    yield from self._below((case,), source, below, (*when, _case(row, case, above)))
            if row.by is None and not _begins_item(row):
                asked = () if row.when is None else (_said(row.when, above),)
                read = [("valued", source) for source in sources if source != above]
                if asked or read:
                    before.append(("and", *asked, *([("or", *read)] if read else ())))


def _begins_item(row: Row) -> bool:
    """Whether a row makes an item of its own, as rows below an extension do, for each value."""
    last = row.target[-1].name if row.rows and row.target else ""
    return last == "extension" or any(s.appends or s.numbered or s.every for s in row.target)


def _literal(row: Row) -> Literal | None:
    """Return the constant a row says; ``number(1)`` is one, too."""
    return row.arguments[0] if row.convert == "number()" else row.literal


def _case(row: Row, case: Row, above: str) -> PlainCondition:
    """Return what must hold for one of the rows in a row ``by`` something."""
    assert row.by is not None
    source = _source(row.by, above)
    if case.cases != _OTHERWISE:
        return ("in", source, case.cases)
    others = [value for each in row.rows if each.cases != _OTHERWISE for value in each.cases]
    return ("not", ("in", source, tuple(others)))


def _said(condition: Condition, above: str) -> PlainCondition:
    if isinstance(condition, Combined):
        return (condition.operator, *(_said(part, above) for part in condition.parts))
    source = _source(condition.source, above)
    if condition.kind == "valued":
        return ("valued", source)
    values = condition.values
    return condition.kind, source, (condition.operator, *values) if condition.operator else values


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
        PlainCode(
            table.name,
            code.code,
            code.target,
            _uri(tables, code.system or table.system),
            code.display,
        )
        for table in tables.codes.values()
        for code in table.codes.values()
    ]


def built_in_codes() -> list[PlainCode]:
    """List what the language reads without a code table: yes and no, where FHIR has a boolean."""
    return [
        PlainCode("YesNoIndicator", code, str(primitives.boolean(code)).lower(), _SPECIAL)
        for code in ("Y", "N")
    ]


def plain_mentions(tables: Tables) -> list[PlainMention]:
    """List every map that a message structure names for a segment, for each of its events too."""
    return [
        PlainMention(structure, node.name, name if name in tables.maps else f"{node.name}[{name}]")
        for structure, node in _placed(tables)
        for name in (resource.lstrip("+") for resource in node.resources)
    ]


def plain_references(tables: Tables) -> list[PlainReference]:
    """List the references that links make, and rows."""
    found = {PlainReference("", _element(tables, link), link.target) for link in tables.links}
    found |= {
        PlainReference(structure, _element(tables, link), link.target)
        for structure, node in _placed(tables)
        for link in node.links
    }
    resources = {each.type for each in found}
    resources |= {table.target for table in tables.maps.values() if table.keys}
    for row in plain_rows(tables):
        table, called = tables.maps.get(row.map), tables.maps.get(row.convert)
        named = "Patient" if row.convert == "patient()" else row.source.removeprefix("@")
        type_ = called.target if called else named
        if table is not None and type_ in resources:
            found.add(PlainReference("", f"{table.target}.{row.path}", type_))
    return sorted(found)


def _element(tables: Tables, link: Link) -> str:
    return ".".join((link.holder, *(_step(tables, step) for step in link.path)))


def _placed(tables: Tables) -> Iterator[tuple[str, Node]]:
    """Yield the nodes of all message structures, for each of their events too."""
    for structure in tables.structures.values():
        for name in sorted({structure.name, *(e.replace("^", "_") for e in structure.events)}):
            for node in nodes_of(structure.nodes):
                yield name, node
