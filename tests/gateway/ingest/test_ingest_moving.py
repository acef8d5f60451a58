"""Visits and accounts that move to another record: what goes with them, what stays, what comes."""

from __future__ import annotations

import base64
from itertools import count

import pytest
from ingest_feed import hl7

from gateway.ingest.findings import load

_SENT = count(1)
PDF = base64.b64encode(b"%PDF-1.4 synthetic").decode()


def sent(type_, patient, *segments):
    number, _, account = patient.partition("/")
    pid = f"PID|1||{number}^^^TJH01^MR||Doe^{number}||19800101|M{'|' * 10}{account}"
    return hl7(pid, *segments, type_=type_, control_id=f"M{next(_SENT)}", version="2.5.1")


def pv1(number, more=""):
    return f"PV1|1|I{'|' * 17}{number}{more}"


def report(patient, visit, number="1", value="5.1", status="F"):
    return sent(
        "ORU^R01", patient, *([pv1(visit)] if visit else []), f"ORC|RE|P{number}|F{number}",
        f"OBR|1|P{number}|F{number}|GLU|||20260301080000||||||||||||||||||{status}",
        f"OBX|1|NM|GLU||{value}|mmol/L|||||{status}", f"SPM|1|S{number}||BLD",
    )  # fmt: skip


def moves(patient="N2", prior="N1", visit="V1"):
    return sent("ADT^A45", patient, f"MRG|{prior}^^^TJH01^MR||||{visit}", pv1(visit))


def kept(tjh, patient):
    """The resources of a record, by type, and that whatever they refer to is there."""
    home = tjh.home(patient)
    own = [one for one in tjh.resources() if one["id"].startswith(home)]
    found = {}
    for one in own:
        found.setdefault(one["resourceType"], []).append(one)
    there = {f"{one['resourceType']}/{one['id']}" for one in own}
    inside = {f"Patient/{found['Patient'][0]['id']}"} | there
    for reference in references(own):
        if "." in reference and not reference.startswith(("Practitioner", "Organ", "Location")):
            assert reference in inside
    return found


def references(node):
    for each in node.values() if isinstance(node, dict) else node:
        if isinstance(each, dict | list):
            yield from references(each)
    if isinstance(node, dict) and "reference" in node:
        yield node["reference"]


def kinds(tjh, patient):
    return {type_: len(each) for type_, each in kept(tjh, patient).items() if type_ != "Patient"}


STUB = {"Encounter": 1}
OF_A_REPORT = {
    "DiagnosticReport": 1, "Encounter": 1, "Observation": 1, "ServiceRequest": 1, "Specimen": 1,
}  # fmt: skip


def test_a_visit_moves_with_all_that_belongs_to_it(tjh):
    tjh(sent("ADT^A01", "N1", pv1("V1"), "DG1|1||I10^HT^I10"), report("N1", "V1"))
    tjh(sent("ADT^A04", "N2", pv1("W1")), moves())
    assert kinds(tjh, "N1") == STUB
    (stub,) = kept(tjh, "N1")["Encounter"]
    assert stub["status"] == "entered-in-error"
    assert kinds(tjh, "N2") == OF_A_REPORT | {"Condition": 1, "Encounter": 2}
    (result,) = kept(tjh, "N2")["Observation"]
    assert (result["valueQuantity"]["value"], result["status"]) == (5.1, "final")
    visit = next(one for one in kept(tjh, "N2")["Encounter"] if "V1" in str(one["identifier"]))
    assert result["encounter"]["reference"] == f"Encounter/{visit['id']}"
    assert visit["diagnosis"][0]["condition"]["reference"].startswith("Condition/")


