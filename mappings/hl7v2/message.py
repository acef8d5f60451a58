r"""An HL7v2 message: decoded text in, segments out (HL7 v2.x chapter 2).

Fields are split once, everything below a field when it is read. Every message is brought to the
standard delimiters ``|^~\\&`` while it is parsed, so that nothing after this module has to know
which ones the sender chose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import NamedTuple

from mappings.findings import Finding
from mappings.hl7v2.escapes import unescape

STANDARD = "|^~\\&"
_SMALL_HEADERS = frozenset({"msh", "Msh"})
_BEFORE, _BEHIND = "\ufeff\r\n\x0b ", "\x1c\r\n\x00 "  # what may stand around a message
_SEGMENT_START = re.compile(r"[A-Z][A-Z0-9]{2}(?:\||$)")
_ANY_CASE = re.compile(r"[A-Za-z][A-Za-z0-9]{2}\|")
_ESCAPED = {"|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "\\": "\\E\\", "&": "\\T\\"}


class MessageError(ValueError):
    """The text is not an HL7v2 message.

    Attributes
    ----------
    code : finding code, ``missing-msh`` or ``bad-encoding-characters``.
    location : where, in HL7's notation.
    """

    def __init__(self, code: str, location: str) -> None:
        super().__init__(f"{location}: {code}")
        self.code = code
        self.location = location


class Segment(NamedTuple):
    """One segment. ``fields[n]`` is field *n* as received; ``fields[0]`` is the name.

    ``ordinal`` counts segments of the same name from 1, for locations such as ``OBX[3]-5``.
    """

    id: str
    fields: list[str]
    ordinal: int

    def field(self, number: int) -> str:
        """Field `number` as received, all repetitions; empty if absent."""
        return self.fields[number] if number < len(self.fields) else ""

    def value(self, path: str) -> str:
        """First repetition's component, e.g. ``"3.4.1"``, unescaped; empty if absent or null."""
        number, component, subcomponent = _steps(path)
        text = self.field(number).partition("~")[0]
        if "^" in text or "&" in text or component > 1 or subcomponent > 1:
            text = _piece(_piece(text, "^", component), "&", subcomponent)
        return "" if text == '""' else unescape(text)


@cache
def _steps(path: str) -> tuple[int, int, int]:
    """``"3.4"`` → field 3, component 4, subcomponent 1."""
    number, component, subcomponent, *_ = (*map(int, path.split(".")), 1, 1)
    return number, component, subcomponent


def _piece(text: str, separator: str, number: int) -> str:
    parts = text.split(separator)
    return parts[number - 1] if number <= len(parts) else ""


#: `Segment` of a tuple: what is made of every line is worth a short way
_SEGMENT: Callable[[tuple[str, list[str], int]], Segment] = partial(tuple.__new__, Segment)


class Message(NamedTuple):
    """A parsed message; ``findings`` tells what had to be mended to read it."""

    segments: list[Segment]
    findings: list[Finding]
    nulls: bool  # whether ``""`` occurs anywhere

    @property
    def header(self) -> Segment:
        """The MSH segment."""
        return self.segments[0]

    def first(self, segment_id: str) -> Segment | None:
        """Return the first segment of that name."""
        return next((s for s in self.segments if s.id == segment_id), None)


def parse(text: str, tidy: Callable[[str], str] = str) -> Message:
    """Split a message into segments and fields.

    Lines may end in CR, LF or both. A line that does not begin like a segment is taken as the
    continuation of the one before (senders put raw line breaks into text fields), unless it follows
    the header: then the sender writes the names of segments in small letters. `tidy` is what is
    done to the text once its delimiters are the standard ones (`mappings.hl7v2.padding`).

    Raises
    ------
    MessageError
        No MSH at the start, or MSH-1/MSH-2 name no usable delimiters.
    """
    text = text.lstrip(_BEFORE).rstrip(_BEHIND)
    if text[:3] in _SMALL_HEADERS:
        text = f"MSH{text[3:]}"
    if not text.startswith("MSH") or len(text) < 5:
        raise MessageError("missing-msh", "MSH")
    findings: list[Finding] = []
    if not text.startswith("MSH|^~\\&|"):
        text = _standardise(text, findings)
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    return Message(_segments(tidy(text).split("\r"), findings), findings, '""' in text)


