"""A coded value with several codes (CWE) in; the one that counts out, the others found."""

from __future__ import annotations

from mappings.runtime.functions.coding import CodeTable
from mappings.runtime.functions.systems import coding_system
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import BLANK
from mappings.runtime.types import Location

#: Where the codes of a CWE stand: a code, what it is called, its system and that one's version
_CODES = ((0, 1, 2, 6), (3, 4, 5, 7), (9, 10, 11, 12))
_PLACES = tuple((number, place) for number, places in enumerate(_CODES) for place in places)


def one_coding(
    parts: list[str], table: CodeTable | None, context: Context, location: Location
) -> list[str]:
    """Return a coded value with the one of its codes that a Coding has room for; find the others.

    It is the one that says to be of the table, else the first that the table knows, else the
    first: a sender's own code often stands before the standard's.
    """
    if len(parts) < 4:
        return parts
    said = _codings(parts)
    chosen = _chosen(said, table, context) or 0
    left = list(parts)
    for number, place in _PLACES:
        if place < len(left) and left[place]:
            # What else an alternate that the table knows is called, its code tells.
            told = number == chosen and (not chosen or place != _CODES[chosen][-1])
            if not told and left[place].strip(BLANK):
                context.say("information", "already-filled", (location, place + 1))
            left[place] = ""
    left += [""] * (_CODES[0][-1] + 1 - len(left))
    for place, piece in zip(_CODES[0], said[chosen], strict=True):
        left[place] = piece
    return left


def one_code(table: CodeTable, value: str, context: Context, location: Location) -> str:
    """Return a coded value with the code before the others that a table knows (`one_coding`)."""
    pieces = value.split("^")
    if not pieces[0] and len(pieces) > 1 and pieces[1] in table.codes:  # words
        return "^".join([pieces[1], "", *pieces[2:]])
    if len(pieces) > 3:
        chosen = _chosen(_codings(pieces), table, context)
        if chosen and pieces[_CODES[chosen][0]]:
            place = _CODES[chosen][0]
            if pieces[0].strip():
                context.say("information", "already-filled", (location, 1))
            pieces[0], pieces[place] = pieces[place], ""
            return "^".join(pieces)
    return value


def _codings(parts: list[str]) -> list[list[str]]:
    return [[parts[place] if place < len(parts) else "" for place in places] for places in _CODES]


def _chosen(said: list[list[str]], table: CodeTable | None, context: Context) -> int | None:
    """Return which code counts, else which words."""
    valued = [number for number, each in enumerate(said) if each[0].strip()]
    if not valued:
        return next((number for number, each in enumerate(said) if each[1].strip()), None)
    return min(valued, key=lambda number: (_rank(said[number], table, context), number))


def _rank(said: list[str], table: CodeTable | None, context: Context) -> int:
    if table is None or primitives.code(primitives.narrow(said[0])) not in table.codes:
        return 2
    named = coding_system(said[2], context, 0) if said[2] else ""
    return 0 if named == table.v2_system else 1
