"""Segments in, segments out: an order before what it orders, whatever has parts before its own.

An order (ORC) and its detail (OBR, RXE, RXA, …) are two segments of one thing. Reports and orders
write ORC first, results by specimen (OUL, v2.9 7.3.7) write OBR first, and senders write either
where the other is due. What follows needs the order's numbers to read the detail, so it is put in
front.

Their numbers say which belong together (ORC-2 and OBR-2, ORC-3 and OBR-3). Where they say nothing,
an order belongs to what stands next to it; between two requests, on the side on which the message
began to write them. A drug has no number but its order's, so only that side tells.

What follows PV1 in every structure (a diagnosis, an insurance, PV2) is of that visit, though it
come first. Where a message has one patient, all is of that one, though PID come last. What an
appointment, a document or a referral is made of is of the message's own, though its segment come
behind PID. A merge (MRG) tells of the visit that stands before it, if no other merge has. How a
drug was given (RXR) stands behind it; before it, if the order has no other, and it no other RXR.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import dropwhile

from mappings.hl7v2.message import Segment

_PLACER, _FILLER = 2, 3
#: What may stand between an order and its detail: its comments, and what is the patient's
_BETWEEN = frozenset({
    "AL1", "ARV", "GT1", "IN1", "IN2", "IN3", "NK1", "NTE", "PD1", "PRT", "PV1", "PV2", "RXC",
    "RXR", "TQ1", "TQ2",
})  # fmt: skip
_ORDERED = frozenset({"OBR", "ODS", "RXA", "RXD", "RXE", "RXG", "RXO"})
_GIVEN = frozenset({"RXA", "RXD", "RXG"})
_DETAILS = _ORDERED | {"LOC", "ODT", "RQ1", "RQD", "STF"}
#: What a visit has, in every structure that has a visit
_OF_VISIT = ("ACC", "AL1", "DB1", "DG1", "DRG", "GT1", "IN1", "IN2", "IN3", "PR1", "PV2")
#: What a patient has: a message begins with PID where it has only one
_OF_PATIENT = _ORDERED | {
    *_OF_VISIT, "ARV", "FT1", "GOL", "IAM", "MRG", "NK1", "OBX", "ORC", "PD1", "PRB", "PRT", "PTH",
    "PV1", "RGS", "ROL", "SPM", "TXA",
}  # fmt: skip
#: Behind them, what the site adds may be the visit's; elsewhere it is of what stands before it
_HEADS = frozenset({"EVN", "MSH", "PD1", "PID"})
#: Messages of samples and of groups of patients: what stands before PID is not the patient's
_OF_OTHERS = ("OPL", "OPU", "OSM")
#: The segment that a message is about: the codes of such messages, and what belongs behind it
_HEADINGS: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    **dict.fromkeys(("ARQ", "SCH"), (
        ("SIU", "SRM", "SRR"), frozenset({"AIG", "AIL", "AIP", "AIS", "PID", "PV1", "RGS"}),
    )),
    "RF1": (("REF", "RRI"), frozenset({"AUT", "CTD", "PID", "PRD"})),
    "TXA": (("MDM",), frozenset({"CON", "OBX"})),
}  # fmt: skip
#: What says nothing of the kind of thing it speaks of: an order, an entry of a master file.
DETAILED = frozenset({"MFE", "ORC"})


def orders_first(segments: list[Segment]) -> list[Segment]:
    """Return the segments of a message: each order, patient and visit before its own."""
    arranged = _Arranged(segments)
    result = arranged.result
    for segment in segments:
        name = segment.id
        act = _ACTS.get(name)
        if act is not None:
            act(arranged, segment)
        elif name == "NTE" and arranged.notes >= 0:
            result.insert(arranged.notes, segment)
            arranged.notes += 1
        else:
            result.append(segment)
            arranged.notes = -1
    return result


def detail_of(segments: list[Segment], number: int) -> str:
    """Return the name of the detail that follows an order or entry, and tells its kind; or ""."""
    found = _detail(segments, number)
    return found.id if found is not None else ""


class _Arranged:
    """The segments of a message so far, and what may still be put before some of them."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.result: list[Segment] = []
        self.request = -1  # where the last detail stands that has no order yet
        self.details: set[str] = set()  # the kinds of detail since the last order
        self.ordered = False  # whether an order waits for its detail
        self.late: bool | None = None  # whether the message wrote a detail first
        self.closed = False  # whether it ends with the order of a drug
        self.notes = -1  # where the comments of an order go that was moved
        self.own = -1  # where what a visit has begins, before it has come
        self.visited = False  # whether the patient's visit has come
        self.known = False  # whether a patient has
        self.visit = -1  # where a visit stands of which no merge has told
        self.merged = False  # whether a merge waits for its visit
        self.headed = False  # whether what the message is about has come
        self.ways: list[Segment] = []  # of what was given, that stand before it,
        self.due: bool | None = None  # and whether they do, behind the present order

    def take_order(self, segment: Segment) -> None:
        """Put an order before its detail, if that has come."""
        self.late, self.due = bool(self.late), None
        if self.request >= 0 and self._joins(segment):
            place = self.request
            self._insert(place, segment)
            self.notes, self.request = place + 1, -1
        else:
            self._append(segment)
            self.request, self.ordered = -1, True

    def take_detail(self, segment: Segment) -> None:
        """Note a detail: of the order before it, else one that an order may follow."""
        name = segment.id
        if self.late is None:
            self.late = True
            self.closed = name != "OBR" and _ends_with_order(self.segments)
        if self.ordered:
            self.request, self.ordered, self.details = -1, False, {name}
        elif not self.details or name in self.details or "OBR" in (name, *self.details):
            self.request, self.details = len(self.result), {name}
        else:
            self.details.add(name)  # RXE behind RXO: of one order
        self._append(segment)
        self.result += self.ways
        self.ways = []

    def take_way(self, segment: Segment) -> None:
        """Keep the way in which a drug was given until that has come."""
        if self.ordered and self.due is None:
            self.due = _is_due(self.segments, len(self.result))
        if self.ordered and self.due:
            self.ways.append(segment)
        else:
            self._append(segment)

    def take_visit(self, segment: Segment) -> None:
        """Put the first visit of a patient before what is said of it: by PV2, by the site."""
        place = self.own if self.own >= 0 else len(self.result)
        if not self.visited:
            earlier = self._before_local(place)
            place = earlier if self.result[earlier - 1].id in _HEADS else place
            self._insert(place, segment)
        else:
            place = len(self.result)
            self._append(segment)
        self.visited = True
        self.visit, self.merged = -1 if self.merged else place, False

    def take_of_visit(self, segment: Segment) -> None:
        """Note where what a patient's visit has begins."""
        if self.own < 0:
            self.own = len(self.result)
        self._append(segment)

    def take_merge(self, segment: Segment) -> None:
        """Put what is merged before the visit that it is of, if that has come."""
        if self.visit >= 0:
            self._insert(self.visit, segment)
            self.visit = -1
        else:
            self._begin(segment)
            self.merged = True

    def take_heading(self, segment: Segment) -> None:
        """Put what the message is about before what belongs to that."""
        types, own = _HEADINGS[segment.id]
        first = (n for n, s in enumerate(self.result) if s.id in own)
        place = -1 if self.headed else next(first, -1)
        if place >= 0 and self.segments[0].field(9).startswith(types):
            self._insert(place, segment)
            self.notes = place + 1
        else:
            self._append(segment)
        self.headed = True

    def take_patient(self, segment: Segment) -> None:
        """Put the only patient before all that is of that one."""
        known, self.known = self.known, True
        first = (n for n, s in enumerate(self.result) if s.id in _OF_PATIENT)
        place = -1 if known else next(first, -1)
        if place >= 0 and self._is_only(segment):
            self._insert(self._before_local(place), segment)
        else:
            self._begin(segment)
            self.visit, self.merged = -1, False

    def _begin(self, segment: Segment) -> None:
        """Begin another patient: nothing that follows belongs before."""
        self.request, self.own, self.ordered, self.visited = -1, -1, False, False
        self._append(segment)

    def _is_only(self, patient: Segment) -> bool:
        """Whether a message is of one patient, and of nothing else."""
        others = (s.id == "PID" and s is not patient for s in self.segments)
        return not (any(others) or self.segments[0].field(9).startswith(_OF_OTHERS))

    def _before_local(self, place: int) -> int:
        """Return a place before the site's own segments that stand there."""
        while self.result[place - 1].id[0] == "Z":
            place -= 1
        return place

    def _append(self, segment: Segment) -> None:
        self.result.append(segment)
        self.notes = -1

    def _insert(self, place: int, segment: Segment) -> None:
        self.result.insert(place, segment)
        self.notes = -1
        self.request += 0 <= place <= self.request
        self.own += 0 <= place <= self.own
        self.visit += 0 <= place <= self.visit

    def _joins(self, order: Segment) -> bool:
        """Whether an order belongs to the detail before it."""
        before, after = self.result[self.request], _detail(self.segments, len(self.result))
        here = _agree(order, before)
        drug = before.id != "OBR"
        if here is False or (drug and not self.late):
            return False
        if after is None:
            return True
        if after.id != "OBR" and not drug:
            return here is True
        there = _agree(order, after)
        if here is there:
            return bool(self.late) and (here is True or self.closed or self._near())
        return there is False or here is True

    def _near(self) -> bool:
        """Whether nothing but comments came since the detail that has no order."""
        since = range(self.request + 1, len(self.result))
        return all(_parts_nothing(self.result[n].id) for n in since)


