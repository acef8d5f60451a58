"""Two things known apart that are one: as they are known, in; one that R4 allows, out.

What was told last stands, and the other fills what it does not say. As within one record, what a
message only mentions changes nothing that others keep (`gateway.ingest.sending`), and what nobody
has told (`gateway.ingest.versions.guessing`) nothing that somebody has.

Each was judged when it was told, both together never were: two periods may make one that ends
before it begins. What cannot stand beside what was told last is left out, and found; the versions
of either keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

from consent.labels import passed_on
from consent.vocabulary import CONFIDENTIALITY
from gateway.ingest.findings import finding
from gateway.ingest.sending import both, deleted, guessed, is_kept, is_later, moved_to
from gateway.ingest.versions.allowed import is_begun, is_final
from gateway.ingest.versions.beneath import mentioned, only_filled
from gateway.ingest.versions.deciding import is_overruled, is_superseded
from gateway.ingest.versions.guessing import guesses_of_both
from gateway.ingest.versions.replacing import replaced
from gateway.ingest.versions.restricting import labels_of, with_labels
from gateway.ingest.versions.states import without
from gateway.ingest.versions.update import updated
from gateway.store import New, Row
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
_WHOLE = frozenset({"Binary", "DiagnosticReport", "Observation"})  # what is told is all there is
_ALWAYS = frozenset({"id", "meta", "securityLabel"})  # R4 allows them; a label must not be lost


class Judge(NamedTuple):
    """Whether R4 allows a resource; and where it is noted what was found of a message.

    `restricting`: records in which two became one that restricts what refers to it; their zones.
    """

    valid: Callable[[JSON], bool]
    findings: list[Finding]
    restricting: dict[str, tzinfo]

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


class Judges(NamedTuple):
    """The judges of messages, by their numbers in the spool: what each of them is made of."""

    valid: Callable[[JSON], bool]
    findings: Mapping[int, list[Finding]]
    restricting: dict[str, tzinfo]

    def of(self, seq: int) -> Judge:
        """Return the judge of a message."""
        return Judge(self.valid, self.findings[seq], self.restricting)


class _Side(NamedTuple):
    """One of two that are one: as it is known, and what it keeps."""

    known: JSON
    told: bytes

    def made(self) -> Made:
        """Return it as a message would have it."""
        gone, guesses = tuple(deleted(self.told)), tuple(guessed(self.told))
        return Made(self.known, "", "patient", replace=False, erase=gone, weak=guesses)


def as_one(
    known: tuple[Row | New, JSON], other: tuple[Row, JSON], zone: tzinfo, judge: Judge
) -> New:
    """Return what was told of one thing in two places, to be in the first of them.

    What was told last stands, unless that is a preliminary of what is final. What moved away from
    one of them is not there, whatever was said of it when it did.
    """
    row, gone = known[0], other[0]
    if moved_to(row.told or b"") or moved_to(gone.told or b""):
        left, content = known if moved_to(gone.told or b"") else other
        return New(
            row.compartment, row.type, row.id, {**content, "id": row.id}, row.owner, left.labels,
            left.spool_seq, zone, left.told,
        )  # fmt: skip
    first, last = sorted((known, other), key=lambda one: one[0].spool_seq or 0)
    seq = last[0].spool_seq
    if _stands(first, last):
        first, last = last, first
    earlier, later = (_Side(content, row.told or b"") for row, content in (first, last))
    whole, stands, told = _whole(earlier, later) if row.type in _WHOLE else _parts(earlier, later)
    content = judge.fitted({**whole, "id": row.id}, stands.known)
    if passed_on(content):
        judge.restricting[row.compartment] = zone
    labels = _highest({*row.labels.split(), *gone.labels.split()})
    return New(
        row.compartment, row.type, row.id, content, row.owner, labels, seq, zone, told or None
    )  # fmt: skip


def _stands(one: tuple[Row | New, JSON], other: tuple[Row | New, JSON]) -> bool:
    """Whether what is known in one place stands over what came later in the other."""
    decided = is_superseded(other[1], one[1])
    if decided is not None:
        return decided
    told, others = one[0].told or b"", other[0].told or b""
    if is_later(told, others) or (is_final(one[1]) and is_begun(other[1])):
        return True
    return not is_later(others, told) and bool(is_overruled(other[1], one[1]))


def _whole(earlier: _Side, later: _Side) -> tuple[JSON, _Side, bytes]:
    """Return what two make of which what is told is all there is; which stands; what it keeps."""
    labels = _all(labels_of(earlier.known), labels_of(later.known))
    whole = with_labels(replaced(earlier.known, later.known), labels)
    return whole, later, both(earlier.told, later.told, deleted(later.told), ())


def _parts(earlier: _Side, later: _Side) -> tuple[JSON, _Side, bytes]:
    """Return what two make of which each may tell a part; which stands; what it keeps."""
    stands, other = later, earlier
    if is_kept(earlier.told) and not is_kept(later.told):
        stands, other = earlier, later
    mere = only_filled(other.made()) if is_kept(stands.told) and not is_kept(other.told) else set()
    if mere and (other is later or mere >= other.known.keys() - guessed(other.told)):
        whole, _ = mentioned(stands.known, other.made(), deleted(stands.told))
    else:
        made = later.made()
        whole = updated(earlier.known, later.known, made.erase, made.weak)
    sides = (stands.known, guessed(stands.told)), (other.known, guessed(other.told) | mere)
    words = (*deleted(stands.told), *deleted(other.told))
    gone = [word for word in words if without(whole, [word]) == whole]
    return whole, stands, both(earlier.told, later.told, gone, guesses_of_both(*sides))


def _highest(labels: set[str]) -> str:
    """Return the labels of two that are one: of their levels of confidentiality, the highest."""
    levels = labels & CONFIDENTIALITY.keys()
    highest = sorted(levels, key=CONFIDENTIALITY.__getitem__)[-1:]
    return " ".join(sorted([*(labels - levels), *highest]))


def _all(some: list[JSON], others: list[JSON]) -> list[JSON]:
    return [*some, *(one for one in others if one not in some)]
