"""What belongs to a visit or an account: what a record or a message has in; what goes with it, out.

What belongs to a visit refers to it; what hangs together with that, a specimen or an earlier
order, belongs to it as well, unless it is of another visit or tells of the patient whatever the
visit. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Protocol, TypeVar

JSON = dict[str, Any]

# What tells of a patient, whatever the visit: it moves only if it names the visit itself. A claim
# stays with its coverage, without which it is none.
_LASTING = frozenset({
    "Account", "AllergyIntolerance", "CarePlan", "CareTeam", "Claim", "Condition", "Consent",
    "Coverage", "Encounter", "EpisodeOfCare", "Goal", "Patient", "RelatedPerson",
})  # fmt: skip
_NAMED_BY_MANY = "Medication/"  # those who name one have nothing else in common
_VISITS = ("Encounter/", "Account/")


class Part(Protocol):
    """A resource of a record, and what it refers to."""

    @property
    def content(self) -> JSON:
        """Return the resource."""
        ...

    @property
    def refers(self) -> frozenset[str]:
        """Return what it refers to, as references do."""
        ...


AnyPart = TypeVar("AnyPart", bound=Part)


def references(node: Any) -> Iterator[str]:
    """Yield what a resource, or a part of one, refers to."""
    for each in node.values() if isinstance(node, dict) else node:
        if isinstance(each, dict | list):
            yield from references(each)
    if isinstance(node, dict) and isinstance(node.get("reference"), str):
        yield node["reference"]


def belonging(known: Mapping[str, AnyPart], start: str) -> dict[str, AnyPart]:
    """Return what a visit or an account takes along, itself first, all by what refers to them."""
    going: dict[str, AnyPart] = {}
    named: set[str] = set()  # by what goes
    more = {start: known[start]}
    while more:
        going |= more
        named.update(*(each.refers for each in more.values()))
        more = {
            name: each for name, each in known.items()
            if name not in going and _goes(each, going, named=name in named)
        }  # fmt: skip
    return going


def names_visit(each: Part, going: Mapping[str, Part]) -> bool:
    """Whether a resource says itself that it is of a visit or an account that goes."""
    return any(one in going for one in each.refers if one.startswith(_VISITS))


def renamed(node: Any, home: str, names: Mapping[str, str]) -> Any:
    """Return JSON with references to what goes; those to what stays in the record are gone."""

    def now(name: str) -> str | None:
        return names.get(name, None if name.partition("/")[2].startswith(f"{home}.") else name)

    return _renamed(node, now)


def bereft(node: Any, gone: Collection[str]) -> Any:
    """Return JSON without references to what is gone; what else they say of it stands."""
    return _renamed(node, lambda name: None if name in gone else name)


def _renamed(node: Any, now: Callable[[str], str | None]) -> Any:
    if isinstance(node, list):
        parts = ((each, _renamed(each, now)) for each in node)
        return [left for each, left in parts if left != {} and not _is_bare(each, left)]
    if not isinstance(node, dict):
        return node
    result = {}
    for name, each in node.items():
        if name in ("reference", "url") and isinstance(each, str):
            if moved := now(each):
                result[name] = moved
        elif (left := _renamed(each, now)) not in ({}, []):
            result[name] = left
    return result


def _goes(each: Part, going: Mapping[str, Part], *, named: bool) -> bool:
    if names_visit(each, going):
        return True
    elsewhere = any(one.startswith("Encounter/") for one in each.refers)
    if each.content["resourceType"] in _LASTING or elsewhere:
        return False
    names = (one for one in each.refers if not one.startswith(_NAMED_BY_MANY))
    return named or any(one in going for one in names)


def _is_bare(item: Any, left: Any) -> bool:
    """Whether an item of a list has lost what it is about: a coverage's priority says nothing."""
    return isinstance(item, dict) and any(
        isinstance(each, dict) and "reference" in each and name not in left
        for name, each in item.items()
    )
