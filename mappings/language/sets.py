"""The tables ``sets`` and ``conditions``: names in, lines with what they stand for in them, out.

::

    sets
      ended        A03 A11

    conditions
      planned      PV1-2 is P or MSH-9.2 in (A05, A14)

    PV1 -> Encounter  when planned and MSH-9.2 not in ended

A name is known in what is read after it: below it in its file, in the files and layers that follow.
What a later layer adds to one, with ``also``, counts wherever the name stands, in earlier layers,
too::

    sets
      ended        also 出院
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from mappings.language.conditions import KEYWORDS, NAME, condition, split_parentheses
from mappings.language.lexer import Line, Quoted
from mappings.language.tree import Named, TableError, Tables

_ALSO = "also"
#: What stands before a test: there a word may be the name of a condition
_BEFORE_TEST = {"when", "and", "or", "not", "("}


def sets(rows: list[Line], into: Tables) -> None:
    """Add the rows of the table to `into`; a later layer may have a set of the same name.

    Raises
    ------
    TableError
        A row that is no name and its values, or a name that its layer has already.
    """
    for line in rows:
        name, *values = line.words
        if not NAME.fullmatch(name) or not values:
            raise TableError(line.where, "write: NAME A B C, the name in small letters")
        if twice := next((word for word in values if values.count(word) > 1), ""):
            raise TableError(line.where, f"{twice!r} stands in the set twice")
        if values[0] == _ALSO and len(values) > 1:
            _add(line, "set", values[1:], into.sets, into)
            continue
        _refuse_second(line, into.sets, "set")
        into.sets[name] = Named(line.where, tuple(values))


def conditions(rows: list[Line], into: Tables) -> None:
    """Add the rows of the table to `into`; a later layer may have a condition of the same name.

    Raises
    ------
    TableError
        A row that is no name and a condition, or a name that its layer has already.
    """
    for line in rows:
        name, *words = line.words
        if not NAME.fullmatch(name) or name in KEYWORDS or not words:
            raise TableError(line.where, "write: NAME PV1-2 is P, the name in small letters")
        added = words[0] == _ALSO
        if not added:
            _refuse_second(line, into.conditions, "condition")
        words = _spelt(words[added:], into)
        condition(words, line.where)  # what is wrong in it is told where it stands
        if added:
            _add(line, "condition", words, into.conditions, into)
        else:
            into.conditions[name] = Named(line.where, tuple(words))


def foresee(blocks: Iterable[list[Line]], into: Tables) -> None:
    """Note what later layers add to sets and conditions, before the rows of any layer are read.

    Raises
    ------
    TableError
        One of them is wrong.
    """
    seen, read = Tables(), {"sets": sets, "conditions": conditions}
    heads = [block for block in blocks if " ".join(block[0].words) in read]
    for kind, named in read.items():
        for head, *rows in heads:
            if head.words == [kind]:
                named(rows, seen)
    into.more = seen.more


def _add(line: Line, kind: str, words: list[str], known: Mapping[str, Named], into: Tables) -> None:
    name = line.words[0]
    if name not in known or known[name].where.layer == line.where.layer:
        raise TableError(line.where, f"no earlier layer has a {kind} {name} to add to")
    into.more.setdefault((kind, name), {})[line.where] = tuple(words)


def _refuse_second(line: Line, known: Mapping[str, Named], kind: str) -> None:
    name = line.words[0]
    if name in known and known[name].where.layer == line.where.layer:
        raise TableError(line.where, f"there is a {kind} {name} already, in {known[name].where}")


def values_of(name: str, known: Tables) -> tuple[str, ...]:
    """Return the values of a set, those that later layers add too; none, if nobody has it."""
    named, more = known.sets.get(name), known.more.get(("set", name), {})
    return (*(named.words if named else ()), *chain.from_iterable(more.values()))


def spelt(line: Line, known: Tables) -> Line:
    """Return a line whose condition has what the names in it stand for."""
    for number, word in enumerate(line.words, 1):
        if word == "when" and not isinstance(word, Quoted):
            words = [*line.words[:number], *_spelt(line.words[number:], known)]
            return line._replace(words=words)
    return line


def _spelt(words: list[str], known: Tables) -> list[str]:
    found: list[str] = []
    for word in split_parentheses(words):
        before = found[-1] if found else "when"
        values = known.sets.get(word) if before == "in" else None
        listed = before == "(" and found[-2:-1] in (["in"], ["names"])
        test = before in _BEFORE_TEST and not listed
        stated = known.conditions.get(word) if test else None
        if isinstance(word, Quoted):
            found.append(word)
        elif values is not None:
            known.asked.add(values.where)
            found += ["(", *values_of(word, known), ")"]
        elif stated is not None:
            known.asked.add(stated.where)
            more = known.more.get(("condition", word), {})
            others = chain.from_iterable(("or", "(", *words, ")") for words in more.values())
            found += ["(", *stated.words, *others, ")"]
        else:
            found.append(word)
    return found


def refuse_unasked(tables: Tables) -> None:
    """Refuse a set or a condition that no row asks for, and a group that no message has.

    Raises
    ------
    TableError
        The first of them.
    """
    wheres = [
        *((f"no row asks for the set {name}", each.where) for name, each in tables.sets.items()),
        *((f"no row asks for the condition {name}", each.where)
          for name, each in tables.conditions.items()),
        *((f"no message has the group {name}", each.where) for name, each in tables.groups.items()),
    ]  # fmt: skip
    for why, where in wheres:
        if where not in tables.asked:
            raise TableError(where, why)
