"""Drugs in words: a coded value and what stands beside it in; a text that people read out."""

from __future__ import annotations

from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import part
from mappings.runtime.types import Location

_ROLES = {"A": "additive", "B": "base"}  # table 0166


def alternative(value: str, _context: Context, _location: Location) -> str | None:
    """Return a coded value as another choice: ``IV^intravenous`` → or: intravenous (IV)."""
    code, name = (primitives.text(p) or "" for p in (part(value, "^", 1), part(value, "^", 2)))
    if name and code and code != name:
        return f"or: {name} ({code})"
    return f"or: {name or code}" if name or code else None


def component(value: str, context: Context, _location: Location) -> str | None:
    """Return a part of a compound (RXC-2) in words: ``additive: KCl 1.5 g/10 mL, 20 mL``.

    How it is to be decocted (RXC-7) stands behind it, in words: ``附子, 9 g, 先煎``.
    The parts of what was ordered (RXO) and of what is given (RXE) are often the same: once.
    """
    name = _called(value)
    if not name:
        return None
    strength, volume = _measured(5, context), _measured(8, context)
    product = f"{name} {strength}/{volume}" if strength and volume else f"{name} {strength}"
    role = _ROLES.get(context.value("RXC", 1), "part")
    said = (f"{role}: {product.strip()}", _measured(3, context), *_instructions(context))
    told = ", ".join(filter(None, said))
    slot = context.scope.find("MedicationRequest")
    known = slot.resource.get("note", ()) if slot else ()
    return told if {"text": told} not in known else None


def dose_in_words(
    value: str, context: Context, _location: Location, unit: str, most: str = ""
) -> str | None:
    """Return a dose that is no number as it would be read out; `unit` and `most` name fields.

    From a number to one that is no less it is a range, and needs no words.
    """
    words = primitives.text(value) or ""
    limit = primitives.text(part(_field(context, most), "^", 1)) if most else None
    if limit and words:
        low, high = primitives.decimal(words), primitives.decimal(limit)
        if low is not None and high is not None and low <= high:
            return None
        words += f"-{limit}"
    code, name = (primitives.text(part(_field(context, unit), "^", n)) or "" for n in (1, 2))
    return _with_unit(words, code, name)


def quantity_in_words(value: str, context: Context, _location: Location) -> str | None:
    """Return a CQ that is no number as it would be read out: ``半片^片`` → 半片."""
    part_by = "^" if "^" in value else "&"  # in a TQ it is one component
    amount, _, unit = value.partition(part_by)
    code, name = (primitives.text(part(unit, "&", n)) or "" for n in (1, 2))
    return _with_unit(primitives.text(amount) or "", code, name)


def as_written(value: str, context: Context, location: Location, unit: str = "") -> str | None:
    """Return an amount that is no number (an NM, its unit in a field; a CQ) in words; find it."""
    context.kept(location, "decimal")
    if unit:
        return dose_in_words(value, context, location, unit)
    return quantity_in_words(value, context, location)


def strength(value: str, context: Context, location: Location, unit: str) -> str | None:
    """Return a strength (规格) that is no number in words, with its unit; find it: ``5mg*7片``."""
    return as_written(value, context, location, unit)


def _with_unit(words: str, code: str, name: str) -> str | None:
    if not words:
        return None
    beside = f"{name} ({code})" if name and code and name != code else name or code
    before = words.removesuffix(beside)
    longer = before[-1:].isascii() and before[-1:].isalpha()  # mg, which is not g
    return words if words.endswith(beside) and not (beside and longer) else f"{words} {beside}"


def _field(context: Context, name: str) -> str:
    segment, _, number = name.partition("-")
    value = context.value(segment, int(number))
    return context.repetition(value, int(number)) if segment == context.segment else value


def _measured(field: int, context: Context) -> str:
    """Return a field with its unit, which stands in the next one: 10 mL."""
    amount = primitives.text(context.value("RXC", field))
    return f"{amount} {_called(context.value('RXC', field + 1))}".strip() if amount else ""


def _instructions(context: Context) -> list[str]:
    """Return what RXC-7 says in words; what it says in a code of a system is the product's own."""
    said = context.value("RXC", 7).split("~")
    return [_called(one) for one in said if not part(one, "^", 3)]


def _called(value: str) -> str:
    """Return what a coded value is called, by its text first."""
    return next((name for n in (9, 2, 1) if (name := primitives.text(part(value, "^", n)))), "")
