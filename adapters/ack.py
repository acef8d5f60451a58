r"""What can be read of a received message header in, an acknowledgement out, both as text.

An acknowledgement is owed to whatever came, so it is built from as little as there is: a whole
header, half of one, or none. It speaks with the separators, the version and the character set of
the message it answers, goes back to where that came from, and echoes nothing but header fields.

Two modes (HL7 v2.5.1 sections 2.9.2 and 2.9.3). In the *original mode*, MSH-15 and MSH-16 empty,
the answer is AA, AE or AR. In the *enhanced mode* the sender says in MSH-15 when it wants an
accept acknowledgement (CA, CE, CR: the message is or is not in safe storage) and in MSH-16 when it
wants an application acknowledgement. A sender that wants only the latter gets it at once, on the
same connection, since that is where such senders wait. `acknowledgement_code` is that decision.

Follows HL7 v2.5.1 sections 2.14 (control segments), 2.15.5 (ERR), 2.15.8 (MSA) and 2.15.9 (MSH),
HL7 v2.4 section 2.16.5 for the older ERR, and table 0357 for the conditions.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from adapters.charset import codec_named
from adapters.header import DEFAULT_SEPARATORS, DEFAULT_VERSION, Header

__all__ = [
    "CONDITIONS",
    "Err",
    "Outcome",
    "acknowledgement_code",
    "build_ack",
    "header_errors",
]

CONDITIONS = {
    0: "Message accepted",
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    104: "Value too long",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    205: "Duplicate key identifier",
    206: "Application record locked",
    207: "Application internal error",
}
"""Table 0357, message error condition codes."""

_REQUIRED = ((9, "message type", "E"), (10, "message control id", "E"), (12, "version id", "W"))
_LONGEST_TEXT = 80  # MSA-3
_NOBODY = Header(DEFAULT_SEPARATORS, (DEFAULT_SEPARATORS[0],))


class Outcome(StrEnum):
    """What became of a message."""

    ACCEPTED = "accept"
    ERROR = "error"
    REJECTED = "reject"


_APPLICATION = {Outcome.ACCEPTED: "AA", Outcome.ERROR: "AE", Outcome.REJECTED: "AR"}
_ACCEPT = {Outcome.ACCEPTED: "CA", Outcome.ERROR: "CE", Outcome.REJECTED: "CR"}

# Table 0155. An unknown value is read as always: an answer too many is the lesser harm.
_WANTED = {
    "AL": frozenset(Outcome),
    "NE": frozenset[Outcome](),
    "ER": frozenset({Outcome.ERROR, Outcome.REJECTED}),
    "SU": frozenset({Outcome.ACCEPTED}),
    "": frozenset[Outcome](),
}


@dataclass(frozen=True, slots=True)
class Err:
    """One thing wrong with a message.

    Attributes
    ----------
    condition : int
        Of table 0357.
    segment, sequence, field, repetition, component, subcomponent
        Where; 0 where it does not apply, an empty segment for the message as a whole.
    severity : str
        ``E`` error, ``W`` warning, ``I`` information (table 0516).
    text : str
        For the person who reads it. Without patient content.
    code : str
        Our own code for it (ERR-5), such as ``bad-value``.
    """

    condition: int
    text: str
    segment: str = ""
    sequence: int = 1
    field: int = 0
    repetition: int = 0
    component: int = 0
    subcomponent: int = 0
    severity: str = "E"
    code: str = ""

    @classmethod
    def at(
        cls, location: str, condition: int, text: str, *, severity: str = "E", code: str = ""
    ) -> Self:
        """Make one from a location such as ``PID-3[2].4`` or ``OBX[3]-5``.

        Counts are from 1. What is not such a location is the message as a whole.
        """
        found = _LOCATION.fullmatch(location)
        if found is None:
            return cls(condition, text, severity=severity, code=code)
        sequence, field, repetition, component, subcomponent = (
            int(part or 0) for part in found.groups()[1:]
        )
        return cls(
            condition,
            text,
            segment=found[1],
            sequence=sequence or 1,
            field=field,
            repetition=repetition or (1 if component else 0),
            component=component,
            subcomponent=subcomponent,
            severity=severity,
            code=code,
        )


_LOCATION = re.compile(
    r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?"
    r"(?:-(\d+)(?:\[(\d+)\])?(?:\.(\d+)(?:\.(\d+))?)?)?",
    re.ASCII,
)


def header_errors(header: Header | None) -> tuple[Err, ...]:
    """Say what is wrong with a header.

    Errors are what no message can do without. Warnings are what it can: without a version it is
    read as 2.5, without separators of its own by the usual ones.
    """
    if header is None:
        return (Err(100, "The message does not begin with an MSH segment", "MSH"),)
    found = [
        Err(101, f"MSH-{number} ({name}) is empty", "MSH", field=number, severity=severity)
        for number, name, severity in _REQUIRED
        if not header[number].strip()
    ]
    if header[2] != header.separators[1:]:
        text = "MSH-2 does not give separators that differ; the usual ones were taken"
        found.append(Err(102, text, "MSH", field=2, severity="W"))
    return tuple(found)


def acknowledgement_code(header: Header | None, outcome: Outcome) -> str | None:
    """Decide how to answer, if at all.

    Parameters
    ----------
    header : Header or None
        Of the message to answer; None where there is none to read.
    outcome : Outcome
        What became of it.

    Returns
    -------
    str or None
        MSA-1 (table 0008), or None where the sender does not want this answered.
    """
    accept, application = (header[15].strip(), header[16].strip()) if header else ("", "")
    if not accept and not application:
        return _APPLICATION[outcome]
    if outcome in _WANTED.get(accept, _WANTED["AL"]):
        return _ACCEPT[outcome]
    if outcome in _WANTED.get(application, _WANTED["AL"]):
        return _APPLICATION[outcome]
    return None


def build_ack(
    header: Header | None,
    code: str,
    *,
    at: datetime,
    control_id: str,
    errors: Sequence[Err] = (),
) -> str:
    r"""Build an acknowledgement.

    Parameters
    ----------
    header : Header or None
        Of the message to answer; without one, the answer is to nobody in particular.
    code : str
        MSA-1, of table 0008.
    at : datetime
        MSH-7, with a time zone.
    control_id : str
        MSH-10 of the answer.
    errors : sequence of Err
        One ERR segment each from version 2.5; before, one repetition each of ERR-1.

    Returns
    -------
    str
        Segments that end with ``\r``. To be encoded in the character set of the message.
    """
    header = header or _NOBODY
    field, component = header.separators[0], header.separators[1]
    msh = [""] * 19
    msh[0] = "MSH"
    msh[2] = header.separators[1:]
    msh[3:7] = header[5], header[6], header[3], header[4]
    msh[7] = f"{at:%Y%m%d%H%M%S%z}"
    msh[9] = component.join(_type_of(header))
    msh[10] = control_id
    msh[11] = header[11] or "P"
    msh[12] = header[12] or DEFAULT_VERSION
    msh[18] = _charset_of(header)
    del msh[1]  # MSH-1 is the separator itself
    # MSA-3 was withdrawn in 2.7.
    summary = _escaped(header, _summary(errors)) if header.version < (2, 7) else ""
    segments = [
        _joined(field, msh),
        _joined(field, ("MSA", code, header[10], summary)),
        *_error_segments(header, errors),
    ]
    return "".join(f"{segment}\r" for segment in segments)


def _type_of(header: Header) -> tuple[str, ...]:
    event, version = header.component(9, 2), header.version
    if version < (2, 2) or not event:
        return ("ACK",)
    return ("ACK", event) if version < (2, 3, 1) else ("ACK", event, "ACK")


def _charset_of(header: Header) -> str:
    # Where segments ran together, MSH-18 is anything; only the name of a character set is echoed.
    names = header[18].split(header.separators[2])
    return header[18] if all(codec_named(name) for name in names if name.strip()) else ""


def _summary(errors: Sequence[Err]) -> str:
    text = errors[0].text if errors else ""
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 3]}..."


def _error_segments(header: Header, errors: Sequence[Err]) -> Iterator[str]:
    field, component, repetition = (header.separators[i] for i in range(3))
    if header.version >= (2, 5):
        for error in errors:
            position = _joined(component, _position(error))
            coded = _joined(component, _coded(header, error))
            code, text = _escaped(header, error.code), _escaped(header, error.text)
            yield _joined(field, ("ERR", "", position, coded, error.severity, code, "", "", text))
    elif errors:
        yield _joined(field, ("ERR", repetition.join(_located(header, e) for e in errors)))


def _located(header: Header, error: Err) -> str:
    # ELD: segment, sequence, field position, and a CE whose parts are subcomponents; without a
    # separator for those there is room for the code alone.
    component, subcomponent = header.separators[1], header.separators[4:5]
    coded = _coded(header, error)
    position = (*_position(error), "", "", "")[:3]
    return component.join((*position, subcomponent.join(coded) if subcomponent else coded[0]))


def _position(error: Err) -> tuple[str, ...]:
    if not error.segment:
        return ()
    places = (error.field, error.repetition, error.component, error.subcomponent)
    return (error.segment, str(error.sequence), *(str(place or "") for place in places))


def _coded(header: Header, error: Err) -> tuple[str, str, str]:
    text = CONDITIONS.get(error.condition, "")
    return str(error.condition), _escaped(header, text), "HL70357"


def _escaped(header: Header, text: str) -> str:
    escape = header.separators[3]
    names = dict(zip(header.separators, "FSRET", strict=False))
    plain = " ".join(text.split())
    return "".join(f"{escape}{names[c]}{escape}" if c in names else c for c in plain)


def _joined(separator: str, parts: Iterable[str]) -> str:
    return separator.join(parts).rstrip(separator)
