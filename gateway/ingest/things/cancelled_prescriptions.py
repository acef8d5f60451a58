"""Prescriptions that are cancelled: what messages say in; with what was to be given of them, out.

What a pharmacy tells of each occasion to give a drug (RXG) is an order of its own below the
prescription. Who cancels or stops that need not name the occasions: none of those that are open is
to be given any more. If he is refused (ORC-1 UC, UD), they are as they were before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.ingest.pipeline import Said
from gateway.ingest.versions.known import contents
from gateway.store import Tx
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_TYPE, _OCCASION = "MedicationRequest", "instance-order"
_OPEN, _OVER = frozenset({"active", "on-hold"}), frozenset({"cancelled", "stopped"})


def asks(said: Said) -> bool:
    """Whether a message ends a prescription, or says that it goes on: it reads what is known."""
    return any(map(_ends, said.made))


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, and what becomes of the occasions of prescriptions they end."""
    return [(seq, said._replace(made=[*said.made, *_more(tx, said)]) if asks(said) else said)
            for seq, said in told]  # fmt: skip


def _more(tx: Tx, said: Said) -> Iterator[Made]:
    told = {made.resource["id"] for made in said.made}
    for made in filter(_ends, said.made):
        name = {"reference": f"{_TYPE}/{made.resource['id']}"}
        state, states = made.resource["status"], _OVER if "status" in made.weak else _OPEN
        for one in contents(tx, tx.resources.rows([made.compartment], [_TYPE])):
            below = one["intent"] == _OCCASION and name in one.get("basedOn", ())
            if below and one["id"] not in told and one["status"] in states:
                resource = {"resourceType": _TYPE, "id": one["id"], "status": state}
                words = tuple(word for word in made.erase if word.startswith("status "))
                yield Made(
                    resource, made.compartment, made.home, False, erase=words,
                    weak=tuple({"status"} & {*made.weak}),
                )  # fmt: skip


def _ends(made: Made) -> bool:
    """Whether a message tells that a prescription is over, or takes that back."""
    order = made.resource
    if order["resourceType"] != _TYPE or "id" in made.weak or order.get("intent") == _OCCASION:
        return False
    if "status" in made.weak:
        return any(word.startswith("status ") for word in made.erase)
    return order.get("status") in _OVER
