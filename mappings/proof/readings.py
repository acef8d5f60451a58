"""A draft in, what may stand in its field and what FHIR must hold then out.

Nothing here is computed as the compiler's runtime does it: texts are chosen whose meaning is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mappings.language.tree import Combined, Literal, Source, Step, Tables
from mappings.proof.cells import Cells, below, leaf
from mappings.proof.drafts import Draft, Follow
from mappings.proof.plain import PLAIN
from mappings.proof.samples import FUNCTIONS, Refers
from mappings.proof.sampling import Surroundings
from mappings.proof.shapes import ANY, SHAPES


@dataclass
class Reading:
    """Values for the field, and what must stand at the end of the path.

    ``valued``: the place only has to have a value. ``beyond`` are steps below the draft's path.
    """

    expected: Any
    cells: dict[Source, str] = field(default_factory=dict)
    valued: Source | None = None
    beyond: tuple[str, ...] = ()


@dataclass
class Reader:
    """Reads drafts with what the tables and the sender say besides."""

    tables: Tables
    surroundings: Surroundings
    published: Callable[[str], Mapping[str, str] | None]  # a code system's codes

    def read(self, draft: Draft, cells: Cells) -> Iterator[Reading]:
        """Yield readings; `cells` already has what the message's header says."""
        row, place = draft.row, draft.place
        if row.sources[0].name.startswith("@"):
            yield Reading(Refers(row.sources[0].name[1:]))
        elif row.literal is not None:
            yield Reading(self._literal(draft, row.literal), valued=place)
        elif row.convert.endswith("()"):
            yield from self._function(draft)
        elif place is None:
            return
        elif row.codes or row.table or draft.codes:
            yield from self._coded(draft, place, cells)
        else:
            yield from self._plain(draft, place, cells)

    # -- constants -----------------------------------------------------------------------------

    def _literal(self, draft: Draft, literal: Literal) -> Any:
        literal = draft.given.get(literal.text, literal)
        system = self.uri(literal.system)
        coding = {"system": system, "code": literal.text}
        match draft.type:
            case "CodeableConcept":
                return {"coding": [coding]} if system else {"text": literal.text}
            case "Coding":
                return coding
            case "boolean":
                return literal.text == "true"
            case "uri" | "url" | "canonical":
                return self.uri(literal.text)
            case "integer" | "positiveInt" | "unsignedInt":
                return int(literal.text)
            case _:
                return literal.text

    def uri(self, name: str) -> str:
        """Return the address of a coding system's short name."""
        if name.startswith("v2-") and name[3:].isdigit():
            return f"http://terminology.hl7.org/CodeSystem/{name}"
        return self.tables.names.get("systems", {}).get(name, name)

    # -- functions -----------------------------------------------------------------------------

    def _function(self, draft: Draft) -> Iterator[Reading]:
        sample = FUNCTIONS.get(draft.row.convert)
        if sample is None:
            return
        arguments = [draft.given.get(a.text, a).text for a in draft.row.arguments]
        for parts, expected in sample(arguments, self.surroundings):
            cells = {}
            for number, text in parts.items():
                place = _place(draft.place, number)
                if place is None:
                    break
                if text:
                    cells[leaf(place)] = text
            else:
                yield Reading(expected, cells, valued=None if cells else draft.place)

    # -- codes ---------------------------------------------------------------------------------

    def _coded(self, draft: Draft, place: Source, cells: Cells) -> Iterator[Reading]:
        beyond = self.beyond(draft)
        name = draft.row.codes or draft.codes
        if not name:
            system = self.uri(f"v2-{draft.row.table}")
            for code in [*self.code_system(system), ANY]:
                expected = {"system": system, "code": code}
                yield Reading(expected, {leaf(place): code}, beyond=beyond)
            return
        table = self.tables.codes[name]
        header = cells.text(place)
        for one in table.codes.values():
            if one.target and one.code != "*" and header in {"", one.code}:
                yield self.code(draft, place, one.code)

    def code_system(self, system: str) -> list[str]:
        """Return some codes of an HL7 table, where they are published."""
        return list(islice(self.published(system) or (), 2))

    def code(self, draft: Draft, place: Source, text: str) -> Reading:
        """Return what a code of the row's code table must become."""
        table = self.tables.codes[draft.row.codes or draft.codes]
        code = table.codes.get(text) or table.codes["*"]
        cells = {leaf(place): text}
        if draft.type not in {"CodeableConcept", "Coding"}:
            return Reading(code.target, cells)
        coding = {"system": self.uri(code.system or table.system), "code": code.target}
        if code.display:
            coding["display"] = code.display
        return Reading(coding, cells, beyond=self.beyond(draft))

    def beyond(self, draft: Draft) -> tuple[str, ...]:
        """Return the steps from a coded element to its codes."""
        return ("coding",) if draft.type == "CodeableConcept" else ()

    # -- primitives ----------------------------------------------------------------------------

    def _plain(self, draft: Draft, place: Source, cells: Cells) -> Iterator[Reading]:
        known = PLAIN.get(draft.type)
        if known is None:
            return
        header = cells.text(place)
        texts = [header] if header else [*known, *_asked(draft, place)]
        for text in texts:
            expected = plainly(draft, text)
            if expected is not None:
                yield Reading(expected, {leaf(place): text})


def _asked(draft: Draft, place: Source) -> Iterator[str]:
    """Yield the texts that a draft's conditions name for a place."""
    stack = list(draft.conditions)
    while stack:
        condition = stack.pop()
        if isinstance(condition, Combined):
            stack += condition.parts
        elif leaf(condition.source) == leaf(place):
            yield from condition.values if condition.kind == "in" else ()
            if condition.kind == "is-a" and condition.values[0] in SHAPES:
                yield SHAPES[condition.values[0]].text


def plainly(draft: Draft, text: str) -> Any:
    """Return what a text becomes in a draft's element; None where that is not plain."""
    known = PLAIN.get(draft.type, {})
    if text in known or not text:
        return known.get(text)
    return text if draft.type in {"string", "markdown", "code", "uri"} else None


def _place(place: Source | None, part: str) -> Source | None:
    """``""`` is the place itself, ``2`` or ``2.1`` a part of it, ``PV1-44`` a field elsewhere."""
    name, dash, number = part.partition("-")
    if dash:
        numbers = [int(n) for n in number.split(".")]
        return Source(name, *numbers)
    if place is None or not part:
        return place
    component, _, subcomponent = part.partition(".")
    return below(place, int(component), int(subcomponent or 0))


def path(draft: Draft, reading: Reading) -> list[Step | Follow]:
    """Return the way from the resource to what a reading expects."""
    return [*draft.steps, *(Step(name, "") for name in reading.beyond)]
