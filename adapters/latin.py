r"""Octets in; whether they are words of Latin letters, by what stands around them, out.

Two octets of a Latin set may be one Han character of GB 18030, and a short name of Han may look
like a word: 王 is ``Íõ``. So high octets count as letters where they stand among Latin ones
(``Müller``, ``Óñez``). Those that stand alone (``Äöü``) do if the message shows what they are:

- they are as words are written, in capitals, in small letters, or with one capital in front;
- their number is odd, so that in a set of double octets the last of them takes what follows for
  its second: a letter (``ü`` and ``l`` of Müller), a delimiter before a name (``Äöü^Jo``), or the
  end of a field, so that the birth date is not where it belongs. All of it must fall into place.

An even number of letters alone (``Éé``) stays as good a character of Han.

Windows writes signs of its own where others have controls (``D’Arcy``, ``“Zoë”``). Each may be the
first octet of a Han character, with the letter behind it: of one that hardly anybody writes, and
inside a Latin word. So they are signs where they stand between Latin letters, or quote them, and
everything else is Latin (`typed`).
"""

import re
from collections.abc import Iterator
from itertools import islice

__all__ = [
    "HIGH_LETTERS",
    "LETTERS",
    "OTHER_LETTERS",
    "WINDOWS_LETTERS",
    "is_accented",
    "is_in",
    "is_latin",
    "typed",
]

_MOST = 5_000  # pieces that are looked at
_HIGH = re.compile(rb"[^\x00-\x7f]+")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_UPPER, _LOWER = rb"[A-Z\xc0-\xd6\xd8-\xde]", rb"[a-z\xdf-\xf6\xf8-\xff]"
_WRITTEN = re.compile(rb"%s?%s+|%s+" % (_UPPER, _LOWER, _UPPER))
_LAST = re.compile(rb"[\x80-\xff]+\Z")
_BORN, _BORN_FIELD = re.compile(rb"\d{8,14}"), 7  # PID-7

LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_ASCII_LETTERS = bytes(LETTERS)
HIGH_LETTERS = frozenset(range(0xC0, 0x100))
OTHER_LETTERS = frozenset(range(0xA1, 0x100))  # of the Latin sets but the first
WINDOWS_LETTERS = HIGH_LETTERS | frozenset(range(0x80, 0xA0))
_WINDOWS_SIGNS = frozenset(bytes([octet]) for octet in (0x80, 0x85, *range(0x91, 0x98), 0x99))
_LINE = re.compile(rb"[^\r\n]+")
_TYPED = re.compile(
    rb"(?<=[A-Za-z])(?:[\x92\x96\x97](?=[A-Za-z]{2}|[\xc0-\xff][a-z])|\x92(?=s\b))"
    rb"|\x93(?P<quoted>[A-Za-z\xc0-\xff .'-]+)\x94(?![A-Za-z])"
)
_NUMBERS = frozenset(b"0123456789 ")
_SIGNS = frozenset((b"\xb0", b"\xb1", b"\xb2", b"\xb3", b"\xb5", b"\xb7", b"\xd7"))
_UNITS = {b"\xb0": frozenset(b"CF"), b"\xb5": frozenset(b"gklmsFLMUV")}


def is_latin(raw: bytes, words: frozenset[int] = HIGH_LETTERS) -> bool:
    """Tell whether every high octet stands in a word of Latin letters, or beside one."""
    for run in islice(_HIGH.finditer(raw), _MOST):
        octets, before = run[0], raw[max(run.start() - 1, 0) : run.start()]
        after = raw[run.end() : run.end() + 2]
        led, followed = is_in(before, LETTERS), is_in(after[:1], LETTERS)
        if len(octets) > 1:  # Größe, Hämeenpää, Óñez
            begins = followed and is_in(after[1:], LETTERS | words)
            least = 0xC0 if followed else 0xE0
            fits = len(octets) <= 3 and (led or begins) and min(octets) >= least
        elif words is WINDOWS_LETTERS and octets in _WINDOWS_SIGNS:  # € 50
            fits = True
        elif octets in _SIGNS:  # 37 °C, m², µg
            units = _UNITS.get(octets, frozenset())
            fits = led or is_in(before, _NUMBERS) or is_in(after[:1], units)
        else:
            fits = is_in(octets, words) and (led or (followed and is_in(after[1:], LETTERS)))
        if not fits:
            return False
    return True


def typed(raw: bytes) -> bytes:
    """Return the lines that are not ASCII, with plain signs for Windows' in and around words."""
    lines = (line[0] for line in _LINE.finditer(raw) if not line[0].isascii())
    return b"\r".join(_TYPED.sub(_plain, line) for line in lines)


def _plain(sign: re.Match[bytes]) -> bytes:
    return b"'%s" % (sign["quoted"] or b"")


def is_in(octets: bytes, among: frozenset[int]) -> bool:
    """Whether any of some octets is among others."""
    return not among.isdisjoint(octets)


def is_accented(raw: bytes) -> bool:
    """Tell whether all high octets are letters of words, and some can be nothing else."""
    shown = False
    for word in islice(_WORD.finditer(raw), _MOST):
        if not _WRITTEN.fullmatch(word[0]):
            return False
        shown = shown or any(_shows(raw, word))
    return shown


def _shows(raw: bytes, word: re.Match[bytes]) -> Iterator[bool]:
    """Yield whether parts of a word cannot be of double octets."""
    ascii_letters = len(word[0]) - len(word[0].translate(None, _ASCII_LETTERS))
    if ascii_letters * 3 >= len(word[0]) * 2:  # in Big5 every second may be one
        for run in _HIGH.finditer(raw, *word.span()):
            odd = len(run[0]) % 2 == 1
            yield odd and word.start() < run.start() and run.end() < word.end()
    last = _LAST.search(word[0])
    if last and len(last[0]) % 2 == 1:
        follows = raw[word.end() : word.end() + 2]
        yield follows[:1] in (b"^", b"~") and is_in(follows[1:], LETTERS)
        yield follows[:1] == b"|" and _keeps_birth(raw, word.start())


def _keeps_birth(raw: bytes, at: int) -> bool:
    """Whether it is a PID segment of which the birth date is in its place."""
    start = max(raw.rfind(end, 0, at) for end in (b"\r", b"\n")) + 1
    fields = re.split(rb"[\r\n]", raw[start : start + 4096], maxsplit=1)[0].split(b"|")
    if fields[0] != b"PID" or len(fields) <= _BORN_FIELD:
        return False
    return _BORN.fullmatch(fields[_BORN_FIELD]) is not None
