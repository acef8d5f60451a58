"""Bundles: stored bodies in, one Bundle as bytes out, spliced, never parsed.

A Bundle has no id and no time of its own, so equal answers are equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson


class Entry(NamedTuple):
    """One resource as it leaves: its reference, its JSON, and why it is there."""

    type: str
    id: str
    version: str
    body: bytes
    mode: str = "match"


class Version(NamedTuple):
    """One version in a history; no body: a deletion."""

    type: str
    id: str
    version: str
    updated: str
    body: bytes | None


Link = tuple[str, str]


def searchset(
    base: str, entries: Sequence[Entry], *, total: int | None, links: Sequence[Link]
) -> bytes:
    """Splice a searchset; `base` is the FHIR base URL, links are (relation, url)."""
    prefix = f'{{"fullUrl":"{base}/'
    parts = [
        f'{prefix}{entry.type}/{entry.id}","resource":'.encode()
        + entry.body
        + f',"search":{{"mode":"{entry.mode}"}}}}'.encode()
        for entry in entries
    ]
    return _bundle("searchset", parts, total, links)


def history(base: str, versions: Sequence[Version], *, links: Sequence[Link]) -> bytes:
    """Splice a history, newest first (https://hl7.org/fhir/R4/http.html#history)."""
    return _bundle("history", [_past(base, one) for one in versions], len(versions), links)


def _past(base: str, one: Version) -> bytes:
    method, status = "PUT", "200"
    if one.body is None:
        method, status = "DELETE", "204"
    elif one.version == "1":
        status = "201"
    reference = f"{one.type}/{one.id}"
    tail = {
        "request": {"method": method, "url": reference},
        "response": {
            "status": status,
            "etag": f'W/"{one.version}"',
            "lastModified": one.updated,
        },
    }
    resource = b'"resource":' + one.body + b"," if one.body is not None else b""
    return (
        f'{{"fullUrl":"{base}/{reference}",'.encode() + resource + orjson.dumps(tail).lstrip(b"{")
    )


def _bundle(
    type_: str, entries: Iterable[bytes], total: int | None, links: Sequence[Link]
) -> bytes:
    head = f'{{"resourceType":"Bundle","type":"{type_}"'
    if total is not None:
        head += f',"total":{total}'
    parts = [head.encode()]
    if links:
        listed = [{"relation": relation, "url": url} for relation, url in links]
        parts += [b',"link":', orjson.dumps(listed)]
    joined = b",".join(entries)
    if joined:
        parts += [b',"entry":[', joined, b"]"]
    parts.append(b"}")
    return b"".join(parts)
