"""Tables in; the fields in which a word may stand for no value, or for more, out, by segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mappings.compiler.amounts import amounts
from mappings.compiler.reading import is_segment
from mappings.language.nested import flat
from mappings.language.tree import Map, Row, Source, Tables
from mappings.runtime.plan import Fillable

#: How fields of a type are mended, where there is room for several, and for one alone
_MENDED = {
    "XAD": ("addresses", "addresses"), "XCN": ("people", "person"), "XTN": ("telephones", ""),
}  # fmt: skip


def fillable(tables: Tables) -> Mapping[str, tuple[Fillable, ...]]:
    """Return the fields of each segment that the table ``fillers`` speaks of, in their order.

    It names them, or the data type that a row or a key reads them as. So are those that say how
    much, for their unit may stand behind the number.
    """
    found: dict[str, dict[int, Fillable]] = {}
    named = [
        (name.partition("-"), filler) for name, filler in tables.fillers.items() if "-" in name
    ]
    for (segment, _, number), filler in named:
        field = int(number)
        found.setdefault(segment, {})[field] = Fillable(field, filler.components, filler.shapes)
    alone = set(_alone(tables))
    for table in filter(is_segment, tables.maps.values()):
        for source, type_ in _typed(table):
            filler_of = tables.fillers.get(type_)
            if filler_of and source.name == table.source and source.field and not source.component:
                mend = _MENDED.get(type_, ("", ""))[(source.name, source.field) in alone]
                place = Fillable(source.field, filler_of.components, filler_of.shapes, mend)
                found.setdefault(table.source, {}).setdefault(source.field, place)
        for place in amounts(tables, table):
            found.setdefault(table.source, {}).setdefault(place.field, place)
    return {segment: tuple(sorted(fields.values())) for segment, fields in found.items()}


def _alone(tables: Tables) -> Iterator[tuple[str, int]]:
    """Yield the fields of which FHIR has room for one alone, somewhere."""
    for table in filter(is_segment, tables.maps.values()):
        for row in flat(table.rows):
            type_ = row.convert.partition("[")[0]
            if type_ in _MENDED and not any(step.appends for step in row.target):
                yield from ((source.name, source.field) for source in row.sources)


def _typed(table: Map) -> Iterator[tuple[Source, str]]:
    """Yield what a map reads, and as which data type."""
    yield from _read(table.rows, ())
    for key in table.keys:
        for sources, type_ in zip(key.parts, key.types or ("",) * len(key.parts), strict=True):
            for source in sources:
                yield source, type_


def _read(rows: Iterable[Row], around: tuple[Source, ...]) -> Iterator[tuple[Source, str]]:
    for row in rows:
        if row.by is None:  # else a field says of what type it is: what is in it is a result
            within = Source("") in row.sources
            sources = around if within else row.sources
            for source in sources:
                yield source, row.convert.partition("[")[0]
            yield from _read(row.rows, sources)
