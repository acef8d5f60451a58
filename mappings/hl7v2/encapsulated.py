r"""Octets of a large message in; the same without its Base64 data, and these data, out.

A scan or a PDF inside a message (data type ED; HL7 v2.9, 2A.3.25) makes nearly all of it, and says
nothing that decides anything. So a short mark stands in its place while the message is decoded,
split and translated; whoever wants the data itself asks for it by the mark. Else one Han character
in the same segment would double it, other delimiters copy it, and each of its line ends again.

A mark is the beginning of the data and a digest of it: it can be had by sending the data alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from operator import is_
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["LARGE", "Content", "Encapsulated", "put_back", "set_aside"]

LARGE = 1 << 17  # octets from which data is looked for in a message
_LEAST = 1 << 16  # octets of data that are set aside

_WRITTEN_END = rb"\\(?:\.br|X0[AD](?:0A)?)\\"  # of a line, as an escape sequence
#: The encoding of an ED (ED.4), a delimiter, and the data; its lines may be ended by line ends as
#: they are, if no segment begins behind them.
_ED = re.compile(
    rb"(?:base[ _-]?64|b64) *+[^A-Z0-9_\s+/=\\\x80-\xff]\s*+("
    rb"(?:[A-Z0-9+/=\t ]++|" + _WRITTEN_END + rb"|[\r\n]++(?![A-Z][A-Z0-9]{2}[^A-Z0-9+/=\s\\]))*+)",
    re.IGNORECASE,
)
_WRITTEN = re.compile(_WRITTEN_END, re.IGNORECASE)
_BEGINNING = re.compile(rb"[A-Za-z0-9+/]{0,24}")  # tells what data is: a PDF, an image
_WHITE = b"\t\r\n "


class Encapsulated(NamedTuple):
    """Base64 data inside a message: its octets from `start` to `end`."""

    raw: bytes
    start: int
    end: int

    def as_sent(self) -> str:
        """Return the data as it stands in the message."""
        return str(memoryview(self.raw)[self.start : self.end], "ascii")

    def in_one_line(self) -> str:
        """Return the data without line ends and blanks."""
        data = self.raw[self.start : self.end]
        while written := _WRITTEN.search(data):  # few kinds, each as often as there are lines
            data = data.replace(written[0], b"")
        data = data.translate(None, _WHITE)
        return str(data, "ascii")


class Content(NamedTuple):
    """A message's text, and the data that are set aside, by the marks in their places."""

    text: str
    data: Mapping[str, Encapsulated] = MappingProxyType({})

    @property
    def whole(self) -> str:
        """The text as it was sent."""
        return str(put_back(self.text, self.data))


def set_aside(raw: bytes) -> tuple[bytes, dict[str, Encapsulated]]:
    """Return a message with marks where large Base64 data were, and the data by these marks.

    Of a small message nothing is set aside, nor is data that is not said to be Base64.
    """
    data: dict[str, Encapsulated] = {}
    pieces: list[bytes] = []
    done = 0
    for found in _ED.finditer(raw) if len(raw) >= LARGE else ():
        start, end = found.span(1)
        while end > start and raw[end - 1] in _WHITE:
            end -= 1
        if end - start >= _LEAST:
            mark = _mark(raw, start, end)
            data[mark] = Encapsulated(raw, start, end)
            pieces += (raw[done:start], mark.encode())
            done = end
    return (b"".join([*pieces, raw[done:]]) if data else raw), data


def _mark(raw: bytes, start: int, end: int) -> str:
    digest = sha256(memoryview(raw)[start:end]).hexdigest()
    shown = _BEGINNING.match(raw, start)
    return f"{shown[0].decode() if shown else ''}=={digest}=="


def put_back(said: Any, data: Mapping[str, Encapsulated]) -> Any:
    """Return a text, or JSON, with data in the places of their marks, as it was sent.

    What has no mark in it is returned itself.
    """
    if isinstance(said, str):
        for mark, one in data.items():
            if mark in said:
                said = said.replace(mark, one.as_sent())
        return said
    if isinstance(said, dict):
        parts = [put_back(part, data) for part in said.values()]
        same = all(map(is_, parts, said.values()))
        return said if same else dict(zip(said, parts, strict=True))
    if isinstance(said, list):
        parts = [put_back(part, data) for part in said]
        return said if all(map(is_, parts, said)) else parts
    return said
