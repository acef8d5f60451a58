"""Functions of the China layer: a component as received in, a FHIR value out, or None.

Identity numbers follow GB 11643-1999; diagnosis codes the national edition of ICD-10.
"""

from __future__ import annotations

import re

from mappings.runtime.state.context import Context
from mappings.runtime.text import icd10, primitives, shapes
from mappings.runtime.text.pieces import part
from mappings.runtime.types import JSON, Location

_PERMITS = {"06": re.compile(r"[HM]\d{8}(?:\d\d)?"), "07": re.compile(r"\d{8}(?:\d\d)?")}
_STEM = re.compile(r"([A-Z]\d\d)(?:\.(?:(\d)\d{0,3}[A-Z]?|X(?:\d\d)?)(?:X\d{1,3})?)?")


def identity_number(value: str, context: Context, location: Location) -> str | None:
    """Return a resident identity number as 18 characters; None, and found, if it is wrong.

    The older form of 15 digits has no century and no check character: both are added.
    """
    number = primitives.narrow(primitives.text(part(value, "^", 1)) or "").upper()
    number = number.replace(" ", "")
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
    number = (primitives.text(value) or "").upper()
    if _PERMITS[kind].fullmatch(number) or shapes.is_identity_number(number):
        return number
    context.kept(location, "travel permit number")
    return None


def chinese_address(value: str, _context: Context, _location: Location) -> str | None:
    """Return an address of Han characters as people write it: the largest part first.

    What the street begins with is not said again: ``湖北省宜昌市夷陵区12号^^宜昌市^湖北省``.
    """
    street, other, city, state, *_, district = primitives.components(value, 9)
    named = primitives.text(part(part(value, "^", 9), "&", 2)) if "&" in value else None
    if named or district.isdecimal():
        district = named or ""
    if not shapes.is_han((state + city + district)[:1] or street[:1]):
        return None
    levels = list(dict.fromkeys(level for level in (state, city, district) if level))
    lines = street + other
    if lines.startswith(tuple(levels)):
        del levels[next(n for n, level in enumerate(levels) if lines.startswith(level)) :]
    return "".join([*levels, lines]) or None


def icd10_stem(value: str, _context: Context, _location: Location, number: str = "1") -> str | None:
    """WHO's category of three or four characters: ``E11.900x001`` → E11.9, ``I10.x00`` → I10.

    Of a double code, that of part `number`: ``E14.301+H36.0*`` has E14.3 and H36.0. What only
    begins like one has none: ``M80000/3`` is a tumour's morphology, M80 osteoporosis.
    """
    found = [_STEM.fullmatch(part) for part in icd10.icd10_parts(value)]
    if len(found) < int(number) or None in found:
        return None
    match = found[int(number) - 1]
    return ".".join(filter(None, match.groups())) if match else None


def listed(value: str, context: Context, location: Location) -> JSON:
    """Return several codes of ICD-10 in one text (``E11.900;I25.103``): it, and WHO's stem of each.

    They are found: each is a diagnosis, and wants a segment of its own.
    """
    context.say(
        "warning", "kept-as-text", location, "several codes: each wants a segment of its own"
    )
    stems = [icd10_stem(code, context, location) for code in icd10.icd10_listed(value)]
    codings = [{"system": "http://hl7.org/fhir/sid/icd-10", "code": stem} for stem in stems if stem]
    return {"coding": [{"code": primitives.code(value)}, *codings]}
