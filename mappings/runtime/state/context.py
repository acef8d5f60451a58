"""The state of one translation: what generated code reads from and writes to.

One `Context` lives for one message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from mappings.findings import Unmapped
from mappings.hl7v2.encapsulated import Encapsulated
from mappings.runtime.state.elements import called, says, told
from mappings.runtime.state.losses import Losses, unread
from mappings.runtime.state.memory import Memo, Memory, Named, remember
from mappings.runtime.text.pieces import BLANK, part
from mappings.runtime.text.zones import Offset
from mappings.runtime.types import JSON, NOTHING, Ids, Location, Made, Parts, Site, Sole

_CHUNK = 1 << 16


class Context(Losses):
    """See the module's docstring."""

    __slots__ = (
        "alike", "assigners", "authorities", "awaited", "cache", "compartment", "control_id",
        "current", "data", "directories", "envelope", "event", "families", "held", "ids", "items",
        "length", "made", "memo", "offset", "runs", "said", "scope", "site", "slots", "type",
        "unmapped", "unplaced", "weak",
    )  # fmt: skip

    def __init__(
        self,
        ids: Ids,
        site: Site,
        memory: Memory,
        data: Mapping[str, Encapsulated],
        *,
        envelope: bool,
        explain: bool,
    ) -> None:
        super().__init__(explain=explain)
        self.ids = ids
        self.site = site
        self.data = data  # what is set aside, by the marks in its places
        self.offset: Offset = site.offset
        self.unmapped: list[Unmapped] = []
        self.current: dict[str, list[str]] = {}
        self.length = 0  # of the segment: how many fields it has, its name among them
        self.control_id = ""
        self.type = ""  # MSH-9.1, as plain text
        self.event = ""  # MSH-9.2 (else EVN-1): what triggered the message
        self.compartment = ""
        self.scope: Any = None
        self.slots: list[Any] = []  # the resources that segments have begun so far
        self.families: dict[str, Any] = {}  # what results before one tell of it
        self.unplaced: list[Any] = []  # results that others may belong to,
        self.awaited: list[Any] = []  # and those that belong to one (`families`)
        self.items: dict[tuple[int, str], Any] = {}  # lists with numbered items
        self.held: dict[Any, Any] = {}  # what long lists hold (`held.Held`)
        self.runs: dict[str, tuple[Any, int, int]] = {}  # segments in a row (`items.in_a_row`)
        self.made: dict[tuple[str, str], Made] = {}
        self.said: list[Made] = []  # each resource that a value names, as it is said there
        self.weak: set[str] = set()
        self.alike = Memo(None)  # what segments of one kind have in common here
        self.cache: dict[Any, JSON | None] = {}
        self.envelope = envelope
        self.memo = memory.codes
        self.directories = memory.directories
        self.authorities = memory.authorities
        self.assigners = memory.assigners

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

    # -- making --------------------------------------------------------------------------------

    def directory(self) -> str:
        """Return the compartment of this source's practitioners, organizations, locations."""
        return self.ids.compartment("directory", self.site.source)

    def record(self) -> str:
        """Return the compartment of the patient; where a message names none, one of its own."""
        if self.compartment:
            return self.compartment
        return self.ids.compartment("patient", self.site.source, "message", self.control_id)

    def refer(
        self,
        type_: str,
        build: Callable[..., JSON | None],
        key: Callable[[list[str], Context], tuple[str, ...] | None],
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
        known: Named | None = self.directories.get((build, value))
        if known is not None:
            lost = [self._keep(made, location) for made in known.made]
            if not any(lost):
                return known.reference
        # If it was said otherwise before in this message, making it again finds what is lost.
        findings, before = len(self.findings), len(self.said)
        reference = self._refer(type_, build, key, parts, location, home, replace, sole, also)
        if reference is not None and len(self.findings) == findings:
            remember(self.directories, (build, value), Named(reference, tuple(self.said[before:])))
        return reference

    def _refer(
        self,
        type_: str,
        build: Callable[..., JSON | None],
        key: Callable[[list[str], Context], tuple[str, ...] | None],
        parts: list[str],
        location: Location,
        home: str,
        replace: bool,
        sole: Sole,
        also: Parts | None,
    ) -> JSON | None:
        weak, self.weak = self.weak, set()
        resource = build(parts, self, location, also=also)
        weak, self.weak = self.weak, weak
        if resource is None:
            return None
        id_, compartment = self._identify(type_, key, parts, home)
        resource = {"resourceType": type_, "id": id_, **resource}
        assumed = tuple(sorted(weak)) if weak else ()
        lost = self._keep(Made(resource, compartment, home, replace, weak=assumed), location)
        if lost and told(lost, sole, parts):
            self.say("information", "already-filled", location)
            resource = self.made[type_, id_].resource  # it is called what it was called before
        reference = {"reference": f"{type_}/{id_}"}
        display = called(resource)
        if display:
            reference["display"] = display
        return reference

    def _identify(
        self,
        type_: str,
        key: Callable[[list[str], Context], tuple[str, ...] | None],
        parts: list[str],
        home: str,
    ) -> tuple[str, str]:
        """Return the id and compartment of the resource that a value names."""
        named = key(parts, self) or ("content", _digest(parts))
        compartment = self.directory() if home == "directory" else self.record()
        return self.ids.resource(compartment, type_, *named), compartment

    def names(
        self,
        reference: JSON,
        type_: str,
        key: Callable[[list[str], Context], tuple[str, ...] | None],
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

    def _keep(self, made: Made, location: Location) -> tuple[str, ...]:
        """Add a resource; what is said of it again only fills what is missing.

        Returns the elements that were said otherwise before.
        """
        name = made.resource["resourceType"], made.resource["id"]
        self.said.append(made)
        known = self.made.get(name)
        if known is None:
            self.made[name] = made
            self.places[name] = self.segment, self.ordinal, location
        elif known.resource is not made.resource:
            merged = {**made.resource, **known.resource}
            if len(merged) > len(known.resource):
                self.made[name] = known._replace(resource=merged)
            return tuple(
                name for name, value in made.resource.items()
                if not says(known.resource.get(name, value), value)
            )  # fmt: skip
        return ()


def _digest(parts: list[str]) -> str:
    known = hashlib.sha256()
    for number, part_ in enumerate(parts):
        known.update(b"^" if number else b"")
        for start in range(0, len(part_), _CHUNK):  # a PDF is not copied whole
            known.update(part_[start : start + _CHUNK].encode())
    return known.hexdigest()
