"""What goes on after a merge: everything of either number is one record, under the survivor's."""

from __future__ import annotations

import base64
from itertools import count, permutations

import pytest
from ingest_feed import hl7
from ingest_feed import sent as in_batches

from gateway.ingest.arrival.replay import replay

_SENT = count(1)
PDF = base64.b64encode(b"%PDF-1.4 synthetic").decode()
BOTH = pytest.mark.parametrize("together", [True, False])


def sent(type_, number, *segments, hour=None):
    pid = f"PID|1||{number}^^^TJH01^MR||Doe^Jo||19800101|M"
    at = f"202603010{hour}0000" if hour else f"202602280{next(_SENT):06d}"[:14]
    return hl7(pid, *segments, type_=type_, control_id=f"S{next(_SENT)}", version="2.5.1", sent=at)


def merge(surviving, retired, event="A40", hour=None):
    return sent(f"ADT^{event}", surviving, f"MRG|{retired}^^^TJH01^MR", hour=hour)


def visit(event, number, *segments, hour=None):
    pv1 = f"PV1|1|I|W1^101^1{'|' * 16}V1"
    return sent(f"ADT^{event}", number, f"EVN|{event}|2026030110", pv1, *segments, hour=hour)


def result(number, status, value, *, placer="O1", hour=None):
    obr = f"OBR|1|{placer}|F1|GLU^Glucose^L|||20260301080000{'|' * 18}{status}"
    return sent("ORU^R01", number, obr, f"OBX|1|NM|GLU^Glucose^L||{value}|mmol/L|||||{status}",
                hour=hour)  # fmt: skip


def drug(number, control, *, detail="RXE|^BID|AMOX^Amoxicillin^L|250||mg"):
    return sent("RDE^O11", number, f"ORC|{control}|RX1", *([detail] if detail else []))


def of(tjh, type_):
    """Return whose each resource of a type is, and what it says: its state, or its code."""
    numbers = {
        one["id"].partition(".")[0]: one["identifier"][0]["value"]
        for one in tjh.resources("Patient")
    }
    found = []
    for one in tjh.resources(type_):
        home = one["id"].partition(".")[0]
        whose = next(one[name] for name in ("subject", "patient", "beneficiary") if name in one)
        assert whose["reference"].startswith(f"Patient/{home}.")
        state = one.get("status") or one["clinicalStatus"]["coding"][0]["code"]
        found.append((numbers[home], state))
    return sorted(found)


BEGUN = [visit("A01", "100", "AL1|1|DA|PEN^Penicillin^L"), result("100", "P", 5), drug("100", "NW")]
DONE = [visit("A03", "200", "AL1|1|DA|PEN^Penicillin^L"), result("200", "F", 6), drug("200", "DC")]
STATES = {
    "AllergyIntolerance": [("200", "active")],
    "DiagnosticReport": [("200", "final")],
    "Encounter": [("200", "finished")],
    "MedicationRequest": [("200", "stopped")],
    "Observation": [("200", "final")],
    "ServiceRequest": [("200", "completed")],
}


@BOTH
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("event", ["A40", "A47"])
def test_what_was_begun_is_ended_under_the_number_that_survived(tjh, together, known, event):
    survivor = [sent("ADT^A28", "200")] if known else []
    in_batches(tjh, [*BEGUN, *survivor, merge("200", "100", event), *DONE], together)
    assert {type_: of(tjh, type_) for type_ in STATES} == STATES
    (seen,) = tjh.resources("Encounter")
    assert seen["period"].keys() == {"start", "end"}
    (value,) = tjh.resources("Observation")
    assert value["valueQuantity"]["value"] == 6


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_it_is_the_same_in_whatever_order_the_lanes_are_worked_on(tjh, order):
    """What was sent first under the old number, the merge, and what was sent last under the new."""
    lanes = [
        [visit("A01", "100", hour=1), result("100", "P", 5, hour=1)],
        [merge("200", "100")],
        [visit("A03", "200", hour=2), result("200", "F", 6, hour=2)],
    ]
    for number in order:
        tjh(*lanes[number])
    assert of(tjh, "Encounter") == [("200", "finished")]
    assert of(tjh, "Observation") == of(tjh, "DiagnosticReport") == [("200", "final")]
    (value,) = tjh.resources("Observation")
    assert value["valueQuantity"]["value"] == 6


