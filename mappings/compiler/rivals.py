"""A map in, where each of its rows builds out, and which may have built there before.

What stands first wins, so a row is only sure to make something where no other row of the map, and
none of the maps that build the same resource, can have put something already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from mappings.compiler.types import Checker, Place
from mappings.language.nested import building
from mappings.language.tree import Map, Row
from mappings.runtime.functions.registry import FUNCTIONS

Choice = tuple[int, int] | None  # a `by`, and which of its cases
Path = tuple[tuple[str | None, str], ...]  # steps: the choice they belong to, and their name


class At(NamedTuple):
    """Where a row builds: the steps from the map's start, and the FHIR type there."""

    path: Path
    place: Place


class Rivals:
    """Where the rows of a map put their values, and those that may have put something before.

    ``kin``: the other maps that may have built the same resource already, where the map adds to
    what is there; it may even have been run itself before.
    """

    def __init__(
        self, table: Map, kin: Iterable[Map] | None, maps: Mapping[str, Map], checker: Checker
    ) -> None:
        self._maps, self._checker = maps, checker
        self._again = kin is not None
        self._order: dict[int, tuple[int, Choice]] = {}  # rows → their place, and their case
        self._paths: dict[str, list[tuple[Path, int, Choice]]] = {}  # by first step
        for other in (*(kin or ()), table):
            for row in other.rows:
                at = At((), checker.start(other.target, other.where))
                self._collect(row, at, None, -1 if other is not table else 0)

    def _collect(self, row: Row, at: At, choice: Choice, order: int) -> None:
        if order >= 0:
            order = len(self._order) + 1
            self._order[id(row)] = order, choice
        for steps in self._places(row, at):
            if not (row.default and row.sources[0].name == "-"):
                first = steps[0][0] or steps[0][1] if steps else ""
                self._paths.setdefault(first, []).append((steps, order, choice))
        for inner in row.rows:
            case = (id(row), id(inner)) if row.by else choice
            self._collect(inner, self.inside(at, row), case, order)

    def _places(self, row: Row, at: At) -> list[Path]:
        """Return the paths a row fills: of a value that is poured, those of the map's rows."""
        if row.by is not None:
            return []
        here = self.inside(at, row)
        table, function = self._maps.get(row.convert), FUNCTIONS.get(row.convert)
        if not row.target and function is not None:
            return [(*here.path, (None, name)) for name in function.pours]
        if row.target or table is None:
            return [here.path]
        start = At(here.path, self._checker.start(table.target, table.where))
        return [p for inner in building(table.rows) for p in self._places(inner, start)]

    def inside(self, at: At, row: Row) -> At:
        """Return where a row builds; every new item of a list is a place of its own."""
        steps, end = [], at.place
        for step in row.target:
            end, element = self._checker.resolve(end, (step,), row.where)
            item = id(row) if step.appends else step.mark
            mark = f"[{item}]" if item is not None else ""
            steps.append((element.choice if element else None, step.name + mark))
        return At((*at.path, *steps), end)

    def may_stand(self, row: Row, at: At) -> bool:
        """Whether something may stand already where a row puts its value."""
        if row.target and row.target[-1].appends:
            return False
        place, choice = self._order[id(row)]
        for steps in self._places(row, at):
            if self._again and not any(name.endswith(f"[{id(row)}]") for _, name in steps):
                return True
            first = steps[0][0] or steps[0][1] if steps else ""
            for other, order, among in (*self._paths.get(first, ()), *self._paths.get("", ())):
                before = order < place and not _alternative(choice, among)
                if before and _meet(steps, other):
                    return True
        return False


def _alternative(one: Choice, other: Choice) -> bool:
    """Whether no two rows both speak: they are of different cases of one `by`."""
    return one is not None and other is not None and one[0] == other[0] and one[1] != other[1]


def _meet(one: Path, other: Path) -> bool:
    """Whether two paths are the same, one is inside the other, or of a choice both take a type."""
    for (choice, name), (choice_other, name_other) in zip(one, other, strict=False):
        if name != name_other:
            return choice is not None and choice == choice_other
    return True
