"""A draft in, messages in which its segment makes its resource out: type and order of segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise

from mappings.compiler.types import Definitions
from mappings.language.nested import nodes_of
from mappings.language.outline import Link, Node, Structure
from mappings.language.tree import Condition, Map, Source, Tables, Test
from mappings.proof.cells import Cells
from mappings.proof.chains import essential
from mappings.proof.drafts import Draft, parts_of, sources_of, tests_of

_UNKNOWN = ("ZZQ", "Z07", "ZZQ_Z07")  # a message type without a table
_EVENTS = 3


@dataclass
class Scene:
    """A message type, its segments in order, and what must hold for them to make what is needed."""

    code: str
    event: str
    structure: str
    order: list[str]
    conditions: list[Condition] = field(default_factory=list)

    def header(self) -> Cells:
        """Return cells with the message's type."""
        cells = Cells()
        for number, text in enumerate((self.code, self.event, self.structure), 1):
            if text:
                cells.put(Source("MSH", 9, number), text)
        return cells


@dataclass
class Spot:
    """A map that a segment of a structure names; the nodes around and before it.

    ``act`` is what the segment does with it, if it is not just read: ``retires`` an Encounter.
    """

    structure: Structure
    node: Node
    map: Map | None
    adds: bool
    act: str
    above: list[Node]
    visible: list[Node]  # before it, in the same groups


