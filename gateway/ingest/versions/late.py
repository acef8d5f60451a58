"""What comes late: a message and what is known in; whether it does, and the state it tells, out.

The clock of a sender tells in which order it wrote its messages (`gateway.ingest.sending`); where
it does not, the order of arrival does. An answer that waited for its order
(`gateway.ingest.records.unnamed`) came before it, and was given after it: it is heard behind the
order. A consent has its own time (`gateway.ingest.versions.deciding`).

What is known was said later; but if that told no state, a message that does tells it all the same
(`gateway.ingest.versions.states`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.ingest.pipeline import Said
from gateway.ingest.sending import deleted, is_mention, is_stated, outdated
from gateway.ingest.versions.allowed import is_begun, is_final
from gateway.ingest.versions.beneath import only_filled, reopened
from gateway.ingest.versions.current import Current
from gateway.ingest.versions.deciding import is_overruled, is_superseded
from gateway.ingest.versions.guessing import yielding
from gateway.ingest.versions.known import versions
from gateway.ingest.versions.places import been
from gateway.ingest.versions.states import caught_up, is_alike
from gateway.store import New, Tx
from mappings.runtime.walk.unnamed import ORDERS
from mappings.translate import Made

JSON = dict[str, Any]
_WAITED = ORDERS | {"Appointment"}  # for what a message may have waited


def is_late(tx: Tx, seq: int, said: Said, resource: JSON, current: Current) -> bool:
    """Whether what is known of a resource was said after this message."""
    late = is_superseded(resource, current.content())
    if late is None:
        late = outdated(current.told, said.sent)
    if late is None:
        late = is_overruled(resource, current.content())
    if late is not None:
        return late
    came = _came(tx, seq, said, resource)
    return current.spool_seq > came or (is_begun(resource) and is_final(current.content()))


def _came(tx: Tx, seq: int, said: Said, resource: JSON) -> int:
    """Return the number in the spool that tells when a message came to speak of a resource."""
    type_ = resource["resourceType"]
    if not said.waited or type_ not in _WAITED:
        return seq
    versions = tx.resources.history(type_, resource["id"])
    return max([seq, *(row.spool_seq or 0 for row in versions[-1:])])


def stated(tx: Tx, news: Sequence[New], said: Said, made: Made, known: JSON, told: bytes) -> JSON:
    """Return a resource with the state that a late message tells, if nobody has told it since.

    What is only assumed, and it tells, is left out (`gateway.ingest.versions.guessing`), to be
    filled in. A visit has the places where it tells that the patient was until then
    (`gateway.ingest.versions.places`).

    Parameters
    ----------
    news
        What is to be written before this message, and is not yet in the store.
    made
        What the message says of the resource.
    known, told
        The resource as it is, and what is kept with it.
    """
    mention = is_mention(made.resource["resourceType"], told, said.sent)
    gone = yielding(told, known, made, only_filled(made) if mention else ())
    known = {name: value for name, value in known.items() if name not in gone}
    if not reopened(told, made, said.sent):
        return been(known, made.resource)
    before, kept = None, b""
    for version, then in versions(tx, news, known["resourceType"], known["id"]):
        if not is_alike(known, version):
            break
        if not outdated(then, said.sent):
            before, kept = version, then
            break
        if is_stated(told, said.sent):  # who repeats what is known makes no version of it
            before = version
    whole = caught_up(known, before, made, {*deleted(told)} - {*deleted(kept)})
    return been(whole, made.resource)


def given_whole(said: Said, made: Made) -> tuple[str, ...]:
    """Return the words for what a message gives whole of a resource."""
    type_, id_ = made.resource["resourceType"], made.resource["id"]
    given = (one.fields.get(id_) for one in said.lists if one.type == type_)
    return next((words for words in given if words), ())
