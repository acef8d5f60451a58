"""Two orders that are one: made apart, each by one of its numbers, until a message names both.

The one that is known by the number the tables look at first stays. What the other one tells, as
far as this one was told nothing later, becomes its own; whatever refers to the other one refers to
it; the other one is deleted, and its history stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.ingest.pipeline import Said
from gateway.ingest.versions.combining import Judge, as_one
from gateway.ingest.versions.known import content
from gateway.store import Key, New, Row, Tx
from mappings.translate import Made

JSON = dict[str, Any]
_NAMING = frozenset({"reference", "url"})  # elements that name another resource


def join(
    tx: Tx,
    seq: int,
    said: Said,
    compartment: str,
    type_: str,
    kept: str,
    other: str,
    judge: Judge,
    *,
    fills: bool = False,
) -> bool:
    """Join the order `other` to the order `kept`; return whether that could be.

    It cannot where one of them is not there, or a later message than this has told of it.

    Parameters
    ----------
    fills
        Whether `other` tells only what `kept` does not, whichever was told last.
    """
    rows = tx.resources.current([Key(compartment, type_, id_) for id_ in (kept, other)])
    found = [rows.get((type_, id_)) for id_ in (kept, other)]
    there = [row for row in found if row and not row.deleted and (row.spool_seq or 0) <= seq]
    if len(there) < len(found):
        return False
    names = {f"{type_}/{other}": f"{type_}/{kept}"}
    name = f"{type_}/{kept}"
    one, gone = ((row, _not_in(name, referring(content(tx, row), names))) for row in there)
    if fills:
        gone = gone[0]._replace(spool_seq=0, told=None), gone[1]
    pointing = (new for new in pointed(tx, said, compartment, names) if new.id not in (kept, other))
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
        renamed = referring(known, names)
        if renamed != known:
            yield New(
                row.compartment, row.type, row.id, renamed, row.owner, row.labels, row.spool_seq,
                said.feed.zone, row.told,
            )  # fmt: skip


def deletion(row: Row, seq: int) -> New:
    """Return what deletes a resource, as a message shows."""
    return New(row.compartment, row.type, row.id, None, row.owner, row.labels, seq)


def renamed(made: Made, names: dict[str, str]) -> Made:
    """Return a resource under its other id, and what refers to one accordingly."""
    resource: JSON = referring(made.resource, names)
    name = names.get(f"{resource['resourceType']}/{resource['id']}")
    if name is not None:
        resource = {**resource, "id": name.partition("/")[2]}
    return made._replace(resource=resource)


def under(said: Said, ids: dict[tuple[str, str], str]) -> Said:
    """Return what a message says, with some things under other ids."""
    names = {f"{type_}/{old}": f"{type_}/{new}" for (type_, old), new in ids.items()}
    plain = {old: new for (_, old), new in ids.items()}
    return said._replace(
        made=[renamed(one, names) for one in said.made],
        moves=[(type_, plain.get(old, old), plain.get(new, new)) for type_, old, new in said.moves],
        lists=[
            one._replace(
                of=plain.get(one.of, one.of), ids=tuple(plain.get(id_, id_) for id_ in one.ids)
            )
            for one in said.lists
        ],
    )


def referring(node: Any, names: dict[str, str]) -> Any:
    """Return JSON with references changed; parts may be shared, so nothing is changed in place."""
    if isinstance(node, list):
        return [referring(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: names.get(each, each)
        if name in _NAMING and isinstance(each, str)
        else referring(each, names)
        for name, each in node.items()
    }
