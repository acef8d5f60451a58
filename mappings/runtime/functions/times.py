"""Times as orders write them (TQ, RI, RPT, CQ): a value in, a FHIR primitive out."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from mappings.runtime.functions.repeats import AS_NEEDED
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import part
from mappings.runtime.text.timeunits import time_unit
from mappings.runtime.types import Location

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "wk": 604800}
_DURATION = re.compile(r"\s*([^\W\d_]+)\s*(\d+)\s*|\s*(\d+)\s*([^\W\d_]+)\s*")
_TIMES = re.compile(r"\s*[Xx]\s*(\d+)\s*", re.ASCII)


def minutes(
    value: str, context: Context, location: Location, number: str, unit_of: str
) -> int | None:
    """Component `number`, in the unit of time that component `unit_of` names, as whole minutes."""
    found = _minutes(part(value, "^", int(number)), part(value, "^", int(unit_of)))
    if found is None:
        context.bad(location, "duration")
    return found


def in_minutes(value: str, context: Context, _location: Location, unit: str) -> int | None:
    """Return an amount of time as whole minutes; `unit` names a field (minutes if it is empty)."""
    return _minutes(part(value, "^", 1), _field(context, unit)) or None


def _minutes(amount: str, unit: str) -> int | None:
    number = primitives.decimal(amount)
    seconds = _SECONDS.get(time_unit(part(unit, "&", 1).strip() or "min") or "")
    if number is None or seconds is None:
        return None
    return primitives.unsigned(str(round(number * seconds / 60)))


def duration(value: str, context: Context, location: Location) -> int | None:
    """Return the number of a duration as TQ.3 writes it: ``D5``, ``5天`` → 5."""
    number, _ = _duration(value)
    if number is None and repetitions(value, context, location) is None:
        context.bad(location, "duration")
    return number


def duration_unit(value: str, _context: Context, _location: Location) -> str | None:
    """Return the UCUM unit of a duration as TQ.3 writes it: ``D5`` → d."""
    return _duration(value)[1]


def repetitions(value: str, _context: Context, _location: Location) -> int | None:
    """Return how many times something is to be done, as TQ.3 writes it: ``X7`` → 7."""
    match = _TIMES.fullmatch(value)
    return primitives.positive(match[1]) if match else None


def as_needed(value: str, _context: Context, _location: Location) -> bool | None:
    """Return true where a repeat pattern or a priority, among others, says as needed.

    ``PRN``, or ``SOS`` (once, within the day), alone or behind how often: ``Q6H PRN``.
    """
    codes = (part(part(one, "^", 1), "&", 1).strip().upper() for one in value.split("~"))
    return any(code.startswith(AS_NEEDED) or code.endswith(AS_NEEDED) for code in codes) or None


def conjunction(value: str, context: Context, location: Location) -> str | None:
    """Return what leads to the next dosage (0427): ``S`` it follows, ``A`` at the same time."""
    code = value.strip().upper()
    if code in {"A", "S"}:
        return code
    context.say("information", "not-applicable", location)
    return None


def _duration(value: str) -> tuple[int | None, str | None]:
    match = _DURATION.fullmatch(value)
    unit = time_unit(match[1] or match[4]) if match else None
    return (int(match[2] or match[3]), unit) if match and unit else (None, None)


def duration_minutes(value: str, _context: Context, _location: Location) -> int | None:
    """Return the minutes of a duration as TQ.3 writes it, or of a number alone: ``H2`` → 120."""
    number, unit = _duration(value)
    if number is None:
        return primitives.positive(value)
    return primitives.positive(str(round(number * _SECONDS.get(unit or "", 0) / 60)))


def times_of_day(value: str, context: Context, location: Location) -> list[str] | None:
    """Return the times of a list such as ``0900,1500`` (RI.2); what is none is found."""
    told = [primitives.time(each) for each in value.split(",") if each.strip()]
    times = [time for time in told if time is not None]
    if times and len(times) < len(told):
        context.bad(location, "time")
    return times or None


def later(value: str, context: Context, _location: Location, amount: str, unit: str) -> str | None:
    """Add an amount of time to an instant; amount and unit name fields (minutes if no unit)."""
    return _after(value, _field(context, amount), _field(context, unit), context)


def time_after(
    value: str,
    context: Context,
    location: Location,
    start: str,
    unit: str,
    offset: str = "",
    offset_unit: str = "",
) -> str | None:
    """Add this amount of time to an instant, or to what is an `offset` behind that.

    `start` and what follows it name fields.
    """
    begun = _field(context, start)
    if offset:
        begun = offset_from(_field(context, offset), context, location, start, offset_unit) or ""
    return _after(begun, value, _field(context, unit), context)


def offset_from(
    value: str, context: Context, _location: Location, start: str, unit: str
) -> str | None:
    """Return what is this amount of time, or none, behind an instant.

    `start` and `unit` name fields.
    """
    begun = _field(context, start)
    if primitives.unsigned(value) == 0:
        return primitives.instant(begun, context.offset)
    return _after(begun, value, _field(context, unit), context)


def _after(start: str, amount: str, unit: str, context: Context) -> str | None:
    begun = primitives.instant(start, context.offset)
    number = primitives.positive(amount)
    seconds = _SECONDS.get(time_unit(unit or "min") or "")
    if begun is None or number is None or seconds is None:
        return None
    return shifted(begun, number * seconds)


def ends_after(value: str, context: Context, location: Location, start: str) -> str | None:
    """Add a CQ (``10^D``; minutes if no unit) to the moment in field `start`; a date stays one."""
    return _moved(value, _field(context, start), 1, context, location)


def begins_before(value: str, context: Context, location: Location, end: str) -> str | None:
    """Subtract a CQ from the moment in field `end`; a date stays one."""
    return _moved(value, _field(context, end), -1, context, location)


def not_before(
    value: str, context: Context, _location: Location, start: str, kind: str = "dateTime"
) -> str | None:
    """Return a moment, of FHIR's type `kind`, unless it is before the one in field `start`."""
    convert, _ = primitives.CONVERTERS[kind]
    end: str | None = convert(value, context.offset)
    begun = primitives.date_time(_field(context, start), context.offset)
    if end is not None and begun is not None and primitives.is_after(begun, end):
        return None
    return end


def _moved(value: str, moment: str, sign: int, context: Context, location: Location) -> str | None:
    known = primitives.date_time(moment, context.offset) or ""
    amount = primitives.decimal(part(value, "^", 1))
    unit = part(part(value, "^", 2), "&", 1).strip() or "min"
    seconds = _SECONDS.get(time_unit(unit) or "")
    if amount is None or seconds is None or len(known) < len("2026-01-02"):
        context.bad(location, "duration")
        return None
    return shifted(known, sign * float(amount) * seconds)


def shifted(moment: str, seconds: float) -> str | None:
    """Return a dateTime, or a date, moved by so many seconds; None beyond the calendar."""
    kind = datetime if "T" in moment else date
    try:
        return (kind.fromisoformat(moment) + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return None


def _field(context: Context, name: str) -> str:
    segment, _, number = name.partition("-")
    field, _, component = number.partition(".")
    return context.value(segment, int(field), int(component or 1))
