"""Layers of tables in, the whole proof out: a verdict for every row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Protocol

from mappings.compiler import types
from mappings.dictionary import LAYERS, Dictionary, load, read
from mappings.language.omissions import LEFT_OUT
from mappings.language.tree import Source, Tables
from mappings.profile import find_profile
from mappings.proof import callers, messages
from mappings.proof.cells import DEFAULTS
from mappings.proof.codes import codes, users
from mappings.proof.lists import snapshots
from mappings.proof.names import LISTS, concepts, names
from mappings.proof.readings import Reader
from mappings.proof.rows import Verdict, rows
from mappings.proof.samples import SOURCE
from mappings.proof.sampling import Surroundings
from mappings.proof.trial import Forbids, Trials
from mappings.runtime.types import Ids
from mappings.translate import Translation


class Definitions(types.Definitions, Protocol):
    """What is asked of FHIR: its elements, and the codes of published systems."""

    def code_system(self, url: str) -> Mapping[str, str] | None:
        """Return a code system's codes with their displays, or None if unknown."""
        ...


class Judged(NamedTuple):
    """A verdict, and of what it is: ``rows``, ``codes``, ``names`` or ``messages``."""

    kind: str
    verdict: Verdict
    uncalled: bool = False  # only the proof itself calls the map, or uses the code table


class Proof(NamedTuple):
    """Every row judged."""

    judged: tuple[Judged, ...]
    messages: int  # that were translated for it

    def of(self, verdict: str) -> tuple[Judged, ...]:
        """Return the rows of which this was found."""
        return tuple(j for j in self.judged if j.verdict.verdict == verdict)


_NOTHING = ("", "")


class UnknownTableError(ValueError):
    """There is no map, code table, list or message structure of that name."""


def prove(
    definitions: Definitions,
    forbids: Forbids,
    *,
    layers: tuple[str, ...] = LAYERS,
    profile: str | None = None,
    only: Collection[str] = (),
) -> Proof:
    """Prove every row of some layers, those of maps that nothing calls too.

    Parameters
    ----------
    definitions
        FHIR R4's element definitions and code systems (`conformance.definitions`).
    forbids
        What FHIR does not allow of the resources of a message.
    layers, profile
        As `mappings.dictionary.load` takes them.
    only
        The names of some maps, code tables, lists of names or message structures; without any, all.

    Raises
    ------
    TableError
        A row that is wrong, with file and line; a profile that does not exist.
    UnknownTableError
        Nothing is called so.
    """
    tables = read(layers, profile)
    known = {*tables.maps, *tables.codes, *tables.structures, *LISTS, "links"}
    for name in only:
        if name not in known:
            what = "map, code table, list or message structure"
            raise UnknownTableError(f"no {what} is called {name!r}")
    wanted = {*only} or known
    uncalled = {name for group in callers.uncalled(tables) for name in group} & wanted
    found = judge(
        tables, _both(definitions, layers, profile), definitions, forbids, wanted - uncalled
    )
    if not uncalled:
        return found
    with TemporaryDirectory() as folder:
        file = Path(folder) / "callers.map"
        own = find_profile(profile).read_text(encoding="utf-8") if profile else ""
        file.write_text(f"{own}\n{callers.text(tables, definitions)}", encoding="utf-8")
        calling = read(layers, str(file))
        dictionaries = _both(definitions, layers, str(file))
    again = judge(calling, dictionaries, definitions, forbids, uncalled)
    return Proof(
        (*found.judged, *(judged._replace(uncalled=True) for judged in again.judged)),
        found.messages + again.messages,
    )


def _both(
    definitions: Definitions, layers: tuple[str, ...], profile: str | None
) -> tuple[Dictionary, Dictionary]:
    """Load a dictionary, and one that explains."""
    return (
        load(definitions, layers=layers, profile=profile),
        load(definitions, layers=layers, profile=profile, explain=True),
    )


def judge(
    tables: Tables,
    dictionaries: tuple[Dictionary, Dictionary],
    definitions: Definitions,
    forbids: Forbids,
    wanted: Collection[str],
) -> Proof:
    """Prove what some tables, by their names, say of what a dictionary does.

    The second dictionary is the same, but explains.
    """
    tables = _shown(tables)
    dictionary, explaining = dictionaries
    site = dictionary.site
    authority = site.authority or DEFAULTS[Source("MSH", 4)]
    surroundings = Surroundings(
        site.authorities.get(authority, f"https://yiqiao.org/fhir/authority/{SOURCE}/{authority}"),
        site.currency,
        site.units,
        site.systems,
    )

    def translate(message: str, ids: Ids) -> Translation:
        return dictionary.translate(message, ids, source=SOURCE)

    def explain(message: str, ids: Ids) -> Translation:
        return explaining.translate(message, ids, source=SOURCE)

    reader = Reader(tables, surroundings, definitions.code_system)
    trials = Trials(tables, definitions, translate, explain, forbids, reader)
    return Proof(tuple(_judged(trials, wanted)), trials.count)


def _shown(tables: Tables) -> Tables:
    """Return the tables without rows that leave something out: no element shows these."""
    maps = {
        name: replace(table, rows=tuple(row for row in table.rows if row.convert != LEFT_OUT))
        for name, table in tables.maps.items()
    }
    return replace(tables, maps=maps)


def _judged(trials: Trials, wanted: Collection[str]) -> Iterator[Judged]:
    for kind, verdicts in (
        ("rows", _rows(trials, wanted)),
        ("codes", _codes(trials, wanted)),
        ("names", _names(trials, wanted)),
        ("messages", _messages(trials, wanted)),
    ):
        yield from (Judged(kind, verdict) for verdict in _allowed(verdicts, trials))


def _allowed(verdicts: Iterator[Verdict], trials: Trials) -> Iterator[Verdict]:
    """Yield verdicts; no row is satisfied if of any message for it comes what FHIR forbids."""
    trials.forbidden = _NOTHING
    for verdict in verdicts:
        what, message = trials.forbidden
        if what and verdict.verdict != "unsatisfied":
            why = f"FHIR does not allow what is made: {what}"
            yield verdict._replace(verdict="unsatisfied", why=why, message=message, allowed=False)
        else:
            yield verdict
        trials.forbidden = _NOTHING


def _rows(trials: Trials, wanted: Collection[str]) -> Iterator[Verdict]:
    for name, table in trials.tables.maps.items():
        if name in wanted:
            yield from rows(table, trials)


def _names(trials: Trials, wanted: Collection[str]) -> Iterator[Verdict]:
    for name in LISTS:
        if name in wanted:
            yield from names(name, trials)


def _codes(trials: Trials, wanted: Collection[str]) -> Iterator[Verdict]:
    tables = {n: table for n, table in trials.tables.codes.items() if n in wanted}
    using = users(trials) if tables else {}
    for name, table in tables.items():
        if name.startswith("concepts "):
            yield from concepts(name, table, trials)
        else:
            yield from codes(name, table, using.get(name, []), trials)


def _messages(trials: Trials, wanted: Collection[str]) -> Iterator[Verdict]:
    for name, structure in trials.tables.structures.items():
        if name in wanted:
            yield from messages.events(structure, trials)
            yield from messages.mentions(structure, trials)
            yield from snapshots(structure, trials)
    if "links" in wanted:
        yield from messages.links(trials)
