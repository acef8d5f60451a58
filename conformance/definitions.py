"""What FHIR R4 defines: a type and a path in, the element's type, cardinality and codes out.

The data are HL7's own (4.0.1), packaged under ``conformance/r4`` (see the README there). A file is
read when something first asks for what it holds.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple

import orjson

VALUE_SETS = "http://hl7.org/fhir/ValueSet/"


@dataclass(frozen=True, slots=True)
class Element:
    """One element as JSON names it.

    Attributes
    ----------
    name
        The JSON property: ``valueQuantity`` for a choice, ``_birthDate`` for a primitive's sibling.
    type
        The FHIR type: ``HumanName``, ``code``, ``Reference``, ``BackboneElement``, ``Resource`` …
    array
        Whether it may repeat.
    required
        Whether at least one is required; of a choice, whether one of the group is.
    targets
        The resource types a Reference may point to; ``("Resource",)`` is any.
    binding
        The codes of a required value set; None where there is none or where its codes are
        kept elsewhere (UCUM, media types, languages).
    choice
        The group of a choice: ``value`` for ``valueQuantity``.
    structure
        What holds its children: the type, or a backbone's path (``Patient.contact``).
    value_set
        The URL of the required value set that `binding` comes from.
    """

    name: str
    type: str
    array: bool
    required: bool
    targets: tuple[str, ...]
    binding: frozenset[str] | None
    choice: str | None
    structure: str
    value_set: str | None


class SearchParameter(NamedTuple):
    """A search parameter: its type (``token``, ``date`` …), FHIRPath expression and targets."""

    type: str
    expression: str
    targets: tuple[str, ...]


class Definitions:
    """The definitions of FHIR R4 4.0.1."""

    def __init__(self) -> None:
        self._structures: dict[str, Any] = load("structures")
        self._required: dict[str, dict[str, list[str]]] = load("valuesets")
        self._elements: dict[str, Mapping[str, Element]] = {}
        self._codes: dict[str, frozenset[str] | None] = {}

    @cached_property
    def types(self) -> frozenset[str]:
        """Every resource, complex and primitive type, abstract ones too."""
        return frozenset(
            name
            for name, each in self._structures.items()
            if each["kind"] != "backbone" and name != "SimpleQuantity"
        )

    @cached_property
    def resource_types(self) -> frozenset[str]:
        """Every resource type that can be instantiated."""
        return frozenset(
            name
            for name, each in self._structures.items()
            if each["kind"] == "resource" and "abstract" not in each
        )

    @cached_property
    def primitive_types(self) -> Mapping[str, str | None]:
        """Every primitive type and the regular expression R4 gives for its value."""
        return {
            name: each.get("regex")
            for name, each in self._structures.items()
            if each["kind"] == "primitive"
        }

    def elements(self, structure: str) -> Mapping[str, Element]:
        """Return the elements of a type or backbone path by JSON name, inherited ones first.

        Raises
        ------
        KeyError
            R4 has no such type.
        """
        found = self._elements.get(structure)
        if found is None:
            definition = self._structures[structure]
            known = dict(self.elements(definition["base"])) if definition["base"] else {}
            for name, row in definition["elements"].items():
                if row.startswith("0..0"):
                    del known[name]
                else:
                    known |= {each.name: each for each in self._read(structure, name, row)}
            self._elements[structure] = found = known
        return found

    def element(self, type: str, path: str) -> Element | None:  # noqa: A002 - FHIR's word
        """Return the element at a dotted path of JSON names, or None where R4 has none.

        ``element("Encounter", "participant.individual")``, ``element("Observation",
        "valueQuantity.unit")``, ``element("Patient", "_birthDate.extension")``.
        """
        structure, found = type, None
        for name in path.split("."):
            if structure not in self._structures or structure in self.primitive_types:
                return None
            found = self._member(structure, name)
            if found is None:
                return None
            structure = found.structure
        return found

    def codes(self, value_set: str) -> frozenset[str] | None:
        """Return a value set's codes of all code systems, or None where they are kept elsewhere."""
        url = value_set.split("|", maxsplit=1)[0]
        if url not in self._codes:
            systems = self.value_set(url)
            self._codes[url] = None if systems is None else frozenset().union(*systems.values())
        return self._codes[url]

    def value_set(self, url: str) -> Mapping[str, list[str]] | None:
        """Return a value set's codes by code system, or None where they are kept elsewhere."""
        url = url.split("|", maxsplit=1)[0]
        found = self._required.get(url.removeprefix(VALUE_SETS))
        return found if found is not None else load("bindings").get(url)

    def code_system(self, url: str) -> Mapping[str, str] | None:
        """Return a code system's displays by code (FHIR, v3 and v2 tables), or None if unknown."""
        found: Mapping[str, str] | None = load("codesystems").get(url)
        return found

    def search_parameters(self, type: str) -> Mapping[str, SearchParameter]:  # noqa: A002
        """Return the search parameters of a resource type by name, the common ones included."""
        known = load("search")["parameters"]
        return {
            name: SearchParameter(kind, expression, tuple(targets))
            for base in ("Resource", "DomainResource", type)
            for name, (kind, expression, *targets) in known.get(base, {}).items()
        }

    def _member(self, structure: str, name: str) -> Element | None:
        known = self.elements(structure)
        if name.startswith("_"):
            real = known.get(name[1:])
            if real is None or real.type not in self.primitive_types:
                return None
            return Element(name, "Element", real.array, False, (), None, None, "Element", None)
        return known.get(name)

    def _read(self, structure: str, name: str, row: str) -> list[Element]:
        cardinality, kinds, *bound = row.split()
        required, array = cardinality[0] != "0", cardinality.endswith("*")
        url = self._long(bound[0][1:]) if bound else None
        choice = name.removesuffix("[x]") if name.endswith("[x]") else None
        found = []
        for kind, targets in re.findall(r"([^|(]+)(?:\(([^)]*)\))?", kinds):
            plain = "Quantity" if kind == "SimpleQuantity" else kind
            below = kind
            if kind.startswith("#"):  # the same content as another backbone
                plain, below = self._structures[kind[1:]]["base"], kind[1:]
            elif f"{structure}.{name}" in self._structures:
                below = f"{structure}.{name}"
            codes = self.codes(url) if url else None
            found.append(
                Element(
                    name=choice + plain[0].upper() + plain[1:] if choice else name,
                    type=plain,
                    array=array,
                    required=required,
                    targets=_targets(plain, targets),
                    binding=codes,
                    choice=choice,
                    structure=below,
                    value_set=url if codes is not None else None,
                )
            )
        return found

    @staticmethod
    def _long(short: str) -> str:
        return short if ":" in short else VALUE_SETS + short


def _targets(kind: str, listed: str) -> tuple[str, ...]:
    if kind not in {"Reference", "canonical"}:
        return ()
    return tuple(listed.split(",")) if listed else ("Resource",)


@cache
def load(name: str) -> dict[str, Any]:
    """Read one packaged file by its name (see ``conformance/r4/README.md``)."""
    packed = (files("conformance") / "r4" / f"{name}.json.gz").read_bytes()
    content: dict[str, Any] = orjson.loads(gzip.decompress(packed))
    del content["about"]
    return content


@cache
def definitions() -> Definitions:
    """Return the definitions; they are read once."""
    return Definitions()
