"""Repeat patterns (HL7 table 0335, v3 GTSAbbreviation) in; how often in how long an interval out.

What a pattern means that stands for nothing in itself (a site's own code) its code table says.
"""

from __future__ import annotations

import re

from mappings.runtime.state.context import Context
from mappings.runtime.text.pieces import part
from mappings.runtime.text.timeunits import TIME_UNITS
from mappings.runtime.types import Location

_ONCE_A_DAY = ("QD", "QAM", "QPM", "QHS", "QN", "AM", "PM", "BED")
_PATTERNS = {
    **dict.fromkeys(_ONCE_A_DAY, (1, 1, "d")),
    "BID": (2, 1, "d"),
    "TID": (3, 1, "d"),
    "QID": (4, 1, "d"),
    "QOD": (1, 2, "d"),
    "WK": (1, 1, "wk"),
    "BIW": (2, 1, "wk"),
    "TIW": (3, 1, "wk"),
    "MO": (1, 1, "mo"),
}
# QM and QS are no minute and no second: to some QM means every month.
_EVERY = re.compile(r"Q(?:([1-9]\d*)([SMHDWL])|([HDWL]))", re.ASCII)
AS_NEEDED = ("PRN", "SOS")
_NEEDED = re.compile(rf"[\s,;/-]*(?:{'|'.join(AS_NEEDED)})$")
_A_DAY = re.compile(r"([5-9])ID", re.ASCII)
_ON_DAYS = re.compile(r"Q([1-9]\d*)?J([1-7]{1,7})", re.ASCII)  # jours: Q2J135
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = {str(place + 1): place for place in range(len(_WEEK))}


def times_per_interval(value: str, _context: Context, _location: Location) -> int | None:
    """Return how often per interval a repeat pattern (table 0335) says: ``BID`` → 2."""
    found = _pattern(value)
    return found[0] if found else None


def interval(value: str, _context: Context, _location: Location) -> int | None:
    """Return the length of a repeat pattern's interval: ``Q6H`` → 6, ``BID`` → 1."""
    found = _pattern(value)
    return found[1] if found else None


def interval_unit(value: str, _context: Context, _location: Location) -> str | None:
    """Return the unit of a repeat pattern's interval: ``Q6H`` → h, ``BID`` → d."""
    found = _pattern(value)
    return found[2] if found else None


def days_of_week(value: str, _context: Context, _location: Location) -> list[str] | None:
    """Return the days that a repeat pattern names: ``QJ135`` → mon, wed, fri."""
    found = _ON_DAYS.fullmatch(_code(value))
    return [_WEEK[int(day) - 1] for day in sorted(set(found[2]))] if found else None


def days_between(
    value: str, _context: Context, _location: Location, begin: str, end: str
) -> list[str] | None:
    """Return the days after the one in component `begin` (1 is Monday), before that in `end`."""
    first, last = (_DAYS.get(part(value, "^", int(each)).strip()) for each in (begin, end))
    if first is None or last is None:
        return None
    days = [_WEEK[(first + number) % len(_WEEK)] for number in range(len(_WEEK))]
    return days[1 : (last - first) % len(_WEEK)] or None


def _code(value: str) -> str:
    return _NEEDED.sub("", part(value, "&", 1).strip().upper())


def _pattern(value: str) -> tuple[int, int, str] | None:
    code = _code(value)
    if code in _PATTERNS:
        return _PATTERNS[code]
    if daily := _A_DAY.fullmatch(code):
        return int(daily[1]), 1, "d"
    if days := _ON_DAYS.fullmatch(code):
        return len(set(days[2])), int(days[1] or 1), "wk"
    every = _EVERY.fullmatch(code)
    return (1, int(every[1] or 1), TIME_UNITS[every[2] or every[3]]) if every else None
