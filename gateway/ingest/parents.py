"""Orders that are part of others (OBR-29, ORC-8): what messages say in; referring to them, out.

The tables name the order that one is part of by a number, its filler's where that is told: all that
a laboratory does for one order has the placer's. If a message tells of one order of that number,
earlier or later, it is that. Those that name the same are parts of one, not one of the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gateway.ingest import awaiting
from gateway.ingest.ids import given_by
from gateway.ingest.known import content, contents
from gateway.store import Key, New, Row, Tx, compartment_of
from mappings.runtime.several import ORDERS
from mappings.translate import Made

if TYPE_CHECKING:
    from gateway.ingest.orders import Order
    from gateway.ingest.pipeline import Said
    from gateway.store.orders import Numbered

JSON = dict[str, Any]
_Number = tuple[str, str, str]  # of which side, who gave it out, and what it is
_TYPE = "ServiceRequest"  # stands for all kinds of orders


class Parents:
    """What orders are part of what others, while a batch is applied."""

    def __init__(self, tx: Tx, told: Sequence[tuple[Said, Sequence[Order]]]) -> None:
        self._tx = tx
        homes = {
            (one.compartment, awaiting.mark(said.ids, one.compartment, _TYPE))
            for said, orders in told for one in orders
        }  # fmt: skip
        self._awaited = {home for home, _ in tx.orders.of(homes)}
        claims = {
            (one.compartment, claim)
            for said, orders in told for one in orders if one.compartment in self._awaited
            for claim in _claims(said, one.compartment, one.resource)
        }  # fmt: skip
        self._parts: dict[str, list[str]] = {}  # ids of orders, by what they are part of
        for row in tx.orders.claimed(claims) if claims else ():
            self._parts.setdefault(row.claim, []).append(row.id)
        self._said: set[str] = set()  # records that messages of this batch have told of
        self._new: dict[str, set[Numbered]] = {}  # by record

    def must_wait(self, orders: Sequence[Order]) -> bool:
        """Whether a message must read what those before it say, which is not written yet."""
        homes = {one.compartment for one in orders}
        named = {one.compartment for one in orders if _named(one.resource)}
        return not (homes.isdisjoint(self._new) and named.isdisjoint(self._said))

    def is_another(self, said: Said, order: Order, id_: str) -> bool:
        """Whether an order is a part of the one that its number names, or that is a part of it.

        Then its placer gave both one number; each has its filler's.
        """
        claims = _claims(said, order.compartment, order.resource) if self._parts else ()
        if any(id_ in self._parts.get(claim, ()) for claim in claims):
            return True
        named = _named(order.resource)
        row = self._tx.resources.get(order.type, id_) if named else None
        if row is None or row.deleted:
            return False
        known = {*_numbers(content(self._tx, row), said.own)}
        mine = {*_numbers(order.resource, said.own)}
        fillers = [{one for one in some if one[0] == "FILL"} for some in (known, mine)]
        is_parent = any(not known.isdisjoint(_kinds(one, said.own)) for one in named)
        return is_parent and all(fillers) and fillers[0].isdisjoint(fillers[1])

    def tied(self, said: Said, made: Sequence[Made]) -> Sequence[Made]:
        """Return what a message says, each order under the id that it has, referring to parents."""
        orders = {_name(one.resource): one.resource for one in made if _is_order(one)}
        self._come(said, orders)
        homes = {one.compartment for one in made if _is_order(one)}
        self._said |= homes
        return [
            one._replace(resource=self._tied(said, one.compartment, one.resource, orders))
            if _is_order(one) and _named(one.resource)
            else one
            for one in made
        ]

    def write(self) -> None:
        """Keep what is awaited."""
        self._tx.orders.note({note for notes in self._new.values() for note in notes})

    def _tied(self, said: Said, home: str, order: JSON, orders: Mapping[str, JSON]) -> JSON:
        """Return an order referring to what it is part of; note what is not known yet."""
        result = _referring(order, orders, said.own)
        if _named(result):
            result = _referring(result, {**self._known(home), **orders}, said.own)
        for one in _named(result):
            for number in _kinds(one, said.own):
                notes = awaiting.noted(said.ids, _TYPE, order["id"], *number)
                self._new.setdefault(home, set()).update(notes)
        return result

    def _come(self, said: Said, orders: Mapping[str, JSON]) -> None:
        """Let orders of other messages refer to what they are part of, which this one tells."""
        for order in orders.values():
            home = compartment_of(order["id"])
            claims = _claims(said, home, order) if home in self._awaited else ()
            ids = {id_ for claim in claims for id_ in self._parts.get(claim, ())}
            keys = [Key(home, type_, id_) for id_ in ids for type_ in ORDERS]
            for row in self._tx.resources.current(keys).values() if keys else ():
                if not row.deleted and f"{row.type}/{row.id}" not in orders:
                    self._let_refer(said, row, {**self._known(home), **orders})

    def _let_refer(self, said: Said, row: Row, orders: Mapping[str, JSON]) -> None:
        known = content(self._tx, row)
        now = _referring(known, {**orders, _name(known): known}, said.own)
        if now != known:
            new = New(
                row.compartment, row.type, row.id, now, row.owner, row.labels, row.spool_seq,
                said.feed.zone, row.told,
            )  # fmt: skip
            self._tx.resources.put_many((new,))

    def _known(self, home: str) -> dict[str, JSON]:
        """Return the orders of a record, as they are known."""
        rows = self._tx.resources.rows([home], [*ORDERS])
        return {_name(one): one for one in contents(self._tx, rows)}


def _is_order(made: Made) -> bool:
    return made.resource["resourceType"] in ORDERS


def _name(order: JSON) -> str:
    return f"{order['resourceType']}/{order['id']}"


def _named(order: JSON) -> list[JSON]:
    """Return the numbers by which an order names what it is part of, and does not refer to it."""
    return [
        each["identifier"]
        for each in order.get("basedOn", ())
        if "identifier" in each and "reference" not in each
    ]


def _referring(order: JSON, orders: Mapping[str, JSON], own: tuple[str, str]) -> JSON:
    """Return an order with references to what it is part of, where that is one of `orders`."""
    parents = [_parent(each, order, orders, own) for each in order["basedOn"]]
    return {**order, "basedOn": parents}


def _parent(named: JSON, order: JSON, orders: Mapping[str, JSON], own: tuple[str, str]) -> JSON:
    if "reference" in named or "identifier" not in named:
        return named
    wanted = {*_kinds(named["identifier"], own)}
    found = [
        name
        for name, other in orders.items()
        if name != _name(order)
        and compartment_of(other["id"]) == compartment_of(order["id"])
        and not wanted.isdisjoint(_numbers(other, own))
        and all(named["identifier"] != each.get("identifier") for each in other.get("basedOn", ()))
    ]
    return {"reference": found[0], **named} if len(found) == 1 else named


def _claims(said: Said, home: str, order: JSON) -> Iterator[str]:
    """Yield by what orders may await an order."""
    for number in _numbers(order, said.own):
        yield awaiting.claim(said.ids, home, _TYPE, *number)


def _numbers(order: JSON, own: tuple[str, str]) -> Iterator[_Number]:
    """Yield an order's numbers."""
    for identifier in order.get("identifier", ()):
        yield from _kinds(identifier, own)


def _kinds(identifier: JSON, own: tuple[str, str]) -> Iterator[_Number]:
    for coding in identifier.get("type", {}).get("coding", ()):
        if coding.get("code") in ("PLAC", "FILL") and "value" in identifier:
            yield coding["code"], given_by(identifier, own), identifier["value"]
