"""Message structures in, a verdict out for each event, each segment's map, and each link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from mappings.language.outline import Link, Structure
from mappings.language.tree import Map, Source, Where
from mappings.proof.cells import Cells
from mappings.proof.chains import hops
from mappings.proof.controls import unconditionally
from mappings.proof.drafts import Draft
from mappings.proof.readings import path
from mappings.proof.rows import Verdict
from mappings.proof.samples import Refers
from mappings.proof.scenes import Spot
from mappings.proof.trial import Trials, Witness
from mappings.proof.unshown import UNSHOWN

_TRIES = 60
ABSENT = "the segment does not make it"


def events(structure: Structure, trials: Trials) -> Iterator[Verdict]:
    """Prove that a message of each event is one of a known structure."""
    for name in structure.events:
        code, _, event = name.replace("*", "Z07").partition("^")
        cells = Cells()
        cells.put(Source("MSH", 9, 1), code)
        cells.put(Source("MSH", 9, 2), event)
        cells.default()
        message = cells.message(["MSH", "PID"])
        findings = trials.translation(message).findings
        unknown = any(f.code == "no-structure" for f in findings)
        why = "it is found to have no structure" if unknown else ""
        yield _verdict(structure, name, structure.where, why, message)


def mentions(structure: Structure, trials: Trials) -> Iterator[Verdict]:
    """Prove that each segment of a structure builds what the structure says, and is linked so."""
    for spot in trials.scenes.spots(structure):
        node = spot.node
        if spot.act or spot.map is None:
            yield _act(spot, trials)
            continue
        if all(row.convert in UNSHOWN for row in spot.map.rows):
            continue  # it begins what other segments tell, or acts on them, or on what is known
        name = f"{node.name}  {'+' if spot.adds else ''}{spot.map.name}"
        yield _verdict(structure, name, node.where, *_shown(spot, spot.map, trials))
    for link, beside in trials.scenes.links(structure):
        name = f"{link.holder}.{'.'.join(map(str, link.path))} <- {link.target}"
        why, message = "no segment map stands beside it", ""
        if beside is not None and beside.map is not None:
            why, message = _linked(beside, beside.map, link, trials)
        yield _verdict(structure, name, link.where, why, message)


def links(trials: Trials) -> Iterator[Verdict]:
    """Prove the references that every message makes."""
    for link in trials.tables.links:
        name = f"{link.holder}.{'.'.join(map(str, link.path))} <- {link.target}"
        why, message = "no structure makes one", ""
        for table in trials.tables.maps.values():
            for spot in trials.scenes.found.get(table.name, ()):
                if why and table.target == link.holder:
                    why, message = _linked(spot, table, link, trials)
        told = ("unsatisfied", why, message) if why else ("satisfied", "", message)
        yield Verdict("links", name, link.where, *told)


def _verdict(structure: Structure, name: str, where: Where, why: str, message: str) -> Verdict:
    told = ("unsatisfied", why, message) if why else ("satisfied", "", message)
    return Verdict(structure.name, name, where, *told)


def _drafts(table: Map, trials: Trials) -> Iterator[Draft]:
    for hop in sorted(hops(table), key=lambda h: h.rows[-1].when is not None):
        if hop.rows[-1].by is None:
            yield from trials.drafts(hop)


def _shown(spot: Spot, table: Map, trials: Trials) -> tuple[str, str]:
    """Return what is wrong with a segment's map in one structure, and the message."""
    message, why, node = "", ABSENT, spot.node
    for witness in _witnesses(spot, table, trials):
        message = witness.message
        if not trials.shows(witness, trials.view(message)):
            continue
        order = [name for name in witness.scene.order if name != node.name]
        without = _count(witness, witness.cells.message(order), trials)
        if node.name != "MSH" and _count(witness, message, trials) <= without:
            continue
        why = unconditionally(trials, witness, node.when) if node.when is not None else ""
        if not why:
            break
    return why, message


def _count(witness: Witness, message: str, trials: Trials) -> int:
    made = witness.draft
    steps = path(made, witness.reading)
    return trials.view(message).count(made.root.target, steps, witness.reading.expected)


def _witnesses(
    spot: Spot, table: Map, trials: Trials, resources: tuple[str, ...] = ()
) -> Iterator[Witness]:
    def every() -> Iterator[Witness]:
        for made in _drafts(table, trials):
            asked = replace(made, resources=[*made.resources, *resources])
            yield from islice(
                trials.witnesses(asked, scenes=trials.scenes.at(spot, asked)), _TRIES // 10
            )

    return islice(every(), _TRIES)


def _linked(spot: Spot, table: Map, link: Link, trials: Trials) -> tuple[str, str]:
    """Return what is wrong with a link in one structure, and the message."""
    message = ""
    others = tuple({link.holder, link.target} - {table.target})
    for witness in _witnesses(spot, table, trials, others):
        message = witness.message
        if trials.view(message).shows(link.holder, list(link.path), Refers(link.target)):
            return "", message
    return f"no {link.holder} refers so", message


def _act(spot: Spot, trials: Trials) -> Verdict:
    """Prove what a segment does to others (``merges Patient``): the translation shows it."""
    node, structure = spot.node, spot.structure
    message, why = "", "it does nothing"
    for scene in trials.scenes.bare(spot):
        cells = scene.header()
        for number in range(1, 8):
            cells.put(Source(node.name, number, 1), f"Q{number}")
        cells.default()
        message = cells.message(scene.order)
        with_it = trials.translation(message)
        without = trials.translation(
            cells.message([name for name in scene.order if name != node.name])
        )
        if (with_it.merges, len(with_it.made)) != (without.merges, len(without.made)):
            why = ""
            break
    name = f"{node.name}  {spot.act}"
    return _verdict(structure, name, node.where, why, message)
