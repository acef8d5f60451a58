"""Lists of names in, a verdict for each out: coding systems, authorities, units, local concepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mappings.language.tree import Codes, Where
from mappings.proof.cells import leaf
from mappings.proof.chains import hops
from mappings.proof.controls import without
from mappings.proof.drafts import Draft, sources_of
from mappings.proof.readings import Reading
from mappings.proof.rows import Verdict
from mappings.proof.trial import Trials

#: List of names → the function that reads it.
LISTS = {"systems": "coding_system()", "authorities": "identifier_system()", "units": "unit()"}
_CONCEPT = "CWE[CodeableConcept]"
_UNSAID = "the name does not become what stands beside it"


def names(kind: str, trials: Trials) -> Iterator[Verdict]:
    """Prove the names of a list: written by a sender, each becomes what stands beside it."""
    known = trials.tables.names.get(kind, {})
    made = _reads(LISTS[kind], trials) if known else None
    for name, meant in known.items():
        where = trials.tables.named.get((kind, name), Where(kind, 0, ""))
        if made is None or made.place is None:
            yield Verdict(kind, name, where, "idle", f"no row calls {LISTS[kind]}")
            continue
        reading = Reading(meant, {leaf(made.place): name})
        yield _verdict(kind, f"{name}  {meant}", where, made, reading, trials)


def concepts(key: str, table: Codes, trials: Trials) -> Iterator[Verdict]:
    """Prove a site's local codes: each brings its standard code, or stands alone (``none``)."""
    made = _coded(trials)
    for code in table.codes.values():
        name = f"{code.code}  {code.target}"
        if made is None or made.place is None:
            yield Verdict(key, name, code.where, "idle", f"no row calls {_CONCEPT}")
            continue
        expected = {"code": code.code}
        if code.target:
            expected = {"system": trials.reader.uri(table.system), "code": code.target}
        if code.display:
            expected["display"] = code.display
        cells = {leaf(made.place): code.code}
        if table.table != "-":
            cells[leaf(made.place._replace(component=3))] = table.table
        yield _verdict(key, name, code.where, made, Reading(expected, cells), trials)


def _reads(function: str, trials: Trials) -> Draft | None:
    """Return the plainest way to a row that calls a function: it asks nothing of the name."""
    found = [
        made
        for table in trials.tables.maps.values() for hop in hops(table)
        if hop.rows[-1].convert == function and not hop.rows[-1].when
        for made in trials.drafts(hop)
    ]  # fmt: skip
    return min(found, key=_plainness, default=None)


def _plainness(made: Draft) -> tuple[bool, int, int]:
    asks = made.place in {source for c in made.conditions for source in sources_of(c)}
    return asks, len(made.conditions), len(made.chain)


def _coded(trials: Trials) -> Draft | None:
    """Return the plainest way to the first coding of a field that is a coded element."""
    table = trials.tables.maps.get(_CONCEPT)
    found = (
        made
        for hop in (hops(table) if table is not None else ())
        if hop.rows[-1].sources[0].component == 1 and hop.rows[-1].path == "coding.code"
        for made in trials.drafts(hop)
        if made.place is not None and made.place.component == 1
    )
    made = min(found, key=lambda d: len(d.conditions), default=None)
    return replace(made, steps=made.steps[:-1]) if made is not None else None


def _verdict(
    kind: str, name: str, where: Where, made: Draft, reading: Reading, trials: Trials
) -> Verdict:
    message = ""
    for witness in trials.witnesses(made, reading=reading):
        message = witness.message
        if trials.shows(witness, trials.view(message)) and without(trials, witness):
            return Verdict(kind, name, where, "satisfied", "", message)
    return Verdict(kind, name, where, "unsatisfied", trials.failed or _UNSAID, message)
