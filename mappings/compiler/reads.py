"""Rows in, what they read out: which parts of a field or component, and whether surely.

Whatever is valued shall be carried over or found. To know what nothing carries, the compiler asks
here which parts a row reads, so that generated code has to look only where something can be lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mappings.compiler.conditions import sources_of
from mappings.language.nested import flat
from mappings.language.sources import source as written
from mappings.language.tree import Combined, Condition, Map, Row, Source
from mappings.runtime.functions.places import BEFORE
from mappings.runtime.functions.registry import FUNCTIONS

#: Functions whose arguments are numbers of components.
NUMBERED = frozenset({
    "data_type()", "line_beside()", "media_type()", "minutes()", "subtype_alone()",
})  # fmt: skip
#: Functions that read the first subcomponent of components.
NAMES = frozenset({
    "full_name()", "provider_name()", "both_names()", "place_name()", "place_number()",
})  # fmt: skip
#: Functions that make something of every text that is not said beside it.
TOTAL = frozenset({
    "text()", "joined()", "structured_text()", "identifier_system()", "coding_system()",
    "line_beside()", "code_name()",
})  # fmt: skip

#: Functions that find what they ask for in some values only: the others are not amiss.
ASKING = frozenset({"as_needed()", "conjunction()", "repetitions()", "unit_of_range()"})

#: Parts of a value that are read: component → its subcomponents; 0 stands for the whole.
Reads = dict[int, frozenset[int]]
ALL = frozenset({0})
_FIRST = frozenset({1})  # the first subcomponent
#: Name, system (its OID too) and version: where a table knows the code, they say nothing more.
TOLD = dict.fromkeys((2, 3, 7, 14), ALL)
WHOLE: Reads = {0: ALL}
#: Other codes of a CWE, their names, systems and versions: whoever chooses one finds the others.
ALTERNATES = dict.fromkeys((4, 5, 6, 8, 10, 11, 12, 13), ALL)


def one_of_several(table: Map) -> bool:
    """Whether a map has room for one of the codes of its value."""
    return table.source == "CWE" and table.target == "Coding"


def has(reads: Reads, component: int, subcomponent: int = 0) -> bool:
    """Whether a part is read, by itself or as part of a larger one."""
    below = reads.get(component, frozenset())
    return 0 in reads or 0 in below or (subcomponent > 0 and subcomponent in below)


def covers(reads: Reads, source: Source) -> bool:
    """Whether a part of a value, or of the whole some part, is read."""
    place = path(source)
    return has(reads, *place[:2]) if place else bool(reads)


def merged(several: Iterable[Reads]) -> Reads:
    """Return the parts that any of several reads."""
    result: Reads = {}
    for reads in several:
        for component, below in reads.items():
            result[component] = result.get(component, frozenset()) | below
    return result


def without(reads: Reads, others: Reads) -> Reads:
    """Return the parts that `reads` has and `others` have not."""
    result: Reads = {}
    for component, below in reads.items():
        left = frozenset(s for s in below if not has(others, component, s))
        if left:
            result[component] = left
    return result


def path(source: Source) -> tuple[int, ...]:
    """``PID-3.4`` → (3, 4); ``CX.4`` → (4,)."""
    return tuple(filter(None, source[1:]))


def below(outer: tuple[int, ...], inner: tuple[int, ...]) -> Reads | None:
    """Return the part of `outer` that `inner` is, seen from `outer`; None if it is none."""
    if inner[: len(outer)] != outer or len(inner) == len(outer):
        return None
    component, *more = inner[len(outer) :]
    return {component: frozenset(more[:1]) or ALL}


class Reading:
    """Knows what the rows of all maps read."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        self._maps = maps
        self._known: dict[str, Reads] = {}

    def of_row(self, row: Row) -> Reads:
        """Parts that a row reads of its own value."""
        if row.by is not None:
            return WHOLE  # its cases look for themselves
        if row.rows:
            return merged(self._nested(row))
        if row.literal is not None:
            return {}
        function = FUNCTIONS.get(row.convert)
        if function is not None:
            named = [int(a.text) for a in row.arguments] if row.convert in NUMBERED else []
            before = BEFORE.get(row.arguments[-1].text, 0) if row.arguments else 0
            numbers = (*(before + n for n in function.consumes), *named)
            if not numbers:
                if row.convert in ASKING:  # for a code, which its name and system tell again
                    return dict.fromkeys((1, 2, 3), ALL)
                return WHOLE if row.convert in TOTAL or function.whole else {1: ALL}
            return dict.fromkeys(numbers, ALL)
        table = self._maps.get(row.convert)
        return self.of_map(table) if table is not None else {1: ALL}

    def besides(self, row: Row, segment: str) -> dict[Source, Reads]:
        """Fields of the segment that what a row calls reads beside the row's own value."""
        function, table = FUNCTIONS.get(row.convert), self._maps.get(row.convert)
        found: dict[Source, Reads] = {}
        if function is not None:
            named = ((written(field, row.where), WHOLE) for field in function.fields)
        elif table is not None and table.source != segment:
            inner = (r for r in flat(table.rows) if r.literal is None)
            named = ((s, self.of_row(r)) for r in inner for s in r.sources)
        else:
            return found
        for source, reads in named:
            if source.name == segment and source.field:
                field = source._replace(component=0, subcomponent=0)
                part = below((source.field,), path(source)) or reads
                found[field] = merged([found.get(field, {}), part])
        return found

    def exactly(self, row: Row) -> Reads:
        """Parts that a row with a function reads, down to subcomponents."""
        reads = self.of_row(row)
        return dict.fromkeys(reads, frozenset({1})) if row.convert in NAMES else reads

    def _nested(self, row: Row) -> Iterator[Reads]:
        for inner in row.rows:
            for source in inner.sources:
                if source.name == "":
                    yield below((), path(source)) or self.exactly(inner)

    def of_map(self, table: Map) -> Reads:
        """Components that a data type map reads, or maps that it hands the whole value to."""
        known = self._known.get(table.name)
        if known is None:
            chosen = (ALTERNATES,) if one_of_several(table) else ()
            known = self._known[table.name] = merged([*self._of_map(table), *chosen])
        return known

    def sole(self, table: Map) -> dict[str, tuple[int, ...]]:
        """Members of what a data type map makes, each with the components nothing else tells.

        A negative one is told in part: what is nothing else's are its further subcomponents.
        """
        members: dict[str, set[int]] = {}
        for row in table.rows:
            for name, reads in self._members(row, table):
                members.setdefault(name, set()).update(reads)
        return {name: tuple(sorted(_sole(name, members))) for name in members}

    def _members(self, row: Row, table: Map) -> Iterator[tuple[str, set[int]]]:
        poured = self._maps.get(row.convert)
        own = [s for s in row.sources if s.name == table.source]
        if not row.target and row.by is None and poured is not None and own:
            place = path(own[0])
            for name, parts in self.sole(poured).items():
                yield name, {place[0], -place[0]} if place else set(parts)
            return
        for inner in flat((row,)):
            if inner.literal is None:
                reads = merged(
                    below((), path(s)) or self.exactly(inner)
                    for s in inner.sources if s.name == table.source
                )  # fmt: skip
                more = {-component for component, below in reads.items() if below != _FIRST}
                yield row.target[0].name if row.target else "", {*reads, *more}

    def _of_map(self, table: Map) -> Iterator[Reads]:
        for row in flat(table.rows):
            for source in row.sources:
                if source.name == table.source:
                    yield below((), path(source)) or self.of_row(row)
        for when in (table.when, *(row.when for row in flat(table.rows))):
            for source in chosen(when):
                if source.name == table.source:
                    yield below((), path(source)) or {}


