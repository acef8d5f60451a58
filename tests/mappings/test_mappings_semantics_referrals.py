"""Referrals: who asks, who is asked, and who is only told of."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of, one


def test_who_is_only_told_of_is_not_asked() -> None:
    """Of the roles of table 0286, the patient's own doctor (PP) takes no part in a referral."""
    made = message(
        "REF^I12", "RF1|A|||||R1",
        "PRD|RP|Li^An|||||D1", "PRD|PP|Wu^Bo|||||D2", "PRD|RT|Xu^Ci|||||D3",
        "PRD|CP|Ye^Di|||||D4", "PRD|XX|Ma^Er|||||D5", PID,
    )  # fmt: skip
    request = one(made, "ServiceRequest")
    assert request["requester"]["reference"].endswith("Practitioner-D1")
    assert [each["reference"][-2:] for each in request["performer"]] == ["D3", "D4"]
    assert len(of(made, "Practitioner")) == 5
    assert found(made) == ["not-applicable PRD[2]-1", "not-applicable PRD[5]-1"]


@pytest.mark.parametrize("kind", ["REF^I12", "RRI^I12"])
def test_an_order_beside_a_referral_is_an_order_of_its_own(kind: str) -> None:
    order = ("ORC|NW|O1", "OBR|1|O1||GLU^Glucose^L")
    made = message(kind, "RF1|A|||||R1", PID, *order)
    assert [one["id"] for one in of(made, "ServiceRequest")] == [
        "patient-100.ServiceRequest-R1", "patient-100.ServiceRequest-O1",
    ]  # fmt: skip
    assert of(made, "MedicationRequest") == []
    made = message(kind, "RF1|A|||||R1", PID, *order, "OBX|1|NM|GLU||5")
    referral, _ = of(made, "ServiceRequest")
    report = one(made, "DiagnosticReport")
    assert referral["supportingInfo"] == [{"reference": f"DiagnosticReport/{report['id']}"}]
    made = message(kind, "RF1|A|||||R1", PID, "ORC|NW|O1", "RXE||A^a^L|1||mg")
    assert one(made, "MedicationRequest")["medicationCodeableConcept"]["text"] == "a"


def test_that_it_is_a_referral_can_be_read() -> None:
    code = one(message("REF^I12", "RF1|A|||||R1", PID), "ServiceRequest")["code"]
    assert code["text"] == "referral of the patient"
    assert [each["code"] for each in code["coding"]] == ["3457005"]


def test_the_state_that_gave_a_licence_is_told() -> None:
    """PLN.3 (2.A.54): what else tells a number apart, as the state of a licence."""
    made = message("REF^I12", "RF1|A|||||R1", "PRD|RP|Li^An|||||L1^MD^Beijing^20270101", PID)
    (number,) = one(made, "Practitioner")["identifier"]
    assert number["assigner"] == {"display": "Beijing"}
    assert (number["value"], number["period"]) == ("L1", {"end": "2027-01-01"})
    assert found(made) == []
