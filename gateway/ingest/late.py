"""Whether a message comes late: a resource as it is known, and a message, in; yes or no, out.

The clock of a sender tells in which order it wrote its messages (`gateway.ingest.sending`); where
it does not, the order of arrival does. An answer that waited for its order
(`gateway.ingest.unnamed`) came before it, and was given after it: it is heard behind the order.
"""

from __future__ import annotations

from typing import Any

from gateway.ingest.allowed import is_begun, is_final
from gateway.ingest.pipeline import Said
from gateway.ingest.sending import outdated
from gateway.ingest.state import State
from gateway.store import Tx
from mappings.runtime.unnamed import ORDERS

JSON = dict[str, Any]


def is_late(tx: Tx, seq: int, said: Said, resource: JSON, state: State) -> bool:
    """Whether what is known of a resource was said after this message."""
    late = outdated(state.told, said.sent)
    if late is not None:
        return late
    came = _came(tx, seq, said, resource)
    return state.spool_seq > came or (is_begun(resource) and is_final(state.content()))


def _came(tx: Tx, seq: int, said: Said, resource: JSON) -> int:
    """Return the number in the spool that tells when a message came to speak of a resource."""
    type_ = resource["resourceType"]
    if not said.waited or type_ not in ORDERS:
        return seq
    versions = tx.resources.history(type_, resource["id"])
    return max([seq, *(row.spool_seq or 0 for row in versions[-1:])])