_ACTS: dict[str, Callable[[_Arranged, Segment], None]] = {
    "ORC": _Arranged.take_order,
    **dict.fromkeys(_ORDERED, _Arranged.take_detail),
    "RXR": _Arranged.take_way,
    "PV1": _Arranged.take_visit,
    **dict.fromkeys(_OF_VISIT, _Arranged.take_of_visit),
    "PID": _Arranged.take_patient,
    "MRG": _Arranged.take_merge,
    **dict.fromkeys(_HEADINGS, _Arranged.take_heading),
}


def _is_due(segments: list[Segment], number: int) -> bool:
    """Whether the next detail is a drug that was given, and has no RXR of its own."""
    places = range(number + 1, len(segments))
    at = next(dropwhile(lambda place: _parts_nothing(segments[place].id), places), len(segments))
    names = [segment.id for segment in segments[at : at + 2]]
    return bool(names) and names[0] in _GIVEN and names[1:] != ["RXR"]


def _ends_with_order(segments: list[Segment]) -> bool:
    """Whether the last order of a message stands behind its last detail."""
    last = next((s.id for s in reversed(segments) if s.id == "ORC" or s.id in _ORDERED), "")
    return last == "ORC"


def _detail(segments: list[Segment], number: int) -> Segment | None:
    """Return the detail that follows an order or an entry, if one does."""
    for following in range(number + 1, len(segments)):  # a slice would copy all that follows
        segment = segments[following]
        if segment.id in _DETAILS:
            return segment
        if not _parts_nothing(segment.id):
            break
    return None


def _parts_nothing(name: str) -> bool:
    """Whether a segment may stand between an order and its detail; so may any of the site's own."""
    return name in _BETWEEN or name[0] == "Z"


def _agree(order: Segment, request: Segment) -> bool | None:
    """Whether two segments bear one number; None if they cannot tell."""
    if request.id != "OBR":
        return None
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
