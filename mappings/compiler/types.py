"""Type checks: a row's target and value against FHIR R4's element definitions.

The definitions come from outside (`conformance.definitions`, in the gateway), by duck typing, so
that this package needs no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from mappings.language.near import instead, near
from mappings.language.tree import Map, Step, TableError, Where
from mappings.runtime.plan import Shape

PRIMITIVES = frozenset(
    [
        "base64Binary",
        "boolean",
        "canonical",
        "code",
        "date",
        "dateTime",
        "decimal",
        "id",
        "instant",
        "integer",
        "markdown",
        "oid",
        "positiveInt",
        "string",
        "time",
        "unsignedInt",
        "uri",
        "url",
        "uuid",
        "xhtml",
    ]
)
TIMES = frozenset({"date", "dateTime", "instant"})  # which know what TS.2 means


#: Of which R4 wants one, by an invariant (app-1, org-1, pat-1).
EITHER = {
    "Appointment.participant": ("actor", "type"),
    "Organization": ("identifier", "name"),
    "Patient.contact": ("name", "telecom", "address", "organization"),
}


class Element(Protocol):
    """What a definition says of one element."""

    @property
    def type(self) -> str:
        """Its FHIR type."""
        ...

    @property
    def array(self) -> bool:
        """Whether it repeats."""
        ...

    @property
    def required(self) -> bool:
        """Whether there must be one."""
        ...

    @property
    def structure(self) -> str:
        """Where its own elements are defined: its type, or a path."""
        ...

    @property
    def targets(self) -> Sequence[str]:
        """The resource types a reference may point to."""
        ...

    @property
    def binding(self) -> Collection[str] | None:
        """The codes of its required value set."""
        ...

    @property
    def choice(self) -> str | None:
        """Return the group of a choice: ``value`` for ``valueQuantity``."""
        ...


class Definitions(Protocol):
    """Where element definitions come from."""

    def element(self, type: str, path: str) -> Any:  # noqa: A002 - FHIR's own word
        """Return the element at a dotted path below a type, or None."""
        ...

    def elements(self, structure: str) -> Mapping[str, Any]:
        """Return the elements of a type or backbone path by name."""
        ...

    def code_system(self, url: str) -> Mapping[str, str] | None:
        """Return a code system's displays by code, or None where they are kept elsewhere."""
        ...

    @property
    def resource_types(self) -> Collection[str]:
        """Every resource type."""
        ...

    def __hash__(self) -> int: ...


QUANTITIES = frozenset({"Age", "Count", "Distance", "Duration", "Quantity", "SimpleQuantity"})


def how_to_make(type_: str, maps: Iterable[Map]) -> str:
    """Return what to write for a type that a row does not say how to make."""
    if type_ == "Extension":
        return "say which value of the extension: extension[NAME].valueString"
    if type_ == "Reference":
        return "say whom it names: e.g. XCN[Practitioner], or .display for a name alone"
    making = sorted((len(one.name), one.name) for one in maps if one.target == type_)
    coded = f"CWE[{type_}]"
    if making:
        known = coded if (len(coded), coded) in making else making[0][1]
        return f"say how to make a {type_}: e.g. {known}"
    return f"say how to make a {type_}: write its elements, each in a row, below this one"


class Place:
    """A place in FHIR: a type and a path below it, e.g. Encounter + participant."""

    __slots__ = ("path", "type")

    def __init__(self, type_: str, path: str = "") -> None:
        self.type = type_
        self.path = path

    def __str__(self) -> str:
        return f"{self.type}.{self.path}" if self.path else self.type


class Checker:
    """Resolves targets and refuses rows FHIR has no room for."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._below: dict[tuple[str, str, str, bool], tuple[Place, Element | None]] = {}

    def start(self, target: str, where: Where) -> Place:
        """Return the place a map builds: ``Patient``, ``Identifier``, ``Encounter.participant``."""
        type_, _, path = target.partition(".")
        if path:
            if self.definitions.element(type_, path) is None:
                raise TableError(where, f"FHIR has no {target}")
        elif type_ not in PRIMITIVES and self.definitions.element(type_, "id") is None:
            known = near(type_, self.definitions.resource_types)
            raise TableError(where, f"FHIR has no type {type_}{known}")
        return Place(type_, path)

    def resolve(
        self, place: Place, steps: Sequence[Step], where: Where
    ) -> tuple[Place, Element | None]:
        """Follow a path; check that every array step is marked, and no other.

        Returns the place and its element (None for ``.``: the object itself).

        Raises
        ------
        TableError
            The path does not exist, or ``[]`` is missing or too much.
        """
        element: Element | None = None
        for step in steps:
            key = place.type, place.path, step.name, step.mark is None
            found = self._below.get(key)
            if found is None:
                found = self._below[key] = self._step(place, step, where)
            place, element = found
        return place, element

    def _step(self, place: Place, step: Step, where: Where) -> tuple[Place, Element | None]:
        name = step.name
        if name.startswith("_"):
            if self.definitions.element(place.type, _join(place.path, name[1:])) is None:
                raise TableError(where, f"FHIR has no {place}.{name}")
            return Place("Element"), None
        path = _join(place.path, name)
        element = self.definitions.element(place.type, path)
        if element is None:
            why = f"FHIR has no {place.type}.{path}"
            rather = instead(name, self._names(place))
            above = f": a path begins below {name}" if path == place.type else ""
            raise TableError(where, why + (above or rather))
        if element.array and step.mark is None:
            raise TableError(where, f"{place.type}.{path} repeats: write {name}[]")
        if not element.array and step.mark is not None:
            raise TableError(where, f"{place.type}.{path} does not repeat: write {name}")
        if element.type[0].isupper() and element.type not in {"BackboneElement", "Element"}:
            return Place(element.type), element
        return Place(place.type, path), element

    def _names(self, place: Place) -> list[str]:
        """Return the elements of a place, without those that everything has."""
        if place.type in PRIMITIVES and not place.path:
            return []
        names = self.definitions.elements(self._structure(place))
        return [name for name in names if name not in {"id", "extension"}]

    def required(self, place: Place) -> list[tuple[str, ...]]:
        """Return what an object must have to be valid: of each group of names, one.

        Of extensions the compiler knows that they hold something.
        """
        structure = self._structure(place)
        if structure in {"Element", "Extension"}:
            return []
        groups: dict[str, tuple[str, ...]] = {}
        for name, element in self.definitions.elements(structure).items():
            if element.required:
                group = element.choice or name
                groups[group] = (*groups.get(group, ()), name)
        either = EITHER.get(structure)
        return [*groups.values(), *([either] if either else [])]

    def choice(self, place: Place, element: Element) -> set[str]:
        """Return the elements of a place of which an object has one, for one of them."""
        elements = self.definitions.elements(self._structure(place)).items()
        return {n for n, each in elements if each.choice and each.choice == element.choice}

    def _structure(self, place: Place) -> str:
        """Return where the elements of a place are defined."""
        if not place.path:
            return place.type
        found: str = self.definitions.element(place.type, place.path).structure
        return found


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def shape(definitions: Definitions, structure: str) -> Shape:
    """Return of a type, or a backbone element's path, which elements of two may be made one."""
    elements = definitions.elements(structure)
    single = {name: each for name, each in elements.items() if not each.array}
    return Shape(
        frozenset(elements.keys() - single.keys()),
        {
            n: shape(definitions, e.structure)
            for n, e in single.items()
            if e.type == "BackboneElement"
        },
        {n: e.choice for n, e in single.items() if e.choice},
        frozenset(n for n, e in single.items() if e.type in QUANTITIES and not e.choice),
    )
