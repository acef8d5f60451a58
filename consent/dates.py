"""FHIR dates in; the stretch of time they name out.

A FHIR date names a whole year, month, day, second or part of one; as the end of a Period it is
included to its last instant (R4 Datatypes, Period). Dates and years have no offset of their own:
they are read in the zone given.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from consent.model import Period

CHINA = timezone(timedelta(hours=8))

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?"
    r"(Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_EPOCH = date(1970, 1, 1).toordinal()
_LAST = date.max.toordinal()


def span(text: str, zone: tzinfo = CHINA) -> Period:
    """Return the stretch of time that a FHIR date, dateTime or instant names.

    Parameters
    ----------
    text
        R4 date, dateTime or instant, at any precision.
    zone
        Where a date without an offset is read.

    Raises
    ------
    ValueError
        It is not a FHIR date, or names no day of the calendar.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("not a FHIR date")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    if hour is not None:
        low = _instant(int(year), int(month), int(day), int(hour), int(minute), int(second), offset)
        if fraction is None:
            return Period(low, low + _SECOND)
        low += int(fraction[:6].ljust(6, "0"))
        return Period(low, low + 10 ** max(0, 6 - len(fraction)))
    first = date(int(year), int(month or 1), int(day or 1))
    if day is not None:
        days = 1
    elif month is not None:
        days = monthrange(first.year, first.month)[1]
    else:
        days = 366 if isleap(first.year) else 365
    ordinal = first.toordinal()
    return Period(_midnight(ordinal, zone), _midnight(ordinal + days, zone))


def _midnight(ordinal: int, zone: tzinfo) -> int:
    """Return the midnight that begins a day; the day after the last of year 9999 is one too."""
    day = date.fromordinal(min(ordinal, _LAST))
    offset = datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset() or timedelta()
    return (ordinal - _EPOCH) * _DAY - offset // timedelta(microseconds=1)


def _instant(
    year: int, month: int, day: int, hour: int, minute: int, second: int, offset: str
) -> int:
    if hour > 23 or minute > 59 or second > 60:  # R4 allows the leap second
        raise ValueError("not a time of day")
    shift = 0
    if offset != "Z":
        hours, minutes = int(offset[1:3]), int(offset[4:6])
        if hours > 14 or minutes > 59:
            raise ValueError("not an offset from UTC")
        shift = (hours * 60 + minutes) * 60 * (-1 if offset[0] == "-" else 1)
    whole = _midnight(date(year, month, day).toordinal(), UTC)
    return whole + (hour * 3600 + minute * 60 + second - shift) * _SECOND
