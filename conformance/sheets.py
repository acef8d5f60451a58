"""HL7's v2-to-FHIR spreadsheets: CSV files in, their rows with a FHIR target out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path as File

from conformance.notation import (
    ANY,
    NOWHERE,
    Element,
    Path,
    element,
    hops,
    published_steps,
    referenced,
    tail,
)

# Of a path into another resource, that one's: ``…specimen(Specimen.collection.collector)``
_THROUGH = re.compile(r".*\((.*)\)")
_NAME = re.compile(r"(?:R4_|Map_)\s*(\S+) - .*\.csv")


@dataclass(frozen=True, slots=True)
class Published:
    """One published row that has a FHIR target.

    ``element`` and ``target`` are as published, but for white space; ``path`` and ``read`` are
    what is compared; where the path goes through a reference, ``other`` is the map that would make
    the referenced resource from the same segment, ``inside`` the path in it, and ``refers`` the
    references on the way: the steps to each, and its type; ``beside`` are the elements that fill
    other items of the same list; ``calls`` is the data type map that the row names, ``makes`` the
    resource that what it says must be of. For a code table ``element`` is the v2 code, ``target``
    the FHIR code, ``display`` what it is called; for a message structure they are the segment's
    place and the segment map; for what a structure says of references they are the path, from the
    type that has it, and the type referred to.
    """

    kind: str
    map: str
    element: str
    target: str
    read: Element | None = None
    path: Path = NOWHERE
    other: str = ""
    inside: Path = NOWHERE
    refers: tuple[tuple[Path, str], ...] = ()
    beside: tuple[Element, ...] = ()
    constant: str = ""
    calls: str = ""
    makes: str = ""
    codes: str = ""
    system: str = ""
    display: str = ""
    condition: str = ""

    def __str__(self) -> str:
        text = f"{self.map}  {self.element or '-'}  {self.target}"
        text += f" = {self.constant}" if self.constant else ""
        text += f"  codes {self.codes}" if self.codes else ""
        return text + (f"  when {self.condition}" if self.condition else "")


def read(folder: File, kind: str) -> Iterator[Published]:
    """Read the rows with a target of all files in a folder.

    Raises
    ------
    ValueError
        A file that is not such a spreadsheet.
    """
    for file in sorted(folder.glob("*.csv")):
        match = _NAME.search(file.name)
        with file.open(encoding="utf-8-sig", newline="") as lines:
            cells = [[c.strip() for c in row] for row in csv.reader(lines)]
        if match is None or len(cells) < 2:
            raise ValueError(f"{file.name} is not a published map")
        head, body = cells[1], [row + [""] * (20 - len(row)) for row in cells[2:]]
        if kind == "codesystems":
            yield from _codes(match[1], head, body)
        elif kind == "messages":
            yield from _mentions(match[1], body)
            yield from _references(match[1], body)
        else:
            yield from _beside([*_rows(match[1], kind, body)])


def _rows(name: str, kind: str, body: list[list[str]]) -> Iterator[Published]:
    urls = _urls(body)
    for cells in body:
        identifier, condition = cells[1], cells[6] or cells[8]
        target, _, inline = cells[9].partition("=")
        if not target:
            continue
        steps = published_steps(target)
        assigned = re.fullmatch(r'"([^"]*)"', cells[16] or inline)
        constant = assigned[1] if assigned else ""
        if steps and steps[-1] == "url":
            steps, constant = steps[:-1], ""
        path = tuple(_resolved(steps, identifier, urls))
        made, inner = referenced(target) if kind == "segments" else ("", 0)
        inside = path[len(path) - inner :] if inner else ()
        vocabulary = re.sub(r"[/ ]", "", cells[15])
        yield Published(
            kind, name, identifier, re.sub(r"\s", "", target),
            element(identifier, name, kind == "datatypes"), Path(path), constant=constant,
            calls=re.sub(r"\s", "", cells[14]),
            codes="" if path and path[-1].endswith("boolean") else vocabulary,
            other=f"{name.partition('[')[0]}[{made}" if made else "", inside=Path(inside),
            refers=tuple(_referred(target, path)) if kind == "segments" else (),
            condition=re.sub(r"\s+", " ", condition),
        )  # fmt: skip


def _beside(rows: list[Published]) -> Iterator[Published]:
    """Say of each row which other elements have an item of their own in its list."""
    filling: dict[Path, list[Published]] = {}
    for row in rows:
        filling.setdefault(row.path, []).append(row)
    for row in rows:
        others = [
            other.read for other in filling[row.path]
            if other.read is not None and other.target != row.target
            and not (row.read is None or row.read.covers(other.read))
            and not re.search(rf"\b{re.escape(other.element)}(?![.\d])", row.condition)
        ]  # fmt: skip
        yield replace(row, beside=tuple(dict.fromkeys(others)))


def _referred(target: str, path: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """Yield the references that a row goes through, each from the resource before it."""
    at = 0
    for number, type_ in hops(target):
        yield Path(path[at : at + number]), type_
        at += number


def _urls(body: list[list[str]]) -> dict[tuple[str, str], set[str]]:
    """Find the URL of each extension, by the row's element and the path up to it."""
    found: dict[tuple[str, str], set[str]] = {}
    for cells in body:
        steps = published_steps(cells[9])
        if len(steps) > 1 and steps[-1] == "url" and cells[16].startswith('"'):
            where = ".".join(steps[:-1])
            for key in ((cells[1], where), ("", where)):
                found.setdefault(key, set()).add(tail(cells[16]))
    return found


