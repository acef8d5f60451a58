"""An object that rows built in, the lines that let it stand only if R4 allows it out.

A value that makes nothing (a blank, a code nobody knows) must not leave an object behind that lacks
what R4 requires: the whole message would be withheld for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mappings.compiler.converting import Converting
from mappings.compiler.function import any_in
from mappings.compiler.reading import Value
from mappings.compiler.reads import chosen
from mappings.compiler.types import Place
from mappings.language.nested import flat
from mappings.language.tree import Row

#: What is said of an object that cannot stand: the code, and the detail.
INCOMPLETE = ("incomplete", "")
_RATIO = ("numerator", "denominator")
BACKWARDS = ("bad-value", "the low end is above the high one")


class Whole(Converting):
    """Writes what asks whether an object is whole."""

    @contextmanager
    def _if_whole(
        self, row: Row, end: Place, made: str, value: Value | None, rows: Sequence[Row],
        first: Sequence[Row],
    ) -> Iterator[None]:  # fmt: skip
        """Go on only with an object that has what is required: a range in its order, a whole ratio.

        `rows` build it; one of `first` has said something, or it would not be there.
        """
        tests = self._tests(row, end, made, rows, first)
        if not tests:
            yield
            return
        why = BACKWARDS if str(end) == "Range" else INCOMPLETE
        lines = [*self._incomplete(row, value, why), *self._untold(row)] or ["pass"]
        self._lines(f"if not ({' and '.join(tests)}):", lines)
        self.out.line("else:")
        with self.out.block():
            yield

    def _tests(
        self, row: Row, end: Place, made: str, rows: Sequence[Row], first: Sequence[Row]
    ) -> list[str]:
        last = row.target[-1] if row.target else None
        if last is None or last.mark or (last.mark is None and row.path in self.entered):
            return []  # other rows may build there too
        if str(end) == "Range":
            return [f"in_order({made})"]
        if str(end) == "Ratio":  # rat-1; and what says nothing of how much is no ratio
            return [f"'value' in {made}.get({part!r}, NOTHING)" for part in _RATIO]
        return self._required(end, made, rows, first)

    def _required(
        self, place: Place, made: str, rows: Sequence[Row], first: Sequence[Row]
    ) -> list[str]:
        """Write what asks for required members, where rows do not always give them.

        What no row gives comes from others: the map makes a part only.
        """
        found = []
        for names in self.checker.required(place):
            giving = [r for r in rows if r.path.partition(".")[0] in names]
            sure = any(r.literal and not r.when for r in giving)
            if giving and not sure and not all(r in giving for r in first):
                found.append(f"({any_in(names, made)})")
        return found

    def _built(self, row: Row) -> tuple[Row, ...]:
        """Return the rows of the map that makes an object of a row's value."""
        table = self.tables.maps.get(row.convert)
        return table.rows if table is not None and not self._is_resource(table) else ()

    def _incomplete(self, row: Row, value: Value | None, why: tuple[str, str]) -> list[str]:
        """Write what is to be said, and why, of a value whose object cannot stand."""
        if self.trying:  # another row may have it
            return []
        if value is not None or not self.reader.segment:
            at = value.location if value is not None else "L"
            return [f"X.say('warning', {why[0]!r}, {at}, {why[1]!r})", *self._said(row)]
        fields = {s.field for r in flat(row.rows) for s in r.sources if s.name == self.map.source}
        return [f"X.incomplete(f, {tuple(sorted(fields))}, *{why})", *self._said(row)]

    def _said(self, row: Row) -> list[str]:
        """Write what is to be done where a value makes nothing, and its own map has said why.

        Of what its condition asks for nothing is told then.
        """
        asked = {*chosen(row.when)} - {*row.sources}
        names = {flag.name for scope in self.scopes for flag in scope.all if flag.source in asked}
        return [line for line in self._emptied(row) if line.partition(" ")[0] not in names]
