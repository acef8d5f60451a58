"""What a site says of its times in (``+08:00``, ``America/New_York``), their offsets out.

A time without an offset has the one that the site's clocks had then. Where they were put back, an
hour was twice; where they were put forward, one was not. Both are decided as RFC 5545 (3.3.5) has
it, the first of two, and the offset before the gap, and are found.

A fixed offset is text, and is used as it stands. A zone's offsets (IANA) are those of one message,
which also keeps which of its times are in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from mappings.findings import Finding
from mappings.hl7v2.message import Segment
from mappings.runtime.text.primitives import instant, offset_of

_FIXED = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")
_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_STANDARD_TIME = "1920"  # before, places had a time of their own, to the second
_PIECE = re.compile(r"[~^&]")


class LocalTimes:
    """The offsets of one message's times, by the clocks of a zone.

    Attributes
    ----------
    doubted : dict
        Times in doubt, as received, and the code of the finding.
    """

    __slots__ = ("_zone", "doubted")

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self.doubted: dict[str, str] = {}

    def offset(self, local: str, value: str) -> str:
        """Return the offset of a local time (ISO 8601), which was received as `value`."""
        if local < _STANDARD_TIME:
            local = _STANDARD_TIME + local[4:]
        moment = datetime.fromisoformat(local).replace(tzinfo=self._zone)
        first, second = moment.utcoffset(), moment.replace(fold=1).utcoffset()
        if first != second:
            back = (first or timedelta()) > (second or timedelta())
            self.doubted[value.strip()] = "ambiguous-time" if back else "skipped-time"
        return f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:5]

    def has(self, sent: str, offset: str) -> bool:
        """Whether the zone's clocks had an offset when a message was sent (MSH-7)."""
        told = instant(sent, offset)
        if told is None:
            return False
        moment = datetime.fromisoformat(told)
        return moment.astimezone(self._zone).utcoffset() == moment.utcoffset()


Offset = str | LocalTimes
"""What dates become times with: ``+08:00``, or the clocks of a zone."""


def zone_named(name: str) -> tzinfo | None:
    """Return the zone of an offset such as ``+08:00``, or of an IANA name; else None."""
    if _FIXED.fullmatch(name):
        return datetime.fromisoformat(f"2000-01-01T00:00{name}").tzinfo
    if _NAME.fullmatch(name) is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def offset_for(sent: str, setting: str) -> Offset:
    """Return what the times of a message have that name no offset.

    MSH-7's offset counts before what the site says (HL7 v2.9, 2.14.9.7). If it is only what the
    site's clocks showed then, the others are told by the same clocks, in their own season.
    """
    told = offset_of(sent)
    zone = None if setting[:1] in "+-" else zone_named(setting)
    if zone is None:
        return told or setting
    local = LocalTimes(zone)
    return told if told and not local.has(sent, told) else local


def doubts(offset: Offset, segments: Iterable[Segment]) -> Iterator[Finding]:
    """Yield a finding for each field with a time that was twice, or was not."""
    if isinstance(offset, str) or not offset.doubted:
        return
    for segment in segments:
        name = segment.id if segment.ordinal == 1 else f"{segment.id}[{segment.ordinal}]"
        for number, field in enumerate(segment.fields):
            code = _doubt(field, offset.doubted)
            if code:
                yield Finding("warning", code, f"{name}-{number}")


def _doubt(field: str, doubted: Mapping[str, str]) -> str | None:
    for piece in (field, *_PIECE.split(field)):
        if code := doubted.get(piece.strip()):
            return code
    return None
