"""Primitive values: HL7v2 text in, FHIR primitives out (None where the text is not one).

Sources: HL7 v2.9 chapter 2A (data types), FHIR R4 data types.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable
from datetime import date as calendar_date
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from unicodedata import category
from urllib.parse import quote

from mappings.exact import Number, number
from mappings.hl7v2.escapes import unescape

if TYPE_CHECKING:
    from mappings.runtime.text.zones import Offset

_DTM = re.compile(
    r"(\d{4})(?:[-/.]?(\d{2})(?:[-/.]?(\d{2})"
    r"(?:[T ]?(\d{2})(?::?(\d{2})(?::?(\d{2})(?:(?:\.|(?=\d{3}(?!\d)))(\d+))?)?)?)?)?)?"
    # no place is further than 14 hours from UTC; FHIR has no such offset either
    r"\s*([+-](?:(?:0\d|1[0-3]):?[0-5]\d|14:?00)|Z|(?(4)[+-](?:0\d|1[0-4])|\Z))?",
    re.ASCII,
)
# A TS of version 2.5 and before says how many of its digits count.
_STAMP = re.compile(r"([^&^]*)[&^]([A-Z]?).*")
_DIGITS = {"Y": 4, "L": 6, "D": 8, "H": 10, "M": 12, "S": 14}
# As people write dates: 2026/3/1 9:30, 2026年3月1日 9时30分
_WRITTEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?"
    r"(?:[T ]*(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2}))?[分秒]?)?)?月?",
    re.ASCII,
)
_TIME = re.compile(r"(\d{2}|\d(?=:))(?::?(\d{2})(?::?(\d{2})(?:\.(\d+))?)?)?", re.ASCII)
_COMPARED = re.compile(r"\s*([<>＜＞]=?|[≤≥])?\s*(.*)", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WHITE = re.compile(r"\s+")
_OF_URIS = "".join(map(chr, range(33, 127)))  # what stands in a URI already is left as it is
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_BOM = "\ufeff"  # begins a file; FHIR takes it for white space
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}  # controls, marks of direction or joining, spaces


def text(value: str) -> str | None:
    """Return a string, unescaped and trimmed; None if nothing is left."""
    if "\\" in value:
        value = unescape(value)
    value = value.strip()
    if not value:
        return None
    return value if value.isprintable() else _printable(value).strip() or None


def lines(value: str) -> str | None:
    """Return all repetitions as lines of one text; what begins a line (a column) stays."""
    if "~" not in value:
        return text(value)
    joined = "\n".join(unescape(line).rstrip() for line in value.split("~")).strip("\n")
    return _printable(joined) or None


def _printable(value: str) -> str:
    """Drop what JSON may carry but FHIR strings may not, and all of what shows nothing."""
    left = "".join(c for c in value if (c >= " " and c != _BOM) or c in "\t\n\r")
    return left if any(category(c) not in _UNSEEN for c in left) else ""


def components(value: str, count: int) -> list[str]:
    """Return the plain text of the first `count` components, of each its first subcomponent."""
    parts = value.split("^", count)[:count]
    found = [
        each if not each or each.isalnum() else text(each.partition("&")[0]) or "" for each in parts
    ]
    return found + [""] * (count - len(found))


def narrow(value: str) -> str:
    """Return a value with letters, digits and signs of full width as ASCII: ``Ｍ`` → M."""
    return value if value.isascii() else value.translate(_NARROW)


def code(value: str) -> str | None:
    """Return a code: no white space but single spaces inside."""
    clean = text(value)
    return _WHITE.sub(" ", clean) if clean and not clean.isalnum() else clean


def id_(value: str) -> str | None:
    """Return an id: letters, digits, ``-`` and ``.``, no more than 64."""
    clean = value.strip()
    return clean if _ID.fullmatch(clean) else None


def uri(value: str) -> str | None:
    """Return a URI (RFC 3986): no white space, and what is not ASCII percent-encoded."""
    clean = text(value)
    if not clean or _WHITE.search(clean):
        return None
    return clean if clean.isascii() else quote(clean, safe=_OF_URIS)


def date(value: str, _offset: Offset) -> str | None:
    """YYYY, YYYY-MM or YYYY-MM-DD, at the precision given; None if there is no such day."""
    match = _dtm(value)
    return _date(match) if match else None


def _dtm(value: str) -> re.Match[str] | None:
    value = narrow(value).strip()
    match = _DTM.fullmatch(value)
    if match is None and (stamp := _STAMP.fullmatch(value)):
        digits = _DIGITS.get(stamp[2]) if stamp[1].isdecimal() else None
        match = _DTM.fullmatch(stamp[1][:digits])
    if match is None and (written := _WRITTEN.fullmatch(value)):
        match = _DTM.fullmatch("".join(p.zfill(2) for p in written.groups() if p))
    return match


def is_precision(value: str) -> bool:
    """Tell whether a text says how many digits of a time count."""
    return value in _DIGITS


def _date(match: re.Match[str]) -> str | None:
    year, month, day = match[1], match[2], match[3]
    if year == "0000":
        return None
    if month is None:
        return year
    if not 1 <= int(month) <= 12:
        return None
    if day is None:  # 800101 is no month of the year 8001, but a day of 1980
        return f"{year}-{month}" if "1800" <= year < "2200" or year == "9999" else None
    if not 1 <= int(day) <= (29 if month == "02" and isleap(int(year)) else _DAYS[int(month)]):
        return None
    return f"{year}-{month}-{day}"


@lru_cache(maxsize=1024)  # one message repeats its few times in most segments
def date_time(value: str, offset: Offset) -> str | None:
    """Return a dateTime at the precision given.

    FHIR has no hour without minutes and no time without an offset: minutes and seconds that are
    missing are zero only where the hour (minute) was given; `offset` serves where the value has
    none: one, or a zone's (`mappings.runtime.text.zones`). Hour 24 is midnight at the end of the
    day: the next day's beginning.
    """
    match = _dtm(value)
    if match is None:
        return None
    day = _date(match)
    hour = match[4]
    if day is None or hour is None:
        return day
    minute, second, fraction, zone = match[5] or "00", match[6] or "00", match[7], match[8]
    if hour == "24" and minute == second == "00" and not (fraction or "").strip("0"):
        day, hour = _next(day), "00"  # midnight at the end of a day
    if day is None or int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    fraction = f".{fraction}" if fraction and fraction.strip("0") else ""
    if not zone and not isinstance(offset, str):
        offset = offset.offset(f"{day}T{hour}:{minute}:{second}", value)
    return f"{day}T{hour}:{minute}:{second}{fraction}{_zone(zone) if zone else offset}"


def _next(day: str) -> str | None:
    """Return the day after; None after the last that there is."""
    try:
        return (calendar_date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except OverflowError:
        return None


def _zone(zone: str) -> str:
    if zone == "Z":
        return "Z"
    return zone if ":" in zone else f"{zone[:3]}:{zone[3:] or '00'}"


@lru_cache(maxsize=1024)
def instant(value: str, offset: Offset) -> str | None:
    """Return a dateTime to the second at least; None if less is known."""
    result = date_time(value, offset)
    return result if result and "T" in result else None


def offset_of(value: str) -> str | None:
    """Return the offset written at the end of a DTM value (MSH-7), as FHIR writes it."""
    match = _DTM.fullmatch(value.strip())
    return _zone(match[8]) if match and match[8] else None


def is_after(one: str, other: str) -> bool:
    """Whether a dateTime is later than another, to the precision both have."""
    length = min(len(one), len(other), 10)
    if one[:10] == other[:10] and "T" in one and "T" in other:
        return datetime.fromisoformat(one) > datetime.fromisoformat(other)
    return one[:length] > other[:length]


def time(value: str) -> str | None:
    """HH:MM:SS, of ``8:00`` too; FHIR's time has no offset, so one that has is none."""
    match = _TIME.fullmatch(value.strip())
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59 or int(match[3] or 0) > 59:
        return None
    fraction = f".{match[4]}" if match[4] else ""
    return f"{match[1]:0>2}:{match[2] or '00'}:{match[3] or '00'}{fraction}"


