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
MAX_FIELDS = 80  # that a table may read of a segment
NO_FIELDS = [""] * MAX_FIELDS
UNKNOWN: JSON = {}  # stands for what has not been looked up yet
Parts = Mapping[int, tuple[int, ...]]  # components, and which of their subcomponents; 0: all
NOTHING: Parts = {}
Sole = Mapping[str, tuple[int, ...]]  # members of an object, and the components only they tell
BLANK = "~^& "  # of a value that has none of these characters beside it, nothing is valued


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

    element: str  # Patient.name.family
    location: str
    row: str
    layer: str


class Use(NamedTuple):
    """Which row used a value without carrying it over (``--explain``)."""

    location: str
    kind: str  # key | condition | ignore | code | told
    row: str
    layer: str


class Suspect(NamedTuple):
    """A finding that does not hold if another map carries the value: its place among findings."""

    place: int
    kind: str  # value | part | repetition
    location: Location


class Lent(Protocol):
    """What maps of other segments read of a field (`mappings.compiler.plan.Lent`)."""

    @property
    def parts(self) -> Parts:
        """Its parts that are read."""
        ...

    @property
    def repeats(self) -> bool:
        """Whether all its repetitions are."""
        ...


class Loan(NamedTuple):
    """A value that only maps of other segments may carry: the segment it stands in, and what of."""

    ordinal: int
    text: str
    lent: Lent


