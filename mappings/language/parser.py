"""Table files: text in, `Tables` out; a later layer adds to and overrides an earlier one.

A file is a list of tables. A table begins at the left margin; its rows are indented:

=============================  ====================================================
``PID -> Patient``             a segment or data type map
``codes Sex  0001 -> uri``     a code table
``message ORU_R01``            a message structure
``group VISIT``                segments that structures name together
``links``                      references every message makes
``systems`` / ``extensions``   short names for URIs (also ``authorities``, ``units``)
``aliases``                    other names of a map
``concepts L -> uri``          a site's local codes and their standard codes
``fillers``                    words that stand for no value
``sets``                       names of values that conditions ask for
``conditions``                 names of conditions
``site``                       a site's settings
``ignore``                     segments a site does not want
=============================  ====================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mappings.language.codes import read_codes
from mappings.language.conditions import condition
from mappings.language.erasures import erasures
from mappings.language.fillers import fillers
from mappings.language.keys import key
from mappings.language.layers import layered
from mappings.language.lexer import Line, Quoted, below, lines
from mappings.language.like import likeness
from mappings.language.names import NAME_LISTS, names
from mappings.language.near import near
from mappings.language.omissions import always_left_out, left_out_when
from mappings.language.sets import conditions, sets, spelt
from mappings.language.site import setting
from mappings.language.sources import literal, refuse_unseen, source, sources, target
from mappings.language.structures import group, link, nodes, snapshots
from mappings.language.tree import (
    Codes,
    Map,
    Row,
    Structure,
    TableError,
    Tables,
    Where,
)

_CONVERT = re.compile(r"(\w+(?:\[[\w.:-]+\])?)(?:\((.*)\))?")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
_READ = re.compile(r"[A-Z][A-Z0-9]{1,3}")
_NAME = re.compile(r"[A-Z][A-Z0-9]{0,3}\[[A-Za-z][A-Za-z0-9_.-]*\]")
_TABLE = re.compile(r"\d{4}", re.ASCII)
_PARAMETER = re.compile(r"[A-Za-z]\w*", re.ASCII)
#: Words of a map's head, and what they say of it
_FLAGS: dict[str, dict[str, Any]] = {
    "directory": {"home": "directory"},
    "message": {"home": "message"},
    "snapshot": {"replace": True},
    "yields": {"gives": "way"},
    "joins": {"gives": "all"},
}
_MOST = 12  # rows within one another
_FIELD = re.compile(r"[A-Z][A-Z0-9]{2}-\d|[-.]")
_OF_A_MAP = ": a field is ignored, a row dropped, in a map, below PV1 -> Encounter"
_HEADS = ("codes", "concepts", "group", "ignore", "links", "message")
#: Words that may stand behind the target of a row
_OPTIONS = ("when", "default", "only", "codes", "table")


def parse(text: str, file: str, layer: str, into: Tables) -> None:
    """Read one table file into `into`.

    Raises
    ------
    TableError
        A row that cannot be read: the error names file, line and why.
    """
    block: list[Line] = []
    for line in lines(text, file, layer):
        if line.indent == 0 and block:
            _table(block, into)
            block = []
        if line.indent and not block:
            raise TableError(line.where, "a row before any table")
        block.append(spelt(line, into))
    if block:
        _table(block, into)


def _table(block: list[Line], into: Tables) -> None:
    head, rows = block[0], block[1:]
    words = head.words
    match words:
        case ["codes", name, table, "->", system]:
            read_codes(Codes(head.where, name, table, system), rows, into.codes, name)
        case ["concepts", local, "->", system]:
            read_codes(
                Codes(head.where, f"concepts {local}", local, system),
                rows,
                into.codes,
                f"concepts {local} {system}",
            )
        case ["message", name, *events]:
            body = [line for line in rows if line.words[0] not in {"events", "snapshot"}]
            whole = [s for line in rows if line.words[0] == "snapshot" for s in snapshots(line)]
            events += [e for line in rows if line.words[0] == "events" for e in line.words[1:]]
            into.structures[name] = Structure(
                head.where, name, tuple(events), nodes(body, into), tuple(whole)
            )
        case ["group", _]:
            group(head, rows, into)
        case ["links"]:
            into.links.extend(link(line.words, line.where) for line in rows)
        case [kind] if kind in NAME_LISTS:
            names(kind, rows, into)
        case [kind] if kind in _LISTS:
            _LISTS[kind](rows, into)
        case ["ignore"]:
            into.ignored.update((word, line.where) for line in rows for word in _segments(line))
        case [_, "->", _, *_]:
            _map(block, into)
        case _:
            why = f"no table begins with {' '.join(words)!r}"
            raise TableError(head.where, why + _meant(words))


def _meant(words: list[str]) -> str:
    """Return what somebody may have meant who began a table with words that begin none."""
    if _FIELD.match(words[0]):
        return ": indent rows below their table by two spaces"
    if words[0] in {"ignore", "drop"}:
        return _OF_A_MAP
    known = near(words[0], (*_HEADS, *NAME_LISTS, *_LISTS))
    if any(word in {"→", "—>", "－＞", "=>", "⇒"} for word in words):
        return ": an arrow is ->"
    if words[0] in {"codes", "concepts"}:
        return (
            f": write {'codes NAME  0002 -> SYSTEM' if words[0] == 'codes' else 'concepts L -> LN'}"
        )
    arrow = any(">" in word for word in words)
    return known or (": a map begins as PV1 -> Encounter, with spaces" if arrow else "")


def _site(rows: list[Line], into: Tables) -> None:
    into.settings.update(map(setting, rows))


#: Tables that are lists of their own kind
_LISTS: dict[str, Callable[[list[Line], Tables], None]] = {
    "conditions": conditions,
    "fillers": fillers,
    "sets": sets,
    "site": _site,
}


def _segments(line: Line) -> list[str]:
    for word in line.words:
        if not _SEGMENT.fullmatch(word) or word in {"MSH", "PID"}:
            why = f"{word!r} is no segment that may be left out"
            raise TableError(line.where, why + (_OF_A_MAP if _FIELD.match(word) else ""))
    return line.words


def _map(block: list[Line], into: Tables) -> None:
    first, *rows = likeness(block, into)
    read, _, made, *options = first.words
    head = _head(first.where, read, made, options)
    into.blocks.setdefault(head.name, [first, *rows])
    keys = tuple(key(line) for line in rows if line.words[0] == "key")
    ignored = always_left_out(rows, head.source)
    dropped = {tuple(line.words[1:]): line.where for line in rows if line.words[0] == "drop"}
    erases = tuple(e for line in rows if line.words[0] == "erase" for e in erasures(line))
    said = _rows([line for line in rows if line.words[0] not in {"key", "ignore", "drop", "erase"}])
    said += tuple(left_out_when(rows, head.source))
    new = replace(head, keys=keys, rows=said, ignored=ignored, erases=erases)
    into.maps[new.name] = layered(into.maps.get(new.name, head), new, dropped)


def _head(where: Where, read: str, made: str, options: list[str]) -> Map:
    """Read ``OBX -> Observation  as OBX[Observation-Other]  snapshot  when OBX-2 valued``."""
    if not _READ.fullmatch(read):
        raise TableError(where, f"{read!r} is no segment or data type")
    head, rest = Map(where, f"{read}[{made}]", read, made), list(options)
    while rest:
        word = rest.pop(0)
        if word == "as" and rest:
            head = replace(head, name=rest.pop(0))
        elif word in _FLAGS:
            head = replace(head, **_FLAGS[word])
        elif word == "when":
            head, rest = replace(head, when=condition(rest, where)), []
        elif word.startswith("("):
            word = _whole_call(word, rest)
            head = replace(head, parameters=tuple(filter(None, word.strip("()").split(","))))
        else:
            words = ", ".join(map(repr, ("as", "when", *_FLAGS)))
            raise TableError(where, f"{word!r} is none of {words}, (…)")
    if not _NAME.fullmatch(head.name):
        raise TableError(where, f"{head.name!r} is no name of a map: write {read}[{made}-Other]")
    if not all(map(_PARAMETER.fullmatch, head.parameters)):
        raise TableError(where, "write parameters: (role), (use,system)")
    return head


def _rows(block: list[Line], case: bool = False, depth: int = 0) -> tuple[Row, ...]:
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
            rows=_rows(nested, True, depth),
        )
        return _options(row, words[3:])
    if len(words) < 2:
        raise TableError(where, "a row needs a source and a target")
    read, made = sources(words[0], where), target(words[1], where)
    row = Row(where, read, made, cases=cases, rows=_rows(nested, False, depth))
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
        word = _whole_call(word, words)
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


def _whole_call(word: str, words: list[str]) -> str:
    """Take the rest of ``minutes(9, 10)``, which spaces have cut in pieces."""
    while "(" in word and not word.endswith(")") and words:
        word += words.pop(0)
    return word
