"""Whatever segments are lost, said again or out of order: nothing refers to what is not there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from golden_pairs import ReadableIds, dictionary, messages

_MOST = 6  # changes of a message


def references(node: Any) -> Iterator[str | int]:
    """All that a resource refers to, by its reference; a number is one that was never completed."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for name, item in node.items():
            if name == "reference" and isinstance(item, str | int):
                yield item
            else:
                yield from references(item)


def broken(segments: list[str], others: list[str], chance: random.Random) -> list[str]:
    """A message whose segments were dropped, moved, repeated, emptied, or are those of another."""
    head, *rest = segments
    for _ in range(chance.randint(1, _MOST)):
        at, to = chance.randrange(len(rest) + 1), chance.randrange(len(rest) + 1)
        taken = rest[at : at + 1]
        match chance.randrange(5):
            case 0:
                del rest[at : at + 1]
            case 1:
                rest[to:to] = taken
            case 2:
                rest[at : at + 1] = []
                rest[to:to] = taken
            case 3:
                rest[to:to] = [chance.choice(others)]
            case _ if taken:
                fields = taken[0].split("|")
                fields[chance.randrange(1, len(fields))] = chance.choice(["", '""', "X"])
                rest[at] = "|".join(fields)
    return [head, *rest]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_refers_to_what_is_not_there(seed: int) -> None:
    """But to the patient of orders or an appointment that name nobody: a record has it."""
    chance = random.Random(seed)
    paths = messages()
    texts = {path: path.read_text(encoding="utf-8").split("\n") for path in paths}
    segments = [s for lines in texts.values() for s in lines[1:] if s]
    for path in chance.sample(paths, 60):
        profile = path.stem.partition(".")[2]
        lines = broken([s for s in texts[path] if s], segments, chance)
        made = dictionary(profile).translate("\r".join(lines), ReadableIds(), source=profile)
        resources = [each.resource for each in (*made.envelope, *made.made)]
        known = {f"{each['resourceType']}/{each['id']}" for each in resources}
        named = any(line.startswith("PID") for line in lines)
        for resource in resources:
            for reference in references(resource):
                nobodys = not named and str(reference).startswith("Patient/")
                assert reference in known or nobodys, (path.name, lines)
