"""Records that are joined, moved or linked: what MRG, or a second PID, says of them.

HL7 v2 3.3.18 and following. A patient that is merged gives way to the message's own (`merges
Patient`); so does the account or the visit that MRG names, in the record of MRG's patient
(`retires Account`, `retires Encounter`), whether it was merged, renumbered, or moved from one
patient to another. The patients of one message are said to be the same person (`links Patient`),
or not to be (`unlinks Patient`); their records stay apart. A number that was another patient's goes
to the message's own (`reassigns Patient`); if all of a record goes with it, that is a merge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from mappings.findings import Finding
from mappings.runtime.state.context import Context
from mappings.runtime.state.elements import add, fill
from mappings.runtime.types import JSON, Made
from mappings.runtime.walk.patient import patient_keys

if TYPE_CHECKING:
    from mappings.runtime.plan import Plan
    from mappings.runtime.walk.scopes import Scope, Slot


#: So many patients a message may link each with each; there are two in all that one should have
_PAIRED = 16
#: The fields of MRG that name what gives way
_NUMBERS = {"Account": 3, "Encounter": 5}


class _Told(NamedTuple):
    """Where a message says that records are joined, and the row that reads it so."""

    place: str
    row: str


class _Retired(NamedTuple):
    """What gives way, and other records that it may be in.

    `place`: the number that says so; "" where another one (MRG-6) is what changes.
    """

    slot: Slot
    homes: list[str]
    told: _Told
    place: str


class Joining:
    """What one message says of records that belong together, or do not."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._merges: list[tuple[Slot, tuple[str, str], JSON, _Told]] = []
        self._gone: list[Slot] = []  # patients that gave way: what is said of them is kept apart
        self._retired: list[_Retired] = []
        self._moved: list[tuple[Slot, list[str], Slot | None]] = []  # to where it may be named
        self._verb, self._told = "", _Told("", "")

    def take(self, plan: Plan, fields: list[str], scope: Scope) -> None:
        """Note what a segment does, beside what it builds."""
        for verb, type_, row in plan.acts:
            told = _Told(self._context.locate(0), row)
            if verb == "omits":
                self._context.omit(row)
            elif verb in {"merges", "reassigns"}:
                self._merge(fields, scope, told, whole=verb == "merges")
            elif verb == "retires":
                self._retire(type_, fields, scope, told)
            else:
                self._verb, self._told = verb, told

    def _merge(self, fields: list[str], scope: Scope, told: _Told, *, whole: bool) -> None:
        survivor, key = scope.find("Patient"), next(iter(self._prior(fields)), None)
        prior = scope.slots.get("retired Patient")
        if prior is not None:
            self._gone.append(prior)
        if survivor is None or key is None or prior is None:
            self._context.say("warning", "no-patient-identifier", 0)
        elif whole or not self._reassign(survivor, key, prior):
            self._merges.append((survivor, key, prior.resource, told))

    def _reassign(self, survivor: Slot, key: tuple[str, str], prior: Slot) -> bool:
        """Take numbers from whom they are no longer of; return whether the records stay apart.

        What PID and MRG both have has moved (A43, v2.9 3.3.43). Of the number of the record itself,
        what MRG has beside it was of the patient that it was under by mistake.
        """
        known = survivor.resource.get("identifier", [])
        own, moved = _split(prior.resource.get("identifier", []), known)
        ids, source = self._context.ids, self._context.site.source
        home = ids.compartment("patient", source, *key)
        if home == survivor.compartment:
            words = tuple(_words(own))
            survivor.erased += words
            if len(words) < len(own) or "name" in prior.resource:
                self._context.say("information", "not-applicable", 0)
            return True
        if not moved or any(_number(each) == key for each in moved):
            return False
        self._gone.remove(prior)
        prior.compartment, prior.key = home, ()
        prior.resource["identifier"] = own
        prior.erased += tuple(_words(moved))
        return True

    def _retire(self, type_: str, fields: list[str], scope: Scope, told: _Told) -> None:
        slot = scope.slots.get(f"retired {type_}")
        if slot is None:
            return
        context = self._context
        homes = [
            context.ids.compartment("patient", context.site.source, *key)
            for key in self._prior(fields)
        ]
        if homes:
            slot.compartment = homes[0]
        place = "" if type_ == "Encounter" and fields[6] else f"{told.place}-{_NUMBERS[type_]}"
        self._retired.append(_Retired(slot, homes[1:], told, place))

    def _prior(self, fields: list[str]) -> list[tuple[str, str]]:
        """Return the keys by which MRG names a patient."""
        return patient_keys([fields[1], fields[4], fields[2]], self._context)

    # -- when all has been read ----------------------------------------------------------------

    def settle(self, slots: list[Slot], elsewhere: Scope) -> list[Slot]:
        """Let what is retired point to what took its place; return the slots that stand.

        What is retired in another patient's record points to nothing of this one's: it moved. If
        that record is retired as well (A36), all that is in it is of this one.
        """
        slots = [one for one in slots if one not in self._gone]
        for slot, homes, told, place in self._retired:
            heir = slot.scope.find(slot.mention.type)
            if heir is not None and self._merges:
                slot.compartment = heir.compartment
            if heir is None or heir.compartment != slot.compartment:
                slot.scope = elsewhere
                if heir is not None or slot.compartment != self._context.compartment:
                    self._moved.append((slot, homes, heir))
                if heir is not None and heir.key is None:
                    heir.key = slot.key
            elif heir.key == slot.key:
                slots = [one for one in slots if one is not slot]
                _keep(heir, slot.resource)
                if place and not self._merges:
                    found = Finding("warning", "not-applicable", place)
                    self._context.findings.append(found)
            else:
                slot.resource["partOf"] = heir.reference
                self._context.told(f"{slot.mention.type}.partOf", *told)
        return slots

    def link(self, patients: list[Slot]) -> None:
        """Let the patients of the message point to one another, or no longer.

        Of very many, each to the first, and that to each: they are one person all the same.
        """
        some = patients if len(patients) <= _PAIRED else patients[:1]
        for one in patients if self._verb else ():
            for other in patients if one is patients[0] else some:
                if other.id == one.id:
                    continue
                if self._verb == "links":
                    link = {"other": {"reference": f"Patient/{other.id}"}, "type": "seealso"}
                    add(one.resource, "link", link, self._context.held)
                    self._context.told("Patient.link", *self._told)
                else:
                    one.erased += (f"link Patient/{other.id}",)

    def moves(self) -> list[tuple[str, str, str]]:
        """Return what moved to another record: its type, its id there was, its id there is.

        Of several records that MRG-1 names, it may have been in any; the first is that of the slot.
        Between records that are merged nothing moves: they are one.
        """
        context, found = self._context, []
        for slot, homes, heir in self._moved if not self._merges else ():
            type_, key = slot.mention.type, slot.key or ()
            id_ = heir.id if heir else context.ids.resource(context.compartment, type_, *key)
            local = slot.id.removeprefix(slot.compartment)
            olds = [slot.id, *(home + local for home in homes if not id_.startswith(home))]
            found += [(type_, old, id_) for old in dict.fromkeys(olds)]
        return found

    def merges(self, made: list[Made]) -> list[tuple[str, str]]:
        """Add the retired patients to what was made; return (surviving, retired) compartments."""
        ids, source = self._context.ids, self._context.site.source
        pairs = []
        for survivor, key, prior, told in self._merges:
            retired = ids.compartment("patient", source, *key)
            if not survivor.id:  # of an empty PID nothing is made that could take another's place
                found = Finding("warning", "no-patient-identifier", told.place)
                self._context.findings.append(found)
            elif retired == survivor.compartment:  # PID-3 names first what gives way, or that alone
                fill(survivor.resource, {**prior, "resourceType": "Patient"}, self._context.held)
                found = Finding("warning", "not-applicable", f"{told.place}-1")
                self._context.findings.append(found)
            else:
                for name in ("active", "link"):
                    self._context.told(f"Patient.{name}", *told)
                made.append(self._merged(survivor, retired, key, prior))
                pairs.append((survivor.compartment, retired))
        return pairs

    def _merged(self, survivor: Slot, retired: str, key: tuple[str, str], prior: JSON) -> Made:
        """Let the survivor point to the retired patient; return that, which points back."""
        id_ = self._context.ids.resource(retired, "Patient")
        system, value = key
        identifier = {"system": system, "value": value} if system else {"value": value}
        old: JSON = {
            "resourceType": "Patient", "id": id_, "identifier": [identifier], **prior,
            "active": False,
            "link": [{"other": {"reference": f"Patient/{survivor.id}"}, "type": "replaced-by"}],
        }  # fmt: skip
        back = {"other": {"reference": f"Patient/{id_}"}, "type": "replaces"}
        add(survivor.resource, "link", back, self._context.held)
        return Made(old, retired, "patient", False)


def _keep(heir: Slot, own: JSON) -> None:
    """Let a number that took its own place be no old one: MRG names what the message does."""
    numbers = [_number(each) for each in own.get("identifier", ())]
    kept: list[JSON] = []
    for each in heir.resource.get("identifier", ()):
        now = {name: value for name, value in each.items() if name != "use"}
        new = each if _number(each) not in numbers else now
        if not any(new.items() <= one.items() for one in kept):
            kept.append(new)
    if kept:
        heir.resource["identifier"] = kept


def _split(mine: Iterable[JSON], other: Iterable[JSON]) -> tuple[list[JSON], list[JSON]]:
    """Return identifiers that another list has not, and those that it has."""
    known = {_number(each) for each in other}
    split: tuple[list[JSON], list[JSON]] = [], []
    for each in mine:
        split[_number(each) in known].append(each)
    return split


def _number(identifier: JSON) -> tuple[str, str]:
    return identifier.get("system", ""), identifier.get("value", "")


def _words(identifiers: Iterable[JSON]) -> Iterator[str]:
    """Say that identifiers are deleted; a number that names no system might be another's."""
    for each in identifiers:
        if "system" in each and "value" in each:
            yield "identifier " + json.dumps({name: each[name] for name in ("system", "value")})
