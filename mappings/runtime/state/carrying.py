"""What the maps of a segment do with its fields: facts in; whether a value is carried, out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mappings.runtime.types import Location, Parts

Reads = Mapping[int, frozenset[int]]  # components, and which of their subcomponents; 0: all


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What the walker must know of a map besides its code."""

    used: frozenset[int]  # fields some row reads
    erases: dict[int, tuple[str, ...]]  # field → what "" in it deletes, as words
    left_out: frozenset[int] = frozenset()  # fields left out on purpose
    surely: frozenset[int] = frozenset()  # fields carried or used whenever the map is run
    repeated: frozenset[int] = frozenset()  # of those, the ones with all their repetitions
    reads: Mapping[int, Reads] = field(default_factory=dict)  # field → the parts that rows read
    name: str = ""  # of the map
    parts: Mapping[int, Reads] = field(default_factory=dict)  # field → what of it surely is carried


@dataclass(frozen=True, slots=True, eq=False)
class Lent:
    """What maps of other segments read of a field: its parts, and whether of all repetitions."""

    parts: Parts
    repeats: bool


class Loan(NamedTuple):
    """A value that only maps of other segments may carry: the segment it stands in, and what of."""

    ordinal: int
    text: str
    lent: Lent


class Suspect(NamedTuple):
    """A finding that does not hold if another map carries the value: its place among findings.

    ``by``: of a part of a field, the map that misses it.
    """

    place: int
    kind: str  # value | part | repetition
    location: Location
    by: str = ""


def is_carried(
    suspect: Suspect, run: Sequence[Facts], carried: Collection[tuple[int, str]]
) -> bool:
    """Whether a map that ran on a segment, or a row that told so (`carried`), has a value."""
    steps: list[int] = []
    field = suspect.location
    while isinstance(field, tuple):
        field, step = field
        steps.insert(0, step)
    if suspect.kind == "repetition":
        return any(field in facts.repeated for facts in run)
    if suspect.kind == "value":
        others = [facts for facts in run if facts.name != suspect.by]
        return (
            any(field in facts.surely for facts in others)
            or any(field == place and by != suspect.by for place, by in carried)
            or any(_within(facts.parts.get(field, {}), steps) for facts in others)
        )
    _, component, *below = steps
    for facts in run:
        reads = facts.reads.get(field, {})
        known = reads.get(component, frozenset())
        if 0 in reads or (below[0] in known if below else 0 in known):
            return True
    return False


def _within(parts: Mapping[int, frozenset[int]], steps: list[int]) -> bool:
    """Whether a part of a field (repetition, component, subcomponent) is in one of parts."""
    _, component, subcomponent, *_ = *steps, 0, 0, 0
    known = parts.get(component, frozenset())
    return 0 in known or subcomponent in known
