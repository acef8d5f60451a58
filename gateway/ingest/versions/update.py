"""Update semantics of HL7v2 (v2.5.1, 2.5.3): what is known and what a message says in, both out.

An element that the message does not value stays as it is; one that it values replaces what was
known; one that it deletes (``""``) goes. Of lists whose items have a kind — identifiers have a
system, names a use — only the kinds that the message speaks of are replaced, unless it gives the
list whole. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from conformance.definitions import Element, definitions
from gateway.ingest.versions.allowed import allow, heard
from gateway.ingest.versions.appointments import extended
from gateway.ingest.versions.erasing import erase as deleted
from gateway.ingest.versions.erasing import is_named
from mappings import exact

JSON = dict[str, Any]

_REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_FIELD = "https://yiqiao.org/fhir/StructureDefinition/source-field"
_SERVERS = frozenset({"versionId", "lastUpdated"})  # of meta: the store's to say


_NO_CODINGS: tuple[JSON, ...] = ({},)


def _codes(name: str) -> Callable[[JSON], object]:
    """Return a key: the codes of a CodeableConcept, or of a list of them; else their words."""

    def key(item: JSON) -> object:
        concepts = item.get(name, [])
        listed: list[JSON] = concepts if isinstance(concepts, list) else [concepts]
        return frozenset(
            (coding.get("system"), coding.get("code") or concept.get("text"))
            for concept in listed
            for coding in concept.get("coding", _NO_CODINGS)
        )

    return key


def _participant(item: JSON) -> object:
    # Who is not spoken of stays: a cancellation seldom names the doctor and the room again.
    return item.get("actor", {}).get("reference", "").partition("/")[0], _TYPES(item)


def _identifier(item: JSON) -> object:
    # A number that was given up stays beside the one that took its place, and an order's placer's
    # beside its filler's, though one system may give out both. So do those of two fields.
    codes = {coding.get("code") for coding in item.get("type", {}).get("coding", ())}
    system = item.get("system") or ("value", item.get("value"))
    return system, item.get("use") == "old", frozenset(codes & {"PLAC", "FILL"}), _field(item)


def _field(item: JSON) -> object:
    """Return the field that an item came from, where its list is another field's."""
    return _extension(item, _FIELD).get("valueString")


def _name(item: JSON) -> object:
    return item.get("use"), _extension(item, _REPRESENTATION).get("valueCode"), _field(item)


def _extension(item: JSON, url: str) -> JSON:
    """Return the extension of that name; {} if there is none."""
    return next((one for one in item.get("extension", ()) if one.get("url") == url), {})


def _label(item: JSON) -> object:
    # Labels add up; `gateway.ingest.versions.restricting` says which are lifted.
    return exact.dumps(item, sort=True)


_TYPES = _codes("type")
# What makes two items of a list of this type the same thing said again.
_BY_TYPE: dict[str, Callable[[JSON], object]] = {
    "Address": lambda item: item.get("use"),
    "Coding": _label,
    "ContactPoint": lambda item: (item.get("system"), item.get("use")),
    "Extension": lambda item: item.get("url"),
    "HumanName": _name,
    "Identifier": _identifier,
}
_BY_PATH: dict[str, Callable[[JSON], object]] = {
    "Appointment.participant": _participant,
    "Coverage.class": _TYPES,
    "Encounter.diagnosis": _codes("use"),
    "Encounter.participant": _TYPES,
    "Patient.contact": _codes("relationship"),
    "Patient.link": lambda item: (item.get("type"), item.get("other", {}).get("reference")),
}
#: What the number of MRG leads to, too.
RENUMBERED = frozenset({"Account", "Encounter"})
_DATES = frozenset({"date", "dateTime"})
_OF_REQUEST = frozenset({"intent", "status"})
#: Types that are updated member by member.
OPENED = frozenset({"BackboneElement", "Element", "Meta", "Period"})


def updated(
    known: JSON,
    said: JSON,
    erase: Iterable[str] = (),
    weak: Iterable[str] = (),
    whole: Iterable[str] = (),
) -> JSON:
    """Return a resource as it is after a message; neither argument is changed.

    Parameters
    ----------
    known, said : dict
        The resource as it was, and what the message says of it.
    erase : iterable of str
        Elements that the message deletes (`gateway.ingest.versions.erasing`).
    weak : iterable of str
        Elements that the message merely assumes: they do not replace what is known; that a state
        is unknown (``status``) is nothing to know, and a proposal is no order yet.
    whole : iterable of str
        Items of lists (as in `erase`) of which the message says all there are.
    """
    type_ = said["resourceType"]
    result = dict(known)
    for word in erase:
        deleted(result, word, lambda name: alternatives(type_, name))
    assumed = {
        name for name in weak
        if name in said and holds(result, type_, name) and not _gives_way(name, result, said)
    }  # fmt: skip
    told = {name: value for name, value in said.items() if name not in assumed}
    if type_ in RENUMBERED:
        told = _numbered(known, told)
    valued = heard(known, result, told, again="period" in assumed)
    if type_ == "Appointment":
        valued = {**valued, **extended(result, said, assumed)}
    for word in whole:
        name, _, target = word.partition(" ")
        if name in valued and name in result:
            result[name] = _listed_whole(type_, name, result[name], valued[name], target)
    result = _overlaid(type_, result, valued)
    allow(result, valued)
    return result


