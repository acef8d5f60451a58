"""Orders that take the place of others (RP or RU, then RO; table 0119)."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, of

from mappings.translate import Translation


def drugs(*orders: str) -> tuple[Translation, list[JSON]]:
    """Prescriptions: each an ORC, and a drug of its own."""
    segments = [s for n, orc in enumerate(orders) for s in (orc, f"RXE||D{n}^d^L|1||TAB")]
    made = message("RDE^O11", PID, *segments)
    return made, of(made, "MedicationRequest")


def services(*orders: str) -> tuple[Translation, list[JSON]]:
    """Orders of services: each an ORC, and an OBR."""
    segments = [
        s for n, orc in enumerate(orders)
        for s in (orc, f"OBR|1|{'|'.join(orc.split('|')[2:4])}|T{n}^t^L" if orc.count('|') > 2
                  else f"OBR|1|{orc.split('|')[2]}||T{n}^t^L")
    ]  # fmt: skip
    made = message("OML^O21", PID, *segments)
    return made, of(made, "ServiceRequest")


def test_a_prescription_names_the_one_whose_place_it_takes() -> None:
    made, (old, new) = drugs("ORC|RP|P1", "ORC|RO|P2")
    assert (old["status"], new["status"]) == ("stopped", "active")
    assert new["priorPrescription"] == {"reference": f"MedicationRequest/{old['id']}"}
    assert "priorPrescription" not in old
    assert found(made) == []


def test_of_several_that_one_replaces_fhir_names_none() -> None:
    made, (_, _, new) = drugs("ORC|RP|P1", "ORC|RP|P2", "ORC|RO|P3")
    assert "priorPrescription" not in new
    assert found(made) == ["not-applicable ORC[3]-1"]


def test_pairs_are_told_apart() -> None:
    _, (first, second, third, fourth) = drugs("ORC|RP|P1", "ORC|RO|P2", "ORC|RQ|P3", "ORC|RO|P4")
    for old, new in ((first, second), (third, fourth)):
        assert new["priorPrescription"] == {"reference": f"MedicationRequest/{old['id']}"}


@pytest.mark.parametrize("orders", [("ORC|RO|P2",), ("ORC|RP|P1|F1", "ORC|RO|P1|F1")])
def test_an_order_does_not_replace_itself_nor_what_is_not_told(orders: tuple[str, ...]) -> None:
    _, requests = drugs(*orders)
    assert not any("priorPrescription" in each for each in requests)


def test_a_service_names_all_whose_place_it_takes() -> None:
    _, (first, second, third, fourth) = services("ORC|RP|P1", "ORC|RP|P2", "ORC|RO|P3", "ORC|RO|P4")
    references = [{"reference": f"ServiceRequest/{old['id']}"} for old in (first, second)]
    assert third["replaces"] == fourth["replaces"] == references
    assert "replaces" not in second


def test_what_a_filler_replaces_keeps_the_placer_s_number() -> None:
    _, (old, new) = services("ORC|RU|P1|F1", "ORC|RO|P1|F2")
    assert new["replaces"] == [{"reference": f"ServiceRequest/{old['id']}"}]


def test_an_order_of_one_patient_replaces_none_of_another() -> None:
    made = message(
        "RDE^O11", PID, "ORC|RP|P1", "RXE||A^a^L", PID.replace("100^", "200^"), "ORC|RO|P2",
        "RXE||B^b^L",
    )  # fmt: skip
    assert not any("priorPrescription" in each for each in of(made, "MedicationRequest"))
