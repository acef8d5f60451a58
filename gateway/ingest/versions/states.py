"""The state of a resource: what tells it, what hangs on it, and one that is told late. Pure.

An update (A08) lets assume that a visit goes on, it does not tell it. So a discharge of before,
which comes behind it, is the last that was told of the state: the visit is over, as if both had
come in time. What else the later message told, of the place above all, stands. So it is with what a
document holds, of which a notice says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from gateway.ingest.versions.erasing import erase
from gateway.ingest.versions.places import followed
from gateway.ingest.versions.update import alternatives, updated
from mappings.translate import Made

JSON = dict[str, Any]


class State(NamedTuple):
    """The elements that tell the state of a resource, and words for what hangs on it.

    `listed`: it is told by what a message assumes, too. Who lists an allergy says that it is there.
    """

    told_by: tuple[str, ...]
    hanging: tuple[str, ...] = ()
    listed: bool = False


_VERIFIED = ("clinicalStatus", "verificationStatus")
_REASONED = State(("status",), ("statusReason",))
#: By the type of the resource.
STATES = {
    "AllergyIntolerance": State(_VERIFIED, listed=True),
    "Appointment": State(("status",), ("cancelationReason",)),
    "Condition": State(_VERIFIED, ("abatementDateTime",), listed=True),
    "DocumentReference": State(("content",)),  # a notice of it has none
    "Encounter": State(
        ("status",),
        (
            "length", "period.end", "hospitalization.destination",
            "hospitalization.dischargeDisposition",
        ),
    ),
    "Immunization": _REASONED,
    "MedicationAdministration": _REASONED,
    "MedicationRequest": _REASONED,
    "NutritionOrder": State(("status",)),
    "Procedure": _REASONED,
    "ServiceRequest": State(
        ("status",), ("extension http://hl7.org/fhir/StructureDefinition/request-statusReason",)
    ),
}  # fmt: skip


def told_in(made: Made, doubted: Collection[str] = ()) -> list[str]:
    """Return what a message tells of a resource's state: not what it assumes, or only mentions."""
    state = STATES.get(made.resource["resourceType"])
    if state is None:
        return []
    gone = [name for name in state.told_by if name in made.erase]
    names = made.resource.keys() - {*doubted, *(() if state.listed else made.weak)}
    return gone or [name for name in state.told_by if name in names]


def is_told(made: Made, doubted: Collection[str] = ()) -> bool:
    """Whether a message tells a resource's state, or takes it back; true of what has none."""
    state = STATES.get(made.resource["resourceType"])
    erased = {word.partition(" ")[0] for word in made.erase}
    return state is None or bool(told_in(made, doubted)) or not erased.isdisjoint(state.told_by)


def is_alike(one: JSON, other: JSON) -> bool:
    """Whether a resource is in the same state in both of its versions."""
    return all(one.get(n) == other.get(n) for n in STATES[one["resourceType"]].told_by)


def caught_up(known: JSON, before: JSON | None, made: Made, gone: Collection[str] = ()) -> JSON:
    """Return a resource with the state that a message tells which should have come before.

    Parameters
    ----------
    known
        The resource as it is.
    before
        As it was when the message should have come; None if nobody knows.
    made
        What the message says. What nobody has told otherwise since is as it would be.
    gone
        Words for what was deleted since.
    """
    type_ = known["resourceType"]
    state = STATES[type_]
    then = updated(before or known, made.resource, made.erase, made.weak)
    result = _put(type_, known, then, state.told_by)
    erased = (word for word in made.erase if not word.startswith(state.told_by))
    free = [
        word for word in dict.fromkeys((*state.hanging, *erased))
        if word not in gone and _part(type_, known, word) == _part(type_, before or {}, word)
    ]  # fmt: skip
    result = _put(type_, result, then, free)
    if type_ == "Encounter":
        result |= _stays(known, before or {}, then if before else made.resource)
    return result


def _stays(known: JSON, before: JSON, then: JSON) -> Iterator[tuple[str, Any]]:
    """Yield where the patient was, and as what; an update since then corrects where he is."""
    for name in ("classHistory", "location"):
        if name in then and known.get(name) == before.get(name):
            yield name, then[name]
    here = [
        {name: value for name, value in one.items() if name != "period"}
        for one in known.get("location", ()) if _is_here(one)
    ]  # fmt: skip
    if known.get("location") != before.get("location") and "location" in then:
        if here and any(map(_is_here, then["location"])):
            yield "location", followed(then, {"location": here}, again=False)["location"]
        else:
            yield "location", then["location"]


def _is_here(place: JSON) -> bool:
    return place.get("status") == "active"


def _put(type_: str, resource: JSON, other: JSON, words: Collection[str]) -> JSON:
    """Return a resource in which is what words name as it is in the other."""
    result = without(resource, words)
    for word in words:
        for name, value in _part(type_, other, word).items():
            if isinstance(value, dict):
                result[name] = {**result.get(name, {}), **value}
            elif isinstance(value, list):
                result[name] = [*result.get(name, ()), *value]
            else:
                result[name] = value
    return result


def _part(type_: str, resource: JSON, word: str) -> JSON:
    """Return what a word names of a resource, in the element that it is in."""
    left = without({**resource, "resourceType": type_}, [word])
    return {
        name: _rest(value, left.get(name))
        for name, value in resource.items() if left.get(name) != value
    }  # fmt: skip


def _rest(value: Any, left: Any) -> Any:
    if isinstance(value, dict) and left:
        return {name: each for name, each in value.items() if left.get(name) != each}
    if isinstance(value, list) and left:
        return [each for each in value if each not in left]
    return value


def without(said: JSON, words: Collection[str]) -> JSON:
    """Return what is said without what words name."""
    left = dict(said)
    for word in words:
        erase(left, word, lambda name: alternatives(said["resourceType"], name))
    return left
