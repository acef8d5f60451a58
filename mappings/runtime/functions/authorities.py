"""Who gives numbers out: an HD, or the site, in; the URI that is the system of the numbers, out.

An HD (v2.9 2A.2.33) is a namespace of the sender's own, a universal id, or both.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from mappings.runtime.state.context import Context
from mappings.runtime.state.memory import MEMO_SIZE, remember
from mappings.runtime.text import uris
from mappings.runtime.text.pieces import part
from mappings.runtime.types import Location, Site

ROOT = "https://yiqiao.org/fhir"
#: Authorities that their source alone knows, by a namespace, are below this.
OWN = f"{ROOT}/authority/"
#: The system of a number that is a URI (identifier-registry.html)
_OF_URIS = "urn:ietf:rfc:3986"


def authority(value: str, context: Context) -> tuple[str | None, tuple[int, ...]]:
    """Return the URI of an HD, and its components that the URI does not tell."""
    found: tuple[str | None, tuple[int, ...]] | None = context.authorities.get(value)
    if found is None:
        found = _system_of(value, context.site)
        remember(context.authorities, value, found)
    return found


def _system_of(value: str, site: Site) -> tuple[str | None, tuple[int, ...]]:
    namespace, universal, kind = _named(value)
    registered = site.authorities.get(namespace)
    known = site.authorities.get(universal) or uris.of_universal_id(universal, kind)
    uri = registered or known
    if uri is None and namespace.count(".") > 2:
        uri = uris.of_universal_id(namespace, "")
    untold: list[int] = []
    if not universal:  # nothing is of that kind
        untold = [3] if kind and kind.upper() not in uris.KINDS else []
        if not namespace:
            return None, tuple(untold)
    elif namespace and (uri is None or known != uri):  # it may be another one's
        untold = [n for n, text in ((2, universal), (3, kind)) if text]
    return uri or below_source("authority", namespace or universal, site.source), tuple(untold)


def _named(value: str) -> tuple[str, str, str]:
    """Return the namespace of an HD, its universal id, and of what kind that is."""
    first = value.partition("^")[0]
    value, separator = (first, "&") if "&" in first else (value, "^")
    namespace, universal, kind = (part(value, separator, n).strip() for n in (1, 2, 3))
    return namespace, universal, kind


def default_system(_value: str, context: Context, _location: Location) -> str | None:
    """Return the system of identifiers whose assigning authority is not given: the site's own."""
    authority = context.site.authority
    known = context.site.authorities.get(authority)
    own = below_source("authority", authority, context.site.source) if authority else None
    return known or own


def outside_system(_value: str, context: Context, _location: Location, field: str) -> str:
    """Return the system of numbers that PID has from elsewhere, and does not say from where.

    PID-2 is the number that another institution gave, PID-4 an alternate one (v2.5.1, 3.4.2.2 and
    3.4.2.4): neither is this hospital's own, nor the same as the other's.
    """
    return below_source("outside", f"PID-{field}", context.site.source)


def universal_id(value: str, context: Context, location: Location) -> str | None:
    """Return the URI by which everybody knows what an HD names; None of a source's own name.

    Its universal id, if there is one: what the namespace is known by is not of that id's kind.
    """
    _, universal, kind = _named(value)
    if kind and not universal and kind.upper() not in uris.KINDS:
        context.say("information", "not-applicable", (location, 3))
    own = uris.of_universal_id(universal, kind)
    uri = own or authority(value, context)[0]
    return None if uri is None or uri.startswith(OWN) else uri


def universal_system(value: str, context: Context, location: Location) -> str | None:
    """Return the system of what `universal_id()` makes; None where that is a source's own name."""
    return _OF_URIS if universal_id(value, context, location) else None


@lru_cache(maxsize=MEMO_SIZE)
def below_source(kind: str, name: str, source: str) -> str:
    """Return a URI of a source's own, which no other source has: for numbers of a kind."""
    return f"{ROOT}/{kind}/{source}" + (f"/{quote(name, safe='')}" if name else "")
