r"""Segments in, segments out: a text that was sent line by line is one value again.

A report is text (OBX-2 is TX or FT), and many senders give each of its lines an OBX of its own: the
same OBX-3, and an OBX-4 that is empty, the same, or counts. FHIR's Observation is the report, not
the line; HL7 writes it as one OBX whose value repeats (v2.9, 7.4.2.5), and so does this. Anything
that tells two lines apart (another code, time, status) leaves them apart. So do other types: two
numbers of one code are two measurements, two codes two findings.

Two separators are senders' slips, which would change what is said: a ``~`` in OBX-7, since a
reference range does not repeat (``3.9~6.1``), and the ``^`` of a power in OBX-6 (``10^9/L``, which
some write ``10~9/L``), or between numbers in OBX-7. So are small letters in OBX-2; one that names
no data type (table 0440) is found.
"""

from __future__ import annotations

import re

from mappings.findings import Finding
from mappings.hl7v2.message import Segment

_TEXTS = frozenset({"TX", "FT"})
#: Table 0440, with what older versions had; results of no type are read as what they look like
TYPES = frozenset({
    "", "AD", "AUI", "CCD", "CCP", "CD", "CE", "CF", "CK", "CM", "CN", "CNE", "CNN", "CP", "CQ",
    "CSU", "CWE", "CX", "DDI", "DIN", "DLD", "DLN", "DLT", "DR", "DT", "DTM", "DTN", "ED", "EI",
    "EIP", "ELD", "ERL", "FC", "FN", "FT", "GTS", "HD", "HED", "ICD", "ID", "IS", "JCC", "LA1",
    "LA2", "MA", "MO", "MOC", "MOP", "MSG", "NA", "NDL", "NM", "NR", "OCD", "OG", "OSD", "OSP",
    "PIP", "PL", "PLN", "PN", "PPN", "PRL", "PT", "PTA", "QIP", "QSC", "RCD", "RFR", "RI",
    "RMC", "RP", "RPT", "SAD", "SCV", "SI", "SN", "SNM", "SPD", "SPS", "SRT", "ST", "TM", "TN",
    "TQ", "TS", "TX", "UVC", "VH", "VID", "VR", "WVI", "WVS", "XAD", "XCN", "XON", "XPN", "XTN",
})  # fmt: skip
_TYPE, _CODE, _PART, _VALUE, _UNIT, _RANGE = 2, 3, 4, 5, 6, 7
_POWER = re.compile(r"((?:^|\^)[×xX*]? ?10)[\^~](?=[-−+]?\d{1,2}(?![\d.]))")

_NUMBERS = re.compile(r"(?<=\d)\^(?=[\d.])")


def join_lines(segments: list[Segment], findings: list[Finding]) -> list[Segment]:
    """Return the segments of a message, its multi-line texts joined in their order.

    A joined segment keeps the place and the number of its first line. What has to be said of the
    segments is added to `findings`.
    """
    result: list[Segment] = []
    open_: _Text | None = None  # a text that the next segment may continue
    for segment in segments:
        fields = segment.fields
        text = None
        if segment.id == "OBX":
            if len(fields) > _VALUE:
                _mend(segment, fields, findings)
                if fields[_TYPE] in _TEXTS:
                    if open_ is not None and open_.takes(fields):
                        continue
                    text = _Text(fields)
            if not (len(fields) > _CODE and fields[_CODE]) and not any(fields[1:]):
                continue  # a result of nothing: what follows is of the one before
        if open_ is not None:
            open_.close()
        open_ = text
        result.append(segment)
    if open_ is not None:
        open_.close()
    return result


def _mend(segment: Segment, fields: list[str], findings: list[Finding]) -> None:
    """Read what a sender meant by separators that nobody escaped, and by its type of value."""
    if len(fields) > _UNIT and ("10^" in fields[_UNIT] or "10~" in fields[_UNIT]):
        fields[_UNIT] = _POWER.sub(r"\1\\S\\", fields[_UNIT])
    if len(fields) > _RANGE and "~" in fields[_RANGE]:
        fields[_RANGE] = fields[_RANGE].replace("~", "\\R\\")
    if len(fields) > _RANGE and "^" in fields[_RANGE]:
        fields[_RANGE] = _NUMBERS.sub(r"\\S\\", fields[_RANGE])
    if fields[_TYPE] not in TYPES:
        fields[_TYPE] = fields[_TYPE].upper()
        if fields[_TYPE] not in TYPES and fields[_VALUE] and fields[_TYPE] != '""':
            number = f"[{segment.ordinal}]" if segment.ordinal > 1 else ""
            where = f"OBX{number}-{_TYPE}"
            findings.append(Finding("warning", "kept-as-text", where, "no such data type"))


class _Text:
    """A text while its lines are gathered."""

    def __init__(self, fields: list[str]) -> None:
        self._fields = fields
        self._lines = [fields[_VALUE]]
        self._part = fields[_PART]

    def takes(self, line: list[str]) -> bool:
        """Add a line, if it says nothing of its own but its text."""
        first = self._fields
        if line[_TYPE] != first[_TYPE] or line[_CODE] != first[_CODE]:
            return False
        if line[_PART] not in {self._part, _next(self._part)}:
            return False
        for number in range(_VALUE + 1, len(line)):
            if line[number] and line[number : number + 1] != first[number : number + 1]:
                return False
        self._part = line[_PART]
        self._lines.append(line[_VALUE])
        return True

    def close(self) -> None:
        """Put the lines into the first segment, as repetitions of its value."""
        self._fields[_VALUE] = "~".join(self._lines)


def _next(part: str) -> str:
    return str(int(part) + 1) if part.isdecimal() else part
