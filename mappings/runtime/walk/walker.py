"""The walk over a message's segments: a structure and segments in, begun resources out.

A structure says which segments belong together; real feeds put them in other orders (`groups`).
Nothing is refused for its place, and every segment nobody names is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy

from mappings.hl7v2.message import Segment
from mappings.runtime.plan import Compiled, Mention, Plan
from mappings.runtime.state.context import Context
from mappings.runtime.text.pieces import BLANK
from mappings.runtime.types import JSON, MAX_FIELDS, NO_FIELDS
from mappings.runtime.walk.groups import Groups
from mappings.runtime.walk.joining import Joining
from mappings.runtime.walk.patient import patient_key, unborn
from mappings.runtime.walk.scopes import Slot


class Walker:
    """Walks one message."""

    def __init__(self, compiled: Compiled, structure: Plan | None, context: Context) -> None:
        self.compiled = compiled
        self.context = context
        self.slots: list[Slot] = context.slots
        self.groups = Groups(compiled, structure, context, self.slots)
        self.idle: list[Mention] = []  # maps of the present segment that do not apply to it
        self.joining: Joining | None = None
        self.yielding: list[Slot] = []  # what may not stand, as others decide
        self.named = False  # whether the patient has a number
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
        carried = {number for number, _ in context.carried} if self.idle else ()
        for mention in self.idle:
            for number in mention.alone:
                said = fields[number]
                if not said or number in carried:
                    continue
                if self._own(said):
                    context.without("PID", number, "told")
                elif not any(("value", number) == one[1:3] for one in context.suspects):
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
        """Whether PID says the same, or more: of an insured person who is the patient."""
        pid = self.context.current.get("PID", ())
        if "^" not in said:
            return len(said) >= len("20260101") and said in pid
        first, *more = said.upper().rstrip("^").split("^")
        for field in pid:
            if "^" in field and field[: len(first)].upper() == first:
                there = field.upper().partition("~")[0].split("^")
                if there[0] == first and all(
                    map(_says_no_other, more, [*there[1:], *[""] * len(more)])
                ):
                    return True
        return False

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
            nothing = silent and _says_nothing(mention, fields)
            empty = (nothing or slot in self.hollow) and self._stays_hollow(slot, nothing)
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

    def is_hollow(self, slot: Slot) -> bool:
        """Whether nobody has said anything of a resource so far."""
        return len(slot.resource) == 1 or self.hollow.get(slot) == slot.resource

    def _stays_hollow(self, slot: Slot, nothing: bool) -> bool:
        """Whether a segment that says `nothing`, or no more than who it is for, leaves it so."""
        for_whom = slot in self.hollow and self.context.segment == "PID"
        return (nothing or for_whom) and self.is_hollow(slot)

    def _undeleted(self, plan: Plan, fields: list[int]) -> None:
        """Find what a sender deletes, and no map knows how to."""
        for field in fields:
            if field in plan.watch:
                self.context.say("warning", "unmapped-field", field)
            elif not any(field in mention.facts.left_out for mention in plan.mentions):
                self.context.say("information", "not-applicable", field)

    # -- making --------------------------------------------------------------------------------

    def foresee(self, segments: list[Segment]) -> None:
        """Enter the record of the first patient: what stands before any PID is of that one."""
        for segment in segments:
            if segment.id == "PID":
                self._enter(segment.field, segment.ordinal)
                break

    def _enter(self, field: Callable[[int], str], ordinal: int) -> None:
        """Enter the record of a patient."""
        context = self.context
        key = patient_key([field(3), field(2), field(4)], context)
        self.named = key is not None
        key = key or ("message", f"{context.control_id}.{ordinal}")
        context.compartment = context.ids.compartment("patient", context.site.source, *key)

    def _person(self, plan: Plan, fields: list[str], erased: tuple[int, ...]) -> None:
        """Read a PID: what it says, and all that follows, is of this patient's record."""
        context = self.context
        if context.ordinal > 1:
            self._enter(fields.__getitem__, context.ordinal)
        if not self.named:
            context.say("warning", "no-patient-identifier", 3)
        self._mentions(plan, fields, erased)
        if patient := self.groups.scope.slots.get("Patient"):
            patient.compartment, patient.key = context.compartment, ()
            if fields[7][:8] > context.value("MSH", 7)[:8]:
                unborn(patient.resource, context)

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
        if mention.gives or mention.asked:
            self.yielding.append(slot)
        return slot


def _says_no_other(part: str, known: str) -> bool:
    """Whether a component is another one's, or empty."""
    return not part or part == known


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
