"""What a map erases in, a verdict for each element out.

In a message in which the condition holds, the element is deleted; in one that differs only in that
it does not hold, it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from mappings.compiler.erasures import word
from mappings.compiler.types import Checker
from mappings.language.tree import Condition, Erase, Map
from mappings.proof.chains import hops
from mappings.proof.controls import otherwise
from mappings.proof.trial import Trials, Witness

_TRIES = 60


def erased(table: Map, erase: Erase, trials: Trials) -> tuple[str, str, str]:
    """Return verdict, reason and message of an element that a map erases."""
    named = word(erase, table, trials.tables, Checker(trials.definitions))
    why, message = "no values meet its condition", ""
    for witness in islice(_witnesses(table, erase.when, trials), _TRIES):
        message = witness.message
        if not _erases(trials, message, table, named):
            why = "it is not erased"
            continue
        others = otherwise(witness, erase.when) if erase.when is not None else []
        texts = [cells.message(witness.scene.order) for cells in others]
        if any(_erases(trials, text, table, named) for text in texts):
            why = "it is erased although its condition is false"
        elif erase.when is not None and not others:
            why = "its condition cannot be made false"
        else:
            return "satisfied", "", message
    return "unsatisfied", why, message


def _witnesses(table: Map, when: Condition | None, trials: Trials) -> Iterator[Witness]:
    """Yield messages in which a map does something, and a condition holds."""
    own = [when] if when is not None else []
    for hop in hops(table):
        if hop.rows[-1].by is None:
            for made in trials.drafts(hop):
                asked = replace(made, own=own, conditions=[*made.conditions, *own])
                yield from islice(trials.witnesses(asked), 2)


def _erases(trials: Trials, message: str, table: Map, named: str) -> bool:
    made = trials.translation(message).made
    return any(m.resource["resourceType"] == table.target and named in m.erase for m in made)
