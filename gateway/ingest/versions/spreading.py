"""Labels and what they lead to: resources of a record in; out, those that another one restricts.

An order that is restricted makes a report, a result, a dispense that are: whoever answers it seldom
says so again. So the labels of an order go to what answers it, those of a report to its results,
specimens and documents, of a visit to what was done in it, of a patient to the whole record, and to
those it was merged with; of an order and a report also those that its code brings
(`consent.labels.passed_on`). They stand in ``meta.security`` as inherited, and go when what gave
them no longer has them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from consent.labels import passed_on
from consent.vocabulary import ACT_CODE, CONFIDENTIALITY, CONFIDENTIALITY_SYSTEM
from gateway.ingest.versions.restricting import (
    INHERITED,
    labels_of,
    source_of,
    sourced,
    with_labels,
)

JSON = dict[str, Any]
Key = tuple[str, str]

#: What refers to a resource of these types is restricted by it.
LEADING = frozenset({
    "DiagnosticReport", "DocumentReference", "Encounter", "Immunization", "MedicationRequest",
    "NutritionOrder", "Patient", "ServiceRequest",
})  # fmt: skip
# What these refer to, as what it brought, they restrict.
_LED_TO = {
    "DiagnosticReport": frozenset({"media", "result", "specimen"}),
    **dict.fromkeys(
        ("MedicationAdministration", "MedicationDispense", "MedicationRequest"),
        frozenset({"medicationReference", "supportingInformation"}),
    ),
    "Procedure": frozenset({"usedReference"}),
    "ServiceRequest": frozenset({"specimen", "supportingInfo"}),
}
# A visit is more than one order or document that it names; a patient more than any.
_LED_BY = {"Encounter": frozenset({"Patient"}), "Patient": frozenset[str]()}
_MERGED = frozenset({"replaced-by", "replaces"})
_INSIDE = frozenset({"actor", "encounter", "related", "target"})
_V2_TABLE = "http://terminology.hl7.org/CodeSystem/v2-0177"
_OF_TABLE = frozenset({"UWM", "VIP"})


def spread(contents: Mapping[Key, JSON], *, whole: bool) -> dict[Key, JSON]:
    """Return those resources, by type and id, that have other labels by what led to them.

    Parameters
    ----------
    contents : mapping
        Resources of records; none is changed.
    whole : bool
        Whether these are all there are. Then an inherited label that none gives goes; else it
        stays, since what gave it may not be among them.
    """
    own = {key: without_inherited(one) if whole else one for key, one in contents.items()}
    passing = {key: passed_on(one) for key, one in own.items()}
    if not any(passing.values()):
        return {key: own[key] for key in contents if own[key] is not contents[key]}
    led_by: dict[Key, set[Key]] = {}
    for key, one in own.items():
        edges = [*_edges(key, one), *(((other, key) for other in merged(one)) if whole else ())]
        for giver, taker in edges:
            if giver in own and taker in own:
                led_by.setdefault(taker, set()).add(giver)
    inherited: dict[Key, frozenset[str]] = {}
    going = True
    while going:
        going = False
        for key, givers in led_by.items():
            given = frozenset[str]().union(*(passing[giver] for giver in givers))
            if not given <= inherited.get(key, frozenset()):
                inherited[key] = given | inherited.get(key, frozenset())
                passing[key] |= given
                going = True
    for key, labels in inherited.items():
        # Merged patients restrict one another: one's own must not come back as the other's.
        itself = passed_on(own[key]) if key[0] == "Patient" else frozenset[str]()
        own[key] = _inheriting(own[key], labels - itself)
    return {key: own[key] for key, one in contents.items() if own[key] != one}


def references(resource: JSON) -> Iterator[tuple[str, Key]]:
    """Yield what a resource refers to, each with the element that does."""
    for name, value in resource.items():
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, dict):
                yield from ((name, key) for key in _named(item))
                for inside in _INSIDE & item.keys():
                    inner = item[inside]
                    for each in inner if isinstance(inner, list) else (inner,):
                        yield from ((name, key) for key in _named(each))


def _named(item: Any) -> Iterator[Key]:
    reference = item.get("reference") if isinstance(item, dict) else None
    if isinstance(reference, str):
        type_, _, id_ = reference.partition("/")
        yield type_, id_


def _edges(key: Key, resource: JSON) -> Iterator[tuple[Key, Key]]:
    """Yield what a resource is restricted by, and what it restricts, each as a pair of the two."""
    led_to = _LED_TO.get(key[0], frozenset())
    led_by = _LED_BY.get(key[0], LEADING)
    for name, other in references(resource):
        if name in led_to:
            yield key, other
        elif other[0] in led_by:
            yield other, key


def merged(resource: JSON) -> list[Key]:
    """Return the patients that a patient was merged with."""
    links = resource["link"] if resource["resourceType"] == "Patient" and "link" in resource else ()
    return [
        key for link in links if link.get("type") in _MERGED for key in _named(link.get("other"))
    ]


def without_inherited(resource: JSON) -> JSON:
    """Return a resource with the labels alone that were said of itself."""
    labels = labels_of(resource)
    left = [one for one in labels if source_of(one) != INHERITED]
    return resource if len(left) == len(labels) else with_labels(resource, left)


def _inheriting(resource: JSON, labels: frozenset[str]) -> JSON:
    """Return a resource with labels that it inherits; the same where it has them so already."""
    known = labels_of(resource)
    has = {one.get("code") for one in known if source_of(one) == INHERITED}
    new = [
        sourced({"system": _system(label), "code": label}, INHERITED) for label in sorted(labels)
    ]
    new = [one for one in new if one["code"] not in has]
    return with_labels(resource, [*known, *new]) if new else resource


def _system(label: str) -> str:
    if label in CONFIDENTIALITY:
        return CONFIDENTIALITY_SYSTEM
    return _V2_TABLE if label in _OF_TABLE else ACT_CODE
