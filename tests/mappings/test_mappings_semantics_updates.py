"""Updates: what is deleted, corrected or withdrawn, and what merely is not said."""

from __future__ import annotations

import pytest
from speaking import PID, message, of, one, oru

from mappings.runtime.types import Made


def made_of(segment: str, type_: str = "Patient", kind: str = "ADT^A08") -> Made:
    made = message(kind, "EVN|A08|20260301", *([] if type_ == "Patient" else [PID]), segment)
    (found,) = (m for m in made.made if m.resource["resourceType"] == type_)
    return found


# -- null and empty ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "elements"),
    [(5, {"name"}), (7, {"birthDate"}), (8, {"gender"}), (11, {"address"}),
     (16, {"maritalStatus"}), (29, {"deceasedDateTime"})],
)  # fmt: skip
def test_null_deletes_and_empty_says_nothing(field: int, elements: set[str]) -> None:
    start = "PID|1||100^^^H^MR" + "|" * (field - 3)
    null, empty = made_of(start + '""'), made_of(start)
    assert {word.partition(" ")[0] for word in null.erase} == elements
    assert empty.erase == ()
    assert not elements & (null.resource.keys() | empty.resource.keys())


def test_null_inside_a_value_is_a_part_that_is_not_there() -> None:
    patient = made_of('PID|1||100^^^H^MR||Doe^""||||||1 A^""^T')
    assert patient.resource["name"] == [{"family": "Doe", "text": "Doe"}]
    assert patient.resource["address"] == [{"line": ["1 A"], "city": "T"}]
    assert patient.erase == ()


def test_quotes_in_a_text_are_no_null() -> None:
    made = oru('OBX|1|ST|X||He said ""no""||||||F')
    assert one(made, "Observation")["valueString"] == 'He said ""no""'


def test_a_result_is_replaced_as_a_whole_and_a_patient_is_not() -> None:
    made = oru("OBX|1|NM|X||5||||||F")
    assert {m.resource["resourceType"] for m in made.made if m.replace} == {
        "DiagnosticReport", "Observation",
    }  # fmt: skip


def test_a_result_whose_value_is_deleted_has_none() -> None:
    observation = one(oru('OBX|1|NM|X||""||||||C'), "Observation")
    assert observation["status"] == "corrected"
    assert not any(name.startswith("value") for name in observation)


# -- status --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "read"),
    [("O", "registered"), ("I", "registered"), ("N", "registered"), ("S", "preliminary"),
     ("R", "preliminary"), ("P", "preliminary"), ("F", "final"), ("U", "final"),
     ("A", "amended"), ("C", "corrected"), ("D", "entered-in-error"), ("W", "entered-in-error"),
     ("X", "cancelled"), ("", "unknown")],
)  # fmt: skip
def test_the_status_of_a_result(status: str, read: str) -> None:
    assert one(oru(f"OBX|1|NM|X||5||||||{status}"), "Observation")["status"] == read


@pytest.mark.parametrize("status", list("PFCDWX"))
def test_a_result_is_the_same_one_whatever_its_status(status: str) -> None:
    first, later = oru("OBX|1|NM|X||5||||||P"), oru(f"OBX|7|ST|X||see note||||||{status}")
    assert one(first, "Observation")["id"] == one(later, "Observation")["id"]


@pytest.mark.parametrize(
    ("status", "read"),
    [("O", "registered"), ("P", "preliminary"), ("A", "partial"), ("R", "partial"),
     ("F", "final"), ("C", "corrected"), ("X", "cancelled"), ("Z", "unknown")],
)  # fmt: skip
def test_the_status_of_a_report(status: str, read: str) -> None:
    made = message("ORU^R01", PID, "OBR|1|P1|F1|A" + "|" * 21 + status, "OBX|1|NM|X||5")
    assert one(made, "DiagnosticReport")["status"] == read


