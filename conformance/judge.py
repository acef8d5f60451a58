"""Published rows in, what became of each out: satisfied, mended, waived or missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from conformance.coverage import CONDITIONS, Verdict
from conformance.notation import Element
from conformance.ours import Ours
from conformance.places import Places, above
from conformance.sheets import Published
from conformance.waivers import WHEN, Waiver


class _Way(NamedTuple):
    """Where ours may make what a call of theirs makes: there, or where a waiver says."""

    site: Published
    waiver: Waiver | None = None


class Judge:
    """Says what became of a published row."""

    def __init__(self, ours: Ours, places: Places, waived: Sequence[Waiver]) -> None:
        self._ours, self._places, self._waived = ours, places, waived
        self.used: set[Waiver] = set()

    def __call__(self, row: Published) -> Verdict:
        """Judge a row by itself; of a data type map that ours do without, where it is called."""
        why = self._ours.lacks(row)
        if why is None:
            base = Element("", ()) if row.kind == "datatypes" else None
            return self._done(row, row, base)
        places = list(self._places.of(row)) if row.kind == "datatypes" else []
        waiver = self._waiver(row)
        if waiver is None:
            return self._in_place(row, places) or Verdict(row, "missing", why)
        if waiver.instead and not any(
            self._ours.has_instead(there, waiver.instead, above(row, there))
            for there in (row, *(there for _, there in places))
        ):
            return Verdict(row, "missing", f"no {waiver.instead} either")
        return self._by(waiver, row)

    def called(self, call: Published) -> Iterator[Verdict]:
        """Judge each row of the data type map that a row calls, as it is read there."""
        waiver = self._waiver(call)
        ways = [_Way(call)]
        if waiver and waiver.instead:
            ways.append(_Way(self._ours.site(call, waiver.instead), waiver))
        yield from self._below(call, ways, waiver if waiver and not waiver.instead else None)

    def _below(self, call: Published, ways: list[_Way], whole: Waiver | None) -> Iterator[Verdict]:
        """Judge what is below a call, that ours make in these ways, or do otherwise (`whole`)."""
        shared = any(self._ours.calls(way.site) for way in ways)
        for row in self._places.called(call):
            said = self._places.there(row, call)
            own = [waiver for each in (said, row) if (waiver := self._waiver(each))]
            verdict, way = self._called(row, said, ways, own, whole)
            yield verdict
            # What a map that ours call too calls itself is judged there, by itself.
            if row.calls.lower() not in {"", row.map.lower()} and not shared:
                sites = [_Way(self._places.there(row, way.site), way.waiver) for way in ways]
                yield from self._below(said, sites, way)

    def _called(
        self,
        row: Published,
        said: Published,
        ways: list[_Way],
        own: list[Waiver],
        whole: Waiver | None,
    ) -> tuple[Verdict, Waiver | None]:
        """Judge a row at a call; with it, the waiver by which it is not done as published."""
        for site, waiver in ways:
            if self._ours.lacks(self._places.there(row, site)) is None or (
                self._ours.calls(site) and self._ours.lacks(row) is None
            ):
                return self._by(waiver, said) if waiver else Verdict(said, "satisfied"), None
        for waiver in own:
            places = [self._places.there(row, site) for site, _ in ways]
            maps = ["", waiver.instead.rpartition(" ")[0]]  # theirs, or the one that is instead
            places += [row for site, _ in ways for each in maps if self._ours.calls(site, each)]
            if not waiver.instead or any(
                self._ours.has_instead(there, waiver.instead, above(row, there)) for there in places
            ):
                return self._by(waiver, said), waiver
        if whole:
            return self._by(whole, said), whole
        return Verdict(said, "missing", "not at this call"), None

    def _done(self, row: Published, there: Published, base: Element | None) -> Verdict:
        """Judge a row that is there by what is asked before it speaks, too."""
        condition = self._ours.condition(there, base)
        if condition not in {"none", "other"}:
            return Verdict(row, "satisfied", condition=condition)
        waiver = next((w for w in self._waived if w.instead == WHEN and w.covers(row)), None)
        if waiver is None:
            return Verdict(row, "missing", f"conditions {CONDITIONS[condition]}", condition)
        return self._by(waiver, row)._replace(condition=condition)

    def _in_place(
        self, row: Published, places: list[tuple[Published, Published]]
    ) -> Verdict | None:
        for call, there in places:
            if self._ours.lacks(there) is None:
                return self._done(row, there, call.read)
        for call, there in places:
            waiver = self._waiver(call)
            if waiver and waiver.instead and self._ours.goes_on(there, row, waiver.instead):
                return Verdict(row, "mended", waiver.reason)
        return None

    def _by(self, waiver: Waiver, row: Published) -> Verdict:
        self.used.add(waiver)
        return Verdict(row, "mended" if waiver.instead else "waived", waiver.reason)

    def _waiver(self, row: Published) -> Waiver | None:
        return next((w for w in self._waived if w.instead != WHEN and w.covers(row)), None)
