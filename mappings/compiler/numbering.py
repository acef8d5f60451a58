"""Targets in lists whose items have numbers in, the lines that find their items out.

``dosageInstruction[TQ1]`` is the item of this TQ1, ``dosageInstruction[*]`` every item: what is
said of every one, and what an item only assumes (``default``), waits until all of them are there
(`mappings.runtime.walk.items`).
"""

from __future__ import annotations

from collections.abc import Sequence

from mappings.compiler.explaining import Explaining
from mappings.compiler.types import Place
from mappings.language.nested import flat
from mappings.language.tree import Map, Row, Step, TableError


class Numbering(Explaining):
    """Writes what is put into items with numbers."""

    def _refuse_elsewhere(self, row: Row, table: Map) -> None:
        """Refuse a row that makes something else than an item with a number by a map for those.

        What an item assumes, or what follows it, is only there to be looked at when all are there.
        """
        waits = any(r.default or r.convert == "conjunction()" for r in flat(table.rows))
        numbered = row.further or any(step.numbered for step in row.target[-1:])
        if waits and not numbered and self._is_item(Place(table.target)):
            said = f"{table.name} makes items with numbers: write [{table.source}]"
            raise TableError(row.where, said)

    def _is_item(self, place: Place) -> bool:
        """Whether rows that build at a place build an item of such a list."""
        return not place.path and any(
            self.checker.definitions.element(type_, name).type == place.type
            for type_, name in self.lists
        )

    def _one(self, row: Row, step: Step, holder: str, place: Place, *, own: bool) -> str:
        """Write the item that a step means; `own` if the list is one of the object at `place`."""
        if step.by_value:
            segment, _, field = (step.mark or "").partition("-")
            if segment != self.map.source:
                why = f"items of {step.name} are told apart by a field of {self.map.source}"
                raise TableError(row.where, why)
            return f"item_of(X, {holder}, {step.name!r}, X.value({segment!r}, {field}))"
        listed = own and not place.path and (place.type, step.name) in self.lists
        if not step.numbered:
            call = f"item(X, {holder}" if listed else f"nth({holder}"
            return f"{call}, {step.name!r}, {step.mark})"
        if not listed or step.mark != self.map.source:
            said = f"items of {step.name} are numbered by a whole segment or value that a map reads"
            raise TableError(row.where, said)
        return f"next_item(X, {holder}, {step.name!r})"

    def _waits(
        self, row: Row, place: Place, holder: str, made: str, at: str, carried: Sequence[str]
    ) -> bool:
        """Write what notes a value that waits for all items, if it does."""
        every = bool(row.target) and row.target[0].every
        within = (
            bool(row.target) and holder == "r" and (place.type, row.target[0].name) in self.lists
        )
        if any(step.every for step in row.target[1:]) or (
            every and not (within and self.reader.segment and len(row.target) > 1)
        ):
            raise TableError(row.where, "[*] is for elements of the items of a resource's list")
        if not every and not (row.default and (within or self._is_item(place))):
            return False
        around = [name for _, name in self.at.path[-1:]]
        if self.reader.segment and not (within or f"[{self.map.source}]" in "".join(around)):
            raise TableError(row.where, "'default' is for elements of an item with a number")
        ways = self._ways(row, place, row.target[within:], row.target[:within])
        if every:
            call = f"of_all(X, r, {row.target[0].name!r}, {ways}, {made}, {self._places(row, at)})"
        else:
            item = holder
            if within:
                item = self._one(row, row.target[0], holder, place, own=True)
            call = f"assumed(X, {item}, {ways}, {made}, {at})"
        said = self.out.fresh("n") if self.explain else ""
        for line in (f"{said} = {call}" if said else call, *carried):
            self.out.line(line)
        for line in self._presumed(row, f"id({said})"):
            self.out.line(line)
        return True

    def _ways(self, row: Row, place: Place, steps: Sequence[Step], above: Sequence[Step]) -> str:
        """Return the name of a constant: the way from an item to an element."""
        found = []
        for number, step in enumerate(steps, 1):
            if step.name == "extension":
                raise TableError(row.where, "an extension does not wait for all items")
            _, element = self.checker.resolve(place, [*above, *steps[:number]], row.where)
            around, _ = self.checker.resolve(place, [*above, *steps[: number - 1]], row.where)
            others = self.checker.choice(around, element) - {step.name} if element else set()
            found.append(f"Way({step.name!r}, {step.mark!r}, {tuple(sorted(others))!r})")
        return self._constant(f"({', '.join(found)},)")

    def _places(self, row: Row, at: str) -> str:
        """Write where a value stands: of a group, its fields that have a value."""
        if at != "0":
            return at
        fields = {s.field for r in flat((row,)) for s in r.sources if s.name == self.map.source}
        return f"*[number for number in {tuple(sorted(fields))} if f[number]]"
