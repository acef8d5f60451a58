r"""The octets of a message and the character set they are said to be in, in; the likely one, out.

Octets that decode are not yet text. Single octets always decode, and so, nearly always, do GB 18030
and Big5 when they hold one another: 陳 of Big5 is 朝 of GB 18030. What gives a wrong set away is
what it makes of them: C1 controls, characters in private use, kana among Han, Han in a Latin word.

Three answers
-------------
- The set that is said, or that is assumed where none is.
- Another one, in which the octets are plain text while they are not in the one that is said.
- None: they are not text of the set that is said, and of several others they may be.

A doubt goes with the first two where a reader should know: `OTHERWISE`, another set than the one
declared was used; `UNCERTAIN`, the octets are as good a text in another set. Short texts are: two
characters of a name may be two of Big5 and two of GB 18030. How many of them names and reports are
mostly made of tells them apart then (`adapters.frequent`): what is read wrongly seldom begins with
a surname. Of made-up names of two and three characters that are rightly GB 18030, or Big5, one in
fifty is doubted. Of those in Big5 that are declared as GB 18030, or not at all, one in ten is
misread with a doubt, and one in ten thousand without; of random characters three in a thousand.
Of random characters that are declared rightly, three in ten thousand are taken for the other set
(`OTHERWISE`). Nobody can tell them all; a site's own setting ends the doubt.

What is plain text
------------------
Of GB 18030: Han, with the punctuation, letters and signs that go with it. GB 2312 holds what nearly
all names and reports are made of. Of Big5: its frequent half (A4 to C6); of the rare half one
character in ten. Of UTF-8: whatever has characters of three octets; no GB 18030 that people write
has more than a few by chance. Of a Latin set: high octets in words of Latin letters.

Follows HL7 v2.5.1, 2.15.9.18 (MSH-18).
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from adapters.frequent import SIMPLIFIED, SIMPLIFIED_SURNAMES, TRADITIONAL, TRADITIONAL_SURNAMES
from adapters.latin import (
    HIGH_LETTERS,
    LETTERS,
    OTHER_LETTERS,
    WINDOWS_LETTERS,
    is_accented,
    is_in,
    is_latin,
    typed,
)

__all__ = [
    "GB",
    "OTHERWISE",
    "STRANGE",
    "UNCERTAIN",
    "UTF8",
    "Verdict",
    "likely",
    "plain_gb",
    "strange",
    "surely_utf8",
]

OTHERWISE = "charset-otherwise"
UNCERTAIN = "charset-uncertain"
STRANGE = "strange-characters"

UTF8, GB, BIG5, LATIN, WINDOWS = "utf-8", "gb18030", "big5hkscs", "iso8859_1", "cp1252"

_MOST = 5_000  # pieces that are looked at
_LARGE = 1 << 16
_ASCII = bytes(range(0x80))
_MANY = 200  # characters that tell what a text is made of
# Of what is text in two sets, what is familiar in the other must be so much, and so many times what
# is in the one that was said; in this, so much more, or there is a doubt.
_SURELY, _PLAINLY, _AHEAD = 3, 4, 2
_CHANCE = 3  # characters of three octets that GB 18030 may have by chance
_JUDGED = ("ascii", "utf-8", "gb18030", "big5hkscs", "iso8859_", "cp125")

_LINE = re.compile(rb"[^\r\n]+")
_PIECE = re.compile(rb"[^\x00-\x7f]+[\x00-\x7f]?")  # begins with the first octet of a character
_HIGH = re.compile(rb"[^\x00-\x7f]+")
_CONTROL = re.compile(rb"[\x80-\x9f]")
_LONG_UTF8 = re.compile(rb"[\xe0-\xf4]")  # begins three octets or four, where UTF-8 is valid
_LONE = re.compile(rb"[\xc0-\xff][^0-9A-Za-z\x80-\xff]?")  # an initial, alone in its field

_GB2312 = re.compile(rb"(?:[\x00-\x7f]++|[\xa1\xa3\xb0-\xf7][\xa1-\xfe])*+")
_FREQUENT_BIG5 = re.compile(
    rb"(?:[\x00-\x7f]++|[\xa4-\xc5][\x40-\x7e\xa1-\xfe]|\xc6[\x40-\x7e]"
    rb"|[\xa1\xa2][\x40-\x7e\xa1-\xfe]|\xa3[\x40-\x7e\xa1-\xbf])*+"
)

# What is neither Han nor stands among it: letters of other scripts, forms, private use. Letters
# with the tones of pinyin do (ḿ is in private use in Python's GB 18030).
_FOREIGN = re.compile(
    "[^\x00-\x7f\xa0-\xffāǎēěīǐōǒūǔǖǘǚǜńňǹɑɡ\ue7c7Α-ω\u2000-\u206f\u2100-\u22ff\u2460-\u249b"
    "\u25a0-\u2642\u3000-\u3017\u3220-\u3231\u338e-\u33d5\u3400-\u9fff\uff01-\uff5e\uffe0-\uffe5"
    "\U00020000-\U0003ffff]"
)
_RUSSIAN = re.compile("[\x00-\x7fЁА-яё]*")
_FREQUENT = {GB: _GB2312, BIG5: _FREQUENT_BIG5}  # the half of a set that is used
_HAN = re.compile("[\u3400-\u9fff]+")
_KNOWN = {  # GB 18030 has all of them
    GB: (SIMPLIFIED | TRADITIONAL, SIMPLIFIED_SURNAMES | TRADITIONAL_SURNAMES),
    BIG5: (TRADITIONAL, TRADITIONAL_SURNAMES),
}
_STRANGE = re.compile("[\x80-\x9f\ue000-\uf8ff\U000f0000-\U0010fffd]")

_SIGNS = frozenset(range(0x80, 0xA0))  # of Windows, where others have controls
_TAKEN = frozenset({LATIN, "iso8859_15"})  # for Windows' by senders
_DEFAULTS = _TAKEN | {WINDOWS}  # what engines declare where nobody told them


class Verdict(NamedTuple):
    """The codec to read octets with, None if that is not certain; and a doubt, or ""."""

    charset: str | None
    doubt: str = ""


def likely(raw: bytes, said: str) -> Verdict:
    """Judge octets that are not ASCII; `said` is the codec declared, ``ascii`` if there is none.

    They need not be valid in the codec that is returned, if that is the one declared.
    """
    if not said.startswith(_JUDGED):
        return Verdict(said)
    if said == UTF8 and len(_LONG_UTF8.findall(raw.translate(None, _ASCII))) > _CHANCE:
        return Verdict(said)
    sample = _sample(raw)
    utf8 = _as_utf8(raw, sample)
    if said in {UTF8, "ascii"}:
        if utf8 or said == UTF8:
            return Verdict(UTF8, UNCERTAIN if utf8 == 1 else "")
        return _double(raw, sample, GB)
    if said in {GB, BIG5}:
        long = _LONG_UTF8.search(sample)
        if utf8 == 2 and long:
            return Verdict(UTF8, OTHERWISE)
        verdict = _double(raw, sample, said)
        return verdict._replace(doubt=UNCERTAIN) if utf8 and long else verdict
    if utf8:
        return Verdict(UTF8, OTHERWISE) if utf8 == 2 else Verdict(None)
    return _single(raw, sample, said)


def plain_gb(raw: bytes) -> bool:
    """Whether octets are text that people write in GB 18030."""
    return _as_gb(_sample(raw)) is not None


def surely_utf8(raw: bytes, *, said: bool) -> bool:
    """Whether octets are UTF-8 and nothing else; `said` if their message says that they are.

    Else they have to have more characters of three octets than another set may have by chance.
    """
    if raw.isascii():
        return False
    sample = _sample(raw)
    long = len(_LONG_UTF8.findall(sample))
    return long > (0 if said else _CHANCE) and _as_utf8(raw, sample) == 2


def strange(text: str) -> bool:
    """Tell whether a text has characters that mean nothing to others: C1, or in private use."""
    return _STRANGE.search(text) is not None


def _sample(raw: bytes) -> bytes:
    """Return what is not ASCII, each character whole."""
    if len(raw) < _LARGE:
        return b"".join(_PIECE.findall(raw))
    return b"".join(islice(_pieces(raw), _MOST))


def _pieces(raw: bytes) -> Iterator[bytes]:
    """Yield what is not ASCII of a large message: most lines, and the longest, are."""
    for line in _LINE.finditer(raw):
        octets = line[0]
        if not octets.isascii():
            yield from _PIECE.findall(octets)


def _double(raw: bytes, sample: bytes, said: str) -> Verdict:
    """Judge octets said to be of one of two sets of double octets, or assumed to be."""
    if is_latin(raw):
        return Verdict(LATIN, OTHERWISE)
    if _is_windows(raw, sample):
        return Verdict(WINDOWS, OTHERWISE)
    other = GB if said == BIG5 else BIG5
    texts = {GB: _as_gb(sample), BIG5: _as_big5(sample)}
    if not texts[other]:
        return Verdict(said)
    if not texts[said]:
        theirs = _familiar(str(texts[other]), other)
        if theirs > 1 or _FREQUENT[other].fullmatch(sample):
            return Verdict(other, OTHERWISE)
        return Verdict(said, UNCERTAIN if theirs else "")
    mine, theirs = (_familiar(str(texts[one]), one) for one in (said, other))
    if theirs >= max(_SURELY, _PLAINLY * mine):
        return Verdict(other, OTHERWISE)
    return Verdict(said, UNCERTAIN if mine - theirs < _AHEAD else "")


def _single(raw: bytes, sample: bytes, said: str) -> Verdict:
    """Judge octets said to be of a set of single octets, and not UTF-8."""
    controls = said.startswith("iso") and _CONTROL.search(sample)
    letters = HIGH_LETTERS if said == LATIN else OTHER_LETTERS
    if not controls and (said not in _DEFAULTS or is_latin(raw, letters)):
        return Verdict(said)
    if said == WINDOWS and _is_windows(raw, sample):
        return Verdict(said)
    if not controls and all(map(_LONE.fullmatch, _PIECE.findall(raw))):
        return Verdict(said, UNCERTAIN)
    if not controls and is_accented(raw):
        return Verdict(said, UNCERTAIN)
    if said in _TAKEN and (_may_be_windows(raw, sample) or _is_windows(raw, sample)):
        return Verdict(WINDOWS, OTHERWISE)
    gb, big5 = _as_gb(sample), _as_big5(sample)
    mine, theirs = _familiar(gb or "", GB), _familiar(big5 or "", BIG5)
    if not (controls or gb or big5):
        return Verdict(said, UNCERTAIN)  # it is valid, and plain text in no other set either
    if gb and (not big5 or _is_rather(mine, theirs, sample, BIG5)):
        return Verdict(GB, OTHERWISE)
    if (
        big5
        and (theirs > 1 or _FREQUENT[BIG5].fullmatch(sample))
        and (not gb or _is_rather(theirs, mine, sample, GB))
    ):
        return Verdict(BIG5, OTHERWISE)
    return Verdict(None)


def _is_windows(raw: bytes, sample: bytes) -> bool:
    """Tell whether octets are Latin words with Windows' signs: by these, or as nothing else."""
    if _SIGNS.isdisjoint(sample):
        return False
    if is_latin(typed(raw)):
        return True
    return _may_be_windows(raw, sample) and not (_as_gb(sample) or _as_big5(sample))


