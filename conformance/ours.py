"""Our tables as plain tuples in, whether they do what a published row says out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from conformance.conditions import ALWAYS, Expression, fields, gives_way, plainly, same
from conformance.definitions import definitions
from conformance.notation import NOWHERE, Element, Path, element, our_path
from conformance.places import made
from conformance.sheets import Published, same_code
from conformance.wording import written

#: (map, source, path, constant, called map or function, its arguments, code table, condition), e.g.
#: ("PID[Patient]", "PID-13", "telecom", "", "XTN[ContactPoint]", ("home",), "", ("and",))
Row = tuple[str, str, str, str, str, tuple[str, ...], str, tuple[Any, ...]]
#: (code table, v2 code, FHIR code, FHIR system, what it is called; "" if its system says)
Code = tuple[str, str, str, str, str]
#: (message structure, segment, map)
Mention = tuple[str, str, str]
#: (message structure or "" for all, element with its type, type referred to)
Reference = tuple[str, str, str]
#: The structure of messages that have none of their own, and of segments that a structure lacks.
OTHERWISE = "ANY"


class _Flat(NamedTuple):
    """One of our rows, with the maps it calls written out."""

    element: Element | None
    path: Path
    constant: str
    codes: str
    called: tuple[str, ...] = ()  # the maps gone through to it, by their published names
    when: Expression = ALWAYS


class Ours:
    """Our tables, indexed by the published names."""

    def __init__(
        self,
        rows: Iterable[Row],
        codes: Iterable[Code],
        mentions: Iterable[Mention],
        names: set[str],
        references: Iterable[Reference] = (),
    ) -> None:
        self.rows: dict[str, list[Row]] = {}
        for row in rows:
            self.rows.setdefault(row[0], []).append(row)
        listed = list(codes)
        self.codes = {(table, code): (target, system) for table, code, target, system, _ in listed}
        self._displays = {(table, code): display for table, code, *_, display in listed if display}
        self.tables = {table for table, _ in self.codes}
        self.said: dict[str, set[str]] = {}  # the codes and systems that a code table gives
        for (table, _), counterpart in self.codes.items():
            self.said.setdefault(table, set()).update(map(_bare, counterpart))
        self.references = set(references)
        self._led = {  # what refers to what, by its resource, the path in that, and the type
            (element.partition(".")[0], our_path(element.partition(".")[2]), type_)
            for _, element, type_ in self.references
        }
        self.mentions = {(s, segment, _published_name(m, names)) for s, segment, m in mentions}
        self.placed = {(structure, segment) for structure, segment, _ in self.mentions}
        self._theirs = {name: _published_name(name, names) for name in self.rows}
        self.maps: dict[str, list[str]] = {}  # ours, by their published names
        for name, theirs in self._theirs.items():
            self.maps.setdefault(theirs, []).append(name)
        self._known: dict[str, list[_Flat]] = {}

    def _flat(self, name: str) -> list[_Flat]:
        """Return our rows of a published map, with those of the maps that they call."""
        if name not in self._known:
            own = self.maps.get(name, ())
            self._known[name] = [row for each in own for row in self._flatten(each, None, (), ())]
        return self._known[name]

    def _flatten(
        self,
        name: str,
        above: Element | None,
        path: tuple[str, ...],
        given: tuple[str, ...],
        through: tuple[str, ...] = (),
        around: Expression = ALWAYS,
    ) -> Iterator[_Flat]:
        own = name.partition("[")[0]  # a data type's map may read a field beside: OBX-6, PRT-23
        data_type = not any(row[1].startswith(f"{own}-") for row in self.rows[name])

        def place(text: str) -> Element | None:
            found = element(text, name, data_type)
            if above is None or (found is not None and found.name):
                return found
            return Element(above.name, above.numbers + (found.numbers if found else ()))

        for _, source, target, said, called, arguments, codes, condition in self.rows[name]:
            read, when = place(source), ("and", around, plainly(condition, place))
            constant = said
            if said.startswith("$") and len(given) >= int(said[1:]):
                constant = given[int(said[1:]) - 1]
            steps = path + our_path(target).steps
            yield from _forms(_Flat(read, Path(steps), constant, codes, through, when))
            if called in self.rows and called != name:
                below = read or Element("", ())
                further = (*through, self._theirs[called])
                yield from self._flatten(called, below, steps, arguments, further, when)

    def lacks(self, row: Published) -> str | None:
        """Why a published row is not satisfied; None if it is."""
        if row.kind == "codesystems":
            return self._lacks_code(row)
        if row.kind == "messages":
            return None if self._mentions(row, row.target) else "no such segment map here"
        if row.kind == "references":
            return None if self._refers(row, row.element, row.target) else "no such reference here"
        here, there = self._found(row)
        if not there:
            return "no such row" if row.map in self.maps else "no such map"
        if not self._goes_through(row):
            return "no such reference"
        said = [f for f in there if not row.constant or self._says(f, row)]
        if not said:
            return "another constant"
        if row.codes in self.tables and not here:
            return f"without {row.codes}"
        if any(all(gives_way(f.when, other) for f in said) for other in row.beside):
            return "not beside the other"
        return None

    def has(self, name: str) -> bool:
        """Whether there is a map of this published name."""
        return name in self.maps

    def calls(self, row: Published, instead: str = "") -> bool:
        """Whether ours call the map that a published row names (or this one) where it does."""
        name = (instead or row.calls).lower()
        return any(
            name in map(str.lower, f.called) and _reads(f, row) and path.leads_to(f.path)
            for path, rows in ((row.path, self._flat(row.map)), (row.inside, self._others(row)))
            for f in rows
        )

    def _found(self, row: Published) -> tuple[list[_Flat], list[_Flat]]:
        """Return ours that read what `row` does and go where it goes; first, with its codes."""
        path = row.path
        here = [f for f in self._flat(row.map) if _reads(f, row)]
        there = [
            f for f in here if path.leads_to(f.path) and row.makes in ("", *map(made, f.called))
        ]
        if not there:
            path, here = row.inside, [f for f in self._others(row) if _reads(f, row)]
            there = [f for f in here if path.leads_to(f.path)]
        coded = [
            f for f in here
            if f.codes == row.codes and (path.leads_to(f.path) or f.path.leads_to(path))
        ]  # fmt: skip
        return coded, there

    def condition(self, row: Published, base: Element | None) -> str:
        """Return how ours say the condition of a row that is satisfied: one of `CONDITIONS`."""
        if not row.condition or row.kind in {"codesystems", "messages"}:
            return ""
        theirs = written(row.condition, row.read, base, row.map)
        if theirs is None:
            return "prose"
        ours = [f for f in self._found(row)[1] if not row.constant or self._says(f, row)]
        if any(same(f.when, theirs, f.element or row.read) for f in ours):
            return "equal"
        if any(fields(f.when) & fields(theirs) for f in ours):
            return "reworded"
        return "other" if all(fields(f.when) for f in ours) else "none"

    def _goes_through(self, row: Published) -> bool:
        """Whether ours refer to what a published row goes through on its way."""
        holder = made(row.map)
        for path, type_ in row.refers:
            if type_ not in definitions().resource_types:  # an Annotation stands where it is
                break
            if not any(h == holder and t == type_ and _is(path, p) for h, p, t in self._led):
                return False
            holder = type_
        return True

    def _says(self, flat: _Flat, row: Published) -> bool:
        """Whether a row says a constant, itself or by its code table."""
        wanted = _bare(row.constant)
        if flat.constant:
            return _bare(flat.constant) == wanted
        kind, _, number = flat.codes.rpartition(" ")
        if kind:
            return wanted == _bare(f"http://terminology.hl7.org/CodeSystem/v2-{number}")
        return wanted in self.said.get(flat.codes, ())

    def _others(self, row: Published) -> Iterator[_Flat]:
        """Rows of the maps that make of the segment the resource that a published row refers to."""
        for name in self.maps if row.other else ():
            if name.startswith((f"{row.other}]", f"{row.other}-")):
                yield from self._flat(name)

    def _refers(self, row: Published, element: str, type_: str) -> bool:
        return any((where, element, type_) in self.references for where in ("", row.map))

    def _mentions(self, row: Published, name: str) -> bool:
        segment = row.element.rpartition(".")[2]
        structure = row.map if (row.map, segment) in self.placed else OTHERWISE
        return (structure, segment, name) in self.mentions

    def _lacks_code(self, row: Published) -> str | None:
        found = self.codes.get((row.map, row.element))
        if found is None:
            return "no such code" if row.map in self.tables else "no such table"
        return None if same_code(found, (row.target, row.system)) else f"is {found[0] or 'none'}"

    def named(self, row: Published) -> str:
        """Return what ours call a code of a published code table, or its code system does."""
        target, system = self.codes.get((row.map, row.element), ("", ""))
        known = definitions().code_system(system) or {}
        return self._displays.get((row.map, row.element)) or known.get(target, "")

    def has_instead(self, row: Published, instead: str, below: tuple[str, ...] = ()) -> bool:
        """Whether what a waiver promises is there, its path below that of the data type."""
        if row.kind == "codesystems":
            return self.codes.get((row.map, row.element), ("", ""))[0] == instead
        if row.kind == "messages":
            return self._mentions(row, instead)
        if row.kind == "references":
            *_, name, said = ("", *instead.split())
            if self._refers(row, name, said):
                return True
        site = self.site(row, instead, below)
        if instead.endswith("*"):
            return self.lacks(site) is None
        return self._leads(site, site.map, site.path.steps)

    def site(self, row: Published, instead: str, below: tuple[str, ...] = ()) -> Published:
        """Return a row as it is done instead, its path below that of the data type."""
        *_, field, name, said = ("", "", *instead.split())
        read = row.read
        if field and read is not None:
            whole = element(field, "", False) or read
            read = Element(whole.name, whole.numbers + read.numbers)
        if said == "*":
            return replace(row, map=name, read=read)
        path = Path((() if name else below) + our_path(said).steps)
        return replace(
            row, map=name or row.map, read=read, path=path, other="", inside=NOWHERE, refers=()
        )

    def goes_on(self, there: Published, row: Published, instead: str) -> bool:
        """Whether what is done instead of a call does what `row` says of the data type, too."""
        name, _, said = instead.rpartition(" ")
        if said == "*":
            return self.lacks(replace(there, map=name)) is None
        return self._leads(there, name, our_path(said).steps + row.path.steps)

    def _leads(self, row: Published, name: str, steps: tuple[str, ...]) -> bool:
        path = Path(steps)
        return any(_reads(f, row) and path.leads_to(f.path) for f in self._flat(name or row.map))


def _published_name(name: str, names: set[str]) -> str:
    """``PL[Location-Room]`` belongs to ``PL[Location]``, unless it is published itself."""
    return name if name in names else re.sub(r"-\w+\]$", "]", name)


def _reads(flat: _Flat, row: Published) -> bool:
    if row.read is None or flat.element is None:
        return row.read is None or bool(flat.constant and row.constant)
    return flat.element.covers(row.read)


def _is(one: Path, other: Path) -> bool:
    return len(one.steps) == len(other.steps) and one.leads_to(other)


def _bare(text: str) -> str:
    return text.strip().rstrip("/").removeprefix("https:").removeprefix("http:").lower()


def _forms(flat: _Flat) -> Iterator[_Flat]:
    """Say the parts of a coded value too: ``type = v2-0203#VN`` is ``type.coding.code = VN``."""
    system, mark, code = flat.constant.rpartition("#")
    yield flat._replace(constant=code) if mark else flat
    if mark or flat.codes:
        steps = flat.path.steps
        for below in (steps, (*steps, "coding")):
            yield flat._replace(path=Path((*below, "code")), constant=code)
            yield flat._replace(path=Path((*below, "system")), constant=system)
