"""Visits and accounts under another number: the same ones, with all that belongs to them."""

from __future__ import annotations

from itertools import count, permutations

import pytest
from ingest_feed import hl7
from ingest_feed import sent as feed_in

_SENT = count(1)
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
I10, I11 = "DG1|1||I10^x^I10||20260301|A", "DG1|2||I11^y^I10||20260301|A"
CUT = "PR1|1||CUT^Cut^L||202603010900"


def said(type_, *segments, account="", pid=PID):
    at = next(_SENT)
    if account:
        pid = f"{pid}{'|' * 10}{account}"
    return hl7(pid, *segments, type_=type_, control_id=f"N{at}", version="2.5.1",
               sent=f"20260301{9 + at // 60:02}{at % 60:02}00")  # fmt: skip


def pv1(number, begin="", planned=""):
    return f"PV1|1|I|W1||{planned}{'|' * 14}{number}{'|' * 25}{begin}".rstrip("|")


def adt(event, number, *more, begin="", account="", planned=""):
    segments = (f"EVN|{event}|20260301090000", pv1(number, begin, planned), *more)
    return said(f"ADT^{event}", *segments, account=account)


def renumbered(event, old, new):
    mrg = f"MRG|7^^^TJH01^MR||||{old}"
    return said(f"ADT^{event}", f"EVN|{event}|2026030110", mrg, pv1(new))


def result(number, filler):
    return said("ORU^R01", pv1(number), f"OBR|1||{filler}|GLU^Glucose^L",
                "OBX|1|NM|GLU^Glucose^L||5|mmol/L|||||F")  # fmt: skip


def numbers(one):
    return [(each["value"], each.get("use", "")) for each in one["identifier"]]


def in_visit(tjh, type_):
    """Return how many of a type there are; all are of the one visit."""
    (visit,) = tjh.resources("Encounter")
    found = tjh.resources(type_)
    assert {one["encounter"]["reference"] for one in found} <= {f"Encounter/{visit['id']}"}
    return len(found)


@pytest.mark.parametrize("event", ["A42", "A50"])
@pytest.mark.parametrize("together", [True, False])
def test_a_visit_with_another_number_is_the_same(tjh, event, together):
    messages = [
        adt("A01", "V1", I10, CUT, begin="202603010700"), result("V1", "F1"),
        renumbered(event, "V1", "V9"), renumbered(event, "V1", "V9"),
        result("V1", "F2"), result("V9", "F3"), adt("A08", "V9", I10, I11, CUT),
        adt("A08", "V1"), adt("A03", "V9"),
    ]  # fmt: skip
    feed_in(tjh, messages, together)
    (visit,) = tjh.resources("Encounter")
    assert numbers(visit) == [("V9", ""), ("V1", "old")]
    assert (visit["status"], visit["period"]["start"][11:13]) == ("finished", "07")
    assert [in_visit(tjh, type_) for type_ in ("Observation", "Condition", "Procedure")] == [
        3, 2, 1,
    ]  # fmt: skip


def test_a_number_may_be_changed_again_and_back(tjh):
    tjh(adt("A01", "V1", begin="202603010700"), renumbered("A50", "V1", "V9"))
    tjh(renumbered("A50", "V9", "V5"), renumbered("A50", "V5", "V1"), result("V9", "F1"))
    (visit,) = tjh.resources("Encounter")
    assert numbers(visit) == [("V1", ""), ("V5", "old")]
    assert in_visit(tjh, "Observation") == 1


def test_a_number_that_is_changed_before_its_visit_is_known_leads_to_it(tjh):
    tjh(renumbered("A50", "V1", "V9"))
    tjh(adt("A01", "V1", begin="202603010700"), result("V1", "F1"))
    (visit,) = tjh.resources("Encounter")
    assert (numbers(visit), visit["period"]["start"][11:13]) == ([("V9", ""), ("V1", "old")], "07")
    assert in_visit(tjh, "Observation") == 1


@pytest.mark.parametrize("together", [True, False])
def test_two_visits_that_are_one_have_what_both_had(tjh, together):
    messages = [
        adt("A01", "V1", I10, begin="202603010700"), result("V1", "F1"),
        adt("A01", "V2", I10, I11), result("V2", "F2"),
        renumbered("A42", "V1", "V2"), result("V1", "F3"), adt("A08", "V2", I10),
        adt("A08", "V1", I10), adt("A03", "V2"),
    ]  # fmt: skip
    feed_in(tjh, messages, together)
    (visit,) = tjh.resources("Encounter")
    assert (numbers(visit), visit["status"]) == ([("V2", ""), ("V1", "old")], "finished")
    assert (in_visit(tjh, "Observation"), in_visit(tjh, "Condition")) == (3, 2)
    active = {
        one["code"]["coding"][0]["code"]: one["clinicalStatus"]["coding"][0]["code"]
        for one in tjh.resources("Condition")
    }
    assert active == {"I10": "active", "I11": "inactive"}


