"""Orders by either of their numbers: what messages say in; each order under one id, out.

An order has its placer's number, and its filler's. The tables name it by the placer's where a
message has that, else by the filler's. Here both lead to one resource, whichever message brings
them together, and in whatever order they come:

- a filler's number that comes with a placer's is the number of that order from then on;
- an order that was known by its filler's number alone keeps its id when the placer's comes;
- a filler's number of several orders (of a specimen, of a visit to the laboratory) names none.

Two resources that were made apart before both numbers came together stay two; what is said later
goes to the one of the placer's number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gateway.ingest.ids import DerivedIds
from gateway.ingest.pipeline import Said
from gateway.store import Tx
from gateway.store.orders import Numbered
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_ORDERS = frozenset({"MedicationRequest", "ServiceRequest"})


class _Order(NamedTuple):
    """An order as a message names it: the id it has there, and its numbers as keyed hashes."""

    compartment: str
    type: str
    id: str
    placer: str  # "" if the message names its filler's number alone
    fillers: tuple[str, ...]


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, with each order and what refers to it under one id."""
    orders = [[_order(said.ids, made) for made in said.made] for _, said in told]
    named = [order for each in orders for order in each if order is not None]
    if not named:
        return told
    book = _Book(tx, named)
    settled_ = []
    for (seq, said), each in zip(told, orders, strict=True):
        names = {
            f"{order.type}/{order.id}": f"{order.type}/{id_}"
            for order in each
            if order is not None and (id_ := book.id_of(order)) != order.id
        }
        if names:
            said = said._replace(made=[_renamed(made, names) for made in said.made])  # noqa: PLW2901
        settled_.append((seq, said))
    book.write()
    return settled_


def _order(ids: DerivedIds, made: Made) -> _Order | None:
    """Return an order that one of its own numbers names; None of anything else."""
    type_ = made.resource["resourceType"]
    if type_ not in _ORDERS:
        return None
    numbers: dict[str, list[str]] = {"PLAC": [], "FILL": []}
    for identifier in made.resource.get("identifier", ()):
        for coding in identifier.get("type", {}).get("coding", ()):
            numbers.get(coding.get("code"), []).append(identifier.get("value", ""))
    own: str = made.resource["id"]

    def names(number: str) -> bool:
        return ids.resource(made.compartment, type_, number) == own

    def hashed(kind: str, number: str) -> str:
        return ids.resource(made.compartment, type_, kind, number)

    fillers = tuple(hashed("FILL", number) for number in dict.fromkeys(numbers["FILL"]))
    placer = next((number for number in numbers["PLAC"] if names(number)), "")
    if placer:
        return _Order(made.compartment, type_, own, hashed("PLAC", placer), fillers)
    # Numbered otherwise: by a profile, or as one of several under the same number.
    by_filler = any(map(names, numbers["FILL"]))
    return _Order(made.compartment, type_, own, "", fillers) if by_filler else None


class _Book:
    """What the numbers of orders name, while a batch is applied."""

    def __init__(self, tx: Tx, orders: Sequence[_Order]) -> None:
        self._tx = tx
        wanted = [
            (order.compartment, number)
            for order in orders
            for number in (order.placer, *order.fillers)
            if number
        ]
        self._known = tx.orders.of(wanted)
        self._new: dict[tuple[str, str], Numbered] = {}
        self._made: set[str] = set()  # ids of orders of this batch

    def id_of(self, order: _Order) -> str:
        """Return the id of an order, and note its numbers."""
        fillers = [self._known.get((order.compartment, number)) for number in order.fillers]
        id_ = self._placed(order, fillers) if order.placer else _filled(order, fillers)
        for number, row in zip(order.fillers, fillers, strict=True):
            self._claim(Numbered(order.compartment, number, id_, order.placer), row)
        self._made.add(id_)
        return id_

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new.values())

    def _placed(self, order: _Order, fillers: Sequence[Numbered | None]) -> str:
        """Return the id of an order whose placer's number is known."""
        known = self._known.get((order.compartment, order.placer))
        if known is not None:
            return known.id
        waiting = next((row.id for row in fillers if row and row.id and not row.claim), "")
        if not waiting or order.id in self._made or self._tx.resources.get(order.type, order.id):
            return order.id
        self._note(Numbered(order.compartment, order.placer, waiting))
        return waiting

    def _claim(self, said: Numbered, known: Numbered | None) -> None:
        """Note a filler's number; one that another order has already is of neither."""
        if known is None or (said.claim and known.id and not known.claim):
            self._note(said)
        elif said.claim and known.claim and known.claim != said.claim:
            self._note(Numbered(said.compartment, said.number, ""))

    def _note(self, row: Numbered) -> None:
        key = row.compartment, row.number
        self._known[key] = self._new[key] = row


def _filled(order: _Order, fillers: Sequence[Numbered | None]) -> str:
    """Return the id of an order of which only the filler's number is told."""
    return next((row.id for row in fillers if row and row.id), order.id)


def _renamed(made: Made, names: dict[str, str]) -> Made:
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
