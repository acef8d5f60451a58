"""The table ``fillers``: rows in, which words stand for no value, and in which parts of what, out.

::

    fillers
      CX     1      filler denial
      AL1-3  1 2    filler
"""

from __future__ import annotations

from mappings.language.lexer import Line
from mappings.language.sources import FIELDS, source
from mappings.language.tree import Filler, TableError, Tables

SHAPES = frozenset({"denial", "filler", "masked", "zeros"})


def fillers(rows: list[Line], into: Tables) -> None:
    """Add the rows of the table to `into`; a later one of the same field or data type counts.

    Raises
    ------
    TableError
        A row does not name a field or data type, its components, and the shapes of the words.
    """
    for line in rows:
        name, *words = line.words
        of = source(name, line.where)
        numbers = [word for word in words if word.isascii() and word.isdigit()]
        shapes = words[len(numbers) :]
        if of.component or not of.name.isalnum() or not (numbers and shapes):
            raise TableError(line.where, "write: CX 1 filler denial, or AL1-3 1 2 filler")
        if not SHAPES.issuperset(shapes):
            raise TableError(line.where, f"write of the words: {', '.join(sorted(SHAPES))}")
        components = tuple(map(int, numbers))
        if not all(0 < number <= FIELDS for number in components):
            raise TableError(line.where, f"components are numbered from 1 to {FIELDS}")
        into.fillers[str(of)] = Filler(line.where, components, tuple(shapes))


def refuse_unread(tables: Tables) -> None:
    """Refuse fillers of what no table reads.

    Raises
    ------
    TableError
        The first of them.
    """
    read = {table.source for table in tables.maps.values()}
    for name, filler in tables.fillers.items():
        if name.partition("-")[0] not in read:
            raise TableError(filler.where, f"no table reads {name}")
