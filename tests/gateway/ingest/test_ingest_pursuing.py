"""What is sent under the old number of what moved is said where that is by now, and found."""

from __future__ import annotations

import base64
from itertools import count

import pytest
from ingest_feed import hl7

_SENT = count(1)
PDF = base64.b64encode(b"%PDF-1.4 synthetic").decode()
PV1 = f"PV1|1|I|W1^101^1{'|' * 16}V1"
FOUND = "moved-before"


def sent(type_, number, *segments, at=None, account="", application="HIS"):
    at = at or next(_SENT)
    pid = f"PID|1||{number}^^^TJH01^MR||Doe^Jo||19800101|M{'|' * 10}{account}"
    return hl7(pid, *segments, type_=type_, control_id=f"P{next(_SENT)}", version="2.5.1",
               application=application, sent=f"20260301{at // 60:02d}{at % 60:02d}00")  # fmt: skip


def visit(event, number, *more, **header):
    return sent(f"ADT^{event}", number, f"EVN|{event}|2026030107", PV1, *more, **header)


def result(number, status, value=5, *, pv1=(PV1,)):
    obr = f"OBR|1|O1|F1|GLU^Glucose^L|||20260301080000{'|' * 18}{status}"
    obx = f"OBX|1|NM|GLU^Glucose^L||{value}|mmol/L|||||{status}"
    return sent("ORU^R01", number, *pv1, "ORC|RE|O1|F1", obr, obx, "SPM|1|S1||BLD")


def charge(number, code):
    return sent("DFT^P03", number, f"FT1|1|{code}||20260301||CG|{code}^x", account="A1")


def moves(number, prior, at=None):
    return sent("ADT^A45", number, f"MRG|{prior}^^^TJH01^MR||||V1", PV1, at=at)


def begun(*more):
    others = (sent("ADT^A28", number) for number in ("200", "300"))
    return [visit("A01", "100"), *others, *more]


def of(tjh, *types):
    """Return what each record has of types: how many of each."""
    whose = {
        one["id"].partition(".")[0]: one["identifier"][0]["value"]
        for one in tjh.resources("Patient")
    }
    found = {}
    for type_ in types:
        for one in tjh.resources(type_):
            name = type_, whose[one["id"].partition(".")[0]]
            found[name] = found.get(name, 0) + 1
            if one.get("status") != "entered-in-error":
                check(one, tjh)
    return found


def check(one, tjh):
    """All that a resource refers to in a patient's record is in its own."""
    home = one["id"].partition(".")[0]
    directory = {each["id"].partition(".")[0] for each in tjh.resources(kind="directory")}
    homes = {name.partition("/")[2].partition(".")[0] for name in references(one)}
    assert homes - directory <= {home}


def references(node):
    for each in node.values() if isinstance(node, dict) else node:
        if isinstance(each, dict | list):
            yield from references(each)
    if isinstance(node, dict) and "." in node.get("reference", ""):
        yield node["reference"]


REPORTED = ("DiagnosticReport", "Observation", "ServiceRequest", "Specimen")


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("pv1", [(PV1,), ()])
def test_a_result_under_the_old_number_is_one_of_the_visit_where_that_is(tjh, known, pv1):
    before = [result("100", "P", 5)] if known else []
    tjh(*begun(*before), moves("200", "100"))
    (receipt,) = tjh(result("100", "F", 6, pv1=pv1))
    if not (known or pv1):  # nothing of it had moved
        assert FOUND not in tjh.findings(receipt.seq)
        return
    assert FOUND in tjh.findings(receipt.seq)
    assert of(tjh, *REPORTED) == {(type_, "200"): 1 for type_ in REPORTED}
    (value,) = tjh.resources("Observation")
    assert (value["status"], value["valueQuantity"]["value"]) == ("final", 6)


@pytest.mark.parametrize("merged_into", [None, "300"])
def test_it_goes_after_what_moved_again_or_was_merged(tjh, merged_into):
    last = moves("300", "200", at=900)
    if merged_into:
        last = sent("ADT^A40", merged_into, "MRG|200^^^TJH01^MR", at=900)
    tjh(*begun(result("100", "P", 5)), moves("200", "100"), last, result("100", "F", 6))
    assert of(tjh, *REPORTED) == {(type_, "300"): 1 for type_ in REPORTED}


def test_a_late_admission_under_the_old_number_tells_when_the_visit_began(tjh):
    tjh(moves("200", "100", at=600), visit("A01", "100", "AL1|1|DA|PEN^P^L", at=500))
    assert of(tjh, "Encounter") == {("Encounter", "100"): 1, ("Encounter", "200"): 1}
    visits = {one["status"]: one for one in tjh.resources("Encounter")}
    assert "period" not in visits["entered-in-error"]
    assert visits["in-progress"]["period"]["start"]
    assert of(tjh, "AllergyIntolerance") == {("AllergyIntolerance", "100"): 1}


