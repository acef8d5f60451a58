"""Batteries of a recording (HL7 v2.5.1 7.14): OBX that tell of samples in; what they tell, out.

Of one OBR, the sub-id (OBX-4) says which time (TIM) and channels (CHN) are those of which samples
(WAV); where none of that sub-id came before, the last ones are. A time is that of the first sample
after it: samples go on until there is another. What has gone into samples is no result itself.
"""

from __future__ import annotations

from typing import TypeVar

from mappings.exact import Number
from mappings.findings import Finding
from mappings.runtime.functions import times
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import part
from mappings.runtime.types import JSON, NO_FIELDS

T = TypeVar("T")
_NAME = "battery"
_TOLD = frozenset({1, 2, 3, 4, 5, 11})  # fields of an OBX that samples can tell for it


class _Part:
    """An OBX that tells of samples, and the result that it began."""

    def __init__(self, value: str, context: Context) -> None:
        self.value = value
        self._fields = context.current["OBX"]
        self._slot = context.scope.find("Observation")
        self._place = context.locate(3)

    def withdraw(self, context: Context) -> None:
        """Make no result of it, unless it says more than the samples do."""
        samples, slot = context.current["OBX"], self._slot
        more = any(text for n, text in enumerate(self._fields) if n and n not in _TOLD)
        if more or self._fields[11] != samples[11] or slot is None or "note" in slot.resource:
            return
        beside = _beside(self._fields[3])
        if any(beside) and beside != _beside(samples[3]):
            context.findings.append(Finding("information", "not-applicable", self._place))
        slot.resource.clear()
        slot.resource["resourceType"] = slot.mention.type
        context.unplaced[:] = [one for one in context.unplaced if one[0] is not slot]


class _Time(_Part):
    """When samples began, and ended if that was said; how many milliseconds have gone by."""

    def __init__(self, start: str, end: str | None, value: str, context: Context) -> None:
        super().__init__(value, context)
        self._start = start
        self._end = end
        self._gone = 0.0

    def taken(self, moments: int, period: Number | None) -> JSON:
        """Return when so many samples were taken, one each so many milliseconds."""
        if self._end:
            return {"effectivePeriod": {"start": self._start, "end": self._end}}
        start = self._start
        if self._gone and len(start) > len("2026-01-02"):
            start = times.shifted(start, self._gone / 1000) or start
        self._gone += moments * float(period or 0)
        return {"effectiveDateTime": start}


class Battery:
    """What was told so far of the samples of one OBR."""

    def __init__(self, request: list[str]) -> None:
        self.request = request
        self._times: dict[str, _Time] = {}
        self._channels: dict[str, _Part] = {}

    def define(self, value: str, context: Context) -> None:
        """Take the channels of the samples to come."""
        _put(self._channels, _Part(value, context), context)

    def begin(self, value: str, context: Context) -> None:
        """Take the time of the samples to come."""
        second = part(value, "^", 2) if context.value("OBX", 2) == "DR" else ""
        start, end = (
            primitives.date_time(one, context.offset) for one in (part(value, "^", 1), second)
        )
        if start is not None and not (end and primitives.is_after(start, end)):
            _put(self._times, _Time(start, end, value, context), context)

    def definitions(self, context: Context) -> str:
        """Return the channels of the present samples, as defined."""
        found = _nearest(self._channels, context)
        return found.value if found else ""

    def told(self, context: Context) -> None:
        """Note that the present samples are those of their channels."""
        found = _nearest(self._channels, context)
        if found:
            found.withdraw(context)

    def taken(self, moments: int, period: Number | None, context: Context) -> JSON:
        """Return when the present samples were taken, if a time before them says so alone."""
        found = _nearest(self._times, context)
        if found is None or context.value("OBX", 14):
            return {}
        found.withdraw(context)
        return found.taken(moments, period)


def _beside(code: str) -> list[str]:
    """Return what OBX-3 says beside whose and what it is: a clock (TIM), channels (CHN)."""
    first, *others = code.split("^")
    return [*first.split("&")[2:], *others[2:]]


def of(context: Context) -> Battery:
    """Return the battery of the present OBR."""
    request = context.current.get("OBR", NO_FIELDS)
    known: Battery | None = context.families.get(_NAME)
    if known is None or known.request is not request:
        known = context.families[_NAME] = Battery(request)
    return known


def _put(known: dict[str, T], new: T, context: Context) -> None:
    """Note a part as the last one."""
    known.pop(context.value("OBX", 4), None)
    known[context.value("OBX", 4)] = new


def _nearest(known: dict[str, T], context: Context) -> T | None:
    """Return the part of the present sub-id, else the last one."""
    return known.get(context.value("OBX", 4)) or next(reversed(known.values()), None)
