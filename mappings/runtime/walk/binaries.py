"""Data inside documents: what a message made in, the same with the data as Binary resources out.

A document that carries a PDF would carry it into every search that finds it. So the data are a
Binary of their own, and the attachment has their address, size and hash in their place. Who may see
the document may see the Binary: its ``securityContext`` says so (FHIR R4, binary.html).

The id of a Binary is that of its document and what its content gives: the same data sent again are
the same Binary, and a version of the document leads for ever to the data that it came with.

A document that came with a report is its presented form: it is attached there, too, by its address.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from binascii import a2b_base64

from mappings.runtime.state.elements import fill
from mappings.runtime.types import JSON, Ids, Made, Trace

_HELD = ("data", "url")  # what an attachment holds, or where
_ATTACHMENT = "DocumentReference.content.attachment"
_DATA = f"{_ATTACHMENT}.data"
_MEASURES = ("url", "size", "hash")
#: What stands because a row fills an element of an attachment with data.
_ALSO = {
    _DATA: (
        "Binary.data",
        "Binary.securityContext",
        *(f"{_ATTACHMENT}.{name}" for name in _MEASURES),
    ),
    f"{_ATTACHMENT}.contentType": ("Binary.contentType",),
}
_REPORT = "DiagnosticReport"
_FORM = f"{_REPORT}.presentedForm"
#: What of a document stands also in a report whose form it is.
_SHOWN = {
    _DATA: tuple(f"{_FORM}.{name}" for name in _MEASURES),
    "DocumentReference.type.text": (f"{_FORM}.title",),
    **{f"{_ATTACHMENT}.{name}": (f"{_FORM}.{name}",) for name in ("contentType", "title", "url")},
}
#: A picture, a recording or an archive beside a report is no form of the whole of it.
_PART = ("application/dicom", "application/octet-stream", "application/zip", "audio/", "image/",
         "video/")  # fmt: skip
_CHUNK = 1 << 16  # characters of Base64 that are decoded at a time: a PDF is not copied whole


def apart(made: list[Made], ids: Ids) -> list[Made]:
    """Return what a message made, each document followed by the Binaries that hold its data."""
    if "DocumentReference" not in {one.resource["resourceType"] for one in made}:
        return made
    found: list[Made] = []
    forms: dict[str, list[JSON]] = {}  # by the reference to their report
    for one in made:
        if one.resource["resourceType"] == "DocumentReference":
            document, *binaries = _document(one, ids)
            found += (document, *binaries)
            for report in _reports(document.resource):
                forms.setdefault(report, []).extend(_forms(document.resource))
        else:
            found.append(one)
    return [_presented(one, forms) for one in found] if forms else found


def traced(traces: list[Trace], made: list[Made]) -> list[Trace]:
    """Return which rows made which elements: the data are a Binary's, the document a report's."""
    if not any(trace.element.startswith(_ATTACHMENT) for trace in traces):
        return traces
    shown = _SHOWN if any("presentedForm" in one.resource for one in made) else {}
    found: list[Trace] = []
    for trace in traces:
        element = trace.element
        found += () if element == _DATA else (trace,)
        also = (*_ALSO.get(element, ()), *shown.get(element, ()))
        found += (trace._replace(element=each) for each in also)
    return found


def _reports(document: JSON) -> list[str]:
    """Return references to the reports that a document came with, and is valid for."""
    if document.get("status") != "current":
        return []
    related = document.get("context", {}).get("related", ())
    named = [one.get("reference", "") for one in related]
    return [name for name in named if name.startswith(f"{_REPORT}/")]


def _forms(document: JSON) -> list[JSON]:
    """Return the attachments of a document that may be all of a report, titled as the document."""
    title = document.get("type", {}).get("text")
    found = []
    for content in document.get("content", ()):
        attachment = content.get("attachment", {})
        kind = attachment.get("contentType", "")
        if "url" in attachment and kind and not kind.startswith(_PART):
            found.append({**({"title": title} if title else {}), **attachment})
    return found


def _presented(made: Made, forms: dict[str, list[JSON]]) -> Made:
    """Return a report with the forms that it was issued in; what else there is, as it is."""
    resource = made.resource
    if resource["resourceType"] != _REPORT:
        return made
    found = forms.get(f"{_REPORT}/{resource['id']}")
    return made._replace(resource={**resource, "presentedForm": found}) if found else made


def _document(made: Made, ids: Ids) -> list[Made]:
    """Return a document without its data, and the Binaries that have them, each once."""
    document = made.resource
    binaries: dict[str, JSON] = {}
    known = document.get("content", [])
    begun = _begun(known)
    contents = [_content(each, document, binaries, ids) for each in begun]
    if begun is known and not binaries:
        return [made]
    return [
        made._replace(resource={**document, "content": contents}),
        *(Made(binary, made.compartment, made.home, replace=True) for binary in binaries.values()),
    ]


def _begun(contents: list[JSON]) -> list[JSON]:
    """Return contents, the first of which, if it has only its title so far, is begun by the next.

    What announces a document (TXA) says how it is presented; the pieces of it come after.
    """
    if len(contents) < 2 or not contents[0].get("attachment", {}).keys().isdisjoint(_HELD):
        return contents
    first = {**contents[0]}
    return contents if fill(first, contents[1], {}) else [first, *contents[2:]]


def _content(content: JSON, document: JSON, binaries: dict[str, JSON], ids: Ids) -> JSON:
    """Return a content of a document that refers to its data; they are added to `binaries`."""
    attachment = content.get("attachment", {})
    data = attachment.get("data")
    if data is None:
        return content
    type_ = attachment.get("contentType", "")
    size, sha1, name = _measured(data, type_)
    id_ = ids.resource(document["id"], "Binary", name)
    binaries[id_] = {
        "resourceType": "Binary",
        "id": id_,
        **({"contentType": type_} if type_ else {}),
        "securityContext": {"reference": f"DocumentReference/{document['id']}"},
        "data": data,
    }
    kept = {name: value for name, value in attachment.items() if name != "data"}
    return {**content, "attachment": {**kept, "url": f"Binary/{id_}", "size": size, "hash": sha1}}


def _measured(data: str, type_: str) -> tuple[int, str, str]:
    """Return of Base64 data the size in octets, the SHA-1 in Base64, and a digest with the type."""
    # Attachment.hash is a SHA-1 (FHIR R4, datatypes.html#Attachment): it guards against accidents.
    size, sha1 = 0, hashlib.sha1(usedforsecurity=False)
    sha256 = hashlib.sha256(f"{type_}\n".encode())
    for start in range(0, len(data), _CHUNK):
        octets = a2b_base64(data[start : start + _CHUNK])
        size += len(octets)
        sha1.update(octets)
        sha256.update(octets)
    return size, b64encode(sha1.digest()).decode(), sha256.hexdigest()
