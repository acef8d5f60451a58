"""Rows in, their lines out: conditions, repetitions, choices by another field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mappings.compiler.account import Account
from mappings.compiler.blocks import Blocks
from mappings.compiler.conditions import boolean
from mappings.compiler.function import function_name
from mappings.compiler.reading import Value
from mappings.compiler.reads import ASKING, TOTAL
from mappings.compiler.types import Element, Place
from mappings.compiler.watching import ALREADY_FILLED, BAD_VALUE, Scope
from mappings.language.nested import flat
from mappings.language.tree import Map, Row, TableError
from mappings.runtime.functions.registry import FUNCTIONS

#: Functions of values that have no parts, or they make nothing.
ALONE = frozenset(f for f, function in FUNCTIONS.items() if not function.consumes)


class Rows(Blocks):
    """Writes rows."""

    def row(self, row: Row, place: Place, holder: str, own: Value | None) -> None:
        """Write one row that builds into `holder` at `place`; `own` is the enclosing value."""
        self.out.line(f"# {row.where}")
        with self._when(row, own), self._marked():
            if row.by is not None:
                self._by(row, place, holder, own)
            elif row.further:
                self._further(row, place, holder)
            else:
                with self._unless_set(row, place, holder, own):
                    self._row(row, place, holder, own)

    def _further(self, row: Row, place: Place, holder: str) -> None:
        """Write a row that makes an item of each repetition of a field but the first.

        Nothing else reads these: the map that makes the items answers for all they hold.
        """
        end, element = self.checker.resolve(place, row.target, row.where)
        out, value = self.out, self.reader.read(row.sources, None, row.where)
        out.line(f"if '~' in {value.name}:")
        with out.block():
            item, number = out.fresh("q"), out.fresh("i")
            out.line(f"for {number}, {item} in enumerate({value.name}.split('~')):")
            with out.block():
                out.line(f"if not ({number} and {item}): continue")
                each = Value(item, "repetition", f"({value.location}, {number})")
                before = out.fresh("n")
                out.line(f"{before} = len(X.suspects)")
                made = self._convert(row, element, end, each)
                out.line(f"X.convict({before})")
                out.line(f"if {made} is not None:")
                with out.block():
                    item = f"item(X, {holder}, {row.target[-1].name!r}, {number} + 1)"
                    found = f"X.miss({ALREADY_FILLED!r}, {each.location}, True)"
                    for line in (*self._traced(row, each.location), *self._repaid(row)):
                        out.line(line)
                    out.line(f"if fill({item}, {made}, X.held): {found}")

    @contextmanager
    def _unless_set(self, row: Row, place: Place, holder: str, own: Value | None) -> Iterator[None]:
        """Skip a row whose element an earlier row has filled: the first that has a value wins.

        Where nothing else carries the row's value, it is converted all the same, to know whether
        it says what stands there already; a resource is only made to be referred to.
        """
        path = row.path
        plain = path and "." not in path and row.target[0].mark is None and holder == "r"
        table = self.tables.maps.get(row.convert)
        names = table is not None and self._is_resource(table)
        later = plain and path in self.filled and f"{place}.{path}" not in self.weak
        told = [*self._flags(row), *self._unpaid(row)]
        if later and (names or not told):
            self.out.line(f"if {path!r} not in r:")
            with self.out.block():
                self.unset = path
                yield
            if table is not None and self._flags(row):
                self.out.line("else:")
                with self.out.block():
                    self._compare(row, table, own)
        else:
            first = plain and not self.rivals.may_stand(row, self.at)
            self.unset = path if first else ""
            yield
        self.unset = ""
        if plain:
            self.filled.add(path)

    def _compare(self, row: Row, table: Map, own: Value | None) -> None:
        """Write whether the resource that a value names is the one referred to already."""
        value = self.reader.read(row.sources, own, row.where)
        self.chosen[id(row)] = value.name
        text = f"{value.name}.partition('~')[0]" if value.level == "field" else value.name
        parts = self.reader.parts(value._replace(name=text))
        call = (f"X.names(r[{row.path!r}], {table.target!r}, {function_name(table.name)}_key, "
                f"{parts}, {table.home!r})")  # fmt: skip
        self._lines(f"if {call}:", self._carried(row))
        self._lines("else:", self._stands(row))

    @contextmanager
    def _when(self, row: Row, own: Value | None) -> Iterator[None]:
        if row.when is None or id(row) in self.asked:
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
        self.chosen[id(row)] = value.name
        appended = any(step.appends for step in row.target)
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
                    with self._marked():
                        self._make(row, element, end, place, holder, rep)
        else:
            out.line(f"if {value.name}:")
            with out.block():
                item = out.fresh("q")
                self._first(row, value, item)
                rep = Value(item, "repetition", f"({value.location}, 0)")
                self._make(row, element, end, place, holder, rep)

    def _first(self, row: Row, value: Value, item: str) -> None:
        """Write what takes a field's first repetition, and finds the others if no row has them."""
        scope, source = self.scopes[-1], row.sources[0]
        taken = f"X.repetition({value.name}, {value.location})"
        if scope.account.repeated(source, row):
            taken = f"{value.name}.partition('~')[0]"
        self.out.line(f"{item} = {taken} if '~' in {value.name} else {value.name}")

    def _resource(
        self, row: Row, element: Element | None, end: Place, place: Place, holder: str
    ) -> None:
        """Refer to the nearest resource of a type: ``Condition  condition``."""
        type_ = row.sources[0].name[1:]
        if element is None or element.type != "Reference":
            raise TableError(row.where, f"{type_} is a resource; {end} is no Reference")
        if not {"Resource", type_} & set(element.targets or ("Resource",)):
            raise TableError(row.where, f"{row.path} cannot refer to a {type_}")
        made = self.out.fresh("x")
        self.out.line(f"{made} = {self.reader.scope(type_)}.reference({type_!r})")
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
        self._check_currency(row, place)
        made = self._remembered(row, element, end, value)
        self.value = value
        self.out.line(f"if {made} is not None:")
        built = self._built(row)
        whole = self._if_whole(row, end, made, value, built, built)
        with self.out.block(), whole, self._each(row, made) as item:
            self._assign(row, place, holder, item, value.location)
        if row.convert not in ASKING:
            partial = row.convert in FUNCTIONS and row.convert not in TOTAL
            said = self._stands(row, BAD_VALUE) if partial else self._said(row)
            self._lines("else:", [*said, *self._untold(row)])
        self._tell_work(row, made, value.location)

    def _by(self, row: Row, place: Place, holder: str, own: Value | None) -> None:
        """Cases by another field's value; the first row that yields a value wins."""
        assert row.by is not None
        out = self.out
        value = self.reader.read(row.sources, own, row.where)
        chooser = out.fresh("k")
        out.line(f"{chooser} = {self.reader.text(row.by, own)}")
        out.line(f"while {value.name}:")
        with out.block():
            for name, _ in self._flags(row):
                out.line(f"{name} = ''")
            self.scopes.append(Scope(Account((), "", self.reading, self.rivals, self.at), [],
                                     self._others(row), value))  # fmt: skip
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
                    self._tried(case, place, holder, value)
            self.scopes.pop()
            self.says = "bad"
            out.line(f"X.say('warning', 'bad-value', {value.location}, 'no row of the table fits')")
            out.line("break")

    def _tried(self, case: Row, place: Place, holder: str, value: Value) -> None:
        """Write a case; what it finds amiss with a value holds only if it makes something."""
        own = [row for row in flat((case,)) if row.sources[0].name == "" and not row.rows]
        if all(0 in self.reading.of_row(row) or row.convert in ALONE for row in own):
            self._case(case, place, holder, value)
            return
        before = self.out.fresh("n")
        self.out.line(f"{before} = len(X.findings)")
        self._case(case, place, holder, value)
        if self.says == "kept":
            self.out.line(f"X.forget({before}, {value.location}, {'/'.join(case.cases)!r})")

    def _case(self, case: Row, place: Place, holder: str, value: Value) -> None:
        out = self.out
        end, element = self.checker.resolve(place, case.target, case.where)
        whole = case.convert in FUNCTIONS and FUNCTIONS[case.convert].whole
        if value.level == "field" and any(step.appends for step in case.target):
            item, number = out.fresh("q"), out.fresh("i")
            out.line(f"for {number}, {item} in enumerate({value.name}.split('~')):")
            with out.block():
                out.line(f"if not {item}: continue")
                each = Value(item, "repetition", f"({value.location}, {number})")
                with self._marked():
                    self._make(case, element, end, place, holder, each)
            out.line(f"if {case.target[0].name!r} in {holder}: break")
            return
        if value.level == "field" and not whole:
            item = out.fresh("q")
            self._first(case, value, item)
            value = Value(item, "repetition", f"({value.location}, 0)")
        if case.rows:
            self.trying = True
            self._block(case, end, place, holder, value)
            self.trying = False
            name = case.target[0].name
            out.line(f"if {name!r} in {holder}: break")
            return
        if case.literal is not None:
            self._literal(case, element, place, holder, value.location)
            out.line("break")
            return
        made = self._remembered(case, element, end, value)
        self.value = value
        out.line(f"if {made} is not None:")
        built = self._built(case)
        with out.block(), self._if_whole(case, end, made, value, built, built):
            self._tell_work(case, made, value.location)
            with self._each(case, made) as item:
                self._assign(case, place, holder, item, value.location, own=False)
            out.line("break")
        self._lines("else:", self._untold(case))
