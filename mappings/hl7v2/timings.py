"""Segments in; the same, with one timing of each order, out.

When and how often stood in ORC-7, OBR-27 and RXE-1 (TQ) until version 2.4; since 2.5 it stands in
TQ1, and the fields are kept for receivers of before (v2.5.1, 4.5.1.7 and 4.14.4.1): a system that
fills both means one timing. What a TQ1 says, the older field has not said; where the two differ,
that is found. Repetitions and TQ1 segments go by their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.findings import Finding
from mappings.hl7v2.message import Segment

#: Where a TQ stands
_OLD = {"ORC": 7, "OBR": 27, "RXE": 1}
#: Components of a TQ, and the fields of a TQ1 that say so
_SAYS: Mapping[int, tuple[int, ...]] = {
    1: (2,), 2: (3, 4), 3: (6, 8), 4: (7,), 5: (8,), 6: (9,), 7: (10,), 8: (11,), 9: (12,),
    11: (13,), 12: (14,),
}  # fmt: skip
_INTERVAL, _PRIORITY = 2, 6


def one_timing(segments: list[Segment], findings: list[Finding]) -> list[str]:
    """Take out of older fields what TQ1 says; add to `findings` what they had said otherwise.

    Returns the places of what they had said alike.
    """
    alike: list[str] = []
    if any(segment.id == "TQ1" for segment in segments):
        for order in _orders(segments):
            timings = _timings(order)
            for segment in order if timings else ():
                field = _OLD.get(segment.id)
                if field is not None and field < len(segment.fields) and segment.fields[field]:
                    alike += _taken_out(segment, field, timings, findings)
    return alike


def _orders(segments: list[Segment]) -> Iterator[list[Segment]]:
    """Yield the segments of each order: from its ORC on, or from its OBR where it has none."""
    begins = {"ORC"} if any(segment.id == "ORC" for segment in segments) else {"OBR", "RXE"}
    order: list[Segment] = []
    for segment in segments:
        if segment.id in begins and order:
            yield order
            order = []
        order.append(segment)
    yield order


def _timings(order: list[Segment]) -> list[Segment]:
    """Return the TQ1 of what is ordered: behind an RXE those of the drug as it is given out."""
    names = [segment.id for segment in order]
    encoded = order[names.index("RXE") :] if "RXE" in names else []
    behind = [segment for segment in encoded if segment.id == "TQ1"]
    return behind or [segment for segment in order if segment.id == "TQ1"]


def _taken_out(
    segment: Segment, field: int, timings: list[Segment], findings: list[Finding]
) -> list[str]:
    name = segment.id if segment.ordinal == 1 else f"{segment.id}[{segment.ordinal}]"
    kept, alike = [], []
    for number, (old, timing) in enumerate(_pairs(segment.fields[field], timings)):
        components = _as_needed_apart(old.split("^"), timing)
        for place, component in enumerate(components, 1):
            said = [timing.field(n) for n in _SAYS.get(place, ())] if timing else []
            if place == _INTERVAL:  # PRN alone does not say how often
                said = [other for other in said if other.upper() != "PRN"]
            if component and any(said) and not _as_needed(place, component):
                components[place - 1] = ""
                where = f"{name}-{field}{f'[{number + 1}]' if number else ''}.{place}"
                if any(_same(component, other) for other in said):
                    alike.append(where)
                else:
                    findings.append(Finding("information", "already-filled", where))
        kept.append("^".join(components).rstrip("^"))
    segment.fields[field] = "~".join(kept).rstrip("~")
    return alike


def _as_needed_apart(components: list[str], timing: Segment | None) -> list[str]:
    """Return a TQ with an interval PRN as its priority, where TQ1-3 says how often at most."""
    often = timing.field(3).upper() if timing else ""
    whole = [*components, *[""] * (_PRIORITY - len(components))]
    if (
        often
        and "PRN" not in often
        and whole[_INTERVAL - 1].upper() == "PRN"
        and not whole[_PRIORITY - 1]
    ):
        whole[_INTERVAL - 1], whole[_PRIORITY - 1] = "", "PRN"
    return whole


def _pairs(value: str, timings: list[Segment]) -> Iterator[tuple[str, Segment | None]]:
    for number, repetition in enumerate(value.split("~")):
        yield repetition, timings[number] if number < len(timings) else None


def _same(component: str, field: str) -> bool:
    """Whether a part of a TQ, and a field of a TQ1, say the same: a code, a time, a quantity."""
    one = component.replace("&", "^")
    return one == field or one == field.partition("~")[0] or one == field.partition("^")[0]


def _as_needed(place: int, component: str) -> bool:
    """Whether a priority is none: PRN says whether to give at all, whatever TQ1-9 says of when."""
    return place == _PRIORITY and component.upper().startswith("PRN")
