from __future__ import annotations

import gzip
import json

import pytest

from conformance.build import main
from conformance.expansion import Terminology

CORE = "http://hl7.org/fhir/StructureDefinition/"


def element(path, kind=None, base=None, **more):
    found = {"path": path, "min": 0, "max": "1", "base": {"path": base or path}, **more}
    return found | ({"type": [kind if isinstance(kind, dict) else {"code": kind}]} if kind else {})


def structure(name, elements, kind="complex-type", base="Element", **more):
    return {
        "resourceType": "StructureDefinition",
        "id": name,
        "url": CORE + name,
        "type": more.pop("type", name),
        "kind": kind,
        "abstract": False,
        "baseDefinition": CORE + base,
        "snapshot": {"element": [element(name), *elements]},
        **more,
    }


def fhir_type(name):
    extension = {"url": CORE + "structuredefinition-fhir-type", "valueUrl": name}
    return {"code": "http://hl7.org/fhirpath/System.String", "extension": [extension]}


PACKAGE = [
    structure("Element", [element("Element.id", fhir_type("string"))], abstract=True, base=""),
    structure(
        "code",
        [
            element("code.id", "string", base="Element.id"),
            element(
                "code.value",
                {"code": "x", "extension": [{"url": CORE + "regex", "valueString": "[a]"}]},
            ),
        ],
        kind="primitive-type",
    ),
    structure(
        "Thing",
        [
            element("Thing.id", "string", base="Element.id"),
            element(
                "Thing.code",
                "code",
                binding={
                    "strength": "required",
                    "valueSet": "http://hl7.org/fhir/ValueSet/c|4.0.1",
                },
            ),
            element("Thing.part", "BackboneElement"),
            element("Thing.part.again", contentReference="#Thing.part"),
            element("Thing.part.who", {"code": "Reference", "targetProfile": [CORE + "Thing"]}),
            element("Thing.low", {"code": "Quantity", "profile": [CORE + "SimpleQuantity"]}),
            element("Thing.high", {"code": "Quantity", "profile": [CORE + "Other"]}),
        ],
        kind="resource",
    ),
    structure(
        "SimpleQuantity",
        [element("Quantity.value", "decimal"), element("Quantity.comparator", "code", max="0")],
        derivation="constraint",
        base="Quantity",
        type="Quantity",
    ),
    structure("Profile", [], derivation="constraint"),
    structure("Pattern", [], kind="logical"),
    {
        "resourceType": "SearchParameter",
        "id": "Thing-code",
        "version": "4.0.1",
        "base": ["Thing"],
        "code": "code",
        "type": "token",
        "expression": "Thing.code",
    },
    {"resourceType": "SearchParameter", "id": "example", "base": ["Thing"], "code": "x"},
    {
        "resourceType": "CodeSystem",
        "id": "c",
        "url": "urn:c",
        "content": "complete",
        "concept": [{"code": "a", "display": "A"}],
    },
    {
        "resourceType": "ValueSet",
        "id": "c",
        "url": "http://hl7.org/fhir/ValueSet/c",
        "compose": {"include": [{"system": "urn:c"}]},
    },
]


def test_the_package_becomes_compact_files(tmp_path):
    package, to = tmp_path / "package", tmp_path / "to"
    package.mkdir()
    to.mkdir()
    for each in PACKAGE:
        path = package / f"{each['resourceType']}-{each['id']}.json"
        path.write_text(json.dumps(each))
    (package / "StructureDefinition-note.json").write_text('{"resourceType": "Basic"}')
    main([str(tmp_path), "--to", str(to)])
    main([str(package), "--to", str(to)])
    read = {
        each.name.removesuffix(".json.gz"): json.loads(gzip.decompress(each.read_bytes()))
        for each in to.iterdir()
    }
    assert all(each.pop("about")["version"] == "4.0.1" for each in read.values())
    assert read == {
        "structures": {
            "Element": {
                "kind": "complex",
                "base": "",
                "elements": {"id": "0..1 string"},
                "abstract": True,
            },
            "code": {"kind": "primitive", "base": "Element", "elements": {}, "regex": "[a]"},
            "Thing": {
                "kind": "resource",
                "base": "Element",
                "elements": {
                    "code": "0..1 code @c",
                    "part": "0..1 BackboneElement",
                    "low": "0..1 SimpleQuantity",
                    "high": "0..1 Quantity",
                },
            },
            "Thing.part": {
                "kind": "backbone",
                "base": "BackboneElement",
                "elements": {"again": "0..1 #Thing.part", "who": "0..1 Reference(Thing)"},
            },
            "SimpleQuantity": {
                "kind": "complex",
                "base": "Quantity",
                "elements": {"value": "0..1 decimal", "comparator": "0..0 code"},
            },
        },
        "valuesets": {"c": {"urn:c": ["a"]}},
        "search": {
            "parameters": {"Thing": {"code": ["token", "Thing.code"]}},
        },
        "codesystems": {"urn:c": {"a": "A"}},
        "bindings": {"http://hl7.org/fhir/ValueSet/c": {"urn:c": ["a"]}},
    }


TREE = {
    "url": "urn:tree",
    "content": "complete",
    "concept": [
        {"code": "a", "concept": [{"code": "b", "concept": [{"code": "c"}]}]},
        {"code": "d", "property": [{"code": "subsumedBy", "valueCode": "b"}, {"code": "x"}]},
    ],
}


def rule(op, value, prop="concept"):
    return {"system": "urn:tree", "filter": [{"property": prop, "op": op, "value": value}]}


def expanded(*include, exclude=()):
    other = {"url": "urn:other", "compose": {"include": [{"system": "urn:tree|1", "concept": [
        {"code": "a"}, {"code": "c"}]}]}}  # fmt: skip
    value_set = {"url": "urn:v", "compose": {"include": list(include), "exclude": list(exclude)}}
    partial = {"url": "urn:partial", "content": "fragment", "concept": [{"code": "z"}]}
    return Terminology([TREE, partial], [other, value_set, {"url": "urn:empty"}]).expand("urn:v|1")


@pytest.mark.parametrize(
    ("include", "exclude", "codes"),
    [
        ([{"system": "urn:tree"}], [], "abcd"),
        ([rule("is-a", "b")], [], "bcd"),
        ([rule("descendent-of", "b")], [], "cd"),
        ([rule("is-not-a", "b")], [], "a"),
        ([{"system": "urn:tree", "valueSet": ["urn:other"]}], [], "ac"),
        ([{"valueSet": ["urn:other"]}], [{"system": "urn:tree", "concept": [{"code": "a"}]}], "c"),
        ([{"valueSet": ["urn:other"]}], [{"system": "urn:tree"}], ""),
    ],
)
def test_expansion(include, exclude, codes):
    found = expanded(*include, exclude=exclude)
    assert found == ({"urn:tree": list(codes)} if codes else {})


@pytest.mark.parametrize(
    "include",
    [
        {"system": "http://snomed.info/sct"},
        {"system": "urn:partial"},
        {"valueSet": ["urn:bogus"]},
        {"valueSet": ["urn:empty"]},
        rule("=", "b", "parent"),
    ],
)
def test_codes_kept_elsewhere_are_not_guessed(include):
    assert expanded(include) is None
