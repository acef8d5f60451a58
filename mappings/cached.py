"""Generated tables to and from a cache: those of a profile without what is below it.

What is kept of a profile is what its rows change. If what is below it is not there any more, the
profile is compiled again.
"""

from __future__ import annotations

from typing import NamedTuple

from mappings.cache import Cache
from mappings.compiler.bind import Generated
from mappings.compiler.modules import Octets, restored, stored


class _Kept(NamedTuple):
    """Tables without their code and source, and the code as octets."""

    generated: Generated
    octets: Octets


def fetch(cache: Cache, digest: str, below: str) -> Generated | None:
    """Return what is kept of tables with a digest; `below`: that of the layers below a profile."""
    found: _Kept | None = cache.fetch(cache.key((digest,)))
    if found is None:
        return None
    try:
        code = restored(found.octets, lambda: _octets(cache, below))
    except KeyError:
        return None
    return found.generated._replace(code=code)


def keep(cache: Cache, digest: str, below: str, generated: Generated) -> None:
    """Keep what was generated."""
    octets = stored(generated.code, _octets(cache, below))
    cache.keep(cache.key((digest,)), _Kept(generated._replace(source=(), code={}), octets))


def _octets(cache: Cache, digest: str) -> Octets:
    found: _Kept | None = cache.fetch(cache.key((digest,))) if digest else None
    return {} if found is None else {name: one for name, one in found.octets.items() if one}
