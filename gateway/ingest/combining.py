"""Two things known apart that are one: as they are known, in; one that R4 allows, out.

What was told last stands, and the other fills what it does not say. Each was judged when it was
told, both together never were: two periods may make one that ends before it begins. What cannot
stand beside what was told last is left out, and found; the versions of either keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import tzinfo
from typing import Any, NamedTuple

from consent.vocabulary import CONFIDENTIALITY
from gateway.ingest.allowed import is_begun, is_final
from gateway.ingest.findings import finding
from gateway.ingest.replacing import replaced
from gateway.ingest.restricting import labels_of, with_labels
from gateway.ingest.sending import both, deleted, is_later
from gateway.ingest.update import updated
from gateway.store import New, Row
from mappings.findings import Finding
from mappings.runtime.several import NOTHING

JSON = dict[str, Any]
_WHOLE = frozenset({"Binary", "DiagnosticReport", "Observation"})  # what is told is all there is
_ALWAYS = frozenset({"id", "meta", "securityLabel"})  # R4 allows them; a label must not be lost


class Judge(NamedTuple):
    """Whether R4 allows a resource; and where it is noted what was found of a message."""

    valid: Callable[[JSON], bool]
    findings: list[Finding]

    def fitted(self, whole: JSON, stands: JSON) -> JSON:
        """Return a resource without what R4 does not allow beside what `stands`, and find that.

        Parameters
        ----------
        whole : dict
            A resource, made of what stands and of more.
        stands : dict
            What R4 allows by itself; neither is changed.
        """
        if self.valid(whole):
            return whole
        self.findings.append(finding("warning", "left-out", whole["resourceType"]))
        return next(filter(self.valid, _less(whole, stands)), {**stands, **_labels(whole)})


def _less(whole: JSON, stands: JSON) -> Iterator[JSON]:
    """Yield a resource with one of its elements as it stands, then with ever more of them."""
    names = [
        name for name in {**whole, **stands}
        if name not in _ALWAYS and whole.get(name) != stands.get(name)
    ]  # fmt: skip
    some = [{name} for name in names] + [{*names[:end]} for end in range(2, len(names))]
    for each in some:
        bare = {name: value for name, value in whole.items() if name not in each}
        yield bare | {name: stands[name] for name in each & stands.keys()}


def _labels(whole: JSON) -> JSON:
    return {name: whole[name] for name in _ALWAYS & whole.keys()}


def as_one(known: tuple[Row, JSON], other: tuple[Row, JSON], zone: tzinfo, judge: Judge) -> New:
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
        whole = updated(earlier, later, deleted(told), assumed(later))
    content = judge.fitted({**whole, "id": row.id}, later)
    labels = _highest({*row.labels.split(), *gone.labels.split()})
    told = both(first[0].told or b"", told)
    return New(
        row.compartment, row.type, row.id, content, row.owner, labels, seq, zone, told or None
    )  # fmt: skip


def assumed(order: JSON) -> Iterator[str]:
    """Yield what an order has only because it must have something (``default`` in the tables)."""
    if order.get("status") == "unknown":
        yield "status"
    if order.get("intent") == "order":
        yield "intent"
    for name in ("code", "medicationCodeableConcept"):
        if order.get(name) == {"text": NOTHING}:
            yield name


def _highest(labels: set[str]) -> str:
    """Return the labels of two that are one: of their levels of confidentiality, the highest."""
    levels = labels & CONFIDENTIALITY.keys()
    highest = sorted(levels, key=CONFIDENTIALITY.__getitem__)[-1:]
    return " ".join(sorted([*(labels - levels), *highest]))


def _all(some: list[JSON], others: list[JSON]) -> list[JSON]:
    return [*some, *(one for one in others if one not in some)]
