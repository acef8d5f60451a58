"""Every segment of the standard has a table, or stands in the reference with the reason why not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from mappings.dictionary import read
from mappings.hl7v2.segments import STANDARD
from mappings.language.outline import Node, Structure

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "messages.md"


def _structures() -> Iterable[Structure]:
    return read(("base", "cn"), None).structures.values()


def listed() -> list[str]:
    """The segments that the reference gives a reason for, in the order of its table."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition("## Segments without a table")[2].partition("\n## ")[0]
    found: list[str] = []
    for row in re.findall(r"^\| (.+?) \|", section, re.MULTILINE):
        for first, last in re.findall(r"\b([A-Z][A-Z0-9]{2})(?: to ([A-Z][A-Z0-9]{2}))?\b", row):
            end = int(last[2]) if last else 0
            found += [f"{first[:2]}{n}" for n in range(int(first[2]), end + 1)] if end else [first]
    return found


def translated() -> set[str]:
    """The segments that some structure knows."""
    waiting: list[Node] = [node for one in _structures() for node in one.nodes]
    names = set()
    while waiting:
        node = waiting.pop()
        names.add(node.name)
        waiting += node.children
    return names


def test_every_segment_has_a_table_or_a_reason() -> None:
    assert sorted(STANDARD - translated() - set(listed())) == []


def test_no_reason_is_given_for_a_segment_that_has_a_table_or_is_none() -> None:
    names = listed()
    assert len(names) == len(set(names))
    assert sorted(STANDARD & translated() & set(names)) == []
    assert sorted(set(names) - STANDARD) == []
