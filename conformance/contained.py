"""Contained resources: one with ``contained`` in, its problems out (dom-2 … dom-5, ref-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.problem import Problem

Json = dict[str, Any]


def contained_problems(resource: Json, path: str) -> Iterator[Problem]:
    """Yield what is wrong between a resource and those it contains.

    Each is contained once, has an id, is pointed to by the resource or points to it, contains
    nothing itself and carries neither version nor security label; each ``#id`` leads to one.
    """
    parts = [each for each in resource.get("contained", []) if isinstance(each, dict)]
    known = [each.get("id") for each in parts]
    used = set(_local(resource))
    for reference in sorted(set(_local(resource, only="reference"))):
        if reference != "#" and reference[1:] not in known:
            yield Problem(path, "ref-1", "a local reference leads to no contained resource")
    for number, part in enumerate(parts):
        where = f"{path}.contained[{number}]"
        meta = part.get("meta", {})
        if "contained" in part:
            yield Problem(where, "dom-2", "a contained resource contains another")
        if f"#{part.get('id')}" not in used and "#" not in set(_local(part)):
            yield Problem(where, "dom-3", "nothing refers to the contained resource")
        if isinstance(meta, dict) and ("versionId" in meta or "lastUpdated" in meta):
            yield Problem(where, "dom-4", "a contained resource has no version of its own")
        if isinstance(meta, dict) and "security" in meta:
            yield Problem(where, "dom-5", "a contained resource has no security label of its own")


def _local(node: object, only: str = "") -> Iterator[str]:
    """Yield every string that begins with #, anywhere or under one name."""
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str):
                if value.startswith("#") and only in {"", name}:
                    yield value
            else:
                yield from _local(value, only)
    elif isinstance(node, list):
        for each in node:
            if isinstance(each, str) and each.startswith("#") and not only:
                yield each
            else:
                yield from _local(each, only)
