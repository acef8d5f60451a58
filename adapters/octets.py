r"""Octets and the codec they are said to be in, in; their text out, or where they are not valid.

Octets that the sender wrote as escape sequences (``\\X..\\``) are of the same set; those above
ASCII become characters here, where it is known (HL7 v2.5.1, 2.7.2).
"""

import re

__all__ = ["UndecodableError", "strict"]

# Octets written as escape sequences, however many to a sequence.
_HEX = re.compile(r"(?:\\X(?:[0-9A-Fa-f]{2})+\\)+")


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

    `hint` is what the octets may be instead, told behind the fault.
    """

    def __init__(self, charset: str, offset: int, *, known: bool = True, hint: str = "") -> None:
        # An unknown name is whatever stood in its place, and is not repeated.
        what = f"octets not valid in {charset}" if known else "unknown character set, octets"
        super().__init__(f"{what} at offset {offset}{f'; {hint}' if hint else ''}")
        self.charset = charset
        self.offset = offset
        self.known = known


def strict(raw: bytes, codec: str, start: int = 0, *, shift: int = 0) -> str:
    """Decode octets from `start` on; `shift` is how many stood before them.

    Raises
    ------
    UndecodableError
        They are not valid.
    """
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
