"""Orders that are part of others (OBR-29, ORC-8): what a message says in; referring to them, out.

The tables name the order that one is part of by a number, its filler's where that is told: all that
a laboratory does for one order has the placer's. If the message tells of one order of that number,
it is that. Those that name the same are parts of one, not one of the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.ingest.ids import given_by
from mappings.runtime.several import ORDERS
from mappings.translate import Made

JSON = dict[str, Any]
_Number = tuple[str, str, str]  # of which side, who gave it out, and what it is


def tied(made: Sequence[Made], own: tuple[str, str]) -> Sequence[Made]:
    """Return what a message says, orders referring to what they are part of.

    Parameters
    ----------
    made
        Each order under the id that it has.
    own
        Whose numbers are the source's own.
    """
    orders = {
        f"{one.resource['resourceType']}/{one.resource['id']}": one.resource
        for one in made if one.resource["resourceType"] in ORDERS
    }  # fmt: skip
    if not any(_named(order) for order in orders.values()):
        return made
    return [
        one._replace(resource=_tied(one.resource, orders, own))
        if one.resource["resourceType"] in ORDERS
        else one
        for one in made
    ]


def _named(order: JSON) -> list[JSON]:
    """Return the numbers by which an order names what it is part of."""
    return [
        each["identifier"]
        for each in order.get("basedOn", ())
        if "identifier" in each and "reference" not in each
    ]


def _tied(order: JSON, orders: dict[str, JSON], own: tuple[str, str]) -> JSON:
    if not _named(order):
        return order
    parents = [_parent(each, order, orders, own) for each in order["basedOn"]]
    return {**order, "basedOn": parents}


def _parent(named: JSON, order: JSON, orders: dict[str, JSON], own: tuple[str, str]) -> JSON:
    """Return a reference to what an order is part of, with an address if it is in the message."""
    if "reference" in named or "identifier" not in named:
        return named
    wanted = {*_numbers(named["identifier"], own)}
    found = [
        name
        for name, other in orders.items()
        if other is not order
        and any(not wanted.isdisjoint(_numbers(one, own)) for one in other.get("identifier", ()))
        and named["identifier"] not in _named(other)
    ]
    return {"reference": found[0], **named} if len(found) == 1 else named


def _numbers(identifier: JSON, own: tuple[str, str]) -> Iterator[_Number]:
    for coding in identifier.get("type", {}).get("coding", ()):
        if coding.get("code") in ("PLAC", "FILL"):
            yield coding["code"], given_by(identifier, own), identifier.get("value", "")
