"""An order that is new (ORC-1 NW): as it is known, and as it is said, in; what counts of that, out.

That it is new says that an order is open only where nobody has told its state: its result, or its
refusal, may be there before the message that ordered it. But who has cancelled it, and then writes
it as new (by his own clock, if that tells), orders it again, under the same number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.sending import has_told, is_open, state_told
from gateway.ingest.versions.current import Current
from gateway.ingest.versions.known import versions
from gateway.ingest.versions.states import STATES
from gateway.store import New, Tx
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
_OFF = frozenset({"cancelled", "entered-in-error", "revoked", "stopped"})
_UNTOLD = frozenset({"draft", "unknown"})


def begun(
    tx: Tx,
    news: Sequence[New],
    said: Said,
    made: Made,
    current: Current,
    findings: list[Finding],
    *,
    late: bool,
) -> Made:
    """Return what a message says of an order that it begins.

    Parameters
    ----------
    news
        What is to be written before this message, and is not yet in the store.
    current
        The order as it is known.
    findings
        Of the message; one is added if the order stays cancelled.
    late
        Whether what is known was said after the message.
    """
    known, type_ = current.content().get("status"), made.resource["resourceType"]
    if known in {*_UNTOLD, made.resource.get("status")} or (
        late and not is_open(current.told, said.sent)
    ):
        return made
    if known in _OFF and _is_own(tx, news, said, current, made.resource):
        weak = tuple(name for name in made.weak if name != "status")
        return made._replace(
            weak=weak, erase=tuple(dict.fromkeys((*made.erase, *STATES[type_].hanging)))
        )
    if known in _OFF and said.sent is not None and has_told(current.told, said.sent):
        findings.append(finding("information", "order-over", type_))
    return made._replace(begins=False)


def _is_own(tx: Tx, news: Sequence[New], said: Said, current: Current, order: JSON) -> bool:
    """Whether the state that stands was told first by the message's sender, before the message."""
    known, then, before = current.content().get("status"), b"", b""
    for version, told in versions(tx, news, order["resourceType"], order["id"]):
        if version.get("status") != known:
            before = told
            break
        then = told
    told_at = state_told(then, said.sent)
    at = said.sent.at if said.sent is not None else 0
    return 0 < told_at <= at and told_at != state_told(before, said.sent)