def test_what_was_never_told_of_where_it_moved_from_was_of_that_patient(tjh):
    tjh(
        sent("ADT^A04", "N1", pv1("W1")), moves(), sent("ADT^A44", "N2/A1", "MRG|N1^^^TJH01^MR||A1")
    )
    left = kept(tjh, "N1")
    (patient,), (account,) = left["Patient"], left["Account"]
    stub = next(one for one in left["Encounter"] if one["status"] == "entered-in-error")
    assert [stub["subject"]] == account["subject"] == [{"reference": f"Patient/{patient['id']}"}]
    tjh(moves("N3", "N4", "V3"))
    assert [one for one in tjh.resources("Encounter") if "subject" not in one]  # nobody is known


def test_a_document_moves_with_its_data(tjh):
    document = ["TXA|1|DS|AP|||||||||DOC1", f"OBX|1|ED|PDF^Report||^AP^PDF^Base64^{PDF}||||||F"]
    tjh(sent("MDM^T02", "N1", pv1("V1"), *document), sent("ADT^A04", "N2"), moves())
    (moved,) = kept(tjh, "N2")["DocumentReference"]
    home = tjh.home("N2")
    with tjh.store.read() as tx:
        (row,) = tx.resources.rows([home], ["Binary"])
        assert tx.resources.rows([tjh.home("N1")], ["Binary"]) == []
        assert PDF in tx.resources.body(row).decode()
    urls = [one["attachment"].get("url") for one in moved["content"]]
    assert f"Binary/{row.id}" in urls


def test_what_is_of_another_visit_or_of_the_patient_stays(tjh):
    tjh(
        sent("ADT^A01", "N1/A1", pv1("V1"), "AL1|1||NUT^Nuts"), report("N1", "V1"),
        sent("ADT^A04", "N1", pv1("V2")), report("N1", "V2", "2"), report("N1", "", "3"),
        sent("ADT^A04", "N2"), moves(),
    )  # fmt: skip
    assert kinds(tjh, "N2") == OF_A_REPORT
    stayed = dict.fromkeys(OF_A_REPORT, 2)
    assert kinds(tjh, "N1") == stayed | {"Account": 1, "AllergyIntolerance": 1}


def test_what_leaves_something_behind_that_it_refers_to_is_found(tjh):
    charge = "FT1|1|T1||20260301||CG|GLU^Glucose||||10&CNY"
    tjh(sent("DFT^P03", "N1/A1", pv1("V1"), charge), sent("ADT^A04", "N2"))
    (receipt,) = tjh(moves())
    (moved,) = kept(tjh, "N2")["ChargeItem"]
    assert "account" not in moved
    with tjh.store.read() as tx:
        found = load(tx.spool.findings(tx.spool.get(receipt.seq)))
    left = [each for each in found if each["code"] == "reference-left"]
    assert [(each["location"], each["detail"]) for each in left] == [
        ("Encounter", "Account"), ("ChargeItem", "Account"),
    ]  # fmt: skip


def test_what_leaves_nothing_behind_is_not_found(tjh):
    tjh(report("N1", "V1"), sent("ADT^A04", "N2"))
    (receipt,) = tjh(moves())
    assert "reference-left" not in tjh.findings(receipt.seq)


def test_a_specimen_of_two_visits_is_in_both_records(tjh):
    second = report("N1", "V2", "2").replace(b"SPM|1|S2", b"SPM|1|S1")
    tjh(report("N1", "V1"), second, sent("ADT^A04", "N2"), moves())
    assert kinds(tjh, "N2")["Specimen"] == kinds(tjh, "N1")["Specimen"] == 1


@pytest.mark.parametrize("together", [True, False])
def test_a_later_correction_finds_what_moved(tjh, together):
    messages = [
        report("N1", "V1"), sent("ADT^A04", "N2"), moves(), report("N2", "V1", "1", "8.8", "C"),
    ]  # fmt: skip
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    assert kinds(tjh, "N2") == OF_A_REPORT
    (result,) = kept(tjh, "N2")["Observation"]
    assert (result["valueQuantity"]["value"], result["status"]) == (8.8, "corrected")


def test_what_the_record_knows_already_stands(tjh):
    tjh(report("N2", "V1", "1", "8.8", "C"), report("N1", "V1"), moves())
    (result,) = kept(tjh, "N2")["Observation"]
    assert (result["valueQuantity"]["value"], result["status"]) == (8.8, "corrected")
    assert kinds(tjh, "N1") == STUB


