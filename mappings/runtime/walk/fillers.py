"""Words that stand where nothing is known: a message's segments in, the same without them out.

Senders fill the fields that they have nothing for (``无``, ``-``, ``不详``; a number with ``0``).
Read as it stands, such a word is a number that all of them share, a relative, an allergy. So it is
no value, and is found. Where others tell something, that is so of the first, the number or code,
and of what denies nothing behind it (``张三^-``; ``张^无`` may be a name): but a word of Latin
letters may be a part of a name (No, Null).

On the same way, what holds more than it has room for is mended (`mappings.runtime.walk.mending`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mappings.findings import Finding
from mappings.hl7v2.message import Segment
from mappings.runtime.plan import Fillable
from mappings.runtime.text.pieces import leaf
from mappings.runtime.text.shapes import SHAPES
from mappings.runtime.text.words import is_masked
from mappings.runtime.walk.mending import MENDS

#: With what a field of such a word begins, or one whose first part is empty: most do not.
_BEGINS = frozenset("-－﹣—–―─_/／^0NnUu不未具情待无没否暂目患均")
_MAYBE = re.compile(
    "(?:^|[~^])(?:[-－﹣—–―─_/／不未具情待无没否暂目患均]|0+(?:[~^]|$)|N[/UOIK]|UN)",
    re.IGNORECASE,
)


#: With what a filler behind another component begins; few messages have any.
_BEHIND = re.compile(r"\^(?:[-—]|不详|未知|N/A)")


def emptied(
    segments: Sequence[Segment],
    places: Mapping[str, tuple[Fillable, ...]],
    units: Mapping[str, str],
    findings: list[Finding],
    *,
    behind: bool,
    masked: bool,
) -> dict[str, str]:
    """Empty the fields, and take out the repetitions, that hold nothing but fillers.

    Returns where what a mend put in an empty field had stood: ``RXE-5`` → RXE-3.

    `behind`: whether there may be fillers behind what tells something, to be taken out, too.
    `masked`: whether parts of something are hidden. `units` are those that are known, as they are
    written.
    """
    moved: dict[str, str] = {}
    for segment in segments:
        fields = segment.fields
        length = len(fields)
        for place in places.get(segment.id, ()):
            number = place[0]  # an index is quicker than a name
            if number >= length:
                break
            text = fields[number]
            if text and (
                ((text[0] in _BEGINS or "~" in text) and _MAYBE.search(text))
                or (masked and is_masked(text))
            ):
                _look(segment, text, place, findings)
            if text and place[3] and MENDS[place[3]](segment, number, place[4], units):
                moved[_place(segment, place[4], 0)] = _place(segment, number, 0)
    if behind:
        _emptied_behind(segments, places, findings)
    return moved


def may_stand_behind(text: str) -> bool:
    """Whether a message may have a filler behind another component: most are done with here."""
    return _BEHIND.search(text) is not None


def _emptied_behind(
    segments: Sequence[Segment],
    places: Mapping[str, tuple[Fillable, ...]],
    findings: list[Finding],
) -> None:
    for segment in segments:
        length = len(segment.fields)
        for place in places.get(segment.id, ()):
            if place.field < length and may_stand_behind(segment.fields[place.field]):
                _look_behind(segment, place, findings)


def _look_behind(segment: Segment, place: Fillable, findings: list[Finding]) -> None:
    left = []
    for index, value in enumerate(segment.fields[place.field].split("~")):
        pieces = value.split("^")
        telling = [n for n in place.components if n <= len(pieces) and pieces[n - 1]]
        for number in telling[1:]:
            word = pieces[number - 1]
            if SHAPES["filler"](leaf(word)) and not _is_latin(word):
                pieces[number - 1] = ""
                at = f"{_place(segment, place.field, index)}.{number}"
                findings.append(Finding("information", "filler", at))
        left.append("^".join(pieces))
    segment.fields[place.field] = "~".join(left)


def _place(segment: Segment, field: int, index: int) -> str:
    name = segment.id if segment.ordinal == 1 else f"{segment.id}[{segment.ordinal}]"
    return f"{name}-{field}" + (f"[{index + 1}]" if index else "")


def _look(segment: Segment, text: str, place: Fillable, findings: list[Finding]) -> None:
    left = []
    for index, value in enumerate(text.split("~")):
        at = _place(segment, place.field, index)
        pieces = value.split("^")
        telling = [n for n in place.components if n <= len(pieces) and pieces[n - 1]]
        fills = [_fills(pieces[n - 1], place) for n in telling]
        if telling and all(fills):
            findings.append(Finding("information", "filler", at))
            continue
        if telling and fills[0] and not _is_latin(pieces[telling[0] - 1]):
            pieces[telling[0] - 1] = ""
            findings.append(Finding("information", "filler", f"{at}.{telling[0]}"))
        left.append("^".join(pieces))
    segment.fields[place.field] = "~".join(left)


def _fills(word: str, place: Fillable) -> bool:
    return any(SHAPES[shape](leaf(word)) for shape in place.shapes)


def _is_latin(word: str) -> bool:
    return word.isascii() and word.isalpha()
