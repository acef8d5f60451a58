"""An order is one, whether messages name it by its placer's number, its filler's, or both."""

from __future__ import annotations

from itertools import permutations

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"

_SENT = iter(range(1, 10**6))


def order(placer="", filler="", *, code="GLU", type_="ORM^O01", pid=PID):
    return hl7(
        pid, f"ORC|NW|{placer}|{filler}", f"OBR|1|{placer}|{filler}|{code}",
        type_=type_, control_id=str(next(_SENT)),
    )  # fmt: skip


def result(placer="", filler="", code="GLU"):
    obx = f"OBX|1|NM|{code}||5|mmol/L|||||F"
    return hl7(
        PID, f"OBR|1|{placer}|{filler}|{code}||||||||||||||||||||||F", obx,
        type_="ORU^R01", control_id=str(next(_SENT)),
    )  # fmt: skip


def orders(tjh, type_="ServiceRequest"):
    """Return the orders there are: the numbers of each."""
    found = (one.get("identifier", ()) for one in tjh.resources(type_))
    return sorted(sorted(number["value"] for number in numbers) for numbers in found)


def ordered(tjh):
    """Return the orders that reports refer to."""
    reports = tjh.resources("DiagnosticReport")
    return {reference["reference"] for one in reports for reference in one["basedOn"]}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("same_system", [True, False])
@pytest.mark.parametrize("names", [("P", "PF", "F"), ("F", "PF", "P"), ("PF", "F", "P"),
                                   ("PF", "P", "F"), ("F", "F", "PF", "P", "F")])  # fmt: skip
def test_an_order_is_one_by_either_number(tjh, names, same_system, together):
    placer, filler = "P1^HIS", "F1^HIS" if same_system else "F1^LIS"
    said = [(placer if "P" in name else "", filler if "F" in name else "") for name in names]
    sent(tjh, [order(*each) for each in said], together)
    sent(tjh, [result("", filler), result(placer, filler)], together)
    assert orders(tjh) == [["F1", "P1"]]
    (request,) = tjh.resources("ServiceRequest")
    assert ordered(tjh) == {f"ServiceRequest/{request['id']}"}


@pytest.mark.parametrize("own", ["", "^TJH01", "^TJH01^1.2.3^ISO"])
def test_a_number_of_the_sites_own_is_one_however_that_is_written(tjh, own):
    for placer, filler in (("P1", f"F1{own}"), ("", "F1"), ("", "F1^TJH01"), (f"P1{own}", "F1")):
        tjh(order(placer, filler))
    assert len(orders(tjh)) == 1
    tjh(order("", "F1^LIS"))
    assert len(orders(tjh)) == 2


@pytest.mark.parametrize("names", [*permutations(["P1", "P1^TJH01", "P1"], 2)])
def test_a_number_of_the_sites_own_is_one_identifier_whoever_writes_it(tjh, names):
    for name in names:
        tjh(order(name))
    ((number,),) = (one["identifier"] for one in tjh.resources("ServiceRequest"))
    assert number["system"].endswith("/tjh/TJH01")


@pytest.mark.parametrize("together", [True, False])
def test_two_that_were_apart_are_one_when_a_message_names_both(tjh, together):
    messages = [
        order("P1"), result("", "F1"), order("P1", "F1"), result("", "F1"), order("P1"),
        result("P1", "F1"),
    ]  # fmt: skip
    receipts = tjh(*messages) if together else [tjh(message)[0] for message in messages]
    assert orders(tjh) == [["F1", "P1"]]
    (request,) = tjh.resources("ServiceRequest")
    assert ordered(tjh) == {f"ServiceRequest/{request['id']}"}
    found = [tjh.findings(receipt.seq).count("orders-joined") for receipt in receipts]
    assert found == [0, 0, 1, 0, 0, 0]


