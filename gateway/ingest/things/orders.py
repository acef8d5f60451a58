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

Two resources that were made apart before both numbers came together are joined by the message that
brings them together (`gateway.ingest.things.joining`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from gateway.ingest.findings import finding
from gateway.ingest.ids import given_by
from gateway.ingest.pipeline import Said
from gateway.ingest.sending import is_order
from gateway.ingest.things.joined_reports import unite
from gateway.ingest.things.joining import join
from gateway.ingest.things.parent_orders import Parents
from gateway.ingest.things.renaming import renamed
from gateway.ingest.things.shared_numbers import Parts
from gateway.ingest.versions.combining import Judge, Judges
from gateway.store import Key, Tx
from gateway.store.orders import Numbered
from mappings.runtime.walk.several import ORDERS
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_RECURRENCE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.recurrenceId"
# Which number the tables look at first, and which for want of it.
_KINDS = {
    "Appointment": ("FILL", "PLAC"),
    "MedicationRequest": ("PLAC", "FILL"),
    "NutritionOrder": ("PLAC", "FILL"),
    "ServiceRequest": ("PLAC", "FILL"),
    "Specimen": ("PLAC", "FILL"),
}


class Order(NamedTuple):
    """An order as a message names it: the id it has there, and its numbers as keyed hashes."""

    compartment: str
    type: str
    id: str
    first: str  # "" if the message names the second one alone
    seconds: tuple[str, ...]
    resource: JSON
    bare: str  # the id that its first number gives, of several orders too
    own: str  # the id that it has, if it is not known
    mark: str  # of its first number, if it may be that of several orders
    placer: str = ""  # its first number, if that is another one's, and `first` the part's
    part: str = ""  # its number among several
    begins: bool = False  # whether its placer orders it by this

    @property
    def numbers(self) -> tuple[str, ...]:
        """All of its numbers, the first one first."""
        return (self.first, *self.seconds) if self.first else self.seconds


def settled(tx: Tx, told: Told, judges: Judges) -> tuple[Told, Told]:
    """Return what messages say, with each order and what refers to it under one id.

    A message that joins orders reads what is known of them, so it waits until those before it are
    written: it, and what comes after, are returned apart.
    """
    orders = [orders_of(said) for _, said in told]
    named = [order for each in orders for order in each]
    if not named:
        return told, ()
    book = _Book(tx, named)
    parents = Parents(tx, [(said, each) for (_, said), each in zip(told, orders, strict=True)])
    parts = Parts(tx, named, book.known, parents)
    settled_: list[tuple[int, Said]] = []
    for (seq, said), each in zip(told, orders, strict=True):
        if settled_ and (parents.must_wait(each) or parts.must_wait(said, each)):
            break
        several = parts.told_apart(said, each)
        apart = [(order, *ids) for order in several for ids in book.apart(order)]
        if apart and settled_:
            break
        _join(tx, seq, said, apart, judges.of(seq))
        book.lead([(order.compartment, kept, other) for order, kept, other in apart])
        names = {
            f"{order.type}/{order.id}": f"{order.type}/{id_}"
            for order in several
            if (id_ := book.id_of(order)) != order.id
        }
        own = [renamed(one, names) for one in said.made] if names else said.made
        own = [*own, *parts.of_all(said)]
        settled_.append((seq, said._replace(made=parents.tied(said, own))))
    book.write()
    parents.write()
    return settled_, told[len(settled_) :]


def _join(
    tx: Tx,
    seq: int,
    said: Said,
    apart: Iterable[tuple[Order, str, str]],
    judge: Judge,
) -> None:
    """Join orders that a message shows to be one, and find it."""
    for order, kept, other in apart:
        key = Key(order.compartment, order.type, kept)
        if not join(tx, seq, said, key, key._replace(id=other), judge):
            judge.findings.append(finding("warning", "orders-apart", order.type))
            continue
        judge.findings.append(finding("information", "orders-joined", order.type))
        if order.type == "ServiceRequest":
            unite(tx, seq, said, kept, other, judge)


def orders_of(said: Said) -> list[Order]:
    """Return the orders of a message that have numbers."""
    kinds = (made for made in said.made if made.resource["resourceType"] in _KINDS)
    return [order for made in kinds if (order := _order(said, made)).numbers]


def _order(said: Said, made: Made) -> Order:
    type_ = made.resource["resourceType"]
    first, second = _KINDS[type_]
    which = _recurrence(made.resource)
    main = next(iter(_numbers(said, made, first, *which)), "")
    seconds = _numbers(said, made, second, *_ordered(made.resource), *which)
    id_ = made.resource["id"]
    shared = main and type_ in ORDERS
    mark = said.ids.beside(main, type_, "several") if shared else ""
    begins = made.begins and bool(mark) and said.sent is not None and is_order(said.sent)
    return Order(
        made.compartment, type_, id_, main, seconds, made.resource, made.first or id_, id_, mark,
        begins=begins,
    )  # fmt: skip


def _ordered(resource: JSON) -> tuple[str, str]:
    """Return what is ordered, as its first code or as it is called."""
    concept = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    for coding in concept.get("coding", ()):
        return coding.get("system", ""), coding.get("code", "")
    return "", concept.get("text", "")


def _recurrence(resource: JSON) -> tuple[str, ...]:
    """Return which of a series of appointments one is, if it is not the first (SCH-3)."""
    return tuple(
        str(each.get("valuePositiveInt"))
        for each in resource.get("extension", ()) if each.get("url") == _RECURRENCE
    )  # fmt: skip


def _numbers(said: Said, made: Made, kind: str, *what: str) -> tuple[str, ...]:
    """Return the keyed hashes of a resource's numbers of a kind, each with whoever gave it out."""
    numbers = [
        (given_by(identifier, said.own), identifier["value"])
        for identifier in made.resource.get("identifier", ()) if "value" in identifier
        for coding in identifier.get("type", {}).get("coding", ())
        if coding.get("code") == kind
    ]  # fmt: skip
    type_ = made.resource["resourceType"]
    return tuple(
        said.ids.resource(made.compartment, type_, kind, *number, *what)
        for number in dict.fromkeys(numbers)
    )


class _Book:
    """What the numbers of orders name, while a batch is applied."""

    def __init__(self, tx: Tx, orders: Sequence[Order]) -> None:
        self._tx = tx
        wanted = [(order.compartment, number) for order in orders for number in order.numbers]
        self.known = tx.orders.of(wanted)
        self._new: dict[tuple[str, str], Numbered] = {}
        self._made: set[str] = set()  # ids of orders of this batch

    def id_of(self, order: Order) -> str:
        """Return the id of an order, and note its numbers."""
        seconds = [self.known.get((order.compartment, number)) for number in order.seconds]
        id_ = self._by_first(order) if order.first else _by_second(order, seconds)
        for number, row in zip(order.seconds, seconds, strict=True):
            self._claim(Numbered(order.compartment, number, id_, order.first), row, order.placer)
        part = Numbered(order.compartment, order.part, id_, order.mark)
        if order.part and self.known.get((order.compartment, order.part)) != part:
            self._note(part)
        self._made.add(id_)
        return id_

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new.values())

    def lead(self, joined_: Iterable[tuple[str, str, str]]) -> None:
        """Let whatever names an order that was joined to another one name that."""
        for compartment, kept, other in joined_:
            self._tx.orders.lead(compartment, other, kept)
            for key, row in self.known.items():
                if row.id == other:
                    self.known[key] = row._replace(id=kept)

    def apart(self, order: Order) -> Iterator[tuple[str, str]]:
        """Yield the ids of orders that were made apart, and this shows to be one."""
        waiting = self._waiting(order)
        if order.first and waiting:
            known = self.known.get((order.compartment, order.first))
            kept = known.id if known else order.own
            if waiting != kept and (known or self._is_there(order)):
                yield kept, waiting

    def _by_first(self, order: Order) -> str:
        """Return the id of an order whose first number is told."""
        known = self.known.get((order.compartment, order.first))
        if known is not None:
            return known.id
        waiting = self._waiting(order)
        if not waiting or self._is_there(order):
            return order.own
        self._note(Numbered(order.compartment, order.first, waiting))
        return waiting

    def _waiting(self, order: Order) -> str:
        """Return the id of an order that is known by a second number alone; "" if there is none."""
        rows = (self.known.get((order.compartment, number)) for number in order.seconds)
        return next((row.id for row in rows if row and row.id and not row.claim), "")

    def _is_there(self, order: Order) -> bool:
        """Whether there is an order already of the id that it has if it is not known."""
        return order.own in self._made or bool(self._tx.resources.get(order.type, order.own))

    def _claim(self, said: Numbered, known: Numbered | None, placer: str) -> None:
        """Note a second number; one that another order has already is of neither.

        One that was of all orders of a placer's number, as long as they were one, is of this one.
        """
        if known is None or (said.claim and known.id and known.claim in ("", placer)):
            self._note(said)
        elif said.claim and known.claim and known.claim != said.claim:
            self._note(Numbered(said.compartment, said.number, ""))

    def _note(self, row: Numbered) -> None:
        key = row.compartment, row.number
        self.known[key] = self._new[key] = row


def _by_second(order: Order, seconds: Sequence[Numbered | None]) -> str:
    """Return the id of an order of which only the second number is told."""
    return next((row.id for row in seconds if row and row.id), order.id)
