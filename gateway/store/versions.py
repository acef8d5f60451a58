"""What a version of a resource is: its row, its JSON, and when two say the same. Pure."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from typing import Any, NamedTuple

from gateway.store.clinical import instant
from mappings import exact

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
CHINA = timezone(timedelta(hours=8))


class Row(NamedTuple):
    """One version of a resource as it lies in the store: metadata in the clear, body sealed."""

    compartment: str
    type: str
    id: str
    version: int
    seq: int
    updated: int
    deleted: bool
    owner: str
    labels: str
    low: int | None
    high: int | None
    codes: bytes
    spool_seq: int | None
    told: bytes | None
    body: bytes


class New(NamedTuple):
    """A resource to be written.

    `content` is FHIR JSON with `resourceType` and `id`; None deletes. `labels` are space-separated.
    `told` is when each sender last told of it (`gateway.ingest.sending`).
    """

    compartment: str
    type: str
    id: str
    content: dict[str, Any] | None
    owner: str
    labels: str = ""
    spool_seq: int | None = None
    zone: tzinfo = CHINA
    told: bytes | None = None


class Stored(NamedTuple):
    """What became of a `New`: the version that now holds, its JSON, and whether it is a new one."""

    version: int
    updated: int
    body: bytes
    changed: bool


class Key(NamedTuple):
    """What identifies a resource; the compartment is the prefix of the id."""

    compartment: str
    type: str
    id: str


def is_id(text: str) -> bool:
    """Tell whether a text has the form of a FHIR id; what has not is no resource's."""
    return _ID.fullmatch(text) is not None


def compartment_of(resource_id: str) -> str:
    """Return the compartment that a resource id names; any text is answered."""
    return resource_id.partition(".")[0]


def document_of(binary_id: str) -> str:
    """Return the id of the document that a Binary belongs to: the id that its own begins with."""
    return binary_id.rpartition(".")[0]


def aad(tenant: str, type_: str, id_: str, version: int) -> bytes:
    """Bind a body to its place: it opens nowhere else, and as no other version."""
    return f"{tenant}/{type_}/{id_}/{version}".encode()


def versioned(new: New, version: int, updated: int) -> bytes:
    """Serialise a resource with the server's part of its meta."""
    content = new.content or {}
    meta = {**content.get("meta", {}), "versionId": str(version), "lastUpdated": instant(updated)}
    document = {"resourceType": new.type, "id": new.id, "meta": meta, **content}  # in this order
    document["meta"] = meta
    return exact.dumps(document)


def same(row: Row, body: bytes, new: New) -> bool:
    """Tell whether writing `new` would say nothing new."""
    if row.labels != new.labels or row.deleted != (new.content is None):
        return False
    return exact.same(versioned(new, row.version, row.updated), body)
