"""A relative told by number alone, and those who are told otherwise: whether one is the same.

PID-21 numbers the mother, NK1 names her: in one message there is one, unless it names several of
that relationship, or gives the one that it names another number of the same kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mappings.runtime.types import JSON
    from mappings.runtime.walk.scopes import Slot


def meet(numbered: Slot, others: Sequence[Slot]) -> None:
    """Give the one relative of the same relationship the key of the number, so that both are one.

    Parameters
    ----------
    numbered
        Who is told by number alone.
    others
        Who else is told of the same patient.
    """
    mine = _relationships(numbered.resource)
    same = [other for other in others if not mine.isdisjoint(_relationships(other.resource))]
    if len(same) == 1 and not _contradict(numbered.resource, same[0].resource):
        same[0].key, same[0].key_text = numbered.key, ""
        del numbered.resource["relationship"]  # the other one tells it in its own words, too


def _relationships(relative: JSON) -> set[tuple[str, str]]:
    return {
        (coding.get("system", ""), coding.get("code", ""))
        for concept in relative.get("relationship", ())
        for coding in concept.get("coding", ())
    }


def _contradict(one: JSON, other: JSON) -> bool:
    """Whether two have numbers of one system, and none in common."""
    mine, others = (
        {(number.get("system"), number.get("value")) for number in each.get("identifier", ())}
        for each in (one, other)
    )
    systems = {system for system, _ in mine} & {system for system, _ in others}
    return bool(systems) and mine.isdisjoint(others)