def test_a_visit_that_moves_back_is_as_it_was(tjh):
    tjh(report("N1", "V1"), sent("ADT^A04", "N2"))
    before = kept(tjh, "N1")["Observation"][0]["valueQuantity"]
    tjh(moves())
    tjh(moves("N1", "N2"))
    assert kinds(tjh, "N1") == OF_A_REPORT
    assert kept(tjh, "N1")["Observation"][0]["valueQuantity"] == before
    assert kinds(tjh, "N2") == STUB
    assert "entered-in-error" in str(kept(tjh, "N2")["Encounter"])


def test_a_replay_brings_nothing_back(tjh):
    receipts = [*tjh(report("N1", "V1")), *tjh(moves())]
    tjh(report("N2", "V1", "1", "8.8", "C"))
    with tjh.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE spool SET state = 'pending' WHERE seq < 3")
    tjh.worker.drain()
    assert kinds(tjh, "N1") == STUB
    assert kinds(tjh, "N2") == OF_A_REPORT
    assert kept(tjh, "N2")["Observation"][0]["status"] == "corrected"
    assert set(tjh.findings(receipts[0].seq)) == {"moved-before", "superseded"}


def test_a_visit_nobody_knows_moves_alone(tjh):
    tjh(moves())
    assert kinds(tjh, "N2") == STUB


def test_an_account_moves_with_its_charges_and_what_was_done_under_it(tjh):
    charge = "FT1|1|T1||20260301||CG|GLU^Glucose||||10&CNY"
    tjh(
        sent("ADT^A01", "N1/A1", pv1("V1"), "DG1|1||I10^HT^I10", "PR1|1||APP^Appendectomy^L"),
        report("N1", "V1"),
        sent("DFT^P03", "N1/A1", pv1("V1"), charge),
        sent("DFT^P03", "N1/A2", pv1("V2"), charge.replace("|T1|", "|T2|")),
        report("N1", "V2", "2"),
    )
    tjh(sent("ADT^A44", "N2/A1", "MRG|N1^^^TJH01^MR||A1"))
    found = {"Account": 1, "ChargeItem": 1, "Condition": 1, "Procedure": 1}
    assert kinds(tjh, "N2") == OF_A_REPORT | found
    assert kinds(tjh, "N1") == OF_A_REPORT | {"Account": 2, "ChargeItem": 1}
    (visit,) = kept(tjh, "N2")["Encounter"]
    (account,) = kept(tjh, "N2")["Account"]
    assert visit["account"] == [{"reference": f"Account/{account['id']}"}]
    assert kept(tjh, "N2")["ChargeItem"][0]["context"]["reference"] == f"Encounter/{visit['id']}"
    assert sorted(one["status"] for one in kept(tjh, "N1")["Account"]) == [
        "active", "entered-in-error",
    ]  # fmt: skip
    tjh(sent("ADT^A03", "N2/A1", pv1("V1")), report("N2", "V1", "1", "8.8", "C"))
    (visit,) = kept(tjh, "N2")["Encounter"]
    assert visit["status"] == "finished"
    assert [one["status"] for one in kept(tjh, "N2")["Observation"]] == ["corrected"]


def results(patient, *segments, number="P1", filler="F1", status="F"):
    obr = f"OBR|1|{number}|{filler}|CRV^Curve^L|||20260301080000{'|' * 18}{status}"
    return sent("ORU^R01", patient, pv1("V1"), obr, *segments)


def glucose(value, hour, status="F"):
    at = f"|||202603010{hour}0000"
    return f"OBX|1|NM|GLU^Glucose^L||{value}|mmol/L|||||{status}{at}"