class Carrying(Protocol):
    """What a map does with the fields of its segment (`mappings.compiler.generate.Facts`)."""

    @property
    def surely(self) -> frozenset[int]:
        """Fields that are carried over."""
        ...

    @property
    def repeated(self) -> frozenset[int]:
        """Fields that are carried over with all their repetitions."""
        ...

    @property
    def reads(self) -> Mapping[int, Mapping[int, frozenset[int]]]:
        """Parts of fields that are read."""
        ...


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
        "authorities", "base", "cache", "carried", "compartment", "control_id", "current",
        "directories", "envelope", "erased",
        "explained", "families", "findings", "ids", "length", "lent", "made",
        "memo", "offset", "ordinal", "scope", "segment", "site", "suspects",
        "unmapped", "unplaced", "used", "weak",
    )  # fmt: skip

    def __init__(
        self, ids: Ids, site: Site, memory: Memory, *, envelope: bool, explain: bool
    ) -> None:
        self.ids = ids
        self.site = site
        self.offset = site.offset
        self.findings: list[Finding] = []
        self.suspects: list[Suspect] = []
        self.carried: set[Location] = set()  # fields that rows which need not have, have carried
        self.lent: dict[tuple[str, int], Loan] = {}  # not carried by any segment's map so far
        self.base = ""  # of the elements being built (``--explain``)
        self.unmapped: list[Unmapped] = []
        self.used: list[Use] = []
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
            loan, (segment, _, location) = self._loan(location), location.partition("-")
            segment += f"[{loan.ordinal}]" if loan is not None and loan.ordinal > 1 else ""
        else:
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
        if isinstance(root, str) and self._loan(root) is None:
            return
        self.findings.append(Finding(severity, code, self.locate(location), detail))

    def bad(self, location: Location, type_: str) -> None:
        """Return a value that does not parse as `type_`."""
        self.say("warning", "bad-value", location, f"not a {type_}")

    def kept(self, location: Location, type_: str) -> None:
        """Find a value that does not parse as `type_`, and is kept as text."""
        self.say("warning", "kept-as-text", location, f"not a {type_}")

    def lost(self, location: Location) -> None:
        """Find a valued component without a row."""
        self._suspect("part", "warning", "unmapped-component", location)

    def incomplete(self, fields: list[str], numbers: tuple[int, ...]) -> None:
        """Find the fields of an object that lacks what R4 requires, and was left out."""
        for number in numbers:
            if fields[number]:
                self.say("warning", "incomplete", number)

    def miss(self, code: str, location: Location, certain: bool = False) -> None:
        """Find a value that no row of a map carried, though one reads it; `code` says why.

        Unless `certain`, another map of the same segment may carry a whole field.
        """
        severity: Severity = "warning" if code == "bad-value" else "information"
        if certain or isinstance(location, tuple):
            self.say(severity, code, location)
        else:
            self._suspect("value", severity, code, location)

    def miss_parts(
        self, code: str, location: Location, text: str, separator: str, parts: Parts
    ) -> None:
        """Find the parts of a value that only a row would have carried which did not."""
        pieces = text.partition("~")[0].split(separator)
        for number in parts:
            if number <= len(pieces) and pieces[number - 1].strip(BLANK):
                self.miss(code, (location, number))

    def unread(self, text: str, location: Location, separator: str, parts: Parts) -> None:
        """Find the valued parts of a value that no row reads."""
        for number, piece in enumerate(text.split(separator), 1):
            known = parts.get(number)
            if piece and not (known and 0 in known):
                unread(piece, known, self, (location, number))

    def stamp(self, text: str, location: Location, separator: str, also: Parts | None) -> None:
        """Find what a time says beside itself: all but how many of its digits count (TS.2)."""
        for number, piece in enumerate(text.split(separator)[1:], 2):
            if also is not None and piece and (number > 2 or not values.is_precision(piece)):
                unread(piece, also.get(number), self, (location, number))

    def pieces(self, text: str, field: int, parts: Parts) -> None:
        """Find what rows do not read of a field of which they read components only."""
        first, _, rest = text.partition("~")
        if rest.strip(BLANK):
            self._suspect("repetition", "warning", "extra-repetition", field)
        self.unread(first, (field, 0), "^", parts)

    def lend(self, field: int, text: str, lent: Lent) -> None:
        """Note a value of this segment that only maps of other segments may carry."""
        self._default(self.segment, field)
        self.lent[self.segment, field] = Loan(self.ordinal, text, lent)

    def repay(self, segment: str, field: int) -> None:
        """Note that another segment's map carried a value; find what it did not read of it."""
        loan = self.lent.pop((segment, field), None)
        if loan is None:
            return
        here, before = (self.segment, self.ordinal), len(self.suspects)
        self.segment, self.ordinal = segment, loan.ordinal
        for number, text in enumerate(loan.text.split("~")):
            if number and not loan.lent.repeats:
                self.say("warning", "extra-repetition", field)
                break
            if 0 not in loan.lent.parts:
                self.unread(text, (field, number), "^", loan.lent.parts)
        del self.suspects[before:]  # no map of the segment it stands in reads them
        self.segment, self.ordinal = here

    def _loan(self, location: str) -> Loan | None:
        """Return what is lent of another segment's field: ``OBR-7``."""
        segment, _, number = location.partition("-")
        return self.lent.get((segment, int(number)))

    def foreclose(self) -> None:
        """Find what no map has carried."""
        for segment, field in list(self.lent):
            self._default(segment, field)

    def _default(self, segment: str, field: int) -> None:
        loan = self.lent.pop((segment, field), None)
        if loan is not None:
            here = self.segment, self.ordinal
            self.segment, self.ordinal = segment, loan.ordinal
            self.say("information", "not-applicable", field)
            self.segment, self.ordinal = here

    def _suspect(self, kind: str, severity: Severity, code: str, location: Location) -> None:
        before = len(self.findings)
        self.say(severity, code, location)
        if len(self.findings) > before:
            self.suspects.append(Suspect(before, kind, location))

    def settle(self, run: list[Carrying]) -> None:
        """Take back what the maps that ran on a segment found against one another."""
        for suspect in reversed(self.suspects):
            if self._carried(suspect, run):
                del self.findings[suspect.place]
        self.suspects.clear()

    def _carried(self, suspect: Suspect, run: list[Carrying]) -> bool:
        steps: list[int] = []
        field = suspect.location
        while isinstance(field, tuple):
            field, step = field
            steps.insert(0, step)
        if suspect.kind == "repetition":
            return any(field in facts.repeated for facts in run)
        if suspect.kind == "value":
            return field in self.carried or any(field in facts.surely for facts in run)
        _, component, *below = steps
        for facts in run:
            reads = facts.reads.get(field, {})
            known = reads.get(component, frozenset())
            if 0 in reads or (below[0] in known if below else 0 in known):
                return True
        return False

    def trace(self, element: str, location: Location, row: str) -> None:
        """Record which row made an element."""
        if self.explained is not None:
            where, _, layer = row.partition("@")
            self.explained.append(Trace(self.base + element, self.locate(location), where, layer))

    def use(
        self, uses: tuple[tuple[int, int, str, str, str], ...], at: Location | None = None
    ) -> None:
        """Record what a map uses of its segment, or of the value at a place (``--explain``)."""
        for field, component, *rest in uses:
            location: Location = ((field, 0), component) if component else field
            if at is not None:
                location = (at, component)
            self.used.append(Use(self.locate(location), *rest))

    def omit(self, row: str) -> None:
        """Record that a segment is left out on purpose (``--explain``)."""
        where, _, layer = row.partition("@")
        self.used.append(Use(self.locate(0), "ignore", where, layer))

    def without(self, row: str, location: Location, kind: str = "code") -> None:
        """Record what nothing need be made of, and what says so (``--explain``)."""
        if self.explained is not None:
            self.used.append(Use(self.locate(location), kind, row, ""))

    # -- reading -------------------------------------------------------------------------------

    def first(self, value: str, location: Location, also: Parts | None = NOTHING) -> str:
        """First component; what else is valued is found, unless other rows read it (`also`)."""
        value, *rest = value.split("^")
        if also is not None:
            for number, piece in enumerate(rest, 2):
                known = also.get(number)
                if piece and not (known and 0 in known):
                    unread(piece, known, self, (location, number))
        return value

    def repetition(self, value: str, location: Location) -> str:
        """First repetition; further ones are found."""
        value, _, rest = value.partition("~")
        if rest.strip(BLANK):
            self._suspect("repetition", "warning", "extra-repetition", location)
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
        sole: Sole,
        also: Parts | None = NOTHING,
    ) -> JSON | None:
        """Build the resource that a value names, and return a reference to it.

        A source's practitioners and places come again and again: what a value in which nothing
        was lost became is remembered for all its messages.
        """
        if home != "directory" or self.explained is not None:
            return self._refer(type_, build, key, parts, location, home, replace, sole, also)
        known = self.directories.get((build, value))
        if known is not None:
            for made in known.made:
                lost = self._keep(made)
                if lost and made is known.made[-1] and told(lost, sole, parts):
                    self.say("information", "already-filled", location)
            return known.reference
        findings, before = len(self.findings), len(self.made)
        reference = self._refer(type_, build, key, parts, location, home, replace, sole, also)
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
        sole: Sole,
        also: Parts | None,
    ) -> JSON | None:
        resource = build(parts, self, location, also=also)
        if resource is None:
            return None
        id_, compartment = self._identify(type_, key, parts, home)
        resource = {"resourceType": type_, "id": id_, **resource}
        lost = self._keep(Made(resource, compartment, home, replace))
        if lost and told(lost, sole, parts):
            self.say("information", "already-filled", location)
        reference = {"reference": f"{type_}/{id_}"}
        display = _display(resource)
        if display:
            reference["display"] = display
        return reference

    def _identify(
        self,
        type_: str,
        key: Callable[[list[str]], tuple[str, ...] | None],
        parts: list[str],
        home: str,
    ) -> tuple[str, str]:
        """Return the id and compartment of the resource that a value names."""
        named = key(parts) or ("content", _digest(parts))
        compartment = self.directory() if home == "directory" else self.compartment
        if home == "directory":
            named = self.own(named)
        return self.ids.resource(compartment, type_, *named), compartment

    def names(
        self,
        reference: JSON,
        type_: str,
        key: Callable[[list[str]], tuple[str, ...] | None],
        parts: list[str],
        home: str,
    ) -> bool:
        """Whether a value names what is referred to already."""
        id_, _ = self._identify(type_, key, parts, home)
        return self.same(reference, f"{type_}/{id_}")

    def same(self, reference: JSON, other: str) -> bool:
        """Whether a reference refers to a resource: to itself, or to someone in a role."""
        role = self.scope.find("PractitionerRole")
        if role is not None and role.reference is reference:
            reference = role.resource.get("practitioner", reference)
        return bool(reference["reference"] == other)

    def _keep(self, made: Made) -> tuple[str, ...]:
        """Add a resource; what is said of it again only fills what is missing.

        Returns the elements that were said otherwise before.
        """
        name = made.resource["resourceType"], made.resource["id"]
        known = self.made.get(name)
        if known is None:
            self.made[name] = made
        elif known.resource is not made.resource:
            merged = {**made.resource, **known.resource}
            if len(merged) > len(known.resource):
                self.made[name] = known._replace(resource=merged)
            return tuple(
                name for name, value in made.resource.items()
                if not _says(known.resource.get(name, value), value)
            )  # fmt: skip
        return ()


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


