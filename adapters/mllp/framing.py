r"""Octets of an MLLP connection in, events out; no input or output of its own.

Theory of operation
-------------------
The minimal lower layer protocol puts a message between three octets::

    VT  payload  FS CR        0x0B … 0x1C 0x0D

and says nothing of what to do with anything else. This module does, because feeds hold anything
else, and none of it may vanish: every octet fed to a `FrameDecoder` comes back in exactly one
event, but for the framing octets themselves and for what follows a `TooLong`.

The state machine is `_TABLE`: a state and a class of octet give an action and the
next state. `FrameDecoder.feed` only skips quickly over the octets that cannot change the state,
so its time is linear in what it is fed, whether that comes at once or octet by octet.

Three decisions are worth knowing.

*The end.* FS CR ends a frame. A sender may leave out the CR (FS VT), or have it translated by
something in between (FS LF); both end the frame and are told in `Frame.trailer`. FS before any
other octet is content: ending there would acknowledge half of a message. A sender which ends with
FS and then waits for its answer is helped by time, which is the caller's: when the line has been
quiet for a while, `FrameDecoder.settle` releases what is waiting.

*The beginning.* VT inside a frame means the sender gave up on the first message: it is handed
over as `Broken`, and a new frame begins. Octets outside frames are `Noise`.

*Wide characters.* VT and FS never occur within a character of ASCII, ISO 8859, UTF-8, GB 18030,
Big5, Shift-JIS, EUC or ISO 2022. They do in UTF-16 and UTF-32 (下 is 4E0B, 东 is 4E1C). A payload
that begins with a byte order mark or with the NUL of a wide ``M`` is therefore read by stricter
rules: VT is content, and only FS CR after an even number of octets ends it. What stays ambiguous
is one Malayalam letter (U+0D1C) in little-endian text.

Events are the same wherever the stream is cut into reads.

Follows HL7 v2.5.1 appendix C.4.3 and *Transport Specification: MLLP, release 1* (the block format).
"""

from enum import StrEnum

from adapters.mllp.events import Broken, Event, Frame, Noise, Reason, TooLong

__all__ = ["DEFAULT_MAX_FRAME", "DecoderClosedError", "FrameDecoder", "encode"]

DEFAULT_MAX_FRAME = 16 * 1024 * 1024
NOISE_PIECE = 64 * 1024
"""Noise is handed over in pieces of at most this many octets."""

_WIDE_STARTS = frozenset({b"\xfe\xff", b"\xff\xfe", b"\x00M", b"M\x00", b"\x00\x00"})


class DecoderClosedError(Exception):
    """Octets were fed to a decoder after `TooLong` or `FrameDecoder.close`."""


class _State(StrEnum):
    OUTSIDE = "outside"
    """Between frames: nothing, or noise."""
    INSIDE = "inside"
    """After VT."""
    ENDING = "ending"
    """After an FS that may be the end."""
    CLOSED = "closed"


class _Octet(StrEnum):
    VT = "start block"
    FS = "end block"
    CR = "carriage return"
    LF = "line feed"
    OTHER = "content"


class _Action(StrEnum):
    BEGIN = "noise is over, a frame begins"
    KEEP = "the octet is content"
    HOLD = "this FS may be the end"
    KEEP_HELD = "the FS before was content, and so is this octet"
    HOLD_NEXT = "the FS before was content; this one may be the end"
    FINISH = "the frame ended"
    FINISH_BEGIN = "the frame ended with FS alone, and the next begins"
    BREAK = "the frame never ended, and the next begins"


# Octets without a row are kept where they are and change nothing.
_TABLE: dict[tuple[_State, _Octet], tuple[_Action, _State]] = {
    (_State.OUTSIDE, _Octet.VT): (_Action.BEGIN, _State.INSIDE),
    (_State.INSIDE, _Octet.VT): (_Action.BREAK, _State.INSIDE),
    (_State.INSIDE, _Octet.FS): (_Action.HOLD, _State.ENDING),
    (_State.INSIDE, _Octet.OTHER): (_Action.KEEP, _State.INSIDE),
    (_State.ENDING, _Octet.CR): (_Action.FINISH, _State.OUTSIDE),
    (_State.ENDING, _Octet.LF): (_Action.FINISH, _State.OUTSIDE),
    (_State.ENDING, _Octet.VT): (_Action.FINISH_BEGIN, _State.INSIDE),
    (_State.ENDING, _Octet.FS): (_Action.HOLD_NEXT, _State.ENDING),
    (_State.ENDING, _Octet.OTHER): (_Action.KEEP_HELD, _State.INSIDE),
}

_CLASS = {0x0B: _Octet.VT, 0x1C: _Octet.FS, 0x0D: _Octet.CR, 0x0A: _Octet.LF}


def encode(payload: bytes) -> bytes:
    """Put a payload in a frame: VT, payload, FS, CR.

    Parameters
    ----------
    payload : bytes
        One message in its own character set. It is not inspected.
    """
    return b"\x0b" + payload + b"\x1c\r"


