"""Results that are not just a number or a text (OBX-5, OBX-7): as received in, FHIR's parts out."""

from __future__ import annotations

from mappings.exact import Number
from mappings.runtime.functions.pressures import pressures
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.text.measures import measured as parts_of
from mappings.runtime.text.measures import powered
from mappings.runtime.text.ranges import Ends, ends
from mappings.runtime.types import JSON, Location

#: Flags that say what an arrow says (table 0078, and in words)
_FLAGS = {
    "↑": {"H", "HH", "HU", "↑", "↑↑", "⬆", "H↑", "高", "偏高", "A", "异常", "危急高值"},
    "↓": {"L", "LL", "LU", "↓", "↓↓", "⬇", "L↓", "低", "偏低", "A", "异常", "危急低值"},
}
UNIT_OF_TEXT = "https://yiqiao.org/fhir/StructureDefinition/unit-of-text"


def quantity(value: str, context: Context, location: Location) -> JSON | None:
    """Return a result as of a Quantity: its number, its comparator, the unit behind it: ``<5mg``.

    Of the unit nothing where OBX-6 says it. None where what stands behind the number is no unit
    that is known, or contradicts OBX-6 or the flag (OBX-8), or may be a part of a text.
    """
    return _measured(value, context, location) or amount(value, context, location)


def amount(value: str, context: Context, location: Location) -> JSON | None:
    """Return the number of a measurement and its comparator, as of a Quantity: ``<0.01``."""
    found = primitives.decimal(value)
    if found is not None:
        return {"value": found}
    sign, number = primitives.compared(value)
    found = primitives.decimal(number)
    if found is None and (power := powered(value)) and _may_have_power(context):
        sign, found = power[0], primitives.decimal(power[1])
    known = primitives.COMPARATORS.get(sign)
    if found is not None:
        return {"value": found, "comparator": known} if known else {"value": found}
    if _is_number(context) and not pressures(value, context, location):
        context.kept(location, "decimal")
    return None


def text_and_unit(value: str, context: Context, _location: Location) -> JSON | None:
    """Return a text as ``valueString`` and the unit (OBX-6) beside it, where no unit belongs."""
    text, unit = primitives.lines(value), unit_beside(context)
    if not text or not unit:
        return None
    beside = {"extension": [{"url": UNIT_OF_TEXT, "valueString": unit}]}
    return {"valueString": text, "_valueString": beside}


def structured_text(value: str, context: Context, _location: Location) -> str | None:
    """Return an SN that FHIR has no form for, as it would be spoken: ``<> 5 mg``."""
    parts = [primitives.text(p) or "" for p in value.split("^")]
    spoken = " ".join(p for p in parts if p)
    return f"{spoken} {unit_beside(context) or ''}".strip() or None


def range_in_words(value: str, context: Context, location: Location) -> str | None:
    """Return an NR with an end that is none as it would be spoken, and find it: ``3 - abc mg``."""
    spoken = " - ".join(primitives.text(p) or "" for p in value.split("^")).strip()
    context.kept(location, "NR")
    unit = unit_beside(context) or ""
    return spoken if unit and spoken.endswith(unit) else f"{spoken} {unit}".strip()


def unit_beside(context: Context) -> str | None:
    """Return the unit of a result (OBX-6) as text: its name; a code that is no unit is found."""
    code, name = (primitives.text(context.value("OBX", 6, number)) for number in (1, 2))
    if name and code and code != name and code not in context.site.units:
        context.say("information", "already-filled", ((6, 0), 1))
    return name or code


def before(value: str, context: Context, location: Location) -> Number | None:
    """Return the lower end of a reference range: ``4.0-6.0`` → 4.0, ``>60`` → 60.

    One with a word behind it that is no unit (``4-6 空腹``) has none, and is found: its text stays.
    """
    found = ends(value)
    if _is_of_units(found, context):
        return found.low
    context.kept(location, "unit", whole=True)
    return None


def after(value: str, context: Context, location: Location) -> Number | None:
    """Return the upper end of a reference range: ``4.0-6.0`` → 6.0, ``<5`` → 5."""
    found = ends(value)
    if _is_of_units(found, context):
        return found.high
    if found.low is None:  # else before() has found it
        context.kept(location, "unit", whole=True)
    return None


def unit_of_range(value: str, context: Context, location: Location) -> JSON | None:
    """Return the unit behind a reference range as of a Quantity, where it is not the result's.

    That is found: one of the two may be wrong.
    """
    written = ends(value).unit
    code = context.site.units.get(written) if written else None
    if not code or _is_of_result(written, context):
        return None
    if context.value("OBX", 6, 1):
        context.kept(location, "unit of the result")
    return {"unit": written, "code": code, "system": "http://unitsofmeasure.org"}


def _measured(value: str, context: Context, location: Location) -> JSON | None:
    """Return a number with what stands behind it as of a Quantity; None where that is no unit."""
    found = parts_of(value)
    if found is None:
        return None
    flag = primitives.text(context.value("OBX", 8, 1)) or ""
    if found.arrow and flag and flag.upper() not in _FLAGS[found.arrow]:
        return None
    unit, beside = found.unit, context.value("OBX", 6, 0)
    if (
        not _is_number(context)
        and not beside
        and (not unit or (len(unit) == 1 and unit.isascii() and unit != "%"))
    ):
        return None  # 4A of a text is a grade
    code = context.site.units.get(unit)
    if unit and not (_is_of_result(unit, context) if beside else code):
        return None
    number = amount(f"{found.sign}{found.number}", context, location) or {}
    if beside or not unit:
        return number
    return {**number, "unit": unit, "code": code, "system": "http://unitsofmeasure.org"}


def _is_number(context: Context) -> bool:
    """Whether a result is a number by its type (OBX-2)."""
    return context.value("OBX", 2, 1) in {"NM", "SN", "CQ"}


def _may_have_power(context: Context) -> bool:
    """Whether a power of ten is of the number: the unit (OBX-6) may say it again, or not."""
    unit = context.value("OBX", 6)
    return "10" not in unit and (bool(unit) or _is_number(context))


def _is_of_units(found: Ends, context: Context) -> bool:
    """Whether what stands behind a range, if anything does, is a unit."""
    known = not found.unit or found.unit in context.site.units
    return known or _is_of_result(found.unit, context)


def _is_of_result(unit: str, context: Context) -> bool:
    """Whether a unit is that of the result (OBX-6), in whichever writing."""
    said = [primitives.text(context.value("OBX", 6, number)) or "" for number in (1, 2)]
    code = context.site.units.get(unit)
    if code and code in map(context.site.units.get, said):
        return True
    return unit.lower() in [each.lower() for each in said]