def test_what_either_order_had_is_kept_and_what_was_told_last_stands(tjh):
    def said(placer, filler, *fields):
        obr = ["OBR", "1", placer, filler, "GLU", *[""] * 30]
        for number, value in fields:
            obr[number] = value
        return hl7(PID, f"ORC|NW|{placer}|{filler}", "|".join(obr), type_="ORM^O01",
                   control_id=str(next(_SENT)))  # fmt: skip

    tjh(said("P1", "", (17, "^PRN^PH^^^^111"), (27, "^^^20260301^^R")))
    tjh(said("", "F1", (31, "R1^Fever"), (27, "^^^20260302^^S")))
    (kept,) = (o for o in tjh.resources("ServiceRequest") if o["identifier"][0]["value"] == "P1")
    (other,) = (o for o in tjh.resources("ServiceRequest") if o["id"] != kept["id"])
    tjh(order("P1", "F1"))
    (now,) = tjh.resources("ServiceRequest")
    assert now["id"] == kept["id"]
    assert now["extension"] == kept["extension"]
    assert now["reasonCode"] == other["reasonCode"]
    assert now["priority"] == "stat"
    with tjh.store.read() as tx:
        gone, before = tx.resources.history("ServiceRequest", other["id"])
        assert gone.deleted
        assert not before.deleted


def test_all_numbers_of_an_order_that_was_joined_lead_to_what_it_became(tjh):
    both = hl7(PID, "ORC|NW||F1^A", "OBR|1||F1^B|GLU", type_="ORM^O01", control_id="both")
    tjh(order("P1"), both)
    tjh(order("P1", "F1^A"), order("", "F1^B"))
    tjh(order("", "F1^B"))
    assert orders(tjh) == [["F1", "F1", "P1"]]


def test_a_message_that_comes_late_leaves_apart_what_was_told_since(tjh):
    (late,) = tjh.accept(order("P1", "F1"))
    with tjh.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE spool SET state = 'quarantined'")
    tjh(order("P1"), order("", "F1"))
    with tjh.store.begin() as tx:
        tx.connection.exec_driver_sql(f"UPDATE spool SET state = 'pending' WHERE seq = {late.seq}")
    tjh.worker.drain()
    assert orders(tjh) == [["F1"], ["F1", "P1"]]
    assert "orders-apart" in tjh.findings(late.seq)


@pytest.mark.parametrize("messages", [*permutations([("P1", "F1"), ("P2", "F1"), ("P1", "")])])
def test_a_fillers_number_of_several_orders_joins_none(tjh, messages):
    for placer, filler in messages:
        tjh(order(placer, filler))
    assert orders(tjh) == [["F1", "P1"], ["F1", "P2"]]
    tjh(order("", "F1"))
    assert orders(tjh) == [["F1"], ["F1", "P1"], ["F1", "P2"]]


@pytest.mark.parametrize("late", [True, False])
def test_a_specimens_number_names_an_order_by_what_was_ordered(tjh, late):
    messages = [order("P1", "F1", code="GLU"), order("P2", "F1", code="K"),
                result("", "F1", code="K"), result("", "F1", code="NA")]  # fmt: skip
    sent(tjh, messages if not late else messages[:1] + messages[2:] + messages[1:2], False)
    expected = [["F1", "P1"], ["F1", "P2"]]
    assert orders(tjh) == ([["F1"], *expected] if not late else expected)
    codes = {one["code"]["coding"][0]["code"]: one["id"] for one in tjh.resources("ServiceRequest")}
    for report in tjh.resources("DiagnosticReport"):
        code = report["code"]["coding"][0]["code"]
        if code in codes:
            assert report["basedOn"] == [{"reference": f"ServiceRequest/{codes[code]}"}]


def test_a_placers_number_that_is_also_some_fillers_is_another_order(tjh):
    tjh(order("1", "2", code="A"))
    tjh(order("2", "3", code="B"))
    assert orders(tjh) == [["1", "2"], ["2", "3"]]
    tjh(result("", "3", code="B"))
    assert orders(tjh) == [["1", "2"], ["2", "3"]]


def test_an_order_of_another_patient_is_another_one(tjh):
    tjh(order("P1", "F1"))
    tjh(order("", "F1", pid=PID.replace("7^^^", "8^^^")))
    assert orders(tjh) == [["F1"], ["F1", "P1"]]


def test_several_tests_under_one_number_stay_apart(tjh):
    panel = hl7(PID, "ORC|NW|P1|F1", "OBR|1|P1|F1|A", "ORC|NW|P1|F2", "OBR|2|P1|F2|B",
                type_="ORM^O01", control_id="panel")  # fmt: skip
    tjh(panel)
    tjh(panel.replace(b"panel", b"again"))
    assert orders(tjh) == [["F1", "P1"], ["F2", "P1"]]


