from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from conformance_samples import sample, samples
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, RegexOptions

from conformance.definitions import definitions
from conformance.schema import SchemaBuilder
from conformance.shapes import quickened
from conformance.validator import Validator

VALIDATOR = Validator(definitions().resource_types)
TYPES = sorted(definitions().resource_types)
PLAIN = SchemaBuilder(definitions(), local=False).schema(TYPES)["$defs"]
QUICK = SchemaBuilder(definitions(), local=False, quick=True).schema(TYPES)["$defs"]
REWRITTEN = sorted(name for name in PLAIN if PLAIN[name] != QUICK[name])


def names_alone(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without what it says of the properties' values."""
    found = dict(schema)
    if "properties" in found:
        found["properties"] = dict.fromkeys(found["properties"], True)
    for branch in ("then", "else"):
        if branch in found:
            found[branch] = names_alone(found[branch])
    known = {"required", "not", "allOf", "anyOf", "oneOf", "dependentSchemas", "$comment"}
    if "allOf" in found:
        found["allOf"] = [x for x in found["allOf"] if known.issuperset(x)]
    return found


@cache
def compiled(name: str) -> tuple[Draft202012Validator, Draft202012Validator]:
    plain, quick = (Draft202012Validator(names_alone(each[name])) for each in (PLAIN, QUICK))
    return plain, quick


@given(st.sampled_from(REWRITTEN), st.data())
def test_any_set_of_names_is_judged_alike(name, data):
    listed = sorted(PLAIN[name]["properties"])
    usual = [x for x in QUICK[name].get("if", {}).get("required", ()) if x in listed]
    chosen = data.draw(st.sets(st.sampled_from(listed), max_size=4))
    if data.draw(st.booleans()):
        chosen |= set(usual) | set(PLAIN[name].get("required", ()))
    if usual and data.draw(st.booleans()):
        chosen -= {data.draw(st.sampled_from(usual))}
    plain, quick = compiled(name)
    node = dict.fromkeys(chosen, "x")
    assert plain.is_valid(node) == quick.is_valid(node)


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_no_rule_is_left_out(name):
    comments = re.compile(r"'\$comment': '([^']*)'")
    assert set(comments.findall(str(PLAIN[name]))) <= set(comments.findall(str(QUICK[name])))


@pytest.mark.parametrize("name", ["Extension", "Parameters.parameter", "Observation", "Quantity"])
def test_up_to_two_names_are_judged_alike(name):
    plain, quick = compiled(name)
    must = PLAIN[name].get("required", [])
    listed = sorted(PLAIN[name]["properties"])
    for one in listed:
        for other in listed:
            node = dict.fromkeys([*must, one, other], "x")
            assert plain.is_valid(node) == quick.is_valid(node)


def test_usual_shapes_are_found():
    assert QUICK["Extension"]["allOf"][0]["anyOf"][0]["required"] == ["url"]
    usual, second = QUICK["Observation"], QUICK["Observation"]["else"]
    assert {"valueQuantity", "effectiveDateTime", "status"} <= set(usual["if"]["required"])
    assert "valueString" not in usual["then"]["properties"]
    assert "dataAbsentReason" not in usual["then"]["properties"]
    assert "valueCodeableConcept" in second["if"]["required"]


def test_rules_of_names_are_settled():
    schema = {
        "type": "object",
        "properties": dict.fromkeys("abcd", True),
        "additionalProperties": False,
        "minProperties": 1,
        "allOf": [
            {"allOf": [{"required": ["a"]}, {"not": {"required": ["b"]}}]},
            {"oneOf": [{"required": ["a"]}, {"required": ["c"]}]},
            {"properties": {"d": {"const": 1}}},
        ],
    }
    found = quickened(schema, frozenset("a"), [])
    assert found["if"] == {"required": ["a"]}
    assert set(found["then"]["properties"]) == {"a", "d"}
    assert found["allOf"] == schema["allOf"][2:]
    assert "minProperties" not in found


def test_what_usual_names_do_not_settle_is_asked_in_full():
    schema = {
        "properties": dict.fromkeys("abc", True),
        "additionalProperties": False,
        "minProperties": 1,
        "allOf": [
            {"anyOf": [{"required": ["b", "c"]}, {"not": {"required": ["c"]}}]},
            {"dependentSchemas": {"a": {"anyOf": [{"not": {"required": ["b"]}}]}}},
        ],
    }
    found = quickened(schema, frozenset("a"), [])
    assert "if" not in found
    assert found["allOf"] == schema["allOf"]
    assert found["minProperties"] == 1


def nodes(found: Any) -> list[dict[str, Any]]:
    inside = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return [found] * isinstance(found, dict) + [each for x in inside for each in nodes(x)]


POOL = [node for each in samples() for node in nodes(each)]
NAMES = sorted({name for node in POOL for name in node} | set(PLAIN["Observation"]["properties"]))
VALUES = [value for node in POOL for value in node.values()]
ODD = [None, "", " ", "a b", 1, -1, 1.5, True, [], {}, [None], "2026-13-01", "#x", "a:", "\x01"]


@given(st.sampled_from(samples()), st.data())
def test_valid_where_there_are_no_errors(resource, data):
    resource = sample(resource["resourceType"])
    for _ in range(data.draw(st.integers(1, 3))):
        node = data.draw(st.sampled_from(nodes(resource)))
        name = data.draw(st.sampled_from([*node, *NAMES]))
        if name in node and data.draw(st.booleans()):
            del node[name]
        else:
            node[name] = deepcopy(data.draw(st.sampled_from([*VALUES, *ODD])))
    assert VALIDATOR.valid(resource) == (not VALIDATOR.errors(resource))


# --- expressions told in cheaper parts: each the same as R4's own in one --------------------------

ID = r"[A-Za-z0-9\-.]{1,64}"
WHOLE = {
    ("Observation", "id"): ID,
    ("Coding", "code"): r"[^\s]+(\s[^\s]+)*",
    ("Coding", "system"): r"[A-Za-z][A-Za-z0-9+.\-]*:\S+",
    ("Reference(Encounter)", "reference"): (
        rf"Encounter(/{ID}(/_history/{ID})?|\?\S+)|[a-z][a-z0-9+.\-]*:\S+"
    ),
    ("Reference(Resource)", "reference"): (
        rf"[A-Z][A-Za-z]+(/{ID}(/_history/{ID})?|\?\S+)|[a-z][a-z0-9+.\-]*:\S+"
    ),
}
PARTS = ["Encounter", "Patient", "/", "_history", "?", "http:", "://x", "a" * 60, "-.", " ", "\n"]
PARTS += ["http://loinc.org", "http://snomed.info/sct", "_", "é", "1b", ":", "\u3000", "\t", "#"]


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.sampled_from(PARTS), max_size=5).map("".join))
def test_expressions_in_parts_mean_the_whole(place, text):
    owner, name = place
    schema = PLAIN[owner]["properties"][name]
    judge = Draft202012Validator(schema, pattern_options=RegexOptions())
    assert judge.is_valid(text) == bool(re.fullmatch(WHOLE[place], text))