class Scenes:
    """The structures of the tables, by the maps that their segments name."""

    def __init__(self, tables: Tables, definitions: Definitions) -> None:
        self.tables, self.definitions = tables, definitions
        self.codes = {e[:3] for s in tables.structures.values() for e in s.events}
        #: What speaks of the message alone: without anything to keep, nothing is made at all.
        self.passing = {t.target for t in tables.maps.values() if t.home == "message"}
        self.all: list[Spot] = []
        for structure in tables.structures.values():
            self._visit(structure, structure.nodes, [], [])
        self.found: dict[str, list[Spot]] = {}
        for spot in self.all:
            if spot.map is not None:
                self.found.setdefault(spot.map.name, []).append(spot)

    def _visit(
        self, structure: Structure, tree: tuple[Node, ...], above: list[Node], before: list[Node]
    ) -> None:
        visible = list(before)
        for node in tree:
            for word in node.resources:
                if word != "-":
                    act, _, name = word.rpartition(" ")
                    table, adds = self.map(node, name), name.startswith("+")
                    self.all.append(Spot(structure, node, table, adds, act, above, [*visible]))
            self._visit(structure, node.children, [*above, node], [*visible, node])
            visible.append(node)
            visible += [n for n in nodes_of(node.children) if not node.repeats]

    def uses(self, table: Map) -> bool:
        """Whether some message brings a segment to a map: a structure, or any that lacks it."""
        known = {spot.node.name for spot in self.all if spot.structure.name == "ANY"}
        return table.name in self.found or (table.source not in known and "-" not in table.name)

    def spots(self, structure: Structure) -> list[Spot]:
        """Return what the segments of a structure say."""
        return [spot for spot in self.all if spot.structure is structure]

    def links(self, structure: Structure) -> Iterator[tuple[Link, Spot | None]]:
        """Yield the links of a structure, each with a map of its segment: best one of its ends."""
        for node in nodes_of(structure.nodes):
            for link in node.links:
                here = [s for s in self.spots(structure) if s.node is node and s.map is not None]
                ends = [s for s in here if s.map and s.map.target in {link.holder, link.target}]
                yield link, next(iter([*ends, *here]), None)

    def bare(self, spot: Spot) -> Iterator[Scene]:
        """Yield messages with a segment at its place, and a patient."""
        chosen = [*spot.above, spot.node, *_needed(spot)]
        for code, event in _events(spot.structure, [spot.node.when] if spot.node.when else []):
            yield Scene(code, event, spot.structure.name, _order(spot, chosen, set()))

    def map(self, node: Node, resource: str) -> Map | None:
        """Return the map that a segment of a structure names."""
        name = resource.removeprefix("+")
        return self.tables.maps.get(name) or self.tables.maps.get(f"{node.name}[{name}]")

    def of(self, draft: Draft) -> Iterator[Scene]:
        """Yield messages in which the draft's first map is used; the last are of no known type."""
        needs = [n for n in sorted(draft.segments) if n not in {"MSH", "PID", draft.root.source}]
        order = list(dict.fromkeys(["MSH", "PID", *needs, draft.root.source]))
        if draft.event:
            yield from self._of_event(draft, {draft.event}, order)
            return
        for spot in sorted(self.found.get(draft.root.name, ()), key=lambda s: s.adds):
            yield from self.at(spot, draft)
        if draft.root.name not in self.found:
            yield from islice(self._beside(draft, needs), _EVENTS)
        yield Scene(*_UNKNOWN, order)
        yield Scene("", "", "", order)
        tests = [t for c in draft.conditions for t in tests_of(c)]
        asked = {v for t in tests if t.source[:3] == ("MSH", 9, 2) for v in t.values}
        if not asked and any(t.source[:3] == ("MSH", 9, 1) for t in tests):
            asked = {_UNKNOWN[1]}
        yield from self._of_event(draft, asked, order)

    def _beside(self, draft: Draft, needs: list[str]) -> Iterator[Scene]:
        """Yield messages that make what a segment of no structure adds to."""
        for spot in self.all:
            table = spot.map
            if table is None or table.target != draft.root.target or spot.adds or spot.act:
                continue
            order = _order(spot, [*spot.above, spot.node], set())
            order = list(dict.fromkeys([*order, *needs, draft.root.source]))
            for code, event in islice(_events(spot.structure, draft.conditions), 1):
                yield Scene(code, event, spot.structure.name, order, self._made(table) or [])

    def _of_event(self, draft: Draft, events: set[str], order: list[str]) -> Iterator[Scene]:
        """Yield messages of events, whatever their structure."""
        tests = [t for c in draft.conditions for t in tests_of(c)]
        codes = {v for t in tests if t.source[:3] == ("MSH", 9, 1) for v in t.values}
        for code in sorted(codes or self.codes):
            for event in sorted(events):
                yield Scene(code, event, "", order)

    def at(self, spot: Spot, draft: Draft) -> Iterator[Scene]:
        """Yield messages with a segment at one place of a structure."""
        for alone in (True, False) if spot.adds and draft.root.keys else (False,):
            chosen, conditions = self._needed(spot, draft, alone=alone)
            order = _order(spot, chosen, draft.segments)
            if spot.node.when is not None:
                conditions = [*conditions, spot.node.when]
            asked = [*draft.conditions, *conditions]
            for code, event in islice(_events(spot.structure, asked), _EVENTS):
                yield Scene(code, event, spot.structure.name, order, conditions)

    def _needed(
        self, spot: Spot, draft: Draft, *, alone: bool
    ) -> tuple[list[Node], list[Condition]]:
        """Return the nodes without which the resource has no place, and what makes theirs."""
        chosen = [*spot.above, spot.node, *_needed(spot)]
        conditions: list[Condition] = []
        types = list(draft.resources)
        if spot.adds and not alone:
            types.append(draft.root.target)
        for name in draft.segments - {spot.node.name}:
            chosen += [n for n in spot.visible if n.name == name][-1:]
        if draft.root.target in self.passing:
            lasting, needed = self._lasting(spot.structure)
            chosen += lasting
            conditions += needed
        for type_ in types:
            maker = self._maker(type_, spot, draft)
            if maker is not None:
                makers, table = maker
                chosen += makers
                conditions += self._made(table) or ()
        return chosen, conditions

    def _lasting(self, structure: Structure) -> tuple[list[Node], list[Condition]]:
        """Return what makes something to keep, where no patient does: else nothing is made."""
        if any(n.name == "PID" for n in nodes_of(structure.nodes)):
            return [], []
        for spot in self.spots(structure):
            table = spot.map
            if table is not None and table.target not in self.passing:
                needed = self._made(table)
                if needed is not None and (table.keys or not spot.adds):
                    return [*spot.above, spot.node], needed
        return [], []

    def _maker(self, type_: str, spot: Spot, draft: Draft) -> tuple[list[Node], Map] | None:
        """Return the nearest segment that makes a resource of a type, else one that may."""
        adding = None
        for node in [spot.node, *reversed(spot.visible)]:
            if (
                node.repeats
                and node.children
                and all(node is not n for n in (*spot.above, spot.node))
            ):
                continue  # what it makes is in a group of its own
            for resource in node.resources:
                table = self.map(node, resource)
                if table is draft.root and node is spot.node:
                    break  # what the segment makes after it is not there yet
                if table is None or table.target != type_ or table is draft.root:
                    continue
                if not resource.startswith("+"):
                    return [node], table
                if table.keys and adding is None:
                    adding = [node], table
        for later in self.spots(spot.structure) if adding is None else ():
            table = later.map
            if table is not None and table.target == type_ and (table.keys or not later.adds):
                return [*later.above, later.node], table
        return adding

    def _made(self, table: Map) -> list[Condition] | None:
        """Return what must hold for a map to make something; None where that is not plain.

        Its own condition, that it has what R4 wants, and that some row of it which has no condition
        has a value to read.
        """
        needed = [table.when] if table.when is not None else []
        wanted = essential(table, self.definitions)
        if wanted and all(r.when is None and r.sources[0].name == table.source for r in wanted):
            return [*needed, Test("valued", wanted[0].sources[0])]
        asked = {s for c in needed for t in tests_of(c) if t.kind == "valued" for s in (t.source,)}
        blocks = (r.rows for r in table.rows if r.rows and r.sources[0].name == "-")
        rows = [*table.rows, *(row for block in blocks for row in block)]
        plain = [r for r in rows if r.when is None and not r.by]
        if any(
            row.sources[0] in asked or (row.literal and row.sources[0].name == "-")
            for row in plain if row in table.rows
        ):  # fmt: skip
            return needed
        for row in plain:
            if row.sources[0].name == table.source and not row.codes:
                return [*needed, Test("valued", row.sources[0])]
        return None


