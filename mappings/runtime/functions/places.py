"""Places: a PL as received in; what it is called, and its number among all places, out.

A PL (v2.9 2A.2.53) names a place by its levels: point of care, room, bed, facility, and behind two
components of another kind building and floor. The smallest that is valued is the place; a bed's
number is nobody's without its room and its ward.
"""

from __future__ import annotations

import re

from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import part
from mappings.runtime.types import Location

# Where the levels stand in a PL, from the smallest to the largest
_LEVELS = {"bed": 3, "room": 2, "ward": 1, "floor": 8, "building": 7, "site": 4}
# How many components stand before those of the PL
BEFORE = {"PL": 0, "NDL": 3}


def place_name(
    value: str, _context: Context, _location: Location, smallest: str = "bed", written: str = "PL"
) -> str | None:
    """Return a name for a place without description: its levels, from the largest to the smallest.

    Parameters
    ----------
    smallest
        The smallest level to be named: ``ward`` names the ward that a bed is in.
    written
        What the value is: a ``PL``, or an ``NDL`` that has a place.
    """
    found = _levels(value, smallest, written)
    return " ".join([found[n] for n in reversed(_LEVELS.values()) if n in found]) or None


def place_number(
    value: str, _context: Context, _location: Location, smallest: str = "bed", written: str = "PL"
) -> str | None:
    """Return a place as a PL names it, with the larger ones that it is in: ``W1^101^12^H1``.

    None if its smallest level has no name of the sender's own (HD.1). The parameters are those of
    `place_name()`.
    """
    found = _levels(value, smallest, written)
    last = part(value.partition("~")[0], "^", next(iter(found), 0) + BEFORE[written])
    if not found or not primitives.text(part(last, "&", 1)):
        return None
    return "^".join([found.get(n, "") for n in range(1, max(found) + 1)])


def line_beside(
    value: str, _context: Context, _location: Location, number: str, besides: str
) -> str | None:
    """Return a line of an address (a component), unless the line in component `besides` says it."""
    between = "^" if "^" in value else "&"  # in an XAD it is one component
    said = primitives.text(part(value, between, int(number)))
    line = primitives.text(part(value, between, int(besides))) or ""
    if said and re.search(_whole(said), line, re.IGNORECASE):
        return None
    return said


def _whole(words: str) -> str:
    """Return a pattern of words as such: 7 stands in ``7 Main St``, ``中山路7号``, not ``17``."""
    before, behind = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
    return (
        (before if words[0].isascii() else "")
        + re.escape(words)
        + (behind if words[-1].isascii() else "")
    )


def site_number(value: str, _context: Context, _location: Location) -> str | None:
    """Return a site that an HD names as a PL would: ``^^^H1``."""
    name = primitives.text(part(value, "^", 1))
    return f"^^^{name}" if name else None


def _levels(value: str, smallest: str, written: str) -> dict[int, str]:
    """Return what is valued from a level on, by its place in a PL, the smallest first.

    A name of the sender's own (HD.1), else a universal id (HD.2).
    """
    before = BEFORE[written]
    value = value.partition("~")[0]
    kept = list(_LEVELS.values())
    found = {}
    for n in kept[list(_LEVELS).index(smallest) :]:
        whole = part(value, "^", n + before)
        name = primitives.text(part(whole, "&", 1)) or primitives.text(part(whole, "&", 2))
        if name:
            found[n] = name
    return found
