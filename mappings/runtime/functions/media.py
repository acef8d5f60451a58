"""What ED, RP and NA carry: encoded data, media types, series of numbers in; FHIR's forms out."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import quote

from mappings.hl7v2.escapes import unescape
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives, shapes
from mappings.runtime.text.pieces import part
from mappings.runtime.types import Location

#: How data of some kinds begin in Base64.
_BEGINNINGS = {
    "/9j/": "image/jpeg",
    "JVBERi": "application/pdf",
    "PD94bW": "application/xml",
    "R0lGOD": "image/gif",
    "SUkqA": "image/tiff",
    "TU0AK": "image/tiff",
    "UEsDB": "application/zip",
    "e1xydG": "application/rtf",
    "iVBORw": "image/png",
}
_DRIVE = re.compile(r"[A-Za-z]:/")
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
    kind, subtype = (
        (primitives.text(part(value, "^", int(n))) or "") for n in (type_at, subtype_at)
    )
    if "/" in subtype:
        return subtype.lower()
    if kind.upper() == "MULTIPART":  # a CDA document in its MIME envelope
        return f"multipart/x{subtype.lower()}" if subtype[:1] == "-" else f"multipart/{subtype}"
    known = _TYPES.get(subtype.upper()) or _TYPES.get(kind.upper())
    if known:
        return known
    return (
        f"{_KINDS.get(kind.upper(), kind).lower()}/{subtype.lower()}" if kind and subtype else None
    )


def type_of_data(value: str, _context: Context, _location: Location) -> str | None:
    """Return the MIME type of the data of an ED that names none, by how the data begin."""
    encoding, data = _data(value)
    for beginning, found in _BEGINNINGS.items():
        if data.startswith(beginning):
            return found
    if not data:
        return None
    return "application/octet-stream" if encoding in {"BASE64", "HEX"} else "text/plain"


def embedded(value: str, context: Context, location: Location) -> str | None:
    """Return the data of an ED (ED.5, encoded as ED.4 says: A, Hex or Base64) as Base64.

    Data that cannot be decoded is found, and kept as the text that it is.
    """
    encoding, data = _data(value)
    if not data:
        return None
    if "\\" in data:
        data = unescape(data)
    if encoding == "BASE64" or (not encoding and data.startswith(tuple(_BEGINNINGS))):
        made = primitives.base64(data)
    elif encoding == "HEX":
        made = _of_hex(data)
    else:
        made = _encoded(data)
    if made is None:
        context.kept(location, "base64Binary")
    return made or _encoded(data)


def _data(value: str) -> tuple[str, str]:
    """Return the encoding and the data of an ED; one without components is data alone."""
    if "^" not in value.rstrip("^"):
        return "", value.strip("^ ")
    return part(value, "^", 4).strip().upper(), part(value, "^", 5).strip()


def _of_hex(data: str) -> str | None:
    try:
        return b64encode(bytes.fromhex(data)).decode()
    except ValueError:
        return None


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def pointer(value: str, _context: Context, _location: Location) -> str | None:
    """Return the URL that a pointer (RP.1) is: of an object's OID, of a path, of an address."""
    text = primitives.text(value) or ""
    if shapes.is_oid(text):
        return f"urn:oid:{text}"
    path = text.replace("\\", "/")
    if path.startswith("//") or _DRIVE.match(path):
        return "file:" + quote(path if path.startswith("//") else f"///{path}", safe="/:")
    return quote(text, safe="/:?#[]@!$&'()*+,;=%~") or None


def encoded_text(value: str, _context: Context, _location: Location) -> str | None:
    """Encode the text of all repetitions, line by line: base64 of its UTF-8."""
    return _encoded(primitives.lines(value) or "") or None