def add(holder: JSON, name: str, value: Any) -> bool:
    """Append to a list element, without making doubles; one number is one identifier.

    Returns whether an identifier says something that finds no room beside what is known of it.
    """
    known = holder.get(name)
    if known is None:
        holder[name] = [value]
    elif value not in known:
        if name == "identifier":
            for same in known:
                if same.get("value") == value.get("value") and same.get("system") == value.get(
                    "system"
                ):
                    return bool(fill(same, value))
        known.append(value)
    return False


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


def period_end(holder: JSON, value: str, context: Context, location: Location) -> bool:
    """Set the end of a period, unless it is before the start: that is found, and left out.

    Returns whether another end stands there already.
    """
    if "end" in holder:
        return bool(holder["end"] != value)
    if values.is_after(holder.get("start", ""), value):
        context.say("warning", "bad-value", location, "the end is before the start")
    else:
        holder["end"] = value
    return False


def in_order(range_: JSON) -> bool:
    """Whether the low end of a range is not above the high one."""
    low, high = (range_.get(end, NOTHING).get("value") for end in ("low", "high"))
    return low is None or high is None or bool(low <= high)


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


def fill(holder: JSON, value: JSON) -> tuple[str, ...]:
    """Put members into an object that lacks them; lists and objects are brought together.

    Returns the members that are there already with another value, which stays.
    """
    lost: tuple[str, ...] = ()
    for name, item in value.items():
        known = holder.setdefault(name, item)
        if known is item or _says(known, item):
            continue
        if isinstance(known, list) and isinstance(item, list):
            more = [each for each in item if not _says(known, [each])]
            holder[name] = known + more
        elif isinstance(known, dict) and isinstance(item, dict):
            holder[name] = {**known}  # it may be shared with other messages
            lost += (name,) if fill(holder[name], item) else ()
        else:
            lost += (name,)
    return lost


