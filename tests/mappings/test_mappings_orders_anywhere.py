"""Orders, wherever they stand: of drugs, of services, in messages of another kind."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, of, one

DRUGS = ("ORC|NW|O1", "RXE|1^QD|ASA|100||MG", "RXR|PO", "ORC|NW|O2", "RXE|1^QD|AMOX|100||MG")
REQUEST = ("ORC|NW|O3", "OBR|1|O3||GLU", "OBX|1|NM|GLU||5")


def short(resources: list[JSON]) -> list[str]:
    return [r["id"].removeprefix("patient-100.") for r in resources]


@pytest.mark.parametrize("kind", ["ADT^A08", "ORU^R01", "OML^O21", "MDM^T02", "RAR^RAR", "ZZZ^Z01"])
@pytest.mark.parametrize("first", [True, False])
def test_a_drug_is_ordered_in_messages_of_any_kind(kind: str, first: bool) -> None:
    """An order that has a drug behind it is no ServiceRequest."""
    segments = (*DRUGS, *REQUEST) if first else (*REQUEST, *DRUGS)
    made = message(kind, PID, *segments)
    drugs = of(made, "MedicationRequest")
    assert short(drugs) == ["MedicationRequest-O1", "MedicationRequest-O2"]
    assert [d["medicationCodeableConcept"]["coding"][0]["code"] for d in drugs] == ["ASA", "AMOX"]
    assert {d["status"] for d in drugs} == {"active"}
    assert short(of(made, "ServiceRequest")) == ["ServiceRequest-O3"]


def test_a_service_is_ordered_in_a_message_of_drugs() -> None:
    made = message("RDE^O11", PID, *DRUGS[:3], *REQUEST, *DRUGS[3:])
    assert len(of(made, "MedicationRequest")) == 2
    order = one(made, "ServiceRequest")
    assert (order["status"], order["code"]["coding"][0]["code"]) == ("active", "GLU")


@pytest.mark.parametrize("kind", ["ADT^A08", "ZZZ^Z01"])
def test_what_is_given_and_handed_out_is_of_its_order(kind: str) -> None:
    made = message(
        kind, PID, "ORC|NW|O1", "RXA|1|1|20260301||A^a", "RXR|PO", "ORC|NW|O2",
        "RXD|1|ASA|20260302|3", "ORC|CA|O3",
    )  # fmt: skip
    requests = ["MedicationRequest-O1", "MedicationRequest-O2"]
    assert short(of(made, "MedicationRequest")) == requests
    given, handed_out = one(made, "MedicationAdministration"), one(made, "MedicationDispense")
    assert given["dosage"]["route"]
    assert handed_out["authorizingPrescription"][0]["reference"].endswith("-O2")
    assert one(made, "ServiceRequest")["status"] == "revoked"
    assert not [where for where in found(made) if "nothing-to-add-to" in where]


def test_many_drugs_do_not_stand_within_one_another() -> None:
    made = message("ORU^R01", PID, *(DRUGS[:3] * 1500))
    assert len(of(made, "MedicationRequest")) == 1500


@pytest.mark.parametrize("kind", ["OMQ^O42", "OPL^O37"])
def test_an_order_is_no_report(kind: str) -> None:
    made = message(kind, PID, "ORC|NW|O1", "OBR|1|O1||GLU")
    assert short(of(made, "ServiceRequest")) == ["ServiceRequest-O1"]
    assert of(made, "DiagnosticReport") == []