def test_a_list_of_the_visit_s_diagnoses_goes_with_it(tjh):
    first, second = "DG1|1||I10^Hypertension^I10", "DG1|2||E11.9^Diabetes^I10"
    tjh(*begun(), visit("A08", "100", first, second, application="ICU"), moves("200", "100"))
    tjh(visit("A08", "100", first, application="ICU"))
    assert of(tjh, "Condition", "Encounter") == {
        ("Condition", "200"): 2, ("Encounter", "100"): 1, ("Encounter", "200"): 1,
    }  # fmt: skip
    states = {
        one["code"]["coding"][0]["code"]: one["clinicalStatus"]["coding"][0]["code"]
        for one in tjh.resources("Condition")
    }
    assert states == {"I10": "active", "E11.9": "inactive"}


def test_a_document_goes_with_its_data(tjh):
    txa, obx = "TXA|1|DS|AP|||||||||DOC1", f"OBX|1|ED|PDF^Report||^AP^PDF^Base64^{PDF}||||||F"
    tjh(*begun(), moves("200", "100"), sent("MDM^T02", "100", PV1, txa, obx))
    assert of(tjh, "DocumentReference") == {("DocumentReference", "200"): 1}
    (document,) = tjh.resources("DocumentReference")
    with tjh.store.read() as tx:
        (row,) = tx.resources.rows([tjh.home("200")], ["Binary"])
    assert f"Binary/{row.id}" in [each["attachment"].get("url") for each in document["content"]]


def test_a_charge_to_an_account_that_moved_is_one_of_the_account_where_that_is(tjh):
    tjh(*begun(), charge("100", "T1"))
    tjh(sent("ADT^A44", "200", "MRG|100^^^TJH01^MR||A1", account="A1"))
    (receipt,) = tjh(charge("100", "T2"))
    assert FOUND in tjh.findings(receipt.seq)
    assert of(tjh, "ChargeItem") == {("ChargeItem", "200"): 2}


def test_what_is_named_where_it_is_is_not_looked_for(tjh):
    tjh(*begun(), moves("200", "100"))
    for message in (result("200", "F"), sent("ADT^A31", "100"), moves("200", "100")):
        (receipt,) = tjh(message)
        assert FOUND not in tjh.findings(receipt.seq)


def test_who_moved_a_visit_may_begin_another_one_of_its_number(tjh):
    tjh(*begun(), moves("200", "100"), visit("A01", "100"))
    (receipt,) = tjh(result("100", "F"))
    assert FOUND not in tjh.findings(receipt.seq)
    assert of(tjh, *REPORTED) == {(type_, "100"): 1 for type_ in REPORTED}
    assert [one["status"] for one in tjh.resources("Encounter")] == ["in-progress"] * 2


def test_what_moved_within_a_record_is_followed_there(tjh):
    """Visit V1 of 100 became V2 of 200; then both records were one person's."""
    renumbered = sent("ADT^A45", "200", "MRG|100^^^TJH01^MR||||V1", f"{PV1[:-1]}2", at=900)
    tjh(*begun(), renumbered, sent("ADT^A40", "200", "MRG|100^^^TJH01^MR", at=901))
    (receipt,) = tjh(result("200", "F"))
    assert FOUND in tjh.findings(receipt.seq)
    (value,) = tjh.resources("Observation")
    living = next(one for one in tjh.resources("Encounter") if one["status"] == "in-progress")
    assert value["encounter"]["reference"] == f"Encounter/{living['id']}"


def test_a_visit_that_went_with_its_account_is_followed_until_it_is_begun_anew(tjh):
    account = {"account": "A1"}
    tjh(visit("A01", "100", at=100, **account), sent("ADT^A28", "200"), result("100", "P"))
    tjh(sent("ADT^A44", "200", "MRG|100^^^TJH01^MR||A1", at=200, **account))
    for message in (visit("A08", "100", at=150, **account), result("100", "F", pv1=())):
        (receipt,) = tjh(message)
        assert FOUND in tjh.findings(receipt.seq)
    assert of(tjh, "Encounter", *REPORTED) == {
        (type_, "200"): 1 for type_ in ("Encounter", *REPORTED)
    }
    (receipt,) = tjh(visit("A01", "100", at=300))
    assert FOUND not in tjh.findings(receipt.seq)
    assert of(tjh, "Encounter") == {("Encounter", "100"): 1, ("Encounter", "200"): 1}
