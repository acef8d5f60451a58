"""Tables in, the ways to reach a row out: from a segment's row to the data type row it calls."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from mappings.compiler.types import Checker, Definitions
from mappings.language.nested import nodes_of
from mappings.language.tree import Map, Row, Tables

_DEEPEST = 7
_ENTRIES = 8
_LEAVES = 8


class Hop(NamedTuple):
    """A row of one map, with the rows it is nested in, and which of its sources is read."""

    map: Map
    rows: tuple[Row, ...]
    source: int = 0


Chain = tuple[Hop, ...]


class Chains:
    """Every map's callers."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.aliases = tables.names.get("aliases", {})
        segments = {n.name for s in tables.structures.values() for n in nodes_of(s.nodes)}
        self.segments = {
            name for name, table in tables.maps.items()
            if table.source in segments or _reads_fields(table)
        }  # fmt: skip
        self.callers: dict[str, list[Hop]] = {}
        for table in tables.maps.values():
            for hop in hops(table):
                called = self.called(hop.rows[-1])
                if called is not None:
                    self.callers.setdefault(called.name, []).append(hop)
        self._entries: dict[str, tuple[Chain, ...]] = {}

    def called(self, row: Row) -> Map | None:
        """Return the map that a row calls."""
        return self.tables.maps.get(self.aliases.get(row.convert, row.convert))

    def entries(self, table: Map) -> tuple[Chain, ...]:
        """Return ways from a segment to a map, the plainest first; none if nothing calls it."""
        known = self._entries.get(table.name)
        if known is None:
            found = sorted(self._reach(table, ()), key=_cost)
            known = self._entries[table.name] = tuple(_various(found))
        return known

    def _reach(self, table: Map, below: tuple[str, ...]) -> Iterator[Chain]:
        if table.name in self.segments:
            yield ()
        elif table.name not in below and len(below) < _DEEPEST:
            for hop in self.callers.get(table.name, ()):
                for chain in islice(self._reach(hop.map, (*below, table.name)), _ENTRIES):
                    yield (*chain, hop)

    def leaves(self, chain: Chain) -> Iterator[Chain]:
        """Yield ways on from the last row of a chain to rows that make a value of their own."""
        yield from islice(self._leaves(chain), _LEAVES)

    def _leaves(self, chain: Chain) -> Iterator[Chain]:
        hop = chain[-1]
        row = hop.rows[-1]
        called = self.called(row)
        if row.rows and row.literal is None:
            for nested in sorted(row.rows, key=plainness):
                yield from self._leaves((*chain[:-1], Hop(hop.map, (*hop.rows, nested))))
        elif called is None or ((row.codes or row.table) and _is_coded(called)):
            yield chain
        elif len(chain) < _DEEPEST:
            for first in sorted(called.rows, key=plainness):
                for number in range(len(first.sources)):
                    yield from self._leaves((*chain, Hop(called, (first,), number)))


def hops(table: Map) -> Iterator[Hop]:
    """Yield every row of a map, the nested ones with those around them, once for each source."""

    def visit(rows: tuple[Row, ...], above: tuple[Row, ...]) -> Iterator[Hop]:
        for row in rows:
            for number in range(len(row.sources)):
                yield Hop(table, (*above, row), number)
            yield from visit(row.rows, (*above, row))

    return visit(table.rows, ())


def _is_coded(table: Map) -> bool:
    return table.target in {"CodeableConcept", "Coding"}


def _reads_fields(table: Map) -> bool:
    return any(s.name == table.source and s.field for h in hops(table) for s in h.rows[-1].sources)


def plainness(row: Row) -> tuple[bool, bool, bool]:
    """Return what to sort rows by, so that the plainest come first."""
    return row.sources[0].name in {"-"}, row.when is not None, bool(row.convert)


def _cost(chain: Chain) -> tuple[int, int]:
    conditions = sum(row.when is not None or bool(row.cases) for hop in chain for row in hop.rows)
    coded = sum(bool(hop.rows[-1].codes or hop.rows[-1].table) for hop in chain)
    return coded, 2 * conditions + len(chain)


def _various(chains: list[Chain]) -> Iterator[Chain]:
    """Yield the first few, of each calling row no more than one."""
    seen: set[str] = set()
    for chain in chains:
        caller = str(chain[-1].rows[-1].where) if chain else ""
        if caller not in seen and len(seen) < _ENTRIES:
            seen.add(caller)
            yield chain


def essential(table: Map, definitions: Definitions) -> list[Row]:
    """Return rows that give a resource what R4 wants of it, where no constant does."""
    checker = Checker(definitions)
    given = {name for row in table.rows if row.literal and not row.when for name in _fills(row)}
    required = checker.required(checker.start(table.target, table.where))
    lacking = {name for names in required if given.isdisjoint(names) for name in names}
    return sorted((row for row in table.rows if lacking & _fills(row)), key=plainness)


def _fills(row: Row) -> set[str]:
    """Return the elements of its resource that a row fills."""
    if row.target:
        return {row.target[0].name}
    return {name for nested in row.rows for name in _fills(nested)}
