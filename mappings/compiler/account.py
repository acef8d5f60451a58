"""A map in, what generated code must watch out: values that no row is sure to carry.

A value read by a row is *sure* if that row runs whenever the map does, makes something of every
text, and no other row can stand in its place already. Every other value gets a flag in the
generated function: a local variable that holds why it is lost, emptied by whatever carries it, and
asked at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mappings.compiler.reads import (
    ALL,
    NAMES,
    TOLD,
    TOTAL,
    WHOLE,
    Reading,
    Reads,
    asked,
    below,
    chooses,
    chosen,
    has,
    merged,
    path,
    repeats,
    without,
)
from mappings.compiler.rivals import At, Rivals
from mappings.language.nested import flat
from mappings.language.tree import Map, Row, Source
from mappings.runtime.functions.registry import FUNCTIONS

WIDEST = 32  # no data type has more components


class Carrier(NamedTuple):
    """A row that reads a value to carry it, and whether it surely does."""

    row: Row
    sure: bool
    reads: Reads


class Flag(NamedTuple):
    """A value to be asked for at the end: its variable, and the parts only unsure rows read.

    Where several rows may carry a value, and each reads other parts of it, there is a flag for the
    value and one `of` it for each.
    """

    name: str
    source: Source
    parts: Reads  # WHOLE: all of it
    rows: frozenset[int] | None = None  # those that empty it, if not all that read the value
    of: str = ""


class Account:
    """What the rows of one scope (a map, or a block over its own value) do with each value."""

    def __init__(
        self, rows: tuple[Row, ...], source: str, reading: Reading, rivals: Rivals, at: At
    ) -> None:
        self.readers: dict[Source, list[Carrier]] = {}
        self.choosers: list[tuple[Row, Source]] = []  # constants that stand for a value
        self._further: set[Source] = set()  # whose repetitions have rows of their own
        self._source, self._reading, self._rivals = source, reading, rivals
        for row in rows:
            if row.further:
                self._further.update(row.sources)
            else:
                self._add(row, at, certain=True)
        alone = [
            (row, unit) for row in flat(rows) for unit in asked(row)
            if unit.name == source and unit not in self.readers
        ]  # fmt: skip
        for row, unit in alone:  # which no row reads but to tell of another value
            self.readers.setdefault(unit, []).append(Carrier(row, False, {1: ALL}))
        #: What constants alone tell: if none of them stands for a value, it goes nowhere.
        self.told = frozenset(s for _, s in self.choosers if source and s not in self.readers)
        for row, told in self.choosers:
            if told in self.told:
                known = self.readers.setdefault(told, [])
                known += [Carrier(row, False, {1: ALL})] if told in row.sources else []

    def _add(self, row: Row, at: At, *, certain: bool) -> None:
        certain = certain and row.when is None
        first = row.sources[0].name
        own = first == self._source
        sure = certain and not row.default and (row.by is not None or self._surely(row, at))
        tells = [*chosen(row.when), *(row.sources if row.literal is not None else ())]
        self.choosers += [(row, s) for s in dict.fromkeys(tells) if s.name == self._source]
        if row.literal is None:
            for number, source in enumerate(row.sources):
                if source.name == self._source:
                    reader = Carrier(row, sure and number == 0, self._reading.of_row(row))
                    self.readers.setdefault(source, []).append(reader)
            for source, reads in self._reading.besides(row, self._source).items():
                self.readers.setdefault(source, []).append(Carrier(row, False, reads))
        if self._source:  # what is nested reads the map's other values too
            inside = certain and first == "-" and not own
            # A unit beside a reference range is the result's: that one carries it.
            beside = [step.name for step in row.target[:1]] == ["referenceRange"]
            for inner in () if beside else row.rows:
                self._add(inner, self._rivals.inside(at, row), certain=inside)

    def _surely(self, row: Row, at: At) -> bool:
        if row.convert in FUNCTIONS and row.convert not in TOTAL:
            return False
        return not self._rivals.may_stand(row, at)

    def others(self, source: Source, row: Row) -> Reads:
        """Parts of a value that other rows of the scope read, seen from it.

        Of rows with a ``by``, each of their cases looks for itself what it does not read.
        """
        outer = path(source)
        found = []
        for known, readers in self.readers.items():
            inner = below(outer, path(known))
            if known == source:
                found += [r.reads for r in readers if r.row is not row and not chooses(r.row)]
            elif inner is not None:
                found.append(inner)
            elif part := below(path(known), outer):
                found += [self._within(r.row, part) for r in readers if r.row.convert in NAMES]
        return merged(found)

    def _within(self, row: Row, part: Reads) -> Reads:
        """Parts of a part of a value that a row which names a whole (a place) reads of it."""
        return dict.fromkeys(self._reading.exactly(row).get(min(part), ()), ALL)

    def surely(self, source: Source, row: Row) -> Reads:
        """Parts of a value that other rows of the scope surely take."""
        return merged(r.reads for r in self.readers.get(source, ()) if r.row is not row and r.sure)

    def repeated(self, source: Source, row: Row) -> bool:
        """Whether another row surely takes all repetitions of a field."""
        return source in self._further or any(
            repeats(r.row) and r.sure for r in self.readers.get(source, ()) if r.row is not row
        )

    def flags(self, ignored: frozenset[tuple[int, ...]], prefix: str) -> Iterator[Flag]:
        """Yield the values that no row is sure to carry, and that are not left out on purpose."""
        for source in self.readers:
            place = path(source)
            left = merged(part for p in ignored if (part := below(place, p)) is not None)
            read = merged(each.reads for each in self.readers[source])
            parts = without(self._unsure(source), left)
            if read and not place and not without(read, left):  # all of it stands elsewhere, too
                continue
            if parts and not any(place[:n] in ignored for n in range(1, len(place) + 1)):
                name = prefix + "_".join(map(str, path(source) or (0,)))
                yield Flag(name, source, parts)
                yield from self._parted(source, name, left)

    def _parted(self, source: Source, name: str, left: Reads) -> Iterator[Flag]:
        """Yield a flag for each of several rows that carry different parts of a value."""
        found: list[tuple[Reads, set[int]]] = []
        for row, other in self.carriers(source):
            reads = self._seen(row, other, source)
            known = next((rows for r, rows in found if r == reads), None)
            if known is None:
                found.append((reads, {id(row)}))
            else:
                known.add(id(row))
        place = path(source)
        told = [n for other in self.readers if (n := below(place, path(other))) is not None]
        told.append(left)
        told += [r.reads for r in self.readers[source] if r.sure]
        for number, (reads, rows) in enumerate(found):
            others = merged([*told, *(r for r, _ in found if r is not reads)])
            parts = {} if 0 in reads else without(reads, others)
            if parts and len(found) > 1:
                yield Flag(f"{name}_{'abcdefgh'[number]}", source, parts, frozenset(rows), name)

    def _seen(self, row: Row, other: Source, source: Source) -> Reads:
        """Return what a row that reads a value, or a larger one, reads of the value."""
        if other not in row.sources and other in self.readers:
            return WHOLE  # what it calls reads it, and looks for what it does not read
        chooses = source not in row.sources and other not in self.readers
        if row.literal is not None or chooses:
            return {1: ALL}
        reads = self._reading.of_row(row)
        if other == source:
            return reads
        part = below(path(other), path(source))
        for component in part or ():
            subs = self._reading.exactly(row).get(component, ALL)
            return WHOLE if 0 in subs else dict.fromkeys(subs, ALL)
        return WHOLE

    def carriers(self, source: Source) -> Iterator[tuple[Row, Source]]:
        """Yield the rows that may carry a value, by itself or in a larger one that they read."""
        place = path(source)
        for row, tested in self.choosers:
            # A constant beside a value says which it is only if its condition asked.
            asked = source not in self.told and tested in chosen(row.when)
            if path(tested)[: len(place)] == place and (asked or source not in row.sources):
                yield row, row.sources[0]
        for other, readers in self.readers.items():
            part = below(path(other), place)
            for reader in readers:
                reads = other == source or (part and _covers(reader.reads, part))
                if reads and not reader.sure:
                    yield reader.row, other

    def _unsure(self, source: Source) -> Reads:
        own, place = self.readers[source], path(source)
        if not own:
            return WHOLE if self._wider(source) else {}
        surely = [r.reads for r in own if r.sure]
        unsurely = merged(r.reads for r in own if not r.sure)
        if not unsurely or any(0 in reads for reads in surely):
            return {}
        if not self._wider(source):
            return {}
        narrower = [n for other in self.readers if (n := below(place, path(other))) is not None]
        if not surely and not narrower:
            return WHOLE
        if 0 in unsurely:
            unsurely = dict.fromkeys(range(1, WIDEST + 1), ALL)
        return without(unsurely, merged([*surely, *narrower]))

    def _wider(self, source: Source) -> bool:
        """Whether no row surely reads the value as a part of a larger one."""
        place = path(source)
        for other, readers in self.readers.items():
            part = below(path(other), place)
            if part and any(r.sure and _covers(r.reads, part) for r in readers):
                return False
        return True

    def reads(self, field: int, also: Iterable[Source], *, cases: bool = True) -> Reads:
        """Parts of a field that rows read, or that are used otherwise.

        A row with a ``by`` reads all of it, except for maps that ask for one another's `cases`.
        """
        found = [
            r.reads for s, known in self.readers.items() if path(s) == (field,)
            for r in known if cases or not chooses(r.row)
        ]  # fmt: skip
        places = [path(s) for s in [*self.readers, *also]]
        return merged([*found, *(p for place in places if (p := below((field,), place)))])

    @property
    def repeated_fields(self) -> frozenset[int]:
        """The fields of which rows surely take all repetitions."""
        found = {
            source for source, known in self.readers.items()
            if any(r.sure and repeats(r.row) for r in known)
        } | self._further  # fmt: skip
        return frozenset(s.field for s in found if s.name == self._source and len(path(s)) == 1)

    def sure_parts(self) -> dict[int, Reads]:
        """Parts of fields that rows of their own surely carry: field → the parts."""
        found: dict[int, Reads] = {}
        for source, readers in self.readers.items():
            part = below(path(source)[:1], path(source))
            if source.field and part and any(r.sure for r in readers):
                found[source.field] = merged([found.get(source.field, {}), part])
        return found

    def partly(self, also: Iterable[Source]) -> dict[int, Reads]:
        """Fields of which perhaps parts only are read or used: field → the parts."""
        used_too = [s for s in also if s.name == self._source]
        places = {path(s) for s in [*self.readers, *used_too]}
        whole = {
            path(s)[0] for s, readers in self.readers.items()
            if len(path(s)) == 1 and any(r.sure for r in readers)
        } | {path(s)[0] for s in used_too if len(path(s)) == 1}  # fmt: skip
        told = {path(s) for _, s in self.choosers}  # of which a constant tells the first part
        coded = {
            path(s) for s, known in self.readers.items()
            if any(r.row.codes and r.row.convert not in FUNCTIONS for r in known)
        }  # fmt: skip
        parted = {p[0] for p in places if len(p) > 1 or p in told} - whole
        return {
            field: merged([
                self.reads(field, used_too), {1: ALL} if (field,) in told else {},
                TOLD if (field,) in coded else {},
            ])
            for field in sorted(parted)
        }  # fmt: skip


def _covers(reads: Reads, part: Reads) -> bool:
    return all(has(reads, component, min(below)) for component, below in part.items())


def ignored(table: Map) -> frozenset[tuple[int, ...]]:
    """Fields or components that a map leaves out on purpose."""
    return frozenset(
        tuple(int(n) for n in re.split(r"[-.]", word)[1:]) for word, _ in table.ignored
    )
