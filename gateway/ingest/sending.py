"""A message's header in, when its sender sent it out; and which of two messages was sent later.

A line that was down, a second interface, a message put right and sent again: what comes last need
not have been said last. MSH-7 tells in which order a sender wrote its messages (HL7 v2.9,
2.14.9.7). Clocks differ, so times are compared only between messages of one kind (MSH-9.1) of one
application (MSH-3, MSH-4), and a time well ahead of the message's arrival tells nothing.

Some kinds of message keep what others only mention: a laboratory names the patient and the visit,
the registration (ADT) says who and where that is.

A resource keeps with it when each kind of message last spoke of it (`told`): octets, 16 for each,
and as many for when it last told the state, if that is not the same. Behind them stand the names of
what was deleted of it, for that is told too, and nothing shows it; and, marked, the names of what
is there and nobody has told: what a message only lets assume; and, marked otherwise, when elements
were told that the last to speak has not told (`gateway.ingest.versions.dated`). Of what moved to
another record, what stands behind them is its id there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from gateway.keys import Keys
from mappings.runtime.text.primitives import instant
from mappings.translate import Translation

_AHEAD = 300_000_000  # µs: by how much a sender's clock may be fast
_MOST = 4  # kinds of messages that a resource remembers
_ENTRY = struct.Struct(">B7sq")
_STATE = 2  # begins an entry: when a sender told the state last, if he has spoken later
_UNKNOWN = 0  # when
_DELETED = b"\xff"  # begins no entry
_DATED, _GUESSED, _MOVED = "@", "?", ">"  # begin no word for what is deleted
_MASTER_FILES = dict.fromkeys(
    ("HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole"),
    frozenset({"MFN"}),
)
_ORDERS = frozenset({"OMB", "OMD", "OMG", "OMI", "OML", "OMN", "OMP", "OMS", "ORM", "RDE"})
#: Which kinds of message keep the resources of a type.
_KEEPERS = {
    "Encounter": frozenset({"ADT"}),
    "Patient": frozenset({"ADT"}),
    "ServiceRequest": _ORDERS,
    **_MASTER_FILES,
}


class Sent(NamedTuple):
    """Which application sent a message, as 7 octets; when, in µs; of which kind and event it is."""

    by: bytes
    at: int
    kind: str
    event: str = ""


def sent(keys: Keys, source: str, translation: Translation, received: int) -> Sent | None:
    """Return when a message was sent, as far as that is told to the minute.

    Parameters
    ----------
    source
        The organisation whose feed it is.
    received
        When it came, in µs.
    """
    header = translation.header
    if header is None:
        return None
    application, facility, kind = (header.value(path) for path in ("3", "4", "9.1"))
    told = instant(header.value("7"), translation.offset)
    at = int(datetime.fromisoformat(told).timestamp() * 1e6) if told else _UNKNOWN
    by = keys.token("sender", source, application, facility, kind)[:7]
    event = header.value("9.2")
    return Sent(by, at if at <= received + _AHEAD else _UNKNOWN, kind, event)


def is_order(message: Sent) -> bool:
    """Whether a message is of those that order."""
    return message.kind in _ORDERS


def has_told(told: bytes, message: Sent) -> bool:
    """Whether messages of this one's kind and application have told of a resource."""
    return any(by == message.by for _, by, _ in _entries(told))


def outdated(told: bytes, message: Sent | None) -> bool | None:
    """Whether a later message of its kind than this one has told of a resource already.

    None where neither this nor the contrary is known.
    """
    for _, by, at in _entries(told):
        if message is not None and by == message.by and _UNKNOWN not in {at, message.at}:
            return None if at == message.at else bool(at > message.at)
    return None


def is_open(told: bytes, message: Sent | None) -> bool:
    """Whether nobody has told the state of a resource since a message, which comes late, was sent.

    Its sender has spoken of the resource since, but told no state.
    """
    when = _states(told).get(message.by) if message is not None else None
    return message is not None and when is not None and when < message.at


def is_stated(told: bytes, message: Sent | None) -> bool:
    """Whether a message's sender has told the state of a resource before he spoke of it last."""
    return message is not None and bool(_states(told).get(message.by))


def state_told(told: bytes, message: Sent | None) -> int:
    """Return when a message's sender told the state of a resource last, in µs; 0 if none knows."""
    times = {by: at for _, by, at in _entries(told)} | _states(told)
    return times.get(message.by, _UNKNOWN) if message is not None else _UNKNOWN


def is_later(one: bytes, other: bytes) -> bool:
    """Whether one resource was told of later than another, by the clocks that told of both.

    Of those that keep both, where there are such: who mentions a thing last has not told of it.
    """
    keeping = is_kept(one) and is_kept(other)
    times = {by: at for keeps, by, at in _entries(other) if keeps or not keeping}
    later = {
        at > times[by] for _, by, at in _entries(one)
        if by in times and at != times[by] and _UNKNOWN not in {at, times[by]}
    }  # fmt: skip
    return later == {True}


def is_mention(type_: str, told: bytes, message: Sent | None) -> bool:
    """Whether a message only mentions a resource that messages of another kind keep."""
    keepers = _KEEPERS.get(type_)
    if message is None or keepers is None or message.kind in keepers:
        return False
    return is_kept(told)