def appointment(placer, filler, event="SIU^S12", segment="SCH"):
    times = "^^^20260320090000^20260320093000" if segment == "SCH" else ""
    return hl7(f"{segment}|{placer}|{filler}|||||||||{times}", PID,
               type_=event, control_id=str(next(_SENT)))  # fmt: skip


@pytest.mark.parametrize("names", [("A", "AB", "B"), ("B", "AB", "A"), ("AB", "A", "B")])
def test_an_appointment_is_one_by_either_number(tjh, names):
    for name in names:
        tjh(appointment("A1" if "A" in name else "", "B1" if "B" in name else ""))
    assert orders(tjh, "Appointment") == [["A1", "B1"]]


def test_what_was_asked_for_becomes_what_was_booked_and_cancelled(tjh):
    tjh(appointment("A1", "", "SRM^S01", "ARQ"))
    states = [tjh.resources("Appointment")[0]["status"]]
    for event in ("SIU^S12", "SRM^S04", "SIU^S15"):
        segment = "ARQ" if event.startswith("SRM") else "SCH"
        tjh(appointment("A1", "B1", event, segment))
        (found,) = tjh.resources("Appointment")
        states.append(found["status"])
    assert states == ["proposed", "booked", "booked", "cancelled"]


def test_appointments_that_were_apart_are_one_when_a_message_names_both(tjh):
    for numbers in (("A1", ""), ("", "B1"), ("A1", "B1"), ("A1", "")):
        tjh(appointment(*numbers))
    assert orders(tjh, "Appointment") == [["A1", "B1"]]


@pytest.mark.parametrize("names", [("R1", ""), ("R1", "X1"), ("", "X1")])
def test_a_prescription_is_one_by_either_number(tjh, names):
    for placer, filler in (names, ("R1", "X1"), ("", "X1")):
        tjh(hl7(PID, f"ORC|RE|{placer}|{filler}", "RXE||MET^Metformin|1||TAB",
                 type_="RDE^O11", control_id=str(next(_SENT))))  # fmt: skip
    assert orders(tjh, "MedicationRequest") == [["R1", "X1"]]


def test_an_erased_record_leaves_no_numbers(tjh):
    tjh(order("P1", "F1"))
    counted = "SELECT count(*) FROM order_number"
    with tjh.store.begin() as tx:
        assert tx.connection.exec_driver_sql(counted).scalar_one() == 1
        tx.compartments.destroy(tjh.home("7"))
        assert tx.connection.exec_driver_sql(counted).scalar_one() == 0


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("control", "state"), [("CA", "revoked"), ("HD", "on-hold")])
def test_results_do_not_begin_anew_what_was_stopped(tjh, control, state, together):
    stopped = hl7(PID, f"ORC|{control}|P1", "OBR|1|P1||GLU", type_="ORM^O01", control_id="stop")
    answered = hl7(PID, "ORC|RE|P1|F1", "OBR|1|P1|F1|GLU", "OBX|1|NM|GLU||5||||||F",
                   type_="ORU^R01", control_id="answer", application="LIS")  # fmt: skip
    sent(tjh, [order("P1"), stopped, answered], together)
    assert [one["status"] for one in tjh.resources("ServiceRequest")] == [state]


@pytest.mark.parametrize("messages", [*permutations(["ORC|RE|P1|F1", "", "ORC|RE|P1"])])
def test_what_has_results_is_active_whichever_message_says_so(tjh, messages):
    for number, orc in enumerate(messages):
        tjh(hl7(PID, *filter(None, [orc]), f"OBR|1|P1|F1|GLU{number}", "OBX|1|NM|X||5||||||F",
                type_="ORU^R01", control_id=f"said{number}"))  # fmt: skip
    assert [one["status"] for one in tjh.resources("ServiceRequest")] == ["active"]


@pytest.mark.parametrize("together", [True, False])
def test_what_is_given_does_not_begin_anew_a_drug_that_was_stopped(tjh, together):
    def drug(control, type_, *detail):
        return hl7(PID, f"ORC|{control}|R1", *detail, type_=type_, control_id=f"{control}{type_}")

    prescribed = "RXE||AMOX^Amoxicillin|250||mg"
    given = "RXA|0|1|202603010820||AMOX^Amoxicillin|250|mg"
    sent(tjh, [drug("NW", "RDE^O11", prescribed), drug("DC", "RDE^O11", prescribed),
               drug("RE", "RAS^O17", given)], together)  # fmt: skip
    assert [one["status"] for one in tjh.resources("MedicationRequest")] == ["stopped"]


