"""Elements of a resource by path: JSON values in, the leaves that a search looks at out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]


def leaves(value: Any, path: Path) -> Iterator[Any]:
    """Yield every value at `path`, through lists; ``telecom[phone]`` keeps those of a system."""
    if isinstance(value, list):
        for item in value:
            yield from leaves(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        name, _, system = path[0].rstrip("]").partition("[")
        found = value.get(name)
        if system:
            found = [one for one in found or () if one.get("system") == system]
        yield from leaves(found, path[1:])


def references(resource: dict[str, Any], path: Path) -> Iterator[str]:
    """Yield the literal references at `path`."""
    for value in leaves(resource, path):
        if isinstance(value, dict) and isinstance(value.get("reference"), str):
            yield value["reference"]
