"""R4's invariants that need more than a schema: a valid value in, whether the invariant holds out.

Pure functions in tables by type. `DATA_TYPES` and `FORMATS` are called from within the schema, on
each Period, Range or Narrative, whatever shape it has; `RESOURCES` on a resource that has passed
its schema (resources inside it may not have).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from conformance.narrative import is_narrative

Json = Mapping[str, Any]
Invariant = tuple[Callable[[Any], bool], str]

_NUMBERS = (int, float, Decimal)


def period_in_order(period: Json) -> bool:
    """per-1: the start is not after the end, as far as their precision tells."""
    return not is_after(period.get("start"), period.get("end"))


def range_in_order(span: Json) -> bool:
    """rng-2: the low value is not above the high value of the same unit."""
    low, high = span.get("low"), span.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict):
        return True
    if any(low.get(each) != high.get(each) for each in ("system", "code", "unit")):
        return True
    first, last = low.get("value"), high.get("value")
    if isinstance(first, _NUMBERS) and isinstance(last, _NUMBERS):
        return Decimal(str(first)) <= Decimal(str(last))
    return True


def component_repeats_value(observation: Json) -> bool:
    """obs-7: no component has the code of an observation that has a value itself."""
    if "component" not in observation:
        return True
    if not any(name.lstrip("_").startswith("value") for name in observation):
        return True
    own = set(_codings(observation["code"]))
    return own.isdisjoint(x for part in observation["component"] for x in _codings(part["code"]))


def bundle_requests(bundle: Json) -> bool:
    """bdl-3: entries have a request in a batch, transaction or history, and only there."""
    expected = bundle.get("type") in {"batch", "transaction", "history"}
    return all(("request" in each) == expected for each in bundle.get("entry", ()))


def bundle_responses(bundle: Json) -> bool:
    """bdl-4: entries have a response in an answer to those or a history, and only there."""
    expected = bundle.get("type") in {"batch-response", "transaction-response", "history"}
    return all(("response" in each) == expected for each in bundle.get("entry", ()))


def bundle_distinct(bundle: Json) -> bool:
    """bdl-7: outside a history, a full URL and version come once."""
    if bundle.get("type") == "history":
        return True
    return _distinct(
        (each["fullUrl"], _version(each.get("resource", {})))
        for each in bundle.get("entry", ())
        if "fullUrl" in each
    )


def bundle_urls(bundle: Json) -> bool:
    """bdl-8: a full URL names no version."""
    return not any("/_history/" in each.get("fullUrl", "") for each in bundle.get("entry", ()))


def bundle_first(bundle: Json) -> bool:
    """bdl-11, bdl-12: a document opens with a Composition, a message with a MessageHeader."""
    expected = {"document": "Composition", "message": "MessageHeader"}.get(bundle.get("type", ""))
    first = bundle.get("entry", [{}])[0].get("resource", {})
    return expected is None or first.get("resourceType") == expected


def rest_types_distinct(statement: Json) -> bool:
    """cpb-9: a resource type is claimed once for each mode."""
    rests = statement.get("rest", ())
    return all(_distinct(each.get("type") for each in rest.get("resource", ())) for rest in rests)


def search_names_distinct(statement: Json) -> bool:
    """cpb-12: a search parameter is claimed once for a resource type."""
    return all(
        _distinct(each.get("name") for each in resource.get("searchParam", ()))
        for rest in statement.get("rest", ())
        for resource in rest.get("resource", ())
    )


def group_is_actual(group: Json) -> bool:
    """grp-1: only an actual group has members."""
    return "member" not in group or group.get("actual") is True


def handed_over_after_prepared(dispense: Json) -> bool:
    """mdd-1: a dispense is not handed over before it was prepared."""
    return not is_after(dispense.get("whenPrepared"), dispense.get("whenHandedOver"))


def modified_after_authored(task: Json) -> bool:
    """inv-1: a task is not modified before it was authored."""
    return not is_after(task.get("authoredOn"), task.get("lastModified"))


def link_ids_distinct(questionnaire: Json) -> bool:
    """que-2: every item's link id comes once."""

    def below(node: Json) -> Iterator[Any]:
        for each in node.get("item", ()):
            yield each.get("linkId")
            yield from below(each)

    return _distinct(below(questionnaire))


DATA_TYPES: Mapping[str, Mapping[str, Invariant]] = {
    "Period": {"per-1": (period_in_order, "start is after end")},
    "Range": {"rng-2": (range_in_order, "low is above high")},
}
FORMATS: Mapping[str, Callable[[Any], bool]] = {"txt-1": is_narrative}
RESOURCES: Mapping[str, Mapping[str, Invariant]] = {
    "Bundle": {
        "bdl-3": (bundle_requests, "entry.request in a batch, transaction or history only"),
        "bdl-4": (bundle_responses, "entry.response in the answer to those or a history only"),
        "bdl-7": (bundle_distinct, "fullUrl and version come once"),
        "bdl-8": (bundle_urls, "fullUrl names no version"),
        "bdl-11": (bundle_first, "a document opens with a Composition, a message with its header"),
    },
    "CapabilityStatement": {
        "cpb-9": (rest_types_distinct, "a resource type comes once"),
        "cpb-12": (search_names_distinct, "a search parameter comes once"),
    },
    "Group": {"grp-1": (group_is_actual, "members of an actual group only")},
    "MedicationDispense": {
        "mdd-1": (handed_over_after_prepared, "whenHandedOver is before whenPrepared")
    },
    "Observation": {
        "obs-7": (component_repeats_value, "a component has the code of the observation's value")
    },
    "Questionnaire": {"que-2": (link_ids_distinct, "linkId comes once")},
    "Task": {"inv-1": (modified_after_authored, "lastModified is before authoredOn")},
}


def is_after(first: object, second: object) -> bool:
    """Return whether one date, dateTime or instant is after another, as far as both tell."""
    if not isinstance(first, str) or not isinstance(second, str):
        return False
    if "T" in first and "T" in second and first[19:] != second[19:]:
        try:
            return datetime.fromisoformat(first) > datetime.fromisoformat(second)
        except (ValueError, TypeError):  # a leap second, or not a dateTime at all
            pass
    shorter = min(len(first), len(second), 19)
    return first[:shorter] > second[:shorter]


def _codings(concept: Json) -> Iterator[tuple[Any, Any]]:
    for each in concept.get("coding", ()):
        if "code" in each:
            yield each.get("system"), each["code"]


def _version(resource: Json) -> str:
    meta = resource.get("meta")
    return str(meta.get("versionId")) if isinstance(meta, dict) else ""


def _distinct(values: Iterable[Any]) -> bool:
    listed = list(values)
    return len(set(listed)) == len(listed)
