"""What kind of message it is: MSH-9 as senders write it in, as the tables name it out.

Until version 2.3 a message may have its code alone (``ADT``); EVN-1 tells the event then. Some
senders write the structure in one piece (``ADT_A01``), or all in small letters.
"""

from __future__ import annotations

import re

from mappings.hl7v2.message import Message

_TYPE = 9
_STRUCTURE = re.compile(r"([A-Z]{3})_([A-Z][A-Z\d]\d)")


def mend_type(message: Message) -> None:
    """Write MSH-9 of a message as code and event, if it is otherwise, and the event is known."""
    fields = message.header.fields
    if len(fields) <= _TYPE:
        return
    if fields[_TYPE].islower():
        fields[_TYPE] = fields[_TYPE].upper()
    code, event, *rest = (*fields[_TYPE].split("^"), "")
    if event:
        return
    if whole := _STRUCTURE.fullmatch(code):
        fields[_TYPE] = "^".join([*whole.groups(), code])
    elif (evn := message.first("EVN")) and (event := evn.value("1").upper()):
        fields[_TYPE] = "^".join([code, event, *rest]).rstrip("^")