@pytest.mark.parametrize("together", [True, False])
def test_what_was_found_before_an_admission_is_found_once(tjh, together):
    messages = [
        adt("A05", "", I10, planned="P1"), adt("A01", "V1", I10, I11, planned="P1"),
        adt("A08", "V1", I11, I10), adt("A08", "V1", "DG1|1|||Cough|20260301|A"),
    ]  # fmt: skip
    feed_in(tjh, messages, together)
    assert in_visit(tjh, "Condition") == 3


@pytest.mark.parametrize("event", ["A41", "A49"])
@pytest.mark.parametrize("known", [True, False])
def test_an_account_with_another_number_is_the_same(tjh, event, known):
    def charge(account, number):
        ft1 = f"FT1|1|{number}||20260301||CG|X1^x^L"
        return said("DFT^P03", pv1("V1"), ft1, account=account)

    tjh(adt("A01", "V1", account="ACC1"), charge("ACC1", "T1"))
    if known:
        tjh(adt("A08", "V1", account="ACC2"))
    tjh(said(f"ADT^{event}", "MRG|7^^^TJH01^MR||ACC1", account="ACC2"))
    tjh(charge("ACC1", "T2"), charge("ACC2", "T3"))
    (account,) = tjh.resources("Account")
    assert (numbers(account), account["status"]) == ([("ACC2", ""), ("ACC1", "old")], "active")
    charges = tjh.resources("ChargeItem")
    assert len(charges) == 3
    (visit,) = tjh.resources("Encounter")
    for one in (*charges, visit):
        assert one["account"] == [{"reference": f"Account/{account['id']}"}]


@pytest.mark.parametrize("known", [True, False])
def test_a_patient_and_an_account_that_are_merged_at_once_are_one_each(tjh, known):
    def charge(pid, account, number):
        return said("DFT^P03", pv1("V1"), f"FT1|1|{number}||20260301||CG|X1^x^L",
                    pid=pid, account=account)  # fmt: skip

    gone, kept = "ACC1", "ACC2"
    other = PID.replace("7^^^", "8^^^")
    tjh(adt("A01", "V1", account=gone), charge(PID, gone, "T1"))
    if known:
        tjh(said("ADT^A01", "EVN|A01|2026030110", pv1("V2"), pid=other, account=kept))
    tjh(said("ADT^A36", f"MRG|7^^^TJH01^MR||{gone}", pid=other, account=kept))
    tjh(charge(PID, gone, "T2"), charge(other, kept, "T3"))
    (account,) = tjh.resources("Account")
    assert numbers(account) == [(kept, ""), (gone, "old")]
    assert account["status"] == "active"
    assert account["id"].startswith(tjh.home("8"))
    for one in (*tjh.resources("ChargeItem"), *tjh.resources("Encounter")):
        assert one["account"] == [{"reference": f"Account/{account['id']}"}]


def test_the_account_of_another_class_is_another_one(tjh):
    tjh(adt("A04", "V1", account="ACC1"))
    mrg = "MRG|7^^^TJH01^MR||ACC1"
    tjh(said("ADT^A06", "EVN|A06|2026030110", mrg, pv1("V1"), account="ACC2"))
    assert sorted(one["status"] for one in tjh.resources("Account")) == ["active", "inactive"]


def test_a_visit_that_was_renumbered_is_one_in_a_merge(tjh):
    tjh(adt("A01", "V1", begin="202603010700"), renumbered("A50", "V1", "V9"))
    other = PID.replace("7^^^", "8^^^")
    tjh(said("ADT^A40", "MRG|7^^^TJH01^MR", pid=other), result("V1", "F1"))
    tjh(said("ADT^A03", "EVN|A03|2026030112", pv1("V9"), pid=other))
    (visit,) = tjh.resources("Encounter")
    assert (visit["status"], visit["period"]["start"][11:13]) == ("finished", "07")
    assert in_visit(tjh, "Observation") == 1


def accounts(tjh):
    """Return each account's number and state, and the number of the one that took its place."""
    found = {f"Account/{one['id']}": one for one in tjh.resources("Account")}
    numbers = {name: one["identifier"][0]["value"] for name, one in found.items()}
    return sorted(
        (numbers[name], one["status"], numbers.get(one.get("partOf", {}).get("reference"), ""))
        for name, one in found.items()
    )


