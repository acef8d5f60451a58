"""What ED, RP and NA carry: encoded data, media types, series of numbers in; FHIR's forms out."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import quote, unquote

from mappings.hl7v2.encapsulated import put_back
from mappings.hl7v2.escapes import unescape
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives, shapes
from mappings.runtime.text.pieces import part
from mappings.runtime.text.uris import is_absolute
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
_OF_TEXT = frozenset({"FT", "TEXT", "TX"})
#: What begins so is that, whatever it is called.
_SURE = ("application/pdf", "image/gif", "image/jpeg", "image/png", "image/tiff")
_LONGEST = max(map(len, _BEGINNINGS))
_ENCODINGS = re.compile(r"\A(?:BASE[\s_-]?64|B64)\Z")
_DRIVE = re.compile(r"[A-Za-z]:/")
#: RFC 2397; a large one is not searched to its end
_INLINE = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*(;base64)?,", re.IGNORECASE)
_LINKS = ("http:", "https:", "ftp:", "file:")
_LINK = re.compile(r"(?:https?|ftp|file):\S{1,2000}", re.IGNORECASE)
_KINDS = {
    "AP": "application",
    "AU": "audio",
    "FT": "text",
    "IM": "image",
    "TEXT": "text",
    "TX": "text",
}
_TYPES = {
    "BMP": "image/bmp",
    "CDA": "application/xml",
    "DCM": "application/dicom",
    "DICOM": "application/dicom",
    "DOC": "application/msword",
    "GIF": "image/gif",
    "HTM": "text/html",
    "HTML": "text/html",
    "JPEG": "image/jpeg",
    "JPG": "image/jpeg",
    "OFD": "application/ofd",
    "PDF": "application/pdf",
    "PLAIN": "text/plain",
    "PNG": "image/png",
    "RTF": "application/rtf",
    "TIF": "image/tiff",
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
    if "/" in subtype or "/" in kind:
        return (subtype if "/" in subtype else kind).lower()
    if kind.upper() == "MULTIPART":  # a CDA document in its MIME envelope
        return f"multipart/x{subtype.lower()}" if subtype[:1] == "-" else f"multipart/{subtype}"
    known = _TYPES.get(subtype.upper()) or _TYPES.get(kind.upper())
    if known:
        return known
    if kind.upper() in _OF_TEXT and not subtype:
        return "text/plain"
    return (
        f"{_KINDS.get(kind.upper(), kind).lower()}/{subtype.lower()}" if kind and subtype else None
    )


def subtype_alone(
    value: str, context: Context, location: Location, type_at: str, subtype_at: str
) -> str | None:
    """Return a subtype of data that no MIME type is made of: without a type, and unknown."""
    if media_type(value, context, location, type_at, subtype_at):
        return None
    return primitives.text(part(value, "^", int(subtype_at)))


def application(value: str, _context: Context, _location: Location) -> str | None:
    """Return the application that data are of (HD), in words: its name, its universal id."""
    return primitives.text(" ".join(filter(None, value.split("&"))))


def data_type(
    value: str, context: Context, location: Location, type_at: str, subtype_at: str
) -> str | None:
    """Return `media_type()` of an ED, unless its data begin as those of another type do; found."""
    named = media_type(value, context, location, type_at, subtype_at)
    begun = _begun(_beginning(value)) if named in _SURE else None
    if begun in _SURE and begun != named:
        context.kept(location, named or "")
        return begun
    return named


def type_of_data(value: str, _context: Context, _location: Location) -> str | None:
    """Return the MIME type of the data of an ED that names none, by how the data begin."""
    data = _beginning(value).partition("^")[0].strip()
    if data.lower().startswith(("data:", *_LINKS)):  # else it may be large, and is not copied
        _, data = _data(value)
    if not data or _LINK.fullmatch(data):
        return None
    if inline := _INLINE.match(data):
        return inline[1].lower() if inline[1] else "text/plain"
    if begun := _begun(data):
        return begun
    encoding = _ENCODINGS.sub("BASE64", part(value, "^", 4).strip().upper())
    return "application/octet-stream" if encoding in {"BASE64", "HEX"} else "text/plain"


def embedded(value: str, context: Context, location: Location) -> str | None:
    """Return the data of an ED (ED.5, encoded as ED.4 says: A, Hex or Base64) as Base64.

    Data that cannot be decoded is found, and kept as the text that it is.
    """
    encoding, data = _data(value)
    if not data or link(value, context, location):
        return None
    held = context.data.get(data)
    if held is not None and (made := primitives.base64(held.in_one_line())):
        return made
    data = put_back(data, context.data)
    if "\\" in data:
        data = unescape(data)
    inline = _INLINE.match(data)
    if inline:
        encoding, data = "BASE64" if inline[2] else "A", data[inline.end() :]
        data = data if encoding == "BASE64" else unquote(data)
    if not data:
        return None
    if encoding == "BASE64" or (encoding != "HEX" and _begun(data)):
        made = primitives.base64(data)
        if made and encoding not in {"", "BASE64"}:
            context.kept(location, "text")
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
    encoding = _ENCODINGS.sub("BASE64", part(value, "^", 4).strip().upper())
    return encoding, part(value, "^", 5).strip()


def _beginning(value: str) -> str:
    """Return how the data of an ED begin: no more is copied, they may be large."""
    start = 0
    for _ in range(4 if "^" in value.rstrip("^") else 0):
        start = value.find("^", start) + 1
        if not start:
            return ""
    return value[start : start + _LONGEST]


def _begun(data: str) -> str | None:
    """Return the MIME type of Base64 that begins as its data do."""
    return next((type_ for begin, type_ in _BEGINNINGS.items() if data.startswith(begin)), None)


def _of_hex(data: str) -> str | None:
    try:
        return b64encode(bytes.fromhex(data.removeprefix("0x"))).decode()
    except ValueError:
        return None


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def link(value: str, _context: Context, _location: Location) -> str | None:
    """Return the URL that stands where the data of an ED would, unless these are to be text."""
    if not _beginning(value).lower().startswith(_LINKS):
        return None
    _, data = _data(value)
    if not _LINK.fullmatch(data) or part(value, "^", 2).strip().upper() in _OF_TEXT:
        return None
    return _address(primitives.text(data) or "")


def inline_type(value: str, _context: Context, _location: Location) -> str | None:
    """Return the MIME type that a pointer tells which is the data itself: ``data:image/png;…``."""
    inline = _INLINE.match(primitives.text(value) or "")
    return inline[1].lower() if inline and inline[1] else None


def inline(value: str, context: Context, location: Location) -> str | None:
    """Return the data of a pointer that is the data itself, as Base64."""
    text = primitives.text(value) or ""
    return embedded(text, context, location) if _INLINE.match(text) else None


def named_only(value: str, context: Context, location: Location) -> str | None:
    """Return a pointer (RP) that leads nowhere, with whose it is, and find it: ``abc (PACS)``."""
    name = primitives.text(part(value, "^", 1).replace("&", " "))
    whose = application(part(value, "^", 2), context, location)
    if not name or pointer(part(value, "^", 1), context, location) or _INLINE.match(name):
        return None
    context.kept(location, "url")
    return f"{name} ({whose})" if whose else name


def pointer(value: str, _context: Context, _location: Location) -> str | None:
    """Return the URL that a pointer (RP.1) is: of an object's OID, of a path, of an address.

    What is none leads nowhere: a relative one would lead to this server.
    """
    text = primitives.text(value) or ""
    if shapes.is_oid(text):
        return f"urn:oid:{text}"
    path = text.replace("\\", "/")
    if path.startswith("//") or _DRIVE.match(path):
        return "file:" + quote(path if path.startswith("//") else f"///{path}", safe="/:")
    return None if _INLINE.match(text) else _address(text)


def _address(text: str) -> str | None:
    url = quote(text, safe="/:?#[]@!$&'()*+,;=%~")
    return url if is_absolute(url) else None


def encoded_text(value: str, _context: Context, _location: Location) -> str | None:
    """Encode the text of all repetitions, line by line: base64 of its UTF-8."""
    return _encoded(primitives.lines(value) or "") or None