def _may_be_windows(raw: bytes, sample: bytes) -> bool:
    return is_latin(raw, WINDOWS_LETTERS) and _decoded(sample, WINDOWS) is not None


def _is_rather(mine: int, theirs: int, sample: bytes, other: str) -> bool:
    """Tell whether a text is of one set and not of the other, by what is familiar of it in each."""
    if mine >= max(_SURELY, _PLAINLY * theirs):
        return True
    return mine > theirs and _FREQUENT[other].fullmatch(sample) is None


def _familiar(text: str, charset: str) -> int:
    """Count the characters that most texts are made of, and the surnames that names begin with."""
    known, surnames = _KNOWN[charset]
    own = _HAN.findall(text[:_MANY])
    return sum(c in known for run in own for c in run) + sum(run[0] in surnames for run in own)


def _as_utf8(raw: bytes, sample: bytes) -> int:
    """Tell how plain a text octets are in UTF-8: 2, 1 (if it may be GB 18030 as well: 模), or 0."""
    text = _decoded(sample, UTF8)
    if text is None:
        return 0
    long = len(_LONG_UTF8.findall(sample))
    if long > _CHANCE or (long and not _FOREIGN.search(text)):
        return 2
    if _RUSSIAN.fullmatch(text) and len(sample.translate(None, _ASCII)) > 2 * _CHANCE:
        return 2
    among = all(
        is_in(raw[max(run.start() - 1, 0) : run.start()] + raw[run.end() : run.end() + 1], LETTERS)
        for run in islice(_HIGH.finditer(raw), _MOST)
    )
    return 2 if among or not _as_gb(sample) else 1


def _as_gb(sample: bytes) -> str | None:
    """Return the text that octets are in GB 18030, if it is one that people write."""
    text = _decoded(sample, GB)
    return None if text is None or _FOREIGN.search(text) else text


def _as_big5(sample: bytes) -> str | None:
    """Return the text that octets are in Big5, if it is one that people write."""
    text = _decoded(sample, BIG5)
    return None if text is None or _FOREIGN.search(text) else text


def _decoded(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except UnicodeDecodeError:
        return None
