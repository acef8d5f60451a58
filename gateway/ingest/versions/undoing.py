"""A request that was refused: an order as it is known, and the refusal, in; as it was before, out.

Who cannot cancel, stop, hold, replace or release an order as he was asked (ORC-1 UC, UD, UH, UM,
UR; HL7 table 0119) does not: its state is what it was before the request, which its versions tell,
and so is the reason for that. The refusal deletes the state that was asked for
(`gateway.ingest.versions.erasing`) and assumes another; a version tells better than that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gateway.ingest.versions.known import versions
from gateway.store import New, Tx
from mappings.translate import Made

JSON = dict[str, Any]

_ORDERS = frozenset({"MedicationRequest", "NutritionOrder", "ServiceRequest"})
_REASON = "http://hl7.org/fhir/StructureDefinition/request-statusReason"
REASONS = ("statusReason", f"extension {_REASON}")  # words for it


def undone(tx: Tx, news: Sequence[New], known: JSON, made: Made) -> Made:
    """Return what a message says of a resource; of an order, with the state that it goes back to.

    Parameters
    ----------
    news
        What is to be written before this message, and is not yet in the store.
    known
        The resource as it is.
    made
        What the message says; what it deletes tells whether it takes back the state.
    """
    status, type_ = known.get("status"), known["resourceType"]
    refused = [word for word in made.erase if word.startswith("status ")]
    if type_ not in _ORDERS or "status" not in made.weak or not refused:
        return made
    if f"status {json.dumps(status)}" not in refused:  # nobody has done what was asked
        return made._replace(erase=tuple(word for word in made.erase if word not in REASONS))
    for version, _ in versions(tx, news, type_, known["id"]):
        before = version.get("status")
        if before not in (None, "unknown", status):
            return made._replace(resource=_as_before(version, made.resource))
    return made


def _as_before(version: JSON, said: JSON) -> JSON:
    """Return what is said of an order, with the state of a version, and the reason for that."""
    reason = {name: version[name] for name in ("statusReason",) if name in version}
    extensions = [*said.get("extension", ())]
    if not any(map(_is_reason, extensions)):
        extensions += filter(_is_reason, version.get("extension", ()))
    more = {"extension": extensions} if extensions else {}
    return {**reason, **said, **more, "status": version["status"]}


def _is_reason(extension: JSON) -> bool:
    return bool(extension["url"] == _REASON)
