"""Empty places of messages filled: what then stands there is told, or found."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from golden_pairs import messages
from test_mappings_changes import Leaf, dictionary, is_silent, left_out, outcome

from mappings.runtime.state.context import Context

#: Places, and why nothing need be told of what is put there.
UNTOLD = {
    r"(BTX-10|OBX-6|RX[A-Z]-\d+)\.3(\.\d)?": "whose unit it is, where UCUM knows the unit",
}
#: What says which message it is, and how it is to be read.
OF_THE_MESSAGE = {("MSH", 9), ("MSH", 10), ("MSH", 12), ("MSH", 18)}
SEED, ENOUGH = 7, 2_500
COMPONENTS = [1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10]
SUBCOMPONENTS = [0, 0, 0, 0, 1, 2]
VALUES = ("Q7", "7", "20260102")


class Filled(NamedTuple):
    """What became of the places that were filled."""

    silent: dict[str, str]  # the place → a message it was lost in
    looked: int


def filled(paths: list[Path], seed: int, enough: int) -> Filled:
    """Fill so many empty places of messages, each in several ways, one at a time."""
    chance, seen, lost = random.Random(seed), set[str](), dict[str, str]()
    looked = 0
    while looked < enough:
        for path in chance.sample(paths, len(paths)):
            profile, text = path.stem.partition(".")[2], path.read_text(encoding="utf-8")
            before = outcome(profile, text)
            if before.rejected:
                continue
            for leaf in _places(text, profile, chance):
                if leaf.place in seen:
                    continue
                seen.add(leaf.place)
                looked += 1
                made = [outcome(profile, leaf.put(value)) for value in VALUES]
                made = [one for one in made if not one.rejected]
                if made and all(is_silent(leaf, before, one) for one in made):
                    lost |= {} if left_out(profile, leaf) else {leaf.place: path.name}
            if looked >= enough:
                break
        seen.clear()
    return Filled(lost, looked)


def _places(text: str, profile: str, chance: random.Random) -> Iterator[Leaf]:
    """Yield empty places of a message, one of each segment: the end of a field, or beyond it."""
    lines = text.replace("\n", "\r").strip("\r").split("\r")
    plans = dictionary(profile).compiled.segments
    for number, line in enumerate(lines):
        name, plan = line[:3], plans.get(line[:3])
        first = 3 if name == "MSH" else 1  # MSH-1 is what stands between the fields
        field = chance.randint(first, max(first, plan.width if plan else 9))
        component = chance.choice(COMPONENTS)
        subcomponent = chance.choice(SUBCOMPONENTS)
        fields = line.replace("MSH|", "MSH||", 1).split("|")
        fields += [""] * (field + 1 - len(fields))
        components = fields[field].split("^")
        components += [""] * (component - len(components))
        if (name, field) in OF_THE_MESSAGE or "~" in fields[field] or components[component - 1]:
            continue

        def put(
            value: str,
            number: int = number,
            fields: list[str] = fields,
            components: list[str] = components,
            at: tuple[int, int, int] = (field, component, subcomponent),
        ) -> str:
            changed, parts = list(fields), list(components)
            parts[at[1] - 1] = "&" * (at[2] - 1) + value
            changed[at[0]] = "^".join(parts)
            whole = "|".join(changed).replace("MSH||", "MSH|", 1)
            return "\r".join([*lines[:number], whole, *lines[number + 1 :]])

        ordinal = sum(other[:3] == name for other in lines[: number + 1])
        yield Leaf(name, ordinal, field, 1, component, subcomponent, "", put)


def test_what_is_put_in_an_empty_place_is_told_or_found() -> None:
    made = filled(messages(), SEED, ENOUGH)
    assert made.looked >= ENOUGH
    told = re.compile("|".join(UNTOLD))
    assert {place: name for place, name in made.silent.items() if not told.fullmatch(place)} == {}


def test_the_witness_sees_what_is_kept_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    for method in ("say", "miss", "lost", "lend"):
        monkeypatch.setattr(Context, method, lambda *_, **__: None)
    assert filled(messages()[:40], SEED, 100).silent
