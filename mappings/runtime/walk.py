"""The walk over a message's segments: a structure and segments in, resources out.

A structure says which segments belong together; real feeds put them in other orders (`groups`).
Nothing is refused for its place, and every segment nobody names is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

from mappings.compiler.build import Compiled, Mention, Plan
from mappings.findings import Finding
from mappings.hl7v2.message import Segment
from mappings.runtime.context import Context
from mappings.runtime.elements import together
from mappings.runtime.families import settle
from mappings.runtime.groups import Groups
from mappings.runtime.items import complete
from mappings.runtime.joining import Joining
from mappings.runtime.patient import patient_key
from mappings.runtime.pieces import BLANK, head
from mappings.runtime.scopes import Scope, Slot
from mappings.runtime.standing import give_way, standing
from mappings.runtime.tracing import tell_references
from mappings.runtime.types import JSON, MAX_FIELDS, NO_FIELDS, Made
from mappings.runtime.unnamed import refer, told_by_orders

#: What is one thing however often a message says it; results and requests may be said twice.
_ONE = frozenset({
    "Account", "AllergyIntolerance", "Condition", "Coverage", "Encounter", "EpisodeOfCare",
    "Patient", "RelatedPerson",
})  # fmt: skip

#: What a message may tell of that names no patient: times of a schedule, and the order for one
_WITHOUT_PATIENT = frozenset({"Appointment", "ServiceRequest"})

#: `Made` of a tuple, in the order of its fields: there are as many as there are resources
_MADE: Callable[[tuple[Any, ...]], Made] = partial(tuple.__new__, Made)


class Walker:
    """Walks one message."""

    def __init__(self, compiled: Compiled, structure: Plan | None, context: Context) -> None:
        self.compiled = compiled
        self.context = context
        self.slots: list[Slot] = []
        self.groups = Groups(compiled, structure, context, self.slots)
        self.idle: list[Mention] = []  # maps of the present segment that do not apply to it
        self.patients: list[Slot] = []
        self.homes: set[str] = set()  # of what the message speaks of
        self.unowned: set[str] = set()  # types of what should be a patient's, and there is none
        self.unnamed = False  # whether the patient is whoever the orders are known to be for
        self.joining: Joining | None = None
        self.again = False  # whether one thing was said by two segments of the same kind
        self.yielding: list[Slot] = []  # what stands only if nothing else of its type does
        self.hollow: dict[Slot, JSON] = {}  # begun by segments that said nothing: their constants

    # -- reading -------------------------------------------------------------------------------

    def take(self, segment: Segment, nulls: bool, detail: str = "") -> None:
        """Read one segment; ``detail`` is what follows an order, where it tells the kind of it."""
        context = self.context
        context.segment, context.ordinal = segment.id, segment.ordinal
        fields = segment.fields
        erased: tuple[int, ...] = ()
        if nulls and any('""' in f for f in fields):
            fields, erased = _without_nulls(fields)
        plan = self.groups.place(segment.id, detail)
        length = context.length = len(fields)
        width = plan.width if plan is not None else MAX_FIELDS
        if length < width:
            fields = fields + NO_FIELDS[: width - length]
        context.current[segment.id] = fields
        if segment.id == "EVN" and not context.event:
            context.event = head(fields[1])
        if plan is None:
            context.say("warning", "unknown-segment", 0)
            return
        if plan.when is not None and not plan.when(context, fields):
            context.say("information", "not-applicable", 0)
            return
        if length > width or (plan.unread is not None and any(plan.unread(fields))):
            self._watch(plan, fields, length)
        if segment.id == "PID":
            self._person(plan, fields, erased)
        else:
            self._mentions(plan, fields, erased)
        if plan.acts:
            self.joining = self.joining or Joining(context)
            self.joining.take(plan, fields, self.groups.scope)
        if self.idle or context.suspects or context.carried:
            self._settle(plan, fields)

    def _settle(self, plan: Plan, fields: list[str]) -> None:
        """Let the maps of a segment answer for one another's values."""
        context = self.context
        for mention in self.idle:
            for number in mention.alone:
                said = fields[number]
                if not said or number in context.carried:
                    continue
                if self._own(said):
                    context.without("PID", number, "told")
                else:
                    context.miss("not-applicable", number)
        self.idle.clear()
        if context.suspects:
            context.settle([
                mention.facts for mention in plan.mentions
                if (mention.home != "message" or context.envelope)
                and (mention.when is None or mention.when(context, fields))
                and self.groups.scope.find(mention.name) is not None
            ])  # fmt: skip
        context.carried.clear()

    def _own(self, said: str) -> bool:
        """Whether PID says the same: of an insured person who is the patient."""
        return len(said) >= len("20260101") and said in self.context.current.get("PID", ())

    def _watch(self, plan: Plan, fields: list[str], length: int) -> None:
        """Find valued fields that no row reads."""
        for number in plan.watch:
            if number >= length:
                break
            if fields[number]:
                self.context.say("warning", "unmapped-field", number)
        else:
            for number in range(MAX_FIELDS, length):  # no table reads so far
                if fields[number]:
                    self.context.say("warning", "unmapped-field", number)
        for number, lent in plan.lent:
            if number >= length:
                break
            if fields[number] and not self._read(plan, fields, number):
                self.context.lend(number, fields[number], lent)

    def _read(self, plan: Plan, fields: list[str], number: int) -> bool:
        """Whether a map of the segment itself reads a field, and applies."""
        return any(
            number in m.facts.used and (m.when is None or m.when(self.context, fields))
            for m in plan.mentions
        )

    def _mentions(self, plan: Plan, fields: list[str], erased: tuple[int, ...]) -> None:
        """Let a segment build the resources it speaks of; find what it says in vain."""
        context = self.context
        deleted: set[int] = set()
        silent = not (fields[3] or any(fields[3:]))
        for mention in plan.mentions:
            if mention.when is not None and not mention.when(context, fields):
                self._pass_over(mention, fields)
                continue
            slot = (self._known(mention) if mention.adds else None) or self._open(mention)
            if slot is None:
                continue
            context.weak = slot.weak
            if slot.key is None:
                slot.key = mention.key(fields, context)
            empty = silent and self._is_hollow(slot) and _says_nothing(mention, fields)
            shared = mention.build(fields, context, slot.resource)
            if shared is not None:
                slot.shared = shared
            if plan.links:
                slot.links += plan.links
            if empty and slot.key is None:
                self.hollow[slot] = deepcopy(slot.resource)
            elif erased:
                deleted.update(self._erase(slot, mention, erased))
        if erased:
            self._undeleted(plan, [n for n in erased if n not in deleted])

    def _pass_over(self, mention: Mention, fields: list[str]) -> None:
        """Remember a map that does not apply, if values may be lost with it."""
        if mention.lone is not None and any(mention.lone(fields)):
            self.idle.append(mention)

    def _is_hollow(self, slot: Slot) -> bool:
        """Whether nobody has said anything of a resource so far."""
        return len(slot.resource) == 1 or self.hollow.get(slot) == slot.resource

    def _undeleted(self, plan: Plan, fields: list[int]) -> None:
        """Find what a sender deletes, and no map knows how to."""
        for field in fields:
            if field in plan.watch:
                self.context.say("warning", "unmapped-field", field)
            elif not any(field in mention.facts.left_out for mention in plan.mentions):
                self.context.say("information", "not-applicable", field)

    # -- making --------------------------------------------------------------------------------

    def _person(self, plan: Plan, fields: list[str], erased: tuple[int, ...]) -> None:
        """Read a PID: what it says, and all that follows, is of this patient's record."""
        context = self.context
        key = patient_key([fields[3], fields[2], fields[4]], context)
        if key is None:
            context.say("warning", "no-patient-identifier", 3)
            key = ("message", f"{context.control_id}.{context.ordinal}")
        context.compartment = context.ids.compartment("patient", context.site.source, *key)
        self._mentions(plan, fields, erased)
        if patient := self.groups.scope.slots.get("Patient"):
            patient.compartment, patient.key = context.compartment, ()

    def _erase(self, slot: Slot, mention: Mention, erased: tuple[int, ...]) -> Iterator[int]:
        """Delete what the fields fill, and yield those that fill anything."""
        for field in erased:
            names = mention.facts.erases.get(field)
            if names:
                slot.erased += names
                self.context.say("information", "erased", field)
                yield field

    def _known(self, mention: Mention) -> Slot | None:
        """Return the nearest resource that the map adds to."""
        slot = self.groups.scope.find(mention.name)
        if slot is not None and slot.mention.needs:
            slot.at += ((self.context.segment, self.context.ordinal),)
        return slot

    def _open(self, mention: Mention) -> Slot | None:
        """Begin a resource, if the map makes one of its own and it is wanted."""
        context, slots = self.context, self.slots
        if mention.home == "message" and not context.envelope:
            return None
        if not mention.makes:
            context.say("warning", "nothing-to-add-to", 0, f"no {mention.name}")
            return None
        slot = Slot(mention, self.groups.scope, context.compartment, len(slots))
        slot.at = ((context.segment, context.ordinal),)
        self.groups.scope.slots[mention.name] = slot
        slots.append(slot)
        if mention.yields:
            self.yielding.append(slot)
        return slot

    # -- finishing -----------------------------------------------------------------------------

    def finish(self, *, incomplete: bool = True) -> tuple[list[Made], list[tuple[str, str]]]:
        """Give ids, tie references; return what was made and (surviving, retired) compartments."""
        context = self.context
        context.foreclose()
        complete(context)
        if not context.compartment:
            context.compartment = context.ids.compartment(
                "patient", context.site.source, *self._of_nobody()
            )
        begun = self.slots
        for slot in self.yielding:
            give_way(slot, begun, context)
        for slot in filter(self._is_hollow, self.hollow):
            slot.resource.clear()
            slot.erased = ()
        if context.awaited:
            settle(context)
        self.slots = [s for s in begun if len(s.resource) > 1 or self._holds(s)]
        empty = []
        if len(self.slots) < len(begun):
            kept = {*self.slots}
            empty = [s for s in begun if s.promised and s not in kept]
        if self.joining:
            self.slots = self.joining.settle(self.slots, Scope(None, self.groups.root))
        self._identify()
        self.patients = [slot for slot in self.slots if slot.mention.type == "Patient"]
        if self.joining:
            self.joining.link(self.patients)
        made = [self._finished(slot) for slot in self.slots]
        self.homes = {slot.mention.home for slot in self.slots}
        self.unowned = set() if self.patients else self._unowned()
        stands = self.slots if incomplete else standing(self.slots, empty, context)
        if len(stands) < len(self.slots):
            left = {*stands}
            made = [m for m, slot in zip(made, self.slots, strict=True) if slot in left]
            self.slots = stands
        merges = self.joining.merges(made) if self.joining else []
        tell_references(self.slots, self.compiled.links, context)
        for slot in self.slots:
            del slot.scope  # slots and scopes know one another: left so, only the GC frees them
        everything = [*made, *context.made.values()]
        return (self._united(everything) if self._doubles() else everything), merges

    def _of_nobody(self) -> tuple[str, ...]:
        """Name the record of what is of no patient: a time that is kept free has its own."""
        for slot in self.slots:
            if slot.mention.type == "Appointment" and slot.key:
                return ("appointment", *slot.key)
        return ("message", self.context.control_id)

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
                slot.first = id_
                id_ = derive(compartment, type_, *key, f"#{said + 1}")
                counts.setdefault(id_, 1)
            slot.id = id_
            slot.reference["reference"] = f"{type_}/{id_}"

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
            target = slot if tie.target == type_ else near(tie.target)
            if holder is not None and target is not None and holder is not target:
                holder.tie(tie, target)
        for tie in self.compiled.links.get(type_, ()):
            if tie.plain and tie.name in resource:
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
            slot.shared, slot.first, slot.parent,
        ))  # fmt: skip


def _says_nothing(mention: Mention, fields: list[str]) -> bool:
    """Whether the first fields of a segment are empty, or left out: its number, its type."""
    return all(not fields[n] or n in mention.facts.left_out for n in (1, 2))


def _without_nulls(fields: list[str]) -> tuple[list[str], tuple[int, ...]]:
    """Take out ``""`` (HL7 v2.x 2.5.3.3): a field that is null, in all its parts, is erased."""
    clean = [f if '""' not in f else "" if f == '""' else _component_nulls(f) for f in fields]
    return clean, tuple(n for n, f in enumerate(fields) if '""' in f and not clean[n])


def _component_nulls(field: str) -> str:
    left = "~".join(
        "^".join("" if c == '""' else c for c in rep.split("^")) for rep in field.split("~")
    )
    return left if left.strip(BLANK) else ""
