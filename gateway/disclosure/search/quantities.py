"""Quantities in searches: ``[prefix]number|system|code`` in, a test of a Quantity out.

A number stands for the values that round to it: 5.4 is 5.35 up to 5.45
(https://hl7.org/fhir/R4/search.html#quantity, #number). Units are compared, not converted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any


class QuantityError(ValueError):
    """Not a quantity of a search."""


_COMPARISONS: dict[str, Callable[[Decimal, Decimal, Decimal], bool]] = {
    "eq": lambda value, number, half: number - half <= value < number + half,
    "ne": lambda value, number, half: not number - half <= value < number + half,
    "gt": lambda value, number, _: value > number,
    "lt": lambda value, number, _: value < number,
    "ge": lambda value, number, _: value >= number,
    "le": lambda value, number, _: value <= number,
}


def search_value(parts: Sequence[str]) -> Callable[[Any], bool]:
    """Compile the parts of a quantity, split at ``|``.

    Raises
    ------
    QuantityError
        An unknown prefix, no number, or too many parts.
    """
    text, system, code = (*parts, "", "")[:3]
    prefix, digits = (text[:2], text[2:]) if text[:1].isalpha() else ("eq", text)
    compare = _COMPARISONS.get(prefix)
    if compare is None or len(parts) > 3:
        raise QuantityError("a quantity is [eq|ne|gt|lt|ge|le]number|system|code")
    try:
        number = Decimal(digits)
        half = Decimal((0, (5,), int(number.as_tuple().exponent) - 1))
    except (InvalidOperation, ValueError) as fault:
        raise QuantityError("not a number") from fault

    def matches(quantity: Any) -> bool:
        value = quantity.get("value") if isinstance(quantity, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if system and quantity.get("system") != system:
            return False
        if code and code not in (quantity.get("code"), quantity.get("unit")):
            return False
        return compare(Decimal(str(value)), number, half)

    return matches
