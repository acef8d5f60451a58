"""Functions of the China layer: a component as received in, a FHIR value out, or None.

Identity numbers follow GB 11643-1999; diagnosis codes the national edition of ICD-10.
"""

from __future__ import annotations

import re

from mappings.runtime import shapes, values
from mappings.runtime.context import Context
from mappings.runtime.pieces import part
from mappings.runtime.types import Location

_PERMITS = {"06": re.compile(r"[HM]\d{8}(?:\d\d)?"), "07": re.compile(r"\d{8}(?:\d\d)?")}
_STEM = re.compile(
    r"([A-Z]\d\d)(?:\.(?:(\d)\d{0,3}[A-Z]?|x(?:\d\d)?)(?:x\d{1,3})?)?[+*]?", re.IGNORECASE
)


def identity_number(value: str, context: Context, location: Location) -> str | None:
    """Return a resident identity number as 18 characters; None, and found, if it is wrong.

    The older form of 15 digits has no century and no check character: both are added.
    """
    number = values.narrow(values.text(value) or "").upper()
    if shapes.is_identity_number(number):
        if len(number) == 18:
            return number
        stem = f"{number[:6]}19{number[6:]}"
        return next(stem + c for c in "0123456789X" if shapes.is_identity_number(stem + c))
    context.kept(location, "resident identity number")
    return None


def travel_permit(value: str, context: Context, location: Location, kind: str) -> str | None:
    """Return the number of a permit (06 Hong Kong and Macau, 07 Taiwan); None, and found, if wrong.

    Who lives on the mainland has a residence permit, whose number is made like the identity card's.
    """
    number = (values.text(value) or "").upper()
    if _PERMITS[kind].fullmatch(number) or shapes.is_identity_number(number):
        return number
    context.kept(location, "travel permit number")
    return None


def chinese_address(value: str, _context: Context, _location: Location) -> str | None:
    """Return an address of Han characters as people write it: the largest part first."""
    street, other, city, state, *_, district = values.components(value, 9)
    named = values.text(part(part(value, "^", 9), "&", 2)) if "&" in value else None
    if named or district.isdecimal():
        district = named or ""
    if not shapes.is_han((state + city + district)[:1] or street[:1]):
        return None
    text = street
    for larger in (district, city, state):
        if larger and not text.startswith(larger):
            text = larger + text
    return f"{text}{other}" or None


def icd10_stem(value: str, context: Context, location: Location) -> str | None:
    """WHO's category of three or four characters: ``E11.900x001`` → E11.9, ``I10.x00`` → I10.

    What only begins like one has none: ``M80000/3`` is a tumour's morphology, M80 osteoporosis.
    """
    match = _STEM.fullmatch(value.strip())
    if match is None:
        return None
    category, digit = match[1].upper(), match[2]
    return f"{category}.{digit}" if digit else category
