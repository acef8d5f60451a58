"""Judging resources that share parts: what was found valid before is not looked at again.

A feed's vocabulary is small: `mappings` makes the same code, method or reference range once, and
the results of many messages share it; those of one message share their references too. So most of
an Observation has been judged as part of another one; a practitioner or place is wholly the same.
Shared parts are known by identity and are kept, so that no other object can take their place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from conformance.validator import Validator
from mappings.runtime.types import JSON, Common, Made, Shared

_MOST = 20_000
# What depends on nothing beside it in an Observation, and what has to be in one.
_APART = frozenset({
    "bodySite", "category", "code", "device", "effectiveDateTime", "effectivePeriod", "extension",
    "interpretation", "issued", "meta", "method", "performer", "referenceRange", "specimen",
    "status",
})  # fmt: skip
_REQUIRED: JSON = {"status": "final", "code": {"text": "known"}}

_SAME = ("subject", "encounter")  # what all of a message's usually have in common

# What a result is framed by, made of references and codes alone (1 and true are no equals there).
_BESIDE = frozenset({*_SAME, "basedOn", "category", "device", "performer", "specimen"})
_OWN = frozenset({"resourceType", "id", "valueQuantity"})
_FLAGS = "interpretation"  # of its own too, but each of them is known
_NUMBERS = (int, float)
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}").fullmatch

Known = dict[int, Any]


class _Frame(NamedTuple):
    """A message's measured result that was judged: what it has beside its code and its number."""

    alike: Shared
    parts: Callable[[JSON], Any]  # what it has in common with others of the message
    common: Any  # the same, of the one that was judged
    names: frozenset[str]  # of all this, and of what is its own
    size: int  # how many they are


