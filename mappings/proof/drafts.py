"""A chain of rows in, its plain reading out: what it reads, what must hold, where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mappings.compiler.types import PRIMITIVES, Definitions
from mappings.language.tree import Combined, Condition, Literal, Map, Row, Source, Step, Test
from mappings.proof.cells import below, holds_place
from mappings.proof.chains import Chain, Chains, Hop, essential, plainness

OTHERWISE = ("otherwise",)


class Follow(NamedTuple):
    """A step of a path that goes through a reference, to a resource of a type."""

    type: str


@dataclass
class Draft:
    """What a chain of rows says.

    ``place`` is what the last row reads; ``subjects`` what the row to be proven reads, and ``own``
    that row's conditions; ``scope`` the value around it; ``support`` are ways to values without
    which the object it builds into would not stand, ``essential`` those without which its resource
    may not. Other rows may fill the same element:
    ``rivals`` are the conditions of earlier ones, ``earlier`` what they read, ``decoys`` what any
    reads. ``marks`` are the files and lines of the row to be proven. ``event`` is the trigger event
    that a message must have, if it matters.
    """

    chain: Chain
    root: Map
    steps: list[Step | Follow] = field(default_factory=list)
    type: str = ""
    row: Row = None  # type: ignore[assignment]  # set by `draft`
    codes: str = ""
    place: Source | None = None
    subjects: list[Source] = field(default_factory=list)
    scope: Source | None = None
    conditions: list[Condition] = field(default_factory=list)
    own: list[Condition] = field(default_factory=list)
    given: dict[str, Literal] = field(default_factory=dict)
    resources: list[str] = field(default_factory=list)
    support: list[Chain] = field(default_factory=list)
    essential: list[Chain] = field(default_factory=list)
    rivals: list[Condition] = field(default_factory=list)
    decoys: list[Source] = field(default_factory=list)
    earlier: list[Source] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    event: str = ""

    @property
    def segments(self) -> set[str]:
        """The segments that are read."""
        found = {s.name for c in self.conditions for s in sources_of(c)}
        read = [*self.subjects, *(p for p in (self.place, self.scope) if p is not None)]
        return found | {p.name for p in read}


def parts_of(condition: Condition) -> Iterator[Condition]:
    """Yield what must all hold for a condition to hold."""
    if isinstance(condition, Combined) and condition.operator == "and":
        for part in condition.parts:
            yield from parts_of(part)
    else:
        yield condition


def tests_of(condition: Condition) -> Iterator[Test]:
    """Yield every comparison of a condition."""
    if isinstance(condition, Test):
        yield condition
    else:
        for part in condition.parts:
            yield from tests_of(part)


def sources_of(condition: Condition) -> Iterator[Source]:
    """Yield every source a condition reads."""
    return (test.source for test in tests_of(condition))


class UnreachableError(Exception):
    """No field is deep enough for what a chain of rows reads."""


def draft(chain: Chain, proven: Hop, chains: Chains, definitions: Definitions) -> Draft:
    """Read a chain of rows plainly.

    Raises
    ------
    UnreachableError
        A row reads a part of a subcomponent.
    """
    made = Draft(chain, chain[0].map)
    _Reader(made, proven, chains, definitions).read()
    return made


class _Reader:
    def __init__(self, made: Draft, proven: Hop, chains: Chains, definitions: Definitions) -> None:
        self.made, self.proven, self.chains = made, proven, chains
        self.definitions = definitions
        self.names: list[str] = []
        self.holder = made.root.target
        self.base: Source | None = None  # what the present data type map reads

    def read(self) -> None:
        made = self.made
        if made.root.when is not None:
            self.require(made.root.when, made.root, None)
        rows = essential(made.root, self.definitions)
        made.essential = [(Hop(made.root, (row,)),) for row in rows]
        for number, hop in enumerate(made.chain):
            if number:
                self.enter(made.chain[number - 1].rows[-1], made.chain[number - 1].map, hop)
                self.sustain_call(number)
            self.hop(number, hop)
        made.row = made.chain[-1].rows[-1]
        made.codes = made.row.codes or made.codes
        found: Any = self.definitions.element(self.holder, ".".join(self.names))
        made.type = found.type if found is not None else self.holder if not self.names else ""

    def enter(self, caller: Row, within: Map, hop: Hop) -> None:
        made, table = self.made, hop.map
        arguments = (made.given.get(a.text, a) for a in caller.arguments)
        made.given = {f"${p}": a for p, a in zip(table.parameters, arguments, strict=False)}
        made.codes = caller.codes if table.target in PRIMITIVES else ""
        in_place = not caller.target and table.target == within.target
        if table.target in self.definitions.resource_types and not in_place:
            made.steps.append(Follow(table.target))
            self.holder, self.names = table.target, []
        if table.when is not None:
            self.require(table.when, table, None)

    def hop(self, number: int, hop: Hop) -> None:
        made, own = self.made, None
        for depth, row in enumerate(hop.rows):
            last = depth == len(hop.rows) - 1
            is_proven = hop.map is self.proven.map and hop.rows[: depth + 1] == self.proven.rows
            before = len(made.conditions)
            if row.when is not None:
                self.require(row.when, hop.map, own)
            if row.cases:
                self.require_case(row, hop.rows[depth - 1], hop.map, own)
            if is_proven:
                made.marks = set(self.marks(number, row))
                made.own = made.conditions[before:]
                made.scope = own or self.base
            if last:
                self.compete(row, hop.rows[depth - 1].rows if depth else hop.map.rows, hop.map, own)
            chosen = self.proven.source if is_proven else hop.source if last else 0
            made.place = self.choose(row, chosen, hop.map, own)
            if is_proven and made.place is not None:
                made.subjects = [self.absolute(s, hop.map, own) for s in row.sources]
            if not last:
                self.sustain_block(number, depth)
            made.steps += row.target
            self.names += [step.name for step in row.target]
            own = made.place
        self.base = made.place

    def marks(self, number: int, row: Row) -> Iterator[str]:
        """Yield where a row is written; of a map that is read in place, where it is called."""
        yield str(row.where)
        while number and self.in_place(*self.made.chain[number - 1 : number + 1]):
            number -= 1
            yield str(self.made.chain[number].rows[-1].where)

    def in_place(self, caller: Hop, called: Hop) -> bool:
        """Whether the rows of a map stand where it is called."""
        numbered = any(step.numbered for step in caller.rows[-1].target[-1:])
        return numbered or called.map.target in {*PRIMITIVES, caller.map.target}

    def choose(self, row: Row, chosen: int, table: Map, own: Source | None) -> Source | None:
        source = row.sources[chosen]
        if source.name == "-":
            return None
        if source.name.startswith("@"):
            self.made.resources.append(source.name[1:])
            return None
        place = self.absolute(source, table, own)
        for other in row.sources[:chosen]:
            earlier = self.absolute(other, table, own)
            if not holds_place(earlier, place):
                self.made.conditions.append(Combined("not", (Test("valued", earlier),)))
        return place

    def compete(self, row: Row, siblings: tuple[Row, ...], table: Map, own: Source | None) -> None:
        """Note which other rows may fill the same element."""
        earlier = True
        for other in siblings:
            if other is row:
                earlier = False
            elif not row.cases:
                same = other.target == row.target
                source = other.sources[0]
                if earlier and other.when is not None and (same or source == row.sources[0]):
                    self.made.rivals.append(self.resolved(other.when, table, own))
                if source == row.sources[0] or source.name[:1] in {"-", "@"} or not row.target:
                    continue
                if same:
                    self.made.decoys.append(self.absolute(source, table, own))
                if earlier and other.target[:1] == row.target[:1]:
                    self.made.earlier.append(self.absolute(source, table, own))

    # -- conditions ----------------------------------------------------------------------------

    def require(self, condition: Condition, table: Map, own: Source | None) -> None:
        self.made.conditions.append(self.resolved(condition, table, own))

    def require_case(self, row: Row, chooser: Row, table: Map, own: Source | None) -> None:
        assert chooser.by is not None
        source = self.absolute(chooser.by, table, own)
        if row.cases != OTHERWISE:
            self.made.conditions.append(Test("in", source, row.cases))
            return
        # What does not fit its declared type comes here as well: of the others, none is better.
        others = tuple(c for case in chooser.rows if case.cases != OTHERWISE for c in case.cases)
        self.made.rivals.append(Test("in", source, others))

    def resolved(self, condition: Condition, table: Map, own: Source | None) -> Condition:
        if isinstance(condition, Combined):
            parts = tuple(self.resolved(part, table, own) for part in condition.parts)
            return condition._replace(parts=parts)
        if condition.kind == "count" and condition.source == Source(table.source):
            return condition  # of segments
        return condition._replace(source=self.absolute(condition.source, table, own))

    def absolute(self, source: Source, table: Map, own: Source | None) -> Source:
        """Say where in the message a source is."""
        found: Source | None = source
        if source.name == "":
            found = below(own, source.component, source.subcomponent) if own else None
        elif source.name == table.source and table.name not in self.chains.segments:
            base = self.base
            found = below(base, source.component, source.subcomponent) if base else None
        if found is None or not found.field:
            raise UnreachableError(str(source))
        return found

    # -- what else must be said ----------------------------------------------------------------

    def sustain_block(self, number: int, depth: int) -> None:
        """Find a row that gives a block something of its own value: without, it does not stand."""
        made = self.made
        hop = made.chain[number]
        block, nested = hop.rows[depth], hop.rows[depth + 1]
        if block.by is not None:
            return
        if block.sources[0].name == "-":
            if nested.sources[0].name != "-":
                return
            others = [r for r in block.rows if r.sources[0].name != "-"]
        else:
            if self.is_own(nested, hop.map):
                return
            others = [r for r in block.rows if self.is_own(r, hop.map)]
        made.support += [
            (*made.chain[:number], Hop(hop.map, (*hop.rows[: depth + 1], other)))
            for other in sorted(others, key=plainness)
        ]

    def sustain_call(self, number: int) -> None:
        """Find a row that gives a map a value to be called with: a constant does not."""
        made = self.made
        hop = made.chain[number]
        if not self.is_own(hop.rows[0], hop.map):
            made.support += [
                (*made.chain[:number], Hop(hop.map, (other,)))
                for other in sorted(hop.map.rows, key=plainness) if self.is_own(other, hop.map)
            ]  # fmt: skip

    def is_own(self, row: Row, table: Map) -> bool:
        name = row.sources[0].name
        return name == "" or (name == table.source and table.name not in self.chains.segments)
