"""Orders of several kinds in one message (ORM, to v2.4): what follows an ORC tells of what kind."""

from __future__ import annotations

from speaking import PID, found, message, of, one

DRUG = ("ORC|{}|P1^HIS|||||||20260301|||D1^Lee", "RXO|AMOX^Amoxicillin^L|500||mg", "RXR|PO")


def drug(control: str) -> list[str]:
    return [DRUG[0].format(control), *DRUG[1:]]


def test_an_order_for_a_drug_is_a_prescription_alone() -> None:
    made = message("ORM^O01", PID, *drug("NW"), version="2.4")
    order = one(made, "MedicationRequest")
    assert order["identifier"][0]["value"] == "P1"
    assert (order["status"], order["medicationCodeableConcept"]["text"]) == (
        "active",
        "Amoxicillin",
    )
    assert order["dosageInstruction"][0]["route"]["coding"][0]["code"] == "PO"
    assert order["requester"]["display"] == "Lee"
    assert of(made, "ServiceRequest") == []
    assert found(made) == []


def test_cancelling_a_drug_cancels_the_prescription() -> None:
    ordered, cancelled = (
        one(message("ORM^O01", PID, *drug(control), version="2.4"), "MedicationRequest")
        for control in ("NW", "CA")
    )
    assert ordered["id"] == cancelled["id"]
    assert cancelled["status"] == "cancelled"


def test_orders_of_several_kinds_stay_apart() -> None:
    made = message(
        "ORM^O01", PID, *drug("NW"),
        "ORC|NW|P2^HIS", "NTE|1||fasting", "OBR|1|P2^HIS||GLU^Glucose^L",
        "ORC|NW|P3^HIS", "ODS|D||LOWSALT^low salt^L",
        "ORC|NW|P4^HIS", "RXO|IBU^Ibuprofen^L|200||mg",
        "ORC|CA|P5^HIS",
        version="2.4",
    )  # fmt: skip
    numbers = {
        kind: [order["identifier"][0]["value"] for order in of(made, kind)]
        for kind in ("MedicationRequest", "ServiceRequest", "NutritionOrder")
    }
    assert numbers == {
        "MedicationRequest": ["P1", "P4"], "ServiceRequest": ["P2", "P5"], "NutritionOrder": ["P3"]
    }  # fmt: skip
    assert [s["code"]["text"] for s in of(made, "ServiceRequest") if "code" in s] == ["Glucose"]
    assert found(made) == []


def test_a_drug_without_an_order_is_found() -> None:
    made = message("ORM^O01", PID, "ORC|NW|P2^HIS", "OBR|1|P2^HIS||GLU^Glucose^L",
                   "RXO|IBU^Ibuprofen^L|200||mg", version="2.4")  # fmt: skip
    assert one(made, "ServiceRequest")["code"]["text"] == "Glucose"
    assert of(made, "MedicationRequest") == []
    assert "nothing-to-add-to RXO" in found(made)


def test_an_order_of_a_tray_is_no_diet() -> None:
    made = message("OMD^O03", PID, "ORC|NW|P1", "ODS|D||LOW^Low^L", "ORC|NW|T1", "ODT|EARLY")
    assert [one["identifier"][0]["value"] for one in of(made, "NutritionOrder")] == ["P1"]
    assert ("unmapped-field", "ODT-1") in [
        (each.code, str(each.location)) for each in made.findings
    ]
