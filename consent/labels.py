"""A resource in; its security labels out: one confidentiality code, and sensitivities.

Labels come from three places: the table of sensitive codes, the resource's own meta.security (and a
document's securityLabel), and what the source says of it. They only ever add: nothing a source says
makes a sensitive code less than R. The highest confidentiality counts.

Codes decide, words do not: a display or a text is written by hand, in any language, and would miss
as often as it hits. A resource that turns on a code and has none of a system that the table knows
(a text only, or a local code without a map) cannot be labelled with certainty. It is R, without
sensitivities, unless its source has given it a confidentiality (enforcement case 23). In the same
way a label in a system or of a code that is not known here is R: somebody meant it to protect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consent.codes import codings
from consent.sensitivity import diagnosis_sensitivity, sensitivity
from consent.vocabulary import (
    ACT_CODE,
    ACT_REASON,
    CONFIDENTIALITY,
    CONFIDENTIALITY_SYSTEM,
    RESTRICTED,
    SENSITIVITIES,
)

# What a resource of these types is about is said by a code.
SUBJECT = {
    "Condition": "code",
    "DiagnosticReport": "code",
    "DocumentReference": "type",
    "Medication": "code",
    "MedicationAdministration": "medicationCodeableConcept",
    "MedicationDispense": "medicationCodeableConcept",
    "MedicationRequest": "medicationCodeableConcept",
    "MedicationStatement": "medicationCodeableConcept",
    "Observation": "code",
    "Procedure": "code",
    "ServiceRequest": "code",
}
# What is sensitive of these is so of all that answers them or belongs to them.
_PASSING = frozenset({"DiagnosticReport", "MedicationRequest", "ServiceRequest"})
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_V2_TABLES = frozenset(f"{_TERMINOLOGY}/v2-{number}" for number in ("0177", "0272", "0952"))
# U is usual control there, not unrestricted; nobody lowers a label by saying so.
_V2_OTHERWISE = {
    "AID": "HIV", "L": "N", "M": "N", "RE": "R", "U": "N", "UC": "N", "VR": "V",
}  # fmt: skip
# What these say stands beside a label: what is to be kept from whom (ARV-3), why (ARV-4), what for,
# and how whole the data are.
_NO_LABELS = frozenset(
    {
        ACT_REASON,
        f"{_TERMINOLOGY}/v2-0717",
        f"{_TERMINOLOGY}/v2-0719",
        f"{_TERMINOLOGY}/v3-ObservationValue",
    }
)
_NORMAL = CONFIDENTIALITY["N"]
_BY_RANK = {rank: code for code, rank in CONFIDENTIALITY.items()}


def labels_for(
    resource: dict[str, Any], source_confidentiality: str | None = None
) -> frozenset[str]:
    """Return the security labels of a resource.

    Parameters
    ----------
    resource
        FHIR JSON, whole: contained resources and components count.
    source_confidentiality
        What its source says of it: a code of v3-Confidentiality or a sensitivity of v3-ActCode, or
        several with spaces between.

    Returns
    -------
    frozenset of str
        Exactly one code of v3-Confidentiality, and any number of v3-ActCode.
    """
    labels = set(_stated(resource))
    if source_confidentiality:
        labels.update(source_confidentiality.split())
    stated = [CONFIDENTIALITY[label] for label in labels if label in CONFIDENTIALITY]
    found = codings(resource)
    for system, code in found:
        labels |= sensitivity(system, code) or frozenset()
    kind = resource.get("resourceType")
    if kind == "Condition":
        for system, code in found:
            if sensitivity(system, code) is None:
                labels |= diagnosis_sensitivity(code)
    sensitive = labels - CONFIDENTIALITY.keys() or "R" in labels
    if sensitive or not (stated or _classified(resource, SUBJECT.get(str(kind)))):
        stated.append(RESTRICTED)
    rank = max(stated, default=_NORMAL)
    return frozenset((labels - CONFIDENTIALITY.keys()) | {_BY_RANK[rank]})


def passed_on(resource: dict[str, Any]) -> frozenset[str]:
    """Return the labels that hold of whatever a resource leads to, as well.

    What is said of it; of an order or report also what its own code brings. Nothing that only
    could not be classified makes more of that kind, and nothing lowers a label.
    """
    labels = {label for label in _stated(resource) if _protects(label)}
    kind = resource.get("resourceType")
    if kind in _PASSING:
        for coding in resource.get(SUBJECT[kind], {}).get("coding", ()):
            labels |= sensitivity(coding.get("system", ""), coding.get("code", "")) or frozenset()
    return frozenset(labels)


def stated(coding: dict[str, Any]) -> str:
    """Return the label that a coding of meta.security is; "" if it says nothing of that kind.

    One that is not known is R, or V if that is how it is written.
    """
    meaning = _meaning(coding)
    if meaning is not None:
        return meaning
    return "V" if str(coding.get("code", "")).upper() == "V" else "R"


def _protects(label: str) -> bool:
    return CONFIDENTIALITY.get(label, RESTRICTED) >= RESTRICTED


def _stated(resource: dict[str, Any]) -> Iterator[str]:
    """Yield the labels that meta.security is, and a document's securityLabel."""
    meta = resource.get("meta")
    for coding in meta.get("security", ()) if meta.__class__ is dict else ():
        if label := stated(coding):
            yield label
    for concept in resource.get("securityLabel", ()):
        told = concept.get("coding") or [concept]  # a text only is a coding that nobody knows
        known = [coding for coding in told if _meaning(coding) is not None]
        yield from (label for coding in known or told if (label := stated(coding)))


def _meaning(coding: dict[str, Any]) -> str | None:
    """Return the label that a coding is, "" if it is none; None: nobody here knows what it is."""
    system, code = coding.get("system"), coding.get("code")
    if system in _NO_LABELS:
        return ""
    if system in _V2_TABLES:
        code = _V2_OTHERWISE.get(str(code), code)
    elif system == ACT_CODE:
        return code if code in SENSITIVITIES else None
    elif system != CONFIDENTIALITY_SYSTEM:  # it has sensitivities too, deprecated: HIV, PSY …
        return None
    return code if code in CONFIDENTIALITY or code in SENSITIVITIES else None


def _classified(resource: dict[str, Any], subject: str | None) -> bool:
    """Say whether what a resource is about is coded in a system that the table knows."""
    if subject is None:
        return True
    return any(
        sensitivity(coding.get("system", ""), coding.get("code", "")) is not None
        for coding in resource.get(subject, {}).get("coding", ())
    )
