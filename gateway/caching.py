"""Where generated tables are kept between starts: the user's cache directory in, a `Cache` out."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.resources import files
from pathlib import Path

from mappings.cache import Cache


def table_cache() -> Cache | None:
    """Return ``$XDG_CACHE_HOME/yiqiao`` or ``~/.cache/yiqiao``; None for a user without a home.

    It may be deleted at any time: what it holds is made again.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return Cache(base / "yiqiao", _definitions())


@cache
def _definitions() -> str:
    """Digest FHIR's definitions, and what reads them: what tables are checked against."""
    root = Path(str(files("conformance")))
    digest = hashlib.sha256((root / "definitions.py").read_bytes())
    for path in sorted((root / "r4").iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