def changed(event, new, old):
    mrg = f"MRG|7^^^TJH01^MR||{old}"
    return said(f"ADT^{event}", f"EVN|{event}|2026030110", mrg, pv1("V1"), account=new)


def test_an_account_that_is_taken_up_again_is_open(tjh):
    """The patient is admitted, and an outpatient after all: his first account is his again."""
    tjh(adt("A04", "V1", account="ACC1"), changed("A06", "ACC2", "ACC1"))
    assert accounts(tjh) == [("ACC1", "inactive", "ACC2"), ("ACC2", "active", "")]
    tjh(changed("A07", "ACC1", "ACC2"), adt("A08", "V1", account="ACC1"))
    assert accounts(tjh) == [("ACC1", "active", ""), ("ACC2", "inactive", "ACC1")]


@pytest.mark.parametrize(
    ("event", "state"),
    [("A01", "active"), ("A04", "active"), ("A08", "inactive"), ("A03", "inactive")],
)
def test_who_is_admitted_under_an_account_that_had_ended_opens_it(tjh, event, state):
    tjh(adt("A01", "V1", account="ACC1"), said("BAR^P06", "EVN|P06|2026030110", account="ACC1"))
    assert accounts(tjh) == [("ACC1", "inactive", "")]
    tjh(adt(event, "V2", account="ACC1"))
    assert accounts(tjh) == [("ACC1", state, "")]


def test_two_accounts_that_are_one_are_no_part_of_each_other(tjh):
    tjh(adt("A04", "V1", account="ACC1"), changed("A06", "ACC2", "ACC1"))
    tjh(said("ADT^A41", "MRG|7^^^TJH01^MR||ACC2", account="ACC1"))
    ((number, _, part_of),) = accounts(tjh)
    assert (number, part_of) == ("ACC1", "")


def insured(event, number, class_, planned=""):
    return said(
        f"ADT^{event}", f"EVN|{event}|2026030109", f"{pv1(number, planned=planned)}|{class_}"
    )


@pytest.mark.parametrize("together", [True, False])
def test_the_financial_class_of_a_visit_with_another_number_is_one(tjh, together):
    """PV1-20 is a visit's: A08 under either number tells of the same coverage."""
    messages = [
        insured("A05", "", "C1", "P1"), insured("A01", "V1", "C1", "P1"),
        renumbered("A50", "V1", "V9"), insured("A08", "V9", "C2"), insured("A08", "V1", "C2"),
    ]  # fmt: skip
    feed_in(tjh, messages, together)
    (coverage,) = tjh.resources("Coverage")
    assert coverage["type"]["coding"][0]["code"] == "C2"


@pytest.mark.parametrize("together", [True, False])
def test_two_visits_that_are_one_have_one_financial_class(tjh, together):
    messages = [insured("A01", "V1", "C1"), insured("A01", "V2", "C2"),
                renumbered("A42", "V1", "V2"), insured("A08", "V1", "C3")]  # fmt: skip
    feed_in(tjh, messages, together)
    (coverage,) = tjh.resources("Coverage")
    assert coverage["type"]["coding"][0]["code"] == "C3"


def test_an_account_of_two_numbers_does_not_give_way_to_itself(tjh):
    tjh(adt("A04", "V1", account="ACC1"), said("ADT^A49", "MRG|7^^^TJH01^MR||ACC1", account="ACC2"))
    tjh(changed("A06", "ACC2", "ACC1"))
    ((_, state, part_of),) = accounts(tjh)
    assert (state, part_of) == ("active", "")


@pytest.mark.parametrize("event", ["A42", "A50"])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_new_number_is_known_in_whatever_order_messages_come(tjh, order, event):
    """Also where who discharges has not heard of it."""
    messages = [adt("A01", "V1"), renumbered(event, "V1", "V2"), adt("A03", "V1")]
    tjh(*(messages[number] for number in order))
    (visit,) = tjh.resources("Encounter")
    assert numbers(visit) == [("V2", ""), ("V1", "old")]
    assert visit["status"] == "finished"


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_so_is_the_number_of_an_account(tjh, order):
    messages = [
        said("ADT^A49", "EVN|A49|2026030110", "MRG|7^^^TJH01^MR||A1", account="A2"),
        adt("A08", "V1", account="A1"),
    ]
    tjh(*(messages[number] for number in order))
    (account,) = tjh.resources("Account")
    assert numbers(account) == [("A2", ""), ("A1", "old")]
