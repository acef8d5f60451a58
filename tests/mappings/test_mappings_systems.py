"""Names of coding systems, as senders write them, become the one address that FHIR gives them."""

from __future__ import annotations

import pytest
from speaking import one, oru

from conformance.definitions import definitions
from mappings.dictionary import load
from mappings.runtime.functions.systems import spelled

OWN = "https://yiqiao.org/fhir/code-system/src"


def system_of(name: str) -> str:
    made = one(oru(f"OBX|1|ST|X^x^{name}||1"), "Observation")
    return str(made["code"]["coding"][0]["system"])


@pytest.mark.parametrize(
    ("names", "uri"),
    [
        (("C4", "CPT", "CPT-4", "cpt", "2.16.840.1.113883.6.12"), "http://www.ama-assn.org/go/cpt"),
        (("LN", "LOINC", "Loinc", "2.16.840.1.113883.6.1"), "http://loinc.org"),
        (("SCT", "SNOMED-CT", "SNOMED CT", "urn:oid:2.16.840.1.113883.6.96"),
         "http://snomed.info/sct"),
        (("I10", "ICD-10", "icd10"), "http://hl7.org/fhir/sid/icd-10"),
        (("I10C", "I10CM", "ICD-10-CM"), "http://hl7.org/fhir/sid/icd-10-cm"),
        (("I9C", "ICD-9-CM"), "http://hl7.org/fhir/sid/icd-9-cm"),
        (("MVX",), "http://hl7.org/fhir/sid/mvx"),
        (("CDCREC",), "urn:oid:2.16.840.1.113883.6.238"),
        (("DCM",), "http://dicom.nema.org/resources/ontology/DCM"),
        (("HCPCS", "HPC"), "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"),
        (("RXN", "RXNORM", "RxNorm"), "http://www.nlm.nih.gov/research/umls/rxnorm"),
        (("UNII",), "http://fdasis.nlm.nih.gov"),
        (("2.999.7",), "urn:oid:2.999.7"),
        (("LAB",), f"{OWN}/LAB"),
        (("lab",), f"{OWN}/lab"),
        (("http://h.example/编码",), "http://h.example/%E7%BC%96%E7%A0%81"),
        (("http:// lab",), f"{OWN}/http%3A%2F%2F%20lab"),
        (("urn:",), f"{OWN}/urn%3A"),
    ],
)  # fmt: skip
def test_every_spelling_of_a_system_is_one_address(names: tuple[str, ...], uri: str) -> None:
    assert {system_of(name) for name in names} == {uri}


def test_what_spellings_differ_in_makes_no_other_name() -> None:
    assert spelled("GB/T 3304-1991") == spelled("GBT3304") == "GBT3304"
    assert spelled("ICD-9-CM-3") != spelled("ICD-9-CM")
    assert spelled("2.16.840.1.113883.6.1") == "2.16.840.1.113883.6.1"


def test_no_two_names_that_are_spelled_alike_have_different_addresses() -> None:
    systems = load(definitions()).site.systems
    assert {n: u for n, u in systems.items() if systems[spelled(n)] != u} == {}