class Judged:
    """A validator with a memory."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator
        self._places: Known = {}
        self._shared: Known = {}
        self._categories: Known = {}
        self._flags: Known = {}
        # Of one message, because a patient is no vocabulary:
        self._performers: Known = {}
        self._alike: Shared | None = None
        self._frame: _Frame | None = None
        self._units: set[tuple[str, ...]] = set()
        self._same: dict[str, JSON | None] = dict.fromkeys(_SAME)
        self._lists = (
            ("performer", self._performers), ("category", self._categories), (_FLAGS, self._flags),
        )  # fmt: skip

    def invalid(self, made: Sequence[Made]) -> list[Made]:
        """Return which of a message's resources R4 does not allow.

        They must not be changed afterwards.
        """
        asked: dict[str, list[JSON]] = {}
        places, found = [], []
        for one in made:
            resource: JSON | None = one.resource
            if one.home == "directory":
                if self._places.get(id(resource)) is resource:
                    continue
                places.append(one.resource)
            elif "contained" in one.resource:
                if not self._validator.valid(one.resource):
                    found.append(one)
                continue
            if one.shared is not None:
                resource = self._unknown(one.resource, one.shared)
            if resource is not None:
                asked.setdefault(resource["resourceType"], []).append(resource)
        if self._validator.all_valid(asked):
            for place in places:
                _keep(self._places, place, place)
        else:
            found = [one for one in made if not self._validator.valid(one.resource)]
            self._shared.clear()
            self._categories.clear()
            self._flags.clear()
        self._performers.clear()
        self._units.clear()
        self._alike = self._frame = None
        self._same = dict.fromkeys(_SAME)
        return found

    def _unknown(self, resource: JSON, common: Common) -> JSON | None:
        """Return what has to be judged of a resource that shares parts; None if nothing has."""
        if resource["resourceType"] != "Observation" or "component" in resource:
            return resource
        return None if self._framed(resource, common) else self._rest(resource, common)

    def _framed(self, resource: JSON, common: Common) -> bool:
        """Whether an Observation is one that was judged, with another code known and number."""
        shared, alike = common
        frame = self._frame
        if frame is None or frame.alike is not alike or shared is None:
            return False
        known, elements = self._shared.get(id(shared)), shared.elements
        if known is None or known[0] is not shared:
            return False
        flagged = _FLAGS in resource and _FLAGS not in elements and _FLAGS not in frame.names
        if len(resource) != frame.size + len(elements) + flagged:
            return False
        if not frame.names.isdisjoint(elements):
            return False
        try:
            if flagged and not self._are_known(resource[_FLAGS]):
                return False
            same = frame.parts(resource) == frame.common and _ID(resource["id"]) is not None
            return same and _unit(resource["valueQuantity"]) in self._units
        except (KeyError, TypeError):  # it lacks something, or has what cannot be valid
            return False

    def _are_known(self, flags: list[JSON]) -> bool:
        """Whether flags were judged before."""
        for flag in flags:
            if self._flags.get(id(flag)) is not flag:
                return False
        return type(flags) is list and bool(flags)

    def _frames(self, resource: JSON, shared: Shared | None, alike: Shared) -> None:
        """Take an Observation that is about to be judged for the frame of others."""
        unit = _unit(resource.get("valueQuantity"))
        beside = resource.keys() - _OWN - alike.elements.keys()
        if shared is not None:
            beside -= shared.elements.keys()
        beside.discard(_FLAGS)
        if not unit or not beside <= _BESIDE or any(type(part) is not str for part in unit):
            return
        self._units.add(unit)
        common = frozenset(beside | alike.elements.keys())
        parts, names = itemgetter("resourceType", *sorted(common)), common | _OWN
        self._frame = _Frame(alike, parts, parts(resource), names, len(names))

    def _rest(self, resource: JSON, common: Common) -> JSON:
        """Return an Observation without the parts that are known; the others now are, if valid."""
        rest = resource.copy()
        shared, alike = common
        known = self._shared.get(id(shared))
        if alike is not None:
            self._frames(resource, shared, alike)
        if shared is not None and known is not None and known[0] is shared:
            for name in shared.elements:
                del rest[name]
            rest.update(known[1])
        elif shared is not None and shared.elements.keys() <= _APART:
            required = {name: _REQUIRED[name] for name in _REQUIRED.keys() & shared.elements}
            _keep(self._shared, shared, (shared, required))
        if alike is not None:
            self._leave_out_alike(rest, alike)
        self._leave_out(rest)
        return rest

    def _leave_out_alike(self, rest: JSON, alike: Shared) -> None:
        """Leave out what results of one message have in common, from the second on."""
        if alike is self._alike:
            for name, part in alike.elements.items():
                if rest[name] is part:  # a list may have been added to
                    del rest[name]
                    if name in _REQUIRED:
                        rest[name] = _REQUIRED[name]
        elif alike.elements.keys() <= _APART:
            self._alike = alike

    def _leave_out(self, rest: JSON) -> None:
        """Leave out what other resources had, and what only such parts are in; it then is known."""
        for name, before in self._same.items():
            part = rest.get(name)
            if part is None:
                continue
            if part is before:
                del rest[name]
            else:
                self._same[name] = part
        for name, judged in self._lists:
            parts = rest.get(name)
            if type(parts) is not list:
                continue
            new = not parts
            for part in parts:
                if judged.get(id(part)) is not part:
                    _keep(judged, part, part)
                    new = True
            if not new:
                del rest[name]


def _unit(quantity: Any) -> tuple[str, ...]:
    """Return what a Quantity says beside a number that stands first in it; else nothing."""
    if type(quantity) is not dict:
        return ()
    names, values = (*quantity,), (*quantity.values(),)
    if names[:1] != ("value",) or type(values[0]) not in _NUMBERS or values[0] * 0 != 0:
        return ()  # nor of what is infinite, or not a number
    return names + values[1:]


def _keep(known: Known, part: Any, judged: Any) -> None:
    if len(known) >= _MOST:
        known.clear()
    known[id(part)] = judged
