"""Serial results: what messages say in; each measurement under an id of its own, out.

The tables name a result without a number of its own (OBX-21) by its report, its code and its sub-id
(OBX-4). A report may have several of those: a glucose every hour, a curve. Here they are told apart
by when they were measured (OBX-14, else OBR-7), over messages:

- of a time that is known, or where one of the two times is not given: the same measurement;
- of another time: another one, which is kept beside the first;
- a correction or withdrawal (OBX-11 C, D, W, X) of another time is of the only one that is known;
  where several are, it cannot be told which, so it stands by itself, and is found.

Nothing is ever written over another measurement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gateway.ingest.findings import finding
from gateway.ingest.ids import DerivedIds
from gateway.ingest.joining import renamed
from gateway.ingest.known import content
from gateway.ingest.pipeline import Said
from gateway.store import Key, Tx
from gateway.store.orders import Numbered
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_CORRECTS = frozenset({"amended", "cancelled", "corrected", "entered-in-error"})
_DAY = len("2026-03-01")


class _Result(NamedTuple):
    """A result as a message names it: the id it has there, and the first id of its series."""

    ids: DerivedIds
    compartment: str
    id: str
    first: str
    time: str  # "" if it has none
    corrects: bool

    def derived(self, *key: str) -> str:
        """Return the id of another one of the series."""
        return self.ids.resource(self.compartment, "Observation", self.first, *key)

    def apart(self) -> str:
        """Return the id of one of which nobody can tell whether it is known."""
        return self.ids.resource(self.compartment, "Observation", self.id, self.time, "apart")


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, each result, and what refers to it, under the id it has."""
    results = [[_result(said, made) for made in said.made if _is_serial(made)] for _, said in told]
    if not any(results):
        return told
    book = _Book(tx, [result for each in results for result in each])
    settled_ = []
    for (seq, said), each in zip(told, results, strict=True):
        names, uncertain = book.names(each)
        findings[seq].extend([finding("warning", "correction-unclear", "OBX")] * uncertain)
        made = [renamed(one, names) for one in said.made] if names else said.made
        settled_.append((seq, said._replace(made=made)))
    book.write()
    return settled_


def _is_serial(made: Made) -> bool:
    resource = made.resource
    return made.replace and resource["resourceType"] == "Observation" and (
        "identifier" not in resource
    )  # fmt: skip


def _result(said: Said, made: Made) -> _Result:
    resource = made.resource
    corrects = resource.get("status") in _CORRECTS
    first = made.first or resource["id"]
    return _Result(said.ids, made.compartment, resource["id"], first, time_of(resource), corrects)


def time_of(resource: JSON) -> str:
    """Return when a result was measured, as it says; "" if it does not."""
    found: str = resource.get("effectiveDateTime") or resource.get("effectivePeriod", {}).get(
        "start", ""
    )
    return found


def _is_near(one: str, other: str) -> bool:
    """Whether two times may be one, said more or less exactly."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) <= _DAY and longer.startswith(shorter)


class _Book:
    """Which results there are, while a batch is applied."""

    def __init__(self, tx: Tx, results: Sequence[_Result]) -> None:
        self._tx = tx
        firsts = {Key(one.compartment, "Observation", one.first) for one in results}
        known = tx.resources.current(firsts)
        self._times = {
            id_: time_of(content(tx, row))
            for (_, id_), row in known.items() if not row.deleted
        }  # fmt: skip
        again = [one for one in results if one.first in self._times]
        others = {
            Key(one.compartment, "Observation", id_)
            for one in again for id_ in (one.id, one.derived(one.time))
        }  # fmt: skip
        self._ids = {id_ for _, id_ in tx.resources.current(others)} | self._times.keys()
        marks = {(one.compartment, mark) for one in again for mark in (one.first, _alike(one))}
        self._several = {number for _, number in tx.orders.of(marks)}
        self._new: list[Numbered] = []

    def names(self, results: Sequence[_Result]) -> tuple[dict[str, str], int]:
        """Return the names that the results of one message have in truth; how many are unclear."""
        names: dict[str, str] = {}
        said: set[str] = set()
        uncertain, before = 0, set(self._times)
        counts = Counter(one.first for one in results)
        for one in results:
            id_ = self._id_of(one, said, alone=counts[one.first] == 1)
            if not id_ or (id_ not in self._ids and one.corrects and one.first in before):
                id_, uncertain = one.apart(), uncertain + one.corrects
            said.add(id_)
            self._ids.add(id_)
            if id_ == one.first:
                self._times[id_] = one.time
            elif counts[one.first] > 1 or one.time:
                self._mark(one, one.first)
            if id_ != one.id:
                names[f"Observation/{one.id}"] = f"Observation/{id_}"
        return names, uncertain

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new)

    def _id_of(self, one: _Result, said: set[str], *, alone: bool) -> str:
        """Return the id of a result; "" if it cannot be told which one it is."""
        known = self._times.get(one.first)
        several = one.first in self._several
        if known is None:
            return one.first
        if one.first not in said:
            if one.time == known and one.time:
                return "" if alone and _alike(one) in self._several else one.first
            if not several and (_is_near(one.time, known) or (alone and one.corrects)):
                return one.first
        if not one.time:
            return "" if alone or (known and one.first not in said) else one.id
        other = one.derived(one.time)
        if other in said or (one.first in said and one.time == known):
            self._mark(one, _alike(one))
            return one.id
        return other

    def _mark(self, one: _Result, mark: str) -> None:
        """Note that there are several results of a series, or of one time of it."""
        if mark not in self._several:
            self._several.add(mark)
            self._new.append(Numbered(one.compartment, mark, ""))


def _alike(one: _Result) -> str:
    return one.derived(one.time, "alike")
