"""Two orders that are one: made apart, each by one of its numbers, until a message names both.

The one that is known by the number the tables look at first stays. What the other one tells, as
far as this one was told nothing later, becomes its own; whatever refers to the other one refers to
it; the other one is deleted, and its history stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from consent.vocabulary import CONFIDENTIALITY
from gateway.ingest.allowed import is_begun, is_final
from gateway.ingest.known import content
from gateway.ingest.pipeline import Said
from gateway.ingest.replacing import replaced
from gateway.ingest.restricting import labels_of, with_labels
from gateway.ingest.sending import both, deleted, is_later
from gateway.ingest.update import updated
from gateway.store import Key, New, Row, Tx
from mappings.runtime.several import NOTHING
from mappings.translate import Made

JSON = dict[str, Any]
_WHOLE = frozenset({"Binary", "DiagnosticReport", "Observation"})  # what is told is all there is


def joined(
    tx: Tx, seq: int, said: Said, compartment: str, type_: str, kept: str, other: str
) -> Made | None:
    """Join the order `other` to the order `kept`; return what that one is then, to be said.

    None if that cannot be: one of them is not there, or a later message than this has told of it.
    """
    rows = tx.resources.current([Key(compartment, type_, id_) for id_ in (kept, other)])
    found = [rows.get((type_, id_)) for id_ in (kept, other)]
    there = [row for row in found if row and not row.deleted and (row.spool_seq or 0) <= seq]
    if len(there) < len(found):
        return None
    earlier, later = (content(tx, row) for row in sorted(there, key=lambda row: row.spool_seq or 0))
    whole = updated({**earlier, "id": kept}, {**later, "id": kept}, weak=_assumed(later))
    names = {f"{type_}/{other}": f"{type_}/{kept}"}
    news = [*pointed(tx, said, compartment, names), deletion(rows[type_, other], seq)]
    tx.resources.put_many(news)
    return Made(referring(whole, names), compartment, "patient", replace=True)


def _assumed(order: JSON) -> Iterator[str]:
    """Yield what an order has only because it must have something (``default`` in the tables)."""
    if order.get("status") == "unknown":
        yield "status"
    if order.get("intent") == "order":
        yield "intent"
    for name in ("code", "medicationCodeableConcept"):
        if order.get(name) == {"text": NOTHING}:
            yield name


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


def as_one(known: tuple[Row, JSON], other: tuple[Row, JSON], zone: tzinfo) -> New:
    """Return what was told of one thing in two places, to be in the first of them.

    What was told last stands, unless that is a preliminary of what is final.
    """
    row, gone = known[0], other[0]
    first, last = sorted((known, other), key=lambda one: one[0].spool_seq or 0)
    seq = last[0].spool_seq
    back = is_later(first[0].told or b"", last[0].told or b"")
    if back or (is_final(first[1]) and is_begun(last[1])):
        first, last = last, first
    (_, earlier), (_, later) = first, last
    told = last[0].told or b""
    if row.type in _WHOLE:
        whole = with_labels(replaced(earlier, later), _all(labels_of(earlier), labels_of(later)))
    else:
        whole = updated(earlier, later, deleted(told), _assumed(later))
    labels = _highest({*row.labels.split(), *gone.labels.split()})
    told = both(first[0].told or b"", told)
    return New(
        row.compartment, row.type, row.id, {**whole, "id": row.id}, row.owner, labels, seq, zone,
        told or None,
    )  # fmt: skip


def _highest(labels: set[str]) -> str:
    """Return the labels of two that are one: of their levels of confidentiality, the highest."""
    levels = labels & CONFIDENTIALITY.keys()
    highest = sorted(levels, key=CONFIDENTIALITY.__getitem__)[-1:]
    return " ".join(sorted([*(labels - levels), *highest]))


def _all(some: list[JSON], others: list[JSON]) -> list[JSON]:
    return [*some, *(one for one in others if one not in some)]


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


def referring(node: Any, names: dict[str, str]) -> Any:
    """Return JSON with references changed; parts may be shared, so nothing is changed in place."""
    if isinstance(node, list):
        return [referring(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: names.get(each, each)
        if name == "reference" and isinstance(each, str)
        else referring(each, names)
        for name, each in node.items()
    }
