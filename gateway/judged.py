"""Judging resources that share parts: what was found valid before is not looked at again.

A feed's vocabulary is small: `mappings` makes the same code, method or reference range once, and
the results of many messages share it; those of one message share their references too. So most of
an Observation has been judged as part of another one; a practitioner or place is wholly the same.
Shared parts are known by identity and are kept, so that no other object can take their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.validator import Validator
from mappings.runtime.memory import Common, Shared
from mappings.runtime.types import JSON, Made

_MOST = 20_000
# What depends on nothing beside it in an Observation, and what has to be in one.
_APART = frozenset({
    "bodySite", "category", "code", "device", "effectiveDateTime", "effectivePeriod", "extension",
    "interpretation", "issued", "meta", "method", "performer", "referenceRange", "specimen",
    "status",
})  # fmt: skip
_REQUIRED: JSON = {"status": "final", "code": {"text": "known"}}

_SAME = ("subject", "encounter")  # what all of a message's usually have in common

Known = dict[int, Any]


class Judged:
    """A validator with a memory."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator
        self._places: Known = {}
        self._shared: Known = {}
        self._categories: Known = {}
        # Of one message, because a patient is no vocabulary:
        self._performers: Known = {}
        self._alike: Shared | None = None
        self._same: dict[str, JSON | None] = dict.fromkeys(_SAME)
        self._lists = (("performer", self._performers), ("category", self._categories))

    def invalid(self, made: Sequence[Made]) -> list[Made]:
        """Return which of a message's resources R4 does not allow.

        They must not be changed afterwards.
        """
        asked: dict[str, list[JSON]] = {}
        places, found = [], []
        for one in made:
            resource = one.resource
            if one.home == "directory":
                if self._places.get(id(resource)) is resource:
                    continue
                places.append(resource)
            elif "contained" in resource:
                if not self._validator.valid(resource):
                    found.append(one)
                continue
            kind = resource["resourceType"]
            if one.shared is not None and kind == "Observation" and "component" not in resource:
                resource = self._rest(resource, one.shared)
            if kind in asked:
                asked[kind].append(resource)
            else:
                asked[kind] = [resource]
        if self._validator.all_valid(asked):
            for resource in places:
                _keep(self._places, resource, resource)
        else:
            found = [one for one in made if not self._validator.valid(one.resource)]
            self._shared.clear()
            self._categories.clear()
        self._performers.clear()
        self._alike = None
        self._same = dict.fromkeys(_SAME)
        return found

    def _rest(self, resource: JSON, common: Common) -> JSON:
        """Return an Observation without the parts that are known; the others now are, if valid."""
        rest = resource.copy()
        shared, alike = common
        known = self._shared.get(id(shared))
        if shared is not None and known is not None and known[0] is shared:
            for name in shared.elements:
                del rest[name]
            rest.update(known[1])
        elif shared is not None and shared.elements.keys() <= _APART:
            required = {name: _REQUIRED[name] for name in _REQUIRED.keys() & shared.elements}
            _keep(self._shared, shared, (shared, required))
        if alike is not None:
            if alike is self._alike:
                for name, part in alike.elements.items():
                    if rest[name] is part:  # a list may have been added to
                        del rest[name]
            elif alike.elements.keys() <= _APART - _REQUIRED.keys():
                self._alike = alike
        self._leave_out(rest)
        return rest

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


def _keep(known: Known, part: Any, judged: Any) -> None:
    if len(known) >= _MOST:
        known.clear()
    known[id(part)] = judged