def decimal(value: str) -> Number | None:
    """Return a number with every digit it is written with (`mappings.exact`), or None."""
    value = value.strip()
    found = number(value)
    if found is None and not value.isascii():
        return number(narrow(value).replace("\u2212", "-"))
    return found


#: FHIR's comparator for the signs that people write
COMPARATORS = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "≤": "<=", "≥": ">=",
               "＜": "<", "＞": ">", "＜=": "<=", "＞=": ">="}  # fmt: skip


def compared(value: str) -> tuple[str, str]:
    """Return the comparator that stands before a value, and the rest: ``≥ 5`` → ≥, 5."""
    match = _COMPARED.fullmatch(text(value) or "")
    return (match[1] or "", match[2]) if match else ("", "")


def integer(value: str) -> int | None:
    """Return a 32-bit integer, or None."""
    found = decimal(value)
    if found is None or found != int(found) or not -(2**31) <= found < 2**31:
        return None
    return int(found)


def unsigned(value: str) -> int | None:
    """Return an integer from 0, or None."""
    found = integer(value)
    return found if found is not None and found >= 0 else None


def positive(value: str) -> int | None:
    """Return an integer from 1, or None."""
    found = integer(value)
    return found if found is not None and found > 0 else None


_BOOLEANS = {"Y": True, "N": False, "1": True, "0": False, "是": True, "否": False,
             "YES": True, "NO": False, "TRUE": True, "FALSE": False}  # fmt: skip


def boolean(value: str) -> bool | None:
    """Y or N (table 0136), or what is used in its place."""
    return _BOOLEANS.get(value.strip().upper())


def base64(value: str) -> str | None:
    """Base64 without white space, with its padding; None if it is none."""
    if "\\" in value:  # lines, written as escapes
        value = unescape(value)
    if _BASE64.fullmatch(value) is None:
        return None
    data = _WHITE.sub("", value)
    if data and len(data) % 4 == 0 and data[0] != "=":
        return data  # as it ought to be: a PDF is not copied
    data = data.rstrip("=")
    return f"{data}{'=' * (-len(data) % 4)}" if data and len(data) % 4 != 1 else None


#: FHIR primitive type → (converter, whether it needs the message's UTC offset)
CONVERTERS: dict[str, tuple[Callable[..., Any], bool]] = {
    "string": (text, False),
    "markdown": (text, False),
    "code": (code, False),
    "id": (id_, False),
    "uri": (uri, False),
    "url": (uri, False),
    "canonical": (uri, False),
    "oid": (uri, False),
    "date": (date, True),
    "dateTime": (date_time, True),
    "instant": (instant, True),
    "time": (time, False),
    "decimal": (decimal, False),
    "integer": (integer, False),
    "unsignedInt": (unsigned, False),
    "positiveInt": (positive, False),
    "boolean": (boolean, False),
    "base64Binary": (base64, False),
}
