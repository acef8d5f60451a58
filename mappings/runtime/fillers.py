"""Words that stand where nothing is known: a message's segments in, the same without them out.

Senders fill the fields that they have nothing for (``无``, ``-``, ``不详``). Read as it stands,
such a word is a number that all of them share, a relative, somebody's allergy. So it is no value,
and is found; of a repetition, where nothing else that tells anything stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mappings.findings import Finding
from mappings.hl7v2.message import Segment
from mappings.runtime.pieces import leaf
from mappings.runtime.shapes import SHAPES

#: With what such a word begins, or a value whose first part is empty: most values do not.
_BEGINS = frozenset("-－﹣—–―─_/／^&NnUuDd不未情具无暂目患均否没待")


class Fillable(NamedTuple):
    """A field, its components that tell something, and the shapes of words that do not."""

    field: int
    components: tuple[int, ...]
    shapes: tuple[str, ...]


def emptied(
    segments: Sequence[Segment],
    places: Mapping[str, tuple[Fillable, ...]],
    findings: list[Finding],
) -> None:
    """Empty the fields, and take out the repetitions, that hold nothing but fillers."""
    for segment in segments:
        fields = segment.fields
        length = len(fields)
        for place in places.get(segment.id, ()):
            number = place[0]
            if number >= length:
                break
            text = fields[number]
            if text[:1] in _BEGINS or "~" in text:
                _look(segment, text, place, findings)


def _look(segment: Segment, text: str, place: Fillable, findings: list[Finding]) -> None:
    repetitions = text.split("~")
    left = [value for value in repetitions if not _fills(value, place)]
    if len(left) == len(repetitions):
        return
    segment.fields[place.field] = "~".join(left)
    name = segment.id if segment.ordinal == 1 else f"{segment.id}[{segment.ordinal}]"
    for index, value in enumerate(repetitions):
        if _fills(value, place):
            at = f"{name}-{place.field}" + (f"[{index + 1}]" if index else "")
            findings.append(Finding("information", "filler", at))


def _fills(value: str, place: Fillable) -> bool:
    """Whether all that a value tells are words that stand for none."""
    pieces = value.split("^")
    length = len(pieces)
    telling = [pieces[n - 1] for n in place.components if n <= length and pieces[n - 1]]
    return bool(telling) and all(
        any(SHAPES[shape](leaf(word)) for shape in place.shapes) for word in telling
    )
