"""What ``""`` in a field deletes: a map's rows in; for each field the words of `Made.erase`, out.

A field deletes what it fills, and nothing beside it: PV1-45 the end of a period. A constant goes
only where it stands. Of a list that several fields fill, a field deletes the items that its
constants tell from the others' (who admitted the patient); the first of its map deletes the rest;
another one nothing, since nobody knows which are its own.
"""

from __future__ import annotations

import json
import re
from ast import literal_eval
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from mappings.compiler import literals
from mappings.compiler.reading import is_segment
from mappings.compiler.types import Checker, Place
from mappings.language.moved import both
from mappings.language.tree import (
    Combined,
    Condition,
    Literal,
    Map,
    Row,
    Source,
    Step,
    Tables,
    Test,
)
from mappings.runtime.state.elements import says

JSON = dict[str, Any]
_Filled = tuple[str, int]  # a field: its segment, its number
_NO_FIELD: _Filled = ("-", 0)
_LABELS = "meta.security"  # each field takes back its own alone (`versions.restricting`)


class _Constants(NamedTuple):
    """What a row says of each item it makes, whatever its field says."""

    ways: tuple[JSON, ...]  # it, or one of several, unless something else is said there before
    surely: bool  # nothing else is
    perhaps: tuple[JSON, ...]  # what is said under a condition


def _is_anything(condition: Condition | None) -> bool:
    """Whether a map's condition only asks that there be anything to make something of."""
    if isinstance(condition, Combined):
        return condition.operator == "or" and all(map(_is_anything, condition.parts))
    return condition is not None and condition.kind == "valued"


