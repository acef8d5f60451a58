"""Rows in, the lines that tell which of them made which element out (``--explain``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mappings.compiler.watching import Watching
from mappings.language.tree import Row
from mappings.runtime.functions.registry import FUNCTIONS


class Explaining(Watching):
    """Writes what is told of rows, if a translation is to be explained."""

    @contextmanager
    def _marked(self) -> Iterator[None]:
        """Write what knows later what a row has told (``--explain``)."""
        outer = self.mark
        if self.explain:
            self.mark = self.out.fresh("n")
            self.out.line(f"{self.mark} = X.since()")
        yield
        self.mark = outer

    def _traced(self, row: Row, at: str, poured: str = "") -> list[str]:
        """Write what tells which row made an element, or those of an object (``--explain``)."""
        if not self.explain:
            return []
        label = f"{row.where}@{row.where.layer}"
        if poured:
            element = f"{self._element(row)}.{{k}}"
            return [f"for k in {poured}: X.trace(f{element!r}, {at}, {label!r})"]
        return [f"X.trace({self._element(row)!r}, {at}, {label!r})"]

    def _untold(self, row: Row, member: str = "") -> list[str]:
        """Write what takes back what a row has told: another value stands (``--explain``)."""
        element = repr(self._element(row) + member)
        return [f"X.untold({self.mark}, {'f' if member else ''}{element})"] if self.explain else []

    def _repeats(self, carried: list[str]) -> list[str]:
        """Write what is to be done where a row's value stands there already."""
        return [line.replace("X.trace(", f"X.agrees({self.mark}, ") for line in carried]

    def _presumed(self, row: Row, what: str) -> list[str]:
        if not self.explain:
            return []
        return [f"X.presume({what}, {self.mark}, {self._element(row)!r})"]

    def _element(self, row: Row) -> str:
        """Return the path of a row's element below what its map makes: ``.contact.name``."""
        path = self.rivals.inside(self.at, row).path
        names = (name if "xtension[" in name else name.partition("[")[0] for _, name in path)
        return "".join(f".{name}" for name in names)

    def _tell_work(self, row: Row, made: str, at: str) -> None:
        """Write what tells of a function that reads more, or makes no element (``--explain``)."""
        function = FUNCTIONS.get(row.convert)
        if not self.explain or function is None:
            return
        said = f"{str(row.where)!r}, {row.where.layer!r}"
        if function.fields:
            self.out.line(f"if {made}: X.read_beside({function.fields!r}, {said})")
        if not row.target:
            self.out.line(f"if not {made}: X.worked({at}, {said})")
