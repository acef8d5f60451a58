from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from conformance_samples import sample, samples
from hypothesis import given
from hypothesis import strategies as st

from conformance.definitions import definitions
from conformance.validator import Problem, Validator

REMOVE = object()
VALIDATOR = Validator(types=["Patient", "Observation", "Encounter"])


def changed(resource_type: str, **changes: Any) -> dict[str, Any]:
    resource = sample(resource_type)
    for name, value in changes.items():
        if value is REMOVE:
            del resource[name]
        else:
            resource[name] = value
    return resource


def judge(resource: dict[str, Any]) -> set[tuple[str, str]]:
    problems = VALIDATOR.errors(resource)
    assert VALIDATOR.valid(resource) == (not problems)
    return {(each.path, each.code) for each in problems}


def test_what_is_wrong_too_deep_within_a_resource_is_told_of_the_whole():
    extension = {"url": "urn:x", "valueString": "x"}
    for _ in range(200):
        extension = {"url": "urn:x", "extension": [extension]}
    assert judge(changed("Patient", extension=[extension])) == set()
    assert judge(changed("Patient", extension=[{"extension": [extension]}])) == {
        ("Patient", "depth")
    }


@pytest.mark.parametrize("resource", samples(), ids=lambda each: each["resourceType"])
def test_samples_are_valid(resource):
    assert VALIDATOR.errors(resource) == []
    assert VALIDATOR.valid(resource)


@pytest.mark.parametrize("resource", samples(), ids=lambda each: each["resourceType"])
def test_an_independent_model_agrees(resource):
    kind = resource["resourceType"]
    model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    model.model_validate(resource)


