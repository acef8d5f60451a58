"""Maps in, Python source out: one function a map, one a key; every row type-checked on the way.

Generated functions call `mappings.runtime` only. A segment map becomes ``f(fields, X, r)``, which
fills resource ``r``; a data type map becomes ``m(parts, X, L)``, which returns JSON or None. ``X``
is the `Context`, ``L`` a location.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mappings.compiler.account import Account, At, Rivals, ignored
from mappings.compiler.function import built, flat, function_name
from mappings.compiler.reading import Reader, is_segment
from mappings.compiler.reads import Reads, below, chosen, has, merged, path, repeats, used
from mappings.compiler.rows import Rows
from mappings.compiler.scope import Scope
from mappings.compiler.types import Place
from mappings.language.tree import Key, Map


#: Fields of MSH that say how to read the message, and which it is.
HEADER = frozenset({(1,), (2,), (9,), (10,)})


class Facts(NamedTuple):
    """What the walker must know of a map besides its code."""

    used: frozenset[int]  # fields some row reads
    erases: dict[int, tuple[str, ...]]  # field → top-level elements that "" deletes
    left_out: frozenset[int] = frozenset()  # fields left out on purpose
    surely: frozenset[int] = frozenset()  # fields carried or used whenever the map is run
    repeated: frozenset[int] = frozenset()  # of those, the ones with all their repetitions
    reads: Mapping[int, Reads] = {}  # field → the parts that rows read


class Generator(Rows):
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
        self.out.line(
            f"def {name}({'f, X, r' if segment else 'c, X, L'}{parameters}"
            f"{'' if segment else ', also=NOTHING'}):"
        )
        with self.out.block():
            self._body(table, place, segment)
        self._key(table, name, segment)
        if not segment:
            return Facts(self._used(table), {})
        return self._facts(table)

    def _body(self, table: Map, place: Place, segment: bool) -> None:
        out = self.out
        if not segment:
            self._beginning(table)
        elif self.explain:
            out.line(f"X.base = {table.target!r}")
        start, memos = len(out.lines), self.memos
        self.items, self.begun = {}, {"r": (start, out.depth)}
        self.filled = set()
        kin = [
            other for other in self.tables.maps.values()
            if other is not table and other.target == table.target and is_segment(other)
        ]  # fmt: skip
        self.again = segment and table.name in self.adding
        self.elsewhere = (
            {path.partition(".")[0] for other in kin for path in built(other.rows)}
            if self.again else set()
        )  # fmt: skip
        self.at, self.used, self.chosen = At((), place), list(used(table)), {}
        self.rivals = Rivals(table, kin if self.again else None, self.tables.maps, self.checker)
        self.shared = self._shared(table) if segment else frozenset()
        account = Account(table.rows, table.source, self.reading, self.rivals, self.at)
        self.account = account
        left_out = ignored(table) | (HEADER if table.source == "MSH" else frozenset())
        self._begin(Scope(account, list(account.flags(left_out, "u")), {}, None))
        self.reader.local = True
        for row in table.rows:
            self.row(row, place, "r", None)
        self.reader.local = False
        resets = sorted(
            ((at, depth, name) for name, (at, depth) in self.items.items()), reverse=True
        )
        for at, depth, name in resets:
            out.lines.insert(at, "    " * depth + f"{name} = None")
        if self.memos > memos:
            out.lines.insert(start, "    " * out.depth + "M = X.memo")
        self.borrowed |= self.reader.borrowed
        for field in sorted(self.reader.heads):
            out.lines.insert(start, "    " * out.depth + f"w{field} = head(f[{field}])")
        for other in sorted(self.reader.borrowed):
            out.lines.insert(
                start, "    " * out.depth + f"g_{other} = X.current.get({other!r}, NO_FIELDS)"
            )
        self._end()
        if segment:
            for field, reads in account.partly(self.used).items():
                out.line(f"if f[{field}]: X.pieces(f[{field}], {field}, {self._reads(reads)})")
        if not segment:
            self._ending(table)
        else:
            out.line("return None")

    def _beginning(self, table: Map) -> None:
        """Begin a data type's function: look for components that no row reads."""
        out = self.out
        others = (below((), path(s)) for s in used(table) if s.name == table.source)
        reads = merged([self.reading.of_map(table), *(part for part in others if part)])
        own = [s for row in flat(table.rows) for s in row.sources] + list(used(table))
        width = max((s.component for s in own if s.name == table.source), default=0)
        out.line("n = len(c)")
        if width:
            out.line(f"if n < {width}: c = c + [''] * ({width} - n)")
        if 0 not in reads:
            first = next(n for n in range(1, len(reads) + 2) if not has(reads, n))
            out.line(f"if n >= {first} and also is not None: "
                     f"lost(c, n, {self._reads(reads)}, X, L, also)")  # fmt: skip
        out.line("r = {}")

    def _shared(self, table: Map) -> frozenset[int]:
        """Fields that rows of other maps of this segment read too."""
        return frozenset(
            source.field
            for other in self.tables.maps.values()
            if other is not table and other.source == table.source
            for row in flat(other.rows)
            for source in row.sources if source.name == table.source
        )  # fmt: skip

    def _facts(self, table: Map) -> Facts:
        readers = self.account.readers
        fields = {path(s)[0] for s in readers if path(s)}
        whole = {path(s)[0]: known for s, known in readers.items() if len(path(s)) == 1}
        surely = {n for n, known in whole.items() if any(r.sure for r in known)}
        repeated = {
            n for n, known in whole.items() if any(r.sure and repeats(r.row) for r in known)
        }
        told = chosen(table.when) if table.when else ()
        surely |= {s.field for s in told if s.name == table.source}
        surely |= self._used(table) - fields  # what is used otherwise
        reads = {n: self.account.reads(n, self.used) for n in fields}
        left_out = frozenset(place[0] for place in ignored(table) if len(place) == 1)
        return Facts(
            self._used(table), self._erases(table), left_out, frozenset(surely),
            frozenset(repeated), reads,
        )  # fmt: skip

    def _ending(self, table: Map) -> None:
        """End a data type's function: what the codes in its answer are to be."""
        if table.target == "CodeableConcept":
            self.out.line("if X.site.concepts: local_concepts(r, X)")
        if table.target in {"CodeableConcept", "Coding"}:
            self.out.line("own_codes(r, X)")
        self.out.line("return r or None")

    def _used(self, table: Map) -> frozenset[int]:
        read = {s.field for row in flat(table.rows) for s in row.sources if s.name == table.source}
        return frozenset(read | {s.field for s in used(table) if s.name == table.source})

    def _erases(self, table: Map) -> dict[int, tuple[str, ...]]:
        erases: dict[int, tuple[str, ...]] = {}
        for row in table.rows:
            for source in row.sources:
                if source.name == table.source and row.target:
                    name = row.target[0].name.lstrip("_")
                    erases[source.field] = (*erases.get(source.field, ()), name)
        return erases

    def _key(self, table: Map, name: str, segment: bool) -> None:
        out = self.out
        out.line(f"def {name}_key({'f, X' if segment else 'c'}):")
        with out.block():
            for key in table.keys:
                self._key_parts(key)
            out.line("return None")

    def _key_parts(self, key: Key) -> None:
        names, tests = [], []
        for part, optional in zip(key.parts, key.optional, strict=True):
            options = []
            for source in part:
                if source.name.startswith("@"):
                    options.append(f"X.scope.key_of({source.name[1:]!r})")
                else:
                    options.append(self.reader.key_text(source))
            name = self.out.fresh("k")
            self.out.line(f"{name} = {' or '.join(options)}")
            names.append(name)
            if not optional:
                tests.append(name)
        test = " and ".join(tests) or " or ".join(names)
        self.out.line(f"if {test}: return ({', '.join(names)},)")
