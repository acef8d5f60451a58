"""Sources in, Python expressions out: how generated code reads fields and components."""

from __future__ import annotations

from typing import NamedTuple

from mappings.compiler.writer import Writer
from mappings.language.tree import Map, Source, TableError, Where

#: What the whole message has one of, and conditions often ask for
_OF_MESSAGE = {Source("MSH", 9, 1): "X.type", Source("MSH", 9, 2): "X.event"}
_NEXT = {"field": "^", "repetition": "^", "component": "&"}


class Value(NamedTuple):
    """A local variable holding text, how deep it was cut, and the expression for its location."""

    name: str
    level: str  # field | repetition | component | subcomponent
    location: str


def is_segment(table: Map) -> bool:
    """Tell whether a map reads a segment (its rows name fields) and not a data type."""
    rows = list(table.rows)
    for row in rows:
        rows.extend(row.rows)
    named = any(s.name == table.source and s.field for row in rows for s in row.sources)
    return named or any("-" in word for word, _ in table.ignored)


class Reader:
    """Reads sources in the functions of one map."""

    def __init__(self, table: Map, out: Writer) -> None:
        self.map = table
        self.out = out
        self.segment = is_segment(table)
        self.local = False  # whether the nearest segments of other names are local variables
        self.borrowed: set[str] = set()  # their names
        self.counted = False  # whether the number of the segment among those in a row is one
        self.heads: set[int] = set()  # fields (components) whose plain text is a local variable
        self.whole = False  # whether the whole of a data type's value is one
        self.parted: dict[
            str, str
        ] = {}  # parts of values that may be: their names, what takes them

    def read(self, sources: tuple[Source, ...], own: Value | None, where: Where) -> Value:
        """Return a variable for the first valued of `sources`."""
        if len(sources) == 1:
            return self._one(sources[0], own, where)
        name = self.out.fresh("v")
        options = [self.expression(s, own, where) for s in sources]
        self.out.line(f"{name} = {' or '.join(options)}")
        places = [self.location(s, own) for s in sources]
        at = places.pop()
        for text, place in zip(reversed(options[:-1]), reversed(places), strict=True):
            at = f"{place} if {text} else {at}"
        place = self.out.fresh("l")
        self.out.line(f"{place} = {at}")
        return Value(name, self._level(sources[0], own), place)

    def _one(self, source: Source, own: Value | None, where: Where) -> Value:
        if source.name == "" and not source.component:
            if own is None:
                raise TableError(where, "'.' has no enclosing value here")
            return own
        name = self.out.fresh("v")
        self.out.line(f"{name} = {self.expression(source, own, where)}")
        return Value(name, self._level(source, own), self.location(source, own))

    def expression(self, source: Source, own: Value | None, where: Where | None = None) -> str:
        """Return the text a source names, as received ("" if absent)."""
        if source.name == "-":  # a part of a key that this map knows to be empty
            return "''"
        if source.name == "":
            return self._nested(source, own, where)
        if source.name != self.map.source:
            return self._foreign(source, where)
        if not self.segment and not source.component:
            self.whole = self.whole or self.local
            return "w" if self.local else "'^'.join(c)"
        if self.segment and not source.field:
            meant = f"{source.name}-{source.component or 1}"
            raise TableError(where or self.map.where, f"{source} is no field: write {meant}")
        text = self._part(source)
        if not self.local or not (source.subcomponent or (self.segment and source.component)):
            return text
        name = f"p{source.field}_{source.component}_{source.subcomponent}"
        self.parted[name] = text
        return name

    def _part(self, source: Source) -> str:
        """Return what takes a field, component or subcomponent of the map's own."""
        text = f"f[{source.field}]" if self.segment else f"c[{source.component - 1}]"
        if self.segment and source.component == 1:
            text = f"{text}.partition('~')[0].partition('^')[0]"
        elif self.segment and source.component:
            first = f"{text}.partition('~')[0]"
            text = f"(part({first}, '^', {source.component}) if '^' in {text} else '')"
        if source.subcomponent == 1:
            text = f"{text}.partition('&')[0]"
        elif source.subcomponent:
            text = f"(part({text}, '&', {source.subcomponent}) if '&' in {text} else '')"
        return text

    def _foreign(self, source: Source, where: Where | None) -> str:
        """Return the text of a field of the nearest segment of another name."""
        if not source.field:
            raise TableError(where or self.map.where, f"{source} cannot be read here")
        if source in _OF_MESSAGE:
            return _OF_MESSAGE[source]
        if self.local and source.component < 2 and not source.subcomponent:
            self.borrowed.add(source.name)
            text = f"g_{source.name}[{source.field}]"
            return f"{text}.partition('~')[0].partition('^')[0]" if source.component else text
        return (
            f"X.value({source.name!r}, {source.field}, {source.component}, {source.subcomponent})"
        )

    def _nested(self, source: Source, own: Value | None, where: Where | None) -> str:
        """Return the text of the enclosing value, or of a part of it."""
        if own is None:
            raise TableError(where or self.map.where, f"{source} has no enclosing value here")
        text = own.name
        if source.component:
            text = f"part({text}, {_NEXT[own.level]!r}, {source.component})"
        if source.subcomponent:
            text = f"part({text}, '&', {source.subcomponent})"
        return text

    def text(self, source: Source, own: Value | None) -> str:
        """Return the plain text of a source's first component, for comparisons."""
        number = source.field if self.segment else source.component
        if (
            self.local
            and source == Source(source.name, source.field, source.component)
            and (
                source.name == self.map.source
                and number
                and not (self.segment and source.component)
            )
        ):
            self.heads.add(number)  # conditions ask for the same few values again and again
            return f"w{number}"
        expression = self.expression(source, own)
        if source.name != self.map.source and source in _OF_MESSAGE:
            return expression
        if source.component or source.name in {"", "-"}:
            return f"head({expression})" if source.name == "" else f"leaf({expression})"
        if self.segment and source.name == self.map.source:
            return f"({self.head(source.field)})"
        return f"head({expression})"

    def head(self, number: int) -> str:
        """Return the plain text of a field's first component, or of a data type's component."""
        if self.segment:
            text = f"f[{number}]"
            return f"{text} if not {text} or {text}.isalnum() else head({text})"
        return f"leaf(c[{number - 1}]) if '\\\\' in c[{number - 1}] else c[{number - 1}]"

    def in_a_row(self, source: Source) -> str:
        """Return the number of the map's segment among those of its name in a row."""
        if not self.segment or source.name != self.map.source:
            raise TableError(self.map.where, f"'count {source}' is for a map of {source}")
        self.counted = self.counted or self.local
        return "s" if self.local else "in_a_row(X)"

    def key_text(self, source: Source) -> str:
        """Return the text of a source in a key."""
        if source.name.startswith("@"):
            return f"{self.scope(source.name[1:])}.key_of({source.name[1:]!r})"
        if source.name.startswith('"'):  # a word that tells one kind of number from another
            return repr(source.name.strip('"'))
        if source.name == self.map.source and not self.segment and source.component:
            return f"part_of(c, {source.component}, {source.subcomponent})"
        return f"{self.expression(source, None)}.strip()"

    def scope(self, type_: str) -> str:
        """Return where a map finds a resource: one of its own type, in the groups around it."""
        return "X.scope.around()" if type_ == self.map.target else "X.scope"

    def identifier(self, number: Source, type_: str, licences: str = "") -> str:
        """Return the key of an identifier (EI, XCN), of which a source names the number.

        `licences` is the name of the constant that has the kinds of numbers of people which no
        hospital gives out.
        """
        within = ", '&'" if number.subcomponent else ""
        whole = number._replace(component=number.component if within else 0, subcomponent=0)
        kinds = f", licences={licences}" if type_ == "XCN" else ""
        text = self.key_text(whole) if within else self.expression(whole, None)
        return f"({text} and {type_.lower()}_key({text}, X{within}{kinds}))"

    def parts(self, value: Value) -> str:
        """Return the list of the next smaller parts."""
        if value.level == "subcomponent":
            return f"[{value.name}]"
        return f"{value.name}.split({_NEXT[value.level]!r})"

    def _level(self, source: Source, own: Value | None) -> str:
        if source.name == "":
            assert own is not None
            deeper = {"field": "component", "repetition": "component",
                      "component": "subcomponent"}[own.level]  # fmt: skip
            return "subcomponent" if source.subcomponent else deeper
        if source.subcomponent:
            return "subcomponent"
        if source.component:
            return "component"
        return "field" if source.name != self.map.source or self.segment else "repetition"

    def location(self, source: Source, own: Value | None) -> str:
        """Return the expression for where a source is read."""
        if source.name == "":
            assert own is not None
            text = own.location if own.level != "field" else f"({own.location}, 0)"
        elif source.field:
            own_field = source.name == self.map.source
            text = str(source.field) if own_field else repr(f"{source.name}-{source.field}")
            if source.component:
                text = f"({text}, 0)"
        else:
            text = "L"
        for number in (source.component, source.subcomponent):
            if number:
                text = f"({text}, {number})"
        return text
