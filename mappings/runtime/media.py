"""What ED, RP and NA carry: encoded data, media types, series of numbers in; FHIR's forms out."""

from __future__ import annotations

import re
from base64 import b64encode

from mappings.hl7v2.escapes import unescape
from mappings.runtime import values
from mappings.runtime.context import Context, Location, part

_SEPARATORS = re.compile(r"[\^~]")
_KINDS = {
    "AP": "application",
    "AU": "audio",
    "FT": "text",
    "IM": "image",
    "TEXT": "text",
    "TX": "text",
}
_TYPES = {
    "CDA": "application/xml",
    "DICOM": "application/dicom",
    "GIF": "image/gif",
    "HTML": "text/html",
    "JPEG": "image/jpeg",
    "JPG": "image/jpeg",
    "PDF": "application/pdf",
    "PLAIN": "text/plain",
    "PNG": "image/png",
    "RTF": "application/rtf",
    "TIFF": "image/tiff",
    "TXT": "text/plain",
    "X-HL7-CDA-LEVEL-ONE": "application/xml",
    "XML": "application/xml",
    "ZIP": "application/zip",
}


def media_type(
    value: str, _context: Context, _location: Location, type_at: str, subtype_at: str
) -> str | None:
    """Return the MIME type of an ED or RP, from its type of data (0191) and subtype (0291)."""
    kind, subtype = ((values.text(part(value, "^", int(n))) or "") for n in (type_at, subtype_at))
    if "/" in subtype:
        return subtype.lower()
    known = _TYPES.get(subtype.upper()) or _TYPES.get(kind.upper())
    if known:
        return known
    return (
        f"{_KINDS.get(kind.upper(), kind).lower()}/{subtype.lower()}" if kind and subtype else None
    )


def embedded(value: str, _context: Context, _location: Location) -> str | None:
    """Return the data of an ED (ED.5, encoded as ED.4 says: A, Hex or Base64) as Base64."""
    encoding, data = part(value, "^", 4).strip().upper(), part(value, "^", 5)
    if encoding == "BASE64":
        return values.base64(data)
    if encoding == "HEX":
        try:
            return b64encode(bytes.fromhex(data)).decode()
        except ValueError:
            return None
    plain = unescape(data)
    return b64encode(plain.encode()).decode() or None


def samples(value: str, context: Context, location: Location) -> str | None:
    """Return the numbers of an NA or MA, all repetitions, as FHIR writes sampled data."""
    if not _are_numbers(value):
        context.kept(location, "series of numbers")
        return None
    return " ".join(n.strip() or "E" for n in _SEPARATORS.split(value))


def channels(value: str, context: Context, _location: Location) -> int | None:
    """Return how many numbers of an NA or MA belong to one moment.

    An MA has a repetition for each moment, with a component for each channel; so has an NA that
    repeats. An NA that does not is one series.
    """
    if not _are_numbers(value):
        return None
    first, repeats, _ = value.partition("~")
    return first.count("^") + 1 if repeats or context.value("OBX", 2) == "MA" else 1


def _are_numbers(value: str) -> bool:
    found = [n for n in _SEPARATORS.split(value) if n.strip()]
    return bool(found) and all(values.decimal(n) is not None for n in found)


def encoded_text(value: str, _context: Context, _location: Location) -> str | None:
    """Encode the text of all repetitions, line by line: base64 of its UTF-8."""
    lines = [values.text(part) or "" for part in value.split("~")]
    text = "\n".join(lines).strip("\n")
    return b64encode(text.encode()).decode() if text else None
