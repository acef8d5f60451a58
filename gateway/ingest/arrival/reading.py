r"""As much of a message as an acknowledgement and the spool need: octets in, a `Reading` out.

Nothing here fails: what cannot be read says why, and that is the reason it is quarantined with.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from adapters.ack import Err, Outcome, header_errors
from adapters.charset import UndecodableError, decode, salvage
from adapters.header import Header, read_header
from adapters.mllp.events import Reason
from gateway.ingest.sources import Feed, FindFeed
from mappings.runtime.walk.patient import numbers

# Why a message is not taken, and what the sender is told.
UNKNOWN_SOURCE = "unknown-source"
WRONG_SENDER = "wrong-sender"
UNDECODABLE = "undecodable"
BAD_HEADER = "bad-header"
UNKNOWN_TRIGGER = "unknown-trigger"
NOT_PRODUCTION = "not-production"
BROKEN_FRAME = "broken-frame"
MISCOUNTED = "batch-miscounted"

Knows = Callable[[Feed, str, str, str], bool]
"""Whether some table says something of a feed's message: its code, its trigger event, its text."""

# Training and debugging (table 0103): what they tell of a patient never happened.
_APART = frozenset({"T", "D"})
#: What names a patient, or a record that is merged or moved; a separator stands behind it
_NAMES = tuple(re.compile(f"{end}(PID|pid|MRG|mrg)([^\r\n])") for end in "\r\n")
_OF_PATIENT = (3, 2, 4)  # PID's lists of numbers
_LONGEST = 200  # of what is kept in the clear; longer values are nonsense


class Reading(NamedTuple):
    """What a received message says of itself.

    `outcome` is what the sender is told; `reason` is None for a message that will be worked on.
    `declared` is the character set that its connection or source has set; `charset` the one used.
    `patient` is the number by which PID names the hospital's own record, as sent: messages that
    share it stay in order. `several`: it speaks of several records, and so of all that came before.
    `sender` is whom it came from (`Sender`), as far as that is proved and no feed says it.
    """

    raw: bytes
    feed: Feed | None
    header: Header | None
    charset: str
    patient: str
    outcome: Outcome
    reason: str | None
    errors: tuple[Err, ...]
    declared: str | None = None
    sender: str = ""
    several: bool = False

    @property
    def facility(self) -> str:
        """MSH-4.1."""
        return self.header.component(4) if self.header else ""

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return _clear(self.header.control_id) if self.header else ""

    @property
    def message_type(self) -> str:
        """MSH-9.1 and MSH-9.2, as ``ADT^A04``."""
        if self.header is None:
            return ""
        parts = (self.header.component(9, 1), self.header.component(9, 2))
        return _clear("^".join(parts).rstrip("^"))


def read(
    raw: bytes, find: FindFeed, knows: Knows | None = None, connection: str | None = None
) -> Reading:
    """Read the header of a message, and decide whether it is taken.

    `connection` is the character set of whatever it came by: it overrides the source's and MSH-18.
    """
    try:
        decoded = decode(raw, connection=connection)
    except UndecodableError as fault:
        return _read_undeclared(raw, find, knows, connection, fault)
    text = decoded.content.text
    header = read_header(text)
    feed = find(header.component(4)) if header else None
    charset = feed.charset_of(header) if connection is None and feed and header else None
    if charset and feed:
        return _read_as(raw, feed, header, knows, charset)
    reading = _judge(raw, feed, header, decoded.charset, text, knows)
    return reading._replace(declared=connection)


def read_broken(raw: bytes, find: FindFeed, why: str) -> Reading:
    """Read what there is of a frame that broke, to keep it and to answer it."""
    saved = salvage(raw)
    header = read_header(saved.text)
    feed = find(header.component(4)) if header else None
    if why == Reason.TOO_LONG:  # it would be so again
        outcome, told = Outcome.REJECTED, "The message is larger than this gateway takes"
    else:
        outcome, told = Outcome.ERROR, f"The frame is broken ({why}); send the message again"
    error = Err(207, told, code=BROKEN_FRAME)
    return Reading(raw, feed, header, saved.charset, "", outcome, BROKEN_FRAME, (error,))


