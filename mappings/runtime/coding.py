"""Coded values: code tables applied to codes, Codings and CodeableConcepts."""

from __future__ import annotations

from typing import Any, NamedTuple

from mappings.findings import Unmapped
from mappings.runtime import values
from mappings.runtime.context import JSON, Context, Location

LOCAL = "https://yiqiao.org/fhir/code-system/"  # systems that only their sender knows


class CodeTable(NamedTuple):
    """A compiled code table: v2 code → (FHIR code, display, system); the v2 table's system."""

    codes: dict[str, tuple[str, str, str]]
    v2_system: str
    name: str = ""


def map_code(table: CodeTable, value: str, context: Context, location: Location) -> str | None:
    """Return a FHIR code for a v2 code; None, with a finding, where there is none."""
    found = table.codes.get(value)
    if found is None:
        code = values.code(value)
        found = table.codes.get(code or "")
        if found is None:
            found = table.codes.get("*")
            _unmapped(table, table.v2_system, code or value, context, location)
    return found[0] or None if found else None


def coded(made: JSON | None, table: CodeTable, context: Context, location: Location) -> JSON | None:
    """Put the table's code before the sender's own (CodeableConcept), or in its place (Coding)."""
    if made is None:
        return None
    codings: list[JSON] = made.get("coding") or ([made] if "code" in made else [])
    if not codings:
        context.say("warning", "unmapped-code", location)  # words alone, no code
        return made
    own = codings[0]
    found = table.codes.get(own.get("code", ""))
    named = own.setdefault("system", table.v2_system)
    if found is None:
        # A code of another published system speaks for itself; a local one wants a standard code.
        if named == table.v2_system or named.startswith(LOCAL):
            _unmapped(table, named, own.get("code", ""), context, location)
        return made
    code, display, system = found
    if not code:
        return made
    mapped: JSON = {"system": system, "code": code}
    if display:
        mapped["display"] = display
    if "coding" in made:
        if own.get("system") != system or own.get("code") != code:
            made["coding"] = [mapped, *codings]
        return made
    return mapped


def _unmapped(
    table: CodeTable, system: str, code: str, context: Context, location: Location
) -> None:
    context.say("warning", "unmapped-code", location)
    context.unmapped.append(Unmapped(table.name, system, code, context.locate(location)))


def in_table(made: JSON | None, system: str) -> JSON | None:
    """Give the sender's first code the field's HL7 table as system, where it names none."""
    if made is not None:
        coding = made["coding"][0] if "coding" in made else made
        if "code" in coding:
            coding.setdefault("system", system)
    return made


def local_concepts(concept: JSON, context: Context) -> None:
    """Add the standard codes a site profile gives for its local codes."""
    concepts = context.site.concepts
    codings: list[Any] = concept.get("coding", [])
    known = {(c.get("system"), c.get("code")) for c in codings}
    for coding in list(codings):
        own = (coding.get("system", ""), coding.get("code", ""))
        for system, code, display in concepts.get(own, ()):
            if (system, code) not in known:
                known.add((system, code))
                extra = {"system": system, "code": code}
                codings.append({**extra, "display": display} if display else extra)
