r"""What came in one piece in, the messages in it out; their acknowledgements in, one answer out.

A frame, or the body of a request, is one message as a rule. Some senders put several into it: in a
batch (FHS, BHS, …, BTS, FTS), or one behind the other. Each is a message of its own, and owed an
acknowledgement of its own: a sender that never gets one for the second sends it for ever.

One piece is answered by one piece, since that is what a sender waits for: a batch by a batch of
acknowledgements, which refers to it (BHS-12, FHS-12), others by acknowledgements one behind the
other. A message that wants no acknowledgement has none in it; nothing is sent where none wants one.

A batch says how many messages it has (BTS-1), a file how many batches (FTS-1). Where others came,
something was lost on the way, or was counted wrongly.

Follows HL7 v2.5.1 sections 2.10.3 (the batch protocol; 2.10.3.3, its acknowledgement) and 2.15.2,
2.15.3, 2.15.6 and 2.15.7 (BHS, BTS, FHS, FTS).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from adapters.charset import encode, salvage
from adapters.files import Kind, split_messages
from adapters.header import Header, read_header

__all__ = ["Batch", "several"]

_LEVELS = {"F": 0, "B": 1}  # a file has batches
_CONTROL_ID = 11  # BHS-11, FHS-11; the number that an answer refers to is behind it


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that begins or ends a batch or file, read as if it were MSH."""

    name: str
    header: Header
    charset: str

    @classmethod
    def read(cls, octets: bytes) -> Self:
        """Read a line; one that `split_messages` takes for an envelope has a header."""
        saved = salvage(octets)
        header = read_header(f"MSH{saved.text[3:]}")
        assert header is not None
        return cls(saved.text[:3], header, saved.charset)


@dataclass(slots=True)
class _Group:
    """A file, a batch, or all that came: what it has, in order; messages by their numbers."""

    level: int = -1
    header: _Line | None = None
    trailer: _Line | None = None
    inside: list["int | _Group"] = field(default_factory=list)

    def groups(self) -> Iterator["_Group"]:
        """Yield it, and all groups in it."""
        yield self
        for one in self.inside:
            if isinstance(one, _Group):
                yield from one.groups()

    @property
    def miscounted(self) -> str:
        """Say what its trailer counts otherwise than it came; "" where it does not."""
        said = self.trailer.header.component(2) if self.trailer else ""
        if self.trailer is None or not said:
            return ""
        of_files = self.level == _LEVELS["F"]
        batches = sum(isinstance(one, _Group) for one in self.inside) or bool(self.inside)
        came, what = (batches, "batches") if of_files else (len(self.inside), "messages")
        if not (said.isascii() and said.isdecimal()):
            return f"{self.trailer.name}-1 is no number; {what} that came: {came}"
        if int(said[:9]) == came:
            return ""
        return f"{self.trailer.name}-1 counts {int(said[:9])} {what}; {came} came"


@dataclass(frozen=True, slots=True)
class Batch:
    """Several messages that came in one piece.

    Attributes
    ----------
    messages : tuple of bytes
        Each as it came.
    noise : tuple of bytes
        What is neither a message nor the header or trailer of a batch.
    envelope : bytes
        The headers and trailers.
    header : Header or None
        What the first of the headers says of who sent it, and its number, where MSH has these.
    miscounted : tuple of str
        What the trailers count otherwise than it came.
    """

    messages: tuple[bytes, ...]
    noise: tuple[bytes, ...]
    envelope: bytes
    header: Header | None
    miscounted: tuple[str, ...]
    _all: _Group

    def answer(
        self, acks: Sequence[bytes | None], *, at: datetime, control_id: Callable[[], str]
    ) -> bytes | None:
        """Build the answer.

        Parameters
        ----------
        acks : sequence of bytes or None
            Of each message, in order; None for one that wants none.
        at : datetime
            When, with a time zone.
        control_id : callable
            Gives the next number for a header of ours.

        Returns
        -------
        bytes or None
            None where there are messages, and none of them wants an acknowledgement.
        """
        if acks and not any(acks):
            return None
        return b"".join(_answered(self._all, acks, f"{at:%Y%m%d%H%M%S%z}", control_id))


def several(raw: bytes) -> Batch | None:
    """Return what came in one piece as several messages; None where it is not several.

    Raises
    ------
    UndecodableError
        It is in UTF-16 or UTF-32, and not valid.
    """
    if raw.startswith(b"MSH") and raw.find(b"\rMSH", 1) < 0 and raw.find(b"\nMSH", 1) < 0:
        return None  # as nearly all are
    pieces = tuple(split_messages(raw))
    messages, envelopes, noise = (
        tuple(one.octets for one in pieces if one.kind is kind)
        for kind in (Kind.MESSAGE, Kind.ENVELOPE, Kind.NOISE)
    )
    if len(messages) < 2 and not envelopes:
        return None
    everything = _Group()
    inner = [everything]
    number = 0
    for piece in pieces:
        if piece.kind is Kind.MESSAGE:
            inner[-1].inside.append(number)
            number += 1
        elif piece.kind is Kind.ENVELOPE:
            _take(inner, _Line.read(piece.octets))
    groups = list(everything.groups())
    headers = (_as_message(one.header) for one in groups if one.header)
    miscounted = tuple(filter(None, (one.miscounted for one in groups)))
    envelope = b"\r".join(envelopes)
    return Batch(messages, noise, envelope, next(headers, None), miscounted, everything)


def _take(inner: list[_Group], line: _Line) -> None:
    """Begin a group, or end one; `inner` are those that have begun, the innermost last."""
    level, begins = _LEVELS[line.name[0]], line.name[1] == "H"
    while inner[-1].level > level or (begins and inner[-1].level == level):
        inner.pop()
    if begins:
        group = _Group(level, line)
        inner[-1].inside.append(group)
        inner.append(group)
    elif inner[-1].level == level:
        inner.pop().trailer = line


def _as_message(line: _Line) -> Header:
    """Return the header of a batch or file as MSH: alike up to field 8; the number is MSH-10."""
    header = line.header
    fields = tuple(header[number] for number in range(1, 9))
    return Header(header.separators, (*fields, line.name, header[_CONTROL_ID]))


def _answered(
    group: _Group, acks: Sequence[bytes | None], at: str, control_id: Callable[[], str]
) -> Iterator[bytes]:
    """Yield the answer to a group: its header, what is in it, its trailer."""
    header = group.header
    if header is not None:
        yield _written(header, at, control_id())
    for one in group.inside:
        if isinstance(one, _Group):
            yield from _answered(one, acks, at, control_id)
        else:
            yield acks[one] or b""
    if header is not None:
        given = [one for one in group.inside if isinstance(one, _Group) or acks[one]]
        count = max(1, len(given)) if group.level == _LEVELS["F"] else len(given)
        separator = header.header.separators[0]
        end = separator.join((f"{header.name[0]}TS", str(count), group.miscounted))
        yield encode(f"{end.rstrip(separator)}\r", header.charset)


def _written(line: _Line, at: str, control_id: str) -> bytes:
    """Return the header that answers a header: back to where it came from."""
    header = line.header
    fields = [
        line.name, header.separators[1:], header[5], header[6], header[3], header[4], at, "", "",
        "", control_id, header[_CONTROL_ID],
    ]  # fmt: skip
    return encode(header.separators[0].join(fields) + "\r", line.charset)