BINARY = {"resourceType": "Binary", "contentType": "application/pdf", "data": "JVBERg=="}
SAID = "Observation"
WRONG = [
    (BINARY | {"data": "JVB*"}, "Binary.data", "format"),
    (BINARY | {"contentType": " "}, "Binary.contentType", "format"),
    ({"resourceType": "Binary", "data": "JVBERg=="}, "Binary", "required"),
    # structure
    (changed(SAID, status=REMOVE), "Observation", "required"),
    (changed(SAID, code=REMOVE), "Observation.code", "required"),
    (changed(SAID, unknown=1), "Observation", "unknown-element"),
    (changed(SAID, fhir_comments=["x"]), "Observation", "unknown-element"),
    (changed(SAID, code={"text": "x", "bogus": 1}), "Observation.code", "unknown-element"),
    (changed(SAID, category={}), "Observation.category", "type"),
    (changed(SAID, category=[]), "Observation.category", "empty"),
    (changed(SAID, code={}), "Observation.code", "empty"),
    (changed(SAID, code=None), "Observation.code", "type"),
    (changed(SAID, subject=[{"reference": "Patient/1"}]), "Observation.subject", "type"),
    (changed(SAID, valueString="x"), "Observation", "choice"),
    (changed(SAID, _valueString={"id": "x"}), "Observation", "choice"),
    (changed("MedicationRequest", medicationCodeableConcept=REMOVE), "MedicationRequest", "choice"),
    (changed(SAID, _status={}), "Observation._status", "empty"),
    (changed(SAID, _status=None), "Observation._status", "type"),
    ({"resourceType": "Nothing"}, "Resource", "unknown-type"),
    ({"resourceType": ["Patient"]}, "Resource", "unknown-type"),
    ({}, "Resource", "unknown-type"),
    # primitives
    (changed("Patient", birthDate="1981-02-29"), "Patient.birthDate", "format"),
    (changed("Patient", birthDate="1900-02-29"), "Patient.birthDate", "format"),
    (changed("Patient", birthDate="2026-04-31"), "Patient.birthDate", "format"),
    (changed("Patient", birthDate="20260401"), "Patient.birthDate", "format"),
    (changed("Patient", birthDate="0000-01-01"), "Patient.birthDate", "format"),
    (changed("Patient", birthDate="2026-04-01\n"), "Patient.birthDate", "format"),
    (changed("Patient", birthDate=""), "Patient.birthDate", "format"),
    (changed("Patient", birthDate=19800229), "Patient.birthDate", "type"),
    (changed("Patient", active="true"), "Patient.active", "type"),
    (changed("Patient", multipleBirthInteger=2**31), "Patient.multipleBirthInteger", "range"),
    (changed("Patient", multipleBirthInteger=1.5), "Patient.multipleBirthInteger", "type"),
    (changed("Patient", multipleBirthInteger=True), "Patient.multipleBirthInteger", "type"),
    (changed("Patient", id="a_b"), "Patient.id", "format"),
    (changed("Patient", id="a" * 65), "Patient.id", "format"),
    (changed("Patient", language=" zh"), "Patient.language", "format"),
    (changed("Patient", implicitRules="urn:a b"), "Patient.implicitRules", "format"),
    (changed("Patient", implicitRules=""), "Patient.implicitRules", "format"),
    (changed("Patient", name=[{"family": ""}]), "Patient.name[0].family", "format"),
    (changed("Patient", name=[{"family": "　"}]), "Patient.name[0].family", "format"),
    (changed("Patient", name=[{"family": "a\x0bb"}]), "Patient.name[0].family", "format"),
    (
        changed("Patient", telecom=[{"system": "fax", "value": "1", "rank": 0}]),
        "Patient.telecom[0].rank",
        "range",
    ),
    (changed(SAID, issued="2026-11-02"), "Observation.issued", "format"),
    (changed(SAID, issued="2026-11-02T09:30:00"), "Observation.issued", "format"),
    (changed(SAID, issued="2026-11-02T09:30Z"), "Observation.issued", "format"),
    (changed(SAID, issued="2026-11-02T09:30:00+15:00"), "Observation.issued", "format"),
    *(
        (changed(SAID, valueQuantity={"value": each}), "Observation.valueQuantity.value", "type")
        for each in ("1", True, None, float("nan"), float("inf"))
    ),
    (
        changed("DiagnosticReport", presentedForm=[{"contentType": "a/b", "data": "A==="}]),
        "DiagnosticReport.presentedForm[0].data",
        "format",
    ),
    (
        changed("Patient", text={"status": "generated", "div": "<div>no namespace</div>"}),
        "Patient.text.div",
        "format",
    ),
    # repeating primitives beside their _name
    (changed("Patient", name=[{"given": ["a", None]}]), "Patient.name[0]", "paired"),
    (
        changed("Patient", name=[{"given": [None], "_given": [None]}]),
        "Patient.name[0]",
        "paired",
    ),
    (
        changed("Patient", name=[{"given": ["a"], "_given": [None, {"id": "x"}]}]),
        "Patient.name[0]",
        "paired",
    ),
    (changed("Patient", name=[{"_given": [None]}]), "Patient.name[0]", "paired"),
    # codes
    (changed(SAID, status="bogus"), "Observation.status", "code"),
    (changed("AllergyIntolerance", category=["pollen"]), "AllergyIntolerance.category[0]", "code"),
    (
        changed("Condition", clinicalStatus={"text": "active"}),
        "Condition.clinicalStatus",
        "code",
    ),
    (
        changed(
            "Condition", clinicalStatus={"coding": [{"system": "urn:other", "code": "resolved"}]}
        ),
        "Condition.clinicalStatus",
        "code",
    ),
    (
        changed("Patient", identifier=[{"system": "MRN", "value": "1"}]),
        "Patient.identifier[0].system",
        "format",
    ),
    # references
    *(
        (changed(SAID, subject={"reference": each}), "Observation.subject.reference", "reference")
        for each in ("Practitioner/1", "Patient/a b", "Patient", "1", "", "#p")
    ),
    (changed(SAID, subject={"type": "Patient"}), "Observation.subject", "ref"),
    # extensions
    (changed("Patient", extension=[{"url": "urn:x"}]), "Patient.extension[0]", "ext-1"),
    (
        changed(
            "Patient",
            extension=[
                {"url": "urn:x", "valueCode": "a", "extension": [{"url": "y", "valueCode": "b"}]}
            ],
        ),
        "Patient.extension[0]",
        "ext-1",
    ),
    (
        changed("Patient", extension=[{"url": "urn:x", "valueCode": "a", "valueString": "b"}]),
        "Patient.extension[0]",
        "choice",
    ),
    (changed("Patient", extension=[{"valueCode": "a"}]), "Patient.extension[0]", "required"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "path", "code"), WRONG)
def test_what_is_wrong_is_named(resource, path, code):
    assert (path, code) in judge(resource)


@pytest.mark.parametrize(
    ("resource_type", "changes"),
    [
        ("Observation", {"status": REMOVE, "_status": {"id": "unknown"}}),
        ("Observation", {"valueQuantity": REMOVE, "_valueString": {"id": "a"}}),
        ("Observation", {"subject": {"reference": "Patient/1/_history/2"}}),
        ("Observation", {"subject": {"reference": "Patient?identifier=urn:x|1"}}),
        ("Observation", {"subject": {"reference": "urn:oid:1.2.3"}}),
        ("Patient", {"birthDate": "2000-02-29"}),
        ("Patient", {"birthDate": "1999"}),
        ("Patient", {"name": [{"_given": [{"id": "x"}]}]}),
        ("Patient", {"deceasedDateTime": "2016-12-31T23:59:60Z"}),
        ("Patient", {"name": [{"text": "多行\r\n\t名"}]}),
    ],
)  # fmt: skip
def test_what_is_allowed(resource_type, changes):
    assert judge(changed(resource_type, **changes)) == set()