@BOTH
def test_what_is_still_sent_under_the_old_number_is_of_the_same(tjh, together):
    late = [result("100", "C", 7), drug("100", "CA", detail=""), visit("A03", "100")]
    in_batches(tjh, [*BEGUN, merge("200", "100"), *late], together)
    assert of(tjh, "Encounter") == [("200", "finished")]
    assert of(tjh, "Observation") == [("200", "corrected")]
    assert of(tjh, "MedicationRequest") == [("200", "cancelled")]
    assert tjh.patient("100")["active"] is False


@BOTH
@pytest.mark.parametrize("inner_first", [True, False])
def test_a_chain_of_merges_leads_to_its_end(tjh, together, inner_first):
    merges = [merge("150", "100"), merge("200", "150")]
    merges = merges if inner_first else merges[::-1]
    in_batches(tjh, [*BEGUN, result("150", "P", 4, placer="O2"), *merges, *DONE], together)
    assert of(tjh, "Encounter") == [("200", "finished")]
    assert {whose for whose, _ in of(tjh, "Observation")} == {"200"}


def test_a_merge_turned_round_takes_all_of_it_back(tjh):
    tjh(*BEGUN, merge("200", "100"), result("200", "F", 6), merge("100", "200"))
    assert of(tjh, "Encounter") == [("100", "in-progress")]
    assert of(tjh, "Observation") == [("100", "final")]
    tjh(result("200", "C", 7))
    assert of(tjh, "Observation") == [("100", "corrected")]


@BOTH
@pytest.mark.parametrize("resent", [True, False])
def test_an_old_merge_turns_none_round(tjh, resent, together):
    """Late, or sent again after a mistake was mended the other way about."""
    first = [merge("200", "100", hour=7)] if resent else []
    again = merge("200", "100", hour=7)
    in_batches(tjh, [*BEGUN, *first, merge("100", "200", hour=9), again], together)
    states = {one["identifier"][0]["value"]: one["active"] for one in tjh.resources("Patient")}
    assert states == {"100": True, "200": False}
    assert of(tjh, "Encounter") == [("100", "in-progress")]
    tjh(merge("200", "100", hour=8), result("200", "F", 6))
    assert of(tjh, "Observation") == [("100", "final")]
    tjh(merge("200", "100", hour=10))
    assert of(tjh, "Observation") == [("200", "final")]


@BOTH
def test_of_several_retired_records_an_old_merge_turns_none_round(tjh, together):
    retired = "MRG|100^^^TJH01^MR~300^^^TJH01^MR"
    late = sent("ADT^A40", "200", retired, hour=7)
    messages = [*BEGUN, sent("ADT^A28", "300"), merge("300", "200", hour=9), late]
    in_batches(tjh, messages, together)
    assert of(tjh, "Encounter") == [("300", "in-progress")]


def test_the_same_messages_again_change_nothing(tjh):
    tjh(*BEGUN, merge("200", "100"), *DONE)
    before = tjh.resources()
    with tjh.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE spool SET state = 'quarantined', reason = 'again'")
    assert replay(tjh.store).pending == len(BEGUN) + 1 + len(DONE)
    tjh.worker.drain()
    assert tjh.resources() == before


def test_what_was_known_of_both_becomes_one(tjh):
    """The survivor's number came before the merge: nothing was known of the other yet."""
    tjh(*BEGUN, *DONE)
    assert [whose for whose, _ in of(tjh, "Encounter")] == ["100", "200"]
    tjh(merge("200", "100"))
    assert {type_: of(tjh, type_) for type_ in STATES} == STATES
    (seen,) = tjh.resources("Encounter")
    assert seen["period"].keys() == {"start", "end"}


def test_a_preliminary_that_came_last_does_not_undo_the_final(tjh):
    tjh(result("200", "F", 6), result("100", "P", 5), merge("200", "100"))
    (value,) = tjh.resources("Observation")
    assert (value["status"], value["valueQuantity"]["value"]) == ("final", 6)


def test_an_order_that_either_knew_by_another_number_is_one(tjh):
    tjh(result("100", "P", 5, placer=""), result("200", "F", 6), merge("200", "100"))
    assert of(tjh, "ServiceRequest") == [("200", "completed")]
    tjh(result("200", "C", 7, placer=""))
    assert of(tjh, "ServiceRequest") == [("200", "completed")]


def test_an_order_is_found_by_its_filler_s_number_alone(tjh):
    tjh(*BEGUN, merge("200", "100"), result("200", "F", 6, placer=""))
    assert of(tjh, "ServiceRequest") == [("200", "completed")]
    assert of(tjh, "Observation") == [("200", "final")]


