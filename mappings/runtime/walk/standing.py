"""Resources that lack what R4 requires: what a message made in, what may stand of it out.

A value nobody can read leaves a resource without what it needs; the rest of the message is worth
keeping. So the resource is left out, and found, and nothing refers to it any more.
"""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any

from mappings.runtime.state.context import Context
from mappings.runtime.state.elements import says
from mappings.runtime.walk.beside import join
from mappings.runtime.walk.relatives import meet
from mappings.runtime.walk.tracing import fitted

if TYPE_CHECKING:
    from mappings.runtime.plan import Compiled
    from mappings.runtime.walk.scopes import Slot


def standing(slots: list[Slot], empty: list[Slot], context: Context) -> list[Slot]:
    """Return the resources that may stand, no longer referring to those that may not.

    `empty` are resources that other ones were promised, and nobody said anything of.
    """
    for slot in slots:
        fitted(slot, context)
    gone = {slot.reference["reference"] for slot in empty}
    while lacking := {slot: None for slot in slots if slot.mention.needs and _lacks(slot)}:
        for slot in lacking:
            for context.segment, context.ordinal in slot.at:
                context.say("warning", "incomplete", 0, f"{slot.mention.type}.{_lacks(slot)}")
            gone.add(slot.reference["reference"])
        slots = [slot for slot in slots if slot not in lacking]
        _forget(slots, gone)
        gone.clear()
    _forget(slots, gone)
    return slots


def yielded(yielding: list[Slot], slots: list[Slot], compiled: Compiled, context: Context) -> None:
    """Empty resources that give way to others, or that are only asked for."""
    if asked := [slot for slot in yielding if slot.mention.asked]:
        _only_asked(asked, slots, compiled, context)
    for slot in yielding:
        if slot.mention.shape is not None:
            join(slot, slot.mention.shape, slots, context)
        elif slot.mention.gives:
            _give_way(slot, slots, compiled, context)


def _give_way(slot: Slot, slots: list[Slot], compiled: Compiled, context: Context) -> None:
    """Empty a resource (of a map that ``yields``) if others of its type are there for the patient.

    What it says, and neither they do nor another map of its segment reads, is found. A relative
    becomes the one who it is.
    """
    others = [
        other for other in slots
        if other.mention.type == slot.mention.type and other.compartment == slot.compartment
        and not other.mention.gives and len(other.resource) > 1
    ]  # fmt: skip
    if not others:
        return
    if slot.mention.type == "RelatedPerson":
        meet(slot, others)
        return
    context.segment, context.ordinal = slot.at[0]
    read = _read_besides(slot, slots, compiled)
    for field, words in slot.mention.facts.erases.items():
        names = [word.split(" ")[0].split(".")[0] for word in words]
        said = {name: slot.resource[name] for name in names if name in slot.resource}
        if said and field not in read and not any(says(each.resource, said) for each in others):
            context.say("information", "already-filled", field)
    slot.resource.clear()
    slot.erased = ()


def _only_asked(asked: list[Slot], slots: list[Slot], compiled: Compiled, context: Context) -> None:
    """Empty reports of what is only asked for: nobody has made them.

    One stands that has a result, a state, or a time at which it was issued. What it says, and no
    other map of its segment reads, is found.
    """
    whole = {
        id(slot.scope.find(tie.holder))
        for slot in slots if len(slot.resource) > 1
        for tie in slot.links if tie.name == "result" and tie.target == slot.mention.type
    }  # fmt: skip
    for slot in asked:
        resource = slot.resource
        if "issued" in resource or resource.get("status") != "unknown" or id(slot) in whole:
            continue
        context.segment, context.ordinal = slot.at[0]
        read = _read_besides(slot, slots, compiled)
        for field, words in slot.mention.facts.erases.items():
            names = {word.split(" ")[0].split(".")[0] for word in words} - {"status"}
            if field not in read and not names.isdisjoint(resource):
                context.say("information", "not-applicable", field)
        resource.clear()


def _read_besides(slot: Slot, slots: list[Slot], compiled: Compiled) -> set[int]:
    """Return the fields that other maps read of the segment which began a resource.

    Of a map with a condition only if it made something of that segment.
    """
    made = {other.mention.name for other in slots if slot.at[0] in other.at}
    return set().union(*(
        mention.facts.used for mention in compiled.segments[slot.at[0][0]].mentions
        if mention.name != slot.mention.name and (mention.when is None or mention.name in made)
    ))  # fmt: skip


def _lacks(slot: Slot) -> str:
    """Return the first required element that a resource does not have."""
    for names in slot.mention.needs:
        if slot.resource.keys().isdisjoint(names):
            return names[0]
    return ""


def _forget(slots: list[Slot], gone: set[Any]) -> None:
    """Take references to what is gone out of what stands."""
    for slot in slots if gone else ():
        left = _without(slot.resource, gone)
        if left is not slot.resource:
            slot.resource.clear()
            slot.resource.update(left)


def _without(node: Any, gone: set[Any]) -> Any:
    """Return JSON without some references, as it is if it has none; parts may be shared."""
    if isinstance(node, list):
        items = [left for item in node if (left := _without(item, gone)) not in ({}, [])]
        same = len(items) == len(node) and all(map(is_, items, node))
        return node if same else items
    if not isinstance(node, dict):
        return node
    reference = node.get("reference")  # an element of that name may be an object, too
    if isinstance(reference, str | int) and reference in gone:
        return {name: each for name, each in node.items() if name != "reference"}
    left = {name: _without(each, gone) for name, each in node.items()}
    if all(map(is_, left.values(), node.values())):
        return node
    return {name: each for name, each in left.items() if each not in ({}, [])}