SERVICE = ("ORM^O01", "OBR|1|P1||GLU")
DRUG = ("RDE^O11", "RXE||A^Amox^L|1||mg")


def controlled(kind, *codes):
    """Return messages of one order, of these control codes."""
    type_, detail = kind
    reason = "|" * 14 + "HOLD^waits^L"
    return [
        hl7(
            PID, f"ORC|{code}|P1{reason if code == 'HD' else ''}", detail,
            type_=type_, control_id=str(number), version="2.5.1", sent=f"2026030108{number:02}00",
        )
        for number, code in enumerate(codes)
    ]  # fmt: skip


def states(tjh):
    return [
        one["status"] for type_ in ("ServiceRequest", "MedicationRequest")
        for one in tjh.resources(type_)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [SERVICE, DRUG])
@pytest.mark.parametrize("known", ["NW", "HD"])
def test_what_says_nothing_of_the_state_leaves_it(tjh, kind, known):
    silent = ["DF", "DE", "SN", "SR", "SC", "NA", "OK", "PR", "XX", "NR", "RC", "ZZ", "PA", "CH"]
    tjh(*controlled(kind, "NW", known, *silent))
    assert states(tjh) == ["on-hold" if known == "HD" else "active"]


@pytest.mark.parametrize("kind", [SERVICE, DRUG])
@pytest.mark.parametrize("code", ["RL", "OE", "OR"])
def test_what_is_released_is_active_and_held_for_no_reason(tjh, kind, code):
    tjh(*controlled(kind, "NW", "HD"))
    held = tjh.resources("ServiceRequest") + tjh.resources("MedicationRequest")
    assert "waits" in str(held)
    tjh(*controlled(kind, "NW", "HD", code)[2:])
    assert states(tjh) == ["active"]
    assert "waits" not in str(tjh.resources("ServiceRequest") + tjh.resources("MedicationRequest"))


@pytest.mark.parametrize("kind", [SERVICE, DRUG])
@pytest.mark.parametrize(("code", "state"), [("PA", "active"), ("CH", "active"), ("DF", "unknown")])
def test_what_a_code_says_of_an_order_that_nobody_knew(tjh, kind, code, state):
    tjh(*controlled(kind, code))
    assert states(tjh) == [state]


def test_a_drug_is_part_of_the_order_that_it_was_made_of(tjh):
    tjh(hl7(PID, "ORC|CH|P1A||||||P1&HIS^F1&LIS", "RXE||A^Amox^L|1||mg", type_="RDE^O11",
            version="2.5.1"))  # fmt: skip
    (drug,) = tjh.resources("MedicationRequest")
    assert [each["identifier"]["value"] for each in drug["basedOn"]] == ["P1"]


@pytest.mark.parametrize(
    ("orc", "report", "state"),
    [("", "F", "completed"), ("", "C", "completed"), ("", "P", "active"), ("", "X", "revoked"),
     ("ORC|RE|P1|F1", "F", "completed"), ("ORC|RE|P1|F1||IP", "F", "active")],
)  # fmt: skip
def test_an_order_whose_report_is_final_is_done(tjh, orc, report, state):
    tjh(order("P1"))
    obr = f"OBR|1|P1|F1|GLU{'|' * 21}{report}"
    tjh(hl7(*filter(None, (PID, orc, obr)), "OBX|1|NM|GLU||5|mmol/L|||||F", type_="ORU^R01",
            control_id="r"))  # fmt: skip
    assert states(tjh) == [state]


@pytest.mark.parametrize("messages", [
    *permutations([order("77"), order("77", "77"), result("", "77")]),
    *permutations([order("77"), result("77", "77"), result("", "77")]),
])  # fmt: skip
def test_a_filler_may_give_an_order_the_number_that_its_placer_gave(tjh, messages):
    for message in messages:
        tjh(message)
    (request,) = tjh.resources("ServiceRequest")
    kinds = [number["type"]["coding"][0]["code"] for number in request["identifier"]]
    assert sorted(kinds) == ["FILL", "PLAC"]
    assert request["status"] == "active"
