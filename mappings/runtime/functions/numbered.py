"""Identifiers in keys: an EI, CX, XCN … in; its number and who assigned it, as one text, out.

A number is unique within its assigning authority only (v2.9 2A.2.14 CX, 2A.2.28 EI). A number of
the site's own authority is the number alone, as is one that names no authority: whoever says
nothing means what the whole site knows it by.
"""

from __future__ import annotations

from collections.abc import Set
from urllib.parse import quote

from mappings.runtime.functions import authorities
from mappings.runtime.state.context import Context
from mappings.runtime.state.memory import remember
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import BLANK, part
from mappings.runtime.types import Location


def ei_key(value: str, context: Context, separator: str = "^") -> str:
    """Return the key of an EI: its components from the second on are an HD; "" without number."""
    number, _, authority = value.partition("~")[0].partition(separator)
    return _key(number, authority, context)


def cx_key(value: str, context: Context, separator: str = "^") -> str:
    """Return the key of a CX: its fourth component is an HD; "" without number."""
    value = value.partition("~")[0]
    return _key(part(value, separator, 1), part(value, separator, 4), context)


def xcn_key(
    value: str, context: Context, separator: str = "^", licences: Set[str] = frozenset()
) -> str:
    """Return the key of an XCN: its ninth component is an HD; "" without number.

    Whoever says so, a number of the kind NPI (XCN.13) is the national one; a licence of which
    nobody says who gave it out is not the site's own: another doctor may have that number there.
    `licences` are the kinds of numbers that no hospital gives out, the tables' set of that name.
    """
    value = value.partition("~")[0]
    kind, authority = part(value, separator, 13), part(value, separator, 9)
    if kind == "NPI" or (kind in licences and not authority.strip(BLANK)):
        authority = kind
    return _key(part(value, separator, 1), authority, context)


def cnn_key(value: str, context: Context, separator: str = "^") -> str:
    """Return the key of a CNN: its components from the ninth on are an HD; "" without number."""
    number, *others = value.partition("~")[0].split(separator)
    return _key(number, "&".join(others[7:10]), context)


def cwe_key(value: str, context: Context, separator: str = "^") -> str:
    """Return the key of a coded number: its third component names who gave it; "" without code."""
    value = value.partition("~")[0]
    return _key(part(value, separator, 1), part(value, separator, 3), context)


def xon_key(value: str, context: Context, separator: str = "^") -> str:
    """Return the key of an XON: its sixth component is an HD; "" without number (10, else 3)."""
    value = value.partition("~")[0]
    number = part(value, separator, 10).strip() or part(value, separator, 3)
    return _key(number, part(value, separator, 6), context)


def issued_by(value: str, context: Context, _location: Location, kind: str) -> str | None:
    """Return the system of numbers of a kind that whoever a CX numbers gives out: of policies.

    Whoever is numbered by an authority that everybody knows has one for all sources.
    """
    issuer = cx_key(value, context)
    system, told, number = issuer.partition("|")
    if not told:
        system, number = f"{authorities.OWN}{context.site.source}", issuer
    own = system.startswith(authorities.OWN)
    below = system.removeprefix(authorities.OWN) if own else quote(system, safe="")
    return authorities.below_source(kind, number, below) if issuer else None


def _key(number: str, authority: str, context: Context) -> str:
    number = number.strip()
    if not number.isalnum():
        number = primitives.text(number) or ""
    if not number or not authority.strip(BLANK):
        return number
    site = context.site
    known = context.assigners.get((authority, site.authority))
    if known is None:
        system, _ = authorities.authority(authority, context)
        namespace = authority.replace("&", "^").partition("^")[0].strip()
        own = system is None or system == authorities.default_system("", context, 0)
        own = own or namespace == site.authority  # whatever universal id it is given besides
        known = "" if own else f"{system}|"
        remember(context.assigners, (authority, site.authority), known)
    return known + number
