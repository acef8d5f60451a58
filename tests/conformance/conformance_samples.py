"""Valid synthetic resources, as a converter would make them; each test changes its own copy."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

_V3 = "http://terminology.hl7.org/CodeSystem/"
_PATIENT = {"reference": "Patient/p1", "display": "张三"}
_XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'

_SAMPLES: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": "p1",
        "meta": {"versionId": "1", "lastUpdated": "2026-11-02T09:30:00.123+08:00"},
        "text": {"status": "generated", "div": f"<div {_XHTML}><p>张三 &amp; <b>x</b></p></div>"},
        "extension": [{"url": "http://example.org/nation", "valueCode": "HA"}],
        "identifier": [{"system": "urn:oid:1.2.156.1", "value": "MR-1", "use": "usual"}],
        "active": True,
        "name": [
            {"family": "张", "given": ["三", None], "_given": [None, {"id": "g2"}], "text": "张三"},
            {"_family": {"extension": [{"url": "http://example.org/x", "valueString": "Zhang"}]}},
        ],
        "telecom": [{"system": "phone", "value": "+86 10 5555 0100", "rank": 1}],
        "gender": "male",
        "birthDate": "1980-02-29",
        "_birthDate": {"extension": [{"url": "http://example.org/t", "valueTime": "08:30:00"}]},
        "deceasedDateTime": "2026-11",
        "multipleBirthInteger": 2,
        "contact": [{"name": {"text": "李四"}, "period": {"start": "2020", "end": "2021-03"}}],
        "link": [{"other": {"reference": "Patient/p2"}, "type": "seealso"}],
    },
    {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"system": _V3 + "v3-ActCode", "code": "IMP"},
        "subject": _PATIENT,
        "period": {"start": "2026-11-02T08:30:00+08:00", "end": "2026-11-02T01:00:00Z"},
        "participant": [{"individual": {"identifier": {"value": "D-7"}}}],
    },
    {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "血红蛋白"},
        "subject": _PATIENT,
        "effectiveDateTime": "2026-11-02T08:30:00+08:00",
        "issued": "2026-11-02T09:30:00+08:00",
        "valueQuantity": {
            "value": 140.5,
            "unit": "g/L",
            "system": "http://unitsofmeasure.org",
            "code": "g/L",
        },
        "referenceRange": [{"low": {"value": 130}, "high": {"value": 175}}],
        "component": [{"code": {"text": "part"}, "valueRange": {"low": {"value": 1}}}],
    },
    {
        "resourceType": "Condition",
        "id": "c1",
        "clinicalStatus": {"coding": [{"system": _V3 + "condition-clinical", "code": "resolved"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "A15.0"}]},
        "subject": _PATIENT,
        "abatementDateTime": "2026-01-31",
    },
    {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "clinicalStatus": {
            "coding": [{"system": _V3 + "allergyintolerance-clinical", "code": "active"}]
        },
        "category": ["medication"],
        "code": {"text": "青霉素"},
        "patient": _PATIENT,
    },
    {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "阿莫西林"},
        "subject": _PATIENT,
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 0.5, "unit": "g"}}],
            }
        ],
    },
    {
        "resourceType": "DiagnosticReport",
        "id": "d1",
        "status": "final",
        "code": {"text": "血常规"},
        "subject": _PATIENT,
        "result": [{"reference": "Observation/o1"}],
        "presentedForm": [{"contentType": "application/pdf", "data": "JVBERi0xLjQ="}],
    },
    {
        "resourceType": "Coverage",
        "id": "v1",
        "status": "active",
        "beneficiary": _PATIENT,
        "payor": [{"reference": "https://example.org/fhir/Organization/insurer"}],
    },
    {
        "resourceType": "Consent",
        "id": "n1",
        "status": "active",
        "scope": {"coding": [{"system": _V3 + "consentscope", "code": "patient-privacy"}]},
        "category": [{"text": "disclosure"}],
        "patient": _PATIENT,
        "policy": [{"uri": "urn:policy:1"}],
        "provision": {"type": "deny", "provision": [{"type": "permit"}]},
    },
    {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": "urn:uuid:7a5e8c62-8b30-4d4c-9a0e-5c6f6c1d2e3f",
                "resource": {
                    "resourceType": "Practitioner",
                    "contained": [{"resourceType": "Organization", "id": "o", "name": "医院"}],
                    "qualification": [{"code": {"text": "x"}, "issuer": {"reference": "#o"}}],
                },
                "request": {"method": "PUT", "url": "Practitioner/1"},
            }
        ],
    },
    {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "visit", "part": [{"name": "date", "valueDate": "2026-11-02"}]},
            {"name": "which", "resource": {"resourceType": "Patient", "gender": "female"}},
        ],
    },
    {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "invalid", "expression": ["Patient.name[0]"]}],
    },
]


def samples() -> list[dict[str, Any]]:
    """Return fresh copies of all samples."""
    return deepcopy(_SAMPLES)


def sample(resource_type: str) -> dict[str, Any]:
    """Return a fresh copy of the sample of one type."""
    return next(each for each in samples() if each["resourceType"] == resource_type)
