"""JSON Schema for FHIR JSON: resource types in, a closed schema out (pure; run by `validator`).

One ``$defs`` entry per type and backbone. What R4 says about an object is said in three ways:
its properties (nothing else is allowed), ``allOf`` entries for required elements and choices, and
``allOf`` entries for the invariants of `rules` and `invariants`. What may fail carries
``code: detail`` under ``$comment``, by which `validator` names the problem. A nested resource is
only known to be an object here: `validator` judges it by its own type.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.definitions import Definitions, Element
from conformance.invariants import DATA_TYPES
from conformance.primitives import primitive, whole
from conformance.rules import coded, compile_rule, present, rules
from conformance.shapes import quickened

Schema = dict[str, Any]

_OF_ANY = frozenset({"id", "extension"})  # elements that any data type has
_NESTED: Schema = {"type": "object", "required": ["resourceType"]}
_ID = r"[A-Za-z0-9\-.]{1,64}"
_ABSOLUTE: Schema = {
    "anyOf": [
        {
            "enum": [  # so frequent that to look them up is quicker than to read them
                "http://loinc.org",
                "http://snomed.info/sct",
                "http://unitsofmeasure.org",
                "http://hl7.org/fhir/sid/icd-10",
                "http://terminology.hl7.org/CodeSystem/v2-0078",
                "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
            ]
        },
        {"pattern": whole(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")},
    ]
}
_NARROWED = {  # narrower than the type: an identifier or code system is named absolutely
    ("Coding", "system"): _ABSOLUTE,
    ("Identifier", "system"): _ABSOLUTE,
    ("Quantity", "system"): _ABSOLUTE,
    ("Money", "currency"): {"pattern": whole("[A-Z]{3}")},  # ISO 4217
}


class SchemaBuilder:
    """Builds the schemas of resource types; what types share is built once.

    Parameters
    ----------
    definitions
        What R4 defines.
    local
        Whether references may point to contained resources (``#id``).
    quick
        Whether to allow the same at less cost, but not name what is wrong.
    """

    def __init__(self, definitions: Definitions, *, local: bool, quick: bool = False) -> None:
        self._definitions = definitions
        self._local = local
        self._quick = quick
        self._defs: dict[str, Schema] = {}
        self._reaches: dict[str, set[str]] = {}

    def schema(self, resource_types: Iterable[str]) -> Schema:
        """Return the schema of ``{resource type: resource}`` for any of these types.

        The quick one is of ``{resource type: [resource, …]}``.
        """
        roots = list(resource_types)
        reached: dict[str, Schema] = {}
        waiting = set(roots)
        while waiting:
            name = waiting.pop()
            if name not in self._defs:
                self._defs[name] = self._object(name)
            reached[name] = self._defs[name]
            waiting |= self._reaches[name] - reached.keys()
        found = {each: {"$ref": f"#/$defs/{each}"} for each in roots}
        return {
            "properties": {k: {"items": v} for k, v in found.items()} if self._quick else found,
            "$defs": dict(sorted(reached.items())),
        }

    def _object(self, name: str) -> Schema:
        self._reaches[name] = set()
        structure = name.partition("(")[0]  # Reference(Patient,Group) is a Reference
        properties: dict[str, Schema] = {}
        required: list[str] = []
        checks: list[Schema] = []
        choices: dict[str, list[Element]] = {}
        if name in self._definitions.resource_types:
            properties["resourceType"] = {"const": name}
            required.append("resourceType")
        elements = self._definitions.elements(structure).values()
        for element in elements:
            simple = self._is_primitive(element)
            properties |= self._properties(name, element)
            if element.choice:
                choices.setdefault(element.choice, []).append(element)
            elif element.required and simple:
                checks.append(_named(present(self._names(element)), "required", element.name))
            elif element.required:
                required.append(element.name)
            if simple and element.array:
                checks.append(_paired(element.name))
        checks += (self._choice(group, each) for group, each in choices.items())
        checks += self._invariants(structure)
        found: Schema = {
            "type": ["object", "null"] if name == "Element" else "object",
            "properties": properties,
            "additionalProperties": False,
            "minProperties": 1,
            **({"required": required} if required else {}),
            **({"allOf": checks} if checks else {}),
        }
        if not self._quick:
            return found
        expected = {x.name for x in elements if x.required and not x.choice}
        groups = [[each.name for each in group] for group in choices.values()]
        return quickened(found, frozenset({*required, *expected}), groups)

    def _properties(self, owner: str, element: Element) -> dict[str, Schema]:
        one = self._value(owner, element)
        if not self._is_primitive(element):
            return {element.name: _repeated(one) if element.array else one}
        beside = self._refer(owner, "Element")
        if not element.array:
            return {element.name: one, "_" + element.name: beside | {"type": "object"}}
        nullable = one | {"type": [one["type"], "null"]} if "type" in one else one
        return {element.name: _repeated(nullable), "_" + element.name: _repeated(beside)}

    def _value(self, owner: str, element: Element) -> Schema:
        if element.structure == "Resource":
            return _NESTED
        if self._is_primitive(element):
            return self._primitive(owner, element)
        if element.type == "Reference":
            return self._refer(owner, f"Reference({','.join(element.targets)})")
        found = self._refer(owner, element.structure)
        if element.value_set:
            found |= _bound(element, self._coded(element))
        return found

    def _primitive(self, owner: str, element: Element) -> Schema:
        if element.binding is not None:
            codes: Schema = {"type": "string", "enum": sorted(element.binding)}
            return _bound(
                element, codes | ({"enum": [*codes["enum"], None]} if element.array else {})
            )
        if owner.startswith("Reference(") and element.name == "reference":
            return self._reference(owner)
        found = primitive(element.type)
        if narrowed := _NARROWED.get((owner, element.name)):
            found = {"type": "string", "$comment": found["$comment"], **narrowed}
        return found

    def _coded(self, element: Element) -> Schema:
        systems = self._definitions.value_set(element.value_set or "") or {}
        return {"anyOf": [coded(element.type, [each], codes) for each, codes in systems.items()]}

    def _reference(self, name: str) -> Schema:
        targets = name.removeprefix("Reference").replace(",", "|")
        kinds = targets.replace("(Resource)", "[A-Z][A-Za-z]+")
        relative = rf"{kinds}(?:/{_ID}(?:/_history/{_ID})?|\?\S+)"  # ? in a transaction
        local = r"|#\S*" if self._local else ""
        usual = {"maxLength": 64, "pattern": rf"^{kinds}/[A-Za-z0-9\-.]+$"}  # uncounted, so quicker
        return {
            "type": "string",
            "anyOf": [usual, {"pattern": whole(rf"{relative}|[a-z][a-z0-9+.\-]*:\S+{local}")}],
            "$comment": f"reference: not a {name}",
        }

    def _choice(self, group: str, elements: list[Element]) -> Schema:
        variants = [present(self._names(each)) for each in elements]
        if elements[0].required:
            return _named({"oneOf": variants}, "choice", f"exactly one {group}[x] is required")
        none = {"not": {"anyOf": variants}}
        return _named({"oneOf": [*variants, none]}, "choice", f"more than one {group}[x]")

    def _invariants(self, name: str) -> list[Schema]:
        found = []
        for key, expression in rules().get(name, ()):
            rule = compile_rule(self._definitions, name, expression)
            found.append(_named(rule, key, expression))
        for key, (_, detail) in DATA_TYPES.get(name, {}).items():
            # It compares the two bounds: an object without both of them costs no call.
            both = [each for each in self._definitions.elements(name) if each not in _OF_ANY]
            rule = {"if": {"required": both}, "then": {"fhirInvariant": key}}
            found.append(_named(rule, key, detail))
        return found

    def _refer(self, owner: str, name: str) -> Schema:
        self._reaches[owner].add(name)
        return {"$ref": f"#/$defs/{name}"}

    def _is_primitive(self, element: Element) -> bool:
        return element.type in self._definitions.primitive_types

    def _names(self, element: Element) -> list[str]:
        return [element.name] + ["_" + element.name] * self._is_primitive(element)


def _named(rule: Schema, code: str, detail: str) -> Schema:
    return rule | {"$comment": f"{code}: {detail}"}


def _bound(element: Element, codes: Schema) -> Schema:
    return _named(codes, "code", f"not one of {element.value_set}")


def _repeated(one: Schema) -> Schema:
    return {"type": "array", "items": one, "minItems": 1}


def _paired(name: str) -> Schema:
    """Return the schema of a repeating primitive beside its ``_name``: R4, 2.6.2.1."""
    whole_values = {"properties": {name: {"items": {"not": {"type": "null"}}}}}
    beside = {"required": ["_" + name]}
    rule = {
        "dependentSchemas": {
            name: {"anyOf": [whole_values, beside]},
            "_" + name: {"fhirPaired": name},
        }
    }
    return _named(rule, "paired", f"{name} and _{name} do not complete each other")
