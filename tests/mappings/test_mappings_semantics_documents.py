"""Documents inside results: PDF, RTF, CDA, pictures, however encoded; pointers to them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import found, obx, of, one, oru

PDF = b64encode(b"%PDF-1.4 x").decode()
RTF = "{\\E\\rtf1 x}"


def attachment(kind: str, value: str) -> tuple[dict[str, Any], list[str]]:
    made = oru(obx(kind, value))
    (content,) = one(made, "DocumentReference")["content"]
    return content["attachment"], found(made)


@pytest.mark.parametrize(
    ("value", "type_", "data"),
    [
        (f"LAB^application^pdf^Base64^{PDF}", "application/pdf", b"%PDF-1.4 x"),
        (f"^AP^PDF^BASE64^{PDF}", "application/pdf", b"%PDF-1.4 x"),
        (f"^AP^PDF^^{PDF}", "application/pdf", b"%PDF-1.4 x"),
        (f"^^^Base64^{PDF}", "application/pdf", b"%PDF-1.4 x"),
        (PDF, "application/pdf", b"%PDF-1.4 x"),
        (f"^AP^PDF^Base64^{PDF[:4]}\\.br\\{PDF[4:]}", "application/pdf", b"%PDF-1.4 x"),
        (f"^AP^PDF^Base64^{PDF.rstrip('=')}", "application/pdf", b"%PDF-1.4 x"),
        ("^IM^JPEG^Hex^FF D8 ff", "image/jpeg", b"\xff\xd8\xff"),
        ("^^^Hex^FFD8", "application/octet-stream", b"\xff\xd8"),
        (f"^TEXT^RTF^A^{RTF}", "application/rtf", b"{\\rtf1 x}"),
        ("^TX^PLAIN^A^报告 \\T\\ more", "text/plain", "报告 & more".encode()),
        ("^^^A^x", "text/plain", b"x"),
        ("plain text", "text/plain", b"plain text"),
        ("^application^x-hl7-cda-level-one+xml^A^<x/>",
         "application/x-hl7-cda-level-one+xml", b"<x/>"),
        ("^TEXT^X-HL7-CDA-LEVEL-ONE^A^<x/>", "application/xml", b"<x/>"),
        ("^multipart^-hl7-cda-level-one^A^MIME", "multipart/x-hl7-cda-level-one", b"MIME"),
        ("^multipart^related^A^MIME", "multipart/related", b"MIME"),
    ],
)  # fmt: skip
def test_embedded_data(value: str, type_: str, data: bytes) -> None:
    made, findings = attachment("ED", value)
    assert (made["contentType"], b64decode(made["data"], validate=True)) == (type_, data)
    assert findings == []


@pytest.mark.parametrize(
    ("value", "kept"),
    [("^AP^PDF^Base64^***", b"***"), ("^AP^PDF^Base64^A", b"A"), ("^IM^PNG^Hex^4G", b"4G")],
)
def test_data_that_cannot_be_decoded_is_found_and_kept_as_it_came(value: str, kept: bytes) -> None:
    made, findings = attachment("ED", value)
    assert b64decode(made["data"]) == kept
    assert findings == ["kept-as-text OBX-5"]


@settings(max_examples=50)
@given(st.binary(min_size=1, max_size=200))
def test_any_data_come_out_as_they_went_in(data: bytes) -> None:
    for value in (f"^AP^X^Base64^{b64encode(data).decode()}", f"^AP^X^Hex^{data.hex()}"):
        assert b64decode(attachment("ED", value)[0]["data"]) == data


@pytest.mark.parametrize(
    ("value", "url", "type_"),
    [
        ("https://pacs.example.org/v?s=1&u=2^PACS^IM^DICOM", "https://pacs.example.org/v?s=1&u=2",
         "application/dicom"),
        ("https://pacs.example.org/a b^PACS^AP^PDF", "https://pacs.example.org/a%20b",
         "application/pdf"),
        ("1.2.840.99.1^PACS^IM^DICOM", "urn:oid:1.2.840.99.1", "application/dicom"),
        ("\\E\\\\E\\srv\\E\\报告\\E\\a b.pdf^X^AP^PDF",
         "file://srv/%E6%8A%A5%E5%91%8A/a%20b.pdf", "application/pdf"),
        ("C:\\E\\x.pdf^X^AP^PDF", "file:///C:/x.pdf", "application/pdf"),
        ("dir/x.jpg^X^IM^JPEG", "dir/x.jpg", "image/jpeg"),
    ],
)  # fmt: skip
def test_pointers(value: str, url: str, type_: str) -> None:
    assert attachment("RP", value) == ({"url": url, "contentType": type_}, [])


def test_several_documents_of_one_result_are_its_contents() -> None:
    other = b64encode(b"%PDF-1.4 y").decode()
    made = oru(obx("ED", f"^AP^PDF^Base64^{PDF}~^AP^PDF^Base64^{other}"))
    document = one(made, "DocumentReference")
    assert [c["attachment"]["data"] for c in document["content"]] == [PDF, other]
    assert one(made, "Observation")["derivedFrom"][0]["reference"].endswith(document["id"])


@pytest.mark.parametrize(
    ("status", "document", "doc_status"),
    [("F", "current", "final"), ("P", "current", "preliminary"), ("C", "current", "amended"),
     ("W", "entered-in-error", None), ("D", "entered-in-error", None)],
)  # fmt: skip
def test_a_document_has_the_status_of_its_result(
    status: str, document: str, doc_status: str | None
) -> None:
    made = one(oru(obx("ED", PDF, status=status)), "DocumentReference")
    assert (made["status"], made.get("docStatus")) == (document, doc_status)


def test_a_document_sent_again_is_the_same_document() -> None:
    first, again = (oru(obx("ED", PDF, status=s)) for s in "PF")
    assert of(first, "DocumentReference")[0]["id"] == of(again, "DocumentReference")[0]["id"]
