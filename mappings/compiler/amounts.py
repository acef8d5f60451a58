"""Tables in; the fields that say how much out, and where the unit of each stands.

A row that reads one as a CQ or a TQ tells it, and rows of one object that make a value of a field,
and a unit of another: ``RXE-10 value`` beside ``RXE-11 . CWE[Quantity]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings.language.tree import Map, Row, Source, Tables
from mappings.runtime.plan import Fillable

_UNIT = "CWE[Quantity]"
_OWN = Source("")
Rows = Sequence[Row]


def amounts(tables: Tables, table: Map) -> Iterator[Fillable]:
    """Yield the fields of a segment's map that say how much."""
    timings = {each.source for each in tables.maps.values() if _has_quantity(each)}
    kinds = {"CQ": "quantity", **dict.fromkeys(timings, "timing")}
    for rows, around in _objects(table.rows, ()):
        for row in rows:
            kind = kinds.get(row.convert.partition("[")[0])
            for source in row.sources if kind else ():
                yield from _fields(source, around, table.source, kind or "")
        for number, unit in _pairs(rows):
            if (number, unit) == (Source("", 0, 1), Source("", 0, 2)):
                yield from _fields(_OWN, around, table.source, "quantity")
            elif (number.component, unit) == (1, number._replace(component=2)):
                yield from _fields(number._replace(component=0), (), table.source, "quantity")
            elif number.name == unit.name == table.source and not unit.component:
                yield from _fields(number, (), table.source, "amount", unit.field)


def _objects(rows: Rows, around: tuple[Source, ...]) -> Iterator[tuple[Rows, tuple[Source, ...]]]:
    """Yield the rows that build each object, and whose components they may read."""
    yield rows, around
    for row in rows:
        if row.by is None:  # else it is a result, whose type says what it is
            yield from _objects(row.rows, around if _OWN in row.sources else row.sources)


def _pairs(rows: Rows) -> Iterator[tuple[Source, Source]]:
    """Yield what rows make a value of, with what they make its unit of."""
    numbers = [s for r in rows if r.path == "value" and not r.convert for s in r.sources]
    units = [s for r in rows if not r.target and r.convert == _UNIT for s in r.sources]
    yield from ((number, unit) for number in numbers for unit in units)


def _fields(
    source: Source, around: tuple[Source, ...], segment: str, kind: str, beside: int = 0
) -> Iterator[Fillable]:
    for field in around if source == _OWN else (source,):
        if field.name == segment and not field.component:
            yield Fillable(field.field, (), (), kind, beside)


def _has_quantity(table: Map) -> bool:
    """Whether a map reads a data type whose first component is a CQ."""
    first = Source(table.source, 0, 1)
    return any(row.convert.startswith("CQ[") and first in row.sources for row in table.rows)
