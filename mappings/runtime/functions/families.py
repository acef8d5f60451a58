"""Results that belong together: a sub-id (OBX-4) or a parent's name (OBR-26) in, references out.

Sub-ids are paths: 1.1 and 1.2 are members of 1; a device writes 1.0.0.0 for 1 (IHE PCD-01). A
susceptibility test names the result it belongs to, an organism of the culture, by that one's code
and sub-id, and by its order (OBR-29). The parent gets the reference (``hasMember``), since it is a
group of such results, and the member one to it (``derivedFrom``), which stands when the parent is
sent again by itself. Where the parent is not in the message, the member says what it was derived
from, in words, and the parent is awaited: it may come, or have come, in another message (HL7 v2.9,
7.4.1.26).
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from mappings.runtime.functions import numbered
from mappings.runtime.state.context import Context
from mappings.runtime.state.elements import extension
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import part
from mappings.runtime.types import JSON, NO_FIELDS, Location, Parent

SUB_ID = "http://hl7.org/fhir/StructureDefinition/observation-v2-subid"


class Awaited(NamedTuple):
    """A member whose parent has not been seen: its slot, what it says, and where it stood."""

    member: Any
    item: JSON  # of derivedFrom, in words
    parent: Parent
    segment: str
    ordinal: int
    lost: tuple[Location, ...]  # what the words do not tell: a code beside its name, the sub-id
    elsewhere: bool  # whether the parent's order is named (OBR-29)
    told: tuple[str, str]  # the place, and the row that reads it (``--explain``)


def in_group(value: str, context: Context, location: Location) -> None:
    """Make this result a member of the one whose sub-id is the beginning of its own."""
    own = context.scope.find("Observation")
    # A few words for each result: most have no family.
    current = context.current
    context.unplaced.append((own, current["OBX"], current.get("OBR", NO_FIELDS)))
    if "." in value and own.key:
        context.awaited.append((own, _report(own), _steps(value), _told(context, location)))


def in_parent(value: str, context: Context, location: Location) -> JSON | None:
    """Make this result a member of the one that OBR-26 names; else say what that is called."""
    code, sub_id, descriptor = (part(value, "^", n).strip() for n in (1, 2, 3))
    own, name = primitives.text(part(code, "&", 1)), primitives.text(part(code, "&", 2))
    words = ": ".join(w for w in (name or own, primitives.text(descriptor)) if w)
    if not words and not sub_id:
        return None
    orders, elsewhere = _orders(context)
    parent = Parent(part(code, "&", 1).strip(), sub_id, orders)
    item = {"display": words or sub_id}
    lost = [((location, 1), 1)] if own and name else []
    lost += [(location, 2)] if words and sub_id else []
    member = context.scope.find("Observation")
    context.awaited.append(
        Awaited(
            member, item, parent, context.segment, context.ordinal, tuple(lost), elsewhere,
            _told(context, location),
        )
    )  # fmt: skip
    return {"derivedFrom": [item]}


def settle(context: Context) -> None:
    """Let members and parents refer to one another, when the whole message has been read."""
    _tell_apart(context)
    if not context.awaited:
        return
    paths: dict[Any, Any] = {}  # results by their report and the steps of their sub-id
    named: dict[tuple[str, str], list[Any]] = {}  # and by code and sub-id, with their OBR
    for slot, fields, request in context.unplaced:
        if slot.key:
            code, sub_id = fields[3], fields[4].strip()
            paths.setdefault((_report(slot), _steps(sub_id)), slot)
            name = part(code, "^", 1).strip() or part(code, "^", 2).strip()
            named.setdefault((name, part(sub_id, "^", 1)), []).append((slot, request))
    for each in context.awaited:
        if isinstance(each, Awaited):
            _settle(each, named, context)
            continue
        member, report, steps, told = each
        shorter = (paths.get((report, steps[:length])) for length in range(len(steps) - 1, 0, -1))
        parent = next((one for one in shorter if one is not None), None)
        if parent is not None and len(member.resource) > 1:
            _join(parent, member, told, context)


def _tell_apart(context: Context) -> None:
    """Tell the sub-id of several results that have 1, where others beside them have another one.

    Alone it says nothing. Of two organisms, it says whose a susceptibility is.
    """
    sub_ids = {fields[4] for _, fields, _ in context.unplaced}
    if len(sub_ids) < 2 or "1" not in sub_ids:  # most reports have none, or one
        return
    firsts = [(slot, id(obr)) for slot, fields, obr in context.unplaced if fields[4] == "1"]
    more = {
        id(obr) for _, fields, obr in context.unplaced if fields[4] != "1" and "." not in fields[4]
    }
    groups = Counter(obr for _, obr in firsts if obr in more)
    for slot, obr in firsts:
        if groups[obr] > 1 and len(slot.resource) > 1:
            # A list of its own: what results of a message say alike, they share.
            slot.resource["extension"] = [*slot.resource.get("extension", ())]
            own = extension(slot.resource, "extension", SUB_ID)
            own.setdefault("extension", [{"url": "original-sub-identifier", "valueString": "1"}])


def _settle(awaited: Awaited, named: dict[tuple[str, str], list[Any]], context: Context) -> None:
    member, item, wanted = awaited.member, awaited.item, awaited.parent
    if "derivedFrom" not in member.resource:  # of a segment that says nothing: it is not made
        return
    for parent, request in named.get((wanted.code, wanted.sub_id), ()):
        if parent is not member and _is_of(request, awaited, context):
            _join(parent, member, awaited.told, context)
            member.resource["derivedFrom"] = [
                parent.reference if each is item else each
                for each in member.resource["derivedFrom"]
            ]
            return
    member.parent = wanted
    context.segment, context.ordinal = awaited.segment, awaited.ordinal
    for location in awaited.lost:
        context.say("information", "already-filled", location)


def _is_of(request: list[str], awaited: Awaited, context: Context) -> bool:
    """Whether a result may be of the order that is named: of a number of it, or of none."""
    numbers = _numbers([request[2], request[3]], "^", context) if len(request) > 3 else ()
    return not (awaited.elsewhere and numbers) or not set(numbers).isdisjoint(awaited.parent.orders)


def _orders(context: Context) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Return the numbers of the parent's order, and whether OBR-29 names it; else the own ones."""
    obr, orc = (context.current.get(name, NO_FIELDS) for name in ("OBR", "ORC"))
    named = obr[29].partition("~")[0] if len(obr) > 29 else ""
    if named:
        return _numbers([part(named, "^", n) for n in (1, 2)], "&", context), True
    return _numbers([obr[n] or orc[n] for n in (2, 3)], "^", context), False


def _numbers(given: list[str], separator: str, context: Context) -> tuple[tuple[str, str], ...]:
    """Return the numbers of an order, its placer's and its filler's, as keys have them."""
    known = (numbered.ei_key(value, context, separator) for value in given)
    return tuple(pair for pair in zip(("PLAC", "FILL"), known, strict=True) if pair[1])


def _report(slot: Any) -> str:
    """Return what the results of one report have in common."""
    found: str = slot.scope.key_of("DiagnosticReport") or slot.scope.key_of("ServiceRequest")
    return found


def _steps(sub_id: str) -> tuple[str, ...]:
    steps = part(sub_id, "^", 1).strip().split(".")
    while len(steps) > 1 and steps[-1] in {"0", ""}:
        steps.pop()
    return tuple(steps)


def _told(context: Context, location: Location) -> tuple[str, str]:
    """Return the place of a value and the row that reads it, if the message is explained."""
    return ("", "") if context.explained is None else (context.locate(location), context.row)


def _join(parent: Any, member: Any, told: tuple[str, str], context: Context) -> None:
    if member is not parent:
        parent.resource.setdefault("hasMember", []).append(member.reference)
        context.told("Observation.hasMember", *told)
