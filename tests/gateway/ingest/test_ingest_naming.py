"""A patient named by another of the record's numbers alone: whose record that is."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7, register
from ingest_feed import sent as in_batches

_SENT = count(1)
BOTH = pytest.mark.parametrize("together", [True, False])
MR, EPI = "100^^^TJH01^MR", "E1^^^EPI^EPI"


def sent(type_, numbers, *segments, who="Doe^Jo||19800101|M", facility="TJH01"):
    return hl7(
        f"PID|1||{numbers}||{who}", *segments, type_=type_, control_id=f"N{next(_SENT)}",
        facility=facility,
    )  # fmt: skip


def result(numbers, **more):
    obr = f"OBR|1|O1|F1|GLU^Glucose^L|||20260301080000{'|' * 18}F"
    return sent("ORU^R01", numbers, obr, "OBX|1|NM|GLU^Glucose^L||5|mmol/L|||||F", **more)


def records(tjh):
    """Return each record's numbers, with how many results it has."""
    results = [one["id"].partition(".")[0] for one in tjh.resources("Observation")]
    return sorted(
        ([each["value"] for each in one["identifier"]],
         results.count(one["id"].partition(".")[0]))
        for one in tjh.resources("Patient")
    )  # fmt: skip


def unclear(tjh, receipts):
    return sum("patient-unclear" in tjh.findings(receipt.seq) for receipt in receipts)


@BOTH
@pytest.mark.parametrize("number", [EPI, "L77^^^LAB^PI", f"L77^^^LAB^PI~{EPI}"])
def test_a_number_of_one_record_alone_is_that_record(tjh, together, number):
    messages = [sent("ADT^A28", f"{MR}~{EPI}~L77^^^LAB^PI"), result(number)]
    receipts = in_batches(tjh, messages, together)
    assert records(tjh) == [(["100", "E1", "L77"], 1)]
    assert unclear(tjh, receipts) == 0


@BOTH
def test_a_number_of_several_records_is_none_of_them(tjh, together):
    messages = [sent("ADT^A28", f"{MR}~{EPI}"), sent("ADT^A28", f"200^^^TJH01^MR~{EPI}")]
    receipts = in_batches(tjh, [*messages, result(EPI)], together)
    assert records(tjh) == [(["100", "E1"], 0), (["200", "E1"], 0), (["E1"], 1)]
    assert unclear(tjh, receipts) == 1


@BOTH
def test_a_number_of_records_that_were_merged_is_the_survivor_s(tjh, together):
    messages = [
        sent("ADT^A28", f"{MR}~{EPI}"), sent("ADT^A28", f"200^^^TJH01^MR~{EPI}"),
        sent("ADT^A40", "200^^^TJH01^MR", f"MRG|{MR}"), result(EPI),
    ]  # fmt: skip
    in_batches(tjh, messages, together)
    assert records(tjh) == [(["100", "E1"], 0), (["200", "E1"], 1)]


@BOTH
def test_a_number_that_many_share_neither_names_one_nor_hides_whom_another_names(tjh, together):
    messages = [sent("ADT^A28", f"{mr}^^^TJH01^MR~S^^^YB^PI~E{mr}^^^EPI^EPI")
                for mr in range(100, 104)]  # fmt: skip
    messages += [
        result("S^^^YB^PI~E102^^^EPI^EPI"),
        result("S^^^YB^PI"),
        result("N^^^X^PI~S^^^YB^PI"),
    ]
    receipts = in_batches(tjh, messages, together)
    held = {tuple(numbers): count_ for numbers, count_ in records(tjh) if count_}
    assert held == {("102", "S", "E102"): 1, ("S",): 1, ("N", "S"): 1}
    assert unclear(tjh, receipts) == 1


def test_a_number_of_many_records_that_were_merged_is_the_survivor_s(tjh):
    tjh(*[sent("ADT^A28", f"{mr}^^^TJH01^MR~{EPI}") for mr in range(100, 120)])
    tjh(*[sent("ADT^A40", "119^^^TJH01^MR", f"MRG|{mr}^^^TJH01^MR") for mr in range(100, 119)])
    receipts = tjh(result(EPI), result(f"{EPI}~X^^^OTHER"))
    assert [numbers for numbers, found in records(tjh) if found] == [["119", "E1"], ["E1", "X"]]
    assert unclear(tjh, receipts) == 0