def _gives_way(name: str, known: JSON, said: JSON) -> bool:
    """Whether what is known of an element gives way even to what is only assumed of it."""
    ordered = known.get("intent") == "proposal" and (said.get("intent"), said.get("status")) == (
        "order", "active",
    )  # fmt: skip
    return name in _OF_REQUEST and (
        ordered or (name == "status" and known.get("status") == "unknown")
    )


def _numbered(known: JSON, said: JSON) -> JSON:
    """Return what is said with the numbers that were given up as such, unless it says itself."""
    numbers = said.get("identifier", ())
    given_up = {number_of(one) for one in known.get("identifier", ()) if one.get("use") == "old"}
    if not given_up or any(one.get("use") == "old" for one in numbers):
        return said
    some = [{**one, "use": "old"} if number_of(one) in given_up else one for one in numbers]
    return {**said, "identifier": some} if numbers else said


def number_of(identifier: JSON) -> tuple[object, object]:
    """Return a number, and whose it is."""
    return identifier.get("system"), identifier.get("value")


def _listed_whole(type_: str, name: str, old: list[Any], new: list[Any], target: str) -> list[Any]:
    """Return what is left of a list whose items, of those a target tells, are all said anew.

    Those of a kind that is spoken of are left to be replaced in their places.
    """
    element = definition_of(type_, name)
    assert element is not None
    key = _BY_TYPE[element.type]
    spoken_of = {key(item) for item in _completed(element.type, old, new)}
    return [item for item in old if key(item) in spoken_of or not is_named(item, target)]


def _overlaid(structure: str, known: JSON, said: Mapping[str, Any]) -> JSON:
    result = dict(known)
    for name, value in said.items():
        element = definition_of(structure, name)
        old = result.get(name)
        if old is None or element is None:
            _remove(result, structure, name)
            result[name] = value
        elif isinstance(old, list) and isinstance(value, list):
            result[name] = _listed(element, old, value)
        elif isinstance(old, dict) and isinstance(value, dict) and element.type in OPENED:
            result[name] = _overlaid(element.structure, old, value)
        elif not _is_part(old, value, element):
            _remove(result, structure, name)
            result[name] = value
    return result


def _is_part(old: Any, new: Any, element: Element) -> bool:
    """Whether a date says less than the one that is known: a year of birth, of the whole of it."""
    return element.type in _DATES and isinstance(old, str) and old.startswith(f"{new}-")


def _listed(element: Element, old: list[Any], new: list[Any]) -> list[Any]:
    key = kind_of(element)
    if key is None:
        return new
    said: dict[object, list[Any]] = {}
    for item in _completed(element.type, old, new):
        said.setdefault(key(item), []).append(item)
    spoken_of = set(said)
    result = []
    for item in old:  # each kind stays in its place, so that order alone makes no new version
        kind = key(item)
        if kind in spoken_of:
            result += said.pop(kind, [])
        elif element.type != "Identifier" or not _has_a_system_now(item, new):
            result.append(item)
    return [*result, *(item for items in said.values() for item in items)]


def _has_a_system_now(number: JSON, said: list[JSON]) -> bool:
    """Whether a number without a system is said with one: as stored before it had any.

    A bed's was that of the bed alone then, and is now that of the whole place (``W1^101^12``).
    """
    return "system" not in number and any(
        "system" in one and all(one.get(name) == number.get(name) for name in ("type", "use"))
        and number.get("value") in one.get("value", "").split("^")
        for one in said
    )  # fmt: skip


def _completed(type_: str, old: list[Any], new: list[Any]) -> Iterator[Any]:
    """Yield what is said anew, with what was known of the very same identifier or name.

    A laboratory sends the number without its type, the name without its use: that takes nothing
    away from what the registration said.
    """
    for item in new:
        same = next((one for one in old if _same(type_, one, item)), None)
        yield item if same is None else {**same, **item}


def _same(type_: str, known: JSON, said: JSON) -> bool:
    if type_ == "Identifier":
        same = all(known.get(name) == said.get(name) for name in ("system", "value"))
        return same and (known.get("use") == "old") == (said.get("use") == "old")
    return type_ == "HumanName" and "use" not in said and known.get("text") == said.get("text")


def _remove(resource: JSON, structure: str, name: str) -> None:
    """Take out an element in whatever type it is, with what is said about its value."""
    for other in alternatives(structure, name):
        resource.pop(other, None)
        resource.pop(f"_{other}", None)


def kind_of(element: Element) -> Callable[[JSON], object] | None:
    """Return what tells the kind of each item of a list; None if its items have none."""
    return _BY_PATH.get(element.structure) or _BY_TYPE.get(element.type)


def holds(resource: JSON, structure: str, name: str) -> bool:
    """Whether a resource, or a part of one, has an element, in whatever type it is."""
    return any(other in resource for other in alternatives(structure, name))


@lru_cache(maxsize=4096)
def definition_of(structure: str, name: str) -> Element | None:
    """Return the definition of an element; None of what R4 does not have there."""
    return definitions().elements(structure).get(name)


@lru_cache(maxsize=4096)
def alternatives(structure: str, name: str) -> tuple[str, ...]:
    """Return an element's names in all its types: ``deceasedBoolean``, ``deceasedDateTime``."""
    element = definition_of(structure, name)
    if element is None or element.choice is None:
        return (name,)
    elements = definitions().elements(structure).values()
    return tuple(other.name for other in elements if other.choice == element.choice)


def without_meta(resource: JSON) -> JSON:
    """Return a stored resource without what the store itself said of it."""
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in _SERVERS}
    bare = {name: value for name, value in resource.items() if name != "meta"}
    return {**bare, "meta": meta} if meta else bare