def deleted(told: bytes) -> list[str]:
    """Return the words (`gateway.ingest.versions.erasing`) for what is deleted of a resource."""
    return [word for word in _words(told) if not word.startswith((_DATED, _GUESSED, _MOVED))]


def guessed(told: bytes) -> set[str]:
    """Return the names of the elements of a resource that nobody has told."""
    return {word[1:] for word in _words(told) if word.startswith(_GUESSED)}


def dates(told: bytes) -> list[str]:
    """Return the lines (`gateway.ingest.versions.dated`) for when elements were told."""
    return [word[1:] for word in _words(told) if word.startswith(_DATED)]


def times(told: bytes) -> dict[bytes, int]:
    """Return when each sender last told of a resource, in µs; 0 where that is not known."""
    return {by: at for _, by, at in _entries(told)}


def moved_to(told: bytes) -> str:
    """Return the id that what was here has in the record that it moved to; "" if it did not."""
    return next((word[1:] for word in _words(told) if word.startswith(_MOVED)), "")


def moved(told: bytes, id_: str) -> bytes:
    """Return what is kept of what moved to another record, and has that id there."""
    return told[: _end(told)] + _DELETED + f"{_MOVED}{id_}".encode()


def is_kept(told: bytes) -> bool:
    """Whether a message has told of a resource whose kind keeps such."""
    return any(keeps for keeps, _, _ in _entries(told))


def noted(
    told: bytes,
    type_: str,
    message: Sent | None,
    words: Iterable[str] | None = None,
    guesses: Iterable[str] | None = None,
    lines: Iterable[str] | None = None,
    *,
    state: bool = True,
) -> bytes:
    """Return what a resource keeps after a message spoke of it.

    Parameters
    ----------
    words
        For what is deleted of it then; None if that is as it was.
    guesses
        What nobody has told then; None if that is as it was.
    lines
        For when elements were told; None if that is as it was.
    state
        Whether it told the state of the resource, or that has none.
    """
    end = _end(told)
    rest = _tail(told, words, guesses, lines)
    if message is None:
        return told[:end] + rest
    known = {by: (at, keeps) for keeps, by, at in _entries(told)}
    keeps = message.kind in _KEEPERS.get(type_, ())
    states, by = _states(told), message.by
    at, _ = known.get(by, (_UNKNOWN, keeps))
    known[by] = max(message.at, at), keeps
    states[by] = max(states.get(by, at), message.at if state else _UNKNOWN)
    return _packed(known, states) + rest


def both(told: bytes, other: bytes, words: Iterable[str], guesses: Iterable[str]) -> bytes:
    """Return what is kept of two resources that are one, `words` and `guesses` as of `noted`."""
    known = {by: (at, keeps) for keeps, by, at in _entries(told)}
    states = {by: at for by, (at, _) in known.items()} | _states(told)
    others = _states(other)
    for keeps, by, at in _entries(other):
        known[by] = max(at, known.get(by, (at,))[0]), keeps
        states[by] = max(others.get(by, at), states.get(by, _UNKNOWN))
    return _packed(known, states) + _tail(b"", words, guesses, ())


def _tail(
    told: bytes,
    words: Iterable[str] | None,
    guesses: Iterable[str] | None,
    lines: Iterable[str] | None,
) -> bytes:
    """Return the words that a resource keeps; those that it has already, where none are given."""
    if words is None and guesses is None and lines is None:
        return told[_end(told) :]
    names = guessed(told) if guesses is None else guesses
    gone = deleted(told) if words is None else words
    dated = dates(told) if lines is None else lines
    kept = sorted({*gone, *(_GUESSED + name for name in names), *(_DATED + line for line in dated)})
    return _DELETED + "\n".join(kept).encode() if kept else b""


def _words(told: bytes) -> list[str]:
    words = told[_end(told) + 1 :].decode()
    return words.split("\n") if words else []


def _packed(known: Mapping[bytes, tuple[int, bool]], states: Mapping[bytes, int]) -> bytes:
    latest = sorted(known.items(), key=lambda entry: (entry[1][1], entry[1][0]), reverse=True)
    entries = [(int(keeps), by, at) for by, (at, keeps) in latest[:_MOST]]
    entries += [(_STATE, by, states[by]) for _, by, at in entries if states.get(by, at) != at]
    return b"".join(_ENTRY.pack(*entry) for entry in entries)


def _entries(told: bytes) -> Iterator[tuple[bool, bytes, int]]:
    for keeps, by, at in _ENTRY.iter_unpack(told[: _end(told)]):
        if keeps != _STATE:
            yield bool(keeps), by, at


def _states(told: bytes) -> dict[bytes, int]:
    """Return when senders told the state last, of those that have spoken later."""
    entries = _ENTRY.iter_unpack(told[: _end(told)])
    return {by: at for kind, by, at in entries if kind == _STATE}


def _end(told: bytes) -> int:
    """Return where the entries end, and what was deleted is named."""
    at = told.find(_DELETED)
    while at % _ENTRY.size and at > 0:  # within an entry
        at = told.find(_DELETED, at + 1)
    return len(told) if at < 0 else at
