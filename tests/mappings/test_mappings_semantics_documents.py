"""Documents inside results: PDF, RTF, CDA, pictures, however encoded; pointers to them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha1
from typing import Any

import orjson
import pytest
from golden_pairs import ReadableIds
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import PID, found, message, obx, of, one, oru

from conformance.definitions import definitions
from mappings.bundle import bundle
from mappings.dictionary import load
from mappings.runtime.types import Made
from mappings.runtime.walk.binaries import apart

APPLICATION = "https://yiqiao.org/fhir/StructureDefinition/attachment-source-application"
PDF = b64encode(b"%PDF-1.4 x").decode()
RTF = "{\\E\\rtf1 x}"


def pointed(value: str) -> tuple[dict[str, Any], list[str]]:
    """The attachment that a pointer becomes, and what was found."""
    made = oru(obx("RP", value))
    (content,) = one(made, "DocumentReference")["content"]
    return content["attachment"], found(made)


def embedded(value: str) -> tuple[str, bytes, list[str]]:
    """The type and the octets of the Binary that embedded data become, and what was found."""
    made = oru(obx("ED", value))
    document, binary = one(made, "DocumentReference"), one(made, "Binary")
    data = b64decode(binary["data"], validate=True)
    assert (
        document["content"][0]["attachment"].items()
        >= {
            "contentType": binary["contentType"],
            "url": f"Binary/{binary['id']}",
            "size": len(data),
            "hash": b64encode(sha1(data, usedforsecurity=False).digest()).decode(),
        }.items()
    )
    assert binary["securityContext"] == {"reference": f"DocumentReference/{document['id']}"}
    return binary["contentType"], data, found(made)


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
        (f"^application/pdf^^Base64^{PDF}", "application/pdf", b"%PDF-1.4 x"),
        (f"^AP^PDF^BASE-64^{PDF}", "application/pdf", b"%PDF-1.4 x"),
        (f"^AP^PDF^B64^{PDF}", "application/pdf", b"%PDF-1.4 x"),
        (f"data:application/pdf;base64,{PDF}", "application/pdf", b"%PDF-1.4 x"),
        (f"^AP^PDF^Base64^data:application/pdf;base64,{PDF}", "application/pdf", b"%PDF-1.4 x"),
        (f"^^^^data:;base64,{PDF}", "text/plain", b"%PDF-1.4 x"),
        ("^^^^data:text/plain,%E6%8A%A5", "text/plain", "报".encode()),
        ("^IM^JPEG^Hex^0xFFD8", "image/jpeg", b"\xff\xd8"),
        ("^TX^^Base64^5oql", "text/plain", "报".encode()),
        (f"^AP^OFD^Base64^{PDF}", "application/ofd", b"%PDF-1.4 x"),
    ],
)  # fmt: skip
def test_embedded_data(value: str, type_: str, data: bytes) -> None:
    assert embedded(value) == (type_, data, [])


@pytest.mark.parametrize(
    ("value", "kept"),
    [("^AP^PDF^Base64^***", b"***"), ("^AP^PDF^Base64^A", b"A"), ("^IM^PNG^Hex^4G", b"4G")],
)
def test_data_that_cannot_be_decoded_is_found_and_kept_as_it_came(value: str, kept: bytes) -> None:
    assert embedded(value)[1:] == (kept, ["kept-as-text OBX-5"])


@settings(max_examples=50)
@given(st.binary(min_size=1, max_size=200))
def test_any_data_come_out_as_they_went_in(data: bytes) -> None:
    for value in (f"^AP^X^Base64^{b64encode(data).decode()}", f"^AP^X^Hex^{data.hex()}"):
        assert embedded(value)[1] == data


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
        ("urn:oid:1.2.3^PACS^application/pdf", "urn:oid:1.2.3", "application/pdf"),
    ],
)  # fmt: skip
def test_pointers(value: str, url: str, type_: str) -> None:
    attachment, said = pointed(value)
    attachment.pop("extension", None)  # what the sender called it
    assert (attachment, said) == ({"url": url, "contentType": type_}, [])


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("abc", "abc"),
        ("dir/x.jpg^PACS^IM^JPEG", "dir/x.jpg (PACS)"),
        ("/images/1.jpg^PACS&1.2.3&ISO^IM^JPEG", "/images/1.jpg (PACS 1.2.3 ISO)"),
        ("www.pacs.cn/1.jpg", "www.pacs.cn/1.jpg"),
        ("见附件", "见附件"),
        ("Binary/100.Binary-1", "Binary/100.Binary-1"),
    ],
)
def test_a_pointer_that_leads_nowhere_is_a_title_and_found(value: str, title: str) -> None:
    """What FHIR has no base for, it looks for on its own server."""
    attachment, said = pointed(value)
    assert (attachment["title"], "url" in attachment) == (title, False)
    assert said == ["kept-as-text OBX-5"]


def test_a_pointer_that_holds_the_data_is_the_data() -> None:
    made = oru(obx("RP", f"data:application/pdf;base64,{PDF}"))
    binary = one(made, "Binary")
    assert (binary["contentType"], binary["data"]) == ("application/pdf", PDF)
    assert found(made) == []


@pytest.mark.parametrize("kind", ["^IM^JPEG^A^", "^IM^JPEG^^", "^IM^JPEG^Base64^"])
def test_an_address_in_the_place_of_data_is_where_these_are(kind: str) -> None:
    """A picture of the letters of its address shows nothing."""
    made = oru(obx("ED", f"{kind}https://pacs.example.org/1.jpg"))
    (content,) = one(made, "DocumentReference")["content"]
    assert content["attachment"] == {
        "url": "https://pacs.example.org/1.jpg", "contentType": "image/jpeg"
    }  # fmt: skip
    assert of(made, "Binary") == []
    assert embedded("^TEXT^PLAIN^A^https://x.cn/1")[1] == b"https://x.cn/1"


def test_data_that_begin_otherwise_than_they_are_called_are_what_they_begin_like() -> None:
    assert embedded(f"^AP^PDF^A^{PDF}") == (
        "application/pdf", b"%PDF-1.4 x", ["kept-as-text OBX-5"]
    )  # fmt: skip
    assert embedded(f"^IM^JPEG^Base64^{PDF}") == (
        "application/pdf", b"%PDF-1.4 x", ["kept-as-text OBX-5"]
    )  # fmt: skip


def test_several_documents_of_one_result_are_its_contents() -> None:
    other = b64encode(b"%PDF-1.4 y").decode()
    made = oru(obx("ED", f"^AP^PDF^Base64^{PDF}~^AP^PDF^Base64^{other}"))
    document = one(made, "DocumentReference")
    data = {f"Binary/{binary['id']}": binary["data"] for binary in of(made, "Binary")}
    assert [data[c["attachment"]["url"]] for c in document["content"]] == [PDF, other]
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


def test_a_document_sent_again_is_the_same_document_with_the_same_data() -> None:
    first, again = (oru(obx("ED", PDF, status=s)) for s in "PF")
    assert one(first, "DocumentReference")["id"] == one(again, "DocumentReference")["id"]
    assert one(first, "Binary") == one(again, "Binary")


def test_other_data_of_the_same_document_are_another_binary() -> None:
    other = b64encode(b"%PDF-1.4 y").decode()
    values = (f"^AP^PDF^Base64^{PDF}", f"^AP^PDF^Base64^{other}", f"^AP^ZIP^Base64^{PDF}")
    made = [oru(obx("ED", value)) for value in values]
    assert len({one(each, "DocumentReference")["id"] for each in made}) == 1
    assert len({one(each, "Binary")["id"] for each in made}) == 3


def test_the_same_data_twice_in_one_document_are_one_binary() -> None:
    contents = [
        {"attachment": {"contentType": "application/pdf", "data": PDF, "title": title}}
        for title in ("German", "Deutsch")
    ]
    contents.append({"attachment": {"url": "https://pacs.example.org/1"}})
    resource = {"resourceType": "DocumentReference", "id": "home.doc", "content": contents}
    document, binary = apart([Made(resource, "home", "patient", replace=False)], ReadableIds())
    address = f"Binary/{binary.resource['id']}"
    urls = [each["attachment"]["url"] for each in document.resource["content"]]
    assert urls == [address, address, "https://pacs.example.org/1"]
    assert document.resource["content"][1]["attachment"]["title"] == "Deutsch"
    assert resource["content"] is contents
    assert contents[0]["attachment"]["data"] is binary.resource["data"]


def test_the_data_follow_their_document() -> None:
    made = oru(obx("ED", f"^AP^PDF^Base64^{b64encode(bytes(200_000)).decode()}"))
    types = [each.resource["resourceType"] for each in made.made]
    place = types.index("Binary")
    document, binary = made.made[place - 1 : place + 1]
    assert document.resource["resourceType"] == "DocumentReference"
    assert (binary.compartment, binary.home, binary.replace) == (
        document.compartment, "patient", True,
    )  # fmt: skip
    assert document.resource["content"][0]["attachment"]["size"] == 200_000


def test_a_bundle_leads_from_the_document_to_its_data_and_back() -> None:
    whole = orjson.loads(bundle(oru(obx("ED", PDF)), "transaction"))
    entries = {each["resource"]["resourceType"]: each for each in whole["entry"]}
    document, binary = entries["DocumentReference"], entries["Binary"]
    address = document["resource"]["content"][0]["attachment"]["url"]
    assert address == binary["fullUrl"]
    assert binary["resource"]["securityContext"] == {"reference": document["fullUrl"]}
    assert binary["request"] == {"method": "PUT", "url": f"Binary/{binary['resource']['id']}"}


def test_what_made_the_data_is_told_of_the_binary() -> None:
    tables = load(definitions(), explain=True)
    text = f"MSH|^~\\&|A|H|||20260301||ORU^R01|1|P|2.5.1\r{PID}\r{obx('ED', f'^^^A^{PDF}')}"
    made = tables.translate(text, ReadableIds(), source="src")
    assert [t.location for t in made.explained if t.element == "Binary.data"] == ["OBX-5"]
    assert not [t for t in made.explained if t.element.endswith("attachment.data")]


TXA = "TXA|1|DS^Discharge summary^HL70270|AP|||||||||DOC1"


@pytest.mark.parametrize("number", ["1", "", "7"])
def test_a_document_s_content_begins_with_its_first_piece_whatever_its_number(number: str) -> None:
    made = message("MDM^T02", PID, TXA, f"OBX|{number}|ED|A^a^L||^AP^PDF^Base64^{PDF}||||||F")
    (content,) = one(made, "DocumentReference")["content"]
    assert content["format"]["code"] == "AP"
    assert content["attachment"]["title"] == "document"
    assert content["attachment"]["url"] == f"Binary/{one(made, 'Binary')['id']}"
    assert one(made, "Binary")["data"] == PDF
    assert found(made) == []


def test_every_piece_of_a_document_is_a_content_in_order() -> None:
    other = b64encode(b"%PDF-1.4 y").decode()
    made = message(
        "MDM^T02", PID, TXA,
        f"OBX|1|ED|A^a^L||^AP^PDF^Base64^{PDF}~^AP^PDF^Base64^{other}||||||F",
        "OBX|2|RP|B^b^L||https://docs.example.org/x^DOC^AP^PDF||||||F",
        "OBX|3|TX|C^c^L||last words||||||F",
    )  # fmt: skip
    data = {f"Binary/{binary['id']}": binary["data"] for binary in of(made, "Binary")}
    urls = [c["attachment"]["url"] for c in one(made, "DocumentReference")["content"]]
    assert [data.get(url, url) for url in urls] == [
        PDF, other, "https://docs.example.org/x", b64encode(b"last words").decode()
    ]  # fmt: skip
    assert found(made) == []


@pytest.mark.parametrize("status", ["D", "W"])
def test_a_piece_that_was_withdrawn_is_none_of_its_document(status: str) -> None:
    made = message(
        "MDM^T08", PID, TXA,
        f"OBX|1|TX|A^a^L|1|of another patient||||||{status}",
        f"OBX|2|ED|A^a^L|2|^AP^PDF^Base64^{PDF}||||||{status}",
        f"OBX|3|RP|B^b^L||https://docs.example.org/x^DOC^AP^PDF||||||{status}",
        "OBX|4|TX|C^c^L||last words||||||C",
    )  # fmt: skip
    (content,) = one(made, "DocumentReference")["content"]
    assert content["attachment"]["url"] == f"Binary/{one(made, 'Binary')['id']}"
    assert content["extension"][0]["valueCodeableConcept"]["text"] == "c"
    assert b64decode(one(made, "Binary")["data"]) == b"last words"
    assert sorted(found(made)) == sorted(
        f"not-applicable OBX{nth}-{field}" for nth in ("", "[2]", "[3]") for field in (3, 5)
    )


def test_a_pointer_may_be_all_of_a_document() -> None:
    made = message("MDM^T02", PID, TXA, "OBX|1|RP|B^b^L||https://docs.example.org/x^DOC^AP^PDF")
    (content,) = one(made, "DocumentReference")["content"]
    assert content["attachment"] == {
        "title": "document", "url": "https://docs.example.org/x", "contentType": "application/pdf",
        "extension": [{"url": APPLICATION, "valueString": "DOC"}],
    }  # fmt: skip


def report_and_document(value: str, status: str = "F") -> tuple[dict[str, Any], dict[str, Any]]:
    """The report that a document comes with, and the document."""
    made = oru(obx("ED", value, status=status))
    return one(made, "DiagnosticReport"), one(made, "DocumentReference")


@pytest.mark.parametrize(
    "kind", ["AP^PDF", "AP^RTF", "TEXT^XML", "^text/html", "multipart^-hl7-cda-level-one"]
)
def test_a_document_is_the_presented_form_of_the_report_it_comes_with(kind: str) -> None:
    report, document = report_and_document(f"^{kind}^Base64^{PDF}")
    (content,) = document["content"]
    assert report["presentedForm"] == [{"title": "x", **content["attachment"]}]
    assert report["presentedForm"][0].keys() >= {"url", "size", "hash", "contentType"}
    assert document["context"]["related"] == [{"reference": f"DiagnosticReport/{report['id']}"}]


@pytest.mark.parametrize("kind", ["IM^PNG", "AU^WAV", "AP^DICOM", "AP^ZIP", "AP^OCTET-STREAM"])
def test_what_is_no_form_of_the_whole_report_is_only_related_to_it(kind: str) -> None:
    report, document = report_and_document(f"^{kind}^Base64^iVBORw0KGgo=")
    assert "presentedForm" not in report
    assert document["context"]["related"]


def test_a_document_that_was_withdrawn_presents_nothing() -> None:
    report, document = report_and_document(f"^AP^PDF^Base64^{PDF}", status="D")
    assert document["status"] == "entered-in-error"
    assert "presentedForm" not in report


def test_a_report_has_the_forms_that_came_with_it_alone() -> None:
    made = message(
        "ORU^R01", PID,
        "OBX|1|ED|Z^z^L||https://docs.example.org^^^^JVBERi0x||||||F",
        "OBR|1|P1|F1|A^Aa^L", obx("ED", f"^AP^PDF^Base64^{PDF}"),
        "OBX|2|RP|Y^y^L||https://docs.example.org/y^DOC^AP^PDF||||||F",
        "OBR|2|P2|F2|B^Bb^L", obx("NM", "5"),
    )  # fmt: skip
    first, second = of(made, "DiagnosticReport")
    assert [each["title"] for each in first["presentedForm"]] == ["x", "y"]
    assert first["presentedForm"][1]["url"] == "https://docs.example.org/y"
    assert "presentedForm" not in second


def test_the_result_of_a_document_says_why_it_has_no_value() -> None:
    result = one(oru(obx("RP", "https://docs.example.org/y^DOC^AP^PDF")), "Observation")
    assert result["dataAbsentReason"]["coding"][0]["code"] == "as-text"
    assert result["derivedFrom"]


def test_what_made_the_document_is_told_of_the_report() -> None:
    tables = load(definitions(), explain=True)
    texts = [
        f"MSH|^~\\&|A|H|||20260301||ORU^R01|1|P|2.5.1\r{PID}\rOBR|1|P1|F1|A\r{obx('ED', value)}"
        for value in (f"^AP^PDF^Base64^{PDF}", "^IM^PNG^Base64^iVBORw0KGgo=")
    ]
    told = [
        {t.element for t in tables.translate(text, ReadableIds(), source="src").explained}
        for text in texts
    ]
    names = {f"DiagnosticReport.presentedForm.{n}" for n in
             ("title", "contentType", "url", "size", "hash")}  # fmt: skip
    assert names <= told[0]
    assert not names & told[1]


@pytest.mark.parametrize(
    ("kind", "value", "application"),
    [
        ("RP", "https://pacs.example.org/1^PACS^IM^JPEG", "PACS"),
        ("RP", "https://pacs.example.org/1^PACS&1.2.3&ISO^IM^JPEG", "PACS 1.2.3 ISO"),
        ("ED", "EMR^TEXT^PLAIN^A^hello", "EMR"),
    ],
)
def test_whose_application_data_are_of(kind: str, value: str, application: str) -> None:
    made = oru(obx(kind, value))
    attachment = one(made, "DocumentReference")["content"][0]["attachment"]
    assert attachment["extension"] == [{"url": APPLICATION, "valueString": application}]
    assert found(made) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [("RP", "https://pacs.example.org/1^^^Q9"), ("ED", "^^Q9^A^hello")],
)
def test_a_subtype_of_data_alone_that_no_mime_type_has_is_told(kind: str, value: str) -> None:
    def told(value: str) -> list[str]:
        made = oru(obx(kind, value))
        assert found(made) == []
        attachment = one(made, "DocumentReference")["content"][0]["attachment"]
        return [e["valueCodeableConcept"]["text"] for e in attachment.get("extension", ())]

    assert told(value) == ["Q9"]
    assert told(value.replace("Q9", "PDF")) == []


@pytest.mark.parametrize(
    ("own", "result", "state"),
    [("", "P", "preliminary"), ("", "F", "final"), ("", "C", "amended"), ("", "D", None),
     ("", "", None), ("LA", "P", "final"), ("IP", "F", "preliminary")],
)  # fmt: skip
def test_a_document_without_a_state_is_in_that_of_its_text(
    own: str, result: str, state: str | None
) -> None:
    """TXA-17 is the document's own; many systems send OBX-11 alone."""
    txa = f"TXA|1|DS|TX|||||||||DOC1|||||{own}"
    made = message("MDM^T02", PID, txa, f"OBX|1|TX|A^Note^L||text||||||{result}")
    assert one(made, "DocumentReference").get("docStatus") == state
    assert [each for each in found(made) if "OBX-11" in each] == []
