"""``ignore`` lines of a map: lines in, what the map leaves out on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mappings.language.conditions import condition
from mappings.language.lexer import Line
from mappings.language.sources import source
from mappings.language.tree import Row, TableError

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
