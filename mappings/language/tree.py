"""The table language's syntax tree: what the parser yields and the compiler reads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mappings.language.lexer import Line
    from mappings.language.outline import Group, Link, Structure

_SOURCE = re.compile(r"[A-Z][A-Z0-9]{1,2}")  # a segment, or a data type
_FIELD = re.compile(r"[A-Z][A-Z0-9]{2}-[1-9]\d?")


_LONGEST = 500  # letters of an error: it names words of the row


class TableError(ValueError):
    """A table row that is wrong; the message says file, line and why."""

    def __init__(self, where: Where, why: str) -> None:
        why = why if len(why) <= _LONGEST else f"{why[:_LONGEST]}…"  # of a word of a megabyte
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class Where(NamedTuple):
    """The row a thing was written in."""

    file: str
    line: int
    layer: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Setting(NamedTuple):
    """One setting of a site."""

    where: Where
    value: str


class Source(NamedTuple):
    """What a row reads: ``PID-3.4`` is ('PID', 3, 4, 0), ``CX.4`` is ('CX', 0, 4, 0).

    ``name`` is a segment, a data type, '' for the value of the enclosing row, '-' for nothing,
    ``$unit`` for the field that a map is given, or, in a key, ``@Encounter``: the key of that
    resource, and ``"filler"``: that word.
    """

    name: str
    field: int = 0
    component: int = 0
    subcomponent: int = 0

    def __str__(self) -> str:
        text = self.name + (f"-{self.field}" if self.field else "")
        return text + "".join(f".{n}" for n in (self.component, self.subcomponent) if n) or "."


class Test(NamedTuple):
    """One comparison: ``PID-29 valued``, ``OBX-2 in (NM, SN)``, ``count OBX-5 > 1``."""

    kind: str  # valued | in | names | count | length | is-a
    source: Source
    values: tuple[str, ...] = ()
    operator: str = ""


class Combined(NamedTuple):
    """``and``, ``or`` over several conditions, ``not`` over one."""

    operator: str
    parts: tuple[Condition, ...]


Condition = Test | Combined


EXTENSIONS = frozenset({"extension", "modifierExtension"})


class Step(NamedTuple):
    """One step of a FHIR path: ``name[]`` appends, ``name[label]`` is the same item each time.

    ``name[TQ1]`` is the item of this TQ1, ``name[OBX-4]`` of this value of OBX-4, ``name[*]`` every
    item. ``extension[race][]`` appends an extension of that name.
    """

    name: str
    mark: str | None  # None: not an array; "": append; other: label, number, or extension name
    another: bool = False  # one more extension of the name

    @property
    def appends(self) -> bool:
        """Whether each repetition makes an item of its own."""
        return self.mark == "" or self.another

    @property
    def every(self) -> bool:
        """Whether every item of the list is meant."""
        return self.mark == "*"

    @property
    def numbered(self) -> bool:
        """Whether the item is meant that has the number of the segment or repetition read."""
        named = bool(_SOURCE.fullmatch(self.mark or ""))
        return named and self.name not in EXTENSIONS

    @property
    def by_value(self) -> bool:
        """Whether the item is meant that is of this value of a field: ``[OBX-4]``."""
        named = bool(_FIELD.fullmatch(self.mark or ""))
        return named and self.name not in EXTENSIONS

    def __str__(self) -> str:
        again = "[]" if self.another else ""
        return self.name if self.mark is None else f"{self.name}[{self.mark}]{again}"


class Literal(NamedTuple):
    """``= active``, ``= v3-ParticipationType#ATND``, ``= $role``: a constant or a parameter."""

    text: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """``PID-8  gender  codes AdministrativeSex  when PID-8 valued`` and the rows nested in it."""

    where: Where
    sources: tuple[Source, ...]
    target: tuple[Step, ...]
    convert: str = ""  # a data type map ``CX[Identifier]`` or a function ``text()``
    arguments: tuple[Literal, ...] = ()
    literal: Literal | None = None
    codes: str = ""
    only: bool = False  # what the code table does not know makes nothing
    table: str = ""
    when: Condition | None = None
    default: bool = False
    cases: tuple[str, ...] = ()  # of a row inside ``by``; ("otherwise",) matches the rest
    rows: tuple[Row, ...] = ()
    by: Source | None = None
    further: bool = False  # reads a field's repetitions from the second on

    @property
    def path(self) -> str:
        """The target as FHIR writes it, without marks."""
        return ".".join(step.name for step in self.target)


