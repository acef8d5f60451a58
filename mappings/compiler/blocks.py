"""A row with rows nested in it in, the lines that build their object, or find it in memory, out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from mappings.compiler.account import Account
from mappings.compiler.reading import Value
from mappings.compiler.reads import covers
from mappings.compiler.scope import Scope
from mappings.compiler.types import Place
from mappings.compiler.whole import Whole
from mappings.language.nested import flat
from mappings.language.tree import Row

SHARED_BLOCKS = frozenset({"Observation.referenceRange"})


class Blocks(Whole):
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
