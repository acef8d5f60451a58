r"""A message's text in, the same without padding and without delimiters that part nothing out.

Delimiters behind the last value may be left out (HL7 v2.9, 2.6.1), so they say nothing: ``5.1^^``
is ``5.1``, and a field of nothing else (``|^^^|``) is empty. So do the blanks with which exports of
fixed width fill their fields: ``ED ``, and tabs behind a value. None is a part of a code or
number, and whoever compares one need not know of them. A text (OBX-5 of TX, FT, ST; NTE-3) keeps
the blanks before its words.
"""

from __future__ import annotations

import re

#: What a message has that is to be tidied; most have none of it.
_SIGNS = tuple(map(re.compile, (
    r" (?:(?![^|\r^~])|(?<=[|^~] ))", r"\^(?![^|\r])", r"~(?![^|\r])", r"&(?![^|\r])",
)))  # fmt: skip
_HOLLOW = re.compile(r"[\^~& ](?<![\^~& ].)[\^~& ]*+(?![^|\r])")
_PADDING = re.compile(r" (?<! .) *+(?=[\^~])|(?<=[|^~]) ++")
_TABS = re.compile(r"(?<![\t ])[\t ]++(?![^|\r^~&])")
_HEADER = len("MSH|^~\\&")
_TEXTS = {"OBX|": 5, "NTE|": 3}
_OF_TEXT = frozenset({"", "FT", "ST", "TX"})


def tidied(text: str) -> str:
    r"""Return a message, or a line of one, of delimiters ``|^~\\&`` and segments that end in CR."""
    if "\t" in text:
        text = _TABS.sub(lambda found: "" if "\t" in found[0] else found[0], text)
    start = _HEADER if text.startswith("MSH|") else 0  # MSH-2 is made of delimiters, and says much
    if not any(sign.search(text, start) for sign in _SIGNS) or "\rADD|" in text:
        return text  # what an ADD segment goes on with may end in a blank between two words
    text = text[:start] + _HOLLOW.sub("", text[start:])
    if _PADDING.search(text, start) is None:
        return text
    return "\r".join(map(_trimmed, text.split("\r")))


def _trimmed(line: str) -> str:
    """Return a segment without the blanks around its components, except in a text."""
    if line[3:4] != "|":
        return line  # of a text that was sent with its line breaks
    number = _TEXTS.get(line[:4])
    if number is None:
        return _PADDING.sub("", line)
    fields = line.split("|", number + 1)
    if number == _TEXTS["OBX|"] and fields[2].strip().upper() not in _OF_TEXT:
        number = len(fields)
    return "|".join(
        field if place == number else _PADDING.sub("", f"|{field}")[1:]
        for place, field in enumerate(fields)
    )
