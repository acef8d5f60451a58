r"""Octets that change their character set as they go in (ISO 2022), their text out.

A sequence that begins with ESC says which set follows: ``ESC $ B`` the Japanese, until ``ESC ( B``;
``ESC $ ) A`` the Chinese, wherever SO stands, until SI or the end of the line. MSH-18 says that
there are such sequences by naming several sets (table 0211). Some senders do not say it; the
sequences are nothing else, so they are read all the same.

Follows ISO 2022, RFC 1468 (Japanese), RFC 1557 (Korean) and RFC 1922 (Chinese).
"""

import re
from collections.abc import Iterator

from adapters.octets import UndecodableError, strict

__all__ = ["designates", "switched"]

_STEP = re.compile(rb"(\x1b(?:\$[()]?[@-~]|[(][@-~])|[\x0e\x0f\r\n])")
# What a sequence switches to, and the codec that reads it.
_SWITCHED = {
    b"\x1b$@": "iso2022_jp_ext",
    b"\x1b$B": "iso2022_jp_ext",
    b"\x1b$(D": "iso2022_jp_ext",
    b"\x1b(I": "iso2022_jp_ext",
    b"\x1b$A": "iso2022_jp_2",
    b"\x1b$(C": "iso2022_jp_2",
}
_HOME = frozenset({b"\x1b(B", b"\x1b(J"})
# What stands between SO and SI from then on, and in octets of eight bits anywhere.
_SHIFTED = {b"\x1b$)A": "gb2312", b"\x1b$)C": "euc_kr"}
_SO, _SI = b"\x0e", b"\x0f"


def designates(raw: bytes) -> bool:
    """Whether octets have a sequence that switches to a set of double octets."""
    return b"\x1b$" in raw


def switched(raw: bytes, default: str) -> Iterator[str]:
    """Yield the parts of a text; `default` is the codec of what no sequence switches.

    Raises
    ------
    UndecodableError
        A part is not valid in its set, or a sequence switches to one that is not known.
    """
    at, codec, designation = 0, default, b""
    second, shifted = "", False
    for index, piece in enumerate(_STEP.split(raw)):
        if index % 2 == 0:
            if shifted:
                eight = bytes(octet | 0x80 if octet > 0x20 else octet for octet in piece)
                yield strict(eight, second, shift=at)
            elif second and not designation:
                yield strict(piece, second, shift=at)
            else:
                yield strict(designation + piece, codec, shift=at - len(designation))
        elif piece in _HOME:
            codec, designation = default, b""
        elif piece in _SWITCHED:
            codec, designation = _SWITCHED[piece], piece
        elif piece in _SHIFTED:
            second = _SHIFTED[piece]
        elif piece[0] == 0x1B:
            raise UndecodableError(default, at)
        elif second and piece in (_SO, _SI):
            shifted = piece == _SO
        else:
            shifted = False  # a line has ended
            yield piece.decode()
        at += len(piece)
