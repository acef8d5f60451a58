from __future__ import annotations

import pytest

from conformance.definitions import Definitions, definitions


@pytest.fixture(scope="module")
def r4() -> Definitions:
    return definitions()


@pytest.mark.parametrize(
    ("type_", "path", "kind", "array", "required", "choice"),
    [
        ("Patient", "name", "HumanName", True, False, None),
        ("Patient", "name.family", "string", False, False, None),
        ("Patient", "name.given", "string", True, False, None),
        ("Patient", "id", "id", False, False, None),
        ("Patient", "text.div", "xhtml", False, True, None),
        ("Patient", "deceasedBoolean", "boolean", False, False, "deceased"),
        ("Patient", "contact", "BackboneElement", True, False, None),
        ("Patient", "contact.name.text", "string", False, False, None),
        ("Patient", "contact.modifierExtension", "Extension", True, False, None),
        ("Patient", "_birthDate", "Element", False, False, None),
        ("Patient", "_birthDate.extension.valueDateTime", "dateTime", False, False, "value"),
        ("Patient", "contained", "Resource", True, False, None),
        ("Observation", "valueQuantity.unit", "string", False, False, None),
        ("Observation", "component.valueSampledData.data", "string", False, False, None),
        ("Observation", "referenceRange.low", "Quantity", False, False, None),
        ("Observation", "component.referenceRange.low", "Quantity", False, False, None),
        ("Encounter", "participant.individual", "Reference", False, False, None),
        ("Encounter", "class", "Coding", False, True, None),
        ("MedicationRequest", "medicationReference", "Reference", False, True, "medication"),
        ("Dosage", "doseAndRate.doseQuantity", "Quantity", False, False, "dose"),
        ("Bundle", "entry.link", "BackboneElement", True, False, None),
        ("Bundle", "entry.link.url", "uri", False, True, None),
        ("Bundle", "entry.resource.id", "id", False, False, None),
        ("Questionnaire", "item.item.item.text", "string", False, False, None),
        ("Timing", "repeat.boundsPeriod.start", "dateTime", False, False, None),
        ("HumanName", "period.end", "dateTime", False, False, None),
        ("Age", "value", "decimal", False, False, None),
    ],
)  # fmt: skip
def test_elements(r4, type_, path, kind, array, required, choice):
    found = r4.element(type_, path)
    assert found is not None
    assert (found.type, found.array, found.required, found.choice) == (
        kind,
        array,
        required,
        choice,
    )
    assert found.name == path.rpartition(".")[2]


@pytest.mark.parametrize(
    ("type_", "path"),
    [
        ("Nothing", "id"),
        ("Patient", "nothing"),
        ("Patient", "name.nothing"),
        ("Patient", "birthDate.extension"),
        ("Patient", "_name"),
        ("Patient", "deceased"),
        ("Patient", "deceased[x]"),
        ("Patient", "deceasedString"),
        ("Patient", "entry.resource.name"),
        ("SimpleQuantity", "comparator"),
        ("Binary", "text"),
        ("Binary", "url"),
        ("Meta", "project"),
        ("ResearchStudy", "label"),
    ],
)
def test_no_such_element(r4, type_, path):
    assert r4.element(type_, path) is None


def test_targets(r4):
    assert r4.element("Encounter", "subject").targets == ("Patient", "Group")
    assert r4.element("Provenance", "target").targets == ("Resource",)
    assert r4.element("Extension", "valueReference").targets == ("Resource",)
    assert r4.element("Patient", "name").targets == ()


def test_required_bindings(r4):
    assert r4.element("Patient", "gender").binding == {"male", "female", "other", "unknown"}
    assert "final" in r4.element("Observation", "status").binding
    assert r4.element("Patient", "maritalStatus").binding is None  # extensible, not required
    assert r4.element("Attachment", "contentType").binding is None  # media types are kept elsewhere
    assert r4.element("Attachment", "contentType").value_set is None


def test_structure_leads_to_the_children(r4):
    assert r4.element("Patient", "contact").structure == "Patient.contact"
    assert r4.element("Bundle", "entry.link").structure == "Bundle.link"
    assert r4.element("Dosage", "doseAndRate.doseQuantity").structure == "SimpleQuantity"
    assert "system" in r4.elements("ContactPoint")
    with pytest.raises(KeyError):
        r4.elements("Nothing")


def test_types(r4):
    assert len(r4.resource_types) == 146  # R4, 2.1: 148 with the two abstract ones
    assert not r4.resource_types & {"Resource", "DomainResource", "MetadataResource"}
    assert not r4.types & {"SubscriptionStatus", "SimpleQuantity", "Patient.contact", "Project"}
    assert {"Patient", "HumanName", "code", "DomainResource", "xhtml"} <= r4.types
    assert set(r4.primitive_types) <= r4.types
    assert all(r4.elements(name) for name in r4.types - set(r4.primitive_types))


def test_every_element_leads_somewhere(r4):
    for name in r4.types:
        for each in r4.elements(name).values():
            assert each.type in r4.types
            assert each.structure in r4.types or r4.elements(each.structure)
            assert set(each.targets) <= r4.resource_types | {"Resource"}


def test_codes(r4):
    assert r4.codes("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1") == {
        "male", "female", "other", "unknown"
    }  # fmt: skip
    assert "ETREAT" in r4.codes("http://terminology.hl7.org/ValueSet/v3-PurposeOfUse")
    assert r4.codes("http://hl7.org/fhir/ValueSet/mimetypes") is None
    assert r4.codes("http://hl7.org/fhir/ValueSet/nothing") is None
    assert list(r4.value_set("http://hl7.org/fhir/ValueSet/condition-clinical")) == [
        "http://terminology.hl7.org/CodeSystem/condition-clinical"
    ]
    assert r4.code_system("http://terminology.hl7.org/CodeSystem/v2-0203")["MR"] == (
        "Medical record number"
    )
    assert r4.code_system("http://snomed.info/sct") is None


def test_search_parameters(r4):
    found = r4.search_parameters("Observation")
    assert found["code"].type == "token"
    assert found["_id"].type == "token"
    assert "Patient" in found["subject"].targets
    assert "Observation.subject" in found["patient"].expression
    assert "mothersMaidenName" not in r4.search_parameters("Patient")
    assert "_id" in r4.search_parameters("Nothing")
