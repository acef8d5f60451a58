"""The waiver file: published rows that we do not follow in, each with its reason out."""

from __future__ import annotations

import re
from pathlib import Path as File
from typing import NamedTuple

from conformance.sheets import Published

#: What is done instead of a row that ours have: the same, but under another condition
WHEN = "when"


class Waiver(NamedTuple):
    """A published row that we do not follow, and why; ``*`` stands for anything.

    With `instead`, what is done in its place, which must be found among ours: a FHIR path (or
    code), ``MAP path`` in another map, ``MAP *``, the very path in another map, or ``FIELD MAP
    path``, where that map reads the data type. Of a reference, element and target are those of the
    map's references, and another one is written so too: ``Encounter.subject Patient``. With
    ``when`` the row is there, and asks for something else before it speaks.
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
