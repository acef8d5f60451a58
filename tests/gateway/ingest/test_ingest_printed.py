"""A document that prints a report is its form as long as the report says what the document does."""

from __future__ import annotations

import base64

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
_SENT = iter(range(1, 10**6))


def obx(value, status="F", code="A"):
    return f"OBX|1|NM|{code}||{value}|g/L|||||{status}"


def pdf(text="one", status="F", code="PDF"):
    data = base64.b64encode(b"%PDF-1.4 " + text.encode()).decode()
    return f"OBX|2|ED|{code}^Report^L||LIS^AP^PDF^Base64^{data}||||||{status}"


def oru(status, *results):
    return hl7(
        PID, f"OBR|1||F1|CBC{'|' * 21}{status}", *results, type_="ORU^R01",
        control_id=str(next(_SENT)),
    )  # fmt: skip


def documents(tjh):
    return sorted(one["status"] for one in tjh.resources("DocumentReference"))


def forms(tjh):
    (report,) = tjh.resources("DiagnosticReport")
    return len(report.get("presentedForm", ()))


WHOLE = oru("F", obx("1"), obx("5", code="B"), pdf())


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("again", [
    oru("C", obx("2", "C")), oru("F", obx("2")), oru("C", obx("", "D")), oru("F", obx("1", "X")),
    oru("C", obx("2", "C"), obx("5", code="B")),
])  # fmt: skip
def test_what_prints_a_value_that_is_corrected_is_current_no_more(tjh, again, together):
    *_, receipt = sent(tjh, [WHOLE, again], together)
    assert documents(tjh) == ["superseded"]
    assert forms(tjh) == 0
    assert tjh.findings(receipt.seq).count("document-outdated") == 1


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("again", [
    oru("F", obx("1")), oru("F"), oru("F", obx("7", code="C")), oru("C", obx("1", "C")),
    oru("F", obx("", "U")),
])  # fmt: skip
def test_what_prints_what_still_holds_stays_the_form_of_its_report(tjh, again, together):
    *_, receipt = sent(tjh, [WHOLE, again], together)
    assert documents(tjh) == ["current"]
    assert forms(tjh) == 1
    assert "document-outdated" not in tjh.findings(receipt.seq)


@pytest.mark.parametrize("together", [True, False])
def test_a_document_that_is_printed_anew_is_current_again(tjh, together):
    corrected = oru("C", obx("2", "C"))
    *_, receipt = sent(tjh, [WHOLE, corrected, oru("C", obx("2", "C"), pdf("two", "C"))], together)
    assert documents(tjh) == ["current"]
    assert forms(tjh) == 1
    assert "document-outdated" not in tjh.findings(receipt.seq)


@pytest.mark.parametrize("together", [True, False])
def test_a_document_that_comes_with_its_correction_takes_the_others_place(tjh, together):
    sent(tjh, [WHOLE, oru("C", obx("2", "C"), pdf("two", "C"))], together)
    assert (documents(tjh), forms(tjh)) == (["current"], 1)
    sent(tjh, [oru("C", obx("3", "C"), pdf("three", "C", "PDF2"))], together)
    assert (documents(tjh), forms(tjh)) == (["current", "superseded"], 1)


def test_another_document_of_what_holds_stands_beside_the_first(tjh):
    tjh(WHOLE, oru("F", obx("1"), pdf("more", code="PDF2")))
    assert (documents(tjh), forms(tjh)) == (["current", "current"], 2)


def test_a_document_that_is_withdrawn_is_no_form_any_more(tjh):
    (receipt,) = tjh(WHOLE) and tjh(oru("C", "OBX|2|ED|PDF^Report^L||||||||D"))
    assert (documents(tjh), forms(tjh)) == (["entered-in-error"], 0)
    assert "document-outdated" not in tjh.findings(receipt.seq)


def test_a_result_that_has_a_parent_is_printed_like_any_other(tjh):
    def culture(*susceptibility):
        second = f"OBR|2||F2|SUS{'|' * 21}F|ORG^1^Coli"
        return oru("F", "OBX|1|CE|ORG|1|E^Coli||||||F", second, *susceptibility)

    tjh(culture(obx("1"), pdf()))
    (result,) = (o for o in tjh.resources("Observation") if "valueQuantity" in o)
    assert result["derivedFrom"]
    tjh(culture(obx("2", "C")))
    assert documents(tjh) == ["superseded"]


def test_a_picture_is_no_form_that_a_correction_outdates(tjh):
    picture = "OBX|2|ED|PIC^Report^L||LIS^IM^JPEG^Base64^/9j/4AAQ||||||F"
    tjh(oru("F", obx("1"), picture), oru("C", obx("2", "C")))
    assert (documents(tjh), forms(tjh)) == (["current"], 0)
