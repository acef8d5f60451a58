"""Messages that name no patient, but orders: whose record they speak of, by the orders' numbers.

The answer to an order need not say for whom that was (v2.9, 4.4.2 and others). It is of the record
in which its source has every one of its orders; where one is not known, or in several records,
there is no telling, and the message waits in the quarantine. The order that it waits for takes it
out again when it comes: the two travel in different lanes, so the answer may be first.

What tells of an appointment need not name a patient, either (v2.9, 10.4): it is of every record in
which its source has that appointment; if there is none, a time is kept for nobody. Where it says of
nobody, and of nothing, that takes part, as a cancellation may, it waits as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.ingest.pipeline import Said
from gateway.ingest.records.surviving import in_records
from gateway.ingest.things.order_kinds import living, numbers
from gateway.ingest.things.orders import Order, orders_of
from gateway.store import Tx
from gateway.store.homes import Home
from mappings.runtime.walk.unnamed import ORDERS

Told = Sequence[tuple[int, Said]]
_APPOINTMENT = "Appointment"


def placed(tx: Tx, seq: int, said: Said) -> Said | None:
    """Return a message in the records that it speaks of; None where it waits for what it names."""
    if not said.unnamed:
        return _kept(tx, seq, said) if is_nobodys(said) else said
    orders = [order for order in orders_of(said) if order.type in ORDERS]
    source = said.feed.organisation
    wanted = {(source, number) for order in orders for number in _bare(order)}
    known = {number: records for (_, number), records in living(tx, wanted).items()}
    records = {_record(order, known) for order in orders}
    if len(records) != 1 or None in records:
        others = {(source, number) for each in numbers(said) for number in each.others.values()}
        tx.homes.wait(wanted | others, seq)
        return None
    waited = tx.homes.found(seq)
    (record,) = records
    there = in_records(said, {said.unnamed: record or ""}, patients=True)
    return there._replace(unnamed="", waited=waited)


def is_nobodys(said: Said) -> bool:
    """Whether a message speaks of appointments, and of no patient."""
    types = {made.resource["resourceType"] for made in said.made if made.home == "patient"}
    return _APPOINTMENT in types and "Patient" not in types


def _kept(tx: Tx, seq: int, said: Said) -> Said | None:
    """Return what is said of nobody's appointment in each record that has that."""
    appointments = [order for order in orders_of(said) if order.type == _APPOINTMENT]
    source = said.feed.organisation
    wanted = {(source, number) for order in appointments for number in _bare(order)}
    known = living(tx, wanted)
    records = {
        (order.compartment, record)
        for order in appointments
        for record in next(filter(None, (known.get((source, one)) for one in _bare(order))), ())
    }
    if not records:
        if not any("participant" in made.weak for made in said.made):
            return said
        tx.homes.wait(wanted, seq)
        return None
    there = [in_records(said, dict([pair]), patients=True) for pair in sorted(records)]
    others = [made for made in said.made if made.home != "patient"]
    made = [one for each in there for one in each.made if one.home == "patient"]
    lists = [one for each in there for one in each.lists]
    return said._replace(made=[*others, *made], lists=lists, waited=tx.homes.found(seq))


def note(tx: Tx, told: Told) -> set[int]:
    """Note where orders are; return the messages that have waited for one of them."""
    homes = {
        Home(said.feed.organisation, number, order.id, order.type, order.compartment)
        for _, said in told
        for order in orders_of(said)
        if order.type in ORDERS or order.type == _APPOINTMENT
        for number in _bare(order)
    }
    if not homes:
        return set()
    new = homes.difference(tx.homes.of((home.source, home.number) for home in homes))
    tx.homes.note(new)
    return tx.homes.waiting((home.source, home.number) for home in new)


def wake(tx: Tx, seqs: Iterable[int]) -> None:
    """Let messages that have waited in the quarantine be worked on again."""
    for seq in sorted(seqs):
        message = tx.spool.get(seq)
        if message is not None:
            tx.spool.requeue(message.entry)


def _bare(order: Order) -> Iterator[str]:
    """Yield the numbers of an order as they are in any record."""
    for number in order.numbers:
        yield number.partition(".")[2]


def _record(order: Order, known: dict[str, set[str]]) -> str | None:
    """Return the one record that has an order: its placer's number says so, else its filler's."""
    for number in _bare(order):
        records = known.get(number, set())
        if records:
            return next(iter(records)) if len(records) == 1 else None
    return None
