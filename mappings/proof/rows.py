"""The rows of a map in, a verdict for each out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from mappings.language.tree import Map, Where
from mappings.proof.chains import hops
from mappings.proof.controls import always, several, unconditionally, without
from mappings.proof.drafts import Draft
from mappings.proof.erasures import erased
from mappings.proof.samples import FUNCTIONS
from mappings.proof.trial import Trials, Witness
from mappings.proof.unshown import UNSHOWN

_TRIES, _FEWEST = 1440, 24


class Verdict(NamedTuple):
    """What became of a row: ``satisfied``, ``unsatisfied``, ``idle`` (no message can show it).

    It is not ``allowed`` if FHIR forbids what it makes: the gateway will refuse the message.
    """

    map: str
    row: str
    where: Where
    verdict: str
    why: str = ""
    message: str = ""
    allowed: bool = True


def rows(table: Map, trials: Trials) -> Iterator[Verdict]:
    """Prove the rows of a map."""
    entries = trials.chains.entries(table)
    for hop in hops(table):
        row = hop.rows[-1]
        if row.by is None:
            name = f"{row.sources[hop.source]}  {row.path or '.'}"
            told = _judged(list(trials.drafts(hop)), trials) if entries else _idle(_UNCALLED)
            yield Verdict(table.name, name, row.where, *told)
    for erase in table.erases:
        name = f"erase  {'.'.join(map(str, erase.path))}"
        yield Verdict(table.name, name, erase.where, *erased(table, erase, trials))
    if table.when is not None and table.name in trials.chains.segments:
        yield Verdict(table.name, "when", table.where, *_conditional(table, trials))


def _conditional(table: Map, trials: Trials) -> tuple[str, str, str]:
    """Return the verdict of a map's own condition: of any row, while it does not hold."""
    assert table.when is not None
    told = _idle("no message structure names this map")
    for hop in hops(table):
        if hop.rows[-1].by is None and told[0] != "satisfied":
            drafts = [replace(made, own=[table.when]) for made in trials.drafts(hop)]
            told = _judged(drafts, trials)
    return told


_UNCALLED = "no row calls this map"


def _idle(why: str) -> tuple[str, str, str]:
    return "idle", why, ""


def _judged(drafts: list[Draft], trials: Trials) -> tuple[str, str, str]:
    """Return verdict, reason and message of a row that `drafts` lead through."""
    if not drafts:
        return _idle("no field is deep enough for what it reads")
    why, message, tried = "", "", 0
    for made in drafts:
        for witness in islice(trials.witnesses(made), max(_FEWEST, _TRIES // len(drafts))):
            tried += 1
            said = _tried(witness, trials)
            if not said:
                return "satisfied", "", witness.message
            if not why or said != ABSENT:
                why, message = said, witness.message
    if tried and (why != ABSENT or trials.scenes.uses(drafts[0].root)):
        return "unsatisfied", why, message
    return _idle(_reason(drafts[0], trials))


ABSENT = "the element is not there"


def _tried(witness: Witness, trials: Trials) -> str:
    """Return what is wrong with a row in one message and its controls; "" if nothing is."""
    made = witness.draft
    if not trials.speaks(witness, witness.message):
        return trials.failed or trials.left_out(made.root.target) or ABSENT
    if not without(trials, witness):
        return "it is there although its field is empty"
    if not several(trials, witness):
        return "a second one has no item of its own"
    for condition in made.own:
        why = unconditionally(trials, witness, condition)
        if why:
            return why
        if always(trials, witness, condition):
            return "it is not there in every way its condition holds"
    return ""


def _reason(made: Draft, trials: Trials) -> str:
    function = made.row.convert
    if function.endswith("()") and function not in FUNCTIONS:
        return UNSHOWN.get(function, f"no sample says what {function} makes")
    if not trials.scenes.uses(made.root):
        return "no message structure names this map"
    return "no values meet its conditions"
