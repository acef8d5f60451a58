"""Lines that say what identifies a resource: ``key EI(ORC-2) + OBX-4?  when …`` in, a `Key` out.

``key PL[Location](LOC-1)`` stands for all keys of that map, read of that field: what a segment
tells of a place is of the place that other messages name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from mappings.language.conditions import condition
from mappings.language.lexer import Line, Quoted
from mappings.language.moved import both, moved_below, moved_condition
from mappings.language.sources import source
from mappings.language.tree import Key, Source, TableError, Tables, Where

#: Types that hold an identifier, and the component that is its number.
_NUMBERS = {"EI": 1, "CX": 1, "CNN": 1, "CWE": 1, "XCN": 1, "XON": 10}
_IDENTIFIER = re.compile(rf"({'|'.join(_NUMBERS)})\((.*)\)")
_WORD = re.compile(r'"[^"+|]+"')
_OF_A_MAP = re.compile(r"(\w+\[[\w.:-]+\])\((.*)\)")


def key(line: Line) -> Key:
    """Read a key.

    Raises
    ------
    TableError
        A part is none that can be read.
    """
    words, when = line.words[1:], None
    if "when" in words:
        start = words.index("when")
        words, when = words[:start], condition(words[start + 1 :], line.where)
    text = " ".join(f'"{word}"' if isinstance(word, Quoted) else word for word in words)
    if named := _OF_A_MAP.fullmatch(text):
        return Key(line.where, ((source(named[2], line.where),),), when=when, of=named[1])
    parts, optional, types = [], [], []
    for part in map(str.strip, text.split("+")):
        bare = part.removesuffix("?")
        identifier = _IDENTIFIER.fullmatch(bare)
        types.append(identifier[1] if identifier else "")
        optional.append(bare != part or part == "-")
        either = (identifier[2] if identifier else bare).split("|")
        number = _NUMBERS.get(types[-1])
        parts.append(tuple(_source(word.strip(), line.where, number) for word in either))
    return Key(line.where, tuple(parts), tuple(optional), tuple(types), when)


def _source(word: str, where: Where, number: int | None) -> Source:
    """Read a word, a field or component; of an identifier, its number."""
    if number is None:
        return Source(word) if _WORD.fullmatch(word) else source(word, where)
    whole = source(word, where)
    if whole.name[:1] in {"", "-", "@"} or whole.subcomponent:
        raise TableError(where, f"{word!r} is no field or component that holds an identifier")
    if whole.component:
        return whole._replace(subcomponent=number)
    return whole._replace(component=number)


def with_keys(tables: Tables) -> Tables:
    """Return the tables with the keys of a map in the place of the line that names it.

    Raises
    ------
    TableError
        There is no such map, or it has no key; its keys read what the field has no room for.
    """
    for name, table in tables.maps.items():
        if any(key.of for key in table.keys):
            keys = (each for key in table.keys for each in _keys(key, name, tables))
            tables.maps[name] = replace(table, keys=tuple(keys))
    return tables


def _keys(key: Key, name: str, tables: Tables) -> Iterator[Key]:
    """Yield a key, or those of the map that it names; `name`: the map that has the key."""
    if not key.of:
        yield key
        return
    ((field,),) = key.parts
    other = tables.maps.get(key.of)
    if other is None or not other.keys or key.of == name or any(each.of for each in other.keys):
        raise TableError(key.where, f"no map {key.of} says by itself what its key is")
    move = partial(moved_below, own=other.source, outer=field, where=key.where)
    for each in other.keys:
        when = both(key.when, moved_condition(each.when, move))
        parts = tuple(tuple(map(move, part)) for part in each.parts)
        yield replace(each, where=key.where, parts=parts, when=when)