def test_a_correction_finds_its_measurement_of_a_series_that_moved(tjh):
    tjh(results("N1", glucose(5.1, 8), glucose(6.1, 9)), sent("ADT^A04", "N2"), moves())
    tjh(results("N2", glucose(6.6, 9, "C"), status="C"))
    found = kept(tjh, "N2")["Observation"]
    assert sorted((one["valueQuantity"]["value"], one["status"]) for one in found) == [
        (5.1, "final"), (6.6, "corrected"),
    ]  # fmt: skip


def test_an_order_that_moved_is_found_by_each_of_its_numbers(tjh):
    tjh(results("N1", glucose(5.1, 8), number=""), results("N1", glucose(5.1, 8)))
    tjh(sent("ADT^A04", "N2"), moves())
    tjh(results("N2", glucose(6.6, 8, "C"), filler="", status="C"))
    assert kinds(tjh, "N2") == dict.fromkeys(OF_A_REPORT.keys() - {"Specimen"}, 1)
    (order,) = kept(tjh, "N2")["ServiceRequest"]
    assert sorted(one["value"] for one in order["identifier"]) == ["F1", "P1"]


def test_a_number_that_the_other_record_knows_leads_to_its_order_there(tjh):
    tjh(results("N1", glucose(5.1, 8), number=""), results("N1", glucose(5.1, 8)))
    tjh(results("N2", glucose(6.6, 8)), moves())
    assert kinds(tjh, "N2")["ServiceRequest"] == 1
    tjh(results("N2", glucose(7.7, 8, "C"), status="C"))
    assert kinds(tjh, "N2")["ServiceRequest"] == kinds(tjh, "N2")["Observation"] == 1


def test_a_result_that_moved_finds_its_parent_when_that_comes(tjh):
    member = f"OBR|1||F2|SUS^Susceptibility^L{'|' * 21}F|600-7&Bacteria&LN^1^X|||PF1^F1"
    tjh(sent("ORU^R01", "N1", pv1("V1"), member, "OBX|1|SN|18906-8^Cipro^LN||<=^0.25|ug/mL|||||F"))
    tjh(sent("ADT^A04", "N2"), moves())
    organism = "OBX|1|CWE|600-7^Bacteria^LN|1|X1^Organism^L||||||F"
    tjh(sent("ORU^R01", "N2", pv1("V1"), "OBR|1|PF1|F1|MIC^Culture^L", organism))
    found = {one["code"]["text"]: one for one in kept(tjh, "N2")["Observation"]}
    (named,) = found["Cipro"]["derivedFrom"]
    assert named["reference"] == f"Observation/{found['Bacteria']['id']}"


def diagnoses(event, patient, *codes):
    listed = [f"DG1|{n}||{code}^^I10" for n, code in enumerate(codes, 1)]
    return sent(f"ADT^{event}", patient, pv1("V1"), *listed)


def test_a_list_of_a_visit_that_moved_takes_back_what_it_leaves_out(tjh):
    tjh(diagnoses("A01", "N1", "I10", "E11.9"), sent("ADT^A04", "N2"), moves())
    tjh(diagnoses("A08", "N2", "I10"))
    states = {
        one["code"]["coding"][0]["code"]: one.get("clinicalStatus", {}).get("coding", [{}])[0]
        for one in kept(tjh, "N2")["Condition"]
    }
    assert {code: state.get("code") for code, state in states.items()} == {
        "I10": "active", "E11.9": "inactive",
    }  # fmt: skip


@pytest.mark.parametrize("prior", ["N1", "N9"])
def test_a_visit_moves_from_whichever_record_has_it(tjh, prior):
    tjh(report(prior, "V1"), sent("ADT^A04", "N2"))
    tjh(sent("ADT^A45", "N2", "MRG|N1^^^TJH01^MR~N9^^^TJH01^MR||||V1", pv1("V1")))
    assert kinds(tjh, "N2") == OF_A_REPORT
    assert kinds(tjh, prior) == STUB
    assert len(tjh.resources("Encounter")) == 2


