"""Maps in, Python source out: one function a map, one a key; every row type-checked on the way.

Generated functions call `mappings.runtime` only. A segment map becomes ``f(fields, X, r)``, which
fills resource ``r``; a data type map becomes ``m(parts, X, L)``, which returns JSON or None. ``X``
is the `Context`, ``L`` a location.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from mappings.compiler import literals
from mappings.compiler.conditions import boolean
from mappings.compiler.reading import Reader, Value
from mappings.compiler.types import PRIMITIVES, Checker, Element, Place
from mappings.compiler.writer import Writer
from mappings.language.tree import Key, Map, Row, Source, Step, TableError, Tables, Where
from mappings.runtime.functions import FUNCTIONS
from mappings.runtime.values import CONVERTERS

STRINGS = frozenset({"string", "markdown"})
SHARED_BLOCKS = frozenset({"Observation.referenceRange"})
SHARED = frozenset({"CodeableConcept", "Coding", "Quantity"})  # vocabulary, not patient content


class Facts(NamedTuple):
    """What the walker must know of a map besides its code."""

    used: frozenset[int]  # fields some row reads
    erases: dict[int, tuple[str, ...]]  # field → top-level elements that "" deletes


def function_name(map_name: str) -> str:
    """``PID[Patient]`` → ``PID_Patient``."""
    return re.sub(r"\W+", "_", map_name).strip("_")


class Generator:
    """Generates the functions of one map."""

    def __init__(self, tables: Tables, checker: Checker, weak: frozenset[str], explain: bool):
        self.tables = tables
        self.checker = checker
        self.weak = weak  # "Type.element" that some default row may fill
        self.explain = explain
        self.out = Writer()
        self.map: Map = None  # type: ignore[assignment]  # set by `map_functions`
        self.reader: Reader = None  # type: ignore[assignment]
        self.guarded: dict[int, str] = {}
        self.says = "bad"  # what is said of a value that does not parse: bad, or kept as text
        self.names: frozenset[str] = frozenset()  # of elements in all maps of the target
        self.memos = 0
        self.borrowed: set[str] = set()  # segments that other segments' maps read
        self.filled: set[str] = set()  # elements that rows so far may have filled
        self.elsewhere: set[str] = set()  # elements that other segments fill in the same resource
        self.unset = ""  # the element that is known not to be filled yet
        self.items: dict[str, tuple[int, int]] = {}  # labelled items → where they are reset
        self.begun: dict[str, tuple[int, int]] = {}  # objects → the line after they are begun
        self.entered: frozenset[str] = frozenset()  # elements some row builds into

    # -- whole maps ----------------------------------------------------------------------------

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
            if other is table or (other.target == table.target and self.is_segment(other))
            for path in _built(other.rows)
            for end, letter in enumerate(path) if letter == "."
        )  # fmt: skip
        name = function_name(table.name)
        segment = self.is_segment(table)
        parameters = "".join(f", p_{p}" for p in table.parameters)
        self.out.line(
            f"def {name}({'f, X, r' if segment else 'c, X, L'}{parameters}"
            f"{'' if segment else ', check=True'}):"
        )
        with self.out.block():
            self._body(table, place, segment)
        self._key(table, name, segment)
        return Facts(self._used(table), self._erases(table) if segment else {})

    def is_segment(self, table: Map) -> bool:
        """Whether the map reads a segment (its rows name fields) and not a data type."""
        return any(
            s.name == table.source and s.field for row in flat(table.rows) for s in row.sources
        )

    def _body(self, table: Map, place: Place, segment: bool) -> None:
        out = self.out
        self.guarded = {}
        if segment:
            self._guards(table)
        else:
            used = self._components(table)
            if used is not None:
                unused = tuple(k - 1 for k in range(1, max(used) + 1) if k not in used)
                out.line("n = len(c)")
                out.line(f"if n < {max(used)}: c = c + [''] * ({max(used)} - n)")
                out.line(f"if n > {unused[0] if unused else max(used)} and check: "
                         f"lost(c, n, {unused!r}, {max(used)}, X, L)")  # fmt: skip
            out.line("r = {}")
        start, memos = len(out.lines), self.memos
        self.items, self.begun = {}, {"r": (start, out.depth)}
        self.filled = set()
        self.elsewhere = {
            path.partition(".")[0]
            for other in self.tables.maps.values()
            if other is not table and other.target == table.target and self.is_segment(other)
            for path in _built(other.rows)
        }
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
        for field, flag in self.guarded.items():
            out.line(
                f"if f[{field}] and not {flag}: X.say('information', 'not-applicable', {field})"
            )
        if not segment:
            if table.target == "CodeableConcept":
                out.line("if X.site.concepts: local_concepts(r, X)")
            out.line("return r or None")
        else:
            out.line("return None")

    def _guards(self, table: Map) -> None:
        """Fields whose every row is conditional: if none fires, that is a finding."""
        rows: dict[int, list[Row]] = {}
        for row in table.rows:
            for source in row.sources:
                if source.name == table.source and source.field:
                    rows.setdefault(source.field, []).append(row)
        ignored = {word for word, _ in table.ignored}
        for field, found in rows.items():
            if f"{table.source}-{field}" in ignored:
                continue
            if all(row.when is not None and row.by is None for row in found):
                flag = self.guarded[field] = f"u{field}"
                self.out.line(f"{flag} = False")

    def _components(self, table: Map) -> set[int] | None:
        """Components some row reads, its own or a map's it hands the whole value to.

        None if no row reads a component: then the maps it hands the value to look for losses.
        """
        found = {
            s.component for row in flat(table.rows) for s in row.sources
            if s.name == table.source and s.component
        }  # fmt: skip
        if not found:
            return None
        for row in flat(table.rows):
            if row.sources[0] == Source(table.source) and row.convert in FUNCTIONS:
                found |= set(FUNCTIONS[row.convert].consumes)
            if row.sources[0] == Source(table.source) and row.convert in self.tables.maps:
                found |= self._components(self.tables.maps[row.convert]) or set()
        found |= {int(w.partition(".")[2] or 0) for w, _ in table.ignored}
        return found | _tested(table)

    def _used(self, table: Map) -> frozenset[int]:
        used = {s.field for row in flat(table.rows) for s in row.sources if s.name == table.source}
        used |= {row.by.field for row in flat(table.rows) if row.by and row.by.name == table.source}
        used |= {s.field for key in table.keys for part in key.parts for s in part
                 if s.name == table.source}  # fmt: skip
        used |= {int(w.partition("-")[2] or 0) for w, _ in table.ignored}
        return frozenset(used)

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

    # -- rows ----------------------------------------------------------------------------------

    def row(self, row: Row, place: Place, holder: str, own: Value | None) -> None:
        """Write one row that builds into `holder` at `place`; `own` is the enclosing value."""
        out = self.out
        out.line(f"# {row.where}")
        if row.by is not None:
            with self._when(row, own):
                self._by(row, place, holder, own)
            return
        with self._when(row, own), self._unless_set(row, place, holder):
            self._row(row, place, holder, own)

    @contextmanager
    def _unless_set(self, row: Row, place: Place, holder: str) -> Iterator[None]:
        """Skip a row whose element an earlier row has filled: the first that has a value wins."""
        path = row.path
        plain = path and "." not in path and row.target[0].mark is None and holder == "r"
        if plain and path in self.filled and f"{place}.{path}" not in self.weak:
            self.out.line(f"if {path!r} not in r:")
            with self.out.block():
                self.unset = path
                yield
        else:
            first = plain and path not in self.filled | self.elsewhere
            self.unset = path if first else ""
            yield
        self.unset = ""
        if plain:
            self.filled.add(path)

    @contextmanager
    def _when(self, row: Row, own: Value | None) -> Iterator[None]:
        if row.when is None:
            yield
        else:
            self.out.line(f"if {boolean(row.when, self.reader, own)}:")
            with self.out.block():
                yield

    def _row(self, row: Row, place: Place, holder: str, own: Value | None) -> None:
        end, element = self.checker.resolve(place, row.target, row.where)
        out = self.out
        if row.sources[0].name == "-":
            if row.rows:
                self._block(row, end, place, holder, None)
            elif row.convert in FUNCTIONS:
                nothing = Value("''", "component", "L" if not self.reader.segment else "0")
                made = self._convert(row, element, end, nothing)
                out.line(f"if {made} is not None:")
                with out.block():
                    self._assign(row, place, holder, made, nothing.location)
            elif row.literal is None:
                raise TableError(row.where, "a row without a source needs a constant: = …")
            else:
                self._literal(row, element, place, holder, "0")
            return
        if row.sources[0].name.startswith("@"):
            self._resource(row, element, end, place, holder)
            return
        value = self.reader.read(row.sources, own, row.where)
        appended = any(step.mark == "" for step in row.target)
        whole = row.convert in FUNCTIONS and FUNCTIONS[row.convert].whole
        if value.level != "field" or whole:
            out.line(f"if {value.name}:")
            with out.block():
                self._make(row, element, end, place, holder, value)
        elif appended:
            out.line(f"if {value.name}:")
            with out.block():
                item, number = out.fresh("q"), out.fresh("i")
                out.line(f"for {number}, {item} in enumerate({value.name}.split('~')) "
                         f"if '~' in {value.name} else ((0, {value.name}),):")  # fmt: skip
                with out.block():
                    out.line(f"if not {item}: continue")
                    rep = Value(item, "repetition", f"({value.location}, {number})")
                    self._make(row, element, end, place, holder, rep)
        else:
            out.line(f"if {value.name}:")
            with out.block():
                item = out.fresh("q")
                out.line(f"{item} = X.repetition({value.name}, {value.location}) "
                         f"if '~' in {value.name} else {value.name}")  # fmt: skip
                rep = Value(item, "repetition", f"({value.location}, 0)")
                self._make(row, element, end, place, holder, rep)

    def _resource(
        self, row: Row, element: Element | None, end: Place, place: Place, holder: str
    ) -> None:
        """Refer to the nearest resource of a type: ``Condition  condition``."""
        type_ = row.sources[0].name[1:]
        if element is None or element.type != "Reference":
            raise TableError(row.where, f"{type_} is a resource; {end} is no Reference")
        if not {"Resource", type_} & set(element.targets or ("Resource",)):
            raise TableError(row.where, f"{end} cannot refer to a {type_}")
        made = self.out.fresh("x")
        self.out.line(f"{made} = X.scope.reference({type_!r})")
        self.out.line(f"if {made} is not None:")
        with self.out.block():
            self._assign(row, place, holder, made, "0")

    def _make(
        self, row: Row, element: Element | None, end: Place, place: Place, holder: str, value: Value
    ) -> None:
        """Convert `value` and put it where the row says."""
        if row.rows:
            self._block(row, end, place, holder, value)
            return
        if row.literal is not None:
            self._literal(row, element, place, holder, value.location)
            return
        made = self._remembered(row, element, end, value)
        self.out.line(f"if {made} is not None:")
        with self.out.block():
            self._assign(row, place, holder, made, value.location)

    def _remembered(self, row: Row, element: Element | None, end: Place, value: Value) -> str:
        """Convert a coded value once for all messages, where nothing was lost in it.

        What is remembered is shared, so no other row may build into it afterwards.
        """
        table = self.tables.maps.get(row.convert)
        if (
            table is None or table.target not in SHARED or table.parameters or self.explain
            or value.level not in {"repetition", "component"} or row.path in self.entered
        ):  # fmt: skip
            return self._convert(row, element, end, value)
        out, found = self.out, self.out.fresh("m")
        out.line(f"{found} = M[{self.memos}].get({value.name})")
        out.line(f"if {found} is None:")
        memo, self.memos = self.memos, self.memos + 1
        with out.block():
            before = out.fresh("n")
            out.line(f"{before} = len(X.findings)")
            made = self._convert(row, element, end, value)
            out.line(f"if {made} is not None and len(X.findings) == {before}: "
                     f"remember(M[{memo}], {value.name}, {made})")  # fmt: skip
            out.line(f"{found} = {made}")
        return found

    def _convert(self, row: Row, element: Element | None, end: Place, value: Value) -> str:
        out, made = self.out, self.out.fresh("x")
        type_ = element.type if element is not None else end.type
        if row.convert in FUNCTIONS:
            function = FUNCTIONS[row.convert]
            if element is not None and type_ not in function.types:
                raise TableError(row.where, f"{row.convert} makes no {type_}")
            arguments = "".join(f", {self._argument(a.text)}" for a in row.arguments)
            call = "text_lines" if row.convert == "text()" else row.convert[:-2]
            out.line(f"{made} = {call}({value.name}, X, {value.location}{arguments})")
        elif row.convert:
            self._call(row, element, end, value, made)
        elif type_ in PRIMITIVES:
            self._primitive(row, element, type_, value, made)
            return made
        else:
            raise TableError(row.where, f"say how to make a {type_}: e.g. CWE[{type_}]")
        if row.codes or row.table:
            self._coded(row, made, value)
        return made

    def _call(self, row: Row, element: Element | None, end: Place, value: Value, made: str) -> None:
        table = self.tables.maps.get(row.convert)
        if table is None:
            raise TableError(row.where, f"there is no map {row.convert}")
        parts = self.reader.parts(value)
        name = function_name(table.name)
        if len(row.arguments) != len(table.parameters):
            raise TableError(row.where, f"{table.name} takes {len(table.parameters)} arguments")
        arguments = "".join(f", {self._argument_literal(a)}" for a in row.arguments)
        if table.target in self.checker.definitions.resource_types:
            if element is None or element.type != "Reference":
                raise TableError(row.where, f"{table.name} makes a resource; this is no Reference")
            if not {"Resource", table.target} & set(element.targets or ("Resource",)):
                raise TableError(row.where, f"{end} cannot refer to a {table.target}")
            self.out.line(f"{made} = X.cache.get(({name}, {value.name}), UNKNOWN)")
            self.out.line(f"if {made} is UNKNOWN:")
            with self.out.block():
                self.out.line(
                    f"{made} = X.cache[{name}, {value.name}] = X.refer({table.target!r}, {name}, "
                    f"{name}_key, {value.name}, {parts}, {value.location}, {table.home!r}, "
                    f"{table.replace})"
                )
            return
        wanted = (
            str(end)
            if element is None or element.type in {"BackboneElement", "Element"}
            else (element.type)
        )
        if table.target not in {wanted, str(end)} and not (
            wanted in {"Quantity", "SimpleQuantity", "Duration", "Age"}
            and table.target in {"Quantity", "SimpleQuantity", "Duration", "Age"}
        ):
            raise TableError(row.where, f"{table.name} makes a {table.target}, {end} is a {wanted}")
        own = not self.reader.segment and row.sources[0] == Source(self.map.source)
        check = self._components(self.map) is None if own else True
        self.out.line(f"{made} = {name}({parts}, X, {value.location}{arguments}, check={check})")

    def _argument(self, name: str) -> str:
        if name.startswith("$"):
            return f"p_{name[1:]}"
        return repr(name)

    def _argument_literal(self, literal: literals.Literal) -> str:
        if literal.text.startswith("$"):
            return f"p_{literal.text[1:]}"
        system = literals.system_uri(self.tables, literal.system, self.map.where)
        return repr((system, literal.text))

    def _primitive(
        self, row: Row, element: Element | None, type_: str, value: Value, made: str
    ) -> None:
        out, raw = self.out, value.name
        if value.level == "repetition":
            raw = out.fresh("t")
            out.line(f"{raw} = X.first({value.name}, {value.location}[0]) "
                     f"if '^' in {value.name} else {value.name}")  # fmt: skip
        if row.codes:
            table = self.tables.codes.get(row.codes)
            if table is None:
                raise TableError(row.where, f"there is no code table {row.codes}")
            self._check_binding(row, element, {c.target for c in table.codes.values()})
            out.line(
                f"{made} = map_code({literals.table_name(row.codes)}, {raw}, X, {value.location})"
            )
            return
        if type_ not in CONVERTERS:
            raise TableError(row.where, f"a {type_} cannot be made from text")
        convert, zoned = CONVERTERS[type_]
        if element is not None and element.binding is not None and type_ == "code":
            raise TableError(row.where, "a required value set binds this element: add codes …")
        out.line(f"{made} = {convert.__name__}({raw}{', X.offset' if zoned else ''})")
        if type_ not in STRINGS:
            out.line(f"if {made} is None: X.{self.says}({value.location}, {type_!r})")

    def _coded(self, row: Row, made: str, value: Value) -> None:
        if row.codes:
            table = self.tables.codes.get(row.codes)
            if table is None:
                raise TableError(row.where, f"there is no code table {row.codes}")
            name = literals.table_name(row.codes)
            self.out.line(f"{made} = coded({made}, {name}, X, {value.location})")
        else:
            uri = literals.v2_table(row.table)
            self.out.line(f"{made} = in_table({made}, {uri!r})")

    def _check_binding(self, row: Row, element: Element | None, codes: set[str]) -> None:
        if element is None or element.binding is None:
            return
        wrong = sorted(c for c in codes if c and c not in element.binding)
        if wrong:
            raise TableError(row.where, f"{', '.join(wrong)} not in the required value set")

    # -- constants, blocks, choices ------------------------------------------------------------

    def _literal(
        self, row: Row, element: Element | None, place: Place, holder: str, at: str
    ) -> None:
        assert row.literal is not None
        if element is None:
            raise TableError(row.where, "a constant needs an element to stand in")
        text = literals.expression(self.tables, row, element, self.map.parameters)
        made = self.out.fresh("x")
        self.out.line(f"{made} = {text}")
        if element.type == "code" and not row.literal.text.startswith("$"):
            self._check_binding(row, element, {row.literal.text})
        self._assign(row, place, holder, made, at)

    def _block(self, row: Row, end: Place, place: Place, holder: str, value: Value | None) -> None:
        """Write an object built by nested rows: it stands only if its own value gave something."""
        if value is not None and value.level == "repetition" and self._is_vocabulary(row, end):
            self._remembered_block(row, end, place, holder, value)
            return
        made, guard = self._object(row, end, place, value)
        self.out.line(guard)
        with self.out.block():
            self._complete(row, end, made, value)
            at = value.location if value else "0"
            self._assign(row, place, holder, made, at, is_item=True)

    def _is_vocabulary(self, row: Row, end: Place) -> bool:
        """Whether a block depends on its value alone, and is no patient content."""
        return (
            not self.explain
            and str(end) in SHARED_BLOCKS
            and not any(r.when or r.by or r.rows or r.codes for r in row.rows)
            and all(r.sources[0].name in {"", "-"} for r in row.rows)
            and not any(r.convert in self.tables.maps for r in row.rows)
        )

    def _remembered_block(
        self, row: Row, end: Place, place: Place, holder: str, value: Value
    ) -> None:
        out, found, memo = self.out, self.out.fresh("m"), self.memos
        self.memos += 1
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
        for nested in self._parts(row, value)[0]:
            self.row(nested, end, made, value)
        if not self._parts(row, value)[0]:
            return made, "if True:"
        return made, f"if len({made}) > {1 if url else 0}:"

    def _complete(self, row: Row, end: Place, made: str, value: Value | None) -> None:
        """Add to a block's object what is not from its own value."""
        for nested in self._parts(row, value)[1]:
            self.row(nested, end, made, value)

    def _parts(self, row: Row, value: Value | None) -> tuple[list[Row], list[Row]]:
        """Return a block's rows: those that decide whether it stands, and the others."""
        constants = [r for r in row.rows if r.sources[0].name == "-"]
        others = [r for r in row.rows if r.sources[0].name != "-"]
        if value is None:
            return others, constants
        first = [r for r in others if self._own(r, value)]
        return first, [r for r in others if r not in first] + constants

    def _own(self, row: Row, value: Value | None) -> bool:
        source = row.sources[0]
        return (
            value is None
            or source.name == ""
            or (not self.reader.segment and source.name == self.map.source)
        )

    def _by(self, row: Row, place: Place, holder: str, own: Value | None) -> None:
        """Cases by another field's value; the first row that yields a value wins."""
        assert row.by is not None
        out = self.out
        value = self.reader.read(row.sources, own, row.where)
        chooser = out.fresh("k")
        out.line(f"{chooser} = {self.reader.text(row.by, own)}")
        out.line(f"while {value.name}:")
        with out.block():
            otherwise = any(case.cases == ("otherwise",) for case in row.rows)
            for case in row.rows:
                self.says = "kept" if otherwise and case.cases != ("otherwise",) else "bad"
                if len(case.cases) > 1:
                    out.line(f"if {chooser} in {case.cases!r}:")
                elif case.cases != ("otherwise",):
                    out.line(f"if {chooser} == {case.cases[0]!r}:")
                else:
                    out.line("if True:")
                with out.block(), self._when(case, value):
                    out.line(f"# {case.where}")
                    self._case(case, place, holder, value)
            self.says = "bad"
            out.line(f"X.say('warning', 'bad-value', {value.location}, 'no row of the table fits')")
            out.line("break")

    def _case(self, case: Row, place: Place, holder: str, value: Value) -> None:
        out = self.out
        end, element = self.checker.resolve(place, case.target, case.where)
        whole = case.convert in FUNCTIONS and FUNCTIONS[case.convert].whole
        if value.level == "field" and any(step.mark == "" for step in case.target):
            item, number = out.fresh("q"), out.fresh("i")
            out.line(f"for {number}, {item} in enumerate({value.name}.split('~')):")
            with out.block():
                out.line(f"if not {item}: continue")
                each = Value(item, "repetition", f"({value.location}, {number})")
                self._make(case, element, end, place, holder, each)
            out.line(f"if {case.target[0].name!r} in {holder}: break")
            return
        if value.level == "field" and not whole:
            item = out.fresh("q")
            out.line(f"{item} = X.repetition({value.name}, {value.location}) "
                     f"if '~' in {value.name} else {value.name}")  # fmt: skip
            value = Value(item, "repetition", f"({value.location}, 0)")
        if case.rows:
            self._block(case, end, place, holder, value)
            name = case.target[0].name
            out.line(f"if {name!r} in {holder}: break")
            return
        if case.literal is not None:
            self._literal(case, element, place, holder, value.location)
            out.line("break")
            return
        made = self._remembered(case, element, end, value)
        out.line(f"if {made} is not None:")
        with out.block():
            self._assign(case, place, holder, made, value.location, own=False)
            out.line("break")

    # -- putting values where they belong ------------------------------------------------------

    def _assign(
        self, row: Row, place: Place, holder: str, made: str, at: str, is_item: bool = False,
        own: bool = True,
    ) -> None:  # fmt: skip
        """Put `made` where the row says; `own` if other rows may have built there before."""
        out = self.out
        *path, last = row.target or (None,)
        inside = place.type == "Extension"
        base, done = holder, ""
        guards = self._choices(row, place) if own else {}
        depth = out.depth
        for number, step in enumerate(path):
            assert step is not None
            done += f".{step}"
            if number in guards:
                out.line(f"if not ({_any_in(guards[number], holder)}):")
                out.depth += 1
            holder = self._descend(step, holder, row.where, inside, base, done)
            inside = inside or step.name.lower().endswith("extension")
        if last is not None and len(path) in guards:
            out.line(f"if not ({_any_in(guards[len(path)], holder)}):")
            out.depth += 1
        if last is None:
            out.line(f"fill({holder}, {made})")
        elif self._extension_url(last, row.where, inside) and not is_item:
            raise TableError(row.where, "say which value of the extension: .value…")
        elif last.mark is not None:
            url = self._extension_url(last, row.where, inside)
            out.line(self._to_list(last, url, holder, base, done, made))
        elif last.name == "end" and self._ends_period(row, place):
            out.line(f"period_end({holder}, {made}, X, {at})")
        else:
            self._scalar(row, place, holder, last.name, made, not path)
        out.depth = depth
        self._note(row, place, at)

    def _to_list(
        self, step: Step, url: str | None, holder: str, base: str, done: str, made: str
    ) -> str:
        """Write what puts a value into a list: as a new item, the n-th, or a labelled one."""
        if step.mark and step.mark.isdigit():
            return f"fill(nth({holder}, {step.name!r}, {step.mark}), {made})"
        if step.mark and not url:
            return f"fill({self._item(step, holder, base, f'{done}.{step}')}, {made})"
        return f"add({holder}, {step.name!r}, {made})"

    def _note(self, row: Row, place: Place, at: str) -> None:
        """Write what remembers that a row yielded a value."""
        for source in row.sources:
            if source.name == self.map.source and source.field in self.guarded:
                self.out.line(f"{self.guarded[source.field]} = True")
        if self.explain:
            label = f"{row.where}@{row.where.layer}"
            self.out.line(f"X.trace(r, {str(place) + '.' + row.path!r}, {at}, {label!r})")

    def _choices(self, row: Row, place: Place) -> dict[int, list[str]]:
        """Return steps of the target at which another row may have taken another type: which."""
        found: dict[int, list[str]] = {}
        for number, step in enumerate(row.target):
            if step.name.startswith("_") or "xtension" in step.name:
                break
            _, element = self.checker.resolve(place, row.target[: number + 1], row.where)
            if element is not None and element.choice:
                choice = element.choice
                others = [n for n in self.names if n.startswith(choice) and n != step.name]
                if others:
                    found[number] = sorted(others)
        return found

    def _ends_period(self, row: Row, place: Place) -> bool:
        above, _ = self.checker.resolve(place, row.target[:-1], row.where)
        return above.type == "Period" and not above.path

    def _scalar(self, row: Row, place: Place, holder: str, name: str, made: str, top: bool) -> None:
        """Set an element once; an assumption (``default``) gives way to anything known."""
        out = self.out
        if top and row.default:
            if place.path:
                raise TableError(row.where, "'default' is for elements of a resource")
            # What a field suggests is worth more than a constant assumed before.
            weaker = f" or {name!r} in X.weak" if row.sources[0].name != "-" else ""
            out.line(f"if {name!r} not in {holder}{weaker}: {holder}[{name!r}] = {made}; "
                     f"X.weak.add({name!r})")  # fmt: skip
        elif top and f"{place}.{name}" in self.weak:
            out.line(f"if {name!r} not in {holder} or {name!r} in X.weak: "
                     f"{holder}[{name!r}] = {made}; X.weak.discard({name!r})")  # fmt: skip
        elif top and name == self.unset and holder == "r":
            out.line(f"r[{name!r}] = {made}")
        else:
            out.line(f"if {name!r} not in {holder}: {holder}[{name!r}] = {made}")

    def _descend(
        self, step: Step, holder: str, where: Where, inside: bool, base: str, path: str
    ) -> str:
        below = self.out.fresh("h")
        url = self._extension_url(step, where, inside)
        if url:
            call = f"extension({holder}, {step.name!r}, {url!r})"
        elif step.mark is None:
            call = f"child({holder}, {step.name!r})"
        elif step.mark == "":
            call = f"fresh({holder}, {step.name!r})"
        elif step.mark.isdigit():
            call = f"nth({holder}, {step.name!r}, {step.mark})"
        else:
            return self._item(step, holder, base, path)
        self.out.line(f"{below} = {call}")
        return below

    def _item(self, step: Step, holder: str, base: str, path: str) -> str:
        """Return the local variable of a labelled item, which is made when first needed.

        It is reset wherever the object it belongs to is begun (`base`), so that no item survives
        from one repetition to the next.
        """
        name = "i_" + re.sub(r"[^a-zA-Z0-9]+", "_", f"{base}_{path}")
        self.items[name] = self.begun[base]
        self.out.line(f"if {name} is None: {name} = fresh({holder}, {step.name!r})")
        return name

    def _extension_url(self, step: Step, where: Where, inside: bool = False) -> str | None:
        """Return the URL of an ``extension[name]`` step; inside another, names are URLs."""
        if step.name not in {"extension", "modifierExtension"}:
            return None
        if not step.mark:
            raise TableError(where, "name the extension: extension[…]")
        url = self.tables.names.get("extensions", {}).get(step.mark)
        if url is None and not inside:
            raise TableError(where, f"no extension is called {step.mark!r}: add it to extensions")
        return url or step.mark


def _any_in(names: list[str], holder: str) -> str:
    return " or ".join(f"{name!r} in {holder}" for name in names)


def _built(rows: tuple[Row, ...]) -> Iterator[str]:
    """Yield the paths that rows build at; what is nested in a row builds into its own object."""
    for row in rows:
        if row.by is not None:
            yield from _built(row.rows)
        else:
            yield row.path


def flat(rows: tuple[Row, ...]) -> Iterator[Row]:
    """Yield rows and the rows nested in them."""
    for row in rows:
        yield row
        yield from flat(row.rows)


def _tested(table: Map) -> set[int]:
    """Components that only conditions read: reading them there is using them."""
    from mappings.compiler.conditions import sources_of

    found: set[Source] = set()
    for row in flat(table.rows):
        if row.when is not None:
            found |= sources_of(row.when)
    return {s.component for s in found if s.name == table.source and s.component}