class FrameDecoder:
    """Reads one direction of one connection.

    Parameters
    ----------
    max_frame : int
        The most octets a payload may have.
    """

    __slots__ = ("_events", "_held", "_max", "_state")

    def __init__(self, max_frame: int = DEFAULT_MAX_FRAME) -> None:
        self._max = max_frame
        self._state = _State.OUTSIDE
        self._held = bytearray()
        self._events: list[Event] = []

    @property
    def in_frame(self) -> bool:
        """A frame has begun and is not complete."""
        return self._state in (_State.INSIDE, _State.ENDING)

    @property
    def closed(self) -> bool:
        """The stream is over: nothing more may be fed."""
        return self._state is _State.CLOSED

    @property
    def unsettled(self) -> bool:
        """Something only waits for the next octet to say what it is: see `settle`."""
        return self._state is _State.ENDING or (self._state is _State.OUTSIDE and bool(self._held))

    def feed(self, data: bytes) -> list[Event]:
        """Read the next octets of the stream.

        Parameters
        ----------
        data : bytes
            Any number of octets, cut anywhere.

        Returns
        -------
        list of Event
            What became certain, in order of receipt. `TooLong` is always the last.

        Raises
        ------
        DecoderClosedError
            If the stream was over.
        """
        if self.closed:
            raise DecoderClosedError
        at, end = 0, len(data)
        next_vt = next_fs = -1
        while at < end:
            # The next octet that has a row. Each kind is searched for only beyond the last one
            # found, so that no octet is searched twice.
            stop = at
            if self._state is not _State.ENDING:
                if next_vt < at:
                    next_vt = _find(data, b"\x0b", at)
                stop = next_vt
                if self._state is _State.INSIDE:
                    if next_fs < at:
                        next_fs = _find(data, b"\x1c", at)
                    stop = min(next_vt, next_fs)
                self._keep(data[at:stop])
            if stop < end and not self.closed:
                self._step(data[stop : stop + 1])
            if self.closed:
                break
            at = stop + 1
        return self._drain()

    def settle(self) -> list[Event]:
        """Release what waits for a next octet, because none has come for a while.

        A frame that ended with FS alone becomes a `Frame`, octets outside frames become `Noise`.
        An unfinished frame is left as it is.
        """
        if self._state is _State.ENDING:
            self._events.append(Frame(self._release(), b""))
            self._state = _State.OUTSIDE
        elif self._state is _State.OUTSIDE and self._held:
            self._events.append(Noise(self._release()))
        return self._drain()

    def close(self, reason: Reason = Reason.END_OF_STREAM) -> list[Event]:
        """End the stream: a frame that was not finished becomes `Broken` for `reason`."""
        events = self.settle()
        if self._state is _State.INSIDE:
            events.append(Broken(self._release(), reason))
        self._state = _State.CLOSED
        return events

    def _step(self, octet: bytes) -> None:
        action, state = _TABLE[self._state, self._class_of(octet)]
        self._state = state
        match action:
            case _Action.KEEP:
                self._keep(octet)
            case _Action.KEEP_HELD:
                self._keep(b"\x1c" + octet)
            case _Action.HOLD_NEXT:
                self._keep(b"\x1c")
            case _Action.FINISH:
                self._events.append(Frame(self._release(), octet))
            case _Action.FINISH_BEGIN:
                self._events.append(Frame(self._release(), b""))
            case _Action.BREAK:
                self._events.append(Broken(self._release(), Reason.START_IN_FRAME))
            case _Action.BEGIN if self._held:
                self._events.append(Noise(self._release()))

    def _class_of(self, octet: bytes) -> _Octet:
        kind = _CLASS.get(octet[0], _Octet.OTHER)
        if self._state is _State.OUTSIDE or bytes(self._held[:2]) not in _WIDE_STARTS:
            return kind
        if self._state is _State.INSIDE:
            ends = kind is _Octet.FS and len(self._held) % 2 == 0
        else:
            ends = kind is _Octet.CR
        return kind if ends else _Octet.OTHER

    def _keep(self, octets: bytes) -> None:
        self._held += octets
        if self._state is _State.OUTSIDE:
            while len(self._held) >= NOISE_PIECE:
                self._events.append(Noise(bytes(self._held[:NOISE_PIECE])))
                del self._held[:NOISE_PIECE]
        elif len(self._held) > self._max:
            self._events.append(TooLong(self._release()[: self._max], self._max))
            self._state = _State.CLOSED

    def _release(self) -> bytes:
        octets = bytes(self._held)
        self._held = bytearray()
        return octets

    def _drain(self) -> list[Event]:
        events, self._events = self._events, []
        return events


def _find(data: bytes, octet: bytes, start: int) -> int:
    found = data.find(octet, start)
    return len(data) if found < 0 else found
