"""All that segments began in, what a message says out: with ids and references, each thing once.

A resource gets its id from its key, and refers to what stands near it in the message's groups; what
nobody said anything of, or what may not stand as it is, is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mappings.findings import Finding
from mappings.runtime.functions.families import settle
from mappings.runtime.state.elements import together
from mappings.runtime.types import Made
from mappings.runtime.walk.items import complete
from mappings.runtime.walk.scopes import Scope, Slot
from mappings.runtime.walk.several import ORDERS, name_apart
from mappings.runtime.walk.standing import standing, yielded
from mappings.runtime.walk.tracing import tell_references, untell
from mappings.runtime.walk.unnamed import attended, refer, told_by_orders
from mappings.runtime.walk.walker import Walker

#: What is one thing however often a message says it; results and requests may be said twice.
_ONE = frozenset({
    "Account", "AllergyIntolerance", "Condition", "Coverage", "Encounter", "EpisodeOfCare",
    "Patient", "RelatedPerson",
})  # fmt: skip

#: What a message may tell of that names no patient: times of a schedule, and the order for one
_WITHOUT_PATIENT = frozenset({"Appointment", "ServiceRequest"})

#: `Made` of a tuple, in the order of its fields: there are as many as there are resources
_MADE: Callable[[tuple[Any, ...]], Made] = partial(tuple.__new__, Made)


class Finishing:
    """The end of a walk.

    Attributes
    ----------
    slots : list of Slot
        After `finish`: what the message speaks of.
    unnamed : bool
        Whether the patient is whoever the orders are known to be for.
    """

    def __init__(self, walker: Walker) -> None:
        self._walker = walker
        self.compiled = walker.compiled
        self.context = walker.context
        self.joining = walker.joining
        self.slots = walker.slots
        self.patients: list[Slot] = []
        self.homes: set[str] = set()  # of what the message speaks of
        self.unowned: set[str] = set()  # types of what should be a patient's, and there is none
        self.unnamed = False
        self.again = False  # whether one thing was said by two segments of the same kind

    def finish(self) -> tuple[list[Made], list[tuple[str, str]]]:
        """Give ids, tie references; return what was made and (surviving, retired) compartments."""
        context, walker = self.context, self._walker
        context.foreclose()
        complete(context)
        context.compartment = context.compartment or self._of_nobody()
        begun = self.slots
        if walker.yielding:
            yielded(walker.yielding, begun, self.compiled, context)
        for slot in filter(walker.is_hollow, walker.hollow):
            slot.resource.clear()
            slot.erased = ()
        if context.unplaced or context.awaited:
            settle(context)
        self.slots = [s for s in begun if len(s.resource) > 1 or self._holds(s)]
        empty = []
        if len(self.slots) < len(begun):
            kept = {*self.slots}
            empty = [s for s in begun if s.promised and s not in kept]
            untell(begun, self.slots, context)
        if self.joining:
            self.slots = self.joining.settle(self.slots, Scope(None, walker.groups.root))
        self._identify()
        self.patients = [slot for slot in self.slots if slot.mention.type == "Patient"]
        if self.joining:
            self.joining.link(self.patients)
        if not self.patients:
            attended(self.slots, self.context)
        made = [self._finished(slot) for slot in self.slots]
        self.homes = {slot.mention.home for slot in self.slots}
        self.unowned = set() if self.patients else self._unowned()
        stands = standing(self.slots, empty, context)
        if len(stands) < len(self.slots):
            untell(self.slots, stands, context)
            left = {*stands}
            made = [m for m, slot in zip(made, self.slots, strict=True) if slot in left]
            self.slots = stands
        merges = self.joining.merges(made) if self.joining else []
        tell_references(self.slots, self.compiled.links, context)
        for slot in self.slots:
            del slot.scope  # slots and scopes know one another: left so, only the GC frees them
        everything = [*made, *context.made.values()]
        return (self._united(everything) if self._doubles() else everything), merges

    def _of_nobody(self) -> str:
        """Return the record of what is of no patient: a time that is kept free has its own."""
        context = self.context
        for slot in self.slots:
            if slot.mention.type == "Appointment" and slot.key:
                key = ("appointment", *slot.key)
                return context.ids.compartment("patient", context.site.source, *key)
        return context.record()

    def _unowned(self) -> set[str]:
        """Return the types of what is of a patient, and nothing tells of which."""
        found = {slot.mention.type for slot in self.slots if slot.mention.home == "patient"}
        self.unnamed = bool(found) and told_by_orders(self.slots, self.context)
        if self.unnamed:
            refer(self.slots, self.compiled.links, self.context)
            return set()
        return found

    def _united(self, made: list[Made]) -> list[Made]:
        """Bring together what several segments, or fields, say of one place or person."""
        found: dict[tuple[str, str], Made] = {}
        for number, one in enumerate(made):
            name = one.resource["resourceType"], one.resource["id"]
            known = found.get(name)
            if known is None:
                found[name] = one
            elif known.resource is not one.resource:
                resource, lost = together(known, one, self.context.held)
                weak = tuple(n for n in known.weak if n not in one.resource or n in one.weak)
                found[name] = known._replace(resource=resource, weak=weak)
                if lost:
                    self._unsaid(number, name)
        return list(found.values())

    def _unsaid(self, number: int, name: tuple[str, str]) -> None:
        """Find that a resource is said otherwise elsewhere; `number` of what was made."""
        context, place = self.context, 0
        if number < len(self.slots):
            context.segment, context.ordinal = self.slots[number].at[0]
        else:
            context.segment, context.ordinal, place = context.places[name]
        found = Finding("information", "already-filled", context.locate(place))
        context.findings.append(found)  # of whichever segment the field is

    def _identify(self) -> None:
        """Give every resource the id that its key gives in its compartment."""
        context = self.context
        derive = context.ids.resource
        # What comes before any PID (SCH) is of the first patient.
        first = (s.compartment for s in self.slots if s.mention.name == "Patient" and s.compartment)
        home = next(first, context.compartment)
        counts: dict[str, int] = {}
        several: dict[str, tuple[str, ...]] = {}  # keys of orders that a message has several of
        for slot in self.slots:
            mention, key = slot.mention, slot.key
            type_ = mention.type
            only = key is not None and (mention.home == "directory" or type_ in _ONE)
            if mention.home == "directory":
                slot.compartment = context.directory()
            compartment = slot.compartment = slot.compartment or home
            if key is None:
                key = ("message", context.control_id)
            id_ = derive(compartment, type_, *key)
            said = counts.get(id_)
            if only:  # a place, person or visit has no more than one entry
                self.again = self.again or said is not None
                counts[id_] = 0
            elif said is None:
                counts[id_] = 1
            else:  # said again in one message: another one
                counts[id_] = said + 1
                if type_ in ORDERS:
                    several[id_] = key
                else:
                    slot.first = id_
                    id_ = derive(compartment, type_, *key, f"#{said + 1}")
                    counts.setdefault(id_, 1)
            slot.id = id_
            slot.reference["reference"] = f"{type_}/{id_}"
        for id_, key in several.items():
            name_apart([slot for slot in self.slots if slot.id == id_], key, context.ids)

    def _doubles(self) -> bool:
        """Whether a segment may have made what a field of another one named."""
        if self.again or "directory" in self.homes:
            return True
        named = {type_ for type_, _ in self.context.made}
        return not named.isdisjoint({slot.mention.type for slot in self.slots})

    def problem(self) -> str | None:
        """After `finish`: the code of why nothing of this message can be kept, or None."""
        if self.unowned:
            kept = any(slot.mention.type == "Appointment" for slot in self.slots)
            if not kept or self.unowned - _WITHOUT_PATIENT:
                return "no-patient"
        kept = any(slot.mention.home != "message" for slot in self.slots)
        return None if kept else "unsupported-message"

    def _holds(self, slot: Slot) -> bool:
        """Whether a segment said anything of a resource; else it is not made, nor referred to."""
        if len(slot.resource) > 1 or (slot.erased and not slot.mention.replace):
            return True
        if slot.scope.slots.get(slot.mention.name) is slot:
            del slot.scope.slots[slot.mention.name]
        return False

    def _finished(self, slot: Slot) -> Made:
        mention = slot.mention
        resource, near, type_ = slot.resource, slot.scope.near, mention.type
        for tie in slot.links:
            holder = slot if tie.holder == type_ else near(tie.holder)
            if tie.stays and tie.repeats and holder is not slot:  # the event's, not one of a PID
                holder = slot.scope.farthest(tie.holder)
            target = slot if tie.target == type_ else near(tie.target)
            if holder is not None and target is not None and holder is not target:
                holder.tie(tie, target)
        for tie in self.compiled.links.get(type_, ()):
            if tie.stays and tie.name in resource:
                continue
            target = near(tie.target)
            if target is None and tie.target == "Patient" and len(self.patients) == 1:
                only = self.patients[0]  # an EVN before the group of its only patient
                target = only if only.compartment == slot.compartment else None
            if target is None:
                continue
            if tie.plain:
                resource[tie.name] = target.reference
            else:
                slot.tie(tie, target)
        resource["id"] = slot.id
        weak = tuple(sorted(slot.weak)) if slot.weak else ()
        return _MADE((
            resource, slot.compartment, mention.home, mention.replace, slot.erased, weak,
            slot.shared, slot.first, slot.parent, slot.begins,
        ))  # fmt: skip
