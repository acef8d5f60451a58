"""Answers to orders that name no patient: theirs are the orders, and whoever those are for."""

from __future__ import annotations

from typing import Literal

import pytest
from speaking import PID, found, message, of, one

from mappings.bundle import bundle

ANSWER, NOBODY = "MSA|AA|7", "patient-1"  # the record of the message, which has that control id


@pytest.mark.parametrize(
    ("kind", "segments", "type_", "element"),
    [
        ("ORR^O02", ("ORC|OK|P1|F1",), "ServiceRequest", "subject"),
        ("ORL^O22", ("ORC|OK|P1", "OBR|1|P1||A^a^L", "SPM|1|S1||BLD"), "ServiceRequest", "subject"),
        ("ORG^O20", ("OBR|1|P1||A^a^L",), "ServiceRequest", "subject"),
        ("RRE^O12", ("ORC|OK|P1",), "MedicationRequest", "subject"),
        ("RRD^O14", ("ORC|OK|P1", "RXD|1|A^a^L|20260301|1"), "MedicationRequest", "subject"),
        ("RRA^O18", ("ORC|OK|P1", "RXA|0|1|20260301||A^a^L|1"), "MedicationRequest", "subject"),
        ("RRG^O16", ("ORC|OK|P1",), "MedicationRequest", "subject"),
        ("ORD^O04", ("ORC|OK|P1", "ODS|D||A^a^L"), "NutritionOrder", "patient"),
        ("ORM^O01", ("ORC|CA|P1",), "ServiceRequest", "subject"),
        ("ORX^O99", ("ORC|CA|P1",), "ServiceRequest", "subject"),
    ],
)
def test_the_patient_is_whoever_the_orders_are_for(
    kind: str, segments: tuple[str, ...], type_: str, element: str
) -> None:
    made = message(kind, ANSWER, *segments)
    assert not made.rejected
    assert made.unnamed == NOBODY
    assert "patient-by-order MSH-9" in found(made)
    order = one(made, type_)
    assert order["id"].startswith(f"{NOBODY}.{type_}-")
    assert order[element] == {"reference": f"Patient/{NOBODY}.Patient"}
    theirs = [m.resource for m in made.made if m.home == "patient"]
    assert all(each.get("subject", order[element]) == order[element] for each in theirs)
    assert of(made, "Patient") == []


@pytest.mark.parametrize(
    ("kind", "segments"),
    [
        ("ORR^O02", ("ORC|OK|||G1",)),
        ("ORR^O02", ("ORC|OK|P1", "ORC|OK|||G1")),
        ("ORR^O02", ("PV1|1|I", "ORC|OK|P1")),
        ("ORL^O22", ("ORC|OK|P1", "OBR|1|P1||A^a^L", "OBX|1|NM|A^a^L||1||||||F")),
        ("ORU^R01", ("ORC|RE|P1", "OBR|1|P1||A^a^L", "OBX|1|NM|A^a^L||1||||||F")),
        ("OUL^R22", ("SPM|1|S1||BLD",)),
    ],
)
def test_what_orders_do_not_tell_needs_a_patient(kind: str, segments: tuple[str, ...]) -> None:
    made = message(kind, *segments)
    assert made.rejected
    assert made.unnamed == ""
    assert "no-patient MSH-9" in found(made)


def test_an_answer_that_names_its_patient_is_of_that_one() -> None:
    made = message("ORR^O02", ANSWER, PID, "ORC|OK|P1")
    assert made.unnamed == ""
    assert one(made, "ServiceRequest")["id"] == "patient-100.ServiceRequest-P1"
    assert found(made) == []


@pytest.mark.parametrize("kind", ["transaction", "message"])
def test_a_bundle_names_no_patient_whom_it_does_not_hold(
    kind: Literal["transaction", "message"],
) -> None:
    """A server refuses a whole transaction for a reference to what it does not have."""
    made = bundle(message("ORR^O02", ANSWER, "ORC|OK|P1|F1"), kind)
    assert b'"subject":{"display":"not named in the message"}' in made
    assert NOBODY.encode() + b".Patient" not in made
    named = bundle(message("ORM^O01", PID, "ORC|NW|P1|F1"), kind)
    assert b"not named" not in named
