"""The state of one translation: what generated code reads from and writes to.

One `Context` lives for one message. Locations travel as nested tuples (field, repetition), then
component, then subcomponent, and become text only if there is something to say about them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, NamedTuple, Protocol

from mappings.findings import Finding, Severity, Unmapped
from mappings.hl7v2.escapes import unescape
from mappings.runtime import values
from mappings.runtime.memory import MEMO_SIZE, Memory, Named, Shared

Location = Any  # int | tuple[Location, int]
JSON = dict[str, Any]

_CHUNK = 1 << 16
MAX_FIELDS = 64  # that a table may read of a segment
NO_FIELDS = [""] * MAX_FIELDS
UNKNOWN: JSON = {}  # stands for what has not been looked up yet


class Ids(Protocol):
    """Derives stable ids, so that the same thing named twice is one resource."""

    def compartment(self, kind: str, *key: str) -> str:
        """Return the id of a compartment: kind ``patient`` or ``directory``."""
        ...

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        """Return the id of a resource in a compartment."""
        ...


class Made(NamedTuple):
    """A translated resource and how it meets what is already known.

    ``replace``: a snapshot, takes the place of the whole resource; else only valued elements do.
    ``erase``: top-level elements deleted by the sender (``""``). ``weak``: top-level elements
    that are assumptions and must not overwrite what is known. ``shared``: elements it has in
    common with others. Resources may share parts with one another: read them, or copy before
    changing.
    """

    resource: JSON
    compartment: str
    home: str
    replace: bool
    erase: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    shared: Shared | None = None


class Trace(NamedTuple):
    """Which row made an element (``--explain``)."""

    resource: str
    element: str
    location: str
    row: str
    layer: str


class Site(NamedTuple):
    """What a translation must know of the sender; from the site profile and the source."""

    source: str
    offset: str = "+08:00"
    authority: str = ""  # assigning authority of identifiers that name none
    authorities: Mapping[str, str] = {}
    systems: Mapping[str, str] = {}
    units: Mapping[str, str] = {}
    concepts: Mapping[tuple[str, str], tuple[tuple[str, str, str], ...]] = {}
    currency: str = "CNY"


class Context:
    """See the module's docstring."""

    __slots__ = (
        "authorities", "cache", "compartment", "control_id", "current", "directories", "envelope",
        "erased",
        "explained", "families", "findings", "ids", "length", "made",
        "memo", "offset", "ordinal", "scope", "segment", "site", "unmapped", "unplaced", "weak",
    )  # fmt: skip

    def __init__(
        self, ids: Ids, site: Site, memory: Memory, *, envelope: bool, explain: bool
    ) -> None:
        self.ids = ids
        self.site = site
        self.offset = site.offset
        self.findings: list[Finding] = []
        self.unmapped: list[Unmapped] = []
        self.explained: list[Trace] | None = [] if explain else None
        self.current: dict[str, list[str]] = {}
        self.segment = "MSH"
        self.ordinal = 1
        self.length = 0  # of the segment: how many fields it has, its name among them
        self.control_id = ""
        self.compartment = ""
        self.scope: Any = None
        self.families: dict[Any, Any] = {}  # results that others may belong to,
        self.unplaced: list[Any] = []  # and those not looked at yet
        self.made: dict[tuple[str, str], Made] = {}
        self.weak: set[str] = set()
        self.erased: set[str] = set()
        self.cache: dict[Any, JSON | None] = {}
        self.envelope = envelope
        self.memo = memory.codes
        self.directories = memory.directories
        self.authorities = memory.authorities

    # -- saying what was lost ------------------------------------------------------------------

    def locate(self, location: Location) -> str:
        """``(((3, 1), 4), 0)`` → ``PID-3[2].4.1``."""
        steps: list[int] = []
        while isinstance(location, tuple):
            location, step = location
            steps.append(step)
        if isinstance(location, str):
            location, _, number = location.partition("-")
            return f"{location}-{number}" + "".join(f".{s}" for s in reversed(steps) if s)
        segment = self.segment if self.ordinal == 1 else f"{self.segment}[{self.ordinal}]"
        if not location:
            return segment
        text = f"{segment}-{location}"
        if steps:
            repetition = steps.pop()
            if repetition:
                text += f"[{repetition + 1}]"
        return text + "".join(f".{step}" for step in reversed(steps))

    def say(self, severity: Severity, code: str, location: Location, detail: str = "") -> None:
        """Record a finding; of another segment's field, that segment's own table says it."""
        root = location
        while isinstance(root, tuple):
            root = root[0]
        if isinstance(root, str):
            return
        self.findings.append(Finding(severity, code, self.locate(location), detail))

    def bad(self, location: Location, type_: str) -> None:
        """Return a value that does not parse as `type_`."""
        self.say("warning", "bad-value", location, f"not a {type_}")

    def kept(self, location: Location, type_: str) -> None:
        """Find a value that does not parse as `type_`, and is kept as text."""
        self.say("warning", "kept-as-text", location, f"not a {type_}")

    def lost(self, location: Location) -> None:
        """Return a valued component without a row."""
        self.say("warning", "unmapped-component", location)

    def trace(self, resource: JSON, element: str, location: Location, row: str) -> None:
        """Record which row made an element."""
        if self.explained is not None:
            where, _, layer = row.partition("@")
            name = resource.get("resourceType", "")
            self.explained.append(Trace(name, element, self.locate(location), where, layer))

    # -- reading -------------------------------------------------------------------------------

    def first(self, value: str, location: Location) -> str:
        """First repetition's first component; what else is valued is found."""
        if "~" in value:
            value, rest = value.split("~", 1)
            if rest.strip("~^&"):
                self.say("warning", "extra-repetition", location)
        if "^" in value:
            value, *rest_ = value.split("^")
            for number, part in enumerate(rest_, 2):
                if part:
                    self.lost(((location, 0), number))
        return value

    def repetition(self, value: str, location: Location) -> str:
        """First repetition; further ones are found."""
        value, _, rest = value.partition("~")
        if rest.strip("~^&"):
            self.say("warning", "extra-repetition", location)
        return value

    def value(self, segment: str, field: int, component: int = 0, subcomponent: int = 0) -> str:
        """Return a value of the nearest segment of that name so far; "" if there is none."""
        fields = self.current.get(segment)
        if fields is None or field >= len(fields):
            return ""
        text = fields[field]
        if component:
            text = part(text.split("~", 1)[0], "^", component)
        if subcomponent:
            text = part(text, "&", subcomponent)
        return text

    def event(self) -> str:
        """Return the trigger event: MSH-9.2, else EVN-1."""
        return self.value("MSH", 9, 2) or self.value("EVN", 1, 1)

    # -- making --------------------------------------------------------------------------------

    def directory(self) -> str:
        """Return the compartment of this source's practitioners, organizations, locations."""
        return self.ids.compartment("directory", self.site.source)

    def own(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """Return a directory's key; a number of the hospital's own needs no authority to say so."""
        if len(key) == 2 and key[1] and key[1].partition("&")[0] == self.site.authority:
            return key[0], ""
        return key

    def refer(
        self,
        type_: str,
        build: Callable[..., JSON | None],
        key: Callable[[list[str]], tuple[str, ...] | None],
        value: str,
        parts: list[str],
        location: Location,
        home: str,
        replace: bool,
    ) -> JSON | None:
        """Build the resource that a value names, and return a reference to it.

        A source's practitioners and places come again and again: what a value in which nothing
        was lost became is remembered for all its messages.
        """
        if home != "directory" or self.explained is not None:
            return self._refer(type_, build, key, parts, location, home, replace)
        known = self.directories.get((build, value))
        if known is not None:
            for made in known.made:
                self._keep(made)
            return known.reference
        findings, before = len(self.findings), len(self.made)
        reference = self._refer(type_, build, key, parts, location, home, replace)
        if reference is not None and len(self.findings) == findings:
            made_of_it = tuple(islice(self.made.values(), before, None))
            if made_of_it:  # else it was spoken of before in this message, perhaps differently
                if len(self.directories) >= MEMO_SIZE:
                    self.directories.clear()
                self.directories[build, value] = Named(reference, made_of_it)
        return reference

    def _refer(
        self,
        type_: str,
        build: Callable[..., JSON | None],
        key: Callable[[list[str]], tuple[str, ...] | None],
        parts: list[str],
        location: Location,
        home: str,
        replace: bool,
    ) -> JSON | None:
        resource = build(parts, self, location)
        if resource is None:
            return None
        named = key(parts) or ("content", _digest(parts))
        compartment = self.directory() if home == "directory" else self.compartment
        if home == "directory":
            named = self.own(named)
        id_ = self.ids.resource(compartment, type_, *named)
        resource = {"resourceType": type_, "id": id_, **resource}
        self._keep(Made(resource, compartment, home, replace))
        reference = {"reference": f"{type_}/{id_}"}
        display = _display(resource)
        if display:
            reference["display"] = display
        return reference

    def _keep(self, made: Made) -> None:
        """Add a resource; what is said of it again only fills what is missing."""
        name = made.resource["resourceType"], made.resource["id"]
        known = self.made.get(name)
        if known is None:
            self.made[name] = made
        elif known.resource is not made.resource:
            merged = {**made.resource, **known.resource}
            if len(merged) > len(known.resource):
                self.made[name] = known._replace(resource=merged)


def _digest(parts: list[str]) -> str:
    known = hashlib.sha256()
    for number, part_ in enumerate(parts):
        known.update(b"^" if number else b"")
        for start in range(0, len(part_), _CHUNK):  # a PDF is not copied whole
            known.update(part_[start : start + _CHUNK].encode())
    return known.hexdigest()


def _display(resource: JSON) -> str | None:
    name = resource.get("name")
    if isinstance(name, list) and name:
        name = name[0].get("text")
    return name if isinstance(name, str) else None


def part(text: str, separator: str, number: int) -> str:
    """Component `number` (from 1) of `text`, or ""."""
    if separator not in text:
        return text if number == 1 else ""
    start = 0
    for _ in range(number - 1):  # not `split`, which would copy a whole PDF to look beside it
        start = text.find(separator, start) + 1
        if not start:
            return ""
    end = text.find(separator, start)
    return text[start:] if end < 0 else text[start:end]


def leaf(text: str) -> str:
    """Return a component's plain text, for conditions."""
    return unescape(text).strip() if "\\" in text else text


def add(holder: JSON, name: str, value: Any) -> None:
    """Append to a list element, without making doubles; one number is one identifier."""
    known = holder.get(name)
    if known is None:
        holder[name] = [value]
    elif value not in known:
        if name == "identifier":
            for same in known:
                if same.get("value") == value.get("value") and same.get("system") == value.get(
                    "system"
                ):
                    fill(same, value)
                    return
        known.append(value)


def child(holder: JSON, name: str) -> JSON:
    """Return the object below `holder`, made if need be."""
    known: JSON | None = holder.get(name)
    if known is None:
        known = holder[name] = {}
    return known


def fresh(holder: JSON, name: str) -> JSON:
    """Return a new item of a list element."""
    item: JSON = {}
    holder.setdefault(name, []).append(item)
    return item


def period_end(holder: JSON, value: str, context: Context, location: Location) -> None:
    """Set the end of a period, unless it is before the start: that is found, and left out."""
    if "end" not in holder:
        if values.is_after(holder.get("start", ""), value):
            context.say("warning", "bad-value", location, "the end is before the start")
        else:
            holder["end"] = value


def nth(holder: JSON, name: str, number: int) -> JSON:
    """Item `number` (from 1) of a list element, made if need be."""
    items: list[JSON] = holder.setdefault(name, [])
    while len(items) < number:
        items.append({})
    return items[number - 1]


def extension(holder: JSON, name: str, url: str) -> JSON:
    """Return the extension (or modifierExtension) with that URL, made if need be."""
    for item in holder.get(name, ()):
        if item["url"] == url:
            found: JSON = item
            return found
    item = {"url": url}
    holder.setdefault(name, []).append(item)
    return item


def fill(holder: JSON, value: JSON) -> None:
    """Put members into an object that lacks them."""
    for name, item in value.items():
        holder.setdefault(name, item)


def test_shape(shape: str, value: str) -> bool:
    """``is-a`` conditions."""
    return values.SHAPES[shape](leaf(value))


def head(value: str) -> str:
    """First component of the first repetition, as plain text."""
    if "~" in value:
        value = value.partition("~")[0]
    if "^" in value:
        value = value.partition("^")[0]
    return leaf(value)


def part_of(parts: list[str], component: int, subcomponent: int) -> str:
    """Component (and subcomponent) of a split value, for keys."""
    if component > len(parts):
        return ""
    value = parts[component - 1]
    return (part(value, "&", subcomponent) if subcomponent else value).strip()


def count(value: str) -> int:
    """How many repetitions a field has."""
    return value.count("~") + 1 if value else 0


def lost(
    parts: list[str],
    length: int,
    unused: tuple[int, ...],
    used: int,
    context: Context,
    location: Location,
) -> None:
    """Find valued components that no row of a data type map reads."""
    for index in (*unused, *range(used, length)):
        if index < length and parts[index]:
            context.lost((location, index + 1))
