"""What can be read from an MLLP connection, as values."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Broken", "Event", "Frame", "Noise", "Reason", "TooLong"]


class Reason(StrEnum):
    """Why octets of a connection are not a message."""

    START_IN_FRAME = "start-in-frame"
    END_OF_STREAM = "end-of-stream"
    DEADLINE = "frame-deadline"
    TOO_LONG = "frame-too-long"
    OUTSIDE_FRAME = "outside-frame"


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame.

    Attributes
    ----------
    payload : bytes
        What stood between VT and FS.
    trailer : bytes
        What followed FS: CR as the standard says; LF or nothing from a lax sender.
    """

    payload: bytes
    trailer: bytes = b"\r"


@dataclass(frozen=True, slots=True)
class Noise:
    """Octets outside any frame."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A frame that began and did not end: what there is of it, and why no more came."""

    partial: bytes
    reason: Reason


@dataclass(frozen=True, slots=True)
class TooLong:
    """A frame over the limit: its first `limit` octets. The stream cannot be read any further."""

    partial: bytes
    limit: int


Event = Frame | Noise | Broken | TooLong