def test_a_report_with_fewer_lines_replaces_the_longer_one() -> None:
    long, short = (
        oru(*(f"OBX|{n}|TX|R|{n}|line {n}||||||{status}" for n in range(1, lines + 1)))
        for lines, status in ((5, "F"), (2, "C"))
    )
    assert one(short, "Observation")["valueString"] == "line 1\nline 2"
    assert one(long, "Observation")["id"] == one(short, "Observation")["id"]


# -- action codes --------------------------------------------------------------------------------


def test_a_result_is_deleted_by_its_action_code() -> None:
    result = "OBX|1|NM|X||5||||||F" + "|" * 20 + "D"
    assert one(oru(result, version="2.9"), "Observation")["status"] == "entered-in-error"
    assert one(oru(result), "Observation")["status"] == "final"  # 2.5.1 has no such field


@pytest.mark.parametrize(
    ("action", "error"), [("A", False), ("U", False), ("X", False), ("D", True)]
)
def test_action_codes_of_allergies(action: str, error: bool) -> None:
    made = message("ADT^A60", "EVN|A60|20260301", PID, f"IAM|1|DA|P^Pen^L|SV||{action}|A1^H")
    allergy = one(made, "AllergyIntolerance")
    verification = allergy.get("verificationStatus", {"coding": [{"code": ""}]})
    assert (verification["coding"][0]["code"] == "entered-in-error") is error
    assert ("clinicalStatus" in allergy) is not error


@pytest.mark.parametrize(
    ("action", "error"), [("AD", False), ("UP", False), ("UC", False), ("DE", True)]
)
def test_action_codes_of_problems(action: str, error: bool) -> None:
    made = message("PPR^PC1", PID, f"PRB|{action}|20260301|E11^D^I10|PB1")
    problem = one(made, "Condition")
    assert ("clinicalStatus" in problem) is not error


def test_the_same_diagnosis_withdrawn_is_the_same_condition() -> None:
    both = [
        one(message("ADT^A08", "EVN|A08|20260301", PID,
                    "DG1|1||E11.9^D^I10||20260301|F" + "|" * 14 + f"D1^H|{action}"), "Condition")
        for action in "AD"
    ]  # fmt: skip
    assert both[0]["id"] == both[1]["id"]
    assert [c["verificationStatus"]["coding"][0]["code"] for c in both] == [
        "confirmed", "entered-in-error",
    ]  # fmt: skip


def test_all_results_of_a_corrected_report_stay_in_it() -> None:
    made = oru("OBX|1|NM|X||5||||||F", "OBX|2|NM|Y||||||||D")
    assert len(one(made, "DiagnosticReport")["result"]) == len(of(made, "Observation")) == 2


@pytest.mark.parametrize("action", ["", "AD"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_problem_withdrawn_in_its_own_message_has_no_clinical_status(
    action: str, order: int
) -> None:
    problems = [f"PRB|{said}||I10^x^I10|P77" for said in (action, "DE")]
    problem = one(message("PPR^PC1", PID, *problems[::order]), "Condition")
    assert problem["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert "clinicalStatus" not in problem


def test_a_definition_of_channels_that_deletes_something_is_no_result() -> None:
    made = message("ORU^W01", PID, 'OBX|1|CD|||1&I|||""|||F', "OBX|2|MA|||12||||||F")
    (result,) = of(made, "Observation")
    assert result["valueSampledData"]["data"] == "12"


@pytest.mark.parametrize(
    ("kind", "active"),
    [("ADT^A01", True), ("ADT^A04", True), ("ADT^A05", True), ("ADT^A28", True),
     ("ADT^A29", False), ("ADT^A08", None), ("ADT^A31", None), ("ADT^A03", None),
     ("ORU^R01", None)],
)  # fmt: skip
def test_who_is_entered_or_comes_is_on_the_books(kind: str, active: bool | None) -> None:
    assert one(message(kind, "EVN||20260301", PID), "Patient").get("active") is active
