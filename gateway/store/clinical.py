"""What may be known of a resource without opening it: JSON in; clinical period and codes out.

These go in the clear beside the sealed body, so that consent can be decided, and a search narrowed,
before anything is unsealed. Codes are keyed hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from gateway.disclosure.search.dates import element_range

# The instants that stand for "without beginning" and "without end" of an open period.
NEVER = -62_135_596_800_000_000  # 0001-01-01T00:00Z
FOREVER = 253_402_300_799_999_999  # 9999-12-31T24:00Z

# When it happened to the patient, the most telling element first; not when it was typed in, unless
# nothing else says. Types that are not listed have no clinical date.
CLINICAL_DATE: dict[str, tuple[str, ...]] = {
    "AdverseEvent": ("date", "detected", "recordedDate"),
    "AllergyIntolerance": ("onsetDateTime", "onsetPeriod", "recordedDate", "lastOccurrence"),
    "Appointment": ("start",),
    "CarePlan": ("period", "created"),
    "CareTeam": ("period",),
    "Claim": ("billablePeriod", "created"),
    "ClaimResponse": ("created",),
    "ClinicalImpression": ("effectiveDateTime", "effectivePeriod", "date"),
    "Communication": ("sent", "received"),
    "Composition": ("date",),
    "Condition": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "Coverage": ("period",),
    "DetectedIssue": ("identifiedDateTime", "identifiedPeriod"),
    "DeviceUseStatement": ("timingDateTime", "timingPeriod", "recordedOn"),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod", "issued"),
    "DocumentReference": ("date",),
    "Encounter": ("period",),
    "EpisodeOfCare": ("period",),
    "ExplanationOfBenefit": ("billablePeriod", "created"),
    "FamilyMemberHistory": ("date",),
    "Flag": ("period",),
    "Goal": ("startDate", "statusDate"),
    "ImagingStudy": ("started",),
    "Immunization": ("occurrenceDateTime", "recorded"),
    "List": ("date",),
    "MedicationAdministration": ("effectiveDateTime", "effectivePeriod"),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "MedicationRequest": ("authoredOn",),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod", "dateAsserted"),
    "NutritionOrder": ("dateTime",),
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "QuestionnaireResponse": ("authored",),
    "RelatedPerson": ("period",),
    "RiskAssessment": ("occurrenceDateTime", "occurrencePeriod"),
    "ServiceRequest": ("occurrenceDateTime", "occurrencePeriod", "authoredOn"),
    "Specimen": ("receivedTime",),
    "SupplyDelivery": ("occurrenceDateTime", "occurrencePeriod"),
    "SupplyRequest": ("occurrenceDateTime", "occurrencePeriod", "authoredOn"),
    "Task": ("executionPeriod", "authoredOn"),
}

# Elements whose codings say how a thing is filed or flagged, not what it is about.
_NOT_CLINICAL = frozenset(
    {"meta", "identifier", "extension", "modifierExtension", "text", "interpretation", "telecom"}
)


class Clinical(NamedTuple):
    """The clear columns of a resource: first and last instant (µs), joined hashes of its codes."""

    low: int | None
    high: int | None
    codes: bytes


def clinical(
    resource: dict[str, Any], code_token: Callable[[str, str], bytes], zone: tzinfo
) -> Clinical:
    """Return what may be known of a resource; dates without an offset are in `zone`."""
    low, high = _period(resource, zone)
    tokens = {code_token(system, code) for system, code in codings(resource)}
    return Clinical(low, high, b"".join(sorted(tokens)))


def _period(resource: dict[str, Any], zone: tzinfo) -> tuple[int | None, int | None]:
    for name in CLINICAL_DATE.get(resource["resourceType"], ()):
        found = element_range(resource.get(name), zone)
        if found:
            low = NEVER if found.low is None else found.low
            return low, FOREVER if found.high is None else found.high - 1
    return None, None


def codings(value: Any) -> Iterator[tuple[str, str]]:
    """Yield (system, code) of every clinical coding in a resource; system is "" where not said."""
    if isinstance(value, dict):
        coding = value.get("coding")
        if isinstance(coding, list):
            for item in coding:
                if "code" in item:
                    yield item.get("system", ""), item["code"]
        for name, child in value.items():
            if name not in _NOT_CLINICAL and isinstance(child, (dict, list)):
                yield from codings(child)
    elif isinstance(value, list):
        for child in value:
            yield from codings(child)


def instant(us: int) -> str:
    """Write µs since the epoch as a FHIR instant in UTC, to the millisecond."""
    seconds, rest = divmod(us, 1_000_000)
    written = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{written}.{rest // 1000:03d}Z"
