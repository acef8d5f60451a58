"""Judging resources that share parts: what was found valid before is not looked at again.

A feed's vocabulary is small: `mappings` makes the same code, method or reference range once, and
the results of many messages share it; those of one message share their references too. So most of
an Observation has been judged as part of another one; a practitioner or place is wholly the same.
Shared parts are known by identity and are kept, so that no other object can take their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.validator import Validator
from mappings.runtime.context import JSON, Made

_MOST = 20_000
_CODE: JSON = {"text": "known"}  # stands for a code that is known: there must be one
_OF_MESSAGE = ("subject", "encounter", "performer")
# What depends on nothing beside it in an Observation.
_SINGLE = ("subject", "encounter")
_LISTS = ("category", "performer")

Parts = dict[int, JSON]


class Judged:
    """A validator with a memory."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator
        self._places: Parts = {}
        self._parts: dict[str, Parts] = {name: {} for name in (*_SINGLE, *_LISTS)}
        self._shared={}
        self._single=[(n,self._parts[n]) for n in _SINGLE]
        self._lists=[(n,self._parts[n]) for n in _LISTS]

    def invalid(self, made: Sequence[Made]) -> list[Made]:
        """Return which of a message's resources R4 does not allow.

        They must not be changed afterwards.
        """
        observations, rests, found = [], [], []
        for one in made:
            resource = one.resource
            if resource["resourceType"] == "Observation" and not (
                "component" in resource or "contained" in resource
            ):
                observations.append(one)
                rests.append(self._rest(resource, one.shared))
            elif one.home == "directory":
                if not self._place(resource):
                    found.append(one)
            elif not self._validator.valid(resource):
                found.append(one)
        if rests and not self._validator.all_valid("Observation", rests):
            found += [one for one in observations if not self._validator.valid(one.resource)]
            self._forget(self._parts)
        self._forget(_OF_MESSAGE)
        self._forget(name for name, parts in self._parts.items() if len(parts) > _MOST)
        return found

    def _place(self, resource: JSON) -> bool:
        """Judge what is of the directory, once."""
        if self._places.get(id(resource)) is resource:
            return True
        if not self._validator.valid(resource):
            return False
        if len(self._places) > _MOST:
            self._places.clear()
        self._places[id(resource)] = resource
        return True

    def _rest(self, resource, shared):
        rest = resource.copy()
        if shared is not None:
            if self._shared.get(id(shared)) is shared:
                for name in shared.elements:
                    del rest[name]
                rest["code"]=_CODE
                rest["status"]="final"
            else:
                self._shared[id(shared)] = shared
        for name, known in self._single:
            part = rest.get(name)
            if part is None:
                continue
            if known.get(id(part)) is not part:
                known[id(part)] = part
            elif name == "code":
                rest[name] = _CODE
            else:
                del rest[name]
        for name, known in self._lists:
            parts = rest.get(name)
            if not parts or type(parts) is not list:
                continue
            new = False
            for part in parts:
                if known.get(id(part)) is not part:
                    known[id(part)] = part
                    new = True
            if not new:
                del rest[name]
        return rest

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self._parts[name].clear()
