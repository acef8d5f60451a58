"""Appointments of several services: what is known of one, and what a message says, in; all, out.

A message that adds or changes one service (S18, S19) says nothing of the others, and its times are
that one's (AIS-4): the tables only assume that they are the appointment's. A message that lists all
of the services deletes those that are known first. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mappings.runtime.text.primitives import is_after

JSON = dict[str, Any]


def extended(known: JSON, said: Mapping[str, Any], assumed: Collection[str]) -> JSON:
    """Return what becomes of services and times; neither argument is changed.

    Parameters
    ----------
    known, said : dict
        The appointment, without what the message deletes, and what the message says.
    assumed : collection of str
        Elements that the message assumes, and that are known.
    """
    result: JSON = {}
    if "serviceType" in known and "serviceType" in said:
        new = {_service(one): one for one in said["serviceType"]}
        kept = [new.pop(_service(one), one) for one in known["serviceType"]]
        result["serviceType"] = [*kept, *new.values()]
    if "start" in assumed and is_after(known["start"], said["start"]):
        result["start"] = said["start"]
    if "end" in assumed and "end" in known and is_after(said["end"], known["end"]):
        result["end"] = said["end"]
    return result


def _service(concept: JSON) -> object:
    codes = frozenset((one.get("system"), one.get("code")) for one in concept.get("coding", ()))
    return codes or concept.get("text")
