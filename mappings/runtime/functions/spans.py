"""Times of the services of one appointment: each one's in; the first begin, and the last end, out.

HL7 v2.9 10.6.4: each AIS has its own. FHIR's Appointment has one begin and one end, so a time that
lies between them is found.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import gt, lt

from mappings.runtime.functions import times
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.types import Location


def first_begin(value: str, context: Context, location: Location) -> str | None:
    """Return an instant; where several segments of a kind tell one, the first of them stands."""
    return _outermost(primitives.instant(value, context.offset), "start", lt, context, location)


def last_end(value: str, context: Context, location: Location, start: str, unit: str) -> str | None:
    """As `time_after`; where several segments of a kind tell one, the last of them stands."""
    end = times.time_after(value, context, location, start, unit)
    return _outermost(end, "end", gt, context, location)


def _outermost(
    moment: str | None,
    name: str,
    beyond: Callable[[datetime, datetime], bool],
    context: Context,
    location: Location,
) -> str | None:
    """Make room in the appointment, where an earlier segment of this kind has told it otherwise."""
    slot = context.scope.find("Appointment")
    if moment is None or slot is None:
        return moment
    mark, resource = f"{context.segment} {name}", slot.resource
    known, earlier = context.current.get(mark, ("", ""))
    if (
        known
        and known == resource.get(name)
        and beyond(*map(datetime.fromisoformat, (moment, known)))
    ):
        del resource[name]
        here, context.ordinal = context.ordinal, int(earlier)
        context.say("information", "already-filled", location)
        context.ordinal = here
    if name not in resource:
        context.current[mark] = [moment, str(context.ordinal)]
    return moment
