"""Reports by their orders: what messages say in; which known report each is, out.

The tables name a report by its filler's number (else its placer's, else its time) and the first
code of what was done, so it would be another one as soon as a message gives another of its numbers,
or writes another code first. Here it is known by its order (`gateway.ingest.things.orders`), which
is one by either number, and by what was done. Of two reports of one order:

- they are two if they have different fillers' numbers, or one has none and their times differ;
- else they are one if they have a code in common (`gateway.ingest.things.alike`);
- else, of one filler's number, they may be one whose code has changed, or two things that were done
  with one specimen. It is one if the number has no other report, and the results show it: all of a
  preliminary report are told again (or all of a correction are known), and what was measured is of
  the same time, or mostly unchanged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.ingest.ids import DerivedIds, given_by
from gateway.ingest.pipeline import Said
from gateway.ingest.things.alike import Results, is_same, only
from gateway.ingest.things.results import CORRECTS, are_of_different_times, time_of
from gateway.ingest.versions.allowed import is_begun
from gateway.ingest.versions.known import There
from gateway.store import Key, Tx
from gateway.store.orders import Numbered
from mappings.translate import Made

JSON = dict[str, Any]
TYPE = "DiagnosticReport"
_ORDER = "ServiceRequest/"
_MINUTE = len("2026-03-01T08:00")


class Report(NamedTuple):
    """A report: its id, what it says, and its fillers' numbers, each with whoever gave it out."""

    id: str
    content: JSON
    fillers: frozenset[tuple[str, str]]

    @property
    def time(self) -> str:
        """When it is of; "" if that is not told to the minute."""
        found = time_of(self.content)[:_MINUTE]
        return found if len(found) == _MINUTE else ""


class Named(NamedTuple):
    """The id that a report of a message has, and whether it may be another one after all."""

    made: Made
    id: str
    unclear: bool = False


def report(content: JSON, own: tuple[str, str]) -> Report:
    """Return a report of a source whose own numbers are those of `own`."""
    fillers = frozenset(
        (given_by(identifier, own), identifier["value"])
        for identifier in content.get("identifier", ()) if "value" in identifier
        for coding in identifier.get("type", {}).get("coding", ())
        if coding.get("code") == "FILL"
    )  # fmt: skip
    return Report(content["id"], content, fillers)


def listed(content: JSON) -> list[str]:
    """Return the ids of a report's results."""
    return [each.get("reference", "").partition("/")[2] for each in content.get("result", ())]


def mark(ids: DerivedIds, order: str) -> str:
    """Return by what the reports of an order are noted."""
    return ids.beside(order, TYPE, "of")


def noted(ids: DerivedIds, order: str, id_: str) -> Numbered:
    """Return the note that a report is of an order."""
    return Numbered(home_of(id_), ids.beside(id_, TYPE, "one"), id_, mark(ids, order))


def home_of(id_: str) -> str:
    """Return the compartment that an id lies in."""
    return id_.partition(".")[0]


def one_of(mine: Report, others: Iterable[Report]) -> Report | None:
    """Return which of the known reports of its order a report is, by its codes; None if none."""
    same = [
        each for each in others
        if not _contradict(mine, each) and is_same(each.content, mine.content)
    ]  # fmt: skip
    if len(same) > 1:
        same = [each for each in same if mine.fillers & each.fillers] or [
            each for each in same if mine.time and mine.time == each.time
        ]
    return same[0] if len(same) == 1 else None


def _contradict(mine: Report, other: Report) -> bool:
    """Whether two reports of an order cannot be one."""
    if mine.fillers and other.fillers:
        return mine.fillers.isdisjoint(other.fillers)
    return are_of_different_times(mine.content, other.content)


