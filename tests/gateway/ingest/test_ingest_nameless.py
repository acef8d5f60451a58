"""Visits without a number: of what is told of them, or the one that goes on; nothing makes more."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7, sent

_NUMBERS = count(1)
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"


def pv1(class_="O", ward="CL1", number="", **more):
    fields = {2: class_, 3: ward, 19: number} | {int(at[1:]): value for at, value in more.items()}
    return "|".join(["PV1", "1", *(fields.get(at, "") for at in range(2, 51))]).rstrip("|")


def said(kind, *segments, hour=8, day=1, application="LIS", pid=PID):
    return hl7(
        pid, *segments, type_=kind, control_id=str(next(_NUMBERS)), application=application,
        sent=f"202603{day:02}{hour:02}0000",
    )  # fmt: skip


def oru(state, visit, *, order="O1", filler="F1", hour=8):
    obr = f"OBR|1|{order}|{filler}|GLU^Glucose^L|||20260301080000{'|' * 18}{state}"
    return said("ORU^R01", visit, obr, f"OBX|1|NM|GLU^Glucose^L||5|mmol/L|||||{state}", hour=hour)


def siu(event, visit, *, numbers="A1|B1", state="Booked"):
    sch = f"SCH|{numbers}|||||||||^^^20260310090000{'|' * 14}{state}"
    return said(f"SIU^{event}", sch, visit)


def adt(event, hour, visit, *, day=1, application="HIS", pid=PID):
    evn = f"EVN|{event}|202603{day:02}{hour:02}0000"
    return said(f"ADT^{event}", evn, visit, hour=hour, day=day, application=application, pid=pid)


def visits(tjh):
    """Return (class, status, begin, end) of the visits there are."""
    found = tjh.resources("Encounter")
    periods = [one.get("period", {}) for one in found]
    return sorted(
        (
            one["class"]["code"], one["status"], period.get("start", "")[8:13],
            period.get("end", "")[8:13],
        )
        for one, period in zip(found, periods, strict=True)
    )  # fmt: skip


def codes(tjh, receipts):
    return [code for receipt in receipts for code in tjh.findings(receipt.seq)]


# -- that others mention -------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
def test_a_report_that_comes_again_is_of_one_visit(tjh, together):
    messages = [oru(state, pv1(), hour=hour) for hour, state in enumerate("PFC", 8)]
    sent(tjh, messages, together)
    (visit,) = tjh.resources("Encounter")
    assert (visit["status"], "status" in visit["location"][0]) == ("unknown", False)
    for type_ in ("DiagnosticReport", "Observation", "ServiceRequest"):
        (one,) = tjh.resources(type_)
        assert one["encounter"]["reference"] == f"Encounter/{visit['id']}"


@pytest.mark.parametrize("together", [True, False])
def test_an_order_and_its_answer_are_of_one_visit(tjh, together):
    order = said("OML^O21", pv1("I", "W1"), "ORC|NW|O1", "OBR|1|O1||GLU^Glucose^L")
    other = oru("F", pv1("I", "W1"), order="O2", filler="F2")
    sent(tjh, [order, oru("P", pv1("I", "W2")), oru("F", pv1("O", "W3")), other], together)
    assert [(class_, status) for class_, status, *_ in visits(tjh)] == [
        ("AMB", "unknown"), ("IMP", "unknown"),
    ]  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_a_part_of_a_message_that_is_corrected_is_of_its_visit(tjh, together):
    def both(*fillers):
        tests = (
            (f"OBR|1|O{one}|F{one}|GLU^Glucose^L|||20260301{'|' * 18}F",
             "OBX|1|NM|GLU^Glucose^L||5|mmol/L|||||F")
            for one in fillers
        )  # fmt: skip
        return said("ORU^R01", pv1(), *(each for one in tests for each in one))

    sent(tjh, [both(1, 2, 3), both(3), both(2, 4), both(4)], together)
    assert len(tjh.resources("Encounter")) == 1
    assert len(tjh.resources("DiagnosticReport")) == 4


@pytest.mark.parametrize("together", [True, False])
def test_an_appointment_s_visit_is_as_the_appointment_is(tjh, together):
    sent(tjh, [siu("S12", pv1()), siu("S13", pv1())], together)
    assert [status for _, status, *_ in visits(tjh)] == ["planned"]
    tjh(siu("S15", pv1()))
    assert [status for _, status, *_ in visits(tjh)] == ["cancelled"]
    tjh(siu("S12", pv1()), siu("S14", pv1(), state="Complete"), siu("S12", pv1(), numbers="|B2"))
    assert [status for _, status, *_ in visits(tjh)] == ["finished", "planned"]


def test_an_appointment_that_gets_its_other_number_has_one_visit(tjh):
    tjh(siu("S12", pv1(), numbers="A1|"))
    tjh(siu("S14", pv1(), numbers="A1|B1"))
    tjh(siu("S15", pv1(), numbers="|B1"))
    assert [status for _, status, *_ in visits(tjh)] == ["cancelled"]


def test_immunizations_that_are_sent_again_with_others_are_of_one_visit(tjh):
    def vxu(*numbers):
        given = [(f"ORC|RE||I{one}^IIS", "RXA|0|1|20260301||08^HepB^CVX|1|mL") for one in numbers]
        return said("VXU^V04", "PV1|1|R", *(each for one in given for each in one))

    tjh(vxu(1, 2), vxu(0, 2))
    tjh(vxu(0, 1, 2, 3))
    assert visits(tjh) == [("R", "unknown", "", "")]
    assert len(tjh.resources("Immunization")) == 4


def test_charges_of_one_account_are_of_one_visit_of_each_class(tjh):
    def dft(class_, code):
        charge = f"FT1|1|||20260301||CG|{code}^x^L"
        return said("DFT^P03", pv1(class_), charge, pid=PID + "|" * 10 + "ACC1")

    tjh(dft("I", "X1"), dft("I", "X2"), dft("O", "X3"))
    tjh(dft("I", "X1"))
    assert [class_ for class_, *_ in visits(tjh)] == ["AMB", "IMP"]


@pytest.mark.parametrize("together", [True, False])
def test_a_visit_that_has_a_number_is_told_nothing_by_what_does_not_know_it(tjh, together):
    receipts = sent(
        tjh,
        [oru("P", pv1("I", "W1", "V1")), oru("F", pv1("O", "W2", p7="D1^Li", p8='""'))],
        together,
    )
    (visit,) = tjh.resources("Encounter")
    assert (visit["class"]["code"], visit["status"]) == ("IMP", "in-progress")
    assert [(one["location"]["display"], one["status"]) for one in visit["location"]] == [
        ("W1", "active")
    ]
    assert len(visit["participant"]) == 1
    assert codes(tjh, receipts) == ["erased", "only-mentioned"]
    (result,) = tjh.resources("Observation")
    assert result["encounter"]["reference"] == f"Encounter/{visit['id']}"
    assert codes(tjh, tjh(oru("C", pv1("I", "W1")))) == []


def test_a_number_that_comes_later_is_preferred(tjh):
    order = said("OML^O21", pv1("I", "W1", "V1"), "ORC|NW|O1", "OBR|1|O1|F1|GLU^Glucose^L")
    tjh(oru("P", pv1()))
    tjh(order)
    tjh(oru("F", pv1()))
    numbered = [one["id"] for one in tjh.resources("Encounter") if "identifier" in one]
    (report,) = tjh.resources("DiagnosticReport")
    assert report["encounter"]["reference"] == f"Encounter/{numbered[0]}"
    assert len(tjh.resources("Encounter")) == 2


def test_what_nothing_is_known_by_is_of_its_message(tjh):
    tjh(*(said("ORU^R01", pv1(), "OBX|1|NM|GLU^Glucose^L||5|mmol/L|||||F") for _ in range(2)))
    assert len(tjh.resources("Encounter")) == 2


def test_a_visit_that_moved_away_is_no_more_what_its_report_was_of(tjh):
    tjh(oru("P", pv1("I", "W1", "V1")))
    other = PID.replace("7^^^", "8^^^")
    tjh(adt("A45", 9, pv1("I", "W1", "V1"), pid=f"{other}\rMRG|7^^^TJH01^MR||||V1"))
    tjh(oru("F", pv1()))
    homes = {one["id"].partition(".")[0] for one in tjh.resources("Encounter")}
    assert homes == {tjh.home("7"), tjh.home("8")}


# -- that ADT tells of ---------------------------------------------------------------------------


STAY = [
    adt("A01", 8, pv1("I", "W1")), adt("A08", 9, pv1("I", "W1")), adt("A02", 10, pv1("I", "W2")),
    adt("A31", 11, pv1("I", "W9")), adt("A08", 12, pv1("I", "W2")),
    adt("A03", 13, pv1("I", "W2")), adt("A08", 14, pv1("I", "W2")),
]  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_a_stay_without_a_number_is_one_visit(tjh, together):
    sent(tjh, STAY, together)
    assert visits(tjh) == [("IMP", "finished", "01T08", "01T13")]
    (visit,) = tjh.resources("Encounter")
    places = [one["location"]["display"] for one in visit["location"]]
    assert places == ["W2", "W1"]
    tjh(adt("A13", 15, pv1("I", "W2")))
    assert visits(tjh) == [("IMP", "in-progress", "01T08", "")]
    tjh(adt("A03", 16, pv1("I", "W2")), adt("A01", 8, pv1("I", "W5"), day=9))
    assert visits(tjh) == [
        ("IMP", "finished", "01T08", "01T16"), ("IMP", "in-progress", "09T08", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        # an admission that is sent again, with and without the begin (PV1-44)
        ([("A01", 8, {}), ("A01", 8, {})], [("IMP", "in-progress", "01T08", "")]),
        ([("A01", 8, {"p44": "202603010755"}), ("A08", 9, {})],
         [("IMP", "in-progress", "01T07", "")]),
        ([("A08", 8, {}), ("A08", 9, {"p44": "202603010755"})],
         [("IMP", "in-progress", "01T07", "")]),
        ([("A08", 8, {"p44": "20260301"}), ("A08", 9, {"p44": "20260301"})],
         [("IMP", "in-progress", "01", "")]),
        ([("A08", 8, {"number": "V1"}), ("A08", 9, {"p44": "202603010755"})],
         [("IMP", "in-progress", "", ""), ("IMP", "in-progress", "01T07", "")]),
        # another admission is another visit, and goes on
        ([("A01", 8, {}), ("A01", 9, {}), ("A03", 10, {})],
         [("IMP", "finished", "01T09", "01T10"), ("IMP", "in-progress", "01T08", "")]),
        ([("A08", 8, {}), ("A01", 9, {})],
         [("IMP", "in-progress", "", ""), ("IMP", "in-progress", "01T09", "")]),
        # a discharge from before the begin of the later one is of the earlier one
        ([("A01", 8, {}), ("A01", 10, {}), ("A03", 11, {"p45": "202603010900"})],
         [("IMP", "finished", "01T08", "01T09"), ("IMP", "in-progress", "01T10", "")]),
        # of the class, of the account, of a class that changes
        ([("A04", 8, {"class_": "E"}), ("A08", 9, {})],
         [("EMER", "in-progress", "01T08", ""), ("IMP", "in-progress", "", "")]),
        ([("A04", 8, {"class_": "E"}), ("A06", 9, {}), ("A06", 9, {}), ("A03", 10, {})],
         [("IMP", "finished", "01T08", "01T10")]),
        ([("A01", 8, {}), ("A08", 9, {"class_": ""})], [("IMP", "in-progress", "01T08", "")]),
        # what is planned, and what has begun
        ([("A01", 8, {}), ("A05", 9, {}), ("A14", 10, {}), ("A08", 11, {}), ("A38", 12, {})],
         [("IMP", "cancelled", "", ""), ("IMP", "in-progress", "01T08", "")]),
        ([("A05", 9, {}), ("A08", 11, {})], [("IMP", "planned", "", "")]),
        ([("A01", 8, {}), ("A11", 9, {}), ("A11", 9, {})], [("IMP", "cancelled", "", "")]),
        # a visit that has a number goes on, or was not the only one
        ([("A01", 8, {"number": "V1"}), ("A08", 9, {})], [("IMP", "in-progress", "01T08", "")]),
        ([("A01", 8, {"number": "V1"}), ("A01", 9, {"number": "V2"}), ("A08", 10, {})],
         [("IMP", "in-progress", "", ""), ("IMP", "in-progress", "01T08", ""),
          ("IMP", "in-progress", "01T09", "")]),
    ],
)  # fmt: skip
def test_which_visit_it_is(tjh, messages, expected):
    for event, hour, fields in messages:
        tjh(adt(event, hour, pv1(**{"class_": "I", "ward": "W1", **fields})))
    assert visits(tjh) == expected


def test_a_day_alone_does_not_tell_two_admissions_to_be_one(tjh):
    for _ in range(2):
        tjh(said("ADT^A04", "EVN|A04|20260301", pv1(), application="HIS"))
    assert len(tjh.resources("Encounter")) == 2


def test_a_stay_that_is_over_is_no_later_one(tjh):
    tjh(*STAY[:6])
    tjh(adt("A02", 9, pv1("I", "W7"), day=5))
    assert [status for _, status, *_ in visits(tjh)] == ["finished", "in-progress"]


def test_an_admission_that_comes_late_is_of_the_visit_that_was_told(tjh):
    tjh(adt("A08", 9, pv1("I", "W1")))
    tjh(adt("A01", 8, pv1("I", "W1")))
    assert visits(tjh) == [("IMP", "in-progress", "01T08", "")]


def test_two_applications_each_have_their_visits(tjh):
    tjh(adt("A04", 8, pv1()), adt("A08", 9, pv1(), application="CLINIC"))
    assert len(tjh.resources("Encounter")) == 2


def test_two_accounts_are_of_two_visits(tjh):
    one, other = (PID + "|" * 10 + number for number in ("ACC1", "ACC2"))
    tjh(adt("A04", 8, pv1(), pid=one), adt("A08", 9, pv1(), pid=one))
    tjh(adt("A08", 10, pv1(), pid=other), adt("A08", 11, pv1()))
    assert len(tjh.resources("Encounter")) == 2


def test_visits_that_are_planned_for_two_times_are_two(tjh):
    for planned in ("20260401", "20260501", "20260401", ""):
        visit = f"{pv1('I', 'W1')}\rPV2{'|' * 8}{planned}".rstrip("|")
        tjh(adt("A05", 9, visit))
    assert [status for _, status, *_ in visits(tjh)] == ["planned", "planned"]


def test_a_list_without_a_visit_s_number_closes_what_it_leaves_out(tjh):
    for hour, code in ((8, "I10"), (9, "I11")):
        tjh(adt("A08", hour, pv1("I") + f"\rDG1|1||{code}^x^I10||20260301|A"))
    found = {
        one["code"]["coding"][0]["code"]: one["clinicalStatus"]["coding"][0]["code"]
        for one in tjh.resources("Condition")
    }
    assert found == {"I10": "inactive", "I11": "active"}


def test_a_merge_brings_together_what_goes_on(tjh):
    other = PID.replace("7^^^", "8^^^")
    tjh(adt("A01", 8, pv1("I", "W1")))
    tjh(adt("A40", 9, "MRG|7^^^TJH01^MR", pid=other), adt("A03", 10, pv1("I", "W1"), pid=other))
    assert visits(tjh) == [("IMP", "finished", "01T08", "01T10")]


# -- of an account -------------------------------------------------------------------------------


ACCOUNT = PID + "|" * 10 + "ZY1"
BEGUN = adt("A01", 8, pv1("I", "W1", p44="202603010800"), pid=ACCOUNT)


@pytest.mark.parametrize("together", [True, False])
def test_a_stay_of_an_account_is_one_visit_whatever_else_it_is_called(tjh, together):
    messages = [
        BEGUN, oru("P", pv1("I", "W1"), hour=9).replace(PID.encode(), ACCOUNT.encode()),
        adt("A08", 10, pv1("I", "W1", p44="202603010750"), pid=ACCOUNT),
        adt("A08", 11, pv1("I", "W1", "V1", p44="20260301075000", p50="B1"), pid=ACCOUNT),
        oru("F", pv1("I", "W1", "V1"), hour=12), adt("A08", 13, pv1("I", "W1", p50="B1")),
        adt("A03", 14, pv1("I", "W1", p44="202603010750"), pid=ACCOUNT),
    ]  # fmt: skip
    sent(tjh, messages, together)
    assert visits(tjh) == [("IMP", "finished", "01T07", "01T14")]
    (visit,) = tjh.resources("Encounter")
    (report,) = tjh.resources("DiagnosticReport")
    assert report["encounter"]["reference"] == f"Encounter/{visit['id']}"


@pytest.mark.parametrize(
    ("fields", "begins"),
    [
        ({"p44": "202603020700"}, ["01T08", "02T07"]),  # after the visit that is known was over
        ({"p44": "202602270700"}, ["01T08", "27T07"]),  # too long before to be put right
        ({"p44": "202602280700"}, ["01T08"]),  # which stands, as it is over
        ({"p44": "202603010700", "class_": "E"}, ["01T07", "01T08"]),
    ],
)
def test_another_begin_is_of_the_visit_by_a_day_at_most(tjh, fields, begins):
    tjh(BEGUN, adt("A03", 20, pv1("I", "W1"), pid=ACCOUNT))
    tjh(adt("A08", 21, pv1(**{"class_": "I", **fields}), pid=ACCOUNT))
    assert sorted(begin for _, _, begin, _ in visits(tjh)) == begins


def test_an_account_of_two_visits_tells_of_neither(tjh):
    tjh(BEGUN, adt("A01", 9, pv1("I", "W1", p44="202603010900"), pid=ACCOUNT))
    tjh(oru("F", pv1("I", "W1"), hour=10).replace(PID.encode(), ACCOUNT.encode()))
    assert [state for _, state, *_ in visits(tjh)] == ["in-progress", "in-progress", "unknown"]


@pytest.mark.parametrize(
    ("done", "expected"),
    [("20260301080000", 1), ("20260302080000", 2), ("20260227080000", 2), ("", 2)],
)
def test_what_was_done_when_a_visit_went_on_is_of_it(tjh, done, expected):
    tjh(BEGUN, adt("A03", 20, pv1("I", "W1"), pid=ACCOUNT))
    result = oru("F", pv1("I", "W1"), hour=22).replace(b"20260301080000|", f"{done}|".encode())
    tjh(result.replace(PID.encode(), ACCOUNT.encode()))
    assert len(tjh.resources("Encounter")) == expected


def test_another_number_of_the_same_account_and_begin_is_another_visit(tjh):
    tjh(*(adt("A01", 8, pv1("I", "W1", number, p44="202603010800", p50="B1"), pid=ACCOUNT)
          for number in ("V1", "V2")))  # fmt: skip
    tjh(BEGUN)
    numbers = [one["identifier"][0]["value"] for one in tjh.resources("Encounter")]
    assert sorted(numbers) == ["V1", "V2"]
