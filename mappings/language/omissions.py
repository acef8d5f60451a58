"""``ignore`` lines of a map: lines in, what the map leaves out on purpose.

What every map of a segment leaves out stands once::

    PRT -> *
      ignore PRT-1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mappings.language.conditions import condition
from mappings.language.lexer import Line
from mappings.language.nested import flat
from mappings.language.sources import source
from mappings.language.tree import Row, TableError, Tables

LEFT_OUT = "left_out()"


def always_left_out(lines: Iterable[Line], read: str) -> frozenset[tuple[str, str]]:
    """Read ``ignore DG1-1 DG1-2.3``: fields and components, each with the line that says so.

    Raises
    ------
    TableError
        It names nothing, or something that is no part of what the map reads.
    """
    return frozenset(
        (word, f"{line.where}@{line.where.layer}")
        for line in lines if line.words[0] == "ignore" and "when" not in line.words
        for word in _of(read, line.words[1:], line)
    )  # fmt: skip


def left_out_when(lines: Iterable[Line], read: str) -> Iterator[Row]:
    """Read ``ignore DG1-21 when DG1-21 in (A, U)``: a row for each; other values are found.

    Raises
    ------
    TableError
        As `always_left_out`; the condition cannot be read.
    """
    for line in lines:
        if line.words[0] == "ignore" and "when" in line.words:
            cut = line.words.index("when")
            when = condition(line.words[cut + 1 :], line.where)
            for word in _of(read, line.words[1:cut], line):
                yield Row(line.where, (source(word, line.where),), (), LEFT_OUT, when=when)


def _of(read: str, words: list[str], line: Line) -> list[str]:
    if not words:
        raise TableError(line.where, "write: ignore FIELD …, ignore FIELD … when CONDITION")
    for word in words:
        part = source(word, line.where)
        if part.name != read or part.subcomponent or word == read:
            raise TableError(line.where, f"{word!r} is no field or component of {read}")
    return words


def omitted(head: Line, lines: list[Line], into: Tables) -> None:
    """Note what every map of a segment leaves out.

    Raises
    ------
    TableError
        It says more than that.
    """
    for line in lines:
        if line.words[0] != "ignore":
            raise TableError(line.where, f"below {' '.join(head.words)} stands what to ignore")
    into.omitted.setdefault(head.words[0], []).extend(lines)


def with_omissions(tables: Tables) -> Tables:
    """Return the tables with what every map of a segment leaves out in each.

    A map that reads a field leaves nothing of it out, but the values that a condition names.

    Raises
    ------
    TableError
        There is no map of the segment, or the lines are wrong.
    """
    for segment, lines in tables.omitted.items():
        always = always_left_out(lines, segment)
        sometimes = tuple(left_out_when(lines, segment))
        maps = [each for each in tables.maps.values() if each.source == segment]
        if not maps:
            raise TableError(lines[0].where, f"there is no map of {segment}")
        for table in maps:
            read = {str(source) for row in flat(table.rows) for source in row.sources}
            ignored = {(word, line) for word, line in always if word not in read}
            tables.maps[table.name] = replace(
                table, ignored=table.ignored | ignored, rows=(*table.rows, *sometimes)
            )
    return tables