def together(known: Made, other: Made) -> tuple[JSON, bool]:
    """Return what two say of one thing, and whether the second says anything otherwise.

    Of a person or place of the directory the first has said all there is to an element.
    """
    if known.home == "directory":
        merged = {**other.resource, **known.resource}
        lost = any(not _says(merged[name], item) for name, item in other.resource.items())
        return merged, lost
    merged = {**known.resource}
    return merged, bool(fill(merged, other.resource))


def _says(known: Any, item: Any) -> bool:
    """Whether what is known says everything that an item does."""
    if isinstance(known, dict) and isinstance(item, dict):
        return all(name in known and _says(known[name], part) for name, part in item.items())
    if isinstance(known, list) and isinstance(item, list):
        return all(any(_says(one, each) for one in known) for each in item)
    return bool(known == item)


def told(lost: tuple[str, ...], sole: Sole, parts: list[str]) -> bool:
    """Whether members that found no room tell a component that no other member tells."""
    length = len(parts)
    return any(n <= length and parts[n - 1] for name in lost for n in sole.get(name, ()))


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
    parted: tuple[int, ...],
    known: int,
    read: Parts,
    context: Context,
    location: Location,
    also: Parts,
) -> None:
    """Find valued components that no row of a data type map reads, nor others (`also`).

    ``parted`` are those, up to the last `known`, of which rows do not read the whole.
    """
    for number in (*parted, *range(known + 1, length + 1)):
        if number <= length and parts[number - 1]:
            found = (*read.get(number, ()), *also.get(number, ()))
            unread(parts[number - 1], found, context, (location, number))


def unread(piece: str, read: tuple[int, ...] | None, context: Context, location: Location) -> None:
    """Find a component, or those of its subcomponents, that rows do not read."""
    if not read:
        if piece.strip(BLANK):
            context.lost(location)
    elif 0 not in read and "&" in piece:
        for number, below in enumerate(piece.split("&"), 1):
            if below.strip() and number not in read:
                context.lost((location, number))
