"""What R4 asks of one element where there is another: a resource in; the same, fit to stand, out.

What a message says of a whole seldom comes with all of it: an appointment has a begin, and nobody
says how long it takes. The whole message would be refused for what it leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mappings.runtime.types import JSON

_UNKNOWN: JSON = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "unknown",
        }
    ]
}


_SAID_STATUS = "https://yiqiao.org/fhir/StructureDefinition/appointment-said-status"


def _appointment(resource: JSON) -> None:
    """app-2: what has a start has an end, be it one that is not known."""
    if "start" in resource and "end" not in resource:
        resource["_end"] = _UNKNOWN
    timed(resource)


def timed(appointment: JSON) -> None:
    """app-3: give an appointment that has a time the state that it is said to have in it."""
    beside: JSON = appointment.get("_status", {})
    said = [each for each in beside.get("extension", ()) if each["url"] == _SAID_STATUS]
    if said and "start" in appointment:
        appointment["status"] = said[0]["valueCode"]
        others = [each for each in beside["extension"] if each not in said]
        if others:
            appointment["_status"] = {**beside, "extension": others}
        else:
            del appointment["_status"]


def _immunization(resource: JSON) -> None:
    """imm-1: what a patient was given to read is of some kind; a dose of a series has a number."""
    for each in resource.get("education", ()):
        each.setdefault("documentType", "unspecified")
    for each in resource.get("protocolApplied", ()):
        if "doseNumberPositiveInt" not in each:
            each["doseNumberString"] = "not stated"


def _recommendation(resource: JSON) -> None:
    """imr-1: what is recommended is a vaccine; whether it is due may not be told."""
    for each in resource.get("recommendation", ()):
        each.setdefault("vaccineCode", [{"text": "unspecified"}])
        each.setdefault("forecastStatus", {"text": "not stated"})


def _medication(resource: JSON) -> None:
    """Name what a drug is made of: where that could not be read, its strength stays."""
    for each in resource.get("ingredient", ()):
        if "itemCodeableConcept" not in each and "itemReference" not in each:
            each["itemCodeableConcept"] = {"text": "unspecified"}


def _request(resource: JSON) -> None:
    """prr-1: what has details is an order of something."""
    if "orderDetail" in resource and "code" not in resource:
        resource["code"] = {"text": "unspecified"}


def _problem(resource: JSON) -> None:
    """ait-2, con-5: what was entered in error is neither active nor over."""
    status = resource.get("verificationStatus", {}).get("coding", ())
    if any(coding.get("code") == "entered-in-error" for coding in status):
        resource.pop("clinicalStatus", None)


_RULES: Mapping[str, Callable[[JSON], None]] = {
    "AllergyIntolerance": _problem,
    "Appointment": _appointment,
    "Condition": _problem,
    "Immunization": _immunization,
    "ImmunizationRecommendation": _recommendation,
    "Medication": _medication,
    "ServiceRequest": _request,
}


#: What is added to a resource, and what is there that asks for it.
ASKED_FOR: Mapping[str, str] = {
    "Appointment._end": "Appointment.start",
    "Immunization.education.documentType": "Immunization.education",
    "Immunization.protocolApplied.doseNumberString": "Immunization.protocolApplied",
    "ImmunizationRecommendation.recommendation.vaccineCode":
        "ImmunizationRecommendation.recommendation",
    "ImmunizationRecommendation.recommendation.forecastStatus":
        "ImmunizationRecommendation.recommendation",
    "Medication.ingredient.itemCodeableConcept": "Medication.ingredient",
    "ServiceRequest.code": "ServiceRequest.orderDetail",
}  # fmt: skip


def fit(resource: JSON) -> None:
    """Make a resource fit to stand."""
    if resource["resourceType"] in _RULES:
        _RULES[resource["resourceType"]](resource)