def _segments(lines: Iterable[str], findings: list[Finding]) -> list[Segment]:
    segments: list[Segment] = []
    count: dict[str, int] = {}
    small = False  # whether names are in small letters
    going_on: list[str] = []  # what the last field of the last segment goes on with
    for line in lines:
        fields = line.split("|")
        name = fields[0]
        if name == "ADD" and segments:  # HL7 v2.9 2.10.2: the last field goes on
            _add(segments[-1], going_on, fields[1:])
            continue
        if name not in count and not _SEGMENT_START.match(line):
            stripped = line.strip()
            if not stripped:
                continue
            small = small or (len(segments) == 1 and _ANY_CASE.match(stripped) is not None)
            if small and _ANY_CASE.match(stripped):
                stripped = stripped[:3].upper() + stripped[3:]
            if not _SEGMENT_START.match(stripped):
                _add(segments[-1], going_on, f"\\.br\\{stripped}".split("|"))
                where = f"{segments[-1].id}[{segments[-1].ordinal}]"
                findings.append(Finding("warning", "broken-segment", where))
                continue
            fields = stripped.split("|")
            name = fields[0]
        if going_on:
            _end(segments[-1], going_on)
        if name == "MSH":
            fields.insert(1, "|")
        ordinal = count[name] = count.get(name, 0) + 1
        segments.append(_SEGMENT((name, fields, ordinal)))
    if going_on:
        _end(segments[-1], going_on)
    return segments


def _add(segment: Segment, going_on: list[str], more: list[str]) -> None:
    """Add to a segment: to its last field, which may go on, and what comes behind that."""
    first, *rest = more or [""]
    going_on.append(first)
    if rest:
        _end(segment, going_on)
        segment.fields.extend(rest)


def _end(segment: Segment, going_on: list[str]) -> None:
    """Put together what a last field was sent in: at once, for there may be many lines."""
    segment.fields[-1] += "".join(going_on)
    going_on.clear()


def _standardise(text: str, findings: list[Finding]) -> str:
    r"""Rewrite a message that uses other delimiters than ``|^~\\&``."""
    field = text[3]
    if field.isalnum() or field.isspace():
        raise MessageError("bad-encoding-characters", "MSH-1")
    line_end = min((i for i in (text.find("\r"), text.find("\n")) if i >= 0), default=len(text))
    end = text.find(field, 4)
    encoding = text[4 : end if 0 <= end < line_end else line_end]
    body = text[4 + len(encoding) :]
    if "\\\\" in encoding:  # a backslash that some program on the way has escaped
        findings.append(Finding("warning", "repaired-header", "MSH-2"))
        encoding = encoding.replace("\\\\", "\\")
    chosen = field + encoding[:4]
    if len(set(chosen)) != len(chosen) or any(c.isalnum() or c.isspace() for c in chosen):
        raise MessageError("bad-encoding-characters", "MSH-2")
    if len(chosen) < len(STANDARD):
        findings.append(Finding("warning", "repaired-header", "MSH-2"))
        chosen += next_free(chosen)
    table = str.maketrans(
        {
            **{c: _ESCAPED[c] for c in STANDARD if c not in chosen},
            **dict(zip(chosen, STANDARD, strict=False)),
        }
    )
    if chosen == STANDARD:
        return "MSH|^~\\&" + body
    # An escape names a delimiter by its office: ``\F\`` is the sender's own field separator.
    office = {letter: _ESCAPED.get(c, c) for letter, c in zip("FSRET", chosen, strict=False)}
    escape = re.escape(chosen[3])
    pieces = re.split(f"{escape}([FSRET]){escape}", body)
    pieces[0::2] = [piece.translate(table) for piece in pieces[0::2]]
    pieces[1::2] = [office[letter] for letter in pieces[1::2]]
    return "MSH|^~\\&" + "".join(pieces)


def next_free(chosen: str) -> str:
    """Fill missing delimiters with the standard ones that are still free."""
    rest = ""
    for position in range(len(chosen), len(STANDARD)):
        wanted = STANDARD[position]
        rest += wanted if wanted not in chosen else "\x00"
    return rest
