"""Whether a visit was as someone says: visible Encounters in, what matches of it out. Pure.

A visit with an end is matched by any day from its first to its last; an inpatient without one, by
any day since it began; any other visit without an end, by the day it began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from consent.codes import ICD10_FAMILY, icd10_stems
from gateway import dates
from gateway.disclosure.search.elements import leaves
from gateway.operations.questions import Money, Question

TOTAL_CHARGES = "https://yiqiao.org/fhir/StructureDefinition/encounter-total-charges"

INPATIENT = frozenset({"IMP", "ACUTE", "NONAC"})
_NO_VISIT = frozenset({"planned", "cancelled", "entered-in-error"})

Json = Mapping[str, Any]


def took_place(encounter: Json, question: Question, zone: tzinfo) -> bool:
    """Tell whether an Encounter took place on the day in question, in `zone`."""
    if encounter.get("status") in _NO_VISIT:
        return False
    period = dates.element_range(encounter.get("period"), zone)
    if period is None:
        return False
    ongoing = encounter.get("class", {}).get("code") in INPATIENT
    return reaches(period, question.when, ongoing=ongoing)


def reaches(period: dates.Range, day: dates.Range, *, ongoing: bool) -> bool:
    """Tell whether a visit of this period was on that day; `ongoing` if no end means not yet."""
    if period.low is None or day.low is None or day.high is None or period.low >= day.high:
        return False
    if period.high is not None:
        return period.high > day.low
    return ongoing or period.low >= day.low


def matched(
    encounters: Sequence[Json], conditions: Sequence[Json], question: Question
) -> dict[str, bool]:
    """Compare the facts supplied with the visits of that day.

    Of several visits the one that agrees best is meant: facts are never put together from two.
    """
    compared = [_compare(encounter, conditions, question) for encounter in encounters]
    nothing = dict.fromkeys(question.supplied, False)
    return max(compared, key=lambda facts: sum(facts.values()), default=nothing)


def _compare(encounter: Json, conditions: Sequence[Json], question: Question) -> dict[str, bool]:
    compared = {
        "visitNumber": lambda: _has_number(encounter, question.visit_number),
        "diagnosisCategory": lambda: _has_diagnosis(
            encounter, conditions, question.diagnosis_category
        ),
        "amount": lambda: _charged(encounter) == question.amount,
    }
    return {name: compared[name]() for name in question.supplied}


def _has_number(encounter: Json, number: str | None) -> bool:
    return any(one.get("value") == number for one in encounter.get("identifier", ()))


def _has_diagnosis(encounter: Json, conditions: Sequence[Json], category: str | None) -> bool:
    reference = f"Encounter/{encounter['id']}"
    named = {
        link["reference"]
        for link in leaves(encounter, ("diagnosis", "condition"))
        if "reference" in link
    }
    return any(
        category in icd10_stems(coding["code"])[:1]
        for condition in conditions
        if condition.get("encounter", {}).get("reference") == reference
        or f"Condition/{condition['id']}" in named
        for coding in condition.get("code", {}).get("coding", ())
        if coding.get("system") in ICD10_FAMILY and "code" in coding
    )


def _charged(encounter: Json) -> Money | None:
    for extension in encounter.get("extension", ()):
        money = extension.get("valueMoney", {})
        if extension.get("url") == TOTAL_CHARGES and "value" in money:
            return Money(Decimal(str(money["value"])), money.get("currency", "CNY"))
    return None