def _sole(name: str, members: Mapping[str, set[int]]) -> set[int]:
    """Return what only one member tells; of a component that it tells alone, that alone."""
    found = members[name].difference(*(m for other, m in members.items() if other != name))
    return {n for n in found if n >= 0 or -n not in found}


def tested(table: Map) -> Iterator[Source]:
    """Yield what conditions and functions of a map ask for: that alone carries nothing over."""
    for row in flat(table.rows):
        yield from asked(row)
        if row.when is not None:
            yield from sources_of(row.when)
    own = (table.when, *(key.when for key in table.keys), *(e.when for e in table.erases))
    for condition in own:
        if condition is not None:
            yield from sources_of(condition)


def used(table: Map) -> Iterator[Source]:
    """Yield what a map uses without carrying it over: to choose, or leaves out."""
    for row in flat(table.rows):
        yield from chosen(row.when)
        if row.by is not None:
            yield row.by
    yield from chosen(table.when)
    for word, _ in table.ignored:
        yield written(word, table.where)


def asked(row: Row) -> Iterator[Source]:
    """Yield the fields that a row's function asks for: ``later(SCH-9, SCH-10)``."""
    for argument in row.arguments if row.convert in FUNCTIONS else ():
        if "-" in argument.text[1:]:
            yield written(argument.text, row.where)


def keyed(table: Map) -> Iterator[Source]:
    """Yield what identifies what a map makes: nobody reads it out of an id again."""
    for key in table.keys:
        for part in key.parts:
            yield from part


def chosen(condition: Condition | None, yes: bool = True) -> Iterator[Source]:
    """Yield what a condition that holds has named the value of: it is told by what it chose."""
    if isinstance(condition, Combined):
        for part in condition.parts:
            yield from chosen(part, yes is not (condition.operator == "not"))
    elif condition is not None and yes and condition.kind == "in":
        yield condition.source


def repeats(row: Row) -> bool:
    """Whether a row takes every repetition of its field."""
    function = FUNCTIONS.get(row.convert)
    several = any(step.appends for step in row.target) or row.further
    return several or bool(function and function.whole)


def chooses(row: Row) -> bool:
    """Whether a row leaves its value to cases (``by``)."""
    return any(each.by is not None for each in flat((row,)))
