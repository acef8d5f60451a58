"""A draft in, the verdict of its messages out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from itertools import islice, product
from typing import Any

from mappings.compiler.types import Definitions
from mappings.language.tree import Condition, Tables, Test, Where
from mappings.proof.amounts import amounts, numbered
from mappings.proof.cells import Cells, leaf
from mappings.proof.chains import Chain, Chains, Hop
from mappings.proof.circumstances import Circumstances, circumstances
from mappings.proof.drafts import Draft, UnreachableError, draft, sources_of
from mappings.proof.look import View
from mappings.proof.readings import Reader, Reading, path
from mappings.proof.scenes import Scene, Scenes
from mappings.proof.solver import Proposal, apply, proposals
from mappings.runtime.types import Ids, Made
from mappings.translate import Translation

Translate = Callable[[str, Ids], Translation]
#: What FHIR forbids of resources, as ``Patient.telecom[0]: cpt-2: …``; "" if it allows them all
Forbids = Callable[[Sequence[Made]], str]
#: What else a message says, so that what is to be shown stands, and how it reads
Beside = tuple[Draft | None, Reading | None]
_SUPPORTS = 6


class PlainIds:
    """Ids for messages of a proof."""

    def compartment(self, kind: str, *key: str) -> str:
        """Return the id of a compartment."""
        return _name(kind, *key)

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        """Return the id of a resource."""
        return _name(compartment, type_, *key)


def _name(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]


@dataclass
class Witness:
    """Values with which a row yields what is expected."""

    draft: Draft
    scene: Scene
    reading: Reading
    cells: Cells
    others: list[Condition]  # that hold, besides the row's own
    support: Draft | None
    other: Reading | None  # what the support must yield beside it

    @property
    def message(self) -> str:
        """The text of the message."""
        return self.cells.message(self.scene.order)


class Trials:
    """Makes messages of drafts, and looks at what they become."""

    def __init__(
        self,
        tables: Tables,
        definitions: Definitions,
        translate: Translate,
        explain: Translate,
        forbids: Forbids,
        reader: Reader,
    ) -> None:
        self.tables, self.definitions = tables, definitions
        self.reader = reader
        self.chains, self.scenes = Chains(tables), Scenes(tables, definitions)
        self.translate, self.explain, self.forbids = translate, explain, forbids
        self.known = set(_rows(tables))
        self.amounts = amounts(tables, definitions)
        # What is proven of a list of names has the same control: the message without the name.
        self.translated = lru_cache(maxsize=2)(self._translated)
        self.count = 0
        self.failed = ""
        self.lacking: list[str] = []  # the elements for want of which resources were left out
        self.forbidden = ("", "")  # what is not allowed first, and the message
        self.extensions = tables.names.get("extensions", {})

    def translation(self, message: str) -> Translation:
        """Translate a message; one that cannot be translated says nothing, `failed` why."""
        self.count += 1
        result, self.failed, forbidden = self.translated(message)
        if not self.failed:
            self.lacking = [f.detail for f in result.findings if f.code == "incomplete"]
            if not self.forbidden[0]:
                self.forbidden = forbidden, message
        return result

    def _translated(self, message: str) -> tuple[Translation, str, str]:
        """Return what a message becomes, why it cannot be translated, what FHIR forbids of it."""
        try:
            result = self.translate(message, PlainIds())
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is the fault of a row
            why = f"the translation fails: {type(fault).__name__}"
            return Translation([], [], [], [], "", "", []), why, ""
        return result, "", self.forbids([*result.made, *result.envelope])

    def left_out(self, type_: str) -> str:
        """Return why a type of resource is not among the last translation; "" if it may be."""
        found = (lacking for lacking in self.lacking if lacking.startswith(f"{type_}."))
        return next((f"it is left out without {lacking}" for lacking in found), "")

    def look(self, translation: Translation) -> View:
        """Return a view of a translation."""
        return View(translation, self.extensions)

    def view(self, message: str) -> View:
        """Translate a message and look at it."""
        return self.look(self.translation(message))

    def drafts(self, hop: Hop) -> Iterator[Draft]:
        """Yield the ways a row is reached in a message, and on from it to a value."""
        for entry in self.chains.entries(hop.map):
            for chain in self.chains.leaves((*entry, hop)):
                try:
                    yield draft(chain, hop, self.chains, self.definitions)
                except UnreachableError:
                    continue

    def witnesses(
        self,
        made: Draft,
        *,
        reading: Reading | None = None,
        scenes: Iterable[Scene] | None = None,
    ) -> Iterator[Witness]:
        """Yield messages in which a draft's conditions hold, of one reading or any."""
        supports = list(self._supports(made, made.support)) or [(None, None)]
        essential = [] if made.support else list(self._supports(made, made.essential))
        for scene in self.scenes.of(made) if scenes is None else scenes:
            header = scene.header()
            readings = self.reader.read(made, header) if reading is None else (reading,)
            for each, beside in product(readings, supports):
                if _agrees(each, header):
                    for around in circumstances(made):
                        yield from self._solved(made, scene, each, beside, around)
                        if self.left_out(made.root.target):  # the last message's
                            for more in essential:
                                yield from self._solved(made, scene, each, more, around)

    def _supports(self, made: Draft, chains: list[Chain]) -> Iterator[Beside]:
        """Yield what else may be said in a message: what the rows at the end of chains say."""
        return islice(self._said(made, chains), _SUPPORTS)

    def _said(self, made: Draft, chains: list[Chain]) -> Iterator[Beside]:
        for chain in chains:
            for longer in self.chains.leaves(chain):
                try:
                    support = draft(longer, longer[-1], self.chains, self.definitions)
                except UnreachableError:
                    continue
                support.conditions += made.conditions  # which its value must not break
                readings = (
                    r for r in self.reader.read(support, Cells()) if _is_allowed(support, r)
                )
                for reading in islice(readings, 2):
                    yield support, reading

    def _solved(
        self,
        made: Draft,
        scene: Scene,
        reading: Reading,
        beside: Beside,
        around: Circumstances,
    ) -> Iterator[Witness]:
        support, other = beside
        readings = [reading, *((other,) if other is not None else ())]
        conditions = [*made.conditions, *scene.conditions, *(support.conditions if support else ())]
        conditions += [Test("valued", r.valued) for r in readings if r.valued is not None]
        wanted = [*((c, True) for c in conditions), *((c, False) for c in around.rivals)]
        stands = scene.header()
        for place, text in ((p, t) for r in readings for p, t in r.cells.items()):
            stands.values.setdefault(place, text)
        stands.default()
        for found in proposals(list(dict.fromkeys(wanted)), stands):
            proposal, cells = numbered(found, self.amounts), scene.header()
            for place, text in ((p, t) for r in readings for p, t in r.cells.items()):
                cells.values.setdefault(place, text)
            if not _fits(proposal, cells):
                continue
            around.apply(cells)
            cells.default()
            if all(cells.holds(c) is truth for c, truth in wanted):
                others = [c for c in conditions if c not in made.own]
                yield Witness(made, scene, reading, cells, others, support, other)

    def shows(self, witness: Witness, view: View) -> bool:
        """Whether a translation holds what a witness expects, as firmly as the row says."""
        made, reading = witness.draft, witness.reading
        steps = path(made, reading)
        if witness.support is not None and witness.other is not None:
            beside = path(witness.support, witness.other)
            pairs = (steps, reading.expected), (beside, witness.other.expected)
            if not view.shows_together(made.root.target, *pairs):
                return False
        elif not view.shows(made.root.target, steps, reading.expected):
            return False
        if len(made.steps) == 1 and len(made.chain) == 1 and not reading.beyond:
            name = made.row.path
            return view.weak(made.root.target, name) is made.row.default
        return True

    def speaks(self, witness: Witness, message: str) -> bool:
        """Whether a row says in a message what is expected: it is there, and the row put it there.

        Where the same stands there, another row of the tables may have made it: the translation
        tells which.
        """
        return self.shows(witness, self.view(message)) and self._is_heard(witness, message)

    def is_silent(self, witness: Witness, message: str) -> bool:
        """Whether a row does not say in a message what it says in its witness."""
        return not self.speaks(witness, message) and not self.failed

    def _is_heard(self, witness: Witness, message: str) -> bool:
        """Whether a row made anything of a message."""
        spoke = {trace.row for trace in self.explain(message, PlainIds()).explained}
        return not spoke <= self.known - witness.draft.marks