class Reports:
    """Which reports there are, while a batch is applied; `there` is what is known."""

    def __init__(self, tx: Tx, there: There, said: Sequence[tuple[Said, Made]]) -> None:
        self._tx, self._there = tx, there
        there.look(Key(made.compartment, TYPE, made.resource["id"]) for _, made in said)
        marks = {
            (made.compartment, mark(one.ids, order))
            for one, made in said
            if (order := _order(made)) and self._may_be_another(report(made.resource, one.own))
        }
        self._of: dict[str, dict[str, None]] = {}  # ids, by the mark of their order
        for row in tx.orders.claimed(marks) if marks else ():
            self._of.setdefault(row.claim, {})[row.id] = None
        there.look(Key(home_of(id_), TYPE, id_) for ids in self._of.values() for id_ in ids)
        self._new: list[Numbered] = []

    def named(self, said: Said, results: Mapping[str, JSON]) -> list[Named]:
        """Return the reports of a message, each with its id; `results` are those it says."""
        mine = [
            (made, report(made.resource, said.own))
            for made in said.made if made.resource["resourceType"] == TYPE
        ]  # fmt: skip
        counts = Counter(filler for _, one in mine for filler in one.fillers)
        found = []
        for made, one in mine:
            sole = all(counts[filler] == 1 for filler in one.fillers)
            now = [results[id_] for id_ in listed(one.content) if sole and id_ in results]
            found.append(self._named(said, made, one, now))
        taken = Counter(each.id for each in found)
        named = [
            each if taken[each.id] == 1 else Named(made, self._own(said, one))
            for each, (made, one) in zip(found, mine, strict=True)
        ]
        for each in named:
            self._note(said, each)
        return named

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new)

    def _named(self, said: Said, made: Made, mine: Report, now: Sequence[JSON]) -> Named:
        order = _order(made)
        if not order or not self._is_sought(said, mine):
            return Named(made, mine.id)
        ids = {**self._of.get(mark(said.ids, order), {}), mine.id: None}
        others = [report(self._there.content(id_), said.own) for id_ in ids if id_ in self._there]
        known = one_of(mine, others)
        if known is not None:
            return Named(made, known.id)
        same = [each for each in others if each.fillers & mine.fillers]
        again = _is_again(mine, same[0], now, self._results(same[0])) if len(same) == 1 else None
        return Named(made, same[0].id if again else self._own(said, mine), unclear=again is False)

    def _may_be_another(self, mine: Report) -> bool:
        """Whether a report may not be the one of its key: that has come to be another filler's."""
        return mine.id not in self._there or not mine.fillers

    def _is_sought(self, said: Said, mine: Report) -> bool:
        """Whether a report is not the one of its key for sure."""
        if mine.id not in self._there or mine.fillers:
            return mine.id not in self._there
        known = report(self._there.content(mine.id), said.own)
        return bool(known.fillers) and not (mine.time and mine.time == known.time)

    def _own(self, said: Said, mine: Report) -> str:
        """Return the id of a report that is not known."""
        if mine.id not in self._there or not self._is_sought(said, mine):
            return mine.id
        return said.ids.beside(mine.id, TYPE, mine.time)

    def _results(self, known: Report) -> list[JSON]:
        """Return the results of a report."""
        ids = listed(known.content)
        self._there.look(Key(home_of(id_), "Observation", id_) for id_ in ids)
        return [self._there.content(id_) for id_ in ids if id_ in self._there]

    def _note(self, said: Said, named: Named) -> None:
        """Note a report that is new with its order."""
        order = _order(named.made)
        if order and named.id not in self._there:
            note = noted(said.ids, order, named.id)
            self._of.setdefault(note.claim, {})[named.id] = None
            self._new.append(note)


def _order(made: Made) -> str:
    """Return the id of the order that a report is of; "" if it is of none."""
    for each in made.resource.get("basedOn", ()):
        reference: str = each.get("reference", "")
        if reference.startswith(_ORDER):
            return reference.removeprefix(_ORDER)
    return ""


def _is_again(mine: Report, other: Report, now: Sequence[JSON], old: Sequence[JSON]) -> bool | None:
    """Whether a report is one of its number that has another code; None: nothing speaks for it."""
    corrects = mine.content.get("status") in CORRECTS
    if not (corrects or is_begun(other.content)):
        return None
    known, by_id = Results(old), {one["id"]: one for one in old}
    found = [(only(known.alike(each)), each) for each in now]
    if not any(id_ is None or id_ for id_, _ in found):
        return None
    pairs = [(by_id[id_], each) for id_, each in found if id_]
    alone = len({one["id"] for one, _ in pairs}) == len(pairs)
    whole = alone and len(pairs) == len(now if corrects else old)
    if not whole or are_of_different_times(mine.content, other.content):
        return False
    measured = [
        (one["valueQuantity"], each["valueQuantity"])
        for one, each in pairs if "valueQuantity" in one and "valueQuantity" in each
    ]  # fmt: skip
    unchanged = sum(one.get("value") == each.get("value") for one, each in measured)
    of_one_time = bool(mine.time and mine.time == other.time)
    return bool(measured) and (of_one_time or 2 * unchanged > len(measured))
