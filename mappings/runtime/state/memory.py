"""What is made once for all messages of a source: its vocabulary and its directory.

A feed's vocabulary is small and comes again and again. What rows made of it is kept, and shared by
the resources of many messages; patient content never is.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mappings.runtime.state.context import Context
    from mappings.runtime.types import JSON, Made

MEMO_SIZE = 4096
MOST_SOURCES = 4096

Build = Callable[[list[str], "Context", "JSON"], None]


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """What a value of a source's directory became: a reference, and the resources behind it."""

    reference: JSON
    made: tuple[Made, ...]


class Memory:
    """What a source's vocabulary and directory became in earlier messages; never patient content.

    ``codes`` has a dictionary for each row that makes a coded value.
    """

    def __init__(self, rows: int) -> None:
        self.codes: list[dict[str, JSON]] = [{} for _ in range(rows)]
        self.directories: dict[tuple[Any, str], Named] = {}
        # Assigning authorities: their URIs, and what of them these do not tell
        self.authorities: dict[str, tuple[str | None, tuple[int, ...]]] = {}
        self.assigners: dict[tuple[str, str], str] = {}  # and what keys say of them
        self.own: tuple[str, str] | None = None  # whose numbers are the source's own: name, system


def remembered(known: dict[tuple[str, ...], Memory], source: tuple[str, ...], rows: int) -> Memory:
    """Begin the memory of a source; that of the one that came first is forgotten for too many."""
    while len(known) >= MOST_SOURCES:
        known.pop(next(iter(known)), None)
    found = known[source] = Memory(rows)
    return found


@dataclass(frozen=True, slots=True)
class Shared:
    """Elements that many resources have in common, and which of them are assumptions."""

    elements: JSON
    weak: frozenset[str]


#: What a resource shares with those of other messages, and with others of its own
Common = tuple[Shared | None, Shared | None]


def remember(memo: dict[Any, Any], value: Any, made: Any) -> None:
    """Keep what a value became; all is forgotten when there is too much."""
    if len(memo) >= MEMO_SIZE:
        memo.clear()
    memo[value] = made


def unshared(resource: JSON) -> bool:
    """Make the parts of a resource that was begun before its own; what it has is not shared."""
    own = {name: deepcopy(part) for name, part in resource.items() if name != "resourceType"}
    resource.update(own)
    return False


def share(
    build: Build,
    memo: dict[Any, Shared],
    key: tuple[Any, ...],
    fields: list[str],
    context: Context,
    resource: JSON,
) -> Shared:
    """Fill a new resource with what `build` makes of fields, from memory where they came before.

    Returns what it now shares with others.
    """
    known = memo.get(key)
    if known is None:
        findings, weak, context.weak = len(context.findings), context.weak, set()
        elements: JSON = {}
        build(fields, context, elements)
        known = Shared(elements, frozenset(context.weak))
        context.weak = weak
        if len(context.findings) == findings:
            remember(memo, key, known)
    resource.update(known.elements)
    if known.weak:
        context.weak |= known.weak
    return known
