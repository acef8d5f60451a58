"""An explained translation in, what became of every valued field of its message out.

A field went into elements, was found (and why), was used to identify or to choose, or was left out
on purpose; each with the table row that did it. Locations and paths only, never a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mappings.findings import Finding
from mappings.hl7v2.lines import join_lines
from mappings.hl7v2.message import parse
from mappings.hl7v2.padding import tidied
from mappings.runtime.types import Use
from mappings.translate import Translation

_HEADER = {"MSH": frozenset({1, 2, 9, 10}), "EVN": frozenset({1})}
_SAYS = {
    "key": "used to identify the resource",
    "condition": "used to choose rows",
    "ignore": "left out on purpose",
    "code": "known to have no counterpart in FHIR",
    "told": "said alike elsewhere",
    "outdone": "taken for granted, until something said for certain took its place",
}


class Fate(NamedTuple):
    """What became of a field, or of a part of it."""

    location: str
    kind: str  # element | finding | used | unread
    text: str


def fates(text: str, translation: Translation) -> Iterator[Fate]:
    """Say of each valued field of a message, in order, what became of it.

    Parameters
    ----------
    text
        The message that was translated, decoded.
    translation
        What came of it, explained.
    """
    said = _Said(translation)
    kept = {(s.id, s.ordinal) for s in join_lines(parse(text, tidied).segments, [])}
    for segment in parse(text).segments:
        name = segment.id if segment.ordinal == 1 else f"{segment.id}[{segment.ordinal}]"
        further = (segment.id, segment.ordinal) not in kept
        for number, value in enumerate(segment.fields):
            if number and further and value:
                yield Fate(f"{name}-{number}", "used", "a further line of the text before it")
            elif number and value.strip("~^& "):
                yield from _fate(name, number, said)


class _Said:
    """What a translation says, by the field it says it of."""

    def __init__(self, translation: Translation) -> None:
        self.elements: dict[str, list[str]] = {}
        self.findings: dict[str, list[Finding]] = {}
        self.uses: dict[str, list[Use]] = {}
        for trace in translation.explained:
            self.elements.setdefault(_field(trace.location), []).append(trace.element)
        for finding in translation.findings:
            self.findings.setdefault(_field(finding.location), []).append(finding)
        places: dict[str, list[Use]] = {}  # many uses are of one place
        for use in translation.used:
            if use.location not in places:
                places[use.location] = self.uses.setdefault(_field(use.location), [])
            places[use.location].append(use)


def _field(location: str) -> str:
    """``OBX[3]-5[2].1`` → OBX[3]-5."""
    segment, dash, rest = location.partition("-")
    return segment + dash + rest.partition("[")[0].partition(".")[0]


def _fate(segment: str, number: int, said: _Said) -> Iterator[Fate]:
    location = f"{segment}-{number}"
    elements = said.elements.get(location)
    if elements:
        yield Fate(location, "element", ", ".join(dict.fromkeys(elements)))
    found = said.findings.get(location, [])
    for finding in found:
        yield Fate(finding.location, "finding", f"{finding.code}: {finding.text}")
    if elements or found:
        return
    uses = said.uses.get(location) or said.uses.get(segment)
    if uses:
        yield Fate(location, "used", _told(uses))
    elif number in _HEADER.get(segment, ()):
        yield Fate(location, "used", "says how to read the message, and which it is")
    else:
        whole = said.findings.get(segment, []) + said.findings.get("message", [])
        for finding in whole:
            yield Fate(location, "finding", f"{finding.code}: {finding.text}")
        if not whole:
            yield Fate(location, "unread", "no row of these tables reads it here")


def _told(uses: Iterable[Use]) -> str:
    said: dict[str, list[str]] = {}
    for use in uses:
        rows = said.setdefault(use.kind, [])
        row = f"{use.row} ({use.layer})" if use.layer else use.row
        if row not in rows:
            rows.append(row)
    return "; ".join(f"{_SAYS[kind]}: {', '.join(rows)}" for kind, rows in said.items())
