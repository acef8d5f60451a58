"""The state of writing one map's functions, and what is asked of its rows everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from mappings.compiler.ledger import Ledger
from mappings.compiler.reading import Reader, Value
from mappings.compiler.types import Checker, Element
from mappings.compiler.writer import Writer
from mappings.language.nested import flat
from mappings.language.tree import Map, Row, Source, Tables

if TYPE_CHECKING:
    from mappings.compiler.rivals import At, Rivals
    from mappings.compiler.watching import Scope


class Before(NamedTuple):
    """A flag that rows of a block may empty: if the block finds no room, it is as it was before."""

    flag: str
    copy: str  # the variable that keeps it
    members: frozenset[str]  # of the block's object, that those rows build


def function_name(map_name: str) -> str:
    """``PID[Patient]`` → ``PID_Patient``."""
    return re.sub(r"\W+", "_", map_name).strip("_")


class Function:
    """What is known while the functions of one map are written."""

    def __init__(self, tables: Tables, checker: Checker, weak: frozenset[str], explain: bool):
        self.tables = tables
        self.checker = checker
        self.weak = weak  # "Type.element" that some default row may fill
        self.lists = numbered_lists(tables.maps.values())  # whose items have numbers
        #: Of those, the ones that a field of the segment suggests
        self.guesses = frozenset(
            f"{table.target}.{row.target[0].name}"
            for table in tables.maps.values() for row in table.rows
            if row.default and row.sources[0].name == table.source
        )  # fmt: skip
        self.explain = explain
        self.mark = "0"  # the variable that holds how much was told when a row began
        self.out = Writer()
        self.map: Map = None  # type: ignore[assignment]  # set by `map_functions`
        self.reader: Reader = None  # type: ignore[assignment]
        self.scopes: list[Scope] = []  # of the map, and of the blocks being written in it
        self.rivals: Rivals = None  # type: ignore[assignment]
        self.at: At = None  # type: ignore[assignment]  # where the row being written builds
        self.again = False  # whether the map may be run more than once on the same resource
        self.used: list[Source] = []  # what the map uses in keys and conditions, or leaves out
        self.asked: set[int] = set()  # rows whose condition is known to hold
        self.trying = False  # whether other rows follow where a block makes nothing of its value
        self.before: dict[int, list[Before]] = {}  # blocks → flags as they were before them
        self.shared: frozenset[int] = frozenset()  # fields that other maps of the segment read too
        self.value: Value | None = None  # what is being put somewhere
        self.chosen: dict[int, str] = {}  # rows with several sources → the variable of the first
        self.ledger = Ledger(tables, checker)
        self.reading = self.ledger.reading
        self.constants: dict[str, str] = {}  # expressions of the parts that rows read → their names
        self.says = "bad"  # what is said of a value that does not parse: bad, or kept as text
        self.names: frozenset[str] = frozenset()  # of elements in all maps of the target
        self.memos: list[str] = []  # the names of what is remembered of a source
        self.filled: set[str] = set()  # elements that rows so far may have filled
        self.unset = ""  # the element that is known not to be filled yet
        self.items: dict[str, tuple[int, int]] = {}  # labelled items → where they are reset
        self.begun: dict[str, tuple[int, int]] = {}  # objects → the line after they are begun
        self.entered: frozenset[str] = frozenset()  # elements some row of a map builds into
        self.block: tuple[Row, ...] = ()  # the rows of the block that is being written
        self.held: Element | None = None  # the element that the block makes

    def memo(self) -> str:
        """Return the name of one more memory: of those of its map, the next."""
        name = f"m_{function_name(self.map.name)}"
        number = sum(1 for known in self.memos if known.rpartition("_")[0] == name)
        self.memos.append(f"{name}_{number}")
        return self.memos[-1]


def numbered_lists(tables: Iterable[Map]) -> frozenset[tuple[str, str]]:
    """Return the lists whose items have numbers: the type that has them, and their names."""
    return frozenset(
        (table.target, step.name)
        for table in tables for row in flat(table.rows) for step in row.target[:1]
        if step.every or step.numbered
    )  # fmt: skip


def any_in(names: Iterable[str], holder: str) -> str:
    """Write whether an object has one of several members."""
    return " or ".join(f"{name!r} in {holder}" for name in names)