@dataclass(frozen=True, slots=True)
class Key:
    """``key EI(ORC-2|OBR-2) + OBX-4?``: what identifies a resource.

    ``+`` joins, ``|`` is either, ``?`` may be empty, ``-`` is empty, ``"filler"`` is a word; a key
    with any other empty part is passed over for the next. ``EI(…)``, ``XCN(…)`` are identifiers:
    the number together with who assigned it. ``PL[Location](LOC-1)``: that map's keys.
    """

    where: Where
    parts: tuple[tuple[Source, ...], ...]
    optional: tuple[bool, ...] = ()
    types: tuple[str, ...] = ()  # EI, CX … of an identifier, whose number is the source
    when: Condition | None = None  # the key serves only where this holds
    of: str = ""  # the map whose keys it stands for


class Erase(NamedTuple):
    """``erase period.end  when MSH-9.2 is A13``: an element that an event takes back."""

    where: Where
    path: tuple[Step, ...]
    when: Condition | None = None
    value: str = ""  # where it has this alone: ``status=revoked``


@dataclass(frozen=True, slots=True)
class Map:
    """A table ``PID -> Patient`` or ``CX -> Identifier``: its rows, and its resource's key."""

    where: Where
    name: str  # ``PID[Patient]``, as HL7 names its maps
    source: str
    target: str
    parameters: tuple[str, ...] = ()
    home: str = "patient"  # patient | directory | message (of the message alone, never kept)
    replace: bool = False
    gives: str = ""  # "way", or "all" it says, to what another map makes of the same type
    when: Condition | None = None  # the map applies only where this holds
    keys: tuple[Key, ...] = ()
    rows: tuple[Row, ...] = ()
    ignored: frozenset[tuple[str, str]] = frozenset()  # (source, the row that says so)
    erases: tuple[Erase, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """One row of a code table."""

    where: Where
    code: str
    target: str  # "" : known, and deliberately without a FHIR code
    display: str = ""
    system: str = ""  # "" : the table's


@dataclass(frozen=True, slots=True)
class Codes:
    """A code table ``codes AdministrativeSex  0001 -> administrative-gender``."""

    where: Where
    name: str
    table: str
    system: str
    codes: dict[str, Code] = field(default_factory=dict)


class Filler(NamedTuple):
    """``AL1-3  1 2  filler``: in these parts of a field or data type such words are no value."""

    where: Where
    components: tuple[int, ...]
    shapes: tuple[str, ...]


class Named(NamedTuple):
    """Values, or a condition, that rows ask for by one name: the words that it stands for."""

    where: Where
    words: tuple[str, ...]


@dataclass(slots=True)
class Tables:
    """Everything the layers say, merged: later layers override or add rows."""

    maps: dict[str, Map] = field(default_factory=dict)
    codes: dict[str, Codes] = field(default_factory=dict)
    structures: dict[str, Structure] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)  # systems, extensions, ...
    named: dict[tuple[str, str], Where] = field(default_factory=dict)  # list and name: its row
    links: list[Link] = field(default_factory=list)
    settings: dict[str, Setting] = field(default_factory=dict)
    ignored: dict[str, Where] = field(default_factory=dict)  # segments left out altogether
    fillers: dict[str, Filler] = field(default_factory=dict)  # by field, or data type
    sets: dict[str, Named] = field(default_factory=dict)
    conditions: dict[str, Named] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)  # of segments, that structures name
    omitted: dict[str, list[Line]] = field(default_factory=dict)  # by every map of a segment
    blocks: dict[str, list[Line]] = field(default_factory=dict)  # of maps, as first written
    #: What later layers add to a set, or a condition, where each does
    more: dict[tuple[str, str], dict[Where, tuple[str, ...]]] = field(default_factory=dict)
    asked: set[Where] = field(default_factory=set)  # what of sets, conditions, groups is used
