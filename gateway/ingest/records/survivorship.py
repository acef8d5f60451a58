"""Merged Patients: a Patient and its group in; the Patient with the group's links out. Pure.

FHIR R4, Patient.link: the retired record is not active and is ``replaced-by`` the survivor; the
survivor ``replaces`` the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.store import Group

_OURS = ("replaces", "replaced-by")


def linked(
    patient: dict[str, Any], compartment: str, group: Group, id_of: Callable[[str], str]
) -> dict[str, Any]:
    """Return the Patient of a compartment as its group has it.

    Parameters
    ----------
    patient : dict
        Its other links stay.
    compartment : str
        Whose Patient it is.
    group : Group
        Of that compartment.
    id_of : callable
        The id of a compartment's Patient.
    """
    kept = [link for link in patient.get("link", ()) if link.get("type") not in _OURS]
    if compartment == group.survivor:
        type_, others = "replaces", sorted(group.members - {compartment})
    else:
        type_, others = "replaced-by", [group.survivor]
    ours = [{"other": {"reference": f"Patient/{id_of(one)}"}, "type": type_} for one in others]
    result = {name: value for name, value in patient.items() if name != "link"}
    if ours:
        result["active"] = compartment == group.survivor
    if kept or ours:
        result["link"] = [*kept, *ours]
    return result
