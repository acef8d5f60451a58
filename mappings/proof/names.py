"""Lists of names in, a verdict for each out: coding systems, authorities, units, local concepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mappings.language.tree import Codes, Where
from mappings.proof.cells import leaf
from mappings.proof.chains import hops
from mappings.proof.controls import bare
from mappings.proof.drafts import Draft, sources_of
from mappings.proof.readings import Reading
from mappings.proof.rows import Verdict
from mappings.proof.trial import Trials, Witness

#: List of names → the function that reads it.
LISTS = {"systems": "coding_system()", "authorities": "identifier_system()", "units": "unit()"}
_CONCEPT = "CWE[CodeableConcept]"
_UNSAID = "the name does not become what stands beside it"


def names(kind: str, trials: Trials) -> Iterator[Verdict]:
    """Prove the names of a list: written by a sender, each becomes what stands beside it."""
    known = trials.tables.names.get(kind, {})
    made = _reads(LISTS[kind], trials) if known else None
    alike = _Alike(made) if made is not None else None
    for name, meant in known.items():
        where = trials.tables.named.get((kind, name), Where(kind, 0, ""))
        if alike is None or alike.place is None:
            yield Verdict(kind, name, where, "idle", f"no row calls {LISTS[kind]}")
            continue
        reading = Reading(meant, {leaf(alike.place): name})
        yield alike.verdict(kind, f"{name}  {meant}", where, reading, trials)


def concepts(key: str, table: Codes, trials: Trials) -> Iterator[Verdict]:
    """Prove a site's local codes: each brings its standard code, or stands alone (``none``)."""
    made = _coded(trials)
    alike = _Alike(made) if made is not None else None
    for code in table.codes.values():
        name = f"{code.code}  {code.target}"
        if alike is None or alike.place is None:
            yield Verdict(key, name, code.where, "idle", f"no row calls {_CONCEPT}")
            continue
        expected = {"code": code.code}
        if code.target:
            expected = {"system": trials.reader.uri(table.system), "code": code.target}
        if code.display:
            expected["display"] = code.display
        cells = {leaf(alike.place): code.code}
        if table.table != "-":
            cells[leaf(alike.place._replace(component=3))] = table.table
        yield alike.verdict(key, name, code.where, Reading(expected, cells), trials)


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


class _Alike:
    """Proves names one after the other: what one is shown with shows the next in its place."""

    def __init__(self, made: Draft) -> None:
        self.made, self.place = made, made.place
        self._shown: Witness | None = None
        self._bare = ""  # its message without the name: that of every other, too

    def verdict(
        self, kind: str, name: str, where: Where, reading: Reading, trials: Trials
    ) -> Verdict:
        """Return the verdict of a name, as it stands in its table, by what it has to become."""
        message = ""
        for witness in self._witnesses(reading, trials):
            message = witness.message
            without = self._bare or bare(witness)
            if trials.shows(witness, trials.view(message)) and trials.is_silent(witness, without):
                self._shown, self._bare = witness, without
                return Verdict(kind, name, where, "satisfied", "", message)
        return Verdict(kind, name, where, "unsatisfied", trials.failed or _UNSAID, message)

    def _witnesses(self, reading: Reading, trials: Trials) -> Iterator[Witness]:
        if self._shown is not None:
            cells = self._shown.cells.copy()
            cells.values.update(reading.cells)
            yield replace(self._shown, reading=reading, cells=cells)
            self._bare = ""
        yield from trials.witnesses(self.made, reading=reading)
