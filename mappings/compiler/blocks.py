"""A row with rows nested in it in, the lines that build their object, or find it in memory, out.

A value that makes nothing (a blank, a code nobody knows) must not leave an object behind that lacks
what R4 requires: the whole message would be withheld for it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mappings.compiler.account import Account
from mappings.compiler.converting import Converting
from mappings.compiler.function import any_in
from mappings.compiler.reading import Value
from mappings.compiler.reads import chosen, covers
from mappings.compiler.types import Place
from mappings.compiler.watching import Scope
from mappings.language.nested import flat
from mappings.language.tree import Row

#: What is said of an object that cannot stand: the code, and the detail.
INCOMPLETE = ("incomplete", "")
_RATIO = ("numerator", "denominator")
BACKWARDS = ("bad-value", "the low end is above the high one")
SHARED_BLOCKS = frozenset({"Observation.referenceRange"})


class Blocks(Converting):
    """Writes objects that nested rows build."""

    @abstractmethod
    def row(self, row: Row, place: Place, holder: str, own: Value | None) -> None:
        """Write one row that builds into `holder` at `place`; `own` is the enclosing value."""

    def _block(self, row: Row, end: Place, place: Place, holder: str, value: Value | None) -> None:
        """Write an object built by nested rows: it stands only if its own value gave something."""
        if value is not None and value.level == "repetition" and self._is_vocabulary(row, end):
            self._remembered_block(row, end, place, holder, value)
            return
        self._keep_flags(row)
        outer, self.held = self.held, self.checker.resolve(place, row.target, row.where)[1]
        made, guard = self._object(row, end, place, value)
        self.out.line(guard)
        with self.out.block():
            self._complete(row, end, made, value)
            at = value.location if value else "0"
            self.value = None
            first = self._parts(row, value)[0]
            with self._if_whole(row, end, made, value, row.rows, first):
                self._assign(row, place, holder, made, at, is_item=True)
        self.held = outer
        self._lines("else:", [*self._said(row), *self._untold(row)])

    def _is_vocabulary(self, row: Row, end: Place) -> bool:
        """Whether a block depends on its value alone, and is no patient content."""
        return (
            not self.explain
            and str(end) in SHARED_BLOCKS
            and not any(r.when or r.by or r.rows or r.codes for r in row.rows)
            and all(r.sources[0].name in {"", "-"} for r in row.rows)
            and not any(r.convert in self.tables.maps for r in row.rows)
        )

    def _is_of_vocabulary(self, row: Row, end: Place) -> bool:
        """Whether a block depends on fields of its segment alone, and is no patient content."""
        inner = [each for each in flat(row.rows) if not each.rows]
        return (
            not self.explain
            and str(end) in SHARED_BLOCKS
            and not any(r.by or r.codes or r.literal for r in flat(row.rows))
            and all(r.convert not in self.tables.maps or self._makes_vocabulary(r) for r in inner)
        )

    def _remembered_block(
        self, row: Row, end: Place, place: Place, holder: str, value: Value
    ) -> None:
        out, found, memo = self.out, self.out.fresh("m"), self.memo()
        out.line(f"{found} = M[{memo}].get({value.name})")
        out.line(f"if {found} is None:")
        with out.block():
            before = out.fresh("n")
            out.line(f"{before} = len(X.findings)")
            made, guard = self._object(row, end, place, value)
            out.line(guard)
            with out.block():
                self._complete(row, end, made, value)
                out.line(f"{found} = {made}")
                out.line(
                    f"if len(X.findings) == {before}: remember(M[{memo}], {value.name}, {made})"
                )
        out.line(f"if {found} is not None:")
        with out.block():
            self._assign(row, place, holder, found, value.location, is_item=True)

    def _object(self, row: Row, end: Place, place: Place, value: Value | None) -> tuple[str, str]:
        """Begin a block's object from its own value; return it and the test that it has any."""
        out, made = self.out, self.out.fresh("o")
        last = row.target[-1] if row.target else None
        url = self._extension_url(last, row.where, place.type == "Extension") if last else None
        out.line(f"{made} = {{{f'{chr(34)}url{chr(34)}: {url!r}' if url else ''}}}")
        self.begun[made] = (len(out.lines), out.depth)
        with self._inside(row):
            if value is not None:
                self._open_block(row, value)
            for nested in self._parts(row, value)[0]:
                self.row(nested, end, made, value)
            if value is not None:
                self._end()
        if not self._parts(row, value)[0]:
            return made, "if True:"
        return made, f"if len({made}) > {1 if url else 0}:"

    def _open_block(self, row: Row, value: Value) -> None:
        """Begin the account of a block's own value."""
        account = Account(row.rows, "", self.reading, self.rivals, self.at)
        self._unread(row, value, account)
        prefix = self.out.fresh("u") + "_"
        base = self._others(row)
        outside = self.scopes[0].account.surely(row.sources[0], row)
        flags = [] if base is None or self.trying or 0 in outside else [
            flag for flag in account.flags(frozenset(), prefix) if not covers(outside, flag.source)
        ]  # fmt: skip
        self._begin(Scope(account, flags, base, value))

    def _complete(self, row: Row, end: Place, made: str, value: Value | None) -> None:
        """Add to a block's object what is not from its own value."""
        with self._inside(row):
            for nested in self._parts(row, value)[1]:
                self.row(nested, end, made, value)

    @contextmanager
    def _inside(self, row: Row) -> Iterator[None]:
        """Write rows of a block."""
        outer = self.at, self.block
        self.at, self.block = self.rivals.inside(self.at, row), row.rows
        yield
        self.at, self.block = outer

    def _parts(self, row: Row, value: Value | None) -> tuple[list[Row], list[Row]]:
        """Return a block's rows: those that decide whether it stands, and the others."""
        if value is None:
            constants = [r for r in row.rows if r.sources[0].name == "-" and not r.rows]
            return [r for r in row.rows if r not in constants], constants
        constants = [r for r in row.rows if r.sources[0].name == "-"]
        others = [r for r in row.rows if r.sources[0].name != "-"]
        first = [r for r in others if self._own(r, value)]
        return first, [r for r in others if r not in first] + constants

    def _own(self, row: Row, value: Value | None) -> bool:
        source = row.sources[0]
        return (
            value is None
            or source.name == ""
            or (not self.reader.segment and source.name == self.map.source)
        )

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
