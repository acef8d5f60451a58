"""What the rooms of a translation pass to one another: ids, sites, resources, traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

Location = Any  # int | tuple[Location, int]
JSON = dict[str, Any]

MAX_FIELDS = 80  # that a table may read of a segment
NO_FIELDS = [""] * MAX_FIELDS
UNKNOWN: JSON = {}  # stands for what has not been looked up yet
Parts = Mapping[int, tuple[int, ...]]  # components, and which of their subcomponents; 0: all
NOTHING: Parts = {}
NO_WORDS: Mapping[str, tuple[str, ...]] = {}
Sole = Mapping[str, tuple[int, ...]]  # members, and the components only they tell (`Reading.sole`)


class Ids(Protocol):
    """Derives stable ids, so that the same thing named twice is one resource."""

    def compartment(self, kind: str, *key: str) -> str:
        """Return the id of a compartment: kind ``patient`` or ``directory``."""
        ...

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        """Return the id of a resource in a compartment."""
        ...


@dataclass(frozen=True, slots=True)
class Shared:
    """Elements that many resources have in common, and which of them are assumptions."""

    elements: JSON
    weak: frozenset[str]


#: What a resource shares with those of other messages, and with others of its own
Common = tuple[Shared | None, Shared | None]


class Parent(NamedTuple):
    """A result that another one names as its parent: by its code and sub-id, under an order.

    ``orders`` are the numbers of that order: their kind (PLAC, FILL), and as keys have them.
    """

    code: str
    sub_id: str
    orders: tuple[tuple[str, str], ...]


class Made(NamedTuple):
    """A translated resource and how it meets what is already known.

    ``replace``: a snapshot, takes the place of the whole resource; else only valued elements do.
    ``erase``: what the sender deletes (``""``), as words (`mappings.compiler.nulls`). ``weak``:
    top-level elements that are assumptions and must not overwrite what is known. ``shared``:
    elements it has in common with others. ``first``: the id of the first thing that the message
    says under the same key, where it says several. ``parent``: the result that it belongs to,
    which is not in the message. ``begins``: it is an order, and new (ORC-1). Resources may share
    parts with one another: read them, or copy before changing.
    """

    resource: JSON
    compartment: str
    home: str
    replace: bool
    erase: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    shared: Common | None = None
    first: str = ""
    parent: Parent | None = None
    begins: bool = False


class Listing(NamedTuple):
    """What segments of a name list of a type, in one patient's record.

    ``of`` is the id of the resource whose list it is, "" if it is the patient's; ``whole``: what is
    not among ``ids`` is not on the list. ``fields``: by id, what fields fill that repeat, and are
    valued: their repetitions are all there are.
    """

    segment: str
    type: str
    compartment: str
    of: str
    ids: tuple[str, ...]
    whole: bool
    fields: Mapping[str, tuple[str, ...]] = NO_WORDS


class Trace(NamedTuple):
    """Which row made an element (``--explain``); ``of`` tells resources of a type apart."""

    element: str  # Patient.name.family
    location: str
    row: str
    layer: str
    of: int = 0


class Use(NamedTuple):
    """Which row used a value without carrying it over (``--explain``)."""

    location: str
    kind: str  # key | condition | ignore | code | told | outdone | work | left
    row: str
    layer: str


class Site(NamedTuple):
    """What a translation must know of the sender; from the site profile and the source."""

    source: str
    offset: str = "+08:00"  # or the name of a time zone
    authority: str = ""  # assigning authority of identifiers that name none
    authorities: Mapping[str, str] = {}
    systems: Mapping[str, str] = {}
    units: Mapping[str, str] = {}
    concepts: Mapping[tuple[str, str], tuple[tuple[str, str, str], ...]] = {}
    currency: str = "CNY"
    rows: Mapping[tuple[str, str], str] = {}  # of units, by their list; of codes, by their system
    version: str = ""  # of all that is said of it: what is remembered holds for this one
