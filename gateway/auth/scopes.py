"""Scopes: a scope string in, a set of permissions that can be met with another and asked out.

SMART App Launch 2, ``system/Observation.rs``: c(reate) r(ead) u(pdate) d(elete) s(earch); version
1's ``.read``, ``.write`` and ``.*`` are understood. Two scopes are the gateway's own: `INGEST` and
`VERIFY`. A scope narrowed by a query (``?category=…``) is not granted: it could not be enforced.
Source: https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

INGEST = "ingest/hl7v2"
VERIFY = "operation/verify-visit"
OWN = frozenset({INGEST, VERIFY})

_LETTERS = "cruds"
_VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds"}
_SYSTEM = re.compile(r"system/(\*|[A-Z][A-Za-z]*)\.(read|write|\*|c?r?u?d?s?)")


@dataclass(frozen=True, slots=True)
class Scopes:
    """What may be done: letters of ``cruds`` by resource type (``*``: any), and own scopes."""

    by_type: frozenset[tuple[str, str]]
    own: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Scopes:
        """Read a space-separated scope string; what is not understood grants nothing."""
        letters: set[tuple[str, str]] = set()
        own: set[str] = set()
        for scope in text.split():
            if scope in OWN:
                own.add(scope)
            elif found := _SYSTEM.fullmatch(scope):
                granted = _VERSION_1.get(found.group(2), found.group(2))
                letters.update((found.group(1), letter) for letter in granted)
        return cls(frozenset(letters), frozenset(own))

    def meet(self, other: Scopes) -> Scopes:
        """Return what both grant."""
        met = {
            (mine if theirs == "*" else theirs, letter)
            for mine, letter in self.by_type
            for theirs, same in other.by_type
            if letter == same and (mine == theirs or "*" in (mine, theirs))
        }
        return Scopes(frozenset(met), self.own & other.own)

    def allows(self, type_: str, letter: str) -> bool:
        """Tell whether the interaction ``letter`` on a resource type is granted."""
        return (type_, letter) in self.by_type or ("*", letter) in self.by_type

    def __bool__(self) -> bool:
        return bool(self.by_type or self.own)

    def __str__(self) -> str:
        types = sorted({type_ for type_, _ in self.by_type})
        granted = {type_: {k for t, k in self.by_type if t == type_} for type_ in types}
        system = [
            f"system/{type_}." + "".join(k for k in _LETTERS if k in granted[type_])
            for type_ in types
        ]
        return " ".join(system + sorted(self.own))
