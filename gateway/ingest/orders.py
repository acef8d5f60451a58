"""Orders by either of their numbers: what messages say in; each order under one id, out.

An order has its placer's number, and its filler's; an appointment and a specimen too. The tables
name an order by the placer's where a message has that, else by the filler's; an appointment the
other way about.
Here both lead to one resource, whichever message brings them together, and in whatever order they
come. Of an order:

- a filler's number that comes with a placer's is the number of that order from then on;
- an order that was known by its filler's number alone keeps its id when the placer's comes;
- laboratories give one number to all that is done with a specimen, so a filler's number counts
  together with what was ordered; if it still is that of several orders, it names none.

Two resources that were made apart before both numbers came together stay two; what is said later
goes to the one of the placer's number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gateway.ingest.pipeline import Said
from gateway.store import Tx
from gateway.store.orders import Numbered
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

# Which number the tables look at first, and which for want of it.
_KINDS = {
    "Appointment": ("FILL", "PLAC"),
    "MedicationRequest": ("PLAC", "FILL"),
    "NutritionOrder": ("PLAC", "FILL"),
    "ServiceRequest": ("PLAC", "FILL"),
    "Specimen": ("PLAC", "FILL"),
}


class _Order(NamedTuple):
    """An order as a message names it: the id it has there, and its numbers as keyed hashes."""

    compartment: str
    type: str
    id: str
    first: str  # "" if the message names the second one alone
    seconds: tuple[str, ...]


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, with each order and what refers to it under one id."""
    orders = [_orders(said) for _, said in told]
    named = [order for each in orders for order in each]
    if not named:
        return told
    book = _Book(tx, named)
    settled_ = []
    for (seq, said), each in zip(told, orders, strict=True):
        names = {
            f"{order.type}/{order.id}": f"{order.type}/{id_}"
            for order in each
            if (id_ := book.id_of(order)) != order.id
        }
        made = [renamed(one, names) for one in said.made] if names else said.made
        settled_.append((seq, said._replace(made=made)))
    book.write()
    return settled_


def _orders(said: Said) -> list[_Order]:
    """Return the orders of a message; of several under the same number, the first has that one."""
    found: dict[tuple[str, str], _Order] = {}
    for made in said.made:
        if made.resource["resourceType"] in _KINDS:
            order = _order(said, made)
            number = order.first or next(iter(order.seconds), "")
            if number:
                found.setdefault((order.compartment, number), order)
    return list(found.values())


def _order(said: Said, made: Made) -> _Order:
    type_ = made.resource["resourceType"]
    first, second = _KINDS[type_]
    main = next(iter(_numbers(said, made, first)), "")
    seconds = _numbers(said, made, second, *_ordered(made.resource))
    return _Order(made.compartment, type_, made.resource["id"], main, seconds)


def _ordered(resource: JSON) -> tuple[str, str]:
    """Return what is ordered, as its first code or as it is called."""
    concept = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    for coding in concept.get("coding", ()):
        return coding.get("system", ""), coding.get("code", "")
    return "", concept.get("text", "")


def _numbers(said: Said, made: Made, kind: str, *what: str) -> tuple[str, ...]:
    """Return the keyed hashes of a resource's numbers of a kind, each with whoever gave it out."""
    numbers = [
        (_system(identifier, said.own), identifier.get("value", ""))
        for identifier in made.resource.get("identifier", ())
        for coding in identifier.get("type", {}).get("coding", ())
        if coding.get("code") == kind
    ]
    type_ = made.resource["resourceType"]
    return tuple(
        said.ids.resource(made.compartment, type_, kind, *number, *what)
        for number in dict.fromkeys(numbers)
    )


def _system(identifier: JSON, own: tuple[str, str]) -> str:
    """Return who gave a number out; "" if it is the source's own, as one without an authority."""
    system: str = identifier.get("system", "")
    name, uri = own
    is_own = system == uri or (name and identifier.get("assigner", {}).get("display") == name)
    return "" if is_own else system


class _Book:
    """What the numbers of orders name, while a batch is applied."""

    def __init__(self, tx: Tx, orders: Sequence[_Order]) -> None:
        self._tx = tx
        wanted = [
            (order.compartment, number)
            for order in orders
            for number in (order.first, *order.seconds)
            if number
        ]
        self._known = tx.orders.of(wanted)
        self._new: dict[tuple[str, str], Numbered] = {}
        self._made: set[str] = set()  # ids of orders of this batch

    def id_of(self, order: _Order) -> str:
        """Return the id of an order, and note its numbers."""
        seconds = [self._known.get((order.compartment, number)) for number in order.seconds]
        id_ = self._by_first(order, seconds) if order.first else _by_second(order, seconds)
        for number, row in zip(order.seconds, seconds, strict=True):
            self._claim(Numbered(order.compartment, number, id_, order.first), row)
        self._made.add(id_)
        return id_

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new.values())

    def _by_first(self, order: _Order, seconds: Sequence[Numbered | None]) -> str:
        """Return the id of an order whose first number is told."""
        known = self._known.get((order.compartment, order.first))
        if known is not None:
            return known.id
        waiting = next((row.id for row in seconds if row and row.id and not row.claim), "")
        if not waiting or order.id in self._made or self._tx.resources.get(order.type, order.id):
            return order.id
        self._note(Numbered(order.compartment, order.first, waiting))
        return waiting

    def _claim(self, said: Numbered, known: Numbered | None) -> None:
        """Note a second number; one that another order has already is of neither."""
        if known is None or (said.claim and known.id and not known.claim):
            self._note(said)
        elif said.claim and known.claim and known.claim != said.claim:
            self._note(Numbered(said.compartment, said.number, ""))

    def _note(self, row: Numbered) -> None:
        key = row.compartment, row.number
        self._known[key] = self._new[key] = row


def _by_second(order: _Order, seconds: Sequence[Numbered | None]) -> str:
    """Return the id of an order of which only the second number is told."""
    return next((row.id for row in seconds if row and row.id), order.id)


def renamed(made: Made, names: dict[str, str]) -> Made:
    """Return a resource under its other id, and what refers to one accordingly."""
    resource: JSON = _referring(made.resource, names)
    name = names.get(f"{resource['resourceType']}/{resource['id']}")
    if name is not None:
        resource = {**resource, "id": name.partition("/")[2]}
    return made._replace(resource=resource)


def _referring(node: Any, names: dict[str, str]) -> Any:
    """Return JSON with references changed; parts may be shared, so nothing is changed in place."""
    if isinstance(node, list):
        return [_referring(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: names.get(each, each)
        if name == "reference" and isinstance(each, str)
        else _referring(each, names)
        for name, each in node.items()
    }
