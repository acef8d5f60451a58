"""Lines of a map in, its rows out: ``PID-8  gender  codes AdministrativeSex ``."""

from __future__ import annotations

import re
from dataclasses import replace

from mappings.language.conditions import condition
from mappings.language.lexer import Line, Quoted, below
from mappings.language.near import near
from mappings.language.sources import literal, refuse_unseen, source, sources, target
from mappings.language.tree import Row, TableError

_CONVERT = re.compile(r"(\w+(?:\[[\w.:-]+\])?)(?:\((.*)\))?")
_TABLE = re.compile(r"\d{4}", re.ASCII)
_MOST = 12  # rows within one another
#: Words that may stand behind the target of a row
_OPTIONS = ("when", "default", "only", "codes", "table")


def rows_below(block: list[Line], case: bool = False, depth: int = 0) -> tuple[Row, ...]:
    """Read rows, with those nested in them; `case`: those of a row that leaves it to a type.

    Raises
    ------
    TableError
        A row that cannot be read.
    """
    if depth > _MOST:
        raise TableError(block[0].where, "too many rows, one within the other")
    return tuple(_row(line, inner, case, depth + 1) for line, inner in below(block))


def _row(line: Line, nested: list[Line], case: bool, depth: int) -> Row:
    words, where = list(line.words), line.where
    cases: tuple[str, ...] = ()
    if case:
        cases, words = tuple(words[0].split("|")), [".", *words[1:]]
    if len(words) > 2 and words[1] == "by":
        row = Row(
            where,
            sources(words[0], where),
            (),
            by=source(words[2], where),
            rows=rows_below(nested, True, depth),
        )
        return _options(row, words[3:])
    if len(words) < 2:
        raise TableError(where, "a row needs a source and a target")
    read, made = sources(words[0], where), target(words[1], where)
    row = Row(where, read, made, cases=cases, rows=rows_below(nested, False, depth))
    return _options(row, words[2:])


def _options(row: Row, words: list[str]) -> Row:
    row = _option(row, words)
    if row.literal and (row.convert or row.codes or row.table):
        why = "a constant stands alone: put a text with spaces in quotation marks"
        raise TableError(row.where, why)
    return row


def _option(row: Row, words: list[str]) -> Row:
    where = row.where
    while words:
        word = words.pop(0)
        if isinstance(word, Quoted):
            raise TableError(where, f"unexpected text {word!r}")
        if word == "when":
            return replace(row, when=condition(words, where))
        word = whole_call(word, words)
        if word == "default":
            if row.default:
                raise TableError(where, "default stands twice")
            row = replace(row, default=True)
        elif word == "only" and row.codes and row.convert:
            row = replace(row, only=True)
        elif word in {"=", "codes", "table"}:
            row = _with_value(row, word, words)
        elif word == "if":
            raise TableError(where, "cannot read 'if' here: did you mean when?")
        elif (match := _CONVERT.fullmatch(word)) and not row.convert:
            arguments = tuple(literal(a.strip()) for a in (match[2] or "").split(",") if a.strip())
            is_function = match[2] is not None and "[" not in match[1]
            name = match[1] + ("()" if is_function else "")
            row = replace(row, convert=name, arguments=arguments)
        else:
            raise TableError(where, f"cannot read {word!r} here{near(word, _OPTIONS)}")
    return row


def _with_value(row: Row, option: str, words: list[str]) -> Row:
    if not words:
        raise TableError(row.where, f"{option!r} needs a value")
    if row.codes or row.table:
        raise TableError(
            row.where, f"a row has one code table, and no constant: take {option!r} out"
        )
    value = words.pop(0)
    if option == "=":
        refuse_unseen(value, row.where)
        return replace(row, literal=literal(value))
    if option == "table" and not _TABLE.fullmatch(value):
        raise TableError(row.where, f"{value!r} is no HL7 table: write its four digits, table 0007")
    return replace(row, codes=value) if option == "codes" else replace(row, table=value)


def whole_call(word: str, words: list[str]) -> str:
    """Take the rest of ``minutes(9, 10)``, which spaces have cut in pieces."""
    while "(" in word and not word.endswith(")") and words:
        word += words.pop(0)
    return word
