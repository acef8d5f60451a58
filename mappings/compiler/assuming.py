"""Tables in, tables out: of the rows of a map that assume one element, the first counts.

What a field suggests (``default``) takes the place of what was assumed before, in another segment
or in its own map. So the rows of a map that suggest one element are run from last to first.
"""

from __future__ import annotations

from dataclasses import replace

from mappings.language.tree import Map, Row, Tables


def first_counts(tables: Tables) -> Tables:
    """Return the tables with the rows of each map that suggest one element turned around."""
    maps = {name: replace(one, rows=_turned(one)) for name, one in tables.maps.items()}
    return replace(tables, maps=maps)


def _turned(table: Map) -> tuple[Row, ...]:
    places: dict[str, list[int]] = {}
    for number, row in enumerate(table.rows):
        if _suggests(row):
            places.setdefault(row.path, []).append(number)
    rows = list(table.rows)
    for numbers in places.values():
        for number, other in zip(numbers, reversed(numbers), strict=True):
            rows[number] = table.rows[other]
    return tuple(rows)


def _suggests(row: Row) -> bool:
    """Whether a row assumes an element of a resource because of a field."""
    plain = len(row.target) == 1 and row.target[0].mark is None
    return row.default and plain and row.sources[0].name != "-"
