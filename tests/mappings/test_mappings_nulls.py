"""What ``""`` in a field deletes: what the field fills, and nothing beside it."""

from __future__ import annotations

import json

import pytest
from speaking import PID, found, message

VISIT = "PV1|1|I|||||||||||||||||V1"
_V2 = "http://terminology.hl7.org/CodeSystem/v2-"
_V3 = "http://terminology.hl7.org/CodeSystem/v3-"
_PATIENT = "extension http://hl7.org/fhir/StructureDefinition/patient-"


def erased(kind: str, type_: str, *segments: str) -> set[str]:
    made = message(kind, *segments)
    (one,) = (m for m in made.made if m.resource["resourceType"] == type_)
    return set(one.erase)


def pid(field: int) -> str:
    fields = ["PID", "1", "", "100^^^H^MR", *[""] * 40]
    fields[field] = '""'
    return "|".join(fields)


def pv1(field: int) -> str:
    fields = ["PV1", "1", "I", *[""] * 50]
    fields[19], fields[field] = "V1", '""'
    return "|".join(fields)


def told(name: str, *items: object) -> str:
    return f"{name} {json.dumps(items[0] if len(items) == 1 else items)}"


def typed(code: str) -> object:
    return {"type": {"coding": [{"system": f"{_V2}0203", "code": code}]}}


def came(field: str) -> object:
    url = "https://yiqiao.org/fhir/StructureDefinition/source-field"
    return {"extension": [{"url": url, "valueString": field}]}


def role(code: str) -> str:
    type_ = {"coding": [{"system": f"{_V3}ParticipationType", "code": code}]}
    return told("participant", {"type": [type_]})


@pytest.mark.parametrize(
    ("segment", "words"),
    [
        (pv1(5), {"hospitalization.preAdmissionIdentifier"}),
        (pv1(36), {"hospitalization.dischargeDisposition"}),
        (pv1(38), {"hospitalization.dietPreference"}),
        (pv1(44), {"period.start"}),
        (pv1(45), {"period.end", 'status "finished"'}),
        (pv1(2), {"class"}),  # the state that a class lets assume is told by others
        (pv1(7), {role("ATND")}),
        (pv1(17), {role("ADM")}),
        (pv1(47), {"extension https://yiqiao.org/fhir/StructureDefinition/encounter-total-charges"}),
    ],
)  # fmt: skip
def test_of_a_visit_a_field_deletes_what_it_fills(segment: str, words: set[str]) -> None:
    assert erased("ADT^A08", "Encounter", PID, segment) == words


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (2, {told("identifier", came("PID-2"))}),
        (4, {told("identifier", came("PID-4"))}),
        (5, {f"name {json.dumps([came('PID-9')])}"}),
        (7, {"birthDate"}),
        (9, {told("name", came("PID-9"))}),
        (14, {told("telecom", {"system": "phone", "use": "work"})}),
        (19, {told("identifier", typed("NI")), told("identifier", typed("SS"))}),  # by its length
        (23, {f"{_PATIENT}birthPlace"}),
        (36, {f"{_PATIENT}animal extension breed"}),
    ],
)
def test_of_a_patient_a_field_deletes_what_it_fills(field: int, words: set[str]) -> None:
    assert erased("ADT^A08", "Patient", pid(field)) == words


def test_the_first_of_a_list_deletes_what_no_other_field_tells() -> None:
    work = {"system": "phone", "use": "work"}
    assert erased("ADT^A08", "Patient", pid(13)) == {f"telecom {json.dumps([work])}"}


def test_what_others_always_say_stays() -> None:
    (word,) = erased("ADT^A08", "Encounter", PID, pv1(3))
    name, _, kept = word.partition(" ")
    assert (name, json.loads(kept)) == ("location", [{"status": "completed"}])


@pytest.mark.parametrize("field", [11, 42])
def test_a_field_whose_items_nobody_can_tell_deletes_none_and_is_found(field: int) -> None:
    made = message("ADT^A08", PID, pv1(field))
    assert f"not-applicable PV1-{field}" in found(made)
    assert not any(m.erase for m in made.made)


def test_what_is_only_assumed_from_a_field_is_deleted_with_it() -> None:
    order = "ORC|NW|P1|||||||" + '""'
    words = erased("OMP^O09", "MedicationRequest", PID, order, "RXO|D1^Drug^L")
    assert words == {"authoredOn"}
