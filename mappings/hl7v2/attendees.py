"""A message's segments in, its parts out: an appointment of several patients for each of them.

A group, or a mother with her child, has one SCH and a PID each (v2.5.1, 10.3.3: ``[{PATIENT}]``).
One Appointment of all would show each patient to whoever may read another one's record.
"""

from __future__ import annotations

from mappings.hl7v2.message import Segment

_TYPES = ("SIU", "SRM", "SRR")
_HEADS = frozenset({"ERR", "MSA", "MSH", "SFT"})
#: How many segments are read again, at most: the resources of an appointment for each patient
MOST = 10_000


class TooManyError(Exception):
    """An appointment of so many patients, with so many resources, that nobody has."""


def parts(segments: list[Segment]) -> list[list[Segment]]:
    """Return the segments of each patient, with what is of all; as they are, where one has all.

    Raises
    ------
    TooManyError
        More than `MOST` segments would be read again.
    """
    if not segments[0].field(9).startswith(_TYPES):
        return [segments]
    begins, last = [], ("", "", "")
    for number, segment in enumerate(segments):
        if segment.id == "PID":
            named = segment.field(3), segment.field(2), segment.field(4)
            if named != last or not any(named):  # nobody knows that it is the same one
                begins.append(number)
            last = named
    if len(begins) < 2:
        return [segments]
    groups = (n for n in range(begins[-1], len(segments)) if segments[n].id == "RGS")
    end = next(groups, len(segments))
    behind = segments[end:]
    heads = [segment for segment in segments[: begins[0]] if segment.id in _HEADS]
    shared = [segment for segment in segments[: begins[0]] if segment.id not in _HEADS]
    if (len(shared) + len(behind)) * (len(begins) - 1) > MOST:
        raise TooManyError
    made = [
        [*shared, *segments[begin:following], *behind]
        for begin, following in zip(begins, [*begins[1:], end], strict=True)
    ]
    return [heads + made[0], *made[1:]]