def _needed(spot: Spot) -> list[Node]:
    """Return what a group needs that begins as others beside it do, and is told by that."""
    found = []
    for outer, group in pairwise([None, *spot.above]):
        beside = outer.children if outer is not None else spot.structure.nodes
        assert group is not None
        first = [node.children[0].name for node in beside if node.children]
        if group.children and first.count(group.children[0].name) > 1:
            found += [n for n in group.children if not n.optional and not n.children]
    return found


def _order(spot: Spot, chosen: list[Node], besides: set[str]) -> list[str]:
    """Return the segments of chosen nodes in the structure's order; `besides` before the spot's."""
    order = ["MSH"]
    order += [
        n.name for n in nodes_of(spot.structure.nodes)
        if len(n.name) == 3 and (n.name == "PID" or any(n is each for each in chosen))
    ]  # fmt: skip
    order = list(dict.fromkeys(order))
    at = order.index(spot.node.name)
    order[at:at] = sorted(besides - set(order))
    return order


def _events(structure: Structure, conditions: list[Condition]) -> Iterator[tuple[str, str]]:
    """Yield the message codes and events of a structure that conditions on MSH-9 allow."""
    parts = (part for condition in conditions for part in parts_of(condition))
    said = [c for c in parts if all(s[:2] == ("MSH", 9) for s in sources_of(c))]
    asked = {v for c in said for t in tests_of(c) for v in t.values if t.source.component == 2}
    for name in structure.events or (_UNKNOWN[0],):
        code, _, event = name.partition("^")
        for each in sorted(asked) or ["Z07"] if event == "*" else [event]:
            if all(Scene(code, each, structure.name, []).header().holds(c) for c in said):
                yield code, each
