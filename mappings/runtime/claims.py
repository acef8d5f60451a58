"""What is claimed for: the diagnoses and procedures of a message in; those of a draft claim out.

R4's Claim numbers them (``sequence``) and refers to each. They stand before the insurances (v2.9,
6.4.1), for each of which there is a claim: all of them are in each.
"""

from __future__ import annotations

from typing import Any

from mappings.runtime.context import Context
from mappings.runtime.types import JSON, Location

_WITHDRAWN = "entered-in-error"


def claimed(
    _value: str, context: Context, _location: Location, type_: str, name: str
) -> JSON | None:
    """Refer to all that the message tells so far of a type, numbered; of a diagnosis with its role.

    What is withdrawn is not claimed for. A diagnosis of the visit has its roles, and its rank.
    """
    claim, visit = context.scope.find("Claim"), context.scope.find("Encounter")
    roles = visit.resource.get("diagnosis", ()) if visit is not None else ()
    told: dict[Any, tuple[JSON, list[JSON]]] = {}
    for slot in context.slots:
        if slot.mention.type != type_ or slot.compartment != claim.compartment:
            continue
        if len(slot.resource) > 1 and not _is_withdrawn(slot.resource):
            slot.promised = True
            _, known = told.setdefault(slot.key or slot, (slot.reference, []))
            known += [role for role in roles if role["condition"] is slot.reference]
    items = sorted(told.values(), key=_rank)
    found = [_item(n, name, *each) for n, each in enumerate(items, 1)]
    return {name: found} if found else None


def _rank(told: tuple[JSON, list[JSON]]) -> float:
    """Return the highest priority that somebody has given it; what has none comes last."""
    return min((float(role["rank"]) for role in told[1] if "rank" in role), default=float("inf"))


def _item(number: int, name: str, reference: JSON, roles: list[JSON]) -> JSON:
    item: JSON = {"sequence": number, f"{name}Reference": reference}
    types = [role["use"] for role in roles if "use" in role]
    return {**item, "type": types} if types else item


def _is_withdrawn(resource: JSON) -> bool:
    status = resource.get("verificationStatus", {}).get("coding", ({},))[0].get("code")
    return _WITHDRAWN in (status, resource.get("status"))
