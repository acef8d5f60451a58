"""What generated code tells of its rows in; which row made which element out (``--explain``).

A row tells when it has put a value somewhere. What it told is taken back where another value stands
there after all: then the row is said to have given way, or to say what is said already.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable

from mappings.runtime.types import JSON, Location, Trace, Use


class Telling:
    """Tells where everything went that is not lost.

    Locations are nested tuples (field, repetition), then component, then subcomponent; they become
    text only if there is something to say about them.
    """

    __slots__ = (
        "base", "explained", "gone", "looked", "moved", "owner", "presumed", "row", "used",
    )  # fmt: skip

    def __init__(self, *, explain: bool) -> None:
        self.base = ""  # of the elements being built
        self.owner = 0  # the resource being built: what is told is of it, or of what it names
        self.row = ""  # whose function is at work (``--explain``)
        self.moved: dict[str, str] = {}  # fields of what was put in its place, and where it stood
        self.used: list[Use] = []
        self.looked: dict[str, list[str]] = {}  # rows of code tables, by the place that asked
        self.explained: list[Trace] | None = [] if explain else None
        self.presumed: dict[Hashable, list[Trace]] = {}  # what may yet give way: how it was told
        self.gone: dict[int, Trace] = {}  # what was told of things that gave way

    @abstractmethod
    def locate(self, location: Location) -> str:
        """``(((3, 1), 4), 0)`` → ``PID-3[2].4.1``."""

    def begin(self, type_: str, resource: JSON) -> None:
        """Note the resource that a segment's rows build from now on."""
        self.base, self.owner = type_, id(resource)

    @abstractmethod
    def value(self, segment: str, field: int, component: int = 0, subcomponent: int = 0) -> str:
        """Return a value of the nearest segment of that name so far; "" if there is none."""

    def trace(self, element: str, location: Location, row: str) -> None:
        """Record which row made an element."""
        self.told(self.base + element, self.locate(location), row, self.owner)

    def told(self, element: str, place: str, row: str, of: int = 0) -> None:
        """Record which row made an element, by its whole path, of a place in the message."""
        if self.explained is not None:
            for each in (row, *self.looked.pop(place, ())):
                where, _, layer = each.partition("@")
                self.explained.append(Trace(element, place, where, layer, of))

    def since(self) -> int:
        """Return how much is told so far: what a row begins with."""
        return len(self.explained or ())

    def untold(self, since: int, element: str) -> None:
        """Take back what was told of an element: a row built it, and another value stands there."""
        if self.explained is not None:
            self.looked.clear()
            self.replaced(since, element)

    def replaced(self, since: int, element: str) -> None:
        """As `untold`, but what was looked up for the element is what stands in its place."""
        if self.explained is not None:
            told = self._of(element, since)
            self.explained[since:] = [t for t in self.explained[since:] if t not in told]

    def leave(self, is_left: Callable[[Trace], bool]) -> None:
        """Take back what was told of elements that are left out after all."""
        for trace in [t for t in self.explained or () if is_left(t)]:
            self.gone[id(trace)] = trace
            if "-" in trace.location:
                self.used.append(Use(trace.location, "left", trace.row, trace.layer))

    def agrees(self, since: int, element: str, location: Location, row: str) -> None:
        """Record that a row says what stands there already."""
        self.untold(since, element)
        place = self.locate(location)
        if "-" in place:  # else a constant: no field says it
            where, _, layer = row.partition("@")
            self.used.append(Use(place, "told", where, layer))

    def repeated(self, places: Iterable[str], where: str) -> None:
        """Record that what stands in some places is said alike elsewhere in the message."""
        if self.explained is not None:
            self.used.extend(Use(place, "told", where, "") for place in places)

    def presume(self, what: Hashable, since: int, element: str) -> None:
        """Note how an element was told that may yet give way."""
        self.presumed[what] = self._of(element, since)

    def outdone(self, what: Hashable) -> None:
        """Take back what was told of a thing that gives way; its fields have been heard."""
        for trace in self.presumed.pop(what, ()):
            self.gone[id(trace)] = trace
            if "-" in trace.location:
                self.used.append(Use(trace.location, "outdone", trace.row, trace.layer))

    def heard(self) -> list[Trace]:
        """Return which rows made which elements, without those that gave way."""
        return [trace for trace in self.explained or () if id(trace) not in self.gone]

    def _of(self, element: str, since: int) -> list[Trace]:
        """Return what was told of an element and what is below it."""
        path = self.base + element
        below = f"{path}."
        told = (self.explained or [])[since:]
        return [t for t in told if t.element == path or t.element.startswith(below)]

    def look(self, row: str | None, location: Location) -> None:
        """Note which row of a code table, or list, says what a value means."""
        if row and self.explained is not None:
            self.looked.setdefault(self.locate(location), []).append(row)

    def use(self, uses: tuple[tuple[str, str, str, str], ...], at: Location = 0) -> None:
        """Record what a map uses of its segment, or of the value at a place."""
        place = self.locate(at)
        self.used += [Use(place + below, *rest) for below, *rest in uses]

    def omit(self, row: str) -> None:
        """Record that a segment is left out on purpose."""
        where, _, layer = row.partition("@")
        self.used.append(Use(self.locate(0), "ignore", where, layer))

    def without(self, row: str, location: Location, kind: str = "code") -> None:
        """Record what nothing need be made of, and what says so."""
        if self.explained is not None:
            self.used.append(Use(self.locate(location), kind, row, ""))

    def worked(self, location: Location, row: str, layer: str) -> None:
        """Record what a function reads without making an element of it."""
        self.used.append(Use(self.locate(location), "work", row, layer))

    def read_beside(self, fields: tuple[str, ...], row: str, layer: str) -> None:
        """Record other fields that a function reads: ``OBX-6.1``."""
        for field in fields:
            segment, _, place = field.partition("-")
            number, dot, component = place.partition(".")
            if self.value(segment, int(number), int(component or 0)):
                whole = self.locate(f"{segment}-{number}")
                self.used.append(Use(f"{whole}{dot}{component}", "work", row, layer))
