"""A witness in, the messages that must not show the same out: controls.

Without its field, or with its condition false, a row is silent; however its condition holds, it
speaks.
"""

from __future__ import annotations

from dataclasses import replace

from mappings.language.tree import Condition, Step
from mappings.proof.cells import Cells
from mappings.proof.readings import Reading, plainly
from mappings.proof.solver import apply, proposals
from mappings.proof.trial import Trials, Witness

_MOST = 24


def without(trials: Trials, witness: Witness) -> bool:
    """Whether a row is silent when it has no value to read."""
    return trials.is_silent(witness, bare(witness))


def bare(witness: Witness) -> str:
    """Return a witness's message without the value that its row reads."""
    made, cells = witness.draft, witness.cells.copy()
    order = witness.scene.order
    if made.subjects or made.scope is not None:
        for place in made.subjects or filter(None, (made.scope,)):
            cells.clear(place)
    else:
        order = [name for name in order if name != made.root.source]
    return cells.message(order)


def several(trials: Trials, witness: Witness) -> bool:
    """Whether each segment, or repetition, has an item of its own where a row numbers them."""
    made, cells = witness.draft, witness.cells.copy()
    steps = enumerate(made.steps, 1)
    found = ((n, step.mark) for n, step in steps if isinstance(step, Step) and step.numbered)
    number, mark = next(found, (0, None))
    if not number:
        return True
    root, place = made.root.source, made.scope or made.place
    order = list(witness.scene.order)
    if mark == root:
        order.insert(order.index(root), root)
    elif place is not None:
        cells.repeats[place[:2]] = 2
    views = (trials.view(witness.message), trials.view(cells.message(order)))
    one, two = (len(list(view.values(made.root.target, made.steps[:number]))) for view in views)
    return two == one + 1


def unconditionally(trials: Trials, witness: Witness, condition: Condition) -> str:
    """Return why a condition seems to be ignored; "" if it is not."""
    controls = otherwise(witness, condition)
    if not controls:
        return "its condition cannot be made false"
    if all(_is_silent(trials, witness, cells) for cells in controls):
        return ""
    return "it is there although its condition is false"


def otherwise(witness: Witness, condition: Condition) -> list[Cells]:
    """Return messages that differ from a witness in that its condition is false."""
    rivals = [c for c in [*witness.others, *witness.draft.own] if c != condition]
    nearest: dict[int, list[Cells]] = {}
    for proposal in proposals([(condition, False)]):
        cells = witness.cells.copy()
        apply(proposal, cells)
        if not cells.holds(condition):
            nearest.setdefault(_distance(witness, cells, rivals), []).append(cells)
    return nearest[min(nearest)][:_MOST] if nearest else []


def always(trials: Trials, witness: Witness, condition: Condition) -> str:
    """Return a message in which a condition holds otherwise, and the row is silent; or ""."""
    made = witness.draft
    for proposal in proposals([(condition, True)]):
        cells = witness.cells.copy()
        apply(proposal, cells)
        if _touches(witness.cells, cells, witness.reading):
            continue
        shown = witness
        if witness.other is not None and _touches(witness.cells, cells, witness.other):
            shown = replace(witness, support=None, other=None)  # what stands beside it is another
        if all(cells.holds(c) for c in [*witness.others, *made.own]):
            message = cells.message(witness.scene.order)
            if not trials.speaks(shown, message):
                return message
    return ""


def _distance(witness: Witness, cells: Cells, rivals: list[Condition]) -> int:
    """Return how far a message is from one that differs in the condition alone."""
    kept = all(cells.values.get(p) == t for p, t in witness.reading.cells.items())
    return 2 * (not kept) + (not all(cells.holds(c) for c in rivals))


def _is_silent(trials: Trials, witness: Witness, cells: Cells) -> bool:
    """Whether a row says neither what is expected, nor what its field says instead."""
    made, place = witness.draft, witness.draft.place
    message = cells.message(witness.scene.order)
    if not trials.is_silent(witness, message):
        return False
    if place is None or made.row.literal or made.row.convert or made.row.codes:
        return True
    changed = plainly(made, cells.text(place))
    reading = replace(witness.reading, expected=changed)
    return changed is None or trials.is_silent(replace(witness, reading=reading), message)


def _touches(one: Cells, other: Cells, reading: Reading) -> bool:
    """Whether cells differ in a field that a reading, or the message's type, has."""
    fields = {("MSH", 9), *(p[:2] for p in reading.cells)}
    before, after = (
        {p: t for p, t in cells.values.items() if p[:2] in fields} for cells in (one, other)
    )
    return before != after
