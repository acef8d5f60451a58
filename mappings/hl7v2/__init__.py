"""HL7v2 messages as text: segments, fields, escapes. Lazy: a field is split when it is read."""

from mappings.hl7v2.escapes import unescape
from mappings.hl7v2.message import Message, MessageError, Segment, parse

__all__ = ["Message", "MessageError", "Segment", "parse", "unescape"]
