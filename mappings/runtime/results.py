"""Results that are not just a number or a text (OBX-5, OBX-7): as received in, FHIR's parts out."""

from __future__ import annotations

import re
from functools import lru_cache

from mappings.exact import Number
from mappings.runtime import values
from mappings.runtime.context import Context
from mappings.runtime.types import JSON, Location

UNIT_OF_TEXT = "https://yiqiao.org/fhir/StructureDefinition/unit-of-text"
_RANGE = re.compile(
    r"[(\[（]?\s*(-?[\d.]+)\s*(?:-|\u2013|\u2014|－|～|~|至)\s*(-?[\d.]+)\s*[)\]）]?"
)


def amount(value: str, context: Context, location: Location) -> Number | None:
    """Return the number of a measurement, without the comparator before it: ``<0.01`` → 0.01."""
    found = values.decimal(value)
    if found is None:
        _, number = values.compared(value)
        found = values.decimal(number)
        if found is None:
            context.kept(location, "decimal")
    return found


def comparator(value: str, _context: Context, _location: Location) -> str | None:
    """Return FHIR's comparator of a measurement, where one stands before a number."""
    if value[0] in "0123456789-":
        return None
    sign, number = values.compared(value)
    return None if values.decimal(number) is None else values.COMPARATORS.get(sign)


def text_and_unit(value: str, context: Context, _location: Location) -> JSON | None:
    """Return a text as ``valueString`` and the unit (OBX-6) beside it, where no unit belongs."""
    text, unit = values.lines(value), unit_beside(context)
    if not text or not unit:
        return None
    beside = {"extension": [{"url": UNIT_OF_TEXT, "valueString": unit}]}
    return {"valueString": text, "_valueString": beside}


def structured_text(value: str, context: Context, _location: Location) -> str | None:
    """Return an SN that FHIR has no form for, as it would be spoken: ``<> 5 mg``."""
    parts = [values.text(p) or "" for p in value.split("^")]
    spoken = " ".join(p for p in parts if p)
    return f"{spoken} {unit_beside(context) or ''}".strip() or None


def unit_beside(context: Context) -> str | None:
    """Return the unit of a result (OBX-6) as text: its name; a code that is no unit is found."""
    code, name = (values.text(context.value("OBX", 6, number)) for number in (1, 2))
    if name and code and code != name and code not in context.site.units:
        context.say("information", "already-filled", ((6, 0), 1))
    return name or code


def before(value: str, _context: Context, _location: Location) -> Number | None:
    """Return the lower end of a reference range: ``4.0-6.0`` → 4.0, ``>60`` → 60."""
    return _range(value)[0]


def after(value: str, _context: Context, _location: Location) -> Number | None:
    """Return the upper end of a reference range: ``4.0-6.0`` → 6.0, ``<5`` → 5."""
    return _range(value)[1]


@lru_cache(maxsize=4096)  # a laboratory has few reference ranges
def _range(value: str) -> tuple[Number | None, Number | None]:
    text = values.text(value) or ""
    if not text.startswith("-"):  # 3.5--5.3: the second dash is no sign
        text = text.replace("--", "-")
    match = _RANGE.fullmatch(text)
    if match:
        low, high = values.decimal(match[1]), values.decimal(match[2])
        crossed = low is None or high is None or low > high
        return (None, None) if crossed else (low, high)
    sign, number = values.compared(value)
    end = values.decimal(number) if sign else None
    return (None, end) if "<" in values.COMPARATORS.get(sign, "") else (end, None)
