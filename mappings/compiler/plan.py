"""What the compiler makes: maps as functions, structures as plans, ready to run.

What is asked for in each segment has slots: Python reads these several times as fast as the members
of a named tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mappings.compiler.ledger import Facts
from mappings.compiler.lists import Listed
from mappings.compiler.modules import Code
from mappings.compiler.shapes import Shape
from mappings.runtime.functions import coding
from mappings.runtime.state import memory
from mappings.runtime.walk.fillers import Fillable

Values = Callable[[list[str]], tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Mention:
    """A segment builds (part of) a resource here."""

    name: str  # the resource's name in the scope: its type
    type: str
    build: Callable[..., memory.Common | None]
    key: Callable[..., tuple[str, ...] | None]
    facts: Facts
    home: str
    replace: bool
    adds: bool  # to the nearest resource of that type, where there is one
    makes: bool  # a resource of its own, else
    when: Callable[[Any, list[str]], bool] | None
    segment: str = ""
    alone: tuple[int, ...] = ()  # fields that nothing but this surely carries
    needs: tuple[tuple[str, ...], ...] = ()  # required elements, by choice, that it may not have
    gives: str = ""  # "way", or "all" it says, to what another map makes of the same type
    shape: Shape | None = None  # of the type, where all is given, element by element
    asked: bool = False  # stands only with a result or a state: else it is only asked for
    lone: Values | None = None  # the values of `alone`


@dataclass(frozen=True, slots=True, eq=False)
class Lent:
    """What maps of other segments read of a field: its parts, and whether of all repetitions."""

    parts: Mapping[int, tuple[int, ...]]
    repeats: bool


@dataclass(frozen=True, slots=True, eq=False)
class Tie:
    """A compiled link: the resource that holds a reference, where in it, and what it refers to."""

    holder: str
    above: tuple[str, ...]  # elements the reference is below
    name: str
    repeats: bool
    target: str
    makes: bool = True  # what it is below, where it needs nothing else
    plain: bool = False  # whether it is the resource's own element, and refers to one thing
    stays: bool = False  # whether what a row refers to there already is all there is
    row: str = ""  # that says so


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A compiled segment or group of a structure."""

    name: str
    segment: bool
    optional: bool
    repeats: bool
    when: Callable[[Any, list[str]], bool] | None
    mentions: tuple[Mention, ...]
    links: tuple[Tie, ...]
    members: tuple[Plan, ...]
    anchor: int  # index of the member that makes an instance
    watch: tuple[int, ...]  # fields no row reads
    acts: tuple[tuple[str, str, str], ...]  # beside building: ("merges", "Patient", the row)
    width: int = 0  # one more than the highest field some row reads
    paths: Mapping[str, tuple[Plan, ...]] = field(
        default_factory=dict
    )  # of a group: segment → members to go through
    lent: tuple[tuple[int, Lent], ...] = ()  # fields that only maps of other segments may carry
    forgets: tuple[str, ...] = ()  # of a group: what an instance has said, and other maps read
    unread: Values | None = None  # the values of what `watch` and `lent` name, up to the width
    twice: frozenset[str] = frozenset()  # of a structure: what begins a group, and is named in it


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Compiled:
    """What `translate` runs."""

    structures: Mapping[str, Plan]
    events: Mapping[str, str]
    segments: Mapping[str, Plan]  # segments with maps, for structures that do not name them
    links: Mapping[str, tuple[Tie, ...]]  # by the type that holds the reference
    rows: int
    memos: int  # how many memories a source has
    memory: memory.Memories
    lists: Mapping[str, tuple[Listed, ...]] = field(default_factory=dict)  # by structure
    fillers: Mapping[str, tuple[Fillable, ...]] = field(default_factory=dict)  # by segment
    code: Code = field(default_factory=dict)  # which others share while somebody has it
    names: Mapping[str, Any] = field(default_factory=dict)  # what it defines and asks for


class Generated(NamedTuple):
    """Tables checked and written as Python: what `bound` makes functions of.

    ``code`` is that of ``source``, a function each; plans name their functions, and ``memos`` is
    what the functions call what they remember.
    """

    source: Sequence[str]
    code: Code
    structures: Mapping[str, Plan]
    events: Mapping[str, str]
    segments: Mapping[str, Plan]
    links: Mapping[str, tuple[Tie, ...]]
    rows: int
    memos: Sequence[str]
    reads: Mapping[str, set[int]]
    codes: Mapping[str, coding.CodeTable]
    lists: Mapping[str, tuple[Listed, ...]] = {}
    fillers: Mapping[str, tuple[Fillable, ...]] = {}
