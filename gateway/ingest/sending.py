"""A message's header in, when its sender sent it out; and which of two messages was sent later.

A line that was down, a second interface, a message put right and sent again: what comes last need
not have been said last. MSH-7 tells in which order a sender wrote its messages (HL7 v2.9,
2.14.9.7). Clocks differ, so times are compared only between messages of one kind (MSH-9.1) of one
application (MSH-3, MSH-4), and a time well ahead of the message's arrival tells nothing.

A resource keeps with it when each kind of message last spoke of it (`told`): octets, 16 for each.
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import NamedTuple

from gateway.keys import Keys
from mappings.runtime.values import instant
from mappings.translate import Translation

_AHEAD = 300_000_000  # µs: by how much a sender's clock may be fast
_MOST = 4  # kinds of messages that a resource remembers
_ENTRY = struct.Struct(">8sq")


class Sent(NamedTuple):
    """Which application sent a message of which kind, as 8 octets; and when, in µs."""

    by: bytes
    at: int


def sent(keys: Keys, source: str, translation: Translation, received: int) -> Sent | None:
    """Return when a message was sent; None where that is not told to the second.

    Parameters
    ----------
    source
        The organisation whose feed it is.
    received
        When it came, in µs.
    """
    header = translation.header
    told = header and instant(header.value("7"), translation.offset)
    if not header or not told:
        return None
    at = int(datetime.fromisoformat(told).timestamp() * 1e6)
    if at > received + _AHEAD:
        return None
    kind = header.value("3"), header.value("4"), header.value("9.1")
    return Sent(keys.token("sender", source, *kind)[:8], at)


def outdated(told: bytes, message: Sent | None) -> bool | None:
    """Whether a later message of its kind than this one has told of a resource already.

    None where neither this nor the contrary is known.
    """
    if message is None:
        return None
    at: int = _times(told).get(message.by, message.at)
    return None if at == message.at else at > message.at


def noted(told: bytes, message: Sent | None) -> bytes:
    """Return what a resource keeps after a message spoke of it."""
    if message is None:
        return told
    known = _times(told)
    known[message.by] = max(message.at, known.get(message.by, message.at))
    latest = sorted(known.items(), key=lambda entry: -entry[1])[:_MOST]
    return b"".join(_ENTRY.pack(*entry) for entry in latest)


def _times(told: bytes) -> dict[bytes, int]:
    return dict(_ENTRY.iter_unpack(told))
