"""Segments in, segments out: every ORC stands before the OBR it belongs to.

An order (ORC) and its request (OBR) are two segments of one thing. Reports and orders write ORC
first, results by specimen (OUL, v2.9 7.3.7) write OBR first, and senders write either where the
other is due. What follows needs the order's numbers to read the request, so it is put in front.

Their numbers say which belong together (ORC-2 and OBR-2, ORC-3 and OBR-3). Where they say nothing,
an order belongs to what stands next to it; between two requests, on the side on which the message
began to write them.
"""

from __future__ import annotations

from mappings.hl7v2.message import Segment

_PLACER, _FILLER = 2, 3
_BETWEEN = frozenset({"NTE", "PRT", "TQ1", "TQ2"})  # what may stand between an order and its detail
_DETAILS = frozenset({
    "LOC", "OBR", "ODS", "ODT", "RQ1", "RQD", "RXA", "RXD", "RXE", "RXG", "RXO", "STF",
})  # fmt: skip
#: What says nothing of the kind of thing it speaks of: an order, an entry of a master file.
DETAILED = frozenset({"MFE", "ORC"})


def orders_first(segments: list[Segment]) -> list[Segment]:
    """Return the segments of a message, each ORC before its OBR."""
    result: list[Segment] = []
    request = -1  # where the last OBR stands that has no order yet
    ordered = False  # whether an order waits for its request
    near = False  # whether nothing but comments came since that OBR
    begun = ""  # which of both the message wrote first
    moving = -1  # where the comments of an order go that was moved
    for number, segment in enumerate(segments):
        name = segment.id
        if name == "NTE" and moving >= 0:
            result.insert(moving, segment)
            moving += 1
            continue
        moving = -1
        if name == "OBX":
            near = False
        elif name == "OBR":
            request, ordered, near = -1 if ordered else len(result), False, True
            begun = begun or name
        elif name == "ORC":
            begun = begun or name
            if request >= 0 and _joins(
                segment, result[request], _detail(segments, number), near, begun == "OBR"
            ):
                result.insert(request, segment)
                request, moving = -1, request + 1
                continue
            request, ordered = -1, True
        elif name == "PID":
            request, ordered = -1, False
        elif name not in _BETWEEN:
            near = False
        result.append(segment)
    return result


def detail_of(segments: list[Segment], number: int) -> str:
    """Return the name of the detail that follows an order or entry, and tells its kind; or ""."""
    found = _detail(segments, number)
    return found.id if found is not None else ""


def _joins(order: Segment, before: Segment, after: Segment | None, near: bool, late: bool) -> bool:
    """Whether an order belongs to the request before it; ``late``: as the message's first did."""
    here = _agree(order, before)
    if here is False:
        return False
    if after is None:
        return True
    if after.id != "OBR":
        return here is True
    there = _agree(order, after)
    if here is there:
        return late and (near or here is True)
    return there is False or here is True


def _detail(segments: list[Segment], number: int) -> Segment | None:
    """Return the detail that follows an order or an entry, if one does."""
    for following in range(number + 1, len(segments)):  # a slice would copy all that follows
        segment = segments[following]
        if segment.id in _DETAILS:
            return segment
        if segment.id not in _BETWEEN:
            break
    return None


def _agree(order: Segment, request: Segment) -> bool | None:
    """Whether two segments bear one number; None if they cannot tell."""
    known = None
    for field in (_PLACER, _FILLER):
        one, other = _number(order, field), _number(request, field)
        if one[0] and other[0]:
            if one[0] == other[0] and (one[1] == other[1] or not (one[1] and other[1])):
                return True
            known = False
    return known


def _number(segment: Segment, field: int) -> tuple[str, str]:
    """Return an EI's number and who gave it."""
    number, authority, *_ = (*segment.field(field).partition("~")[0].split("^"), "", "")
    return ("" if number == '""' else number.strip()), authority
