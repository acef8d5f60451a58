"""Which of two decisions of a patient's stands: a consent as it is known and as said in; out.

One form (CON-4) is told of by several applications, whose clocks are not compared
(`gateway.ingest.sending`); but it has the time of the decision itself (CON-13). What was decided
last stands, whichever message was written last. Where nothing tells that, a refusal or revocation
stands: what was refused is not agreed to by a message that came round another way. Pure.
"""

from __future__ import annotations

from typing import Any

from mappings.runtime.text.primitives import is_after

JSON = dict[str, Any]

_REFUSED = frozenset({"entered-in-error", "inactive", "rejected"})


def is_superseded(said: JSON, known: JSON) -> bool | None:
    """Whether what is said was decided before what is known; None if their times do not tell."""
    mine, theirs = said.get("dateTime", ""), known.get("dateTime", "")
    if said["resourceType"] != "Consent" or not (mine and theirs):
        return None
    later = is_after(theirs, mine)
    return later if later or is_after(mine, theirs) else None


def is_overruled(said: JSON, known: JSON) -> bool | None:
    """Whether what is said is refused by what is known, or, False, refuses it; None if neither."""
    mine, theirs = (each.get("status") in _REFUSED for each in (said, known))
    return theirs if said["resourceType"] == "Consent" and mine != theirs else None
