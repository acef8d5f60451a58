"""Two things that are one: made apart, each by one of its numbers, until a message names both.

Of an order the one stays that is known by the number the tables look at first. What the other one
tells, as far as this one was told nothing later, becomes its own; whatever refers to the other one
refers to it; the other one is deleted, and its history stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.ingest.pipeline import Said
from gateway.ingest.things.renaming import referring
from gateway.ingest.versions.combining import Judge, as_one
from gateway.ingest.versions.known import content
from gateway.store import Key, New, Row, Tx

JSON = dict[str, Any]


def join(
    tx: Tx,
    seq: int,
    said: Said,
    kept: Key,
    other: Key,
    judge: Judge,
    *,
    fills: bool = False,
) -> bool:
    """Join `other` to `kept`, of one type and record; return whether that could be.

    It cannot where one of them is not there, or a later message than this has told of it.

    Parameters
    ----------
    fills
        Whether `other` tells only what `kept` does not, whichever was told last.
    """
    rows = tx.resources.current([kept, other])
    found = [rows.get((key.type, key.id)) for key in (kept, other)]
    there = [row for row in found if row and not row.deleted and (row.spool_seq or 0) <= seq]
    if len(there) < len(found):
        return False
    name = f"{kept.type}/{kept.id}"
    names = {f"{other.type}/{other.id}": name}
    one, gone = ((row, _not_in(name, referring(content(tx, row), names))) for row in there)
    if fills:
        gone = gone[0]._replace(spool_seq=0, told=None), gone[1]
    referring_there = pointed(tx, said, kept.compartment, names)
    pointing = (new for new in referring_there if new.id not in (kept.id, other.id))
    tx.resources.put_many(
        [*pointing, as_one(one, gone, said.feed.zone, judge), deletion(gone[0], seq)]
    )
    return True


def _not_in(name: str, resource: JSON) -> JSON:
    """Return a resource that is no part of what it is itself: one of the two was of the other."""
    if resource.get("partOf", {}) != {"reference": name}:
        return resource
    return {element: value for element, value in resource.items() if element != "partOf"}


def pointed(tx: Tx, said: Said, compartment: str, names: dict[str, str]) -> Iterator[New]:
    """Yield what refers to resources, as it refers to others; `names` are theirs."""
    for row in tx.resources.rows([compartment]):
        known = content(tx, row)
        changed = referring(known, names)
        if changed != known:
            yield New(
                row.compartment, row.type, row.id, changed, row.owner, row.labels, row.spool_seq,
                said.feed.zone, row.told,
            )  # fmt: skip


def deletion(row: Row, seq: int) -> New:
    """Return what deletes a resource, as a message shows."""
    return New(row.compartment, row.type, row.id, None, row.owner, row.labels, seq)
