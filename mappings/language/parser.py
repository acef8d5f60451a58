"""Table files: text in, `Tables` out; a later layer adds to and overrides an earlier one.

A file is a list of tables. A table begins at the left margin; its rows are indented:

=============================  ====================================================
``PID -> Patient``             a segment or data type map
``VAR -> CarePlan, Goal``      several that say the same
``PRT -> *``                   what every map of a segment leaves out
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
from itertools import takewhile
from typing import Any

from mappings.language.codes import read_codes
from mappings.language.conditions import condition
from mappings.language.erasures import erasures
from mappings.language.fillers import fillers
from mappings.language.keys import key
from mappings.language.layers import layered
from mappings.language.lexer import Line, blocks, lines
from mappings.language.like import likeness
from mappings.language.names import NAME_LISTS, names
from mappings.language.near import near
from mappings.language.omissions import always_left_out, left_out_when, omitted
from mappings.language.outline import Structure
from mappings.language.rows import rows_below, whole_call
from mappings.language.sets import conditions, sets, spelt
from mappings.language.site import setting
from mappings.language.structures import group, link, nodes, snapshots
from mappings.language.tree import Codes, Map, TableError, Tables, Where

_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
_READ = re.compile(r"[A-Z][A-Z0-9]{1,3}")
_NAME = re.compile(r"[A-Z][A-Z0-9]{0,3}\[[A-Za-z][A-Za-z0-9_.-]*\]")
_PARAMETER = re.compile(r"[A-Za-z]\w*", re.ASCII)
#: Words of a map's head, and what they say of it
_FLAGS: dict[str, dict[str, Any]] = {
    "directory": {"home": "directory"},
    "message": {"home": "message"},
    "snapshot": {"replace": True},
    "yields": {"gives": "way"},
    "joins": {"gives": "all"},
}
#: Words that begin lines of a map that are no rows
_NO_ROWS = {"key", "ignore", "drop", "erase"}
_FIELD = re.compile(r"[A-Z][A-Z0-9]{2}-\d|[-.]")
_OF_A_MAP = ": a field is ignored, a row dropped, in a map, below PV1 -> Encounter"
_HEADS = ("codes", "concepts", "group", "ignore", "links", "message")


def parse(text: str, file: str, layer: str, into: Tables) -> None:
    """Read one table file into `into`.

    Raises
    ------
    TableError
        A row that cannot be read: the error names file, line and why.
    """
    for block in blocks(lines(text, file, layer)):
        parse_table(block, into)


def parse_table(block: list[Line], into: Tables) -> None:
    """Read the lines of one table into `into`.

    Raises
    ------
    TableError
        As `parse`.
    """
    head, *rows = block = [spelt(line, into) for line in block]
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
            _maps(block, into)
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


def _maps(block: list[Line], into: Tables) -> None:
    """Read a map, or several that say the same: ``VAR -> CarePlan, Goal``."""
    head, *rows = block
    read, arrow, *words = head.words
    if words == ["*"]:
        omitted(head, rows, into)
        return
    several = list(takewhile(lambda word: word.endswith(","), words))
    for made in words[: len(several) + 1]:
        options = words[len(several) + 1 :]
        if several and "as" in options:
            raise TableError(head.where, "a name is of one map: write one target alone")
        _map([head._replace(words=[read, arrow, made.rstrip(","), *options]), *rows], into)


def _map(block: list[Line], into: Tables) -> None:
    first, *rows = likeness(block, into)
    read, _, made, *options = first.words
    head = _head(first.where, read, made, options)
    into.blocks.setdefault(head.name, [first, *rows])
    keys = tuple(key(line) for line in rows if line.words[0] == "key")
    ignored = always_left_out(rows, head.source)
    dropped = {tuple(line.words[1:]): line.where for line in rows if line.words[0] == "drop"}
    erases = tuple(e for line in rows if line.words[0] == "erase" for e in erasures(line))
    said = rows_below([line for line in rows if line.words[0] not in _NO_ROWS])
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
            word = whole_call(word, rest)
            head = replace(head, parameters=tuple(filter(None, word.strip("()").split(","))))
        else:
            words = ", ".join(map(repr, ("as", "when", *_FLAGS)))
            raise TableError(where, f"{word!r} is none of {words}, (…)")
    if not _NAME.fullmatch(head.name):
        raise TableError(where, f"{head.name!r} is no name of a map: write {read}[{made}-Other]")
    if not all(map(_PARAMETER.fullmatch, head.parameters)):
        raise TableError(where, "write parameters: (role), (use,system)")
    return head