def read_miscounted(raw: bytes, header: Header | None, find: FindFeed) -> Reading:
    """Read the headers and trailers of a batch that is not what they count, to keep them."""
    feed = find(header.component(4)) if header else None
    return Reading(raw, feed, header, "latin-1", "", Outcome.ERROR, MISCOUNTED, ())


def of_another(reading: Reading) -> Reading:
    """Return a message of no source, which names one that its sender has not proved to be."""
    told = "MSH-4 names a source that the sender's certificate or token is not of"
    error = Err(204, told, "MSH", field=4, component=1, code=WRONG_SENDER)
    return reading._replace(reason=WRONG_SENDER, errors=(error,))


def _read_undeclared(
    raw: bytes,
    find: FindFeed,
    knows: Knows | None,
    connection: str | None,
    fault: UndecodableError,
) -> Reading:
    """Read octets that are not what they say, in what the site has set for their source."""
    saved = salvage(raw)
    header = read_header(saved.text)
    feed = find(header.component(4)) if header else None
    charset = feed.charset_of(header) if connection is None and feed and header else None
    if charset and feed:
        return _read_as(raw, feed, header, knows, charset)
    reading = _undecodable(raw, feed, header, saved.charset, fault)
    return reading._replace(declared=connection)


def _read_as(
    raw: bytes, feed: Feed, header: Header | None, knows: Knows | None, charset: str
) -> Reading:
    try:
        decoded = decode(raw, connection=charset)
    except UndecodableError as fault:
        reading = _undecodable(raw, feed, header, "latin-1", fault)
    else:
        text = decoded.content.text
        again = read_header(text)
        reading = _judge(raw, feed, again, decoded.charset, text, knows)
    return reading._replace(declared=charset)


def _undecodable(
    raw: bytes, feed: Feed | None, header: Header | None, charset: str, fault: UndecodableError
) -> Reading:
    error = Err(102, str(fault), "MSH", field=18, code=UNDECODABLE)
    errors = (error,) if header else header_errors(header)
    outcome = Outcome.ERROR if header else Outcome.REJECTED
    return Reading(raw, feed, header, charset, "", outcome, UNDECODABLE, errors)


def _judge(
    raw: bytes,
    feed: Feed | None,
    header: Header | None,
    charset: str,
    text: str,
    knows: Knows | None,
) -> Reading:
    errors = header_errors(header)
    reason = BAD_HEADER if errors else None
    if header and not errors:
        code, event = header.component(9, 1), header.component(9, 2)
        if feed is None:
            reason = UNKNOWN_SOURCE
            told = "MSH-4 names no registered source"
            errors = (Err(204, told, "MSH", field=4, component=1, code=reason),)
        elif header.component(11).upper() in _APART - feed.processing:
            reason = NOT_PRODUCTION
            told = "MSH-11 says training or debugging; this feed keeps a record of production"
            errors = (Err(202, told, "MSH", field=11, component=1, code=reason),)
        elif knows is not None and not knows(feed, code, event, text):
            reason = UNKNOWN_TRIGGER
            told = "There is no table for this message type and event, nor for any of its segments"
            errors = (Err(201, told, "MSH", field=9, code=reason),)
    outcome = Outcome.REJECTED if reason else Outcome.ACCEPTED
    patient, several = whose(text, header) if header else ("", False)
    return Reading(
        raw, feed, header, charset, patient, outcome, reason, errors, several=several
    )  # fmt: skip


def whose(text: str, header: Header) -> tuple[str, bool]:
    """Return the number of the first patient's own record; whether there are several records."""
    found = [name for names in _NAMES for name in names.finditer(text)]
    patients = [_number(text, name, header) for name in found if name[1].upper() == "PID"]
    several = len(patients) < len(found) or len({*patients}) > 1
    return (patients[0] if patients else ""), several


def _number(text: str, name: re.Match[str], header: Header) -> str:
    """Return the number by which a PID names the hospital's own record; "" if it has none."""
    fields = re.split("[\r\n]", text[name.start() + 1 :], maxsplit=1)[0].split(name[2])
    usual = str.maketrans(dict(zip(header.separators[1:3], "^~", strict=True)))
    for field in _OF_PATIENT:
        listed = numbers(fields[field].translate(usual)) if len(fields) > field else []
        if listed:
            return listed[0][0]
    return ""


def _clear(text: str) -> str:
    return text.replace("\0", "")[:_LONGEST]
