"""Groups of orders: what messages say of a group in; what they say of each order of it, out.

A placer gives a group of orders a number (ORC-4) beside those that each has, and may cancel, hold
or release all of them by that alone. So an order that has no number but its group's, and does not
say what it is of, is none: the state that it tells is that of every order of the group. A group
that nobody knows is left as it was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.ingest.ids import given_by
from gateway.ingest.pipeline import Said
from gateway.ingest.versions.known import contents
from gateway.ingest.versions.states import is_told
from gateway.store import Tx
from mappings.runtime.walk.several import words
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

# What orders of services and of drugs call a group, and a state.
_GROUPS = {"MedicationRequest": "groupIdentifier", "ServiceRequest": "requisition"}
_STATES = {
    "MedicationRequest": {"revoked": "cancelled"},
    "ServiceRequest": {"cancelled": "revoked", "stopped": "revoked"},
}
_OF_STATE = ("extension", "status", "statusReason")


def asks(said: Said) -> bool:
    """Whether a message tells the state of a group of orders: it reads what is known."""
    return any(map(_is_group, said.made))


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, each state of a group as that of its orders."""
    return [(seq, _whole(tx, said) if asks(said) else said) for seq, said in told]


def _whole(tx: Tx, said: Said) -> Said:
    made: list[Made] = []
    for one in said.made:
        made += [*(_members(tx, said, one) if _is_group(one) else ())] or [one]
    return said._replace(made=made)


def _is_group(made: Made) -> bool:
    """Whether what seems to be an order is a group of which a state is told."""
    order = made.resource
    name = _GROUPS.get(order["resourceType"])
    return (
        name in order
        and not ("identifier" in order or made.begins or "id" in made.weak or any(words(order)))
        and is_told(made)
    )


def _members(tx: Tx, said: Said, group: Made) -> Iterator[Made]:
    """Yield the state that is told of a group, of each of its orders."""
    type_ = group.resource["resourceType"]
    number = _number(said, group.resource[_GROUPS[type_]])
    told = {made.resource["id"] for made in said.made}
    rows = tx.resources.rows([group.compartment], [*_GROUPS])
    for order in contents(tx, rows):
        kind = order["resourceType"]
        grouped = order.get(_GROUPS[kind], {})
        if order["id"] in told or "value" not in grouped or _number(said, grouped) != number:
            continue
        state = {name: group.resource[name] for name in _OF_STATE if name in group.resource}
        if kind != type_:  # what says no more than a number may be of either
            state = {"status": _STATES[kind].get(state["status"], state["status"])}
        resource = {"resourceType": kind, "id": order["id"], **state}
        yield group._replace(resource=resource, weak=(*{*group.weak} & {*state},), first="")


def _number(said: Said, identifier: JSON) -> tuple[str, str]:
    return given_by(identifier, said.own), identifier.get("value", "")
