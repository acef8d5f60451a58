"""The beginning of octets in, the wide character set that it shows out.

A byte order mark says it, and so do the NULs of wide letters: those are in the octets themselves.
"""

import re

__all__ = ["shape_of"]

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# The first letters of a message (or of a batch), wide, without a mark.
_WIDE = (
    (re.compile(rb"[A-Z]\0\0\0[A-Z]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[A-Z]\0\0\0[A-Z]"), "utf-32-be"),
    (re.compile(rb"[A-Z]\0[A-Z]\0"), "utf-16-le"),
    (re.compile(rb"\0[A-Z]\0[A-Z]"), "utf-16-be"),
)


def shape_of(raw: bytes) -> tuple[str | None, int]:
    """Give the codec that a byte order mark or NULs show, and the length of the mark."""
    for mark, codec in _MARKS:
        if raw.startswith(mark):
            return codec, len(mark)
    for pattern, codec in _WIDE:
        if pattern.match(raw):
            return codec, 0
    return None, 0
