"""Files of sample messages in, each message as text out, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from adapters.charset import Basis, Decoded, UndecodableError, decode
from adapters.files import Kind, split_messages

_CHUNK = 1 << 20


class FeedError(Exception):
    """A file has no message that could be read."""


class Sample(NamedTuple):
    """One message of a file; `text` is empty where `why` says that it cannot be read."""

    number: int
    octets: bytes
    text: str
    charset: str = ""
    basis: Basis | None = None
    why: str = ""
    doubts: tuple[str, ...] = ()


def samples(files: Iterable[str], charset: str | None) -> Iterator[Sample]:
    """Yield the messages of files, numbered from 1.

    Parameters
    ----------
    charset
        What a profile says: a name, ``MSH-17``, or None for what the message says.

    Raises
    ------
    OSError
        A file cannot be read.
    FeedError
        A file has no message.
    """
    messages = (octets for name in files for octets in _messages(name))
    for number, octets in enumerate(messages, 1):
        try:
            read = decode_as(octets, charset)
        except UndecodableError as fault:
            yield Sample(number, octets, "", why=str(fault))
        else:
            yield Sample(number, octets, read.text, read.charset, read.basis, doubts=read.doubts)


def decode_as(octets: bytes, charset: str | None) -> Decoded:
    """Decode a message as a profile says (see `samples`).

    Raises
    ------
    UndecodableError
        The octets are not valid in that character set.
    """
    trusted = charset == "MSH-17"
    return decode(octets, connection=None if trusted else charset, trust_msh17=trusted)


def _messages(name: str) -> Iterator[bytes]:
    none = True
    try:
        for piece in split_messages(_chunks(name)):
            if piece.kind is Kind.MESSAGE:
                none = False
                yield piece.octets
    except UndecodableError as fault:  # of a file in UTF-16 or UTF-32
        raise FeedError(f"{name}: {fault}") from None
    if none:
        raise FeedError(f"{name}: no message found in it")


def _chunks(name: str) -> Iterator[bytes]:
    with Path(name).open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