@BOTH
@pytest.mark.parametrize("who", ["Doe^Jo||19990101|M", "Roe^Ann||19800101|M", "Doe^Jo||19800101|F"])
def test_who_is_somebody_else_has_a_record_of_his_own(tjh, together, who):
    """The number of an insurance may be a family's."""
    receipts = in_batches(tjh, [sent("ADT^A28", f"{MR}~{EPI}"), result(EPI, who=who)], together)
    assert records(tjh) == [(["100", "E1"], 0), (["E1"], 1)]
    assert unclear(tjh, receipts) == 1


def test_a_number_of_its_own_begins_a_record_whatever_else_it_has(tjh):
    receipts = tjh(sent("ADT^A28", f"{MR}~{EPI}"), sent("ADT^A28", f"200^^^TJH01^MR~{EPI}"))
    assert records(tjh) == [(["100", "E1"], 0), (["200", "E1"], 0)]
    assert unclear(tjh, receipts) == 0


@pytest.mark.parametrize("other", ["E1^^^OTHER^EPI", "E2^^^EPI^EPI"])
def test_another_authority_s_number_is_another_number(tjh, other):
    tjh(sent("ADT^A28", f"{MR}~{EPI}"), result(other))
    assert [found for _, found in records(tjh)] == [0, 1]


@BOTH
def test_a_record_begun_by_a_number_alone_is_the_one_that_is_registered_with_it(tjh, together):
    messages = [result(EPI), sent("ADT^A28", f"{MR}~{EPI}"), result(EPI), result(MR)]
    receipts = in_batches(tjh, messages, together)
    assert records(tjh) == [(["100", "E1"], 1), (["E1"], 0)]
    assert [tjh.findings(receipt.seq).count("patients-joined") for receipt in receipts] == [
        0, 1, 0, 0
    ]  # fmt: skip
    tjh(sent("ADT^A40", "200^^^TJH01^MR", f"MRG|{MR}"), result(EPI))
    assert [numbers for numbers, found in records(tjh) if found] == [["200"]]


@pytest.mark.parametrize("before", [
    [result(EPI, who="Doe^Jo||19990101|M")],
    [result(EPI, who="||19800101|M")],
    [result(EPI, who="Doe^Jo|||M")],
    [result("L77^^^LAB^PI"), result(EPI)],
], ids=["somebody else", "no name", "no birth date", "two"])  # fmt: skip
def test_whose_number_began_a_record_is_not_known_without_proof(tjh, before):
    tjh(*before)
    receipts = tjh(sent("ADT^A28", f"{MR}~{EPI}~L77^^^LAB^PI"))
    assert len(records(tjh)) == 1 + len(before)
    assert unclear(tjh, receipts) == 1


@BOTH
def test_a_record_that_has_other_numbers_or_shares_its_own_is_somebody_s(tjh, together):
    messages = [
        sent("ADT^A28", f"7^^^TJH01^MR~{EPI}", who="Roe^Ann||19700101|F"), result(EPI),
        result("L77^^^LAB^PI~X9^^^LAB2^AN"), sent("ADT^A28", f"{MR}~{EPI}~L77^^^LAB^PI"),
    ]  # fmt: skip
    receipts = in_batches(tjh, messages, together)
    assert len(records(tjh)) == 4
    assert unclear(tjh, receipts) == 1  # of the result that is not hers


def test_another_hospital_s_record_is_not_this_one_s(tjh):
    register(tjh.store, "bjh", "BJH01")
    tjh(sent("ADT^A28", f"{MR}~{EPI}"), result(EPI, facility="BJH01"))
    assert records(tjh) == [(["100", "E1"], 0)]
    assert len(tjh.resources("Observation", "bjh")) == 1


@BOTH
def test_a_number_of_another_record_that_is_learnt_later_is_found(tjh, together):
    """It names neither of them from then on; of a record that was merged it is no other's."""
    tjh(sent("ADT^A28", MR), sent("ADT^A28", f"200^^^TJH01^MR~{EPI}"))
    learnt = [sent("ADT^A31", f"{MR}~{EPI}") for _ in range(2)]
    assert unclear(tjh, in_batches(tjh, [sent("ADT^A31", MR), *learnt], together)) == 1
    tjh(sent("ADT^A28", "300^^^TJH01^MR"), hl7(
        "PID|1||200^^^TJH01^MR||Doe^Jo||19800101|M", "MRG|300^^^TJH01^MR", type_="ADT^A40",
        control_id="M", version="2.5.1",
    ))  # fmt: skip
    other = "L1^^^LAB^PI"
    tjh(sent("ADT^A31", f"300^^^TJH01^MR~{other}"))
    assert unclear(tjh, tjh(sent("ADT^A31", f"200^^^TJH01^MR~{other}"))) == 0
