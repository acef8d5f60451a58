"""Units of time as senders write them in; UCUM's code out."""

from __future__ import annotations

#: As orders write them (table 0255, TQ.3)
TIME_UNITS = {
    "S": "s",
    "SEC": "s",
    "M": "min",
    "MIN": "min",
    "H": "h",
    "HR": "h",
    "D": "d",
    "DAY": "d",
    "W": "wk",
    "WK": "wk",
    "L": "mo",
    "MO": "mo",
    "MON": "mo",
    "Y": "a",
    "YR": "a",
}

_WORDS = {
    "s": ("SECS", "SECOND", "SECONDS", "秒", "秒钟"),
    "min": ("MINS", "MINUTE", "MINUTES", "分", "分钟"),
    "h": ("HRS", "HOUR", "HOURS", "时", "小时"),
    "d": ("DAYS", "日", "天"),
    "wk": ("WKS", "WEEK", "WEEKS", "周", "星期"),
    "mo": ("MOS", "MONTH", "MONTHS", "月", "个月"),
    "a": ("A", "YRS", "YEAR", "YEARS", "年"),
}
#: All of them, by what is written
KNOWN = {**TIME_UNITS, **{word: code for code, words in _WORDS.items() for word in words}}


def time_unit(written: str) -> str | None:
    """Return the UCUM code of a unit of time, as people write it too; None if it is none."""
    return KNOWN.get(written.strip().rstrip(".").upper())
