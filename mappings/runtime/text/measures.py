"""Measurements with more than a number in them (``6.1mmol/L``, ``5.6↑``) in, their parts out."""

from __future__ import annotations

import re
from typing import NamedTuple

from mappings.runtime.text import primitives

_LONGEST = 32  # characters that a measurement has
_MEASURE = re.compile(
    r"([<>]=?|[≤≥])?\s*(\d+(?:\.\d+)?|\.\d+)\s*([^\W\d_↑↓⬆⬇][^\s↑↓⬆⬇]*|[%‰℃°/][^\s↑↓⬆⬇]*)?\s*([↑↓⬆⬇]?)"
)
_ARROWS = {"⬆": "↑", "⬇": "↓"}


class Measure(NamedTuple):
    """A number as text, the comparator before it, the unit and the arrow behind it; "" if none."""

    sign: str
    number: str
    unit: str
    arrow: str


def measured(value: str) -> Measure | None:
    """Return the parts of a measurement that has a unit or an arrow behind it; else None."""
    if not value or value[-1].isdecimal() or len(value) > _LONGEST:  # most end so
        return None
    match = _MEASURE.fullmatch(primitives.narrow(primitives.text(value) or ""))
    if match is None:
        return None
    sign, number, unit, arrow = (part or "" for part in match.groups())
    return Measure(sign, number, unit, _ARROWS.get(arrow, arrow)) if unit or arrow else None


def is_measure(value: str) -> bool:
    """Whether it is a number with what may be a unit, or an arrow, behind it: ``6.1mmol/L``."""
    return value != "" and not value[-1].isdecimal() and measured(value) is not None


def is_raised(value: str) -> bool:
    """Whether it is a measurement that an arrow calls high: ``5.6↑``."""
    found = measured(value)
    return found is not None and found.arrow == "↑"


def is_lowered(value: str) -> bool:
    """Whether it is a measurement that an arrow calls low: ``3.1↓``."""
    found = measured(value)
    return found is not None and found.arrow == "↓"
