"""What is claimed for: the diagnoses and procedures of a message in; those of a draft claim out.

R4's Claim numbers them (``sequence``) and refers to each. They stand before the insurances (v2.9,
6.4.1), for each of which there is a claim: all of them are in each.
"""

from __future__ import annotations

from typing import Any

from mappings.runtime.state.context import Context
from mappings.runtime.types import JSON, Location

_CLAIMED = {"Condition": "diagnosis", "Procedure": "procedure"}
#: So many claims of a message say what for: each refers to all, and nobody has more insurances
_MOST = 16
_WITHDRAWN = "entered-in-error"
_Told = tuple[JSON, list[JSON]]


def claimed(_value: str, context: Context, _location: Location) -> JSON | None:
    """Refer to all diagnoses, with roles, and procedures that the message tells so far, numbered.

    What is withdrawn is not claimed for. A diagnosis of the visit has its roles, and its rank.
    """
    number = context.families["claims"] = context.families.get("claims", 0) + 1
    if number > _MOST:
        context.say("information", "not-applicable", 0, "so many claims do not say what for")
        return None
    told = {name: _told(context, type_) for type_, name in _CLAIMED.items()}
    return {
        name: [_item(n, name, *each) for n, each in enumerate(each_of, 1)]
        for name, each_of in told.items() if each_of
    } or None  # fmt: skip


def _told(context: Context, type_: str) -> list[_Told]:
    """Return what refers to each thing of a type, with its roles; what matters most comes first."""
    claim, visit = context.scope.find("Claim"), context.scope.find("Encounter")
    roles: dict[int, list[JSON]] = {}  # by what they refer to
    for role in visit.resource.get("diagnosis", ()) if visit is not None else ():
        roles.setdefault(id(role.get("condition")), []).append(role)
    told: dict[Any, _Told] = {}
    for slot in context.slots:
        if slot.mention.type != type_ or slot.compartment != claim.compartment:
            continue
        if len(slot.resource) > 1 and not _is_withdrawn(slot.resource):
            slot.promised = True
            _, known = told.setdefault(slot.key or slot, (slot.reference, []))
            known += roles.get(id(slot.reference), ())
    return sorted(told.values(), key=_rank)


def _rank(told: _Told) -> float:
    """Return the highest priority that somebody has given it; what has none comes last."""
    return min((float(role["rank"]) for role in told[1] if "rank" in role), default=float("inf"))


def _item(number: int, name: str, reference: JSON, roles: list[JSON]) -> JSON:
    item: JSON = {"sequence": number, f"{name}Reference": reference}
    types = [role["use"] for role in roles if "use" in role]
    return {**item, "type": types} if types else item


def _is_withdrawn(resource: JSON) -> bool:
    status = resource.get("verificationStatus", {}).get("coding", ({},))[0].get("code")
    return _WITHDRAWN in (status, resource.get("status"))
