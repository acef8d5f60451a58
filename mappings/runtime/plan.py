"""What tables are once they are compiled: maps as functions, structures as plans, ready to run.

The compiler makes it (`mappings.compiler.build`), a walk over a message's segments runs it.
What is asked for in each segment has slots: Python reads these several times as fast as the members
of a named tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, NamedTuple

from mappings.runtime.state.carrying import Facts, Lent
from mappings.runtime.state.memory import Memories
from mappings.runtime.types import Common

ANY = "ANY"  # the structure of messages that have no table, and of segments a structure lacks
When = Callable[[Any, list[str]], bool]
Values = Callable[[list[str]], tuple[str, ...]]


class Shape(NamedTuple):
    """The elements of an object that are more than a value which stands there or does not."""

    lists: frozenset[str]
    parts: Mapping[str, Shape]  # objects with elements of their own
    choices: Mapping[str, str]  # one of several types: ``collected`` of ``collectedPeriod``
    amounts: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Mention:
    """A segment builds (part of) a resource here."""

    name: str  # the resource's name in the scope: its type
    type: str
    build: Callable[..., Common | None]
    key: Callable[..., tuple[str, ...] | None]
    facts: Facts
    home: str
    replace: bool
    adds: bool  # to the nearest resource of that type, where there is one
    makes: bool  # a resource of its own, else
    when: When | None
    segment: str = ""
    alone: tuple[int, ...] = ()  # fields that nothing but this surely carries
    needs: tuple[tuple[str, ...], ...] = ()  # required elements, by choice, that it may not have
    gives: str = ""  # "way", or "all" it says, to what another map makes of the same type
    shape: Shape | None = None  # of the type, where all is given, element by element
    asked: bool = False  # stands only with a result or a state: else it is only asked for
    lone: Values | None = None  # the values of `alone`


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
    when: When | None
    mentions: tuple[Mention, ...]
    links: tuple[Tie, ...]
    members: tuple[Plan, ...]
    anchor: int  # index of the member that makes an instance
    watch: tuple[int, ...]  # fields no row reads
    acts: tuple[tuple[str, str, str], ...]  # beside building: ("merges", "Patient", the row)
    width: int = 0  # one more than the highest field some row reads
    #: Of a group: segment → members to go through
    paths: Mapping[str, tuple[Plan, ...]] = field(default_factory=dict)
    lent: tuple[tuple[int, Lent], ...] = ()  # fields that only maps of other segments may carry
    forgets: tuple[str, ...] = ()  # of a group: what an instance has said, and other maps read
    unread: Values | None = None  # the values of what `watch` and `lent` name, up to the width
    twice: frozenset[str] = frozenset()  # of a structure: what begins a group, and is named in it


class Listed(NamedTuple):
    """Segments of a message that are a whole list: of the patient, or of a resource (`of`).

    ``repeats`` are the fields that are lists themselves, with the words for what they fill.
    """

    segment: str
    type: str
    of: str
    when: When | None
    repeats: tuple[tuple[int, tuple[str, ...]], ...] = ()


class Fillable(NamedTuple):
    """A field, its components that tell something, and the shapes of words that do not."""

    field: int
    components: tuple[int, ...]
    shapes: tuple[str, ...]
    mend: str = ""  # what else it may hold, by its name in `MENDS`
    beside: int = 0  # the field that has a place for that


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Compiled:
    """What `translate` runs."""

    structures: Mapping[str, Plan]
    events: Mapping[str, str]
    segments: Mapping[str, Plan]  # segments with maps, for structures that do not name them
    links: Mapping[str, tuple[Tie, ...]]  # by the type that holds the reference
    rows: int
    memos: int  # how many memories a source has
    memory: Memories
    lists: Mapping[str, tuple[Listed, ...]] = field(default_factory=dict)  # by structure
    fillers: Mapping[str, tuple[Fillable, ...]] = field(default_factory=dict)  # by segment
    #: Which others share while somebody has it
    code: Mapping[str, CodeType] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)  # what it defines and asks for


def leaves(plan: Plan) -> Iterator[Plan]:
    """Yield the segments of a group."""
    if plan.segment:
        yield plan
    for member in plan.members:
        yield from leaves(member)


def needed(group: Plan) -> str:
    """Return the segment that tells a group from others that begin alike; else what begins it."""
    first, *rest = group.members
    return next((m.name for m in rest if not m.optional), first.name).rstrip("…")