def test_a_visit_moves_from_each_record_that_has_it(tjh):
    tjh(report("N1", "V1"), report("N9", "V1", "2"), sent("ADT^A04", "N2"))
    tjh(sent("ADT^A45", "N2", "MRG|N1^^^TJH01^MR~N9^^^TJH01^MR~N2^^^TJH01^MR||||V1", pv1("V1")))
    assert kinds(tjh, "N2") == dict.fromkeys(OF_A_REPORT, 2) | STUB
    assert kinds(tjh, "N1") == kinds(tjh, "N9") == STUB


def test_an_order_that_moved_finds_what_it_is_part_of_when_that_comes(tjh):
    part = f"OBR|1|P2|F2|SUS^Susc^L{'|' * 25}P1^F1"
    tjh(sent("ORU^R01", "N1", pv1("V1"), part, "OBX|1|ST|X||x||||||F"), sent("ADT^A04", "N2"))
    tjh(moves(), results("N2", glucose(5.1, 8)))
    found = {one["identifier"][0]["value"]: one for one in kept(tjh, "N2")["ServiceRequest"]}
    assert found["P2"]["basedOn"][0]["reference"] == f"ServiceRequest/{found['P1']['id']}"


def test_an_insured_account_moves_and_leaves_its_coverage_behind(tjh):
    guarantor, plan = f"GT1|1|G1|Payer^Pa{'|' * 10}20260101", f"IN1|1|GOLD|C1|Company{'|' * 18}1"
    tjh(sent("BAR^P01", "N1/A1", pv1("V1"), guarantor, plan))
    assert kept(tjh, "N1")["Account"][0]["coverage"]
    (receipt,) = tjh(sent("ADT^A44", "N2/A1", "MRG|N1^^^TJH01^MR||A1"))
    assert "reference-left" in tjh.findings(receipt.seq)
    (account,) = kept(tjh, "N2")["Account"]
    assert [one["value"] for one in account["identifier"]] == ["A1"]
    assert "coverage" not in account
    assert "guarantor" not in account


def test_what_moves_takes_no_restriction_away(tjh):
    """An order is known in the other record, where its sender said that it is restricted."""

    def order(number, confidentiality, *more):
        orc = f"ORC|NW|O1{'|' * 26}{confidentiality}"
        return sent("OML^O21", number, *more, orc, "OBR|1|O1||CBC^Count^L")

    tjh(order("N1", "N", pv1("V1")), order("N2", "R"), moves())
    (found,) = kept(tjh, "N2")["ServiceRequest"]
    assert "R" in {one["code"] for one in found["meta"]["security"]}


def labelled(tjh, patient):
    """Return the types of what is confidential in a record."""
    found = kept(tjh, patient)
    return {
        type_ for type_, each in found.items() if any("security" in one["meta"] for one in each)
    }


def begun(patient, number="V1", pd1="", pv2=""):
    segments = [f"PD1{'|' * 12}{pd1}", pv1(number), f"PV2{'|' * 22}{pv2}", "DG1|1||I10^x^I10"]
    return sent("ADT^A01", patient, *(one for one in segments if not one.endswith("|")))


def test_what_moves_leaves_the_restriction_of_the_wrong_patient_behind(tjh):
    tjh(begun("N1", pd1="Y"), sent("ADT^A28", "N2"))
    assert labelled(tjh, "N1") == {"Condition", "Encounter", "Patient"}
    tjh(moves())
    assert labelled(tjh, "N2") == set()
    tjh(moves("N1", "N2"))
    assert labelled(tjh, "N1") == {"Condition", "Encounter", "Patient"}


def test_what_moves_stays_as_restricted_as_itself_or_its_new_patient_is(tjh):
    tjh(begun("N1", "V1", pv2="Y"), begun("N1", "V2"), sent("ADT^A28", "N2"))
    tjh(sent("ADT^A28", "N3", f"PD1{'|' * 12}Y"))
    tjh(moves("N2", "N1", "V1"), moves("N3", "N1", "V2"))
    assert labelled(tjh, "N2") == {"Condition", "Encounter"}
    assert labelled(tjh, "N3") == {"Condition", "Encounter", "Patient"}
