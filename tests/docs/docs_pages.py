"""The documentation as tests read it: pages, their fenced blocks, their links and anchors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]+`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language and its text."""

    language: str
    text: str


def pages() -> list[Path]:
    """Every page a reader may open."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(*found) for found in _FENCE.findall(page.read_text(encoding="utf-8"))]


def links(page: Path) -> list[str]:
    """Where the links of a page lead."""
    return _LINK.findall(_CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8"))))


def anchors(page: Path) -> set[str]:
    """The anchors that headings of a page make, as GitHub and GitLab make them."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


def commands(page: Path) -> list[str]:
    """The lines of a page's shell blocks, joined where continued, without prompt and comment."""
    lines = []
    for block in blocks(page):
        if block.language in {"sh", "console"}:
            joined = block.text.replace("\\\n", " ")
            lines += [
                line.removeprefix("$ ").split("  #")[0].strip() for line in joined.splitlines()
            ]
    return lines