@BOTH
@pytest.mark.parametrize("number", ["100", "200"])
def test_a_bare_cancellation_finds_the_drug(tjh, together, number):
    refused = sent("ORR^O02", number, "ORC|UA|RX1")
    in_batches(tjh, [drug("100", "NW"), merge("200", "100"), refused], together)
    assert [whose for whose, _ in of(tjh, "MedicationRequest")] == ["200"]
    assert tjh.resources("ServiceRequest") == []


def test_an_answer_without_a_patient_finds_the_order(tjh):
    tjh(result("100", "P", 5), merge("200", "100"))
    tjh(hl7("MSA|AA|1", "ORC|UA|O1", type_="ORR^O02", control_id="answer"))
    assert of(tjh, "ServiceRequest") == [("200", "revoked")]


def test_a_document_goes_with_its_data(tjh):
    document = ["TXA|1|DS|AP|||||||||DOC1", f"OBX|1|ED|PDF^Report||^AP^PDF^Base64^{PDF}||||||F"]
    tjh(sent("MDM^T02", "100", *document), merge("200", "100"))
    assert of(tjh, "DocumentReference") == [("200", "current")]
    (document,) = tjh.resources("DocumentReference")
    urls = [one["attachment"].get("url", "") for one in document["content"]]
    with tjh.store.read() as tx:
        (row,) = tx.resources.rows([tjh.home("200")], ["Binary"])
        assert PDF in tx.resources.body(row).decode()
        assert f"Binary/{row.id}" in urls
        assert tx.resources.rows([tjh.home("100")], ["Binary"]) == []


def test_a_list_takes_back_what_the_retired_record_had_only_once_it_has_had_it(tjh):
    nut, pen, latex = (
        f"AL1|{n}|DA|{code}^{code}^L" for n, code in enumerate(("NUT", "PEN", "LAT"), 1)
    )

    def active():
        return sorted(
            one["code"]["coding"][0]["code"] for one in tjh.resources("AllergyIntolerance")
            if one["clinicalStatus"]["coding"][0]["code"] == "active"
        )  # fmt: skip

    tjh(visit("A08", "100", nut, pen), visit("A08", "200", latex), merge("200", "100"))
    tjh(visit("A08", "200", latex))
    assert active() == ["LAT", "NUT", "PEN"]
    tjh(visit("A08", "200", latex, pen))
    tjh(visit("A08", "200", latex))
    assert active() == ["LAT", "NUT"]


def test_what_a_visit_s_list_leaves_out_is_closed_though_the_visit_moved(tjh):
    first, second = "DG1|1||I10^Hypertension^I10", "DG1|2||E11.9^Diabetes^I10"
    tjh(visit("A01", "100", first, second), merge("200", "100"), visit("A08", "200", first))
    assert of(tjh, "Condition") == [("200", "active"), ("200", "inactive")]


def test_a_visit_that_moves_within_one_record_stays(tjh):
    mrg = "MRG|100^^^TJH01^MR||||V1"
    tjh(*BEGUN, merge("200", "100"), sent("ADT^A45", "200", mrg, "PV1|1|I|||||||||||||||||V1"))
    assert of(tjh, "Encounter") == [("200", "in-progress")]
    assert len(of(tjh, "Observation")) == 1


def test_a_visit_of_the_old_number_moves_from_where_it_is(tjh):
    mrg = "MRG|100^^^TJH01^MR||||V1"
    tjh(*BEGUN, merge("200", "100"), sent("ADT^A28", "300"))
    tjh(sent("ADT^A45", "300", mrg, "PV1|1|I|||||||||||||||||V1"))
    assert of(tjh, "Encounter") == [("200", "entered-in-error"), ("300", "in-progress")]


def test_a_number_that_was_merged_before_it_was_known_is_the_survivor_s(tjh):
    tjh(sent("ADT^A40", "200", "MRG|50^^^TJH01^MR~100^^^TJH01^MR"), *BEGUN, *DONE)
    assert {type_: of(tjh, type_) for type_ in STATES} == STATES


def test_what_was_told_of_it_last_is_still_known(tjh):
    """The clocks of its senders go with a resource."""
    tjh(visit("A03", "100", hour=5), merge("200", "100"))
    (receipt,) = tjh(visit("A01", "200", hour=4))
    assert "superseded" in tjh.findings(receipt.seq)
    assert of(tjh, "Encounter") == [("200", "finished")]


def test_nothing_of_a_retired_record_is_written_into_one_that_was_erased(tjh):
    tjh(*BEGUN, merge("200", "100"))
    with tjh.store.begin() as tx:
        tx.compartments.destroy(tx.merges.group(tjh.home("100")).survivor)
    (receipt,) = tjh(result("100", "F", 6))
    assert tjh.entry(receipt.seq).reason == "record-erased"


