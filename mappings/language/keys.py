"""Lines that say what identifies a resource: ``key EI(ORC-2) + OBX-4?  when …`` in, a `Key` out."""

from __future__ import annotations

import re

from mappings.language.conditions import condition
from mappings.language.lexer import Line, Quoted
from mappings.language.sources import source
from mappings.language.tree import Key, Source, TableError, Where

_IDENTIFIER = re.compile(r"(EI|CX)\((.*)\)")
_WORD = re.compile(r'"[^"+|]+"')


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
    parts, optional, types = [], [], []
    for part in map(str.strip, text.split("+")):
        bare = part.removesuffix("?")
        identifier = _IDENTIFIER.fullmatch(bare)
        types.append(identifier[1] if identifier else "")
        optional.append(bare != part or part == "-")
        either = (identifier[2] if identifier else bare).split("|")
        read = _number if identifier else _source
        parts.append(tuple(read(word.strip(), line.where) for word in either))
    return Key(line.where, tuple(parts), tuple(optional), tuple(types), when)


def _source(word: str, where: Where) -> Source:
    return Source(word) if _WORD.fullmatch(word) else source(word, where)


def _number(word: str, where: Where) -> Source:
    """Read an identifier, by its first component: its number."""
    whole = source(word, where)
    if whole.name[:1] in {"", "-", "@"} or whole.subcomponent:
        raise TableError(where, f"{word!r} is no field or component that holds an identifier")
    return whole._replace(subcomponent=1) if whole.component else whole._replace(component=1)
