"""Our mapping tables against HL7's published v2-to-FHIR maps: what is covered, what is missing.

In come the folder of published CSV files (``segments``, ``datatypes``, ``messages``,
``codesystems``), our tables as plain tuples and a list of waivers; out comes a `Report`. A
published row is satisfied if one of ours takes the same v2 element (or a part of it, or the whole)
to the same FHIR path (or below it), with the same constant and the same code table: through the
maps that ours call, as theirs do, or in the map that makes the resource theirs refers to. A row of
a data type map that ours do without is looked for where their maps call it (`Places`).
Conditions are printed, not compared: theirs are partly prose.

Source: HL7 Version 2 to FHIR implementation guide, concept map spreadsheets.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path as File
from typing import NamedTuple

from conformance import sheets
from conformance.notation import Element, Path, element, our_path
from conformance.places import Places, above, made
from conformance.sheets import Published, same_code

#: (map, source, path, constant, called map or function, its arguments, code table), e.g.
#: ("PID[Patient]", "PID-13", "telecom", "", "XTN[ContactPoint]", ("home",), "")
Row = tuple[str, str, str, str, str, tuple[str, ...], str]
#: (code table, v2 code, FHIR code, FHIR system)
Code = tuple[str, str, str, str]
#: (message structure, segment, map)
Mention = tuple[str, str, str]
#: The structure of messages that have none of their own, and of segments that a structure lacks.
OTHERWISE = "ANY"

KINDS = ("messages", "segments", "datatypes", "codesystems")
VERDICTS = ("satisfied", "mended", "unreached", "waived", "missing")
#: Whose rows only others bring into a translation
_CALLED = frozenset({"datatypes", "codesystems"})


class Waiver(NamedTuple):
    """A published row that we do not follow, and why; ``*`` stands for anything.

    With `instead`, what is done in its place, which must be found among ours: a FHIR path (or
    code), ``MAP path`` in another map, ``MAP *``, the very path in another map, or ``FIELD MAP
    path``, where that map reads the data type.
    """

    map: str
    element: str
    target: str
    reason: str
    instead: str = ""

    def covers(self, row: Published) -> bool:
        """Whether this is about `row`."""
        pairs = ((self.map, row.map), (self.element, row.element or "-"), (self.target, row.target))
        return all(_like(pattern, text) for pattern, text in pairs)

    def concerns(self, name: str) -> bool:
        """Whether this leaves out, without replacement, some row of the published map `name`."""
        return not self.instead and _like(self.map, name)


def _like(pattern: str, text: str) -> bool:
    wanted = "".join(".*" if c == "*" else re.escape(c) for c in re.sub(r"\s", "", pattern))
    return re.fullmatch(wanted, re.sub(r"\s", "", text)) is not None


class Verdict(NamedTuple):
    """A published row and what became of it: satisfied, mended, unreached, waived or missing.

    It is ``unreached`` where it would be satisfied or mended, but no row of ours calls its map, or
    uses its code table: no message will ever meet it.
    """

    row: Published
    verdict: str
    why: str = ""


class Report(NamedTuple):
    """Every published row with a FHIR target, judged."""

    verdicts: tuple[Verdict, ...]
    idle: tuple[Waiver, ...]  # waivers that no row needs

    def tally(self, kind: str = "", name: str = "") -> Counter[str]:
        """How many rows got which verdict."""
        return Counter(
            v.verdict for v in self.verdicts if kind in {"", v.row.kind} and name in {"", v.row.map}
        )

    @property
    def missing(self) -> tuple[Verdict, ...]:
        """Rows neither satisfied nor waived."""
        return tuple(v for v in self.verdicts if v.verdict == "missing")

    def shares(self) -> str:
        """Say how much of all is satisfied, mended … and missing; and of what is reached."""
        counts = self.tally()
        all_, done = counts.total(), counts["satisfied"] + counts["mended"]
        reached = all_ - counts["unreached"]
        parts = (f"{verdict} {100 * counts[verdict] / (all_ or 1):.2f} %" for verdict in VERDICTS)
        return (
            f"{', '.join(parts)}\n"
            f"of {reached} rows that messages can reach, {done} satisfied or mended "
            f"({100 * done / (reached or 1):.2f} %), {counts['satisfied']} as published "
            f"({100 * counts['satisfied'] / (reached or 1):.2f} %); in the waiver file "
            f"{counts['mended'] + counts['waived']} of {all_} "
            f"({100 * (counts['mended'] + counts['waived']) / (all_ or 1):.2f} %)"
        )

    def text(self, *, maps: bool = True, missing: bool = True) -> str:
        """Coverage by kind and by map, then the missing rows and the waivers nobody needs."""
        lines = [_line("", ("rows", *VERDICTS), "")]
        lines += [_counted(kind or "all", self.tally(kind)) for kind in (*KINDS, "")]
        if maps:
            names = sorted({(v.row.kind, v.row.map) for v in self.verdicts})
            lines += [_counted(name, self.tally(kind, name)) for kind, name in names
                      if set(self.tally(kind, name)) != {"satisfied"}]  # fmt: skip
        if missing:
            lines += [f"missing  {v.row}{v.why and f'  ({v.why})'}" for v in self.missing]
        lines += [f"idle waiver  {w.map}  {w.element}  {w.target}" for w in self.idle]
        return "\n".join(lines)


def _line(name: str, cells: Sequence[object], tail: str) -> str:
    return (f"{name:<58}" + "".join(f"{cell:>10}" for cell in cells) + tail).rstrip()


def _counted(name: str, counts: Counter[str]) -> str:
    total = counts.total()
    cells = (total, *(counts[verdict] for verdict in VERDICTS))
    done = counts["satisfied"] + counts["mended"]
    return _line(name, cells, f"{100 * done / total:9.1f} %" if total else "")


def waivers(file: File) -> list[Waiver]:
    """Read a waiver file: tab-separated map, element, target, reason and, optionally, instead.

    Raises
    ------
    ValueError
        A line with fewer than four columns or without a reason.
    """
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            cells = [cell.strip() for cell in line.split("\t") if cell.strip()]
            if not 4 <= len(cells) <= 5:
                raise ValueError(f"{file}:{number}: write map, element, target, reason, instead")
            found.append(Waiver(*cells))
    return found


def report(
    published: File,
    rows: Iterable[Row],
    codes: Iterable[Code],
    mentions: Iterable[Mention] = (),
    waived: Sequence[Waiver] = (),
    uncalled: Collection[str] = (),
) -> Report:
    """Compare our tables with the published maps below a folder.

    Parameters
    ----------
    published
        The folder.
    rows, codes, mentions
        Our tables.
    waived
        Published rows that are not followed.
    uncalled
        Data type maps and code tables that no row of ours calls.

    Raises
    ------
    OSError
        The folder or a file in it cannot be read.
    ValueError
        A file that is not one of the published spreadsheets.
    """
    theirs = [row for kind in KINDS for row in sheets.read(published / kind, kind)]
    ours = _Ours(rows, codes, mentions, {row.map for row in theirs})
    judge = _Judge(ours, Places(theirs), waived)
    verdicts = [judge(row) for row in theirs]
    alone = {v for v in verdicts if v.row.kind in _CALLED and v.row.map in uncalled}
    return Report(
        tuple(
            v._replace(verdict="unreached")
            if v in alone and v.verdict in {"satisfied", "mended"} else v
            for v in verdicts
        ),
        tuple(w for w in waived if w not in judge.used),
    )  # fmt: skip


class _Judge:
    """Says what became of a published row."""

    def __init__(self, ours: _Ours, places: Places, waived: Sequence[Waiver]) -> None:
        self._ours, self._places, self._waived = ours, places, waived
        self.used: set[Waiver] = set()

    def __call__(self, row: Published) -> Verdict:
        why = self._ours.lacks(row)
        if why is None:
            return Verdict(row, "satisfied")
        places = list(self._places.of(row)) if row.kind == "datatypes" else []
        waiver = self._waiver(row)
        if waiver is None:
            return self._in_place(row, places) or Verdict(row, "missing", why)
        if waiver.instead and not any(
            self._ours.has_instead(there, waiver.instead, above(row, there))
            for there in (row, *(there for _, there in places))
        ):
            return Verdict(row, "missing", f"no {waiver.instead} either")
        self.used.add(waiver)
        return Verdict(row, "mended" if waiver.instead else "waived", waiver.reason)

    def _in_place(
        self, row: Published, places: list[tuple[Published, Published]]
    ) -> Verdict | None:
        if any(self._ours.lacks(there) is None for _, there in places):
            return Verdict(row, "satisfied")
        for call, there in places:
            waiver = self._waiver(call)
            if waiver and waiver.instead and self._ours.goes_on(there, row, waiver.instead):
                return Verdict(row, "mended", waiver.reason)
        return None

    def _waiver(self, row: Published) -> Waiver | None:
        return next((w for w in self._waived if w.covers(row)), None)


class _Flat(NamedTuple):
    """One of our rows, with the maps it calls written out."""

    element: Element | None
    path: Path
    constant: str
    codes: str
    types: tuple[str, ...] = ()  # what the called maps make


class _Ours:
    """Our tables, indexed by the published names."""

    def __init__(
        self,
        rows: Iterable[Row],
        codes: Iterable[Code],
        mentions: Iterable[Mention],
        names: set[str],
    ) -> None:
        self.rows: dict[str, list[Row]] = {}
        for row in rows:
            self.rows.setdefault(row[0], []).append(row)
        self.codes = {(table, code): (target, system) for table, code, target, system in codes}
        self.tables = {table for table, _ in self.codes}
        self.mentions = {(s, segment, _published_name(m, names)) for s, segment, m in mentions}
        self.placed = {(structure, segment) for structure, segment, _ in self.mentions}
        self.flat: dict[str, list[_Flat]] = {}
        for name in self.rows:
            found = list(self._flatten(name, None, (), ()))
            self.flat.setdefault(_published_name(name, names), []).extend(found)

    def _flatten(
        self,
        name: str,
        above: Element | None,
        path: tuple[str, ...],
        given: tuple[str, ...],
        types: tuple[str, ...] = (),
    ) -> Iterator[_Flat]:
        data_type = not any("-" in row[1] for row in self.rows[name])
        for _, source, target, said, called, arguments, codes in self.rows[name]:
            read = element(source, name, data_type)
            if above is not None and (read is None or not read.name):
                numbers = read.numbers if read else ()
                read = Element(above.name, above.numbers + numbers)
            constant = said
            if said.startswith("$") and len(given) >= int(said[1:]):
                constant = given[int(said[1:]) - 1]
            steps = path + our_path(target).steps
            yield from _forms(_Flat(read, Path(steps), constant, codes, types))
            if called in self.rows and called != name:
                below = read or Element("", ())
                yield from self._flatten(called, below, steps, arguments, (*types, made(called)))

    def lacks(self, row: Published) -> str | None:
        """Why a published row is not satisfied; None if it is."""
        if row.kind == "codesystems":
            return self._lacks_code(row)
        if row.kind == "messages":
            return None if self._mentions(row, row.target) else "no such segment map here"
        path = row.path
        here = [f for f in self.flat.get(row.map, ()) if _reads(f, row)]
        there = [f for f in here if path.leads_to(f.path) and row.makes in ("", *f.types)]
        if not there and row.other:
            path, here = row.inside, [f for f in self._others(row.other) if _reads(f, row)]
            there = [f for f in here if path.leads_to(f.path)]
        if not there:
            return "no such row" if row.map in self.flat else "no such map"
        if row.constant and not any(_says(f, row) for f in there):
            return "another constant"
        if row.codes in self.tables and not any(
            f.codes == row.codes and (path.leads_to(f.path) or f.path.leads_to(path)) for f in here
        ):
            return f"without {row.codes}"
        return None

    def _others(self, start: str) -> Iterator[_Flat]:
        """Rows of the maps that make a resource of its own from the segment."""
        for name, flat in self.flat.items():
            if name.startswith((f"{start}]", f"{start}-")):
                yield from flat

    def _mentions(self, row: Published, name: str) -> bool:
        segment = row.element.rpartition(".")[2]
        structure = row.map if (row.map, segment) in self.placed else OTHERWISE
        return (structure, segment, name) in self.mentions

    def _lacks_code(self, row: Published) -> str | None:
        found = self.codes.get((row.map, row.element))
        if found is None:
            return "no such code" if row.map in self.tables else "no such table"
        return None if same_code(found, (row.target, row.system)) else f"is {found[0] or 'none'}"

    def has_instead(self, row: Published, instead: str, below: tuple[str, ...] = ()) -> bool:
        """Whether what a waiver promises is there, its path below that of the data type."""
        if row.kind == "codesystems":
            return self.codes.get((row.map, row.element), ("", ""))[0] == instead
        if row.kind == "messages":
            return self._mentions(row, instead)
        *_, field, name, said = ("", "", *instead.split())
        if field and row.read is not None:
            whole = element(field, "", False) or row.read
            row = replace(row, read=Element(whole.name, whole.numbers + row.read.numbers))
        if said == "*":
            return self.lacks(replace(row, map=name)) is None
        return self._leads(row, name, (() if name else below) + our_path(said).steps)

    def goes_on(self, there: Published, row: Published, instead: str) -> bool:
        """Whether what is done instead of a call does what `row` says of the data type, too."""
        name, _, said = instead.rpartition(" ")
        if said == "*":
            return self.lacks(replace(there, map=name)) is None
        return self._leads(there, name, our_path(said).steps + row.path.steps)

    def _leads(self, row: Published, name: str, steps: tuple[str, ...]) -> bool:
        path, flat = Path(steps), self.flat.get(name or row.map, ())
        return any(_reads(f, row) and path.leads_to(f.path) for f in flat)


def _published_name(name: str, names: set[str]) -> str:
    """``PL[Location-Room]`` belongs to ``PL[Location]``, unless it is published itself."""
    return name if name in names else re.sub(r"-\w+\]$", "]", name)


def _reads(flat: _Flat, row: Published) -> bool:
    if row.read is None or flat.element is None:
        return row.read is None or bool(flat.constant and row.constant)
    return flat.element.covers(row.read)


def _says(flat: _Flat, row: Published) -> bool:
    """Whether a row says a constant; what comes from the element itself cannot be told apart."""
    if not flat.constant:
        return flat.element is not None
    return _bare(flat.constant) == _bare(row.constant)


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
