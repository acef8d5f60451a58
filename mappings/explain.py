"""An explained translation in, what became of every valued field of its message out.

A field went into elements, was found (and why), was used to identify or to choose, or was left out
on purpose; each with the table row that did it. Locations and paths only, never a value.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
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
    "work": "read for what other elements say",
    "left": "made what was left out",
}


class Fate(NamedTuple):
    """What became of a field, or of a part of it."""

    location: str
    kind: str  # element | finding | used | unread
    text: str


def of_the_message(translation: Translation) -> frozenset[str]:
    """Return the types of what only a message Bundle has: its header, who says so, itself."""
    around = {one.resource["resourceType"] for one in translation.envelope}
    kept = {one.resource["resourceType"] for one in translation.made}
    return frozenset({"Bundle", *around} - kept)


def fates(
    text: str, translation: Translation, without: Container[str] = frozenset()
) -> Iterator[Fate]:
    """Say of each valued field of a message, in order, what became of it.

    Parameters
    ----------
    text
        The message that was translated, decoded.
    translation
        What came of it, explained.
    without
        Types of resources that are not given out (`of_the_message`).
    """
    said = _Said(translation, without)
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

    def __init__(self, translation: Translation, without: Container[str]) -> None:
        self.elements: dict[str, list[str]] = {}
        self.apart: dict[str, list[str]] = {}  # of what is not given out
        self.findings: dict[str, list[Finding]] = {}
        self.uses: dict[str, list[Use]] = {}
        self.refused = [f for f in translation.findings if f.severity == "error"]
        for trace in translation.explained:
            apart = trace.element.partition(".")[0] in without
            told = self.apart if apart else self.elements
            told.setdefault(_field(trace.location), []).append(trace.element)
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
        yield _found(finding, finding.location)
    if said.refused and not found:
        for finding in [*said.findings.get(segment, ()), *said.refused]:
            yield _found(finding, location)
    elif not elements and not found:
        yield from _without_element(segment, number, said)


def _without_element(segment: str, number: int, said: _Said) -> Iterator[Fate]:
    location = f"{segment}-{number}"
    apart = said.apart.get(location)
    uses = said.uses.get(location) or said.uses.get(segment)
    if apart:
        there = ", ".join(dict.fromkeys(apart))
        yield Fate(location, "used", f"said of the message (--as message): {there}")
    elif uses:
        yield Fate(location, "used", _told(uses))
    elif number in _HEADER.get(segment, ()):
        yield Fate(location, "used", "says how to read the message, and which it is")
    else:
        whole = said.findings.get(segment, []) + said.findings.get("message", [])
        for finding in whole:
            yield _found(finding, location)
        if not whole:
            yield Fate(location, "unread", "no row of these tables reads it here")


def _found(finding: Finding, location: str) -> Fate:
    return Fate(location, "finding", f"{finding.code}: {finding.text}")


def _told(uses: Iterable[Use]) -> str:
    said: dict[str, list[str]] = {}
    for use in uses:
        rows = said.setdefault(use.kind, [])
        row = f"{use.row} ({use.layer})" if use.layer else use.row
        if row not in rows:
            rows.append(row)
    return "; ".join(f"{_SAYS[kind]}: {', '.join(rows)}" for kind, rows in said.items())
