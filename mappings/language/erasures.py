"""``erase`` lines of a map: a line in, the elements that it deletes out."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.language.conditions import condition
from mappings.language.lexer import Line
from mappings.language.sources import target
from mappings.language.tree import Erase, TableError


def erasures(line: Line) -> Iterator[Erase]:
    """Read ``erase period.end location[]  when MSH-9.2 is A13``: one for each element.

    ``status=revoked`` is the element where it has that value.

    Raises
    ------
    TableError
        It names no element.
    """
    words, when = list(line.words[1:]), None
    if "when" in words:
        cut = words.index("when")
        when = condition(words[cut + 1 :], line.where)
        words = words[:cut]
    if not words:
        raise TableError(line.where, "write: erase ELEMENT … when CONDITION")
    for word in words:
        path, _, value = word.partition("=")
        yield Erase(line.where, target(path, line.where), when, value)
