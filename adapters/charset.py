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

Of a large message no text is made
----------------------------------
One Han character makes Python hold a text in two octets a character, which doubles a PDF beside it.
So a large message is decoded a line at a time, by whoever goes through its lines: `Decoded.content`
is then `Lines`. Line ends are never part of a character, but in character sets that switch or are
wide: those are read whole.

A declared character set in which the octets are not valid is an `UndecodableError`; only octets
declared as ASCII, or not declared, go on to rule 4. Nothing is ever replaced by U+FFFD.

But in a set of single octets everything is valid, and in GB 18030 almost everything: where the
header names one (engines do by default) and the octets plainly are of another, they are read in
that one, or, if it is not certain which, are an error. What a reader should know of it is a doubt
(`adapters.likely`). The setting of a connection is a site's own, and is not questioned.

Octets that the sender wrote as escape sequences (``\\X..\\``) are of the message's set too; those
above ASCII become characters here, where it is known.

Follows HL7 v2.5.1 sections 2.15.9.18 (MSH-18), 2.7.2 (escape sequences) and table 0211.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from adapters.likely import STRANGE, likely, strange

__all__ = [
    "Basis",
    "Decoded",
    "Lines",
    "UndecodableError",
    "codec_named",
    "decode",
    "encode",
    "salvage",
    "shape_of",
]

# GB 2312 and GBK are read as GB 18030, which holds both: their own codecs lack characters that
# senders use regardless (䶮). Big5 is read with the Hong Kong set, which holds it.
_CODECS = {
    "ascii": ("ASCII", "US-ASCII", "ISO IR6", "ISO646"),
    "utf-8": ("UNICODE", "UNICODE UTF-8", "UTF-8"),
    "utf-16": ("UNICODE UTF-16", "UTF-16"),
    "utf-32": ("UNICODE UTF-32", "UTF-32"),
    "gb18030": (
        *("GB 18030-2000", "GB 18030-2005", "GB 18030-2022", "GB 18030"),
        *("GBK", "CP936", "MS936", "WINDOWS-936", "GB2312", "GB 2312-80", "EUC-CN"),
    ),
    "big5hkscs": ("BIG-5", "BIG5-HKSCS", "CP950", "MS950", "WINDOWS-950"),
    "cp949": ("KS X 1001", "KS C 5601", "EUC-KR", "CP949", "UHC"),
    "cp932": ("SHIFT-JIS", "SJIS", "CP932", "MS932", "WINDOWS-31J"),
    "euc_jp": ("EUC-JP",),
    "iso2022_jp_ext": ("ISO IR14", "ISO IR87", "ISO IR159", "ISO-2022-JP"),
    "cp1252": ("WINDOWS-1252", "CP1252"),
    "cp1251": ("WINDOWS-1251", "CP1251"),
    **{
        f"iso8859_{part}": (f"8859/{part}", f"ISO 8859-{part}")
        for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)
    },
}


def _key(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())


_BY_NAME = {_key(name): codec for codec, names in _CODECS.items() for name in names}

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Octets written as escape sequences, however many to a sequence.
_HEX = re.compile(r"(?:\\X(?:[0-9A-Fa-f]{2})+\\)+")

# The first letters of a message (or of a batch), wide, without a mark.
_WIDE = (
    (re.compile(rb"[A-Z]\0\0\0[A-Z]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[A-Z]\0\0\0[A-Z]"), "utf-32-be"),
    (re.compile(rb"[A-Z]\0[A-Z]\0"), "utf-16-le"),
    (re.compile(rb"\0[A-Z]\0[A-Z]"), "utf-16-be"),
)

_LINE = re.compile(rb"[^\r\n]+")
_WHOLE = ("utf-16", "utf-32", "iso2022")  # what must not be split before it is decoded
LARGE = 1 << 20  # octets from which a message is decoded by lines

_HEADER = re.compile(rb"\s*(MSH[^\r\n]*)")

# ISO 2022 designations that alternates of MSH-18 switch to, and the codec that reads them.
_DESIGNATION = re.compile(rb"(\x1b(?:\$[()]?[@-~]|[(][@-~]))")
_SWITCHED = {
    b"\x1b$@": "iso2022_jp_ext",
    b"\x1b$B": "iso2022_jp_ext",
    b"\x1b$(D": "iso2022_jp_ext",
    b"\x1b(I": "iso2022_jp_ext",
    b"\x1b$A": "iso2022_jp_2",
    b"\x1b$(C": "iso2022_jp_2",
}
_HOME = frozenset({b"\x1b(B", b"\x1b(J"})


class Basis(StrEnum):
    """What a character set was chosen by."""

    SHAPE = "byte order mark or NULs"
    CONNECTION = "connection setting"
    MSH_18 = "MSH-18"
    MSH_17 = "MSH-17"
    DETECTED = "detected"
    SALVAGED = "salvaged"


