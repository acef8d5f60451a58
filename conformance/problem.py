"""What is wrong with a resource, said without what it holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that R4 does not allow.

    Attributes
    ----------
    path
        Where: ``Observation.component[0].code``.
    code
        What, as a short name: ``required``, ``unknown-element``, ``format``, ``type``, ``code``,
        ``choice``, ``empty``, ``paired``, ``range``, ``reference``, ``unknown-type``, ``depth``, or
        R4's key of an invariant (``con-5``).
    detail
        What was expected; made of the definitions alone, never of the value.
    """

    path: str
    code: str
    detail: str
