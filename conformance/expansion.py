"""Expand value sets: HL7's code systems and value sets in, plain sets of codes out (build time).

Only what the definitions themselves list can be expanded. A value set that needs a terminology we
do not carry (SNOMED CT, LOINC, UCUM, media types …) has no expansion: its codes are unknown here,
and nothing is claimed about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]
Codes = dict[str, set[str]]  # by code system


class KeptElsewhereError(Exception):
    """The codes are listed by another publisher."""


class Terminology:
    """The code systems and value sets of the specification."""

    def __init__(self, code_systems: Iterable[Json], value_sets: Iterable[Json]) -> None:
        self.code_systems = {each["url"]: each for each in code_systems}
        self.value_sets = {each["url"]: each for each in value_sets}

    def displays(self) -> dict[str, dict[str, str]]:
        """Return ``{code system: {code: display}}`` of every code system listed in full."""
        return {
            url: {each["code"]: each.get("display", "") for each in concepts(system)}
            for url, system in sorted(self.code_systems.items())
            if system.get("content") == "complete"
        }

    def expand(self, url: str) -> dict[str, list[str]] | None:
        """Return ``{code system: [code, …]}``, or None where the codes are kept elsewhere."""
        try:
            found = self._value_set(url)
        except KeptElsewhereError:
            return None
        return {system: sorted(codes) for system, codes in sorted(found.items()) if codes}

    def _value_set(self, url: str) -> Codes:
        value_set = self.value_sets.get(url.split("|", maxsplit=1)[0])
        if value_set is None or "compose" not in value_set:
            raise KeptElsewhereError(url)
        found: Codes = {}
        for part in value_set["compose"]["include"]:
            for system, codes in self._part(part).items():
                found.setdefault(system, set()).update(codes)
        for part in value_set["compose"].get("exclude", []):
            for system, codes in self._part(part).items():
                found.get(system, set()).difference_update(codes)
        return found

    def _part(self, part: Json) -> Codes:
        sets = [self._value_set(url) for url in part.get("valueSet", [])]
        if "system" in part:
            sets.append({part["system"].split("|", maxsplit=1)[0]: self._selected(part)})
        found = sets[0]
        for other in sets[1:]:
            found = {system: codes & other.get(system, set()) for system, codes in found.items()}
        return found

    def _selected(self, part: Json) -> set[str]:
        if "concept" in part:
            return {each["code"] for each in part["concept"]}
        system = self.code_systems.get(part["system"].split("|", maxsplit=1)[0])
        if system is None or system.get("content") != "complete":
            raise KeptElsewhereError(part["system"])
        codes = {each["code"] for each in concepts(system)}
        for rule in part.get("filter", []):
            below = descendants(system, rule["value"])
            match rule["property"], rule["op"]:
                case "concept", "is-a":
                    codes &= below | {rule["value"]}
                case "concept", "descendent-of":
                    codes &= below
                case "concept", "is-not-a":
                    codes -= below | {rule["value"]}
                case _:
                    raise KeptElsewhereError(part["system"])
        return codes


def concepts(node: Json) -> Iterator[Json]:
    """Yield a code system's concepts, nested ones too."""
    for each in node.get("concept", []):
        yield each
        yield from concepts(each)


def descendants(system: Json, code: str) -> set[str]:
    """Return the codes under *code*, by nesting and by the ``subsumedBy`` property."""
    below: dict[str, set[str]] = {}
    for each in concepts(system):
        below.setdefault(each["code"], set()).update(c["code"] for c in each.get("concept", []))
        for value in each.get("property", []):
            if value["code"] == "subsumedBy" and "valueCode" in value:
                below.setdefault(value["valueCode"], set()).add(each["code"])
    found: set[str] = set()
    waiting = [code]
    while waiting:
        fresh = below.get(waiting.pop(), set()) - found
        found |= fresh
        waiting.extend(fresh)
    return found