def test_contained():
    practitioner = sample("Bundle")["entry"][0]["resource"]
    assert judge(practitioner) == set()
    assert judge({**practitioner, "qualification": [{"code": {"text": "x"}}]}) == {
        ("Practitioner.contained[0]", "dom-3")
    }
    part = {
        "resourceType": "Organization",
        "id": "o",
        "meta": {"versionId": "1", "security": [{"code": "R"}]},
        "contained": [{"resourceType": "Organization", "id": "q", "name": "x"}],
    }
    assert judge({**practitioner, "contained": [part]}) == {
        ("Practitioner.contained[0]", "org-1"),
        ("Practitioner.contained[0]", "dom-2"),
        ("Practitioner.contained[0].contained[0]", "dom-3"),
        ("Practitioner.contained[0]", "dom-4"),
        ("Practitioner.contained[0]", "dom-5"),
    }
    gone = {**practitioner, "contained": [{"resourceType": "Bogus", "id": ["r"]}]}
    assert judge(gone) == {
        ("Practitioner", "ref-1"),
        ("Practitioner.contained[0]", "unknown-type"),
        ("Practitioner.contained[0]", "dom-3"),
    }
    assert judge({**practitioner, "contained": [{"name": "x"}]}) >= {
        ("Practitioner.contained[0].resourceType", "required")
    }


def test_a_contained_resource_may_point_back():
    provenance = {"resourceType": "Basic", "id": "b", "code": {"text": "x"}}
    provenance["subject"] = {"reference": "#"}
    assert judge({**sample("Patient"), "contained": [provenance]}) == set()
    linked = {**sample("Patient"), "implicitRules": "#b", "contained": [
        {"resourceType": "Basic", "id": "b", "code": {"text": "x"}}
    ]}  # fmt: skip
    assert judge(linked) == set()


def test_resources_inside_others():
    bundle = sample("Bundle")
    bundle["entry"][0]["resource"]["gender"] = "x"
    assert judge(bundle) == {("Bundle.entry[0].resource.gender", "code")}
    answer = {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [{"response": {"status": "200", "outcome": {"resourceType": "OperationOutcome"}}}],
    }
    assert judge(answer) == {("Bundle.entry[0].response.outcome.issue", "required")}
    parameters = sample("Parameters")
    parameters["parameter"][1]["resource"]["gender"] = "x"
    parameters["parameter"][0]["part"].append({"name": "p", "resource": {"resourceType": "X"}})
    assert judge(parameters) == {
        ("Parameters.parameter[1].resource.gender", "code"),
        ("Parameters.parameter[0].part[1].resource", "unknown-type"),
    }


def test_types_named_at_start_are_ready():
    ready = Validator(types=["Patient", "Bundle"])
    assert ready.valid(sample("Patient"))
    assert ready.valid(sample("Observation"))
    assert ready.valid(sample("Bundle"))


def test_what_one_validator_has_compiled_is_ready_for_the_next(monkeypatch: pytest.MonkeyPatch):
    wrong = changed("Coverage", status=REMOVE)
    assert Validator().valid(sample("Coverage"))
    assert Validator().errors(wrong)
    monkeypatch.setattr("conformance.validator.Draft202012Validator", None)
    assert Validator(types=["Coverage"]).valid(sample("Coverage"))
    assert Validator().errors(wrong)


def test_every_type_compiles():
    every = Validator(types=definitions().resource_types)
    for kind in definitions().resource_types:
        assert not every.valid({"resourceType": kind, "unknown": 1})


def objects(node: Any, inside: str = "") -> list[tuple[dict[str, Any], str]]:
    """Every object of a resource (with the name of what holds it)."""
    found = []
    if isinstance(node, dict):
        found.append((node, inside))
        for name, each in node.items():
            found += objects(each, name)
    elif isinstance(node, list):
        for each in node:
            found += objects(each, inside)
    return found


@given(st.sampled_from(samples()), st.data())
def test_an_unknown_element_anywhere_is_refused(resource, data):
    resource = sample(resource["resourceType"])
    node, _ = data.draw(st.sampled_from(objects(resource)))
    node[data.draw(st.text(min_size=1).map(lambda x: x + "!"))] = data.draw(
        st.one_of(st.none(), st.text(), st.integers(), st.just({}))
    )
    assert "unknown-element" in {code for _, code in judge(resource)}


@given(st.sampled_from(samples()), st.data())
def test_without_a_required_element_it_is_refused(resource, data):
    resource = sample(resource["resourceType"])
    kind = resource["resourceType"]
    required = [
        each.name
        for each in definitions().elements(kind).values()
        if each.required and each.name in resource
    ]
    name = data.draw(st.sampled_from(["resourceType", *required]))
    del resource[name]
    assert judge(resource)


SECRET = "秘密SECRET778899"


@given(st.sampled_from(samples()), st.data())
def test_no_value_is_in_a_problem(resource, data):
    resource = sample(resource["resourceType"])
    for _ in range(data.draw(st.integers(1, 3))):
        node, _ = data.draw(st.sampled_from(objects(resource)))
        name = data.draw(st.sampled_from([SECRET, *node]))
        if name != "resourceType" or node is not resource:
            node[name] = data.draw(st.sampled_from([SECRET, [SECRET], {SECRET: SECRET}, 778899]))
    for each in VALIDATOR.errors(resource):
        assert isinstance(each, Problem)
        assert "SECRET" not in repr(each)
        assert "778899" not in repr(each)
