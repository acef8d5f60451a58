"""Serial results: what messages say in; each measurement under an id of its own, out.

The tables name a result without a number of its own (OBX-21) by its report, its code and its sub-id
(OBX-4). A report may have several of those: a glucose every hour, a curve. Here they are told apart
by when they were measured (OBX-14, else OBR-7), over messages:

- of a time that is known, or where one of the two times is not given: the same measurement;
- of another time: another one, which is kept beside the first; but a lone preliminary result and a
  lone final one are one, since a time may be that of the analysis, or of the release, unless they
  are of different specimens, or of reports of different times (OBR-7);
- a correction or withdrawal (OBX-11 C, D, W, X) of another time is of the only one that is known;
  where several are, it cannot be told which, so it stands by itself, and is found.

Nothing is ever written over another measurement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.ingest.findings import finding
from gateway.ingest.ids import DerivedIds
from gateway.ingest.pipeline import Said
from gateway.ingest.sending import noted, outdated
from gateway.ingest.things.renaming import renamed
from gateway.ingest.versions.allowed import is_begun, is_final
from gateway.ingest.versions.known import content
from gateway.store import Key, Tx
from gateway.store.orders import Numbered
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

#: States of what takes back, or puts right, what was said before.
CORRECTS = frozenset({"amended", "cancelled", "corrected", "entered-in-error"})
_DAY, _MINUTE = len("2026-03-01"), len("2026-03-01T08:00")
_REPORT, _TYPE = "DiagnosticReport", "Observation"


class _Result(NamedTuple):
    """A result as a message names it: the id it has there, and the first id of its series."""

    ids: DerivedIds
    compartment: str
    id: str
    first: str
    content: JSON
    time: str  # "" if it has none
    corrects: bool

    def derived(self, *key: str) -> str:
        """Return the id of another one of the series."""
        return self.ids.beside(self.first, _TYPE, *key)

    def of_its_time(self, place: int) -> str:
        """Return the id of the one at a place among those of its time that a message says."""
        return self.derived(self.time, *([str(place)] if place > 1 else ()))

    def apart(self) -> str:
        """Return the id of one of which nobody can tell whether it is known."""
        return self.ids.beside(self.id, _TYPE, self.time, "apart")


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, each result, and what refers to it, under the id it has."""
    results = [[_result(said, made) for made in said.made if _is_serial(made)] for _, said in told]
    if not any(results):
        return told
    book = _Book(tx, [result for each in results for result in each])
    settled_ = []
    for (seq, said), each in zip(told, results, strict=True):
        names, uncertain = book.names(said, each)
        findings[seq].extend([finding("warning", "correction-unclear", "OBX")] * uncertain)
        made = [renamed(one, names) for one in said.made] if names else said.made
        settled_.append((seq, said._replace(made=made)))
    book.write()
    return settled_


def _is_serial(made: Made) -> bool:
    resource = made.resource
    return made.replace and resource["resourceType"] == _TYPE and (
        "identifier" not in resource
    )  # fmt: skip


def _reports(said: Said) -> Iterator[Made]:
    return (made for made in said.made if made.resource["resourceType"] == _REPORT)


def _result(said: Said, made: Made) -> _Result:
    resource = made.resource
    corrects = resource.get("status") in CORRECTS
    first = made.first or resource["id"]
    return _Result(
        said.ids, made.compartment, resource["id"], first, resource, time_of(resource), corrects
    )


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


def are_of_different_times(one: JSON, other: JSON) -> bool:
    """Whether two say different times, each to the minute."""
    times = {time_of(each)[:_MINUTE] for each in (one, other)}
    return len(times) > 1 and all(len(time) == _MINUTE for time in times)


def may_be_one(one: JSON, other: JSON) -> bool:
    """Whether two results, each alone of its code and sub-id in its report, may be one."""
    times = time_of(one), time_of(other)
    if times[0] == times[1] or _is_near(*times):
        return True
    return _becomes(one, other) or _becomes(other, one)


def _becomes(one: JSON, other: JSON) -> bool:
    """Whether a preliminary result may have become a final one of another time."""
    return is_begun(one) and is_final(other) and not _are_of_different_specimens(one, other)


def _are_of_different_specimens(one: JSON, other: JSON) -> bool:
    """Whether two results, or two reports, say different specimens."""
    mine, others = (_specimens(each) for each in (one, other))
    return bool(mine and others) and mine.isdisjoint(others)


def _specimens(resource: JSON) -> set[str]:
    found = resource.get("specimen", [])
    listed = found if isinstance(found, list) else [found]
    return {each["reference"] for each in listed if "reference" in each}


