"""Message structures in, plans out: which maps a segment runs, what it links, lends and leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mappings.compiler.conditions import boolean, sources_of
from mappings.compiler.function import function_name
from mappings.compiler.generate import Generator
from mappings.compiler.groups import foreign, grouped, whole
from mappings.compiler.modules import called
from mappings.compiler.reading import Reader, is_segment
from mappings.compiler.reads import keyed, tested, used
from mappings.compiler.types import Checker, shape
from mappings.language.nested import flat, nodes_of
from mappings.language.outline import Link, Node
from mappings.language.tree import Condition, Map, TableError, Tables, Where
from mappings.runtime.plan import Mention, Plan, Tie, When
from mappings.runtime.state.carrying import Facts, Lent
from mappings.runtime.types import MAX_FIELDS

ACTS = frozenset({"merges", "reassigns", "retires", "links", "unlinks"})


class Linker:
    """Compiles message structures; functions are named here and bound after `exec`."""

    def __init__(
        self, tables: Tables, checker: Checker, generator: Generator, facts: dict[str, Facts]
    ) -> None:
        self.tables = tables
        self.checker = checker
        self.generator = generator
        self.facts = facts
        self.by_segment: dict[str, list[Map]] = {}
        for table in tables.maps.values():
            if is_segment(table):
                self.by_segment.setdefault(table.source, []).append(table)
        self.lendings = generator.ledger.lendings
        self.indexed = self._indexed()
        self.foreign = foreign(tables.maps.values())

    def _indexed(self) -> dict[str, set[int]]:
        """Fields of a segment that generated code reads or tests."""
        found: dict[str, set[int]] = {}
        for table in self.tables.maps.values():
            reads = [source for row in flat(table.rows) for source in row.sources]
            for source in [*reads, *used(table), *tested(table), *keyed(table)]:
                found.setdefault(source.name, set()).add(source.field)
        for structure in self.tables.structures.values():
            for node in nodes_of(structure.nodes):
                for source in sources_of(node.when) if node.when else ():
                    found.setdefault(source.name, set()).add(source.field)
        return found

    def structure(self, nodes: tuple[Node, ...]) -> Plan:
        """Compile a structure."""
        return whole(tuple(self._plan(node) for node in nodes), self.foreign)

    def segment_plan(self, segment: str) -> Plan:
        """Return a plan for a segment outside any structure: all its maps.

        One with a key makes a resource of its own, one without adds to the nearest.
        """
        mentions = tuple(
            self._mention(t, adds=not t.keys)
            for t in self.by_segment[segment] if "-" not in t.name
        )  # fmt: skip
        return Plan(segment, True, True, True, None, mentions, (), (), 0,
                    self._watch(segment, mentions), (),
                    lent=self._lent(segment, mentions))  # fmt: skip

    def _plan(self, node: Node) -> Plan:
        group = len(node.name) > 3
        if group and not node.children:
            raise TableError(node.where, f"group {node.name} is empty")
        mentions, acts = self._says(node)
        for link in node.links:
            self.check_link(link)
        when = self.when(node.when, node.name, node.where)
        mentions = self._alone(node.name, mentions)
        children = tuple(self._plan(child) for child in node.children)
        watch = self._watch(node.name, tuple(mentions))
        ties = tuple(_tie(link, self.checker) for link in node.links)
        own = Plan(node.name, True, node.optional, node.repeats, when, tuple(mentions), ties,
                   (), 0, watch, acts, lent=self._lent(node.name, mentions))  # fmt: skip
        if "-" in node.resources:  # a segment that says nothing worth keeping
            told = ("omits", "", f"{node.where}@{node.where.layer}")
            own = replace(own, watch=(), lent=(), acts=(told,) if self.generator.explain else ())
        if group:
            return grouped(own, children, self.foreign)
        if children:  # a segment with what belongs to it is a group that it opens
            outer = replace(own, name=f"{node.name}…", mentions=(), links=(), watch=(), lent=(),
                                 when=None)  # fmt: skip
            inner = replace(own, repeats=False, optional=False)
            return grouped(outer, (inner, *children), self.foreign)
        return own

    def _says(self, node: Node) -> tuple[list[Mention], tuple[tuple[str, str, str], ...]]:
        """Return what a segment builds, and what it does beside that."""
        mentions, acts = [], []
        for name in node.resources:
            verb, _, acted = name.partition(" ")
            if acted:
                if verb not in ACTS or (verb != "retires" and acted != "Patient"):
                    raise TableError(node.where, f"{name!r} is nothing that a segment does")
                acts.append((verb, acted, f"{node.where}@{node.where.layer}"))
            if name == "-" or verb in {"links", "unlinks"}:
                continue
            plain = acted or name.lstrip("+?")
            table = self.tables.maps.get(plain) or self.tables.maps.get(f"{node.name}[{plain}]")
            if table is None or table.source != node.name:
                raise TableError(node.where, f"there is no map {node.name}[{plain}]")
            mention = self._mention(table, adds=name.startswith("+"))
            mention = replace(mention, asked=name.startswith("?"))
            if acted:  # beside the resource that takes its place
                mention = replace(mention, name=f"retired {acted}")
            mentions.append(mention)
        return mentions, tuple(acts)

    def _mention(self, table: Map, *, adds: bool) -> Mention:
        name = function_name(table.name)
        uses = self.generator.uses(table)
        return Mention(
            table.target, table.target, name, f"{name}_key",  # type: ignore[arg-type]
            self.facts[table.name], table.home, table.replace, adds, not adds or bool(table.keys),
            self.when(table.when, table.source, table.where, uses), table.source,
            needs=self._needs(table), gives=table.gives,
            shape=shape(self.checker.definitions, table.target) if table.gives == "all" else None,
        )  # fmt: skip

    def _needs(self, table: Map) -> tuple[tuple[str, ...], ...]:
        """Return what a resource must have, and constants do not give it."""
        given = {row.path for row in table.rows if row.literal and not row.when}
        required = self.checker.required(self.checker.start(table.target, table.where))
        return tuple(names for names in required if not given.intersection(names))

    def _alone(self, segment: str, mentions: list[Mention]) -> list[Mention]:
        """Note which fields are lost where a map's condition does not hold."""
        result = []
        for mention in mentions:
            others = set(self.lendings.get(segment, ()))
            others = others.union(*(m.facts.used for m in mentions if not m.when))
            found = mention.facts.used - mention.facts.left_out - others
            alone = tuple(sorted(found)) if mention.when else ()
            result.append(replace(mention, alone=alone))
        return result

    def _watch(self, segment: str, mentions: tuple[Mention, ...]) -> tuple[int, ...]:
        used = set(self.lendings.get(segment, ()))
        for mention in mentions:
            used |= mention.facts.used
        if segment == "MSH":
            used |= {1, 2, 9, 10}
        return tuple(n for n in range(1, MAX_FIELDS) if n not in used)

    def _lent(self, segment: str, mentions: Iterable[Mention]) -> tuple[tuple[int, Lent], ...]:
        """Return the fields that a segment's own maps may leave to those of other segments."""
        own: set[int] = set().union(*(m.facts.used for m in mentions if not m.when))
        found = self.lendings.get(segment, {})
        return tuple(
            (n, Lent({c: tuple(sorted(s)) for c, s in lent.reads.items()}, lent.repeats))
            for n, lent in sorted(found.items()) if n not in own and segment != "MSH"
        )  # fmt: skip

    def when(
        self, condition: Condition | None, segment: str, where: Where, uses: str = ""
    ) -> When | None:
        """Write a condition on a segment as a function; return its name, for the function."""
        if condition is None:
            return None
        out = self.generator.out
        reader = Reader(Map(where, "", segment, ""), out)
        reader.segment = True
        test = boolean(condition, reader, None)
        name = called("when", f"{uses}\n{test}")
        with out.function(f"{name}(X, f)"):
            if uses:
                out.line(uses)
            out.line(f"return {test}")
        return name  # type: ignore[return-value]  # bound after exec

    def check_link(self, link: Link) -> None:
        """Refuse a link that is no reference, or may not point to its target."""
        place = self.checker.start(link.holder, link.where)
        _, element = self.checker.resolve(place, link.path, link.where)
        if element is None or element.type != "Reference":
            raise TableError(link.where, f"{link.holder} has no such reference")
        if not {"Resource", link.target} & set(element.targets or ("Resource",)):
            raise TableError(link.where, f"this reference cannot point to {link.target}")


def by_holder(links: list[Link], checker: Checker) -> dict[str, tuple[Tie, ...]]:
    """Sort links by the type that holds them."""
    found: dict[str, tuple[Tie, ...]] = {}
    for link in links:
        found[link.holder] = (*found.get(link.holder, ()), _tie(link, checker))
    return found


def _tie(link: Link, checker: Checker) -> Tie:
    *above, last = link.path
    names = tuple(step.name for step in above)
    place, _ = checker.resolve(checker.start(link.holder, link.where), above, link.where)
    _, element = checker.resolve(place, (last,), link.where)
    makes = not above or not checker.required(place)
    repeats = last.mark is not None
    plain = not above and not repeats
    # A list that FHIR requires (Provenance.target) is not added to: a row knows what is meant.
    stays = not above and (plain or bool(element and element.required))
    row = f"{link.where}@{link.where.layer}"
    return Tie(link.holder, names, last.name, repeats, link.target, makes, plain, stays, row)
