"""Whatever a sender changes in a message changes what comes of it, or a finding says why not.

Each value of the golden messages is changed to another one of its kind: a date to another date, a
number to another number, a code or a word to others that stand in the same place elsewhere. If
neither a resource nor a finding tells the difference, and none names the place, it was lost in
silence. If a finding says that it was lost, and a resource tells the difference, that is not true.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from golden_pairs import dictionary, messages
from test_mappings_corpus import HashedIds

from mappings.dictionary import LAYERS, read
from mappings.hl7v2 import parse
from mappings.language.nested import flat, nodes_of
from mappings.language.omissions import LEFT_OUT
from mappings.language.tree import Tables
from mappings.runtime.state.context import Context

#: What nobody is told of, and why.
UNTOLD = {
    "OBR-26.1.2": "what the parent is called: the parent says so itself, and refers to it",
    "OBR-26.1.3": "as above",
    "OBR-26.3": "what the parent's value is: as above",
    "OBX-3.1.1": "which wave a channel is of: its samples say so",
    "OBX-6.3": "whose unit it is, where UCUM knows the unit",
    "RXE-5.3": "as above",
    "RXG-7.3": "as above",
    "RXO-4.3": "as above",
}
#: Codes of findings that say a value went nowhere.
LOST = {
    "already-filled",
    "extra-repetition",
    "not-applicable",
    "unmapped-component",
    "unmapped-field",
}
_DATE = re.compile(r"((?:19|20)\d\d(?:0[1-9]|1[0-2]))(0[1-9]|[12]\d|3[01])(\d{4,})?")
_IDS = re.compile(rb"[0-9a-f]{16}\.[0-9a-f]{16}|\b[0-9a-f]{16}\b")
_PLACE = re.compile(r"(\w{3})(?:\[(\d+)\])?(?:-(\d+)(?:\[(\d+)\])?(?:\.(\d+))?(?:\.(\d+))?)?")


class Leaf(NamedTuple):
    """A value in a message: where it stands, and the message with another one in its place."""

    segment: str
    ordinal: int
    field: int
    repetition: int
    component: int
    subcomponent: int
    value: str
    put: Callable[[str], str]

    @property
    def place(self) -> str:
        """Where such values stand, in whichever segment and repetition: ``PID-3.4.1``."""
        below = f".{self.subcomponent}" if self.subcomponent else ""
        return f"{self.segment}-{self.field}.{self.component}{below}"


class Outcome(NamedTuple):
    """What became of a message: its resources, without what ids were made of, and findings."""

    ids: bytes
    content: bytes
    findings: Counter[tuple[str, str]]
    rejected: bool


def leaves(text: str) -> Iterator[Leaf]:
    """Every valued part of a message that is not divided any more."""
    lines = [(one.id, one.ordinal, list(one.fields)) for one in parse(text).segments]
    for line, (name, ordinal, fields) in enumerate(lines):
        for number in range(3 if name == "MSH" else 1, len(fields)):
            for at, value in _parts(fields[number]):
                if value.strip() and value != '""' and (name, number) != ("MSH", 9):

                    def put(
                        new: str,
                        line: int = line,
                        number: int = number,
                        at: tuple[int, int, int] = at,
                    ) -> str:
                        changed = [list(each) for _, _, each in lines]
                        changed[line][number] = _with(changed[line][number], at, new)
                        del changed[0][1]  # MSH-1 is what stands between the fields
                        return "\r".join(map("|".join, changed))

                    yield Leaf(name, ordinal, number, *at, value, put)


def _parts(field: str) -> Iterator[tuple[tuple[int, int, int], str]]:
    for repetition, value in enumerate(field.split("~"), 1):
        for component, part in enumerate(value.split("^"), 1):
            pieces = part.split("&")
            for number, piece in enumerate(pieces, 1):
                yield (repetition, component, number if len(pieces) > 1 else 0), piece


def _with(field: str, at: tuple[int, int, int], new: str) -> str:
    repetition, component, subcomponent = at
    repetitions = field.split("~")
    components = repetitions[repetition - 1].split("^")
    pieces = components[component - 1].split("&")
    pieces[max(subcomponent, 1) - 1] = new
    components[component - 1] = "&".join(pieces)
    repetitions[repetition - 1] = "^".join(components)
    return "~".join(repetitions)


def others(value: str, known: list[str]) -> Iterator[str]:
    """Other values of a kind."""
    if date := _DATE.fullmatch(value):
        yield date[1] + ("11" if date[2] != "11" else "12") + (date[3] or "")
    elif re.fullmatch(r"-?\d+(\.\d+)?", value):
        yield "7" if value != "7" else "8"
    else:
        yield f"{value}Zq"
    yield from [each for each in known if each != value][:2]


def outcome(profile: str, text: str) -> Outcome:
    """What becomes of a message."""
    tables = dictionary(profile)
    tables.compiled.memory.clear()
    made = tables.translate(text, HashedIds(), source="src")
    resources = [one.resource for one in [*made.envelope, *made.made]]
    raw = orjson.dumps(
        [resources, [[m.erase, m.weak] for m in made.made], made.bundle], default=str
    )
    seen: dict[bytes, bytes] = {}
    content = _IDS.sub(lambda id_: seen.setdefault(id_[0], b"#%d" % len(seen)), raw)
    ids = raw + repr((made.merges, made.moves, made.lists)).encode()
    findings = Counter((one.code, one.location) for one in made.findings)
    return Outcome(ids, content, findings, made.rejected)


def names(location: str, leaf: Leaf) -> bool:
    """Whether a finding's location is of a value, or of what it is in."""
    found = _PLACE.fullmatch(location)
    if found is None:
        return location == "message"
    segment, ordinal, field, repetition, component, subcomponent = found.groups()
    told = (segment, int(ordinal or 1)) == (leaf.segment, leaf.ordinal)
    if not (told and field):
        return told
    if int(field) != leaf.field or not (component or repetition):
        return int(field) == leaf.field
    steps = [int(repetition or 1), int(component or 0), int(subcomponent or 0)]
    there = (leaf.repetition, leaf.component, leaf.subcomponent)
    return all(
        not one or not other or one == other for one, other in zip(steps, there, strict=True)
    )


