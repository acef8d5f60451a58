"""Orders that take the place of others: ORC-1 of each in, references of the new to the old out.

What is replaced (RP, RQ; RU by the filler) comes first, and what takes its place (RO) follows
(HL7 v2.9, 4.5.1, table 0119).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mappings.runtime.state.context import Context
from mappings.runtime.types import JSON, Location


@dataclass
class _Replaced:
    """Orders, each with its filler's number; whether one that takes their place has come."""

    orders: list[tuple[Any, str]] = field(default_factory=list)
    told: bool = False


def replaced(value: str, context: Context, location: Location, type_: str) -> JSON | None:
    """Refer from an order (RO) to those before it that it takes the place of (RP, RQ, RU)."""
    order, filler = context.scope.find(type_), context.value("ORC", 3)
    known: _Replaced = context.families.setdefault("replaced", _Replaced())
    if value != "RO":
        if known.told:
            known.orders.clear()
        known.orders.append((order, filler))
        known.told = False
        return None
    known.told = True
    found = [
        old for old, number in known.orders
        if old.mention.type == type_ and old.compartment == order.compartment
        and (old.key != order.key or bool(number and filler and number != filler))
    ]  # fmt: skip
    if type_ == "ServiceRequest":
        return {"replaces": [_reference(old) for old in found]} if found else None
    if len(found) > 1:  # FHIR has room for one
        context.say("information", "not-applicable", location)
    return {"priorPrescription": _reference(found[0])} if len(found) == 1 else None


def new_order(_value: str, context: Context, _location: Location, type_: str) -> None:
    """Note of an order that it is new: a number may come again, or be that of several."""
    context.scope.find(type_).begins = True


def _reference(order: Any) -> Any:
    order.promised = True
    return order.reference
