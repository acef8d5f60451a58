"""What kind of message it is: MSH-9 as senders write it in, as the tables name it out.

Until version 2.3 a message may have its code alone; EVN-1 tells the event then (``ADT``), or the
master file that a change is of (``MFN``, MFI-1). Some senders write the structure in one piece
(``ADT_A01``), or all in small letters.
"""

from __future__ import annotations

import re

from mappings.findings import Finding
from mappings.hl7v2.message import Message

_TYPE = 9
_NEAR = 4  # EVN stands behind the header, and what software wrote it
_STRUCTURE = re.compile(r"([A-Z]{3})_([A-Z][A-Z\d]\d)")

#: Table 0175: the event that tells of a master file
_MASTER_FILES = {"LOC": "M05", "PRA": "M02", "STF": "M02"}


def mend_type(message: Message) -> None:
    """Write MSH-9 of a message as code and event, if it is otherwise, and the event is known."""
    fields = message.header.fields
    if len(fields) <= _TYPE:
        return
    _complete(fields, message)
    evn = next((one for one in message.segments[1:_NEAR] if one.id == "EVN"), None)
    told = evn.fields[1].strip().upper() if evn and len(evn.fields) > 1 else ""
    if told not in ("", '""', *fields[_TYPE].split("^")[1:2]):
        message.findings.append(Finding("information", "already-filled", "EVN-1"))


def _complete(fields: list[str], message: Message) -> None:
    if fields[_TYPE].islower():
        fields[_TYPE] = fields[_TYPE].upper()
    code, event, *rest = (*fields[_TYPE].split("^"), "")
    if event:
        return
    if whole := _STRUCTURE.fullmatch(code):
        fields[_TYPE] = "^".join([*whole.groups(), code])
    elif event := _event(message, code):
        fields[_TYPE] = "^".join([code, event, *rest]).rstrip("^")


def _event(message: Message, code: str) -> str:
    """Return the event that a message tells elsewhere than in MSH-9."""
    if evn := message.first("EVN"):
        return evn.value("1").upper()
    mfi = message.first("MFI") if code == "MFN" else None
    return _MASTER_FILES.get(mfi.value("1").upper(), "") if mfi else ""