def _rows(thing: Any) -> Iterator[str]:
    """Yield the file and line of every row of tables: of maps, links, structures, codes."""
    if isinstance(thing, Where):
        yield str(thing)
    elif isinstance(thing, Mapping):
        yield from _rows(tuple(thing.values()))
    elif isinstance(thing, list | tuple):
        for each in thing:
            yield from _rows(each)
    elif is_dataclass(thing):
        yield from _rows(tuple(getattr(thing, field.name) for field in fields(thing)))


def _is_allowed(made: Draft, reading: Reading) -> bool:
    """Whether no condition on what a reading says alone is false of it."""
    cells = Cells()
    cells.values = dict(reading.cells)
    return all(
        cells.holds(condition)
        for condition in made.conditions
        if all(leaf(source) in cells.values for source in sources_of(condition))
    )


def _agrees(reading: Reading, header: Cells) -> bool:
    """Whether a reading leaves the message's type as it is."""
    return all(
        text == header.values.get(place)
        for place, text in reading.cells.items() if place[:2] == ("MSH", 9)
    )  # fmt: skip


def _fits(proposal: Proposal, cells: Cells) -> bool:
    """Put a proposal into cells; False if it would take away what the reading needs."""
    for put in sorted(proposal, key=lambda put: put.gentle):  # what gives way comes last
        stands = cells.text(put.place)
        if put.gentle and cells.valued(put.place):
            continue
        if put.place[:2] == ("MSH", 9) and put.text != stands:
            return False
        taken = cells.valued(leaf(put.place) if put.text else put.place)
        if not put.gentle and not put.times and taken and put.text != stands:
            return False
        apply((put,), cells)
    return True
