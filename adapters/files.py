r"""The octets of a file in, the messages in it out, and everything else that stands between them.

A file holds one message or many: back to back, in a batch (FHS, BHS, …, BTS, FTS), in MLLP frames,
in a log with lines of its own between them; lines end with CR, LF or CRLF. A message begins at a
line with MSH and a separator, or at VT, and goes on to the next beginning, or FS. Inside a frame
that begins with a message there is only this one, whatever its lines begin with.

The octets of a message are as they stand in the file, but for line ends after its last segment.
VT, FS, CR, LF and letters at the beginning of a line are themselves in every character set but
UTF-16 and UTF-32; a file in one of these is recognised by its first octets and read as a whole in
it, and its messages keep it (what else it holds is given in UTF-8).

It works on pieces of a file of any size, and holds no more than one message at a time.

Follows HL7 v2.5.1 section 2.10.3 (the HL7 batch protocol).
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from adapters.octets import UndecodableError
from adapters.shape import shape_of

__all__ = ["Kind", "Piece", "split_messages"]

DEFAULT_MAX_MESSAGE = 256 * 1024 * 1024
NOISE_PIECE = 64 * 1024
"""What is no message is handed over in pieces of at most this many octets."""

_SEPARATOR = rb"(?=[!-/:-@\[-`{-~])"
# Each alternative begins with a literal, so that the search may run from one of these to the next;
# whether it stands at the beginning of a line is asked after.
_BOUNDARY = re.compile(
    rb"\x0b|\x1c(?=[\r\n\x0b])"
    rb"|M(?<![^\r\n\x0b\x1c]M)SH"
    + _SEPARATOR
    + rb"|F(?<![^\r\n\x0b\x1c]F)[HT]S"
    + _SEPARATOR
    + rb"|"
    rb"B(?<![^\r\n\x0b\x1c]B)[HT]S" + _SEPARATOR
)
_LINE_END = re.compile(rb"[\r\n]")
_LOOK_AHEAD = 3  # octets at the end of what was read that may yet become a boundary


class Kind(StrEnum):
    """What a piece of a file is."""

    MESSAGE = "message"
    ENVELOPE = "envelope"
    """A header or trailer of a file or batch: FHS, BHS, BTS, FTS."""
    NOISE = "noise"
    """Anything else, and messages over the limit."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file. Only blank lines and framing are not part of any."""

    kind: Kind
    octets: bytes


def split_messages(
    source: bytes | Iterable[bytes], *, max_message: int = DEFAULT_MAX_MESSAGE
) -> Iterator[Piece]:
    """Split a file.

    Parameters
    ----------
    source : bytes or iterable of bytes
        The file, whole or in pieces in order.
    max_message : int
        The most octets a message may have; a longer one is noise.

    Yields
    ------
    Piece
        In the order of the file.

    Raises
    ------
    UndecodableError
        If a file in UTF-16 or UTF-32 is not valid.
    """
    chunks = iter((source,) if isinstance(source, bytes) else source)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= 8:
            break
    codec, mark = shape_of(head)
    wide = codec if codec != "utf-8" else None
    splitter = _Splitter(max_message)
    for chunk in _narrow(_chain(head[mark:], chunks), wide, mark):
        for piece in splitter.feed(chunk):
            yield _widened(piece, wide)
    for piece in splitter.close():
        yield _widened(piece, wide)


class _Splitter:
    """Splits octets compatible with ASCII."""

    def __init__(self, max_message: int) -> None:
        self._max = max_message
        self._held = bytearray()  # since the last boundary
        self._searched = 0  # how far there is no other boundary
        self._kind = Kind.NOISE
        self._fresh_frame = False  # after VT, nothing but blanks
        self._one_message = False  # until the end of the frame

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        self._held += chunk
        while found := _BOUNDARY.search(self._held, self._searched):
            name, start, end = found[0], found.start(), found.end()
            if self._one_message and name not in (b"\x0b", b"\x1c"):
                self._searched = end
                continue
            if self._fresh_frame and self._held[:start].strip():
                self._fresh_frame = False
            yield from self._release(start)
            self._begin(name)
        self._searched = max(self._searched, len(self._held) - _LOOK_AHEAD)
        if self._kind is Kind.ENVELOPE:
            yield from self._release_line()
        elif self._kind is Kind.MESSAGE and self._searched > self._max:
            self._kind = Kind.NOISE
        while self._kind is Kind.NOISE and self._searched > NOISE_PIECE:
            self._searched -= NOISE_PIECE
            yield from _noise(self._cut(NOISE_PIECE))

    def close(self) -> Iterator[Piece]:
        if self._held.endswith(b"\x1c"):
            del self._held[-1]
        yield from self._release(len(self._held))

    def _begin(self, name: bytes) -> None:
        frame_octet = name in (b"\x0b", b"\x1c")
        if frame_octet:
            self._cut(1)
            self._kind, self._one_message = Kind.NOISE, False
        elif name == b"MSH":
            self._kind, self._one_message = Kind.MESSAGE, self._fresh_frame
        else:
            self._kind = Kind.ENVELOPE
        self._fresh_frame = name == b"\x0b"
        self._searched = 0 if frame_octet else len(name)

    def _release(self, length: int) -> Iterator[Piece]:
        if self._kind is Kind.ENVELOPE:
            before = len(self._held)
            yield from self._release_line(length)
            length -= before - len(self._held)
        octets = self._cut(length)
        if self._kind is Kind.MESSAGE and len(octets) <= self._max:
            yield Piece(Kind.MESSAGE, octets.rstrip(b"\r\n"))
            return
        for at in range(0, len(octets), NOISE_PIECE):
            yield from _noise(octets[at : at + NOISE_PIECE])

    def _release_line(self, length: int | None = None) -> Iterator[Piece]:
        # An envelope is one line; what follows is of another kind.
        ended = _LINE_END.search(self._held, 0, self._searched if length is None else length)
        end = ended.start() if ended else length
        if end is not None:
            yield Piece(Kind.ENVELOPE, self._cut(end))
            self._searched = max(0, self._searched - end)
            self._kind = Kind.NOISE

    def _cut(self, length: int) -> bytes:
        octets = bytes(self._held[:length])
        del self._held[:length]
        return octets


def _noise(octets: bytes) -> Iterator[Piece]:
    if kept := octets.strip(b"\r\n"):
        yield Piece(Kind.NOISE, kept)


def _chain(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks


def _narrow(chunks: Iterator[bytes], wide: str | None, offset: int) -> Iterator[bytes]:
    if wide is None:
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(wide)()
    for final, chunk in _with_end(chunks):
        held = len(decoder.getstate()[0])
        try:
            yield decoder.decode(chunk, final=final).encode()
        except UnicodeDecodeError as fault:
            raise UndecodableError(wide, offset - held + fault.start) from None
        offset += len(chunk)


def _with_end(chunks: Iterator[bytes]) -> Iterator[tuple[bool, bytes]]:
    for chunk in chunks:
        yield False, chunk
    yield True, b""


def _widened(piece: Piece, wide: str | None) -> Piece:
    # A piece of noise may end inside a character: it stays as it is.
    if wide is None or piece.kind is Kind.NOISE:
        return piece
    return Piece(piece.kind, piece.octets.decode().encode(wide))
