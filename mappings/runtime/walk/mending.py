"""Fields that hold more than their type has room for, in; the same with each part in its place out.

- ``telephones``: several in the place of one
- ``people``: a number and a name that changed places, several people in the place of one
- ``person``: the same, where there is room for one alone
- ``addresses``: one whose parts stand as people write them, the largest first
- ``amount``: a unit behind its number (``10盒``), which has a field of its own
- ``quantity``: the same of a CQ, whose unit is its second component
- ``timing``: the same of the quantity in a TQ

A mend returns whether it put something in a field that was empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from mappings.hl7v2.message import Segment
from mappings.runtime.text import people
from mappings.runtime.text.addresses import in_order
from mappings.runtime.text.pieces import part
from mappings.runtime.text.primitives import narrow
from mappings.runtime.text.telephones import apart

#: A number, and what may be a unit behind it: 0.5g, 10 盒
_MEASURED = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([^\d\s|^~&\\](?:[^|^~&\\]*[^\s|^~&\\])?)\s*")

Units = Mapping[str, str]


def _telephones(segment: Segment, field: int, _beside: int, _units: Units) -> bool:
    segment.fields[field] = apart(segment.fields[field])
    return False


def _persons(segment: Segment, field: int, _beside: int, _units: Units, *, room: bool) -> bool:
    text = segment.fields[field]
    if not text.isascii():
        each = (people.apart(one, room=room) for one in text.split("~"))
        segment.fields[field] = "~".join(each)
    return False


def _addresses(segment: Segment, field: int, _beside: int, _units: Units) -> bool:
    text = segment.fields[field]
    if not text.isascii():
        segment.fields[field] = "~".join(map(in_order, text.split("~")))
    return False


def _amount(segment: Segment, field: int, beside: int, units: Units) -> bool:
    fields, there = segment.fields, segment.field(beside)
    number, unit = _unit_apart(fields[field], there, "^", units)
    if unit:
        fields.extend([""] * (beside + 1 - len(fields)))
        fields[field], fields[beside] = number, there or unit
    return bool(unit) and not there


def _quantity(segment: Segment, field: int, _beside: int, units: Units) -> bool:
    values = segment.fields[field].split("~")
    segment.fields[field] = "~".join(_parted(value, "^", units) for value in values)
    return False


def _timing(segment: Segment, field: int, _beside: int, units: Units) -> bool:
    values = (value.partition("^") for value in segment.fields[field].split("~"))
    segment.fields[field] = "~".join(
        f"{_parted(quantity, '&', units)}{separator}{others}"
        for quantity, separator, others in values
    )
    return False


def _parted(value: str, separator: str, units: Units) -> str:
    """Return a CQ with its unit in its own place; as it is, unless that is clear."""
    written, _, beside = value.partition(separator)
    number, unit = _unit_apart(written, beside, "&", units)
    return f"{number}{separator}{beside or unit}" if unit else value


def _unit_apart(written: str, beside: str, separator: str, units: Units) -> tuple[str, str]:
    """Return the number and the unit of ``0.5g``; no unit where that is not clear.

    It is where the unit is known, or stands beside it; another one beside it contradicts.
    """
    if not written or written[-1].isdecimal():  # most have no unit
        return written, ""
    match = _MEASURED.fullmatch(narrow(written))
    if match is None:
        return written, ""
    number, unit = match.groups()
    said = [each for n in (1, 2) if (each := narrow(part(beside, separator, n)).strip())]
    known = units.get(unit)
    if unit in said or (known and (not said or known in map(units.get, said))):
        return number, unit
    return written, ""


#: What is mended, by its name
MENDS: Mapping[str, Callable[[Segment, int, int, Units], bool]] = {
    "telephones": _telephones,
    "people": partial(_persons, room=True),
    "person": partial(_persons, room=False),
    "addresses": _addresses,
    "amount": _amount,
    "quantity": _quantity,
    "timing": _timing,
}
