"""What functions make of texts: how a proof keeps samples of each.

Each function has samples: its parts by place (``""`` the value itself, ``2`` its second part,
``SCH-9`` another field) and what FHIR must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple


class Surroundings(NamedTuple):
    """What functions know of the sender and the tables."""

    authority: str  # the address of numbers that name no authority
    currency: str
    units: Mapping[str, str]
    systems: Mapping[str, str]


Parts = dict[str, str]
Samples = Iterator[tuple[Parts, Any]]
Sampler = Callable[[list[str], Surroundings], Samples]  # of a function's arguments


class Sampled(dict[str, Sampler]):
    """Functions by name, and their samples."""

    def always(self, name: str, *samples: tuple[Parts, Any]) -> None:
        """Note samples that are the same whatever the arguments."""
        self[name] = lambda _arguments, _surroundings: iter(samples)

    def by_arguments(self, sampler: Sampler) -> Sampler:
        """Note samples of the function that `sampler` is called after."""
        self[f"{sampler.__name__.lstrip('_')}()"] = sampler
        return sampler