class Lines:
    """The lines of a large message, known to be valid; each is decoded when it is reached."""

    def __init__(self, raw: bytes, codec: str, start: int = 0) -> None:
        self._raw, self._codec, self._start = raw, codec, start

    def __iter__(self) -> Iterator[str]:
        for line in _LINE.finditer(self._raw, self._start):
            yield _strict(line[0], self._codec, shift=line.start())


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message as text.

    Attributes
    ----------
    content : str or Lines
        Without a byte order mark; of a large message, its lines.
    charset : str
        The Python codec it was read with, and the one to answer in.
    basis : Basis
    doubts : tuple of str
        Codes of findings: how certain it is that this is what was meant.
    """

    content: str | Lines
    charset: str
    basis: Basis
    doubts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The message in one piece; a large one ends its lines in CR then."""
        return self.content if isinstance(self.content, str) else "\r".join(self.content)


class UndecodableError(Exception):
    """The octets are not valid in their character set, or that is not known.

    Attributes
    ----------
    charset : str
        The Python codec, or the unknown name.
    offset : int
        Of the first octet that is not valid.
    known : bool
        Whether there is a codec of that name.
    """

    def __init__(self, charset: str, offset: int, *, known: bool = True) -> None:
        # An unknown name is whatever stood in its place, and is not repeated.
        what = f"octets not valid in {charset}" if known else "unknown character set, octets"
        super().__init__(f"{what} at offset {offset}")
        self.charset = charset
        self.offset = offset
        self.known = known


def codec_named(name: str) -> str | None:
    """Find the Python codec for a name of table 0211, or one that senders use in its place."""
    return _BY_NAME.get(_key(name))


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
    decoded = _decoded(raw, connection, trust_msh17=trust_msh17)
    text = decoded.content if isinstance(decoded.content, str) else None
    if raw.isascii() or not strange(text, raw, decoded.charset):
        return decoded
    return replace(decoded, doubts=(*decoded.doubts, STRANGE))


def _decoded(raw: bytes, connection: str | None, *, trust_msh17: bool) -> Decoded:
    shape, mark = shape_of(raw)
    if shape is not None:
        return Decoded(_content(raw, shape, mark), shape, Basis.SHAPE)
    if connection:
        return _declared(raw, [connection], Basis.CONNECTION)
    found = _HEADER.match(raw)
    header = found[1] if found else b""
    names, basis = _names_in(header.decode("latin-1"), trust_msh17=trust_msh17)
    decoded = _declared(raw, names, basis)
    if not header.isascii():
        # A second octet that equals the separator, in MSH itself, may have hidden MSH-18.
        line = re.split("[\r\n]", _beginning(decoded.content).lstrip(), maxsplit=1)[0]
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
    return Decoded(re.split("[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0], charset, Basis.SALVAGED)


def shape_of(raw: bytes) -> tuple[str | None, int]:
    """Give the codec that a byte order mark or NULs show, and the length of the mark."""
    for mark, codec in _MARKS:
        if raw.startswith(mark):
            return codec, len(mark)
    for pattern, codec in _WIDE:
        if pattern.match(raw):
            return codec, 0
    return None, 0


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
        return Decoded("".join(_switched(raw, codec)), codec, basis)
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


def _switched(raw: bytes, default: str) -> Iterator[str]:
    at, codec, designation = 0, default, b""
    for index, piece in enumerate(_DESIGNATION.split(raw)):
        if index % 2 == 0:
            yield _strict(designation + piece, codec, shift=at - len(designation))
        elif piece in _HOME:
            codec, designation = default, b""
        elif piece in _SWITCHED:
            codec, designation = _SWITCHED[piece], piece
        else:
            raise UndecodableError(default, at)
        at += len(piece)


def _content(raw: bytes, codec: str, start: int = 0) -> str | Lines:
    if len(raw) < LARGE or codec.startswith(_WHOLE):
        return _strict(raw, codec, start)
    lines = Lines(raw, codec, start)
    for _ in lines:  # each is valid, or this raises
        pass
    return lines


def _beginning(content: str | Lines) -> str:
    return content if isinstance(content, str) else next(iter(content), "")


def _strict(raw: bytes, codec: str, start: int = 0, *, shift: int = 0) -> str:
    try:
        text = raw[start:].decode(codec)
    except UnicodeDecodeError as fault:
        raise UndecodableError(codec, start + shift + fault.start) from None
    if "\\X" in text:
        text = _HEX.sub(lambda match: _characters(match[0], codec), text)
    # GB 18030 of 2000 had ḿ in the private use area; Python's codec still does.
    return text.replace("\ue7c7", "\u1e3f") if codec == "gb18030" else text


def _characters(escaped: str, codec: str) -> str:
    """Return what escaped octets stand for, unless ASCII is among it: that may be a delimiter."""
    octets = bytes.fromhex(escaped.replace("\\X", "").replace("\\", ""))
    try:
        text = octets.decode(codec)
    except UnicodeDecodeError:
        return escaped
    return escaped if any(character.isascii() for character in text) else text


def _first_high(raw: bytes) -> int:
    return next(i for i, octet in enumerate(raw) if octet >= 0x80)
