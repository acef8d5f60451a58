"""``snapshot`` lines of a structure in, a verdict for each out.

A message in which the condition holds gives the list whole; one that differs only in that it does
not hold, does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from mappings.language.outline import Snapshot, Structure
from mappings.proof.chains import hops
from mappings.proof.controls import otherwise
from mappings.proof.rows import Verdict
from mappings.proof.trial import Trials, Witness

_TRIES = 40


def snapshots(structure: Structure, trials: Trials) -> Iterator[Verdict]:
    """Prove that each list of a structure is told whole when it should be."""
    for snapshot in structure.snapshots:
        name = f"snapshot  {snapshot.map}"
        yield Verdict(structure.name, name, snapshot.where, *_told(structure, snapshot, trials))


def _told(structure: Structure, snapshot: Snapshot, trials: Trials) -> tuple[str, str, str]:
    why, message = "no values meet its condition", ""
    for witness in islice(_witnesses(structure, snapshot, trials), _TRIES):
        message = witness.message
        others = otherwise(witness, snapshot.when) if snapshot.when is not None else []
        texts = [cells.message(witness.scene.order) for cells in others]
        if not _is_whole(trials, message, snapshot):
            why = "the list is not told whole"
        elif snapshot.when is not None and not texts:
            why = "its condition cannot be made false"
        elif any(_is_whole(trials, text, snapshot) for text in texts):
            why = "the list is told whole although its condition is false"
        else:
            return "satisfied", "", message
    return "unsatisfied", why, message


def _witnesses(structure: Structure, snapshot: Snapshot, trials: Trials) -> Iterator[Witness]:
    table = trials.tables.maps[snapshot.map]
    own = [snapshot.when] if snapshot.when is not None else []
    beside = [snapshot.of] if snapshot.of else []
    for spot in trials.scenes.spots(structure):
        if spot.map is not table:
            continue
        for hop in hops(table):
            for made in trials.drafts(hop) if hop.rows[-1].by is None else ():
                asked = replace(
                    made, own=own, conditions=[*made.conditions, *own],
                    resources=[*made.resources, *beside],
                )  # fmt: skip
                scenes = trials.scenes.at(spot, asked)
                yield from islice(trials.witnesses(asked, scenes=scenes), 2)


def _is_whole(trials: Trials, message: str, snapshot: Snapshot) -> bool:
    table = trials.tables.maps[snapshot.map]
    lists = trials.translation(message).lists
    return any(
        (one.segment, one.type) == (table.source, table.target) and one.whole for one in lists
    )
