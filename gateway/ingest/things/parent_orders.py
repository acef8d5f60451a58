"""Orders that are part of others (OBR-29, ORC-8): what messages say in; referring to them, out.

The tables name the order that one is part of by a number, its filler's where that is told: all that
a laboratory does for one order has the placer's. If a message tells of one order of that number,
earlier or later, it is that. Those that name the same are parts of one, not one of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.ingest.ids import given_by
from gateway.ingest.things import awaiting
from gateway.ingest.versions.known import content, contents
from gateway.store import Key, New, Row, Tx, compartment_of
from mappings.exact import dumps
from mappings.runtime.walk.several import ORDERS, words
from mappings.translate import Made

if TYPE_CHECKING:
    from gateway.ingest.pipeline import Said
    from gateway.ingest.things.orders import Order
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
        named = {one.compartment for one in orders if _may_be_part(one.resource)}
        return not (homes.isdisjoint(self._new) and named.isdisjoint(self._said))

    def is_another(self, said: Said, order: Order, id_: str) -> bool:
        """Whether an order is a part of the one that its number names, or that is a part of it.

        Then its placer gave both one number; each has its filler's, or will have.
        """
        claims = _claims(said, order.compartment, order.resource) if self._parts else ()
        if any(id_ in self._parts.get(claim, ()) for claim in claims):
            return True
        may_be = _may_be_part(order.resource) or order.compartment in self._awaited
        row = self._tx.resources.get(order.type, id_) if may_be else None
        if row is None or row.deleted:
            return False
        both = content(self._tx, row), order.resource
        known, mine = ({*_numbers(each, said.own)} for each in both)
        fillers = [any(one[0] == "FILL" for one in some) for some in (known, mine)]
        if all(fillers):
            parents = _parents(order.resource, said.own)
            theirs = known | _parents(both[0], said.own)
            return not parents.isdisjoint(theirs) and all(one[0] == "PLAC" for one in known & mine)
        if fillers[0] and not words(order.resource).codes:
            return False  # it is what the number named before
        part, whole = both if fillers[0] else both[::-1]
        return any(fillers) and self._is_done_besides(said, order.compartment, part, whole)

    def _is_done_besides(self, said: Said, home: str, part: JSON, known: JSON) -> bool:
        """Whether a filler does an order besides one that has the placer's number alone.

        So it is if the filler says what that is part of, and that is of no other placer's number: a
        part may come before the whole. It is not, if the placer has said the same of its order.
        """
        parents, mine = _parents(part, said.own), {*_numbers(part, said.own)}
        if _is_reflex(known) or not parents.isdisjoint(_parents(known, said.own)):
            return False
        fillers = {one for one in parents - mine if one[0] == "FILL"}
        placers = {one for one in mine if one[0] == "PLAC"}
        if not (fillers or parents & placers or (_is_reflex(part) and not parents)):
            return False
        others = self._known(home).values() if fillers else ()
        wholes = [some for one in others
                  if not fillers.isdisjoint(some := {*_numbers(one, said.own)})]  # fmt: skip
        if wholes:
            return any(not placers.isdisjoint(some) for some in wholes)
        codes = [{*words(one).codes} for one in (known, part)]
        apart = all(codes) and codes[0].isdisjoint(codes[1])
        return apart or bool(parents and _is_reflex(part))

    def tied(self, said: Said, made: Sequence[Made]) -> Sequence[Made]:
        """Return what a message says, each order under the id that it has, referring to parents."""
        orders = {_name(one.resource): one.resource for one in made if _is_order(one)}
        self._come(said, orders)
        self._said |= {one.compartment for one in made if _is_order(one)}
        near, far = _ByNumber(orders, said.own), self._far(said, orders)
        return [
            one._replace(resource=self._tied(said, one.compartment, one.resource, near, far))
            if _is_order(one) and _named(one.resource)
            else one
            for one in made
        ]

    def write(self) -> None:
        """Keep what is awaited."""
        self._tx.orders.note({note for notes in self._new.values() for note in notes})

    def _far(self, said: Said, orders: Mapping[str, JSON]) -> Callable[[str], _ByNumber]:
        """Return how to look, in a record, among what is known and what a message says."""
        return cache(lambda home: _ByNumber(_together(self._known(home), orders), said.own))

    def _tied(
        self, said: Said, home: str, order: JSON, near: _ByNumber, far: Callable[[str], _ByNumber]
    ) -> JSON:
        """Return an order referring to what it is part of; note what is not known yet."""
        result = near.referring(order)
        if _named(result):
            result = far(home).referring(result)
        if notes := {*awaited(said, result)}:
            self._new.setdefault(home, set()).update(notes)
        return result

    def _come(self, said: Said, orders: Mapping[str, JSON]) -> None:
        """Let orders of other messages refer to what they are part of, which this one tells."""
        far = self._far(said, orders)
        for order in orders.values():
            home = compartment_of(order["id"])
            claims = _claims(said, home, order) if home in self._awaited else ()
            ids = {id_ for claim in claims for id_ in self._parts.get(claim, ())}
            keys = [Key(home, type_, id_) for id_ in ids for type_ in ORDERS]
            for row in self._tx.resources.current(keys).values() if keys else ():
                if not row.deleted and f"{row.type}/{row.id}" not in orders:
                    self._let_refer(said, row, far(home))

    def _let_refer(self, said: Said, row: Row, orders: _ByNumber) -> None:
        known = content(self._tx, row)
        now = orders.referring(known)
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


class _ByNumber:
    """Orders, by the numbers that they have."""

    def __init__(self, orders: Mapping[str, JSON], own: tuple[str, str]) -> None:
        self._orders, self._own = orders, own
        self._names: dict[tuple[str, _Number], list[str]] = {}
        for name, order in orders.items():
            for number in _numbers(order, own):
                self._names.setdefault((compartment_of(order["id"]), number), []).append(name)
        self._found: dict[tuple[str, bytes], str | None] = {}  # siblings name one parent

    def referring(self, order: JSON) -> JSON:
        """Return an order with references to what it is part of, where that is one of these."""
        if not _named(order):
            return order
        home = compartment_of(order["id"])
        return {**order, "basedOn": [self._parent(home, each) for each in order["basedOn"]]}

    def _parent(self, home: str, named: JSON) -> JSON:
        if "reference" in named or "identifier" not in named:
            return named
        key = home, dumps(named["identifier"])
        if key not in self._found:
            self._found[key] = self._find(home, named["identifier"])
        name = self._found[key]
        return {"reference": name, **named} if name else named

    def _find(self, home: str, identifier: JSON) -> str | None:
        """Return the name of the only order of a number that is no part of that itself."""
        numbers = _kinds(identifier, self._own)
        names = {name for number in numbers for name in self._names.get((home, number), ())}
        others = [
            name for name in names
            if all(identifier != each.get("identifier")
                   for each in self._orders[name].get("basedOn", ()))
        ]  # fmt: skip
        return others[0] if len(others) == 1 else None


def _together(known: Mapping[str, JSON], said: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return orders as they are said, else as they are known; who tells one number has both."""
    numbers = {name: (*known.get(name, {}).get("identifier", ()), *one.get("identifier", ()))
               for name, one in said.items()}  # fmt: skip
    return {**known, **{name: {**one, "identifier": numbers[name]} for name, one in said.items()}}


def awaited(said: Said, order: JSON) -> Iterator[Numbered]:
    """Yield the notes that an order awaits what it is part of, if it does."""
    for one in _named(order):
        for number in _kinds(one, said.own):
            yield from awaiting.noted(said.ids, _TYPE, order["id"], *number)


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


def _may_be_part(order: JSON) -> bool:
    return bool(_named(order)) or _is_reflex(order)


def _is_reflex(order: JSON) -> bool:
    """Whether its filler has made an order of itself, after the results of another one."""
    return order.get("intent") == "reflex-order"


def _parents(order: JSON, own: tuple[str, str]) -> set[_Number]:
    """Return the numbers by which an order names what it is part of."""
    named = (each["identifier"] for each in order.get("basedOn", ()) if "identifier" in each)
    return {number for one in named for number in _kinds(one, own)}


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
