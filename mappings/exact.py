"""JSON in which a number keeps its digits: 7.80 is not 7.8 (FHIR R4, datatypes.html#decimal).

A `float` prints no trailing zero and holds 15 digits, so a number that one would change is a
`Decimal`; all others stay what they are, and cost nothing. `number` makes them from text, `dumps`
and `loads` carry them through JSON: whoever parses a resource to write it again uses these.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import lru_cache
from math import isinf
from typing import Any

import orjson

Number = int | float | Decimal

# What every int or float holds as it is written: up to 15 digits, no zero at the end but in 5.0.
_WHOLE = re.compile(r"-?[1-9]\d{0,14}|0", re.ASCII)
_PLAIN = re.compile(r"(?=.{2,16}\Z)-?\d+\.(?:\d*[1-9]|0)", re.ASCII)
_NUMBER = re.compile(r"(?=.{1,100}\Z)[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
#: a number that a float might change, as it stands in JSON (or text that looks like one)
_CHANGED = re.compile(
    rb"[\[:,]\s*-?(?:\d+\.\d+0(?=[\s,\]}])|\d+(?:\.\d*)?[eE]|[\d.]{16}|(?<=-)0(?=[\s,\]}]))"
)


@lru_cache(maxsize=4096)  # the same few come again and again
def number(text: str) -> Number | None:
    """Return the number that `text` writes, with all its digits; None if it is none, or too large.

    Too large is what no double can come near (1e400), and what has more than 100 characters.
    """
    if _WHOLE.fullmatch(text):
        return int(text)
    if _PLAIN.fullmatch(text):
        return float(text)
    if _NUMBER.fullmatch(text) is None or isinf(float(text)):
        return None
    return Decimal(text)


def dumps(document: Any, *, sort: bool = False) -> bytes:
    """Serialise JSON; Decimals are written with all their digits.

    Raises
    ------
    orjson.JSONEncodeError
        Something in it is no JSON.
    """
    return orjson.dumps(document, _digits, orjson.OPT_SORT_KEYS if sort else None)


def loads(body: bytes) -> Any:
    """Parse JSON; numbers that a float would change become Decimals.

    Raises
    ------
    orjson.JSONDecodeError
        It is no JSON, or nested too deeply.
    """
    parsed = orjson.loads(body)
    if _CHANGED.search(body) is None:
        return parsed
    try:
        return json.loads(body, parse_float=number, parse_int=number)
    except RecursionError:
        raise orjson.JSONDecodeError("nested too deeply", "", 0) from None


def same(one: bytes, other: bytes) -> bool:
    """Tell whether two JSON texts say the same, to the last digit, in whatever order."""
    return one == other or dumps(loads(one), sort=True) == dumps(loads(other), sort=True)


def _digits(value: Any) -> orjson.Fragment:
    if not isinstance(value, Decimal):
        raise TypeError
    return orjson.Fragment(str(value))
