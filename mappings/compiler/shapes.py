"""A FHIR type in; out of which of its elements two may be made one, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mappings.compiler.types import QUANTITIES, Definitions


class Shape(NamedTuple):
    """The elements of an object that are more than a value which stands there or does not."""

    lists: frozenset[str]
    parts: Mapping[str, Shape]  # objects with elements of their own
    choices: Mapping[str, str]  # one of several types: ``collected`` of ``collectedPeriod``
    amounts: frozenset[str]


def shape(definitions: Definitions, structure: str) -> Shape:
    """Return the shape of a type, or of the path of a backbone element."""
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
