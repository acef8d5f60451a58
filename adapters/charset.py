r"""The octets of a message in, its text and the name of its character set out.

What the octets cannot tell
---------------------------
A Chinese feed is UTF-8 or GB 18030 (which holds GB 2312 and GBK), and often does not say which.
GB 18030 text is seldom valid UTF-8, so undeclared octets that decode strictly as UTF-8 are taken
as UTF-8 and the rest as GB 18030. Seldom is not never: 930 characters of GB 2312 are also valid
two-octet UTF-8, so a message whose only Han characters are of these is misread. The rule is
therefore a last resort below what the site or the message says, and `Decoded.basis` tells when it
was used.

Why the whole message is decoded before it is split
---------------------------------------------------
The second octet of a GBK, GB 18030, Big5 or Shift-JIS character may be ``|``, ``^``, ``~`` or
``\``: 東 is 96 7C, 葉 is C8 7E. Splitting octets would shift fields and put a birth date where the
sex belongs. ``&``, VT, FS, CR and LF are never the second octet of a character, nor is anything
below 80 in UTF-8.

Order of precedence
-------------------
1. A byte order mark, or the NULs of wide characters: those are in the octets themselves.
2. The setting of the connection.
3. MSH-18; where the site says so, MSH-17, in which some senders put it.
4. Strict UTF-8, then GB 18030, unless it plainly is something else.

Large data are no text
----------------------
One Han character makes Python hold a text in two octets a character, which doubles a PDF beside it.
So the Base64 data of a large message are set aside before it is decoded
(`mappings.hl7v2.encapsulated`): a mark stands in their place in `Decoded.content`.

A declared character set in which the octets are not valid is an `UndecodableError`; only octets
declared as ASCII, or not declared, go on to rule 4. Nothing is ever replaced by U+FFFD.

But in a set of single octets everything is valid, and in GB 18030 almost everything: where the
header names one (engines do by default) and the octets plainly are of another, they are read in
that one, or, if it is not certain which, are an error. What a reader should know of it is a doubt
(`adapters.likely`). The setting of a connection is a site's own, and is not questioned, but for one
case: a hospital has several systems, and octets that surely are UTF-8 are read so.

Octets that the sender wrote as escape sequences (``\\X..\\``) are of the message's set too; those
above ASCII become characters here, where it is known.

Follows HL7 v2.5.1 sections 2.15.9.18 (MSH-18), 2.7.2 (escape sequences) and table 0211.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from adapters.controls import CONTROLS, has_controls, places
from adapters.iso2022 import designates, switched
from adapters.likely import GB, OTHERWISE, STRANGE, UTF8, likely, plain_gb, strange, surely_utf8
from adapters.names import codec_named
from adapters.octets import UndecodableError, strict
from adapters.shape import shape_of
from mappings.hl7v2.encapsulated import Content, set_aside

__all__ = [
    "Basis",
    "Decoded",
    "UndecodableError",
    "codec_named",
    "decode",
    "encode",
    "salvage",
]

_WHOLE = ("utf-16", "utf-32", "iso2022")  # what must not be split before it is decoded

_HEADER = re.compile(rb"\s*((?i:MSH)[^\r\n]*)")


class Basis(StrEnum):
    """What a character set was chosen by."""

    SHAPE = "byte order mark or NULs"
    CONNECTION = "connection setting"
    MSH_18 = "MSH-18"
    MSH_17 = "MSH-17"
    DETECTED = "detected"
    SALVAGED = "salvaged"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message as text.

    Attributes
    ----------
    content : mappings.hl7v2.encapsulated.Content
        Without a byte order mark; of a large message, without its Base64 data.
    charset : str
        The Python codec it was read with, and the one to answer in.
    basis : Basis
    doubts : tuple of str
        Codes of findings, with the place of those that have one: how certain it is that this is
        what was meant.
    """

    content: Content
    charset: str
    basis: Basis
    doubts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The message as it was sent, with all its data."""
        return self.content.whole


def decode(raw: bytes, *, connection: str | None = None, trust_msh17: bool = False) -> Decoded:
    """Turn the octets of one message into text.

    Parameters
    ----------
    raw : bytes
        One message, without its frame.
    connection : str, optional
        The character set the site has set for this source.
    trust_msh17 : bool
        Take MSH-17 where MSH-18 is empty.

    Raises
    ------
    UndecodableError
        If the octets are not valid in the character set that applies, or not text in it.
    """
    light, data = set_aside(raw)
    try:
        decoded = _read(light, connection, trust_msh17=trust_msh17)
    except UndecodableError:
        if not data:
            raise
        return _read(raw, connection, trust_msh17=trust_msh17)  # it tells at which octet
    return replace(decoded, content=decoded.content._replace(data=data)) if data else decoded


def _read(raw: bytes, connection: str | None, *, trust_msh17: bool) -> Decoded:
    """Decode octets, and say what is doubtful."""
    try:
        decoded = _decoded(raw, connection, trust_msh17=trust_msh17)
    except UndecodableError as fault:
        if fault.charset == GB or not plain_gb(raw):
            raise
        hint = f"they are text of {GB}: if it is sent, set that for the source"
        raise UndecodableError(fault.charset, fault.offset, known=fault.known, hint=hint) from None
    text = decoded.content.text
    doubts: list[str] = []
    if not raw.isascii() and strange(text):
        doubts.append(STRANGE)
    if has_controls(raw):
        doubts += (f"{CONTROLS} {place}" for place in places(text))
    return replace(decoded, doubts=(*decoded.doubts, *doubts)) if doubts else decoded


def _decoded(raw: bytes, connection: str | None, *, trust_msh17: bool) -> Decoded:
    shape, mark = shape_of(raw)
    if shape is not None:
        return Decoded(_content(raw, shape, mark), shape, Basis.SHAPE)
    found = _HEADER.match(raw)
    header = found[1] if found else b""
    names, basis = _names_in(header.decode("latin-1"), trust_msh17=trust_msh17)
    if connection:
        is_said = bool(names) and codec_named(names[0]) == UTF8
        if codec_named(connection) in {None, UTF8} or not surely_utf8(raw, said=is_said):
            return _declared(raw, [connection], Basis.CONNECTION)
        return Decoded(_content(raw, UTF8), UTF8, basis, (OTHERWISE,))
    decoded = _declared(raw, names, basis)
    if not header.isascii():
        # A second octet that equals the separator, in MSH itself, may have hidden MSH-18.
        line = re.split("[\r\n]", decoded.content.text.lstrip(), maxsplit=1)[0]
        said, basis = _names_in(line, trust_msh17=trust_msh17)
        if said and codec_named(said[0]) not in (None, "ascii", decoded.charset):
            return _declared(raw, said, basis)
    return decoded


def encode(text: str, charset: str) -> bytes:
    """Turn an answer into octets of the character set its message came in.

    A character which that set does not have becomes ``?``: an answer must go out.
    """
    return text.encode(charset, "replace")


def salvage(raw: bytes) -> Decoded:
    """Read the first segment of a message that cannot be decoded, to answer it.

    Octets become the characters of the same number, so that what is echoed from it, encoded in
    `Decoded.charset`, is what was received. It is for acknowledgements only, never for content.
    """
    shape, mark = shape_of(raw)
    if shape not in (None, "utf-8"):
        text, charset = raw[mark:].decode(shape, "ignore"), shape
    else:
        text, charset = raw[mark:].decode("latin-1"), "latin-1"
    header = re.split("[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    return Decoded(Content(header), charset, Basis.SALVAGED)


def _names_in(header: str, *, trust_msh17: bool) -> tuple[list[str], Basis]:
    # MSH-1 is the separator itself, so MSH-n comes after n - 1 of them.
    fields = header.split(header[3]) if len(header) > 3 else []
    for number, basis in ((18, Basis.MSH_18), (17, Basis.MSH_17))[: 1 + trust_msh17]:
        field = fields[number - 1].strip() if len(fields) >= number else ""
        names = [name.strip() for name in field.split(header[5:6] or "~")]
        if field and (number == 18 or codec_named(names[0])):
            return names, basis
    return [], Basis.DETECTED


def _declared(raw: bytes, names: list[str], basis: Basis) -> Decoded:
    first, alternates = (names[0], names[1:]) if names else ("", [])
    codec = codec_named(first) if first else "ascii"
    if codec is None:
        if not raw.isascii():
            raise UndecodableError(first, _first_high(raw), known=False)
        codec = "ascii"
    if any(alternates) and b"\x1b" in raw:
        return Decoded(Content("".join(switched(raw, codec))), codec, basis)
    if basis is not Basis.CONNECTION and designates(raw) and not codec.startswith(_WHOLE):
        with suppress(UndecodableError):
            return Decoded(Content("".join(switched(raw, codec))), codec, basis, (OTHERWISE,))
    if codec in ("utf-16", "utf-32"):
        # Declared wide, and without a mark or NULs: it is not.
        raise UndecodableError(codec, 0)
    if raw.isascii():
        read = codec if first else "utf-8"
        return Decoded(_content(raw, read), read, basis)
    if basis is Basis.CONNECTION and codec != "ascii":
        return Decoded(_content(raw, codec), codec, basis)
    charset, doubt = likely(raw, codec)
    if charset is None:
        raise UndecodableError(codec, _first_high(raw))
    basis = basis if charset == codec else Basis.DETECTED
    return Decoded(_content(raw, charset), charset, basis, (doubt,) if doubt else ())


def _content(raw: bytes, codec: str, start: int = 0) -> Content:
    return Content(strict(raw, codec, start))


def _first_high(raw: bytes) -> int:
    return next(i for i, octet in enumerate(raw) if octet >= 0x80)