@BOTH
def test_records_that_were_merged_are_not_parted_by_an_unlinking(tjh, together):
    messages = [*BEGUN, merge("200", "100"), sent("ADT^A28", "300"),
                sent("ADT^A37", "200", "PID|1||100^^^TJH01^MR"),
                sent("ADT^A37", "200", "PID|1||300^^^TJH01^MR")]  # fmt: skip
    receipts = in_batches(tjh, messages, together)
    assert [tjh.findings(one.seq) for one in receipts[-2:]] == [["still-merged"], []]
    assert of(tjh, "Encounter") == [("200", "in-progress")]


def panel(number, status, *results, placer="O1", filler="F1"):
    """Return a report's message; a result is a sub-id, a code, a value and a state."""
    obr = f"OBR|1|{placer}|{filler}|BMP^Panel^L|||20260301080000{'|' * 18}{status}"
    obx = [
        f"OBX|{at}|NM|{code}|{sub_id}|{value}|mmol/L|||||{state}"
        for at, (sub_id, code, value, state) in enumerate(results, 1)
    ]
    return sent("ORU^R01", number, obr, *obx)


def values(tjh):
    return sorted(
        (one["code"]["coding"][0]["code"], one["status"], one.get("valueQuantity", {}).get("value"))
        for one in tjh.resources("Observation")
    )


GLU, LOINC = "GLU^Glucose^L", "2345-7^Glucose^LN^GLU^Glucose^L"
BEFORE = panel("100", "P", ("1", GLU, 5, "P"), ("2", "NA^Sodium^L", 140, "P"))


@BOTH
@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize(
    ("before", "after", "then"),
    [
        # cancelled without its results; of which one was final
        (BEFORE, panel("200", "X"), [("GLU", "cancelled", None), ("NA", "cancelled", None)]),
        (panel("100", "P", ("", GLU, 5, "F"), ("", "NA^Sodium^L", 140, "P")), panel("200", "X"),
         [("GLU", "final", 5), ("NA", "cancelled", None)]),
        # numbered anew; which says nothing where sub-ids tell results apart, or it is not final
        (BEFORE, panel("200", "F", ("1", "NA^Sodium^L", 141, "F"), ("2", GLU, 6, "F")),
         [("GLU", "final", 6), ("NA", "final", 141)]),
        (panel("100", "P", ("1", GLU, 5, "P")),
         panel("200", "F", ("1", GLU, 6, "F"), ("2", GLU, 7, "F")),
         [("GLU", "final", 6), ("GLU", "final", 7)]),
        (BEFORE, panel("200", "P", ("3", GLU, 6, "F")),
         [("GLU", "final", 6), ("GLU", "preliminary", 5), ("NA", "preliminary", 140)]),
        # its codings turned round
        (panel("100", "P", ("", GLU, 5, "P")), panel("200", "F", ("", LOINC, 6, "F")),
         [("2345-7", "final", 6)]),
    ],
)  # fmt: skip
def test_results_of_a_report_of_both_records_are_told_apart_as_within_one(
    tjh, together, before, after, then, late
):
    merged = merge("200", "100")
    in_batches(tjh, [before, after, merged] if late else [before, merged, after], together)
    assert values(tjh) == then
    (report,) = tjh.resources("DiagnosticReport")
    listed = {each["reference"] for each in report["result"]}
    assert listed == {f"Observation/{one['id']}" for one in tjh.resources("Observation")}


def test_a_cancelled_report_leaves_final_results_of_the_other_record_found(tjh):
    tjh(panel("100", "P", ("", GLU, 5, "F")), panel("200", "X"))
    (receipt,) = tjh(merge("200", "100"))
    assert "results-stand" in tjh.findings(receipt.seq)


@BOTH
def test_a_report_of_two_orders_that_are_one_is_cancelled_with_its_results(tjh, together):
    ordered = sent("OMG^O19", "200", "ORC|NW|O1", "OBR|1|O1||BMP^Panel^L")
    joined = sent("ORR^O02", "200", "ORC|OK|O1|F1", "OBR|1|O1|F1|BMP^Panel^L")
    parts = [
        panel("200", "P", ("1", GLU, 5, "P"), placer=""), panel("200", "X", filler=""), joined,
    ]  # fmt: skip
    in_batches(tjh, [ordered, *parts], together)
    assert values(tjh) == [("GLU", "cancelled", None)]
