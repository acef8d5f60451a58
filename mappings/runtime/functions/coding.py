"""Coded values: code tables applied to codes, Codings and CodeableConcepts.

A code that HL7's own table does not have is the sender's: so is its system then, a table of the
same number that only the sender knows (``…/code-system/tjh01/v2-0002``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.findings import Unmapped
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.types import JSON, Location

LOCAL = "https://yiqiao.org/fhir/code-system/"  # systems that only their sender knows
HL7_TABLE = "http://terminology.hl7.org/CodeSystem/v2-"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CodeTable:
    """A compiled code table: v2 code → (FHIR code, display, system); the v2 table's system."""

    codes: dict[str, tuple[str, str, str]]
    v2_system: str
    name: str = ""
    rows: Mapping[str, str] = field(default_factory=dict)  # what says it of a code (``--explain``)
    known: Mapping[str, str] | None = None  # that system's codes, and what it calls them; None: any
    plain: Mapping[str, str] = field(default_factory=dict)  # the FHIR codes alone


def map_code(table: CodeTable, value: str, context: Context, location: Location) -> str | None:
    """Return a FHIR code for a v2 code; None, with a finding, where there is none."""
    found = table.codes.get(value)
    if found is None:
        code = primitives.code(primitives.narrow(value))
        found = table.codes.get(code or "")
        if found is None:
            found = table.codes.get("*")
            _unmapped(table, table.v2_system, code or value, context, location)
    if found and found[0]:
        if table.rows:
            context.look(table.rows.get(value, table.rows.get("*")), location)
        return found[0]
    if found:
        context.without(f"codes {table.name}", location)
    return None


def coded(made: JSON | None, table: CodeTable, context: Context, location: Location) -> JSON | None:
    """Put the table's code before the sender's own (CodeableConcept), or in its place (Coding)."""
    if made is None:
        return None
    codings: list[JSON] = made.get("coding") or ([made] if "code" in made else [])
    own = codings[0] if codings else {}
    code = own.get("code", "")
    if not code:
        return _worded(made, codings, table, context, location)
    found = table.codes.get(code) or table.codes.get(primitives.narrow(code))
    named = own.get("system") or _named(own, table, found, context)
    if named == table.v2_system and table.known:
        _call(own, table.known)
    if found is None:
        # A code of another published system speaks for itself; a local one wants a standard code.
        if named == table.v2_system or named.startswith(LOCAL):
            _unmapped(table, named, code, context, location)
            found = table.codes.get("*")
        if found is None:
            return made
    if table.rows:
        context.look(table.rows.get(code, table.rows.get("*")), location)
    return _placed(made, codings, found) if found[0] else made


def _worded(
    made: JSON, codings: list[JSON], table: CodeTable, context: Context, location: Location
) -> JSON:
    """Put the code before words that the table knows: ``^汉族``; what others mean is found."""
    words = [*codings, {"display": made.get("text")}, made]
    word = next((w for one in words if (w := one.get("display"))), "")
    found = table.codes.get(word) or table.codes.get(primitives.narrow(word))
    if found is None or not found[0]:
        if context.say("warning", "unmapped-code", location, "words without a code") and word:
            context.unmapped.append(Unmapped(table.name, "", word, context.locate(location)))
        found = table.codes.get("*") if word else None
        if found is None:
            return made
    if table.rows:
        context.look(table.rows.get(word), location)
    if "display" in made:  # a Coding
        return made | mapped(found)
    return {**made, "coding": [mapped(found), *codings]}


def counterpart(
    made: JSON | None, table: CodeTable, context: Context, location: Location
) -> JSON | None:
    """Return the table's code alone, of the first of a concept's codes that it knows.

    A code whose system nobody names is one of the table's, where the table has it.
    """
    for own in made.get("coding", ()) if made else ():
        found = table.codes.get(own.get("code", ""))
        if found is not None and found[0] and own.get("system", table.v2_system) == table.v2_system:
            if table.rows:
                context.look(table.rows.get(own["code"]), location)
            return {"coding": [mapped(found)]}
    return None


def meant(table: CodeTable, value: str) -> str:
    """Return a coded value with the table's codes in the place of those that it knows.

    For functions that read a code: what they know is the standard's, ``BID``, not a site's own.
    """
    return "~".join(_meant(table, one) for one in value.split("~"))


