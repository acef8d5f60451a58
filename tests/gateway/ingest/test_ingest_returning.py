"""What moved to another record, and what it left: merged afterwards, moved back, told of again."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7

from gateway.ingest.sending import Sent, deleted, guessed, moved, moved_to, noted, outdated

_SENT = count(1)


def sent(type_, number, *segments, at=None, account=""):
    at = at or next(_SENT)
    pid = f"PID|1||{number}^^^TJH01^MR||Doe^Jo||19800101|M{'|' * 10}{account}"
    return hl7(pid, *segments, type_=type_, control_id=f"R{next(_SENT)}", version="2.5.1",
               sent=f"20260301{at // 60:02d}{at % 60:02d}00")  # fmt: skip


def visit(event, number, **more):
    pv1 = f"PV1|1|I|W1^101^1{'|' * 16}V1"
    return sent(f"ADT^{event}", number, f"EVN|{event}|2026030107", pv1, **more)


def order(number):
    return sent("OML^O21", number, f"PV1|1|I{'|' * 17}V1", "ORC|NW|O1", "OBR|1|O1||GLU^Glucose^L")


def result(number, status, code="GLU^Glucose^L"):
    obr = f"OBR|1|O1|F1|{code}|||20260301080000{'|' * 18}{status}"
    obx = f"OBX|1|NM|GLU^Glucose^L||5|mmol/L|||||{status}"
    return sent("ORU^R01", number, f"PV1|1|I{'|' * 17}V1", "ORC|RE|O1|F1", obr, obx)


def charge(number):
    return sent("DFT^P03", number, "FT1|1|T1||20260301||CG|GLU^Glucose", account="A1")


def moves(number, prior, at=None):
    mrg = f"MRG|{prior}^^^TJH01^MR||||V1"
    return sent("ADT^A45", number, mrg, f"PV1|1|I{'|' * 17}V1", at=at)


def account_moves(number, prior):
    return sent("ADT^A44", number, f"MRG|{prior}^^^TJH01^MR||A1", account="A1")


def merge(surviving, retired):
    return sent("ADT^A40", surviving, f"MRG|{retired}^^^TJH01^MR")


def of(tjh, type_):
    """Return whose each resource of a type is, and its state."""
    whose = {
        one["id"].partition(".")[0]: one["identifier"][0]["value"]
        for one in tjh.resources("Patient")
    }
    return sorted(
        (whose[one["id"].partition(".")[0]], one["status"]) for one in tjh.resources(type_)
    )


def begun():
    return [visit("A01", "100"), *(sent("ADT^A28", number) for number in ("200", "300"))]


@pytest.mark.parametrize(("surviving", "retired"), [("100", "200"), ("200", "100")])
def test_a_visit_that_moved_goes_on_after_the_merge_that_follows(tjh, surviving, retired):
    tjh(*begun(), result("100", "P"), moves("200", "100"), merge(surviving, retired))
    assert of(tjh, "Encounter") == [(surviving, "in-progress")]
    (one,) = tjh.resources("Encounter")
    assert (one["class"]["code"], one["location"][0]["status"]) == ("IMP", "active")
    assert one["location"][0]["period"]["start"]
    tjh(visit("A03", "200"))
    assert of(tjh, "Encounter") == [(surviving, "finished")]


@pytest.mark.parametrize(("surviving", "retired"), [("100", "200"), ("200", "100")])
def test_an_account_that_moved_goes_on_after_the_merge_that_follows(tjh, surviving, retired):
    tjh(*begun(), charge("100"), account_moves("200", "100"), merge(surviving, retired))
    assert of(tjh, "Account") == [(surviving, "active")]


def test_a_record_that_was_only_left_is_merged_into_one_that_never_had_the_visit(tjh):
    tjh(*begun(), moves("200", "100"), merge("300", "100"))
    assert of(tjh, "Encounter") == [("200", "in-progress"), ("300", "entered-in-error")]
    tjh(merge("300", "200"))
    assert of(tjh, "Encounter") == [("300", "in-progress")]


def test_a_visit_that_is_moved_back_is_as_it_was(tjh):
    tjh(*begun(), result("100", "P"), moves("200", "100"), moves("100", "200"))
    assert of(tjh, "Encounter") == [("100", "in-progress"), ("200", "entered-in-error")]
    assert of(tjh, "Observation") == [("100", "preliminary")]
    tjh(result("100", "F"), visit("A03", "100"))
    assert of(tjh, "Encounter") == [("100", "finished"), ("200", "entered-in-error")]
    (seen,) = tjh.resources("Observation")
    living = next(one for one in tjh.resources("Encounter") if one["status"] == "finished")
    assert seen["encounter"]["reference"] == f"Encounter/{living['id']}"
    tjh(moves("200", "100"))
    assert of(tjh, "Encounter") == [("100", "entered-in-error"), ("200", "finished")]


def test_an_account_that_is_moved_back_is_as_it_was(tjh):
    tjh(*begun(), charge("100"), account_moves("200", "100"), account_moves("100", "200"))
    assert of(tjh, "Account") == [("100", "active"), ("200", "entered-in-error")]
    (item,) = tjh.resources("ChargeItem")
    assert item["account"][0]["reference"].startswith(f"Account/{tjh.home('100')}.")


def test_what_left_does_not_move_again(tjh):
    tjh(*begun(), moves("200", "100"), moves("300", "200"), moves("200", "100"))
    states = {"100": "entered-in-error", "200": "entered-in-error", "300": "in-progress"}
    assert dict(of(tjh, "Encounter")) == states


def test_a_move_that_comes_again_does_not_undo_the_one_back(tjh):
    tjh(*begun(), moves("200", "100", at=900), moves("100", "200", at=910))
    (receipt,) = tjh(moves("200", "100", at=900))
    assert "superseded" in tjh.findings(receipt.seq)
    assert of(tjh, "Encounter") == [("100", "in-progress"), ("200", "entered-in-error")]


def test_what_moves_keeps_who_told_it(tjh):
    """The order's code is the orderer's, in the new record too; a late message stays late."""
    tjh(order("100"), visit("A03", "100", at=1000))
    tjh(sent("ADT^A28", "200"), moves("200", "100", 1001))
    tjh(result("200", "F", "GLUC^Glucose in plasma^L"))
    (kept,) = tjh.resources("ServiceRequest")
    assert kept["code"]["coding"][0]["code"] == "GLU"
    tjh(visit("A01", "200", at=990))
    assert of(tjh, "Encounter") == [("100", "entered-in-error"), ("200", "finished")]


def test_a_visit_that_is_begun_anew_where_it_had_left_is_there(tjh):
    tjh(*begun(), moves("200", "100"), visit("A01", "100"), moves("300", "100"))
    states = {"100": "entered-in-error", "200": "in-progress", "300": "in-progress"}
    assert dict(of(tjh, "Encounter")) == states


def test_what_left_keeps_where_it_is_and_when_it_was_told_of_alone():
    by = Sent(b"HIS-ADT", 1 << 40, "ADT")
    kept = noted(noted(b"", "Encounter", by, ["length"]), "Encounter", None, None, ["status"])
    left = moved(kept, "p.1")
    assert (moved_to(left), deleted(left), guessed(left)) == ("p.1", [], set())
    assert outdated(left, by._replace(at=by.at - 1)) is True
    assert moved_to(noted(left, "Encounter", by)) == "p.1"
    assert moved_to(noted(left, "Encounter", by, guesses=())) == moved_to(kept) == ""
