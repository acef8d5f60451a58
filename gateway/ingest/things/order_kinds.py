"""Orders that do not say what they are of: messages in; as of the kind their numbers are, out.

An answer or a cancellation may be an ORC alone. What it is of, then, is guessed by the message's
type: of ORM and ORR it is a service, of RRE a drug, of OMD a diet. Where the source has no order of
that kind under its number, but one of another, the message is read again, as one of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.ingest.ids import given_by
from gateway.ingest.pipeline import Prepared, Said
from gateway.ingest.things.orders import orders_of
from gateway.store import Key, Tx
from gateway.store.homes import Number
from mappings.translate import Made

#: The segment that would say of an order of what kind it is.
_DETAIL = {"MedicationRequest": "RXO", "NutritionOrder": "ODS", "ServiceRequest": "OBR"}
_DIET = frozenset({"foodPreferenceModifier", "oralDiet", "supplement"})
_UNSAID = {"text": "unspecified"}


class Bare(NamedTuple):
    """An order that does not say what it is of: its number, and as keyed hashes, by kind."""

    compartment: str
    number: str
    own: str
    others: dict[str, str]


def numbers(said: Said) -> Iterator[Bare]:
    """Yield the numbers of the orders of a message that do not say what they are of."""
    for made in said.made:
        type_ = made.resource["resourceType"]
        if type_ in _DETAIL and _is_bare(made):
            for system, number in _placed(said, made):
                hashes = {
                    kind: said.ids.resource(made.compartment, kind, "PLAC", system, number)
                    .partition(".")[2]
                    for kind in _DETAIL
                }  # fmt: skip
                yield Bare(made.compartment, number, hashes.pop(type_), hashes)


def living(tx: Tx, wanted: Iterable[Number]) -> dict[Number, set[str]]:
    """Return the records that have an order of each number, and have it still."""
    homes = tx.homes.of(wanted)
    rows = tx.resources.current({Key(home.compartment, home.type, home.id) for home in homes})
    found: dict[Number, set[str]] = {}
    for home in homes:
        row = rows.get((home.type, home.id))
        if row is not None and not row.deleted:
            found.setdefault((home.source, home.number), set()).add(home.compartment)
    return found


def settled(tx: Tx, batch: Sequence[Prepared]) -> Sequence[Prepared]:
    """Return messages, those read again of whose orders the numbers are known to be of a kind."""
    bare = {m.seq: found for m in batch if m.said and (found := [*numbers(m.said)])}
    if not bare:
        return batch
    homes = tx.merges.survivors({made.compartment for m in batch if m.said for made in m.said.made})
    known = _known(tx, batch, bare, homes)
    return [_again(m, m.said, bare.get(m.seq, ()), known, homes) if m.said else m for m in batch]


def _again(
    message: Prepared,
    said: Said,
    bare: Iterable[Bare],
    known: dict[Number, set[str]],
    homes: Mapping[str, str],
) -> Prepared:
    """Return a message, read again if its orders are known to be of another kind."""
    source = said.feed.organisation
    kinds: dict[str, str] = {}
    for one in bare:
        own = known.get((source, one.own), set())
        for kind, number in one.others.items():
            others = known.get((source, number), set())
            if not said.unnamed:
                home = {homes.get(one.compartment, one.compartment)}
                others, own = others & home, own & home
            if others and not own:
                kinds[one.number] = _DETAIL[kind]
    again = message.again(kinds) if kinds and message.again else message
    return again if again.said else message


def _known(
    tx: Tx, batch: Sequence[Prepared], bare: dict[int, list[Bare]], homes: Mapping[str, str]
) -> dict[Number, set[str]]:
    """Return the records that have an order of each number, in the store or in this batch."""
    wanted = {
        (message.said.feed.organisation, number)
        for message in batch if message.said
        for one in bare.get(message.seq, ())
        for number in (one.own, *one.others.values())
    }  # fmt: skip
    found = living(tx, wanted)
    for message in batch:
        said = message.said
        own = {(one.compartment, one.own) for one in bare.get(message.seq, ())}
        for order in orders_of(said) if said else ():
            number = order.first.partition(".")[2]
            if said and number and (order.compartment, number) not in own:
                home = homes.get(order.compartment, order.compartment)
                found.setdefault((said.feed.organisation, number), set()).add(home)
    return found


def _is_bare(made: Made) -> bool:
    resource = made.resource
    if resource["resourceType"] == "ServiceRequest":
        return "code" not in resource
    if resource["resourceType"] == "NutritionOrder":
        return _DIET.isdisjoint(resource)
    return bool(resource.get("medicationCodeableConcept") == _UNSAID)


def _placed(said: Said, made: Made) -> Iterator[tuple[str, str]]:
    """Yield the placer's numbers of an order, each with whoever gave it out."""
    for identifier in made.resource.get("identifier", ()):
        for coding in identifier.get("type", {}).get("coding", ()):
            if coding.get("code") == "PLAC":
                yield given_by(identifier, said.own), identifier.get("value", "")
