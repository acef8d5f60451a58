"""Results and reports that come again: what is known and what is said anew in, both as one out.

They come whole, and take the place of what was known. Three things are not said again, and stand
all the same: the other results of a report of which a message has one alone (a correction, a panel
that comes in pieces), the number of the other side (placer's or filler's), and the value of a
result that is only said to be final ("U", results status change to final without retransmitting
results already sent as preliminary, HL7 table 0085) or corrected: an empty field says nothing, and
a value is taken back by ``""``, or with the result. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.ingest.versions.allowed import is_begun, is_final
from mappings import exact

JSON = dict[str, Any]

_GATHERED = ("imagingStudy", "media", "result")  # of a report, over all its messages
_SIDES = {"FILL", "PLAC"}
_SAYS = ("component", "dataAbsentReason", "hasMember")  # beside a value


def replaced(known: JSON, said: JSON, *, erased: bool = False) -> JSON:
    """Return a result or report as it is after a message; neither argument is changed.

    Parameters
    ----------
    known, said : dict
        The resource as it was, and as the message has it.
    erased : bool
        Whether the message deletes something of it (``""``).
    """
    if is_final(said) and _has_value(known) and not (erased or _has_value(said)):
        return {**known, **gathered(said, known)}
    return gathered(said, known)


def is_kept(known: JSON, said: JSON, whole: JSON) -> bool:
    """Whether a result that is told again keeps the value it had, since it does not say another."""
    return not is_begun(known) and _has_value(whole) and not _has_value(said)


def gathered(report: JSON, other: JSON) -> JSON:
    """Return a report with what another saying of it refers to, each once, the other's first."""
    more = {name: _each_once(other[name], report.get(name, ()))
            for name in _GATHERED if name in other}  # fmt: skip
    numbers = report.get("identifier", [])
    kinds = {kind for number in numbers for kind in _kinds(number)}
    unsaid = [one for one in other.get("identifier", ()) if kinds.isdisjoint(_kinds(one) or kinds)]
    return {**report, **more, **({"identifier": [*numbers, *unsaid]} if unsaid else {})}


def _each_once(first: Sequence[JSON], then: Sequence[JSON]) -> list[JSON]:
    """Return items of two lists, those of the first as they are."""
    known = {exact.dumps(one, sort=True) for one in first}
    return [*first, *(one for one in then if exact.dumps(one, sort=True) not in known)]


def _kinds(number: JSON) -> set[str]:
    """Return of which sides a number of a report is."""
    return {coding.get("code") for coding in number.get("type", {}).get("coding", ())} & _SIDES


def _has_value(result: JSON) -> bool:
    """Whether a result says what was found, or why that is not known."""
    return any(name.startswith("value") or name in _SAYS for name in result)
