"""Lines of a table file: text in, (line number, indentation, words) out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mappings.language.tree import TableError, Where

_TYPOGRAPHIC = re.compile("[“”„‟＂「」『』]")
_SINGLE = re.compile(r"(?:[(,]*'[^',()]+'[),]*)+")  # but '' is a UCUM code
_WORD = re.compile(r'"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+)')


class Quoted(str):
    """A word that stood in quotation marks: never a keyword."""

    __slots__ = ()


class Line(NamedTuple):
    """One line with content."""

    where: Where
    indent: int
    words: list[str]


def lines(text: str, file: str, layer: str) -> Iterator[Line]:
    """Yield the lines of a table file; ``#`` at the start of a word begins a comment.

    Raises
    ------
    TableError
        A tab in the indentation; a quotation mark that is not closed, or not a straight one.
    """
    for number, raw in enumerate(re.split("\r\n|\r|\n", text), 1):
        where = Where(file, number, layer)
        stripped = raw.lstrip(" ")
        if not stripped or stripped[0] == "#":
            continue
        if stripped[0].isspace():
            if stripped.isspace():
                continue
            raise TableError(where, "indent with plain spaces, not tabs or wide spaces")
        words = list(_words(stripped, where))
        if words:
            yield Line(where, len(raw) - len(stripped), words)


def blocks(several: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield the lines of each table of a file.

    Raises
    ------
    TableError
        A row stands before any table.
    """
    block: list[Line] = []
    for line in several:
        if line.indent == 0 and block:
            yield block
            block = []
        if line.indent and not block:
            raise TableError(line.where, "a row before any table")
        block.append(line)
    if block:
        yield block


def _words(text: str, where: Where) -> Iterator[str]:
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        if text[position] == "#":
            return
        match = _WORD.match(text, position)
        if match is None:
            raise TableError(where, "a quotation mark is not closed")
        if match["quoted"] is not None:
            yield Quoted(match["quoted"])
            position = match.end()
        else:
            if sign := _TYPOGRAPHIC.search(match["bare"]) or _SINGLE.fullmatch(match["bare"]):
                mark = sign[0].strip("(,)")[0]
                raise TableError(where, f'{mark} is no quotation mark here: write "…"')
            yield match["bare"]
            position = match.end()


def around_arrow(line: Line) -> tuple[list[str], list[str]]:
    """Return the names before an arrow, and the words behind it; one name needs no arrow."""
    words = line.words
    arrows = (n for n, w in enumerate(words) if w == "->" and not isinstance(w, Quoted))
    cut = next(arrows, None)
    return (words[:1], words[1:]) if cut is None else (words[:cut], words[cut + 1 :])


def below(block: Sequence[Line]) -> Iterator[tuple[Line, list[Line]]]:
    """Yield each outer line of a block with the lines that are indented below it.

    Raises
    ------
    TableError
        Lines that may as well be meant to stand beside one another as below: one space apart, or
        in no column that a line above has.
    """
    position = 0
    while position < len(block):
        outer, end = block[position], position + 1
        while end < len(block) and block[end].indent > outer.indent:
            end += 1
        inner = list(block[position + 1 : end])
        if outer.indent != block[0].indent:
            why = f"indented by {outer.indent}: rows beside this one are by {block[0].indent}"
            raise TableError(outer.where, why)
        if inner and inner[0].indent < outer.indent + 2:
            why = "indented by one space more than the row above: none if beside it, two if below"
            raise TableError(inner[0].where, why)
        yield outer, inner
        position = end
