"""Lines that say what identifies a resource: ``key EI(ORC-2) + OBX-4?  when …`` in, a `Key` out."""

from __future__ import annotations

import re

from mappings.language.conditions import condition
from mappings.language.lexer import Line, Quoted
from mappings.language.sources import source
from mappings.language.tree import Key, Source, TableError, Where

#: Types that hold an identifier, and the component that is its number.
_NUMBERS = {"EI": 1, "CX": 1, "CNN": 1, "CWE": 1, "XCN": 1, "XON": 10}
_IDENTIFIER = re.compile(rf"({'|'.join(_NUMBERS)})\((.*)\)")
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
