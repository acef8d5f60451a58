"""Values that a table file names (``sets``) in; its lines, in which the names are spelt out, out.

::

    sets
      cancelled    A11 A27 A38

    PV1 -> Encounter  when MSH-9.2 not in cancelled

A set is known in its own file, below where it stands: who reads a name finds it above.
"""

from __future__ import annotations

import re

from mappings.language.lexer import Line, Quoted
from mappings.language.tree import TableError, Where

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_USED = re.compile(rf"({_NAME.pattern})(\)*)")  # with the parentheses that it closes


class Sets:
    """The sets of one file."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}
        self._unused: dict[str, Where] = {}

    def read(self, rows: list[Line]) -> None:
        """Read the rows below ``sets``.

        Raises
        ------
        TableError
            A row that is no name and its values, or a name that stands there already.
        """
        for line in rows:
            name, *values = line.words
            if not _NAME.fullmatch(name) or not values:
                raise TableError(line.where, "write: NAME A B C, the name in small letters")
            if name in self._values:
                raise TableError(line.where, f"there is a set {name} already")
            self._values[name], self._unused[name] = values, line.where

    def spelt(self, line: Line) -> Line:
        """Return a line with the values in place of the names."""
        words: list[str] = []
        for word in line.words:
            found = None if isinstance(word, Quoted) else _USED.fullmatch(word)
            values = self._values.get(found[1]) if found and words and words[-1] == "in" else None
            if found is None or values is None:
                words.append(word)
            else:
                self._unused.pop(found[1], None)
                words += ["(", *values, ")", *found[2]]
        return line._replace(words=words)

    def refuse_unused(self) -> None:
        """Refuse a set that no row below it asks for.

        Raises
        ------
        TableError
            The first of them.
        """
        for name, where in self._unused.items():
            raise TableError(where, f"no row asks for the set {name}")
