"""Maps in, Python source out: one function a map, one a key; every row type-checked on the way.

Generated functions call `mappings.runtime` only. A segment map becomes ``f(fields, X, r)``, which
fills resource ``r``; a data type map becomes ``m(parts, X, L)``, which returns JSON or None. ``X``
is the `Context`, ``L`` a location.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby

from mappings.compiler import erasures
from mappings.compiler.account import ignored
from mappings.compiler.conditions import boolean, sources_of
from mappings.compiler.function import function_name
from mappings.compiler.ledger import Entry
from mappings.compiler.reading import Reader, is_segment
from mappings.compiler.reads import ALL, below, has, merged, path, tested, used
from mappings.compiler.remembering import Remembering
from mappings.compiler.sharing import Split
from mappings.compiler.types import Place
from mappings.compiler.watching import NOT_APPLICABLE, Scope
from mappings.language.nested import built, flat
from mappings.language.sets import values_of
from mappings.language.tree import Key, Map, Row
from mappings.runtime.state.carrying import Facts

# Most values and segments are shorter: what could only be read beyond is asked for together.
_LONG_VALUE = (3, 6, 9)
_LONG_SEGMENT = (10, 20, 30)
_PARTED = re.compile(r"\bp\d+_\d+_\d+\b")
_HEAD = re.compile(r"\bw\d+\b")
_SEVERAL = 3  # uses of a part of a value that are worth a variable


class Generator(Remembering):
    """Writes the functions of maps, one after the other."""

    def map_functions(self, table: Map) -> Facts:
        """Write the functions of `table`; return what the walker needs."""
        self.map, self.reader = table, Reader(table, self.out)
        place = self.checker.start(table.target, table.where)
        self.names = frozenset(
            step.name
            for other in self.tables.maps.values() if other.target == table.target
            for row in flat(other.rows) for step in row.target
        )  # fmt: skip
        self.entered = frozenset(
            path[:end]
            for other in self.tables.maps.values()
            if other is table or (other.target == table.target and is_segment(other))
            for path in built(other.rows)
            for end, letter in enumerate(path) if letter == "."
        )  # fmt: skip
        name = function_name(table.name)
        segment = is_segment(table)
        parameters = "".join(f", p_{p}" for p in table.parameters)
        parts = self._split(table)
        with self.out.function(
            f"{name}({'f, X, r' if segment else 'c, X, L'}{parameters}"
            f"{'' if segment else ', also=NOTHING'})"
        ):
            self._body(table, place, segment, parts)
        for kind, rows in (("shared", parts.shared), ("alike", parts.alike)):
            if rows:
                with self.out.function(f"{name}_{kind}(f, X, r)"):
                    self._rows(rows, place)
        self._key(table, name, segment)
        return self.ledger.facts(table) if segment else Facts(frozenset(), {})

    def _body(self, table: Map, place: Place, segment: bool, parts: Split) -> None:
        out, entry = self.out, self.ledger.of(table)
        if not segment:
            self._beginning(table)
            if self.explain:
                out.line(f"X.use({self._constant(repr(self.ledger.uses(table)))}, L)")
        elif self.explain:
            out.line(f"X.begin({table.target!r}, r)")
            if table.when is None:  # else the condition has told
                out.line(self.uses(table))
        self._shared(table, parts)
        self._rows(parts.others, place)
        self._alike(table, parts)
        erasures.write(table, self.tables, self.checker, self.reader, out)
        if segment:
            self._partly(entry)
            if parts.shared:
                out.line(f"return shared, {'alike' if parts.alike else None}")
            else:
                out.line("return None")
        else:
            self._ending(table, place)

    def uses(self, table: Map) -> str:
        """Write what a segment's map uses without carrying it over (``--explain``)."""
        return f"X.use({self._constant(repr(self.ledger.uses(table)))})" if self.explain else ""

    def _partly(self, entry: Entry) -> None:
        """Look for components that no row reads of the fields that are not read as a whole."""
        taken = entry.repeating(self.map.source)
        for field, reads in entry.account.partly(entry.used).items():
            test = f"'^' in f[{field}] or '~' in f[{field}]"
            if not all(has(reads, component) for component in (1, *reads)):
                test = f"f[{field}]"
            call = f"X.pieces(f[{field}], {field}, {self._reads(reads)})"
            if field in taken:
                first = f"f[{field}].partition('~')[0], ({field}, 0), '^', {self._reads(reads)}"
                none = f"{taken[field]} and ({field}, {self.map.name!r}) not in X.carried"
                call += f" if {none} else X.unread({first})"
            self.out.line(f"if {test}: {call}")

    def _rows(self, rows: tuple[Row, ...], place: Place) -> None:
        """Write rows, after the local variables they turn out to need."""
        out, entry = self.out, self.ledger.of(self.map)
        flags = entry.of(rows)
        self.at, self.rivals, self.used = entry.at, entry.rivals, entry.used
        self.again, self.chosen = entry.again, {}
        self.shared = self.ledger.shared(self.map)
        start, memos = len(out.lines), len(self.memos)
        self._begin(Scope(entry.account, flags, {}, None))
        self.items, self.begun = {}, {"r": (start, out.depth)}
        self.filled, self.reader.heads, self.reader.borrowed = set(), set(), set()
        self.reader.parted, self.reader.counted = {}, False
        self.reader.local = True
        if not self.reader.segment:
            self._unless_asked()
        self._grouped(rows, place, *(_LONG_SEGMENT if self.reader.segment else _LONG_VALUE))
        self._end()
        self.reader.local = False
        resets = sorted(
            ((at, depth, name) for name, (at, depth) in self.items.items()), reverse=True
        )
        for at, depth, name in resets:
            out.lines.insert(at, "    " * depth + f"{name} = None")
        margin = "    " * out.depth
        if self.reader.segment:
            out.lines.insert(start, f"{margin}n = X.length")
        if self.reader.counted:
            out.lines.insert(start, f"{margin}s = in_a_row(X)")
        if len(self.memos) > memos:
            out.lines.insert(start, f"{margin}M = X.memo")
        self._take_once(start)
        if self.reader.whole:  # joined once: it may be a PDF
            out.lines.insert(start, "    " * out.depth + "w = '^'.join(c)")
        for other in sorted(self.reader.borrowed):
            out.lines.insert(start, f"{margin}g_{other} = X.current.get({other!r}, NO_FIELDS)")

    def _take_once(self, start: int) -> None:
        """Take a part of a value once for all the lines that ask for it, if they are several."""
        heads = {
            f"w{number}": f"({self.reader.head(number)})" for number in sorted(self.reader.heads)
        }
        self._name(heads, _HEAD, start)
        self._name(self.reader.parted, _PARTED, start)

    def _name(self, taken: dict[str, str], names: re.Pattern[str], start: int) -> None:
        """Begin with the variables that are used often; write what the others stand for."""
        out = self.out
        text = "\n".join(out.lines[start:])
        uses = Counter(names.findall(text))
        alone = {name: code for name, code in taken.items() if uses[name] < _SEVERAL}
        out.lines[start:] = names.sub(lambda m: alone.get(m[0], m[0]), text).split("\n")
        for name, code in taken.items():
            if name not in alone:
                out.lines.insert(start, "    " * out.depth + f"{name} = {code}")

    def _grouped(self, rows: Iterable[Row], place: Place, *lengths: int) -> None:
        """Write rows; those that can say nothing of what is shorter are passed over together."""
        if not lengths:
            self._together(rows, place)
            return
        length, *more = lengths
        for long, group in groupby(rows, lambda row: self._needs(row) > length):
            together = list(group)
            with self._only(f"n > {length}" if long and len(together) > 1 else ""):
                self._grouped(together, place, *more)

    def _together(self, rows: Iterable[Row], place: Place) -> None:
        """Write rows; what neighbours ask alike is asked once."""
        for (field, _), group in groupby(rows, lambda row: (self._alone(row), str(row.when))):
            together = list(group)
            several = len(together) > 1
            when = together[0].when if several else None
            with (
                self._only(f"f[{field}]" if several and field else ""),
                self._only(boolean(when, self.reader, None) if when else ""),
            ):
                self.asked = {id(row) for row in together} if when else set()
                for row in together:
                    self.row(row, place, "r", None)

    def _needs(self, row: Row) -> int:
        """Return how many fields (or components) there must be for a row to say anything."""
        names = {source.name for source in row.sources}
        if names != {self.map.source}:
            return 0
        return min(s.field if self.reader.segment else s.component for s in row.sources)

    def _alone(self, row: Row) -> int:
        """Return the one field, of this segment, that a row reads; 0 if it reads more or others."""
        source, *others = row.sources
        return source.field if not others and source.name == self.map.source else 0

    @contextmanager
    def _only(self, condition: str) -> Iterator[None]:
        """Write what is to be run under a condition, if there is one."""
        if condition:
            self.out.line(f"if {condition}:")
            with self.out.block():
                yield
        else:
            yield

    def _beginning(self, table: Map) -> None:
        """Begin a data type's function: look for components that no row reads."""
        out = self.out
        others = (below((), path(s)) for s in used(table) if s.name == table.source)
        reads = merged([self.reading.of_map(table), *(part for part in others if part)])
        own = [s for row in flat(table.rows) for s in row.sources]
        own += [*used(table), *tested(table)]
        width = max((s.component for s in own if s.name == table.source), default=0)
        out.line("n = len(c)")
        if width:
            out.line(f"if n < {width}: c = c + [''] * ({width} - n)")
        if 0 not in reads:
            known = max(reads, default=0)
            parted = tuple(n for n in range(1, known + 1) if not has(reads, n))
            out.line(
                f"if n >= {(*parted, known + 1)[0]} and also is not None: "
                f"lost(c, n, {parted}, {known}, {self._reads(reads)}, X, L, also)"
            )  # fmt: skip
        out.line("r = {}")

    def _unless_asked(self) -> None:
        """Make nothing of a value of which a data type's map asks what does not hold."""
        if self.map.when is None:
            return
        left = {number for number, *deeper in ignored(self.map) if not deeper}
        reads = self.reading.of_map(self.map)
        parts = self._reads({number: ALL for number in reads if number not in left})
        self.out.line(f"if not {boolean(self.map.when, self.reader, None)}:")
        self.out.line(f"    X.miss_parts({NOT_APPLICABLE!r}, L, '^'.join(c), '^', {parts})")
        self.out.line("    return None")

    def _ending(self, table: Map, place: Place) -> None:
        """End a data type's function: what codes are to be, whether a resource may stand."""
        if table.target == "CodeableConcept":
            which = ", L" if self.explain else ""
            self.out.line(f"if X.site.concepts: local_concepts(r, X{which})")
        if table.target in {"CodeableConcept", "Coding"}:
            self.out.line("own_codes(r, X)")
        if self._is_resource(table):
            tests = self._required(place, "r", table.rows, table.rows)
            if tests:
                self.out.line(f"if not ({' and '.join(tests)}):")
                self.out.line("    if r: X.say('warning', 'incomplete', L)")
                self.out.line("    return None")
        self.out.line("return r or None")

    def _key(self, table: Map, name: str, segment: bool) -> None:
        out = self.out
        with out.function(f"{name}_key({'f' if segment else 'c'}, X)"):
            asked = [s for key in table.keys if key.when for s in sources_of(key.when)]
            if asked and not segment:  # a value may end before the component that is asked for
                most = max(max(path(source), default=0) for source in asked)
                out.line(f"c = c + [''] * ({most} - len(c))")
            known: dict[str, str] = {}  # keys often begin alike
            for key in table.keys:
                with self._only(boolean(key.when, self.reader, None) if key.when else ""):
                    known |= self._key_parts(key, known)
            out.line("return None")

    def _licences(self) -> str:
        """Return the name of the constant that has the tables' set of licences."""
        values = values_of("licences", self.tables)
        return self._constant(f"frozenset({sorted(values)!r})")

    def _key_parts(self, key: Key, known: dict[str, str]) -> dict[str, str]:
        """Write a key; return the names of its parts by their texts, if they are always there."""
        names, tests, more = [], [], {}
        licences = self._licences() if "XCN" in key.types else ""
        for part, optional, type_ in zip(key.parts, key.optional, key.types, strict=True):
            options = [
                self.reader.identifier(source, type_, licences) if type_
                else self.reader.key_text(source)
                for source in part
            ]  # fmt: skip
            text = " or ".join(options)
            if text not in known:
                more[text] = self.out.fresh("k")
                self.out.line(f"{more[text]} = {text}")
            name = known.get(text) or more[text]
            names.append(name)
            if not optional:
                tests.append(name)
        test = " and ".join(tests) or " or ".join(names)
        self.out.line(f"if {test}: return ({', '.join(names)},)")
        return {} if key.when else more