def _meant(table: CodeTable, value: str) -> str:
    end = next((place for place, sign in enumerate(value) if sign in "^&"), len(value))
    code = primitives.code(primitives.narrow(value[:end])) or ""
    found = table.codes.get(code)
    return f"{found[0] if found and found[0] else code}{value[end:]}"


def _placed(made: JSON, codings: list[JSON], found: tuple[str, str, str]) -> JSON:
    """Put a table's code before others, unless it is the first of them; alone, in their place."""
    code, display, system = found
    if "coding" not in made:
        return mapped(found)
    own = codings[0]
    if own.get("system") != system or own.get("code") != code:
        made["coding"] = [mapped(found), *codings]
    elif display:
        own.setdefault("display", display)
    return made


def mapped(found: tuple[str, str, str]) -> JSON:
    """Return the Coding of what a table has for a code, or a row for its parameter."""
    code, display, system = found
    return {"system": system, "code": code, **({"display": display} if display else {})}


def _named(
    own: JSON, table: CodeTable, found: tuple[str, str, str] | None, context: Context
) -> str:
    """Name the system of a code whose sender named none: the standard's, where that has it too."""
    code: str = own.get("code", "")
    if found is not None and found[0] == code:
        system = found[2]
    elif table.v2_system and (code.isascii() if table.known is None else code in table.known):
        system = table.v2_system
    else:
        system = _senders(table.v2_system or table.name, context)
    own["system"] = system
    return system


def called(known: Mapping[str, str] | None, code: str) -> str:
    """Return what a system calls a code; "" where that is not known, or is the code."""
    word = known.get(code, "") if known else ""
    return "" if word == code else word


def _call(coding: JSON, known: Mapping[str, str]) -> None:
    """Say what a code is called in its system, where its sender does not."""
    if "display" not in coding and (word := called(known, coding.get("code", ""))):
        coding["display"] = word


def _unmapped(
    table: CodeTable, system: str, code: str, context: Context, location: Location
) -> None:
    if context.say("warning", "unmapped-code", location):
        context.unmapped.append(Unmapped(table.name, system, code, context.locate(location)))


def in_table(made: JSON | None, system: str) -> JSON | None:
    """Give the sender's first code the field's HL7 table as system, where it names none."""
    if made is not None:
        coding = made["coding"][0] if "coding" in made else made
        if "code" in coding:
            coding.setdefault("system", system)
    return made


def _senders(system: str, context: Context) -> str:
    return f"{LOCAL}{context.site.source}/{re.split('[/:]', system)[-1]}"


@dataclass(frozen=True, slots=True)
class OwnCodes:
    """Takes codes that an HL7 table lacks out of it, where one is named as their system.

    What a code of a system is called there, is said of those whose sender does not.

    Parameters
    ----------
    codes_of
        The codes of a code system, by its URI, and what it calls them; None where they are kept
        elsewhere.
    """

    codes_of: Callable[[str], Mapping[str, str] | None]

    def __call__(self, made: JSON, context: Context) -> None:
        """Rename, in place, the systems of a CodeableConcept or Coding; name its codes."""
        for coding in made.get("coding") or (made,):
            system = coding.get("system", "")
            known, code = self.codes_of(system), coding.get("code", "")
            if system.startswith(HL7_TABLE) and (
                not code.isascii() if known is None else code not in known
            ):
                coding["system"] = _senders(system, context)
            elif known:
                _call(coding, known)


def local_concepts(concept: JSON, context: Context, location: Location = 0) -> None:
    """Add the standard codes a site profile gives for its local codes; say of which value."""
    concepts = context.site.concepts
    codings: list[Any] = concept.get("coding", [])
    # Words that are no code may be what a profile gives one for.
    for coding in tuple(codings) or ({"code": concept.get("text", "")},):
        own = (coding.get("system", ""), coding.get("code", ""))
        for system, code, display in concepts.get(own, ()):
            known = {(c.get("system"), c.get("code")) for c in codings}
            if (system, code) not in known:
                context.look(context.site.rows.get(own), location)
                codings.append(mapped((code, display, system)))
                concept["coding"] = codings
