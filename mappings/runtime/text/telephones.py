"""Several telephones in the place of one (XTN.1): a field in, a repetition for each out.

So is a telephone with an e-mail address in its XTN (``555-1234^PRN^PH^jo@example.org``): FHIR has
one value for each. Forms have one line for telephones: ``13800000000/010-88881111``. They are taken
apart only where each of them is clearly a telephone: of ``88881111/12`` nobody can tell, and it
stays.
"""

from __future__ import annotations

import re

from mappings.runtime.text.primitives import narrow

_MAYBE = re.compile(r"\d{4}[^\d^~|&\\]*[/／、,，;；或\s][^\d^~|&\\]*\d{2}")
_SIGNS = re.compile(r"\s*[/／、,，;；或]\s*")
_BLANKS = re.compile(r"\s+")
_ONE = re.compile(
    r"\+?[\d()\s\u2010-\u2015-]+(?:(?:转|x|ext\.?)\s*\d{1,6})?", re.IGNORECASE | re.ASCII
)
_EXTENSION = re.compile(r"(?:转|x|ext).*", re.IGNORECASE)
_LONGEST = 250  # PID-13 in HL7 v2.5; beyond it is no list, and to seek one takes its square
_FEWEST, _MOST = 7, 15  # digits that a telephone has, without an extension (E.164)
_MAILS = frozenset({"Internet", "X.400"})
#: Components of an XTN beside the first that say a number, or a part of one
_OTHERS = (4, 5, 6, 7, 8, 12)


def apart(field: str) -> str:
    """Return a field of XTN with each telephone in a repetition of its own."""
    if "@" in field:
        field = "~".join(map(_mail_apart, field.split("~")))
    if len(field) <= _LONGEST and _MAYBE.search(field) is None:
        return field
    return "~".join(one for value in field.split("~") for one in _apart(value))


def _mail_apart(value: str) -> str:
    """Return an XTN with the e-mail address beside its number in a repetition of its own."""
    number, *others = parts = value.split("^")
    mail = "".join(others[2:3])
    numbers = (*parts[:1], *parts[6:7], *parts[11:12])
    if "@" not in mail or "@" in number or not any(numbers):
        return value
    kinds = others[:2] if others[0] != "NET" and others[1] not in _MAILS else ["", ""]
    return f"{'^'.join([number, *kinds, '', *others[3:]])}~^NET^Internet^{mail}"


def _apart(value: str) -> list[str]:
    number, *others = value.split("^")
    beside = any(others[place - 2 : place - 1] not in ([], [""]) for place in _OTHERS)
    if beside or len(number) > _LONGEST:
        return [value]
    return ["^".join([one, *others]) for one in _telephones(number)]


def _telephones(text: str) -> list[str]:
    """Return the telephones of a text; the text, unless it is some, and each is clearly one."""
    for separator in (_SIGNS, _BLANKS):
        found = [part for part in separator.split(text.strip()) if part]
        if len(found) > 1:
            return found if all(map(_is_one, found)) else [text]
    return [text]


def _is_one(part: str) -> bool:
    part = narrow(part)
    digits = sum(map(str.isdigit, _EXTENSION.sub("", part)))
    return _FEWEST <= digits <= _MOST and _ONE.fullmatch(part) is not None
