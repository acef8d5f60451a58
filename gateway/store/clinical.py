"""What may be known of a resource without opening it: JSON in; clinical period and codes out.

These go in the clear beside the sealed body, so that consent can be decided, and a search narrowed,
before anything is unsealed. Codes are keyed hashes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from consent.codes import code_keys
from gateway.dates import element_range

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
    "ImmunizationRecommendation": ("date",),
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
    return Clinical(low, high, b"".join(sorted(code_keys(resource, code_token))))


def _period(resource: dict[str, Any], zone: tzinfo) -> tuple[int | None, int | None]:
    for name in CLINICAL_DATE.get(resource["resourceType"], ()):
        found = element_range(resource.get(name), zone)
        if found:
            low = NEVER if found.low is None else found.low
            return low, FOREVER if found.high is None else found.high - 1
    return None, None


@lru_cache(maxsize=256)  # a transaction writes many resources at one time
def instant(us: int) -> str:
    """Write µs since the epoch as a FHIR instant in UTC, to the millisecond."""
    seconds, rest = divmod(us, 1_000_000)
    written = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{written}.{rest // 1000:03d}Z"
