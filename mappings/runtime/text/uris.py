"""Addresses: a text in, whether it is an absolute URI (RFC 3986), or the URI that it means, out."""

from __future__ import annotations

import re

from mappings.runtime.text import primitives, shapes

_ABSOLUTE = re.compile(
    r"(?:https?://[\w.~%-]+(?::\d+)?(?:[/?#]{rest}*)?|(?!https?:|urn:oid:|urn:uuid:)"
    r"[a-z][a-z0-9+.-]+:{rest}+|urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+"
    r"|urn:uuid:[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})".format(
        rest=r"[\w.~%!$&'()*+,;=:@/?#-]"
    ),
    re.ASCII,
)
_UUID = re.compile(r"(?:urn:uuid:)?\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?")
#: Kinds of universal ids (HD.3, table 0301) that do not say that an object identifier is none
_OF_NUMBERS = frozenset({"", "ISO", "OID"})
#: Kinds of universal ids (table 0301): without an id such a word says nothing
KINDS = _OF_NUMBERS | {
    "CEN", "CLIA", "CLIP", "DNS", "EUI64", "GUID", "HCD", "HL7", "HTTP", "L", "M", "N", "RANDOM",
    "URI", "URL", "UUID", "X400", "X500",
}  # fmt: skip
_IPV4 = 3  # dots of an address that looks like an object identifier


def is_absolute(text: str) -> bool:
    """Whether it is an absolute URI, as FHIR asks it of a system or an extension."""
    return _ABSOLUTE.fullmatch(text) is not None


def absolute(text: str) -> str | None:
    """Return a text that is an absolute URI, what is not ASCII in it encoded; else None."""
    uri = primitives.uri(text)
    return uri if uri and is_absolute(uri) else None


def of_universal_id(text: str, kind: str) -> str | None:
    """Return the URI of a universal id (HD.2), which is said to be of a kind (HD.3), or None.

    Senders name kinds by habit: what is no UUID, or no URI, makes none. What is said to be of
    another kind (DNS, L) is an object identifier only if it can be nothing else.
    """
    kind = kind.partition("&")[0].upper()
    number = text.removeprefix("urn:oid:") if kind in _OF_NUMBERS else text
    if shapes.is_oid(number) and (kind in _OF_NUMBERS or number.count(".") > _IPV4):
        return f"urn:oid:{number}"
    if kind in {"UUID", "GUID"}:
        found = _UUID.fullmatch(text.lower())
        return f"urn:uuid:{found[1]}" if found else None
    return absolute(text) if kind in {"URI", "URL", "HTTP"} else None
