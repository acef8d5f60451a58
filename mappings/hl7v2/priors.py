"""Segments in, segments out: what a message orders before the prior results that go with it.

An order for a laboratory or another service may bring results of before (v2.5.1, 4.4.4 and 4.4.6,
PRIOR_RESULT), with a PID of their own: another hospital's number, the mother of a newborn. The next
order of the message stands behind them, and no PID says that it is of the patient and the visit
that the message began with: its control code does (table 0119: NW, CA, XO …; a prior result has PR,
RE, or no ORC). In orders by specimen (OML^O33, O35) a specimen is of the order behind it: a prior
result has none.
"""

from __future__ import annotations

from mappings.hl7v2.message import Segment

_TYPES = ("OMG", "OMI", "OML")
_BY_SPECIMEN = ("OML^O33", "OML^O35")
_OF_RESULTS = frozenset({"", "PR", "RE"})


def own_orders_first(segments: list[Segment]) -> list[Segment]:
    """Return the segments with the message's own orders before its prior results."""
    if not segments[0].field(9).startswith(_TYPES):
        return segments
    patients = [n for n, segment in enumerate(segments) if segment.id == "PID"]
    if len(patients) < 2:
        return segments
    own, priors = segments[: patients[1]], []
    if not any(s.id == "ORC" and s.value("1") not in _OF_RESULTS for s in own):
        return segments
    for begin, end in zip(patients[1:], [*patients[2:], len(segments)], strict=True):
        ordered = _ordered(segments, begin, end)
        priors += segments[begin:ordered]
        own += segments[ordered:end]
    return [*own, *priors]


def _ordered(segments: list[Segment], begin: int, end: int) -> int:
    """Return where orders begin behind the results of a prior patient; the end, where none do."""
    known, specimen = False, end
    by_specimen = segments[0].field(9).startswith(_BY_SPECIMEN)
    for place in range(begin, end):
        segment = segments[place]
        if segment.id == "ORC" and segment.value("1") not in _OF_RESULTS:
            # A PID that orders stand behind is of their patient.
            return min(place, specimen) if known else end
        if segment.id in {"OBR", "ORC"}:
            known, specimen = True, end
        elif segment.id == "SPM" and known and by_specimen:
            specimen = min(specimen, place)
    return end
