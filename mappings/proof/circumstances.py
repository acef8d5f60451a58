"""A draft in; what may be done about the other rows that would fill its element, out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mappings.language.tree import Condition, Source
from mappings.proof.cells import Cells
from mappings.proof.drafts import Draft

_DECOY = "9"


class Circumstances(NamedTuple):
    """What to do about other rows that may fill the same element."""

    rivals: list[Condition]  # conditions that must not hold
    decoys: list[Source]  # places that have a value
    empty: list[Source]  # places that have none

    def apply(self, cells: Cells) -> None:
        """Give the places their values, where the trial says nothing of them."""
        for place in (*self.decoys, *self.empty):
            if not cells.valued(place):
                cells.put(place, _DECOY if place in self.decoys else "")


def circumstances(made: Draft) -> Iterator[Circumstances]:
    """Yield nothing special first, then ways to keep other rows away."""
    yield Circumstances([], [], [])
    if made.rivals:
        yield Circumstances(made.rivals, [], [])
    if made.decoys:
        yield Circumstances([], made.decoys, [])
    if made.earlier:
        yield Circumstances([], [], made.earlier)
