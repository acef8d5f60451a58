"""People whose number and name changed places (XCN, CNN) in, the same as its type has it out.

Senders write a doctor as screens show one: ``李测试^D1``, ``李测试(D1)``, ``王芳、李测试``. What
has digits is the number, what is Han the name; where one text has both, or several names, each of
these begins with a surname that is known.
"""

from __future__ import annotations

import re

from mappings.runtime.text.shapes import is_date, is_han, is_latin, is_name
from mappings.runtime.text.surnames import SURNAMES

_NUMBER = re.compile(r"(?=\D*\d)[A-Za-z0-9_-]+", re.ASCII)
_CODE = r"([A-Za-z]{1,3}\d+|\d{3,})"
_HAN = r"([\u3400-\u9fff·]{2,4})"
_BOTH = tuple(
    re.compile(rf"{first}\s*{sign}\s*{second}\s*{end}", re.ASCII)
    for first, second, between in ((_HAN, _CODE, "[-/_ ]"), (_CODE, _HAN, "[-/_ ]?"))
    for sign, end in ((between, ""), (r"[(\[（【]", r"[)\]）】]"))
)
_SEVERAL = re.compile(r"\s*[、,，;；/]\s*")
_DAY = 8  # digits of a date: when a reader of results read (NDL.2) is no number of his


def apart(value: str, *, room: bool) -> str:
    """Return an XCN, or an NDL, with each part in a place of its own.

    So has each of several persons where there is `room` for them; else all are one name.
    """
    first, separator, others = value.partition("^")
    if first.isascii():  # most begin with a number
        return value
    if "&" in first:
        return f"{_told(first, '&')}{separator}{others}"
    if others.strip("^"):
        return _told(value, "^")
    return _in_one(first.strip(), room=room) or value


def _told(value: str, separator: str) -> str:
    """Return components with a number before a name, and no name in its place."""
    number, name, *others = value.split(separator)
    if not is_name(number) or (others and others[0]):
        return value
    if _NUMBER.fullmatch(name) and not (len(name) >= _DAY and is_date(name)):
        return separator.join([name, number, *others])
    if len(number) == 1 and is_han(name):  # 王^芳
        return separator.join(["", number, name, *others[1:]])
    if is_latin(name) and not any(others[1:2]):  # 王芳^wangfang: as it is spoken, which no key asks
        return separator.join(["", number, "", name, *others[2:]])
    return value


def _in_one(text: str, *, room: bool) -> str | None:
    """Return a number and a name, or several names, that are one text; None of anything else."""
    for pattern, name in zip(_BOTH, (1, 1, 2, 2), strict=True):
        match = pattern.fullmatch(text)
        if match and match[name][0] in SURNAMES:
            return f"{match[3 - name]}^{match[name]}"
    names = _SEVERAL.split(text)
    several = len(names) > 1 and all(
        1 < len(name) < 5 and name[0] in SURNAMES and is_name(name) for name in names
    )
    if not several:
        return None
    return "~".join(f"^{name}" for name in names) if room else f"^{text}"
