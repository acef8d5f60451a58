"""The table ``sets``: names of values that conditions ask for in, lines with them spelt out, out.

::

    sets
      cancelled    A11 A27 A38

    PV1 -> Encounter  when MSH-9.2 not in cancelled

A set is known in what is read after it: below it in its file, in the files and layers that follow.
"""

from __future__ import annotations

import re

from mappings.language.lexer import Line, Quoted
from mappings.language.tree import TableError, Tables, ValueSet

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_USED = re.compile(rf"({_NAME.pattern})(\)*)")  # with the parentheses that it closes


def sets(rows: list[Line], into: Tables) -> None:
    """Add the rows of the table to `into`; a later layer may have a set of the same name.

    Raises
    ------
    TableError
        A row that is no name and its values, or a name that its layer has already.
    """
    for line in rows:
        name, *values = line.words
        if not _NAME.fullmatch(name) or not values:
            raise TableError(line.where, "write: NAME A B C, the name in small letters")
        known = into.sets.get(name)
        if known and known.where.layer == line.where.layer:
            raise TableError(line.where, f"there is a set {name} already, in {known.where}")
        into.sets[name] = ValueSet(line.where, tuple(values))


def spelt(line: Line, known: Tables) -> Line:
    """Return a line with the values in place of the names of sets."""
    words: list[str] = []
    for word in line.words:
        found = None if isinstance(word, Quoted) else _USED.fullmatch(word)
        named = known.sets.get(found[1]) if found and words and words[-1] == "in" else None
        if found is None or named is None:
            words.append(word)
        else:
            known.asked.add(found[1])
            words += ["(", *named.values, ")", *found[2]]
    return line._replace(words=words)


def refuse_unasked(tables: Tables) -> None:
    """Refuse a set that no row asks for.

    Raises
    ------
    TableError
        The first of them.
    """
    for name, named in tables.sets.items():
        if name not in tables.asked:
            raise TableError(named.where, f"no row asks for the set {name}")
