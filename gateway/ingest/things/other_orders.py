"""Orders of something else than their number named: what is known, and a message, in; which, out.

Who orders another drug, as a new order (ORC-1 NW), under a number that he has given already, has
given it to both: one prescription of two lines, each told by itself. A change (XO), or what takes
the place of an order (RP, RO), is of the same order, whatever it is of then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gateway.ingest.findings import finding
from gateway.ingest.sending import has_told, is_open, outdated
from gateway.ingest.versions.known import versions
from gateway.store import Tx
from mappings.findings import Finding
from mappings.runtime.walk.several import words

if TYPE_CHECKING:
    from gateway.ingest.pipeline import Said
    from gateway.ingest.things.orders import Order

JSON = dict[str, Any]


def is_another(tx: Tx, said: Said, order: Order, id_: str) -> bool:
    """Whether an order that begins is of something else than what has an id is, and ever was.

    One that comes late, behind its change, is what was changed.
    """
    row = tx.resources.get(order.type, id_) if order.begins else None
    if row is None or row.deleted or said.sent is None:
        return False
    told = row.told or b""
    if not has_told(told, said.sent) or (outdated(told, said.sent) and is_open(told, said.sent)):
        return False
    known = (version for version, _ in versions(tx, (), order.type, id_))
    return all(_differ(version, order.resource) for version in known)


def was(tx: Tx, order: Order, id_: str) -> bool:
    """Whether what has an id was once of what is ordered."""
    codes = {*words(order.resource).codes}
    known = (version for version, _ in versions(tx, (), order.type, id_))
    return any(not codes.isdisjoint(words(version).codes) for version in known)


def redrugged(known: JSON, told: bytes, said: Said, order: JSON) -> Iterator[Finding]:
    """Find a prescription that a sender has told of, and that is one of another drug now.

    The drug that a pharmacy gives for the one that was ordered is another sender's.
    """
    if order["resourceType"] != "MedicationRequest" or said.sent is None:
        return
    if _differ(known, order) and has_told(told, said.sent):
        yield finding("warning", "another-drug", order["resourceType"])


def _differ(one: JSON, other: JSON) -> bool:
    """Whether two orders are of different things: a system that both have calls them otherwise."""
    codes = [{*words(each).codes} for each in (one, other)]
    systems = [{system for system, _ in some} for some in codes]
    return codes[0].isdisjoint(codes[1]) and not systems[0].isdisjoint(systems[1])
