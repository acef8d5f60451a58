"""Business keys in, ids out: the same thing named twice, by whichever message, is one resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol


class Derives(Protocol):
    """What ids come from: `gateway.keys.Keys`, or `Hashes` under a key that is no secret."""

    def derive_id(self, *parts: str) -> str:
        """Return the 16-character id that these parts always get."""
        ...

    def local_ids(self, *parts: str) -> Callable[..., str]:
        """Return what gives the 16-character ids of parts that begin with these."""
        ...


class DerivedIds:
    """Ids of one tenant, for `mappings` (its `Ids`); a compartment's id is remembered."""

    _REMEMBERED = 50_000

    def __init__(self, keys: Derives, tenant: str) -> None:
        self._keys = keys
        self._tenant = tenant
        self._compartments: dict[tuple[str, ...], str] = {}
        self._local_id = keys.local_ids(tenant)

    def compartment(self, kind: str, *key: str) -> str:
        """Return the id of a compartment: of ``patient`` or ``directory``, by source and number."""
        named = (kind, *key)
        known = self._compartments.get(named)
        if known is None:
            if len(self._compartments) >= self._REMEMBERED:
                self._compartments.clear()
            known = self._keys.derive_id(self._tenant, "compartment", *named)
            self._compartments[named] = known
        return known

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        """Return the id of a resource: its compartment, a dot, and what only its key gives.

        Behind the dot it is the same in every compartment: what moves to another record is still
        what later messages name there. What is part of another resource, as a Binary is of a
        document, has that one's id in place of the compartment.
        """
        return f"{compartment}.{self._local_id(type_, *key)}"

    def beside(self, id_: str, type_: str, *key: str) -> str:
        """Return the id of what is known by another resource, and moves with that."""
        compartment, _, local = id_.partition(".")
        return self.resource(compartment, type_, local, *key)


def given_by(identifier: Mapping[str, Any], own: tuple[str, str]) -> str:
    """Return who gave a number out; "" if it is the source's own, as one without an authority."""
    system: str = identifier.get("system", "")
    name, uri = own
    is_own = system == uri or (name and identifier.get("assigner", {}).get("display") == name)
    return "" if is_own else system