def _resolved(
    steps: list[str], identifier: str, urls: dict[tuple[str, str], set[str]]
) -> Iterator[str]:
    for position, step in enumerate(steps, 1):
        name = step.partition("[")[0]
        if name in {"extension", "modifierExtension"}:
            where = ".".join(steps[:position])
            known = urls.get((identifier, where)) or urls.get(("", where), set())
            yield f"{name.lower()}({min(known) if len(known) == 1 else ANY})"
        else:
            yield step.lower()


def _mentions(name: str, body: list[list[str]]) -> Iterator[Published]:
    for cells in body:
        place, target = cells[1].replace(":follow:", "."), cells[10] or cells[9]
        if target:
            yield Published(
                "messages", name, place, re.sub(r"\s", "", target),
                condition=re.sub(r"\s+", " ", cells[6] or cells[8]),
            )  # fmt: skip


def _references(name: str, body: list[list[str]]) -> Iterator[Published]:
    """Yield what the column of references says, one by one, whichever way it is written."""
    for cells in body:
        for said in re.split(r"[;\n]", cells[11]):
            path, _, type_ = re.sub(r"\[[^\]]*\]|\s", "", said).partition("=")
            if type_:
                steps = _THROUGH.sub(r"\1", path).removesuffix(".reference").removesuffix(".id")
                yield Published("references", name, steps, type_.removesuffix(".id"))


def _codes(name: str, head: list[str], body: list[list[str]]) -> Iterator[Published]:
    code = head.index("Code", 1)
    system, display = head.index("Code System", code), head.index("Display", code)
    for cells in body:
        own, target = _clean(cells[0]), _clean(cells[code])
        if own and target:
            yield Published(
                "codesystems", name, own, target,
                system=cells[system], display=_clean(cells[display]),
            )  # fmt: skip


def _clean(code: str) -> str:
    """Take away the quotation marks and encoding accidents of the spreadsheets."""
    return code.replace("\u00c2", "").strip().strip('"').strip()


def same_code(ours: tuple[str, str], theirs: tuple[str, str]) -> bool:
    """Whether code and system are the same; the system only where theirs is a URI."""
    if ours[0] != theirs[0]:
        return False
    one, other = (re.sub(r"^https?:|/$", "", system) for system in (ours[1], theirs[1]))
    return one == other or not other.startswith(("//", "urn:"))
