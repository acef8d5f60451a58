"""A resource in; its security labels out: one confidentiality code, and sensitivities.

Labels come from three places: the table of sensitive codes, the resource's own meta.security (and a
document's securityLabel), and what the source says of it. They only ever add: nothing a source says
makes a sensitive code less than R. The highest confidentiality counts.

Codes decide, words do not: a display or a text is written by hand, in any language, and would miss
as often as it hits. A resource that turns on a code and has none of a system that the table knows
(a text only, or a local code without a map) cannot be labelled with certainty. It is R, without
sensitivities, unless its source has given it a confidentiality (enforcement case 23).
"""

from __future__ import annotations

from typing import Any

from consent.codes import codings
from consent.sensitivity import diagnosis_sensitivity, sensitivity
from consent.vocabulary import ACT_CODE, CONFIDENTIALITY, CONFIDENTIALITY_SYSTEM, RESTRICTED

# What a resource of these types is about is said by a code.
SUBJECT = {
    "Condition": "code",
    "DiagnosticReport": "code",
    "Medication": "code",
    "MedicationAdministration": "medicationCodeableConcept",
    "MedicationDispense": "medicationCodeableConcept",
    "MedicationRequest": "medicationCodeableConcept",
    "MedicationStatement": "medicationCodeableConcept",
    "Observation": "code",
    "Procedure": "code",
    "ServiceRequest": "code",
}
_V2_TABLES = frozenset(
    f"http://terminology.hl7.org/CodeSystem/v2-{number}" for number in ("0177", "0272", "0952")
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


def _stated(resource: dict[str, Any]) -> list[str]:
    """Return the codes of meta.security, and of a document's securityLabel, that are labels."""
    meta = resource.get("meta")
    given = list(meta.get("security", ())) if meta.__class__ is dict else []
    for concept in resource.get("securityLabel", ()):
        given += concept.get("coding", ())
    return [label["code"] for label in given if _is_label(label.get("system"), label.get("code"))]


def _is_label(system: str | None, code: str | None) -> bool:
    """Whether a coding is a label. HL7 v2 has the same codes for what is more than usual."""
    if code is None:
        return False
    if system in _V2_TABLES:
        return code not in CONFIDENTIALITY or CONFIDENTIALITY[code] > _NORMAL
    if system == CONFIDENTIALITY_SYSTEM:  # it has sensitivities too, deprecated: HIV, PSY …
        return True
    return system == ACT_CODE and code not in CONFIDENTIALITY


def _classified(resource: dict[str, Any], subject: str | None) -> bool:
    """Say whether what a resource is about is coded in a system that the table knows."""
    if subject is None:
        return True
    return any(
        sensitivity(coding.get("system", ""), coding.get("code", "")) is not None
        for coding in resource.get(subject, {}).get("coding", ())
    )
