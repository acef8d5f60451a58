"""Names of people: an XPN, or an XCN or CNN from its second component on, in; a text out.

Where a name is written in Han, what stands beside it in Latin letters is the same name once more.
"""

from __future__ import annotations

from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives, shapes
from mappings.runtime.text.surnames import COMPOUND_SURNAMES, SURNAMES
from mappings.runtime.types import Location

_APART = "\0"  # between two names; a blank is padding


def full_name(
    value: str, _context: Context, _location: Location, first: str = "given"
) -> str | None:
    """``text`` of a name (XPN, or XCN from its second component on): as people of its script do.

    Parameters
    ----------
    first
        Which name stands first in a script where both orders are in use: ``family``, or ``given``.
    """
    family, given, middle, suffix, prefix = primitives.components(value, 5)
    if shapes.is_han(family or given) or (not given.isascii() and _is_beside(family, given)):
        written = [p for p in (family, given, middle) if not shapes.is_latin(p)]
        if len(family) > 1 and len(written) > 1 and not given.isascii():
            return "".join("".join(_wholes(written)).split()).replace(_APART, " ")
        return "".join("".join(written).split()) or None  # 张　三 is padded
    names = (family, given, middle) if first == "family" else (given, middle, family)
    return " ".join([p for p in (prefix, *names, suffix) if p]) or None


def provider_name(
    value: str, context: Context, location: Location, first: str = "given"
) -> str | None:
    """``text`` of an XCN or CNN: its name components begin at the second."""
    return full_name(value.partition("^")[2], context, location, first)


def latin_name(value: str, _context: Context, _location: Location) -> str | None:
    """Return a name's Latin letters beside Han: ``张三丰^Zhang^Sanfeng`` → Zhang Sanfeng."""
    if value.isascii():
        return None
    if not any(map(shapes.is_han, primitives.components(value, 3))):
        return None
    parts = [primitives.text(part) or "" for part in value.split("^")[:3]]
    return " ".join(filter(shapes.is_latin, parts)) or None


def latin_provider_name(value: str, context: Context, location: Location) -> str | None:
    """``latin_name()`` of an XCN or CNN: its name components begin at the second."""
    return latin_name(value.partition("^")[2], context, location)


def both_names(value: str, context: Context, location: Location) -> str | None:
    """``full_name()``, and ``latin_name()`` behind it: of a name that is one text."""
    forms = (full_name(value, context, location), latin_name(value, context, location))
    return " ".join(filter(None, forms)) or None


def _wholes(written: list[str]) -> list[str]:
    """Return the parts of a Han name, a whole one in the first place (王芳) as one of its own.

    What ends it is said twice (王芳^芳); what looks like another whole name is one (王芳^李测试).
    """
    family, given, *others = written
    if family[:2] in COMPOUND_SURNAMES or family[0] not in SURNAMES:
        return written
    if family.endswith(given):
        return [family, *others]
    if len(family) < 5 and 1 < len(given) < 5 and given[0] in SURNAMES:
        return [family, _APART, given, *others]
    return written


def _is_beside(family: str, given: str) -> bool:
    """Whether Latin letters stand before Han: ``zhangsanfeng^张三丰``."""
    return shapes.is_han(given) and shapes.is_latin(family)


def code_name(value: str, context: Context, location: Location) -> str | None:
    """Return what a code is called; a code of LOINC in that place is found: nobody reads it so."""
    name = primitives.text(value)
    if name and name[-1].isdecimal() and shapes.is_loinc(name):
        context.kept(location, "name")
    return name
