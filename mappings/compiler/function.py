"""The state of writing one map's functions, and what is asked of its rows everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mappings.compiler.reading import Reader
from mappings.compiler.types import Checker
from mappings.compiler.writer import Writer
from mappings.language.tree import Map, Row, Source, Tables
from mappings.runtime.functions import FUNCTIONS


def function_name(map_name: str) -> str:
    """``PID[Patient]`` → ``PID_Patient``."""
    return re.sub(r"\W+", "_", map_name).strip("_")


class Function:
    """What is known while the functions of one map are written."""

    def __init__(self, tables: Tables, checker: Checker, weak: frozenset[str], explain: bool):
        self.tables = tables
        self.checker = checker
        self.weak = weak  # "Type.element" that some default row may fill
        self.explain = explain
        self.out = Writer()
        self.map: Map = None  # type: ignore[assignment]  # set by `map_functions`
        self.reader: Reader = None  # type: ignore[assignment]
        self.guarded: dict[int, str] = {}
        self.says = "bad"  # what is said of a value that does not parse: bad, or kept as text
        self.names: frozenset[str] = frozenset()  # of elements in all maps of the target
        self.memos = 0
        self.borrowed: set[str] = set()  # segments that other segments' maps read
        self.filled: set[str] = set()  # elements that rows so far may have filled
        self.elsewhere: set[str] = set()  # elements that other segments fill in the same resource
        self.unset = ""  # the element that is known not to be filled yet
        self.items: dict[str, tuple[int, int]] = {}  # labelled items → where they are reset
        self.begun: dict[str, tuple[int, int]] = {}  # objects → the line after they are begun
        self.entered: frozenset[str] = frozenset()  # elements some row builds into

    def components(self, table: Map) -> set[int] | None:
        """Components some row reads, its own or a map's it hands the whole value to.

        None if no row reads a component: then the maps it hands the value to look for losses.
        """
        found = {
            s.component for row in flat(table.rows) for s in row.sources
            if s.name == table.source and s.component
        }  # fmt: skip
        if not found:
            return None
        for row in flat(table.rows):
            if row.sources[0] == Source(table.source) and row.convert in FUNCTIONS:
                found |= set(FUNCTIONS[row.convert].consumes)
            if row.sources[0] == Source(table.source) and row.convert in self.tables.maps:
                found |= self.components(self.tables.maps[row.convert]) or set()
        found |= {int(w.partition(".")[2] or 0) for w, _ in table.ignored}
        return found | tested(table)


def built(rows: tuple[Row, ...]) -> Iterator[str]:
    """Yield the paths that rows build at; what is nested in a row builds into its own object."""
    for row in rows:
        if row.by is not None:
            yield from built(row.rows)
        else:
            yield row.path


def flat(rows: tuple[Row, ...]) -> Iterator[Row]:
    """Yield rows and the rows nested in them."""
    for row in rows:
        yield row
        yield from flat(row.rows)


def tested(table: Map) -> set[int]:
    """Components that only conditions read: reading them there is using them."""
    from mappings.compiler.conditions import sources_of

    found: set[Source] = set()
    for row in flat(table.rows):
        if row.when is not None:
            found |= sources_of(row.when)
    return {s.component for s in found if s.name == table.source and s.component}
