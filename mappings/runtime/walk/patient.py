"""Whose record a message speaks of: PID (or MRG) fields in, the patient's key out.

And when nobody can have been born: after the message that tells of it.
"""

from __future__ import annotations

import re

from mappings.runtime.functions import authorities
from mappings.runtime.functions.times import shifted
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import part
from mappings.runtime.types import JSON

#: Identifier types (table 0203) in the order in which they name a hospital's own record; types
#: that name a person anywhere (national numbers, passports, cards) come last.
_PREFERRED = ("MR", "PI", "PT", "")
_OUTSIDE = ("", "2", "4")  # PID-3 is the hospital's own list, PID-2 and PID-4 are not
#: The same in words: of a hospital's own record, and of what others give out.
_RECORD = re.compile("病案|病历")
_DOCUMENT = re.compile("证|护照|户口|医保|社保|社会保障|健康卡")
_LAST = frozenset({"NNCHN", "NI", "SS", "PPN", "DL", "HC", "JHN", "NH", "AN", "VN"})


def patient_key(fields: list[str], context: Context) -> tuple[str, str] | None:
    """Return (identifier system, identifier) of the hospital's own number among CX fields.

    Parameters
    ----------
    fields
        Fields in order of preference: PID-3, PID-2, PID-4 (or MRG-1, MRG-4, MRG-2).
    """
    return next(iter(patient_keys(fields, context)), None)


def patient_keys(fields: list[str], context: Context) -> list[tuple[str, str]]:
    """Return the keys of all numbers in the first of some CX fields that has any, the best first.

    MRG-1 may give several, and any of them may name the record (v2.9, 3.4.9.1). A number in the
    first field is the hospital's own unless it says whose it is; one in another is nobody knows
    whose (`authorities.outside_system`).
    """
    for field, outside in zip(fields, _OUTSIDE, strict=True):
        found = []
        for number, cx in numbers(field):
            system, _ = authorities.authority(part(cx, "^", 4), context)
            if not system and outside:
                system = authorities.outside_system("", context, 0, outside)
            found.append((system or authorities.default_system("", context, 0) or "", number))
        if found:
            return found
    return []


def numbers(field: str) -> list[tuple[str, str]]:
    """Return the numbers of a CX field, each with its CX: the hospital's own record's first."""
    found: list[tuple[int, int, str, str]] = []
    for position, cx in enumerate(field.split("~")):
        number = part(cx, "^", 1).strip()
        if not number.isprintable():
            number = primitives.text(number) or ""
        if not number or number == '""':
            continue
        kind = part(cx, "^", 5)
        kind = kind if kind.isascii() else _in_code(kind)
        rank = _PREFERRED.index(kind) if kind in _PREFERRED else len(_PREFERRED)
        found.append((rank + 10 if kind in _LAST else rank, position, number, cx))
    found.sort()
    return [(number, cx) for _, _, number, cx in found]


def _in_code(kind: str) -> str:
    """Return the code of table 0203 for a type of numbers in words, as far as it ranks them."""
    if _RECORD.search(kind):
        return "MR"
    return "NI" if _DOCUMENT.search(kind) else kind


_DAY = 86400  # seconds: as much as time zones and clocks may differ


def unborn(patient: JSON, context: Context) -> None:
    """Leave out, and find, a birth that is more than a day later than its message (MSH-7)."""
    sent = primitives.date_time(context.value("MSH", 7), context.offset) or ""
    latest = shifted(sent[:10], _DAY) if len(sent) >= len("2026-01-02") else None
    if latest and primitives.is_after(patient.get("birthDate", ""), latest):
        del patient["birthDate"]
        patient.pop("_birthDate", None)
        place = context.locate(7)
        context.leave(lambda told: told[:2] == ("Patient.birthDate", place))
        context.say("warning", "bad-value", 7, "a birth after the message")
