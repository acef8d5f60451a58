"""Results that belong together: a sub-id (OBX-4) or a parent's name (OBR-26) in, references out.

Sub-ids are paths: 1.1 and 1.2 are members of 1; a device writes 1.0.0.0 for 1 (IHE PCD-01). A
susceptibility test names the result it belongs to, an organism of the culture, by that one's code
and sub-id. The parent gets the reference (``hasMember``), since it is a group of such results;
where it is not in the message, the member says what it was derived from, in words (HL7 v2.9,
7.4.1.26).
"""

from __future__ import annotations

from typing import Any

from mappings.runtime import values
from mappings.runtime.context import Context
from mappings.runtime.pieces import part
from mappings.runtime.types import JSON, Location


def in_group(value: str, context: Context, _location: Location) -> None:
    """Make this result a member of the one whose sub-id is the beginning of its own."""
    own = context.scope.find("Observation")
    # A few words for each result: most have no family.
    context.unplaced.append((own, context.current["OBX"]))
    if "." in value and own.key:
        steps, known, report = _steps(value), _known(context), _report(own)
        for length in range(len(steps) - 1, 0, -1):
            parent = known.get((report, steps[:length]))
            if parent is not None:
                _join(parent, own)
                break


def in_parent(value: str, context: Context, location: Location) -> JSON | None:
    """Make this result a member of the one that OBR-26 names; else say what that is called."""
    code, sub_id, descriptor = (part(value, "^", n).strip() for n in (1, 2, 3))
    parent = _known(context).get((part(code, "&", 1), sub_id))
    if parent is not None:
        _join(parent, context.scope.find("Observation"))
        return None
    own, name = values.text(part(code, "&", 1)), values.text(part(code, "&", 2))
    if own and name:  # which says the same, for people
        context.say("information", "already-filled", ((location, 1), 1))
    words = ": ".join(w for w in (name or own, values.text(descriptor)) if w)
    return {"derivedFrom": [{"display": words}]} if words else None


def _known(context: Context) -> dict[Any, Any]:
    """Return the results so far by (report, steps of the sub-id), and by (code, sub-id)."""
    known = context.families
    for slot, fields in context.unplaced:
        if slot.key:
            code, sub_id = fields[3], fields[4].strip()
            known.setdefault((_report(slot), _steps(sub_id)), slot)
            name = part(code, "^", 1).strip() or part(code, "^", 2).strip()
            known.setdefault((name, part(sub_id, "^", 1)), slot)
    context.unplaced.clear()
    return known


def _report(slot: Any) -> str:
    """Return what the results of one report have in common."""
    found: str = slot.scope.key_of("DiagnosticReport") or slot.scope.key_of("ServiceRequest")
    return found


def _steps(sub_id: str) -> tuple[str, ...]:
    steps = part(sub_id, "^", 1).strip().split(".")
    while len(steps) > 1 and steps[-1] in {"0", ""}:
        steps.pop()
    return tuple(steps)


def _join(parent: Any, member: Any) -> None:
    if member is not parent:
        parent.resource.setdefault("hasMember", []).append(member.reference)
