"""Judging resources that share parts: what was found valid before is not looked at again.

A feed's vocabulary is small: `mappings` makes the same code, method or reference range once, and
the results of many messages share it. So most of an Observation has been judged as part of another
one; a practitioner or place is wholly the same. Shared parts are known by identity and are kept,
so that no other object can take their place.
"""

from __future__ import annotations

from collections.abc import Callable

from mappings.runtime.context import JSON, Made

_MOST = 20_000
_CODE: JSON = {"text": "known"}  # stands for a code that is known: there must be one
_SINGLE = ("code", "method", "bodySite")
_LISTS = ("category", "interpretation", "referenceRange")


class Judged:
    """A validator with a memory.

    Parameters
    ----------
    valid
        Judges a whole resource (`conformance.validator.Validator.valid`).
    """

    def __init__(self, valid: Callable[[JSON], bool]) -> None:
        self._valid = valid
        self._known: dict[int, JSON] = {}

    def valid(self, made: Made) -> bool:
        """Tell whether a translated resource is valid; it must not be changed afterwards."""
        resource = made.resource
        if resource["resourceType"] == "Observation" and "component" not in resource:
            return self._observation(resource)
        if made.home != "directory":
            return self._valid(resource)
        if self._known.get(id(resource)) is resource:
            return True
        if not self._valid(resource):
            return False
        self._keep([resource])
        return True

    def _observation(self, resource: JSON) -> bool:
        """Judge an Observation without the parts that are known and depend on nothing beside."""
        known, rest = self._known, resource.copy()
        new: list[JSON] = []
        for name in _SINGLE:
            part = resource.get(name)
            if part is None:
                continue
            if known.get(id(part)) is not part:
                new.append(part)
            elif name == "code":
                rest[name] = _CODE
            else:
                del rest[name]
        for name in _LISTS:
            parts = resource.get(name)
            if parts and len(parts) == 1 and known.get(id(parts[0])) is parts[0]:
                del rest[name]
            elif parts:
                new += parts
        if not self._valid(rest):
            return False
        if new:
            self._keep(new)
        return True

    def _keep(self, parts: list[JSON]) -> None:
        if len(self._known) > _MOST:
            self._known.clear()
        self._known.update((id(part), part) for part in parts)
