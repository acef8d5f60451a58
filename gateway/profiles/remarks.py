"""What is said of a line of a profile."""

from __future__ import annotations

from typing import NamedTuple

from mappings.language.tree import Where


class Remark(NamedTuple):
    """A line of a profile, and what is to be said of it."""

    where: Where
    text: str
