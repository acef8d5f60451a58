"""Requests that were refused before they came: what messages say in; without what is not done, out.

Who cannot cancel, stop, hold, replace or release an order (ORC-1 UC, UD, UH, UM, UR) answers a
request, and his answer may be here before that, over another line. The request was sent before it
was refused: so one that was not sent later than the refusal is that one, and leaves the order as it
is. One that was sent later is another request. Their clocks are two, but nobody else can tell;
where a time is missing, the request counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.versions.undoing import REASONS
from gateway.store import Tx
from gateway.store.orders import Numbered
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_REQUESTED = {
    "MedicationRequest": frozenset({"active", "cancelled", "on-hold", "stopped"}),
    "NutritionOrder": frozenset({"active", "on-hold", "revoked"}),
    "ServiceRequest": frozenset({"active", "on-hold", "revoked"}),
}
_OF_REQUEST = frozenset({"extension", "status", "statusReason"})  # the reason goes with it


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, without the states that had been refused when they came."""
    asked = {
        (made.compartment, _number(said, made, status))
        for _, said in told if _at(said) for made in said.made if (status := _status(made))
    }  # fmt: skip
    rows = tx.orders.of(asked) if asked else {}
    refused = {number: int(row.claim.rpartition(".")[2]) for (_, number), row in rows.items()}
    new: list[Numbered] = []
    result = []
    for seq, said in told:
        at, kept = _at(said), []
        for made in said.made:
            for status in _refusals(made) if at else ():
                number = _number(said, made, status)
                refused[number] = at
                claim = f"{made.compartment}.{at}"  # which follows the order into another record
                new.append(Numbered(made.compartment, number, made.resource["id"], claim))
            status = _status(made)
            known = refused.get(_number(said, made, status), 0) if status else 0
            if 0 < at <= known:
                findings[seq].append(finding("information", "refused-before", "ORC-1"))
            kept.append(_without(made) if 0 < at <= known else made)
        result.append((seq, said._replace(made=kept)))
    tx.orders.note(new)
    return result


def _at(said: Said) -> int:
    """Return when a message was sent, in µs; 0 if that is not known."""
    return said.sent.at if said.sent is not None else 0


def _status(made: Made) -> str:
    """Return the state that a message asks for an order to be in; "" if it does not ask."""
    order = made.resource
    asked = "status" not in made.weak and "id" not in made.weak
    status = order.get("status", "") if asked else ""
    return status if status in _REQUESTED.get(order["resourceType"], ()) else ""


def _refusals(made: Made) -> Iterator[str]:
    """Yield the states that a message refuses to bring an order into."""
    if "status" in made.weak and made.erase:
        for status in _REQUESTED.get(made.resource["resourceType"], ()):
            if f"status {json.dumps(status)}" in made.erase:
                yield status


def _number(said: Said, made: Made, status: str) -> str:
    """Return by what the refusal of a state of an order is noted."""
    return said.ids.beside(made.resource["id"], made.resource["resourceType"], "refused", status)


def _without(made: Made) -> Made:
    left = {name: value for name, value in made.resource.items() if name not in _OF_REQUEST}
    return made._replace(resource=left, erase=tuple(w for w in made.erase if w not in REASONS))
