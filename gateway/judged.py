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
from mappings.runtime.memory import Shared
from mappings.runtime.types import JSON, Made

_MOST = 20_000
# What depends on nothing beside it in an Observation, and what has to be in one.
_APART = frozenset({
    "bodySite", "category", "code", "device", "interpretation", "method", "referenceRange",
    "status",
})  # fmt: skip
_REQUIRED: JSON = {"status": "final", "code": {"text": "known"}}

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
        self._subject: JSON | None = None
        self._encounter: JSON | None = None

    def invalid(self, made: Sequence[Made]) -> list[Made]:
        """Return which of a message's resources R4 does not allow.

        They must not be changed afterwards.
        """
        observations, rests, found = [], [], []
        for one in made:
            resource = one.resource
            if one.shared is not None and _parts(resource):
                observations.append(one)
                rests.append(self._rest(resource, one.shared))
            elif one.home == "directory":
                if not self._place(resource):
                    found.append(one)
            elif not self._validator.valid(resource):
                found.append(one)
        if rests and not self._validator.all_valid("Observation", rests):
            found += [one for one in observations if not self._validator.valid(one.resource)]
            self._shared.clear()
            self._categories.clear()
        self._performers.clear()
        self._subject = self._encounter = None
        return found

    def _place(self, resource: JSON) -> bool:
        """Judge what is of the directory, once."""
        if self._places.get(id(resource)) is resource:
            return True
        if not self._validator.valid(resource):
            return False
        _keep(self._places, resource)
        return True

    def _rest(self, resource: JSON, shared: Shared) -> JSON:
        """Return an Observation without the parts that are known; the others now are, if valid."""
        rest = resource.copy()
        if self._shared.get(id(shared)) is shared:
            for name in shared.elements:
                del rest[name]
            rest = _REQUIRED | rest
        elif shared.elements.keys() <= _APART:
            _keep(self._shared, shared)
        if "subject" in rest:
            if rest["subject"] is self._subject:
                del rest["subject"]
            else:
                self._subject = rest["subject"]
        if "encounter" in rest:
            if rest["encounter"] is self._encounter:
                del rest["encounter"]
            else:
                self._encounter = rest["encounter"]
        self._leave_out(rest, "performer", self._performers)
        self._leave_out(rest, "category", self._categories)
        return rest

    def _leave_out(self, rest: JSON, name: str, known: Known) -> None:
        """Leave out a list of which every part is known; all of them are, afterwards."""
        parts = rest.get(name)
        if not parts or type(parts) is not list:
            return
        new = False
        for part in parts:
            if known.get(id(part)) is not part:
                _keep(known, part)
                new = True
        if not new:
            del rest[name]


def _parts(resource: JSON) -> bool:
    """Whether a resource may be judged without what it shares."""
    return resource["resourceType"] == "Observation" and not (
        "component" in resource or "contained" in resource
    )


def _keep(known: Known, part: Any) -> None:
    if len(known) >= _MOST:
        known.clear()
    known[id(part)] = part
