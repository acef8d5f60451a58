"""Which rows of a segment's map make the same of the same fields: in every message, or in one.

A laboratory's results differ in their values and times; their codes, ranges, methods and devices
come again and again. What such rows make is made once, and shared by all messages of a source. The
results of one message differ in their values: when they were measured, by whom and why, they have
in common.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from mappings.compiler.conditions import sources_of
from mappings.language.nested import built, flat, nodes_of
from mappings.language.tree import Combined, Condition, Map, Row, Source, Tables, Test

_FEW = 3  # elements: to share less costs more than it saves


class Split(NamedTuple):
    """The rows of a map: whose elements messages share, whose segments of one share, the others.

    ``fields`` are those that the shared rows read. ``alike_reads`` are the segments and fields that
    the rows which are alike read, unless one of the conditions ``apart`` holds: then they are not.
    """

    shared: tuple[Row, ...]
    fields: tuple[int, ...]
    alike: tuple[Row, ...]
    alike_reads: tuple[tuple[str, int], ...]
    apart: tuple[Condition, ...]
    others: tuple[Row, ...]


def whole(table: Map) -> Split:
    """Return a map whose elements are all its resource's own."""
    return Split((), (), (), (), (), table.rows)


def split(
    table: Map,
    vocabulary: Callable[[Row], bool],
    alike: Callable[[Row], bool],
    elements: Callable[[Row], Collection[str]],
    touched: Collection[str],
) -> Split:
    """Split a map's rows.

    An element is shared if all rows that may fill it read vocabulary, and nothing but fields of
    this segment, or say something only where none of these fields is valued; and if nothing else
    builds into it. It is alike in the segments of one message if
    none of these rows reads the value of the segment (whose type another field names).

    Parameters
    ----------
    vocabulary
        Whether what a row makes depends on what it reads alone, and is no patient content.
    alike
        Whether what a row makes depends on what it reads, and the message, alone.
    elements
        The top-level elements a row may fill, a choice of types by its common name.
    touched
        Elements that others than this map's rows may build into.
    """
    shared: list[Row] = []
    names: set[str] = set()
    fields: set[int] = set()
    same: list[Row] = []
    apart: list[Row] = []
    value = _value(table)
    keys = [{s.field for part in key.parts for s in part if s.field} for key in table.keys]
    keyed: set[int] = set().union(*keys)
    # What is in every key is another one in each segment, and so is the value.
    own = value.union(keys[0].intersection(*keys) if keys else ())
    for filled, rows in _groups(table.rows, elements):
        if not filled.isdisjoint(touched):
            continue
        common, needed = _common(rows, table.source, vocabulary)
        if common:
            shared += common
            names |= filled
            fields |= needed
        elif value and "identifier" not in filled:
            sure = [row for row in rows if alike(row) and _together(row, keyed)]
            others = [row for row in rows if row not in sure]
            if (
                sure
                and all(map(_is_asked, others))
                and own.isdisjoint(source.field for row in rows for source in _reads(row) or ())
            ):
                same += rows
                apart += others
    if len(names) < _FEW:
        return whole(table)
    taken = {id(row) for row in [*shared, *same]}
    unsure = {id(row) for row in apart}
    read = (_reads(row) or () for row in same if id(row) not in unsure)
    return Split(
        _in_order(table, shared),
        tuple(sorted(fields)),
        _in_order(table, same),
        tuple(sorted({(source.name, source.field) for sources in read for source in sources})),
        tuple(dict.fromkeys(row.when for row in apart if row.when is not None)),
        tuple(row for row in table.rows if id(row) not in taken),
    )


def _in_order(table: Map, rows: Iterable[Row]) -> tuple[Row, ...]:
    chosen = {id(row) for row in rows}
    return tuple(row for row in table.rows if id(row) in chosen)


def touched(table: Map, tables: Tables) -> set[str]:
    """Return elements of a map's resource that links, or other segments' maps, may build into."""
    links, adding = list(tables.links), set()
    for structure in tables.structures.values():
        for node in nodes_of(structure.nodes):
            links += node.links
            adding |= {f"{node.name}[{r[1:]}]" for r in node.resources if r.startswith("+")}
    found = {link.path[0].name for link in links if link.holder == table.target}
    for other in tables.maps.values():
        # A map without a name of its own adds to the nearest resource where no structure says.
        if other.target == table.target and other is not table and (
            other.name in adding or "-" not in other.name
        ):  # fmt: skip
            found |= {path.partition(".")[0] for path in built(other.rows)}
    return found


def _groups(
    rows: Iterable[Row], elements: Callable[[Row], Collection[str]]
) -> list[tuple[set[str], list[Row]]]:
    """Bring together the rows that may fill the same element."""
    found: list[tuple[set[str], list[Row]]] = []
    for row in rows:
        names, together = set(elements(row)), [row]
        apart = []
        for group in found:
            if names & group[0]:
                names |= group[0]
                together = group[1] + together
            else:
                apart.append(group)
        found = [*apart, (names, together)]
    return found


def _value(table: Map) -> set[int]:
    """Return the fields of which a segment's value is made: its type, itself, and its unit."""
    rows = [each for row in table.rows if row.by is not None for each in flat((row,))]
    sources = [source for row in rows for source in row.sources]
    sources += [row.by for row in rows if row.by is not None]
    return {source.field for source in sources if source.name == table.source}


def _reads(row: Row) -> list[Source] | None:
    """Return the fields that a row reads, of any segment; None if it reads anything else."""
    found: list[Source] = []
    for each in flat((row,)):
        sources = [*each.sources, *(sources_of(each.when) if each.when is not None else ())]
        if any(not source.field and source.name not in {"", "-"} for source in sources):
            return None
        found += [source for source in sources if source.field]
    return found


def _together(row: Row, keyed: set[int]) -> bool:
    """Whether a row reads fields alone, and asks of none that tells the segments apart."""
    asked = sources_of(row.when) if row.when is not None else set()
    return _reads(row) is not None and keyed.isdisjoint(source.field for source in asked)


def _common(
    rows: list[Row], segment: str, vocabulary: Callable[[Row], bool]
) -> tuple[list[Row], set[int]]:
    """Return the rows of an element that messages share, if any, and the fields that they read."""
    for end in range(len(rows), 0, -1):
        first = rows[:end]
        converted = {source.field for row in flat(tuple(first)) for source in row.sources}
        reads = [_fields(row, segment) for row in first]
        if (
            all(map(vocabulary, first))
            and all(each is not None and each <= converted for each in reads)
            and all(_is_instead(row, segment, converted) for row in rows[end:])
        ):
            return first, set().union(*(each for each in reads if each))
    return [], set()


def _is_instead(row: Row, segment: str, fields: set[int]) -> bool:
    """Whether a row says something only where none of a segment's fields is valued."""
    when = row.when
    every = when.parts if isinstance(when, Combined) and when.operator == "and" else (when,)
    empty = [Combined("not", (Test("valued", Source(segment, field)),)) for field in fields]
    return bool(empty) and all(each in every for each in empty)


def _is_asked(row: Row) -> bool:
    """Whether fields tell that a row says nothing."""
    return row.when is not None and all(source.field for source in sources_of(row.when))


def _fields(row: Row, segment: str) -> set[int] | None:
    """Return the fields of the segment that a row reads; None if it reads anything else."""
    found: set[int] = set()
    for each in flat((row,)):
        sources: list[Source] = list(each.sources)
        if each.when is not None:
            sources += sources_of(each.when)
        for source in sources:
            if source.name == segment and source.field:
                found.add(source.field)
            elif source.name not in {"", "-"}:
                return None
    return found
