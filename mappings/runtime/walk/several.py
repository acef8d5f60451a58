"""Several orders of one number: what a message says of them in, an id for each out.

A placer gives one number to an order that a filler makes several of: a culture and its
susceptibilities, the parts of a panel. They are told apart by what they say of themselves, the
filler's number and what is ordered, for their places in a message change.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mappings.runtime.types import JSON, Ids
    from mappings.runtime.walk.scopes import Slot

#: What the tables let an order be for that does not say it
NOTHING = "unspecified"

#: What may be several under one number.
ORDERS = frozenset({"MedicationRequest", "NutritionOrder", "ServiceRequest"})


class Words(NamedTuple):
    """What an order says of itself: its fillers' numbers, and what is ordered in any coding."""

    fillers: tuple[tuple[str, str], ...]
    codes: tuple[tuple[str, str], ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The words that an id is made of."""
        return tuple("|".join(pair) for pair in (*self.fillers[:1], *self.codes[:1]))


def _system(identifier: JSON) -> str:
    found: str = identifier.get("system", "")
    return found


def words(resource: JSON, giver: Callable[[JSON], str] = _system) -> Words:
    """Return what an order says of itself; `giver` tells who gave out an identifier."""
    fillers = [
        (giver(identifier), identifier["value"])
        for identifier in resource.get("identifier", ()) if "value" in identifier
        for coding in identifier.get("type", {}).get("coding", ())
        if coding.get("code") == "FILL"
    ]  # fmt: skip
    concept = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    codes = [
        (coding.get("system", ""), coding["code"])
        for coding in concept.get("coding", ()) if "code" in coding
    ]  # fmt: skip
    if not codes and concept.get("text", NOTHING) != NOTHING:
        codes = [("", concept["text"])]
    return Words(tuple(dict.fromkeys(fillers)), tuple(codes))


def name_apart(slots: list[Slot], key: tuple[str, ...], ids: Ids) -> None:
    """Give several orders of one key ids of their own; the first by their words keeps the key's.

    Parameters
    ----------
    slots
        The orders, which have the id that the key gives.
    key
        What identifies each of them in the tables.
    """
    said = sorted(((words(slot.resource).key, slot) for slot in slots), key=itemgetter(0))
    id_ = said[0][1].id
    taken: dict[tuple[str, ...], int] = {}
    for number, (own, slot) in enumerate(said):
        taken[own] = taken.get(own, 0) + 1
        if number:
            again = (f"#{taken[own]}",) if taken[own] > 1 else ()
            slot.first = id_
            slot.id = ids.resource(slot.compartment, slot.mention.type, *key, "#", *own, *again)
        else:
            slot.first = ""
        slot.reference["reference"] = f"{slot.mention.type}/{slot.id}"