class _Book:
    """Which results there are, while a batch is applied."""

    def __init__(self, tx: Tx, results: Sequence[_Result]) -> None:
        self._tx = tx
        firsts = {Key(one.compartment, _TYPE, one.first) for one in results}
        known = tx.resources.current(firsts)
        self._firsts = {
            id_: (content(tx, row), row.told or b"")
            for (_, id_), row in known.items() if not row.deleted
        }  # fmt: skip
        again = [one for one in results if one.first in self._firsts]
        others = {
            Key(one.compartment, _TYPE, id_)
            for one, place in _placed(again) for id_ in (one.id, one.of_its_time(place))
        }  # fmt: skip
        self._ids = {id_ for _, id_ in tx.resources.current(others)} | self._firsts.keys()
        marks = {(one.compartment, mark) for one in again for mark in (one.first, _alike(one))}
        self._several = {number for _, number in tx.orders.of(marks)}
        self._reports: dict[str, JSON] = {}  # by id, as this batch has told them or read
        self._new: list[Numbered] = []

    def names(self, message: Said, results: Sequence[_Result]) -> tuple[dict[str, str], int]:
        """Return the names that the results of one message have in truth; how many are unclear."""
        names: dict[str, str] = {}
        said: set[str] = set()
        uncertain, before = 0, set(self._firsts)
        counts = Counter(one.first for one in results)
        for one, place in _placed(results):
            alone = counts[one.first] == 1
            late = alone and self._is_late(message, one)
            id_ = one.first if late else self._id_of(message, one, said, place, alone=alone)
            if not id_ or (id_ not in self._ids and one.corrects and one.first in before):
                id_, uncertain = one.apart(), uncertain + one.corrects
            said.add(id_)
            self._ids.add(id_)
            if id_ == one.first and not late:
                self._firsts[id_] = one.content, noted(b"", _TYPE, message.sent)
            elif counts[one.first] > 1 or (one.time and not late):
                self._mark(one, one.first)
            if id_ != one.id:
                names[f"{_TYPE}/{one.id}"] = f"{_TYPE}/{id_}"
        self._reports.update((made.resource["id"], made.resource) for made in _reports(message))
        return names, uncertain

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new)

    def _id_of(
        self, message: Said, one: _Result, said: set[str], place: int, *, alone: bool
    ) -> str:
        """Return the id of a result; "" if it cannot be told which one it is."""
        first, _ = self._firsts.get(one.first, (None, b""))
        several = one.first in self._several
        if first is None:
            return one.first
        known = time_of(first)
        if one.first not in said:
            if one.time == known and one.time:
                return "" if alone and _alike(one) in self._several else one.first
            if not several and (_is_near(one.time, known) or (alone and one.corrects)):
                return one.first
            if not several and alone and self._becomes(message, first, one, one.content):
                return one.first
        if not one.time:
            return "" if alone or (known and one.first not in said) else one.id
        if place > 1 or (one.first in said and one.time == known):
            self._mark(one, _alike(one))
        if one.first in said and (one.time == known or (place > 1 and self._is_of_its_time(one))):
            return one.id
        return one.of_its_time(place)

    def _is_of_its_time(self, one: _Result) -> bool:
        """Whether what is known under an id that tells a place in a message has the same time."""
        row = self._tx.resources.get(_TYPE, one.id) if one.id in self._ids else None
        known = row is not None and not row.deleted and time_of(content(self._tx, row))
        return known == one.time

    def _is_late(self, message: Said, one: _Result) -> bool:
        """Whether a result is the preliminary one of a known one, and only comes after that."""
        known, told = self._firsts.get(one.first, (None, b""))
        return (
            known is not None
            and one.first not in self._several
            and outdated(told, message.sent) is True
            and self._becomes(message, one.content, one, known)
        )

    def _becomes(self, message: Said, begun: JSON, one: _Result, final: JSON) -> bool:
        """Whether a preliminary result may have become a final one; `one` is what is said."""
        if not _becomes(begun, final):
            return False
        name = {"reference": f"{_TYPE}/{one.id}"}
        for made in _reports(message):
            if name in made.resource.get("result", ()):
                known = self._report(made.resource["id"])
                return known is None or not (
                    are_of_different_times(known, made.resource)
                    or _are_of_different_specimens(known, made.resource)
                )
        return True

    def _report(self, id_: str) -> JSON | None:
        """Return a report as it is known; None if it is not."""
        if id_ not in self._reports:
            row = self._tx.resources.get(_REPORT, id_)
            if row is None or row.deleted:
                return None
            self._reports[id_] = content(self._tx, row)
        return self._reports[id_]

    def _mark(self, one: _Result, mark: str) -> None:
        """Note that there are several results of a series, or of one time of it."""
        if mark not in self._several:
            self._several.add(mark)
            self._new.append(Numbered(one.compartment, mark, one.first))


def _placed(results: Iterable[_Result]) -> Iterator[tuple[_Result, int]]:
    """Yield results, each with its place among those of its series and time."""
    places: Counter[tuple[str, str]] = Counter()
    for one in results:
        places[one.first, one.time] += 1
        yield one, places[one.first, one.time]


def _alike(one: _Result) -> str:
    return one.derived(one.time, "alike")
