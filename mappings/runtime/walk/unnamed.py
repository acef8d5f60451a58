"""Messages that name no patient: what they made in; whether their orders tell whose it is, out.

An answer to an order need not say for whom that was (PID is optional in ORR, ORL, RRE and others,
HL7 v2.9 chapters 4 and 4A): who keeps the order knows. So what it says is of a patient still to be
found, as long as nothing is told but of orders that have a number, and of what belongs to them. So
it is with an appointment's message that names nobody who takes part, as a cancellation may.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from mappings.runtime.functions.registry import patient
from mappings.runtime.state.context import Context

if TYPE_CHECKING:
    from mappings.runtime.plan import Tie
    from mappings.runtime.walk.scopes import Slot

#: What has numbers by which its patient can be found.
ORDERS = frozenset({"MedicationRequest", "NutritionOrder", "ServiceRequest"})
_WITH_ORDERS = ORDERS | {
    "Medication", "MedicationAdministration", "MedicationDispense", "Specimen",
}  # fmt: skip


def told_by_orders(slots: Iterable[Slot], context: Context) -> bool:
    """Whether all that is of a patient is numbered orders, and what belongs to them."""
    theirs = [slot for slot in slots if slot.mention.home == "patient"]
    orders = [slot for slot in theirs if slot.mention.type in ORDERS]
    named = {type_ for (type_, _), made in context.made.items() if made.home == "patient"}
    return (
        bool(orders) and named <= _WITH_ORDERS
        and all(slot.key for slot in orders)
        and all(slot.mention.type in _WITH_ORDERS for slot in theirs)
    )  # fmt: skip


def attended(slots: Iterable[Slot], context: Context) -> None:
    """Let whoever is still to be found take part in an appointment of which nobody is said to."""
    for slot in slots:
        if slot.mention.type == "Appointment" and slot.key and "participant" not in slot.resource:
            whose = {"actor": patient("", context, 0), "status": "accepted"}
            slot.resource["participant"] = [whose]
            slot.weak.add("participant")


def refer(slots: Iterable[Slot], links: Mapping[str, tuple[Tie, ...]], context: Context) -> None:
    """Let resources refer to the patient that is still to be found."""
    whose = patient("", context, 0)
    for slot in slots:
        for tie in links.get(slot.mention.type, ()):
            if tie.target == "Patient" and tie.plain:
                slot.resource.setdefault(tie.name, whose)
