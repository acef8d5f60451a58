"""An account of values in, the lines that watch them out: flags, and questions at the end."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.compiler.account import Account, Flag
from mappings.compiler.function import Before, Function, any_in
from mappings.compiler.modules import called
from mappings.compiler.reading import Value
from mappings.compiler.reads import (
    ASKING,
    WHOLE,
    Reads,
    below,
    chosen,
    has,
    merged,
    path,
    repeats,
    without,
)
from mappings.compiler.types import TIMES
from mappings.language.nested import flat
from mappings.language.tree import Row, Source
from mappings.runtime.functions.registry import FUNCTIONS

NOT_APPLICABLE, ALREADY_FILLED, BAD_VALUE = "not-applicable", "already-filled", "bad-value"


class Scope:
    """Rows over the same values: a map's, or a block's over its own value.

    ``base``: parts of the block's value that rows outside read. ``flags``: the variable, and for
    a source that is not the row's first, the source, by the row that may carry the value.
    """

    def __init__(
        self, account: Account, flags: list[Flag], base: Reads | None, own: Value | None
    ) -> None:
        self.account, self.all, self.base, self.own = account, flags, base, own
        self.flags: dict[int, list[tuple[str, Source | None]]] = {}
        for flag in flags:
            for row, source in account.carriers(flag.source):
                if flag.rows is not None and id(row) not in flag.rows:
                    continue
                other = source if source in row.sources[1:] else None
                self.flags.setdefault(id(row), []).append((flag.name, other))


class Watching(Function):
    """Writes what watches values."""

    def _flags(self, row: Row) -> list[tuple[str, Source | None]]:
        """Return the flags that a row may empty."""
        return [flag for scope in self.scopes for flag in scope.flags.get(id(row), ())]

    def _begin(self, scope: Scope) -> None:
        self.scopes.append(scope)
        if scope.all:
            names = " = ".join(flag.name for flag in scope.all)
            self.out.line(f"{names} = {NOT_APPLICABLE!r}")

    def _end(self) -> None:
        """Ask for the values that may have gone nowhere."""
        scope, out = self.scopes.pop(), self.out
        for flag in scope.all:
            text = self.reader.expression(flag.source, scope.own)
            if flag.source in scope.account.told:  # N says no to what a constant says
                text = f"{text} and {self.reader.text(flag.source, scope.own)} != 'N'"
            at = self.reader.location(flag.source, scope.own)
            field = path(flag.source) == (flag.source.field,)
            asked = f"{flag.name} and not {flag.of}" if flag.of else flag.name
            shared = flag.source.field and flag.source.field in self.shared
            by = f", by={self.map.name!r}" if shared else ""
            if flag.parts == WHOLE and field and by:
                told = f"X.carried.add(({at}, {self.map.name!r}))"
                out.line(f"if {text}: X.miss({flag.name}, {at}) if {flag.name} else {told}")
            elif flag.parts == WHOLE:
                out.line(f"if {asked} and {text}: X.miss({flag.name}, {at}{by})")
            else:
                parts, between = self._reads(flag.parts), self._below(flag.source, scope.own)
                carriers = scope.account.carriers(flag.source)
                if field and not any(repeats(row) for row, _ in carriers):
                    text, at = f"{text}.partition('~')[0]", f"({at}, 0)"
                call = f"X.miss_parts({flag.name}, {at}, {text}, {between!r}, {parts}{by})"
                out.line(f"if {asked} and {text}: {call}")
                if not path(flag.source) and scope.own is not None:
                    self._unread_beside(flag, text, at, between, scope)

    def _unread_beside(self, flag: Flag, text: str, at: str, between: str, scope: Scope) -> None:
        """Look for parts that no row knows, where the row that reads a block's whole value did not.

        What such a row calls looks for them itself.
        """
        read = [r.reads for r in scope.account.readers.get(flag.source, ())]
        read += (p for s in scope.account.readers if (p := below((), path(s))) is not None)
        known = merged([scope.base or {}, *read])
        if 0 not in known:
            call = f"X.unread({text}, {at}, {between!r}, {self._reads(known)})"
            self.out.line(f"if {flag.name} and {text}: {call}")

    def _below(self, source: Source, own: Value | None) -> str:
        """Return the separator of a value's parts."""
        deeper = len(path(source)) - (1 if source.field else 0)
        if source.name == "" and own is not None and own.level == "component":
            deeper += 1
        return "&" if deeper else "^"

    def _others(self, row: Row) -> Reads | None:
        """Parts of a row's value that other rows read; None if there is nothing to look for."""
        scope, source = self.scopes[-1], row.sources[0]
        if source.name == "":
            if scope.base is None:
                return None
            found = scope.account.others(source, row)
            return found if path(source) else merged([found, scope.base])
        if source.name != self.map.source:
            return None  # the other segment's own maps look
        if not self.reader.segment and not path(source):
            return None  # this function has looked for what nobody reads
        place = path(source)
        used = (path(s) for s in self.used if s.name == source.name)
        parts = [p for n in used if (p := below(place, n)) is not None]
        return merged([self.scopes[0].account.others(source, row), *parts])

    def _also(self, row: Row, told: Reads | None = None) -> str:
        """Write the parts of a row's value that others read, for whoever looks for losses.

        ``told``: parts that nobody need read, because another part tells the same.
        """
        others = self._others(row)
        if others is None or 0 in others:
            return "None"
        return self._reads(merged([others, told or {}]))

    def _reads(self, reads: Reads) -> str:
        """Return the name of a constant: the parts that rows read."""
        if not reads:
            return "NOTHING"
        text = repr({k: tuple(sorted(reads[k])) for k in sorted(reads)})
        return self._constant(text)

    def _constant(self, text: str) -> str:
        """Return the name of a constant of the generated module."""
        return self.constants.setdefault(text, called("R", text))

    def _unread_by(self, row: Row, value: Value) -> None:
        """Look for parts of a value that neither a function nor another row reads."""
        function, others = FUNCTIONS[row.convert], self._others(row)
        if others is None or function.whole:
            return
        moment = not TIMES.isdisjoint(function.types)
        self._look(value, merged([others, self.reading.exactly(row)]), moment=moment)

    def _look(self, value: Value, reads: Reads, *, moment: bool = False) -> None:
        find = "stamp" if moment else "unread"
        separator = "&" if value.level == "component" else "^"
        if 0 not in reads:
            several = f"if {separator!r} in {value.name}: " if has(reads, 1) else ""
            self.out.line(f"{several}X.{find}({value.name}, {value.location}, {separator!r}, "
                          f"{self._reads(reads)})")  # fmt: skip

    def _unread(self, row: Row, value: Value, account: Account) -> None:
        """Look for parts of a block's value that none of its rows reads, if no row reads all."""
        if any(not path(s) for s in account.readers) or not account.readers:
            return
        others = self._others(row)
        if others is None:
            return
        parts = (p for s in account.readers if (p := below((), path(s))) is not None)
        self._look(value, merged([merged(parts), others]))

    def _carried(self, row: Row) -> list[str]:
        """Write what is to be done where a row's value is carried."""
        lines = []
        if self.reader.segment:
            fields = {s.field for s in chosen(row.when) if s.name == self.map.source}
            name = self.map.name
            lines += [f"X.carried.add(({n}, {name!r}))" for n in sorted(fields & self.shared)]
        lines += self._repaid(row)
        if self.reader.segment:
            lines += self._besides(row)
        return [*lines, *self._emptied(row, repr(ALREADY_FILLED))]

    def _besides(self, row: Row) -> Iterator[str]:
        """Write what finds the parts that what a row calls does not read of its other fields."""
        for source, reads in self.reading.besides(row, self.map.source).items():
            text = self.reader.expression(source, None)
            yield f"X.pieces({text}, {source.field}, {self._reads(reads)})"
            left = without(self.scopes[0].account.reads(source.field, ()), reads)
            if left:  # which other rows would have read
                parts = self._reads(left)
                yield f"X.miss_parts({NOT_APPLICABLE!r}, {source.field}, {text}, '^', {parts})"

    def _emptied(self, row: Row, other: str = "") -> Iterator[str]:
        """Write what empties the flag of the source a row has read; of its others it is `other`."""
        for name, source in self._flags(row):
            if source is None:
                yield f"{name} = ''"
            else:
                text = self.reader.expression(source, self.scopes[-1].own)
                lost = f"{name} and {other}" if other else name  # unless carried by another row
                yield f"{name} = '' if {self.chosen[id(row)]} == {text} else {lost}"

    def _repaid(self, row: Row) -> Iterator[str]:
        """Write that a field of another segment was carried, which that segment's maps have not."""
        for source in row.sources:
            if self.ledger.lends(source, self.map):
                test = "X.lent"
                if len(row.sources) > 1:
                    text = self.reader.expression(source, self.scopes[-1].own)
                    test += f" and {self.chosen[id(row)]} == {text}"
                yield f"if {test}: X.repay({source.name!r}, {source.field})"

    def _stands(self, row: Row, why: str = ALREADY_FILLED, members: str | None = None) -> list[str]:
        """Write what is to be done where a row's value is not: another value stands there.

        ``members``: the variable that has those of a block's object which found no room.
        """
        lines = [f"{name} = {name} and {why!r}" for name, _ in self._flags(row)]
        for flag, copy, names in self.before.get(id(row), ()):
            test = f" if {any_in(sorted(names), members)} else {flag}" if members else ""
            lines.append(f"{flag} = {copy} and {why!r}{test}")
        return [*lines, *self._unpaid(row)] if why == ALREADY_FILLED else lines

    def _unpaid(self, row: Row) -> Iterator[str]:
        """Write that a part of another segment's field found no room, if no other row has it."""
        source = row.sources[0]
        if not source.component or not self.ledger.lends(source, self.map):
            return
        place = path(source)
        others = (r for r in flat(self.map.rows) if r is not row and not r.further)
        carrying = (r for r in others if r.literal is None and r.convert not in ASKING)
        read = (s for r in carrying for s in r.sources if s.name == source.name)
        if not any(place[: len(path(s))] == path(s)[: len(place)] for s in read):
            at = self.reader.location(source, None)
            yield f"X.unpaid({source.name!r}, {source.field}, {at})"

    def _keep_flags(self, row: Row) -> None:
        """Keep the flags that rows of a block may empty, where the block may find no room."""
        self.before[id(row)] = []
        if not self.rivals.may_stand(row, self.at):
            return
        found: dict[str, set[str]] = {}
        for inner in row.rows:
            table = self.tables.maps.get(inner.convert)
            poured = set(self.reading.sole(table)) if table is not None else set()
            members = {inner.target[0].name} if inner.target else poured
            for each in flat((inner,)):
                for name, _ in self._flags(each):
                    found.setdefault(name, set()).update(members)
        for flag, members in found.items():
            copy = self.out.fresh("s")
            self.out.line(f"{copy} = {flag}")
            self.before[id(row)].append(Before(flag, copy, frozenset(members)))
