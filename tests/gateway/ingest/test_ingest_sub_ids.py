"""Sub-ids (OBX-4) that change over the messages of a report: which results are one all the same."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
EIGHT, NINE = "202603010800", "202603010900"
_SENT = iter(range(1, 10**6))


def obx(code, sub, value, status="F", at=""):
    fields = {2: "NM", 3: code, 4: sub, 5: value, 11: status, 14: at}
    return "|".join(["OBX", "1", *(fields.get(each, "") for each in range(2, 15))]).rstrip("|")


def oru(*results, report="F", at="20260301083015"):
    """Return a report; `report` is OBR-25."""
    order = "OBR|1||F1|CBC|||202603010700" + "|" * 18 + report
    number = str(next(_SENT))
    return hl7(PID, order, *results, type_="ORU^R01", control_id=number, sent=at)


def values(tjh):
    """Return (code, value, status) of the results there are; their report has each once."""
    results = tjh.resources("Observation")
    (report,) = tjh.resources("DiagnosticReport")
    listed = [each["reference"] for each in report["result"]]
    assert sorted(listed) == sorted(f"Observation/{one['id']}" for one in results)
    return sorted(
        (one["code"]["coding"][0]["code"], str(one["valueQuantity"]["value"]), one["status"])
        for one in results
    )


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("subs", [("", "2"), ("2", ""), ("2", "1"), ("1", "2"), ("1.1", "1.2")])
def test_a_final_result_is_its_preliminary_one_under_another_sub_id(tjh, subs, together):
    begun, final = oru(obx("K", subs[0], "5", "P"), report="P"), oru(obx("K", subs[1], "6"))
    sent(tjh, [begun, final], together)
    assert values(tjh) == [("K", "6", "final")]
    corrected = oru(obx("K", subs[1], "7", "C"), report="C")
    sent(tjh, [corrected, corrected], together)
    assert values(tjh) == [("K", "7", "corrected")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("times", [(EIGHT, EIGHT), (EIGHT, NINE), ("", NINE)])
def test_results_numbered_anew_by_one_that_comes_between_are_the_same(tjh, times, together):
    before, after = times
    begun = [obx("K", "1", "5", "P", before), obx("NA", "2", "140", "P", before)]
    final = [obx("K", "1", "5.1", at=after), obx("CA", "2", "2.3", at=after),
             obx("NA", "3", "141", at=after)]  # fmt: skip
    sent(tjh, [oru(*begun, report="P"), oru(*final), oru(*final)], together)
    whole = [("CA", "2.3", "final"), ("K", "5.1", "final"), ("NA", "141", "final")]
    assert values(tjh) == whole


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("begun", "final", "report"), [
    # The sub-ids tell values of one code apart, in either of the messages.
    ([("K", "", "5")], [("K", "1", "6"), ("K", "2", "7")], "F"),
    ([("K", "1", "5"), ("K", "2", "6")], [("K", "3", "7")], "F"),
    ([("K", "1", "5")], [("K", "2", "6"), ("ORG", "1", "1"), ("ORG", "2", "2")], "F"),
    ([("K", "1", "5"), ("ORG", "1", "1"), ("ORG", "2", "2")], [("K", "2", "6")], "F"),
    # More of the report is to come, or nobody says that nothing is.
    ([("K", "1", "5")], [("K", "2", "6")], "P"),
    ([("K", "1", "5")], [("K", "2", "6")], ""),
])  # fmt: skip
def test_what_may_be_another_result_stays_beside_the_preliminary_one(
    tjh, begun, final, report, together
):
    sent(tjh, [
        oru(*(obx(*each, "P") for each in begun), report="P"),
        oru(*(obx(*each) for each in final), report=report),
    ], together)  # fmt: skip
    now = {each for each in values(tjh) if each[0] == "K"}
    assert now >= {(*each[::2], "final") for each in final if each[0] == "K"}
    assert now & {(*each[::2], "preliminary") for each in begun}


@pytest.mark.parametrize("together", [True, False])
def test_a_final_result_stays_beside_a_final_one_of_another_sub_id(tjh, together):
    sent(tjh, [oru(obx("K", "1", "5")), oru(obx("K", "2", "6"))], together)
    assert values(tjh) == [("K", "5", "final"), ("K", "6", "final")]


@pytest.mark.parametrize("together", [True, False])
def test_what_comes_under_the_sub_id_of_the_preliminary_one_then_takes_no_place(tjh, together):
    """A final report may come in pieces: the second of them has the sub-id of the preliminary."""
    pieces = [oru(obx("K", "2", "6")), oru(obx("K", "1", "7"))]
    sent(tjh, [oru(obx("K", "1", "5", "P"), report="P"), *pieces, *pieces], together)
    assert values(tjh) == [("K", "6", "final"), ("K", "7", "final")]
    both = oru(obx("K", "1", "8", "C"), obx("K", "2", "9", "C"), report="C")
    sent(tjh, [both, both], together)
    assert values(tjh) == [("K", "8", "corrected"), ("K", "9", "corrected")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("minute", "kept"), [("01", 1), ("59", 2)])
def test_a_preliminary_result_of_another_sub_id_that_comes_late_is_the_final_one(
    tjh, minute, kept, together
):
    begun = oru(obx("K", "1", "5", "P"), report="P", at=f"2026030108{minute}00")
    sent(tjh, [oru(obx("K", "2", "6"), at="20260301083000"), begun, begun], together)
    assert ("K", "6", "final") in values(tjh)
    assert len(values(tjh)) == kept


@pytest.mark.parametrize("together", [True, False])
def test_a_correction_under_another_sub_id_may_be_of_what_nobody_knows_and_is_found(tjh, together):
    *_, receipt = sent(tjh, [oru(obx("K", "1", "5")), oru(obx("K", "2", "6", "C"))], together)
    assert values(tjh) == [("K", "5", "final"), ("K", "6", "corrected")]
    assert "correction-unclear" in tjh.findings(receipt.seq)


@pytest.mark.parametrize("together", [True, False])
def test_a_result_that_comes_with_a_correction_is_no_correction_of_one_told_again(tjh, together):
    whole = oru(obx("K", "1", "5"), obx("K", "2", "6", "C"))
    *_, receipt = sent(tjh, [oru(obx("K", "1", "5")), whole], together)
    assert values(tjh) == [("K", "5", "final"), ("K", "6", "corrected")]
    assert "correction-unclear" not in tjh.findings(receipt.seq)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("subs", [("", "1"), ("", "2"), ("1", "2"), ("", "")])
def test_a_final_document_takes_the_place_of_the_preliminary_one(tjh, subs, together):
    def printed(sub, data, status):
        value = f"^AP^PDF^Base64^{b64encode(data.encode()).decode()}"
        return oru(f"OBX|1|ED|PDF^Report^L|{sub}|{value}||||||{status}", report=status)

    sent(tjh, [printed(subs[0], "%PDF-1.4 a", "P"), printed(subs[1], "%PDF-1.4 b", "F")], together)
    (document,) = tjh.resources("DocumentReference")
    (report,) = tjh.resources("DiagnosticReport")
    (form,) = report["presentedForm"]
    assert form["url"] == document["content"][0]["attachment"]["url"]
    data = {f"Binary/{one['id']}": one for one in tjh.resources("Binary")}
    assert b64decode(data[form["url"]]["data"]) == b"%PDF-1.4 b"
    whose = {one["securityContext"]["reference"] for one in data.values()}
    assert whose == {f"DocumentReference/{document['id']}"}
