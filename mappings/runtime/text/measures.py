"""Measurements with more than a number in them (``6.1mmol/L``, ``5.6↑``) in, their parts out."""

from __future__ import annotations

import re
from typing import NamedTuple

from mappings.runtime.text import primitives

_LONGEST = 32  # characters that a measurement has
_MEASURE = re.compile(
    r"([<>]=?|[≤≥])?\s*(\d+(?:\.\d+)?|\.\d+)\s*([^\W\d_↑↓⬆⬇][^\s↑↓⬆⬇]*|[%‰℃°/×*][^\s↑↓⬆⬇]*)?\s*([↑↓⬆⬇]?)"
)
# 1.2×10^3, 1.2*10⁹, ≥10^5; an unescaped ^ is no separator there
_POWERED = re.compile(
    r"([<>]=?|[≤≥])?\s*(?:(\d+(?:\.\d+)?)\s*[×xX*]\s*)?10(?:\s*\^\s*([+-]?\d{1,2})|([⁺⁻]?[⁰¹²³⁴-⁹]{1,2}))"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_PRESSURES = re.compile(r"(\d{2,3}(?:\.\d)?)\s*/\s*(\d{2,3}(?:\.\d)?)\s*([^\W\d].*)?")
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


def powered(value: str) -> tuple[str, str] | None:
    """Return the comparator and the number of ``<1.2×10^3``: <, 1.2E3; None if it is none such."""
    if "10" not in value or len(value) > _LONGEST:
        return None
    match = _POWERED.fullmatch(primitives.narrow(primitives.text(value) or ""))
    if match is None:
        return None
    return match[1] or "", f"{match[2] or 1}E{match[3] or match[4].translate(_RAISED)}"


class Pressures(NamedTuple):
    """Two pressures of the blood as text, and the unit behind them; "" if none."""

    systolic: str
    diastolic: str
    unit: str


def pressures(value: str) -> Pressures | None:
    """Return the two pressures of ``120/80``, the larger one before; None of what is none."""
    if len(value) > _LONGEST:
        return None
    match = _PRESSURES.fullmatch(primitives.narrow(primitives.text(value) or ""))
    if match is None or float(match[1]) <= float(match[2]):
        return None
    return Pressures(match[1], match[2], (match[3] or "").strip())


def is_pressures(value: str) -> bool:
    """Whether it may be two pressures of the blood: ``120/80``."""
    return ("/" in value or "／" in value) and pressures(value) is not None


def is_measure(value: str) -> bool:
    """Whether it is a number with a unit, a power of ten or an arrow behind it: ``6.1mmol/L``."""
    if value == "" or value[-1].isdecimal():
        return powered(value) is not None
    return measured(value) is not None or powered(value) is not None


def is_raised(value: str) -> bool:
    """Whether it is a measurement that an arrow calls high: ``5.6↑``."""
    found = measured(value)
    return found is not None and found.arrow == "↑"


def is_lowered(value: str) -> bool:
    """Whether it is a measurement that an arrow calls low: ``3.1↓``."""
    found = measured(value)
    return found is not None and found.arrow == "↓"
