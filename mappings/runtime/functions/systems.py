"""Coding systems: the name that a sender calls one by in, its URI out."""

from __future__ import annotations

import re

from mappings.runtime.functions import authorities
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives, shapes, uris
from mappings.runtime.types import Location

_YEAR = re.compile(r"[-\u2014:](?:19|20)\d\d$")
_SPELLING = re.compile(r"[\s/_-]+|^URN:OID:")


def spelled(name: str) -> str:
    """Return a coding system's name without what its spellings differ in: ``GB/T 3304-1991``."""
    return _SPELLING.sub("", _YEAR.sub("", name.strip()).upper())


def coding_system(value: str, context: Context, _location: Location) -> str | None:
    """Return a URI for a coding system name (table 0396, local names): always the same one."""
    name = (primitives.text(value) or "").strip()
    if not name:
        return None
    systems = context.site.systems
    known = systems.get(name) or systems.get(name.upper()) or systems.get(spelled(name))
    if known:
        return known
    if name.startswith(("http://", "https://", "urn:")):
        return uris.absolute(name) or authorities.below_source(
            "code-system", name, context.site.source
        )
    if shapes.is_oid(name):
        return f"urn:oid:{name}"
    if match := re.fullmatch(r"(?:HL7)?0*(\d{1,4})", name):
        return f"http://terminology.hl7.org/CodeSystem/v2-{int(match[1]):04d}"
    return authorities.below_source("code-system", name, context.site.source)
