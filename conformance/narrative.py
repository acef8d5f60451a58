"""What a Narrative's div may hold: a text in, whether it is limited XHTML with content out.

R4, 2.4.0.1 (txt-1, txt-2): well-formed, a ``div`` in XHTML's namespace, only formatting elements
and harmless attributes, something to read. No document type, so nothing can be expanded.
"""

from __future__ import annotations

import re
from xml.parsers import expat

_XHTML = "http://www.w3.org/1999/xhtml"
_ELEMENTS = re.compile(
    "a|abbr|acronym|address|b|big|blockquote|br|caption|cite|code|col|colgroup|dd|del|dfn|div|dl|dt"
    "|em|h[1-6]|hr|i|img|ins|kbd|li|ol|p|pre|q|samp|small|span|strong|sub|sup|table|tbody|td|tfoot"
    "|th|thead|tr|tt|ul|var"
)
_ATTRIBUTES = re.compile(
    "abbr|accesskey|align|alt|axis|bgcolor|border|cellhalign|cellpadding|cellspacing|cellvalign|char"
    "|charoff|charset|class|cite|colspan|compact|coords|dir|frame|headers|height|href|hreflang"
    "|hspace|id|(.* )?lang|longdesc|name|nowrap|rel|rev|rowspan|rules|scope|shape|span|src|start"
    "|style|summary|tabindex|title|type|valign|value|vspace|width"
)


class _RefusedError(Exception):
    """The text holds what a Narrative may not."""


def is_narrative(text: str) -> bool:
    """Return whether *text* is a valid ``Narrative.div``."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.ProcessingInstructionHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.read
    try:
        parser.Parse(text, True)
    except (_RefusedError, expat.ExpatError, ValueError):
        return False
    return reader.has_content


class _Reader:
    def __init__(self) -> None:
        self.has_content = False
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, element = name.rpartition(" ")
        if namespace != _XHTML or not _ELEMENTS.fullmatch(element):
            self.refuse()
        if element != "div" and not self._inside:
            self.refuse()
        if not all(_ATTRIBUTES.fullmatch(each) for each in attributes):
            self.refuse()
        if any(each.lower().lstrip().startswith("javascript:") for each in attributes.values()):
            self.refuse()
        self._inside = True
        self.has_content |= element == "img"

    def read(self, text: str) -> None:
        self.has_content |= bool(text.strip())

    def refuse(self, *_: object) -> None:
        raise _RefusedError
