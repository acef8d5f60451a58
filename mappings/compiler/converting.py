"""A value as received in, the lines that make FHIR of it out: type-checked against its element."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature

from mappings.compiler import literals
from mappings.compiler.conditions import sources_of
from mappings.compiler.constants import Constants
from mappings.compiler.function import function_name
from mappings.compiler.reading import Value
from mappings.compiler.reads import TOLD, one_of_several
from mappings.compiler.types import (
    PRIMITIVES,
    TIMES,
    Element,
    Place,
    how_to_make,
)
from mappings.language.near import near
from mappings.language.nested import building, built, flat
from mappings.language.omissions import LEFT_OUT
from mappings.language.tree import Literal, Map, Row, TableError
from mappings.runtime.functions.coding import called
from mappings.runtime.functions.registry import FUNCTIONS
from mappings.runtime.text.primitives import CONVERTERS

STRINGS = frozenset({"string", "markdown"})
PLAIN = STRINGS | {"code"}  # of letters and digits alone, text is what it is
SHARED_PLACES = frozenset({"Observation.device.identifier"})
REPEATED = frozenset({"Address", "ContactPoint", "HumanName"})  # of a patient, kin and payers
SHARED = frozenset({"CodeableConcept", "Coding", "Quantity"})  # vocabulary, not patient content


class Converting(Constants):
    """Writes conversions."""

    def _remembered(self, row: Row, element: Element | None, end: Place, value: Value) -> str:
        """Convert a coded value once for all messages, where nothing was lost in it.

        What is remembered is shared: where another row may build into it afterwards, a copy is.
        """
        if (
            self.explain
            or not self._makes_vocabulary(row)
            or value.level not in {"repetition", "component"}
        ):
            return self._convert(row, element, end, value)
        out, found, memo = self.out, self.out.fresh("m"), self.memo()
        out.line(f"{found} = M[{memo}].get({value.name})")
        out.line(f"if {found} is None:")
        with out.block():
            before = out.fresh("n")
            out.line(f"{before} = len(X.findings)")
            made = self._convert(row, element, end, value)
            # That a table does not know a code is remembered, too.
            keeps, kept = (
                ("", f"{made} or {{}}") if row.only else (f"{made} is not None and ", made)
            )
            out.line(f"if {keeps}len(X.findings) == {before}: "
                     f"remember(M[{memo}], {value.name}, {kept})")  # fmt: skip
            out.line(f"{found} = {made}")
        if row.only:
            out.line(f"{found} = {found} or None")
        if self._is_entered(row):
            out.line(f"{found} = copied({found})")
        return found

    def _is_entered(self, row: Row) -> bool:
        """Whether another row builds into what a row makes, so that it may not be shared.

        Of what is poured the members are shared: rows build into it that go further, or add to a
        list of it; so do those that go into the object it is poured into.
        """
        if row.path and not self.block:
            return row.path in self.entered
        if row.path:
            return any(path.startswith(f"{row.path}.") for path in built(self.block))
        beside = (one.target for one in building(self.block or self.map.rows))
        return ".".join(name for _, name in self.at.path) in self.entered or any(
            len(steps) > 1 or (steps and steps[0].mark is not None) for steps in beside
        )

    def _makes_vocabulary(self, row: Row) -> bool:
        """Whether a row's map makes what is no patient content, out of its value alone."""
        table = self.tables.maps.get(row.convert)
        place = f"{self.map.target}.{row.path}"
        return (
            table is not None and not table.parameters
            and (table.target in SHARED or place in SHARED_PLACES)
        )  # fmt: skip

    @contextmanager
    def _each(self, row: Row, made: str) -> Iterator[str]:
        """Write what goes through what a function made of a value, if that is several things."""
        if row.convert not in FUNCTIONS or not FUNCTIONS[row.convert].several:
            yield made
            return
        if not row.target or row.target[-1].mark != "":
            raise TableError(row.where, f"{row.convert} makes several: fill a list, name[]")
        item = self.out.fresh("x")
        self.out.line(f"for {item} in {made}:")
        with self.out.block():
            yield item

    def _convert(self, row: Row, element: Element | None, end: Place, value: Value) -> str:
        out, made = self.out, self.out.fresh("x")
        type_ = element.type if element is not None else end.type
        if row.convert in FUNCTIONS:
            function = FUNCTIONS[row.convert]
            fits = element is None or type_ in function.types or row.convert == LEFT_OUT
            if not fits:
                raise TableError(row.where, f"{row.convert} makes no {type_}")
            try:
                signature(function.call).bind(None, None, None, *row.arguments)
            except TypeError as fault:
                raise TableError(row.where, f"{row.convert}: {fault}") from None
            self._unread_by(row, value)
            arguments = "".join(f", {self._argument(a.text)}" for a in row.arguments)
            call = "text_lines" if row.convert == "text()" else row.convert[:-2]
            read = f"meant({self._table(row)}, {value.name})" if row.codes else value.name
            if self.explain:
                out.line(f"X.row = {f'{row.where}@{row.where.layer}'!r}")
            out.line(f"{made} = {call}({read}, X, {value.location}{arguments})")
            return made
        if row.convert:
            self._call(row, element, end, value, made)
        elif type_ in PRIMITIVES:
            self._primitive(row, element, type_, value, made)
            return made
        else:
            raise TableError(row.where, how_to_make(type_, self.tables.maps.values()))
        if row.codes or row.table:
            self._coded(row, made, value)
        return made

    def _call(self, row: Row, element: Element | None, end: Place, value: Value, made: str) -> None:
        table = self.tables.maps.get(row.convert)
        if table is None:
            meant = near(row.convert, {*FUNCTIONS, *self.tables.maps})
            kind = "function" if row.convert.endswith("()") else "map"
            raise TableError(row.where, f"there is no {kind} {row.convert}{meant}")
        also = self._also(row) if not row.further else "NOTHING"
        others, also = repr(also), f", also={also}" if also != "NOTHING" else ""
        self._refuse_elsewhere(row, table)
        self._within(row, table)
        parts = self.reader.parts(value)
        if one_of_several(table):
            known = self._table(row) if row.codes else None
            parts = f"one_coding({parts}, {known}, X, {value.location})"
        name = function_name(table.name)
        arguments = "".join(f", {self._argument_literal(a)}" for a in row.arguments)
        if self._is_resource(table):
            held = element or self.held  # `.` in a block: the reference that it builds
            if held is None or held.type != "Reference":
                raise TableError(row.where, f"{table.name} makes a resource; this is no Reference")
            if not {"Resource", table.target} & set(held.targets or ("Resource",)):
                raise TableError(row.where, f"{row.path or end} cannot refer to a {table.target}")
            call = (
                f"X.refer({table.target!r}, {name}, {name}_key, {value.name}, "
                f"{parts}, {value.location}, {table.home!r}, {table.replace}, "
                f"{self._constant(repr(self.reading.sole(table)))}{also})"
            )
            if self.explain or not self.reader.segment:  # what is made within another belongs to it
                self.out.line(f"{made} = {call}")
            else:
                whose = "" if table.home == "directory" else ", X.compartment"
                self._once(f"({name}, {value.name}{whose})", made, call)
            self._without()
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
            why = f"{table.name} makes a {table.target}, {row.path or end} is a {wanted}"
            raise TableError(row.where, why)
        call = f"{name}({parts}, X, {value.location}{arguments}{also})"
        again = table.target in REPEATED and row.path and not self._reads_segments(table)
        if again and not (self.explain or self._is_entered(row)):
            self._once(f"({name}, {value.name}{arguments}, {others})", made, call)
        else:
            self.out.line(f"{made} = {call}")
        self._without()

    def _reads_segments(self, table: Map) -> bool:
        """Whether what a map makes of a value depends on the segment that it stands in, too."""
        if table.when is not None and any(source.field for source in sources_of(table.when)):
            return True
        for row in flat(table.rows):
            called = self.tables.maps.get(row.convert)
            tested = sources_of(row.when) if row.when is not None else ()
            if any(source.field for source in (*row.sources, *tested)):
                return True
            if called is not None and self._reads_segments(called):
                return True
        return False

    def _once(self, key: str, made: str, call: str) -> None:
        """Convert a value once for all of a message that says it again, where nothing was lost."""
        before = self.out.fresh("n")
        self.out.line(f"{made} = X.cache.get({key}, UNKNOWN)")
        self.out.line(f"if {made} is UNKNOWN:")
        with self.out.block():
            self.out.line(f"{before} = len(X.findings)")
            self.out.line(f"{made} = {call}")
            self.out.line(f"if len(X.findings) == {before}: X.cache[{key}] = {made}")

    def _within(self, row: Row, table: Map) -> None:
        """Write what tells a map which element it builds (``--explain``)."""
        if self.explain:
            element = f" + {self._element(row)!r}" if not self._is_resource(table) else ""
            base = "X.base" if element else repr(table.target)
            self.out.line(f"b = X.base; X.base = {base}{element}")

    def _without(self) -> None:
        if self.explain:
            self.out.line("X.base = b")

    def _is_resource(self, table: Map) -> bool:
        return table.target in self.checker.definitions.resource_types

    def _argument(self, name: str) -> str:
        if name.startswith("$"):
            return f"p_{name[1:]}[0]"
        return repr(name)

    def _argument_literal(self, literal: Literal) -> str:
        if literal.text.startswith("$"):
            return f"p_{literal.text[1:]}"
        system = literals.system_uri(self.tables, literal.system, self.map.where)
        known = self.checker.definitions.code_system(system)
        return repr((literal.text, called(known, literal.text), system))

    def _primitive(
        self, row: Row, element: Element | None, type_: str, value: Value, made: str
    ) -> None:
        out, raw = self.out, value.name
        if value.level == "repetition" and type_ not in TIMES:
            raw, also, read = out.fresh("t"), self._also(row), value.name
            if row.codes:  # without a code, nothing is told
                also = f"{also} if {value.name}[0] == '^' else {self._also(row, TOLD)}"
                read = f"one_code({self._table(row)}, {value.name}, X, {value.location})"
            also = f", {also}" if also != "NOTHING" else ""
            out.line(f"{raw} = X.first({read}, {value.location}{also}) "
                     f"if '^' in {value.name} else {value.name}")  # fmt: skip
        if row.codes:
            name = self._table(row)
            codes = self.tables.codes[row.codes].codes.values()
            self._check_binding(row, element, {c.target for c in codes})
            plain = f"{name}_plain.get({raw}) or " if not self.explain else ""
            out.line(f"{made} = {plain}map_code({name}, {raw}, X, {value.location})")
            return
        if type_ not in CONVERTERS:
            raise TableError(row.where, f"a {type_} cannot be made from text")
        convert, zoned = CONVERTERS[type_]
        if element is not None and element.binding is not None and type_ == "code":
            raise TableError(row.where, "a required value set binds this element: add codes …")
        plain = f"{raw} if {raw}.isalnum() else " if type_ in PLAIN else ""
        out.line(f"{made} = {plain}{convert.__name__}({raw}{', X.offset' if zoned else ''})")
        if type_ not in STRINGS:
            out.line(f"if {made} is None: X.{self.says}({value.location}, {type_!r})")
        if type_ in TIMES and value.level != "subcomponent":
            separator = "&" if value.level == "component" else "^"
            call = f"X.stamp({raw}, {value.location}, {separator!r}, {self._also(row)})"
            several = f"'^' in {raw} or '&' in {raw}" if separator == "^" else f"'&' in {raw}"
            out.line(f"elif {several}: {call}")

    def _coded(self, row: Row, made: str, value: Value) -> None:
        if row.codes:
            call = "counterpart" if row.only else "coded"
            own = self.out.fresh("x") if self.explain else made
            self.out.line(f"{own} = {call}({made}, {self._table(row)}, X, {value.location})")
            if self.explain:  # the table's code may take the place of the sender's
                element = repr(self._element(row))
                self.out.line(f"if {own} is not {made}: X.replaced({self.mark}, {element})")
                self.out.line(f"{made} = {own}")
        else:
            uri = literals.v2_table(row.table)
            self.out.line(f"{made} = in_table({made}, {uri!r})")
            self.out.line(f"if {made} is not None: own_codes({made}, X)")

    def _table(self, row: Row) -> str:
        if row.codes not in self.tables.codes:
            raise TableError(row.where, f"there is no code table {row.codes}")
        return literals.table_name(row.codes)