@cache
def tables(profile: str) -> Tables:
    return read(LAYERS, profile)


def left_out(profile: str, leaf: Leaf) -> bool:
    """Whether the tables say that a value is left out on purpose, or what tells it already."""
    known = tables(profile)
    maps = [one for one in known.maps.values() if one.source == leaf.segment]
    place = f"{leaf.segment}-{leaf.field}"
    ignored = {word for one in maps for word, _ in one.ignored}
    ignored |= {
        str(s) for one in maps for row in one.rows if row.convert == LEFT_OUT for s in row.sources
    }
    if not ignored.isdisjoint({place, f"{place}.{leaf.component}"}):
        return True
    for structure in known.structures.values():
        for node in nodes_of(structure.nodes):
            if node.name == leaf.segment and "-" in node.resources:
                return True
    coded = {
        source.field for one in maps for row in one.rows if any(r.codes for r in flat((row,)))
        for each in flat((row,)) for source in each.sources if source.name == leaf.segment
    }  # fmt: skip
    # The name, system and version of a code that a table knows; the kind of a universal id.
    told = leaf.field in coded and leaf.component in {2, 3, 5, 6, 7, 14}
    return told or leaf.value in {"ISO", "DNS", "UUID"}


class Fates(NamedTuple):
    """Places of values lost in silence, and of those that are said to be lost and are not."""

    silent: set[str]
    untrue: set[str]
    looked: int


def changed(paths: list[Path]) -> Fates:
    """Change the values of messages, one of each place in each kind of message."""
    known: dict[str, Counter[str]] = defaultdict(Counter)
    for path in messages():
        for leaf in leaves(path.read_text(encoding="utf-8")):
            known[leaf.place][leaf.value] += 1
    silent, untrue, seen = set[str](), set[str](), set[tuple[str, str, bool]]()
    for path in paths:
        profile = path.stem.partition(".")[2]
        text = path.read_text(encoding="utf-8")
        before = outcome(profile, text)
        for leaf in leaves(text):
            which = path.name.partition("_")[0], leaf.place, leaf.repetition > 1
            if which in seen or before.rejected:
                continue
            seen.add(which)
            after = [
                outcome(profile, leaf.put(v)) for v in others(leaf.value, [*known[leaf.place]])
            ]
            after = [one for one in after if not one.rejected]
            if all(is_silent(leaf, before, one) for one in after) and not left_out(profile, leaf):
                silent.add(leaf.place)
            if any(_untrue(leaf, before, one) for one in after):
                untrue.add(leaf.place)
    return Fates(silent, untrue, len(seen))


def is_silent(leaf: Leaf, before: Outcome, after: Outcome) -> bool:
    """Whether nothing tells what was changed: no resource, no id, no finding."""
    told = any(names(location, leaf) for _, location in before.findings | after.findings)
    return not told and (before.ids, before.findings) == (after.ids, after.findings)


def _untrue(leaf: Leaf, before: Outcome, after: Outcome) -> bool:
    return before.content != after.content and any(
        code in LOST and "-" in location and names(location, leaf)
        and (code != "extra-repetition" or leaf.repetition > 1)
        for code, location in before.findings & after.findings
    )  # fmt: skip


def test_no_change_is_lost_in_silence_and_none_is_said_to_be_that_is_not() -> None:
    fates = changed(messages())
    assert fates.looked > 1500
    assert (fates.silent - UNTOLD.keys(), fates.untrue) == (set(), set())
    assert UNTOLD.keys() - fates.silent == set()


def test_the_witness_sees_what_is_kept_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    for method in ("say", "miss", "lost", "lend"):
        monkeypatch.setattr(Context, method, lambda *_, **__: None)
    assert changed([path for path in messages() if path.name.startswith("ORU_R01")]).silent
