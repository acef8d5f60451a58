"""What is known: rows of the store in; resources as messages have told of them, out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gateway.ingest.sending import Sent, moved_to, noted
from gateway.ingest.versions.replacing import gathered
from gateway.ingest.versions.update import without_meta
from gateway.store import Key, New, Row, Tx
from mappings import exact

JSON = dict[str, Any]


def content(tx: Tx, row: Row) -> JSON:
    """Return a resource without what the store itself said of it."""
    return without_meta(exact.loads(tx.resources.body(row)))


def contents(tx: Tx, rows: Sequence[Row]) -> Iterator[JSON]:
    """Yield resources, as `content` returns them, in the order of their rows."""
    for body in tx.resources.bodies(rows):
        yield without_meta(exact.loads(body))


def versions(tx: Tx, news: Sequence[New], type_: str, id_: str) -> Iterator[tuple[JSON, bytes]]:
    """Yield the versions of a resource with what is kept with each, the newest first.

    `news` is to be written behind them, and is not yet in the store.
    """
    for new in reversed(news):
        if (new.type, new.id) == (type_, id_) and new.content:
            yield new.content, new.told or b""
    for row in tx.resources.history(type_, id_):
        if not row.deleted:
            yield content(tx, row), row.told or b""


def is_here(row: Row) -> bool:
    """Whether there is something: not only what is left of what moved."""
    return not row.deleted and not moved_to(row.told or b"")


class There:
    """Which results and reports there are while a batch is applied: in the store, or just told."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._rows: dict[str, Row] = {}  # by id, as long as they have not been read
        self._read: dict[str, JSON] = {}
        self._told: dict[str, list[JSON]] = {}
        self._notes: dict[str, bytes] = {}  # of those that were read, or heard

    def look(self, keys: Iterable[Key]) -> None:
        """Find out which resources there are."""
        rows = self._tx.resources.current([key for key in keys if key.id not in self])
        self._rows.update({id_: row for (_, id_), row in rows.items() if not row.deleted})

    def __bool__(self) -> bool:
        return bool(self._rows or self._read or self._told)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._rows or id_ in self._read or id_ in self._told

    def content(self, id_: str) -> JSON:
        """Return a resource, with what this batch has told of it."""
        if id_ in self._rows:
            self._notes[id_] = self.told(id_)
            self._read[id_] = content(self._tx, self._rows.pop(id_))
        for said in self._told.pop(id_, ()):
            self._read[id_] = gathered(said, self._read.get(id_, said))
        return self._read[id_]

    def told(self, id_: str) -> bytes:
        """Return what is kept with a resource (`gateway.ingest.sending`)."""
        row = self._rows.get(id_)
        return self._notes.get(id_) or (row.told if row else None) or b""

    def hear(self, resource: JSON, message: Sent | None) -> None:
        """Note what a message tells: what those after it tell is found among it, too."""
        id_ = resource["id"]
        self._told.setdefault(id_, []).append(resource)
        self._notes[id_] = noted(self.told(id_), resource["resourceType"], message)
