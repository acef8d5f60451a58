"""FHIR dates: a partial date or a prefixed search value in, half-open ranges and a verdict out.

A value of any precision is the range of instants it may mean: ``2026-03`` is the whole of March.
Ranges are (first µs, first µs after), µs since 1970-01-01 UTC; None is open. A value without an
offset is in the zone given. Comparisons follow https://hl7.org/fhir/R4/search.html#prefix and
#date.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

_FORM = re.compile(
    r"(?a:(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?)"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Range(NamedTuple):
    """Half-open range of instants in µs; None is open."""

    low: int | None
    high: int | None


class DateError(ValueError):
    """Not a FHIR date, dateTime or instant."""


def parse(text: str, zone: tzinfo) -> Range:
    """Return the range of instants a FHIR date, dateTime or instant may mean.

    Raises
    ------
    DateError
        Not of a date's form, or no such day.
    """
    found = _FORM.fullmatch(text)
    if not found:
        raise DateError("not a date")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        where = datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo if offset else zone
        low = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0),
            min(int(second or 0), 59), int((fraction or ".0")[1:7].ljust(6, "0")), tzinfo=where,
        )  # fmt: skip
        if fraction:
            high = low + timedelta(microseconds=10 ** max(0, 7 - len(fraction)))
        elif second or minute:
            high = low + (timedelta(seconds=1) if second else timedelta(minutes=1))
        elif day:
            high = low + timedelta(days=1)
        elif month:
            high = (low + timedelta(days=31)).replace(day=1)
        else:
            high = low.replace(year=low.year + 1)
    except (ValueError, OverflowError) as fault:
        raise DateError("no such date") from fault
    return Range(micros(low), micros(high))


def micros(moment: datetime) -> int:
    """Return µs since the epoch of an aware moment."""
    return (moment - _EPOCH) // _MICROSECOND


def element_range(value: Any, zone: tzinfo) -> Range | None:
    """Return the range an element means: a date, dateTime, instant or Period; None if neither.

    Content was validated when it was stored; a value no calendar has matches nothing.
    """
    try:
        if isinstance(value, str):
            return parse(value, zone)
        if isinstance(value, dict) and ("start" in value or "end" in value):
            low = parse(value["start"], zone).low if "start" in value else None
            high = parse(value["end"], zone).high if "end" in value else None
            return Range(low, high)
    except DateError:
        return None
    return None


def _above(a: int | None, b: int | None) -> bool:
    """Tell whether upper end `a` lies above upper end `b`; None is +∞."""
    return b is not None and (a is None or a > b)


def _below(a: int | None, b: int | None) -> bool:
    """Tell whether lower end `a` lies below lower end `b`; None is -∞."""
    return b is not None and (a is None or a < b)


def _contains(search: Range, target: Range) -> bool:
    return not _below(target.low, search.low) and not _above(target.high, search.high)


def _after(target: Range, search: Range) -> bool:
    return target.low is not None and search.high is not None and target.low >= search.high


def _before(target: Range, search: Range) -> bool:
    return target.high is not None and search.low is not None and target.high <= search.low


COMPARISONS: dict[str, Callable[[Range, Range], bool]] = {
    "eq": _contains,
    "ne": lambda search, target: not _contains(search, target),
    "gt": lambda search, target: _above(target.high, search.high),
    "lt": lambda search, target: _below(target.low, search.low),
    "ge": lambda search, target: _above(target.high, search.high) or _contains(search, target),
    "le": lambda search, target: _below(target.low, search.low) or _contains(search, target),
    "sa": lambda search, target: _after(target, search),
    "eb": lambda search, target: _before(target, search),
}


def search_value(text: str, zone: tzinfo) -> Callable[[Range], bool]:
    """Compile a prefixed search value into a test of an element's range.

    Raises
    ------
    DateError
        An unknown prefix, or not a date.
    """
    prefix, date = (text[:2], text[2:]) if text[:1].isalpha() else ("eq", text)
    compare = COMPARISONS.get(prefix)
    if compare is None:
        raise DateError("prefixes are " + ", ".join(COMPARISONS))
    wanted = parse(date, zone)
    return lambda target: compare(wanted, target)
