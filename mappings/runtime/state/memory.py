"""What is made once for all messages of a source: its vocabulary and its directory.

A feed's vocabulary is small and comes again and again. What rows made of it is kept, and shared by
the resources of many messages; patient content never is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mappings.runtime.types import JSON, Made, Shared

if TYPE_CHECKING:
    from mappings.runtime.state.context import Context

MEMO_SIZE = 4096  # values of a kind, of one source
MOST = 500_000  # values of all sources: some 600 MB

Build = Callable[[list[str], "Context", "JSON"], None]


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """What a value of a source's directory became: a reference, and the resources behind it."""

    reference: JSON
    made: tuple[Made, ...]


class Memo(dict[Any, Any]):
    """What values of one kind became."""

    __slots__ = ("owner",)

    def __init__(self, owner: Memory | None) -> None:
        self.owner = owner  # None: it is of one message alone


class Memory:
    """What a source's vocabulary and directory became in earlier messages; never patient content.

    ``codes`` has a memo for each row that makes a coded value, ``values`` says how many there are.
    """

    def __init__(self, rows: int) -> None:
        self.values = 0
        self.recent: Recent | None = None
        self.codes = [Memo(self) for _ in range(rows)]
        #: References, and the resources behind them (`Named`)
        self.directories = Memo(self)
        #: Assigning authorities: their URIs, and what of them these do not tell
        self.authorities = Memo(self)
        self.assigners = Memo(self)  # and what keys say of them
        self.own: tuple[str, str] | None = None  # whose numbers are the source's own: name, system

    def count(self, more: int) -> None:
        """Note that there are so many more."""
        self.values += more
        if self.recent is not None:
            self.recent.count(more)


class Recent:
    """The memories of a process: when there is too much in them, the longest unused goes."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.values = 0
        self._known: OrderedDict[Memory, tuple[Memories, Source]] = OrderedDict()

    def of(self, memories: Memories, source: Source, rows: int) -> Memory:
        """Return the memory of a source, begun if need be."""
        found = memories.get(source)
        if found is None:
            found = memories[source] = Memory(rows)
            found.recent = self
            self._known[found] = memories, source
        else:
            with suppress(KeyError):  # it went while somebody had it
                self._known.move_to_end(found)
        return found

    def count(self, more: int) -> None:
        """Note that there is so much more; let go what is too much."""
        self.values += more
        while self.values > self.most and len(self._known) > 1:
            gone, (memories, source) = self._known.popitem(last=False)
            memories.pop(source, None)
            gone.recent = None
            self.values -= gone.values


Source = tuple[str, ...]
Memories = dict[Source, Memory]  # of what is compiled, by what is known of the source
RECENT = Recent()


def remember(memo: Memo, value: Any, made: Any) -> None:
    """Keep what a value became; all of the kind is forgotten when there is too much."""
    before = len(memo)
    if before >= MEMO_SIZE:
        memo.clear()
    memo[value] = made
    if memo.owner is not None:
        memo.owner.count(len(memo) - before)


def copied(made: Any) -> Any:
    """Return a copy of JSON: of what is remembered, one that rows may build into."""
    if type(made) is dict:
        return {name: part if type(part) is str else copied(part) for name, part in made.items()}
    return [copied(part) for part in made] if type(made) is list else made


def unshared(resource: JSON) -> bool:
    """Make the parts of a resource that was begun before its own; what it has is not shared."""
    own = {name: copied(part) for name, part in resource.items() if name != "resourceType"}
    resource.update(own)
    return False


def share(
    build: Build,
    memo: Memo,
    key: tuple[Any, ...],
    fields: list[str],
    context: Context,
    resource: JSON,
) -> Shared:
    """Fill a new resource with what `build` makes of fields, from memory where they came before.

    Returns what it now shares with others.
    """
    known: Shared | None = memo.get(key)
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
