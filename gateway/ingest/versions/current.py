"""A resource while a batch is applied: as it is stored in; as messages told of it since, out."""

from __future__ import annotations

from typing import Any

from gateway.ingest.versions.update import without_meta
from mappings import exact

JSON = dict[str, Any]


class Current:
    """A resource as it stands while a batch is applied, and the message that said so."""

    __slots__ = ("_body", "_content", "spool_seq", "told")

    def __init__(
        self, spool_seq: int, told: bytes, *, body: bytes = b"", content: JSON | None = None
    ) -> None:
        self.spool_seq = spool_seq
        self.told = told
        self._body = body
        self._content = content

    def said_before(self, content: JSON, spool_seq: int, told: bytes) -> bool:
        """Tell whether an earlier message of this batch has already written just this."""
        if (
            self._body
            or self.told != told
            or self._content != content
            or _digits(self._content) != _digits(content)
        ):
            return False
        self.spool_seq = spool_seq
        return True

    def content(self) -> JSON:
        """Return the resource, without what the store said of it; not to be changed."""
        if self._content is None:
            self._content = without_meta(exact.loads(self._body))
        return self._content


def _digits(content: JSON) -> bytes:
    """Tell 7.80 from 7.8, which are equal numbers."""
    return exact.dumps(content, sort=True)
