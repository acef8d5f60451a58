"""Reference ranges as people write them (OBX-7): a text in, its ends and its unit out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from mappings.exact import Number
from mappings.runtime.text import primitives

_NUMBER = r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)"
_UNIT = r"\s*((?:[*×x]?\s*10[*^]-?\d|[^\W\d]|[%‰°/])[^()\[\]（）,;，；]*)?"
_BETWEEN = re.compile(
    rf"[(\[（]?\s*{_NUMBER}\s*(?:-|\u2010|\u2011|\u2012|\u2013|\u2014|\u2212|－|～|~|至|to)\s*{_NUMBER}"
    rf"\s*[)\]）]?{_UNIT}\s*[)\]）]?"
)
_BEYOND = re.compile(rf"[(\[（]?\s*([<>≤≥＜＞]=?)\s*{_NUMBER}\s*[)\]）]?{_UNIT}\s*[)\]）]?")


class Ends(NamedTuple):
    """The ends of a range; None is one that it has not. `unit` is what stands behind them."""

    low: Number | None
    high: Number | None
    unit: str = ""


_NOTHING = Ends(None, None)


@lru_cache(maxsize=4096)  # a laboratory has few reference ranges
def ends(value: str) -> Ends:
    """Return the ends of a range: ``4.0-6.0``, ``(4.0–6.0) mmol/L``, ``<5``; none of what is none.

    One whose lower end is above its upper end is none.
    """
    text = primitives.narrow(primitives.text(value) or "")
    if not text.startswith("-"):  # 3.5--5.3: the second dash is no sign
        text = text.replace("--", "-")
    if match := _BETWEEN.fullmatch(text):
        low, high = primitives.decimal(match[1]), primitives.decimal(match[2])
        crossed = low is None or high is None or low > high
        return _NOTHING if crossed else Ends(low, high, (match[3] or "").strip())
    if match := _BEYOND.fullmatch(text):
        end, unit = primitives.decimal(match[2]), (match[3] or "").strip()
        below = "<" in primitives.COMPARATORS[match[1]]
        return Ends(None, end, unit) if below else Ends(end, None, unit)
    return _NOTHING
