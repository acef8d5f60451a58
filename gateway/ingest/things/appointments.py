"""Appointments that share a placer's number: messages that tell that alone in; which it is, out.

A placer may ask for several appointments under one number; each has its filler's. A message that
has the placer's alone is of the one whose time it tells, or, if it cancels, of the only one that is
not over. If that does not tell which, it is of none of them: what it says stands by itself, and is
found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.ids import given_by
from gateway.ingest.pipeline import Said
from gateway.ingest.things.alike import only
from gateway.ingest.things.renaming import renamed
from gateway.ingest.versions.known import contents
from gateway.store import Tx
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_Number = tuple[str, str]  # who gave it out, and what it is

_TYPE = "Appointment"
_CANCELLED = frozenset({"cancelled", "entered-in-error"})
_OVER = _CANCELLED | {"fulfilled", "noshow"}


def asks(said: Said) -> bool:
    """Whether a message names an appointment by that alone: it reads what is known.

    A request (SRM) is for another one.
    """
    if said.sent is not None and said.sent.kind == "SRM":
        return False
    return any(_is_placers(said, made) for made in said.made)


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, each such appointment under the id that it has."""
    return [(seq, _whole(tx, said, findings[seq]) if asks(said) else said) for seq, said in told]


def _whole(tx: Tx, said: Said, found: list[Finding]) -> Said:
    names = {}
    for made in said.made:
        others = list(_others(tx, said, made)) if _is_placers(said, made) else []
        if len(others) < 2:
            continue  # its number tells which
        id_ = _told(made.resource, others)
        if id_:
            names[f"{_TYPE}/{made.resource['id']}"] = f"{_TYPE}/{id_}"
        else:
            found.append(finding("warning", "appointment-unclear", "SCH-1"))
    return said._replace(made=[renamed(one, names) for one in said.made]) if names else said


def _is_placers(said: Said, made: Made) -> bool:
    """Whether it is an appointment that has its placer's number, and not its filler's."""
    appointment = made.resource
    if appointment["resourceType"] != _TYPE or "id" in made.weak:
        return False
    return bool(_numbers(said, appointment, "PLAC") and not _numbers(said, appointment, "FILL"))


def _others(tx: Tx, said: Said, made: Made) -> Iterator[JSON]:
    """Yield the appointments of a placer's number that have their filler's."""
    mine = _numbers(said, made.resource, "PLAC")
    for one in contents(tx, tx.resources.rows([made.compartment], [_TYPE])):
        shared = not mine.isdisjoint(_numbers(said, one, "PLAC"))
        same = one.get("extension") == made.resource.get("extension")  # which of a series it is
        if shared and same and _numbers(said, one, "FILL"):
            yield one


def _numbers(said: Said, appointment: JSON, kind: str) -> set[_Number]:
    return {
        (given_by(one, said.own), one["value"])
        for one in appointment.get("identifier", ()) if "value" in one
        for coding in one.get("type", {}).get("coding", ()) if coding.get("code") == kind
    }  # fmt: skip


def _told(said: JSON, others: Sequence[JSON]) -> str | None:
    """Return the id of the only appointment of a time, or that may be cancelled."""
    if "start" in said:
        return only(one["id"] for one in others if one.get("start") == said["start"])
    ends = said.get("status") in _CANCELLED
    return only(one["id"] for one in others if ends and one.get("status") not in _OVER)
