"""A code table in, a verdict for each of its codes out: the code in, its counterpart out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mappings.language.tree import Code, Codes, Source
from mappings.proof.cells import leaf
from mappings.proof.chains import hops
from mappings.proof.drafts import Draft
from mappings.proof.readings import Reading, path
from mappings.proof.rows import Verdict
from mappings.proof.shapes import ANY
from mappings.proof.trial import Trials, Witness
from mappings.runtime.functions.registry import FUNCTIONS
from mappings.translate import Translation

#: Why no message shows a code: where it is written, no row asks what it means.
EXCLUDED = "the rows that use it exclude this code"
_WAYS = 6
_WITNESSES = 24


def users(trials: Trials) -> dict[str, list[Draft]]:
    """Return, for each code table, rows that use it, as they are reached in a message."""
    found: dict[str, list[Draft]] = {}
    for table in trials.tables.maps.values():
        for hop in hops(table):
            # A function reads what a code means: what it makes of it is no code of the table.
            last = hop.rows[-1]
            for made in trials.drafts(hop) if last.codes and last.convert not in FUNCTIONS else ():
                if made.place is not None:
                    found.setdefault(made.row.codes or made.codes, []).append(made)
    return {name: sorted(drafts, key=_cost)[:_WAYS] for name, drafts in found.items()}


def _cost(made: Draft) -> tuple[int, int]:
    return len(made.conditions), len(made.chain)


def codes(key: str, table: Codes, drafts: list[Draft], trials: Trials) -> Iterator[Verdict]:
    """Prove the codes of a table."""
    for code in table.codes.values():
        name = f"{code.code}  {code.target or '-'}"
        if not drafts:
            yield Verdict(key, name, code.where, "idle", "no row uses this code table")
            continue
        yield Verdict(key, name, code.where, *_judged(table, code, drafts, trials))


def _judged(table: Codes, code: Code, drafts: list[Draft], trials: Trials) -> tuple[str, str, str]:
    why, message = "", ""
    for made in drafts:
        for witness in _witnesses(made, code, trials):
            why = _tried(table, code, witness, trials)
            if not why:
                return "satisfied", "", witness.message
            message = witness.message
    if why:
        return "unsatisfied", why, message
    return "idle", EXCLUDED, ""


def _witnesses(made: Draft, code: Code, trials: Trials) -> Iterator[Witness]:
    """Yield messages that have the code where the draft reads it."""
    place = made.place
    assert place is not None
    text = ANY if code.code == "*" else code.code
    reading = (
        trials.reader.code(made, place, text)
        if code.target
        else Reading(None, {leaf(place): text}, beyond=trials.reader.beyond(made))
    )
    asked = replace(made, event=text) if _is_event(place) else made
    for number, witness in enumerate(trials.witnesses(asked, reading=reading)):
        if number == _WITNESSES:
            return
        yield witness


def _is_event(place: Source) -> bool:
    return place[:3] == ("MSH", 9, 2)


def _tried(table: Codes, code: Code, witness: Witness, trials: Trials) -> str:
    """Return what is wrong with a code in one message; "" if nothing is."""
    made = witness.draft
    assert made.place is not None
    translation = trials.translation(witness.message)
    if code.code != "*" and _unknown(translation, witness):
        return "it is found to be unknown"
    if not code.target:
        return _says_nothing(table, witness, trials)
    if not trials.shows(witness, trials.look(translation)):
        return trials.failed or "its counterpart is not there"
    if _is_event(made.place):
        return ""
    for other in ("", f"{ANY}{ANY}", *(c.code for c in table.codes.values() if c.code != "*")):
        if (table.codes.get(other) or code).target != code.target or not table.codes.get(other):
            cells = witness.cells.copy()
            cells.put(made.place, other)
            if not trials.shows(witness, trials.view(cells.message(witness.scene.order))):
                return ""
    return "its counterpart is there without it"


def _unknown(translation: Translation, witness: Witness) -> bool:
    """Whether the table is said not to have the code."""
    made = witness.draft
    return any(u.table == (made.row.codes or made.codes) for u in translation.unmapped)


def _says_nothing(table: Codes, witness: Witness, trials: Trials) -> str:
    """Return what is wrong with a code without counterpart: it must make nothing of the table's."""
    made, text = witness.draft, next(iter(witness.reading.cells.values()))
    assert made.place is not None
    way = path(made, witness.reading)
    found = list(trials.view(witness.message).values(made.root.target, way))
    if made.type in {"CodeableConcept", "Coding"}:  # the sender's own code stays
        return "" if all(coding.get("code") == text for coding in found) else "it becomes another"
    cells = witness.cells.copy()
    cells.put(made.place, "" if "*" in table.codes else f"{ANY}{ANY}")
    empty = trials.view(cells.message(witness.scene.order)).values(made.root.target, way)
    return "" if found == list(empty) else "it becomes something"