class Nulls:
    """Knows which fields of all maps fill which lists."""

    def __init__(self, tables: Tables, checker: Checker) -> None:
        self._tables = tables
        self._checker = checker
        self._lists: dict[tuple[str, str], list[tuple[_Filled, _Constants]]] = {}
        for table in tables.maps.values():
            if is_segment(table):
                for row, source in _fillings(table):
                    if _fills_list(row):
                        key = table.target, row.target[0].name
                        told = (source.name, source.field), self._constants(table, row)
                        self._lists.setdefault(key, []).append(told)

    def of(self, table: Map) -> dict[int, tuple[str, ...]]:
        """Return what each field of a segment's map deletes."""
        found: dict[tuple[int, bool], dict[str, None]] = {}
        for row, source in _fillings(table):
            if source.name == table.source:
                words = found.setdefault((source.field, row.default), {})
                words.update(dict.fromkeys(self._words(table, row, source.field)))
        for field, name in self._gathered(table):
            found.setdefault((field, False), {})[name] = None
        # What a field also lets assume (an inpatient is still there) is no value of its own.
        return {
            field: _widest(words) for (field, assumed), words in found.items()
            if words and not (assumed and (field, False) in found)
        }  # fmt: skip

    def _gathered(self, table: Map) -> Iterator[tuple[int, str]]:
        """Yield the fields that items of a list are gathered around, if no field fills it alone.

        And the other fields of such an item, which delete what they fill of it.
        """
        for row in table.rows:
            # An item with a name or number is one of several rows' making.
            if row.target and row.target[0].mark == "" and isinstance(row.when, Test):
                name, source = row.target[0].name, row.when.source
                alone = all(by == _NO_FIELD for by, _ in self._lists.get((table.target, name), ()))
                if alone and row.when.kind == "valued" and source.name == table.source:
                    yield source.field, name
                    for inner in row.rows:
                        if inner.sources[0].name == table.source and len(inner.target) == 1:
                            yield inner.sources[0].field, f"{name}.{inner.target[0].name}"

    def _words(self, table: Map, row: Row, field: int) -> Iterator[str]:
        if _fills_list(row):
            yield from self._of_list(table, row.target[0].name, field)
            return
        path, selected = self._path(row.target)
        if path == _LABELS:
            yield f"{path} {table.source}-{field}"
        elif not selected and row.literal is not None and row.target[-1].mark is None:
            start = self._checker.start(table.target, row.where)
            _, element = self._checker.resolve(start, row.target, row.where)
            yield f"{path} {json.dumps(self._literal(row, element, {}))}"
        else:
            yield path

    def _path(self, steps: Sequence[Step]) -> tuple[str, bool]:
        """Return the word for what is at a path, and whether it ends in a list or an extension."""
        names: list[str] = []
        for number, step in enumerate(steps):
            names.append(step.name)
            if step.name == "extension":
                words, inner = [".".join(names), self._uri(step)], steps[number + 1 :]
                if inner and inner[0].name == step.name:
                    words.append(self._path(inner)[0])
                return " ".join(words), True
            if step.mark is not None:
                return ".".join(names), True
        return ".".join(names), False

    def _uri(self, step: Step) -> str:
        """Return the name of the extension at a step."""
        name = step.mark or ""
        return str(self._tables.names.get("extensions", {}).get(name, name))

    def _of_list(self, table: Map, name: str, field: int) -> Iterator[str]:
        """Return the words for the items that a field makes of a list that others may fill, too."""
        filled = self._lists[table.target, name]
        this = table.source, field
        own = [told for by, told in filled if by == this]
        others = [(by, told) for by, told in filled if by != this]
        mine = [way for told in own for way in told.ways]
        apart = all(told.ways for told in own) and all(
            _tells(way, [each for _, each in others]) for way in mine
        )
        if not others:
            yield name
        elif apart and all(told.surely for told in own):
            yield from (f"{name} {json.dumps(way)}" for way in mine)
        elif field == next(n for (segment, n), _ in filled if segment == table.source):
            # What another field always says is its own, though it is one of several for this.
            kept = [
                way for _, told in others for way in told.ways
                if way not in mine or len(told.ways) == 1 < len(mine)
            ]  # fmt: skip
            kept = [each for n, each in enumerate(kept) if each not in kept[:n]]
            yield f"{name} {json.dumps(kept)}" if kept else name
        elif apart:
            yield from (f"{name} {json.dumps(way)}" for way in mine)

    def _constants(self, table: Map, row: Row) -> _Constants:
        """Return what a row says of its items."""
        start = self._checker.start(table.target, row.where)
        place, _ = self._checker.resolve(start, row.target[:1], row.where)
        if row.literal is not None:
            return _Constants((), True, ())
        always: JSON = {}
        surely, perhaps = True, []
        options: dict[str, list[JSON] | None] = {}  # constants of a path; None: it has others, too
        for inner, arguments in self._inside(row, {}):
            steps = (*row.target[1:], *inner.target)
            first = steps[0].name if steps else ""
            fixed = inner.literal is not None and not any(s.name == "extension" for s in steps[1:])
            value = self._value(place, steps, inner, arguments) if fixed else {}
            own = arguments or any(inner is each for each in row.rows)
            sure = "" not in options and first not in options
            known = options.setdefault(first, [])
            if not value:
                options[first] = None
            elif inner.when is not None or inner.default:
                perhaps.append(value)
                options[first] = None if known is None else [*known, value]
            elif first not in always and (sure or own):
                always |= value
                options[first] = None
                surely = surely and sure
        several = next((each for each in options.values() if each and len(each) > 1), [])
        ways = tuple(always | each for each in several) or ((always,) if always else ())
        return _Constants(ways, surely, tuple(perhaps))

    def _inside(
        self, row: Row, arguments: dict[str, Literal]
    ) -> Iterator[tuple[Row, dict[str, Literal]]]:
        """Yield the rows that build an item: nested ones, or those of the map that makes it."""
        called = self._tables.maps.get(row.convert)
        resources = self._checker.definitions.resource_types
        if called is not None and called.target not in resources:
            given = (arguments.get(a.text[1:], a) for a in row.arguments)
            theirs = dict(zip(called.parameters, given, strict=False))
            asked = None if _is_anything(called.when) else called.when
            for inner in called.rows:
                yield from self._poured(replace(inner, when=both(asked, inner.when)), theirs)
        for inner in row.rows:
            yield from self._poured(inner, arguments)

    def _poured(
        self, row: Row, arguments: dict[str, Literal]
    ) -> Iterator[tuple[Row, dict[str, Literal]]]:
        """Yield a row; of one that is poured into the item those that do so."""
        called = self._tables.maps.get(row.convert)
        if not row.target and called is not None:
            yield from self._inside(row, arguments)
        else:
            yield row, arguments

    def _value(
        self, place: Place, steps: Sequence[Step], row: Row, arguments: dict[str, Literal]
    ) -> JSON:
        """Return an object that has nothing but a constant."""
        _, element = self._checker.resolve(place, steps, row.where)
        value = self._literal(row, element, arguments)
        for step in reversed(steps):
            if step.name == "extension":
                value = {"url": self._uri(step), **value}
            value = {step.name: value if step.mark is None else [value]}
        made: JSON = value
        return made

    def _literal(self, row: Row, element: Any, arguments: dict[str, Literal]) -> Any:
        assert row.literal is not None
        told = arguments.get(row.literal.text[1:], row.literal)
        return literal_eval(
            literals.expression(self._tables, replace(row, literal=told), element, ())
        )


def _fillings(table: Map) -> Iterator[tuple[Row, Source]]:
    """Yield the rows of a map that fill an element, with each of the fields that they read."""
    return ((row, source) for row in table.rows if row.target for source in row.sources)


def _widest(words: Collection[str]) -> tuple[str, ...]:
    """Return words without those for parts of what others delete as a whole."""
    heads = {word: re.split("[ .]", word.lstrip("_"))[0] for word in words}
    return tuple(word for word, head in heads.items() if word == head or head not in words)


def _fills_list(row: Row) -> bool:
    return row.target[0].mark is not None and row.target[0].name != "extension"


def _tells(way: JSON, others: Sequence[_Constants]) -> bool:
    """Whether constants tell items from what others may say, or say the same kind of."""
    perhaps = [each for other in others for each in other.perhaps]
    alike = all(any(says(each, {n: part}) for each in perhaps) for n, part in way.items())
    more = any(says(each, way) and each != way for other in others for each in other.ways)
    return not alike and not more
