"""What is only asked for: proposals of RQA, orders in messages of unknown type, who takes part."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of, one

ORDER = ("ORC|NW|O1|F1", "OBR|1|O1|F1|GLU")


def test_what_somebody_is_to_agree_to_is_a_proposal() -> None:
    made = message("RQA^I08", PID, "PR1|1||P1^Op^L||20260501", *ORDER, "NTE|1||soon")
    request = one(made, "ServiceRequest")
    assert (request["status"], request["intent"]) == ("draft", "proposal")
    assert request["note"] == [{"text": "soon"}]
    assert one(made, "Procedure")["status"] == "preparation"
    assert of(made, "DiagnosticReport") == []


@pytest.mark.parametrize("kind", ["RQI^I01", "RQP^I04"])
def test_nor_is_what_others_ask_an_active_order(kind: str) -> None:
    request = one(message(kind, PID, *ORDER), "ServiceRequest")
    assert (request["status"], request["intent"]) == ("draft", "proposal")


def test_an_order_in_a_message_of_unknown_type_has_no_report() -> None:
    made = message("ZZZ^Z01", PID, *ORDER, "NTE|1||soon")
    assert of(made, "DiagnosticReport") == []
    assert one(made, "ServiceRequest")["note"] == [{"text": "soon"}]


def test_what_only_the_report_would_have_said_is_found() -> None:
    made = message("ZZZ^Z01", PID, "ORC|NW|O1|F1", "OBR|1|O1|F1|GLU" + "|" * 28 + "D1^House")
    assert of(made, "DiagnosticReport") == []
    assert "not-applicable OBR-32" in found(made)


@pytest.mark.parametrize(
    "rest",
    [
        ("OBR|1|O1|F1|GLU" + "|" * 18 + "20260301090000",),
        ("OBR|1|O1|F1|GLU" + "|" * 21 + "F",),
        ("OBR|1|O1|F1|GLU", "OBX|1|NM|GLU||5|mmol/L|||||F"),
    ],
)
def test_what_was_told_or_has_a_result_is_a_report(rest: tuple[str, ...]) -> None:
    made = message("ZZZ^Z01", PID, "ORC|RE|O1|F1", *rest)
    assert one(made, "DiagnosticReport")["basedOn"]


@pytest.mark.parametrize(
    ("code", "type_"), [("AT", "ATND"), ("AD", "ADM"), ("RP", "REF"), ("CP", "CON"), ("OP", "OP")]
)
def test_who_takes_part_in_a_visit_is_told_as_pv1_tells_it(code: str, type_: str) -> None:
    participant = f"PRT|1|AD||{code}^x^HL70912|D1^House"
    made = message("ADT^A01", PID, "PV1|1|I", participant, version="2.7")
    (taking,) = one(made, "Encounter")["participant"]
    assert taking["type"][0]["coding"][0]["code"] == type_
