"""What VXU says beside a vaccine: who pays, who is entitled, what the patient was given to read."""

from __future__ import annotations

from typing import Any

from speaking import JSON, PID, message, of, one

RXA = "RXA|0|1|20260310||141^Influenza^CVX|0.5|mL"


def given(*results: str) -> tuple[JSON, list[JSON]]:
    """The immunization, and the observations beside it."""
    segments = [f"OBX|{n}|{each}||||||F" for n, each in enumerate(results, 1)]
    made = message("VXU^V04", PID, "ORC|RE|O8|F8", RXA, *segments)
    return one(made, "Immunization"), of(made, "Observation")


def codes(concept: Any) -> list[str]:
    return [coding["code"] for coding in concept["coding"]]


def test_eligibility_and_funding_have_their_elements_and_stay_results() -> None:
    immunization, results = given(
        "CE|64994-7^Eligibility^LN|1|V01^Not eligible^HL70064",
        "CE|30963-3^Funding^LN|1|VXC50^Public^CDCPHINVS",
    )
    assert [codes(each) for each in immunization["programEligibility"]] == [["V01"]]
    assert codes(immunization["fundingSource"]) == ["VXC50"]
    assert [codes(each["valueCodeableConcept"]) for each in results] == [["V01"], ["VXC50"]]


def test_information_for_a_patient_is_told_with_its_dates() -> None:
    immunization, _ = given(
        "CE|69764-9^Type^LN|1|253^Influenza VIS^cdcgs1vis",
        "TS|29768-9^Published^LN|1|20250806", "TS|29769-7^Presented^LN|1|20260310",
    )  # fmt: skip
    assert immunization["education"] == [{
        "documentType": "Influenza VIS", "publicationDate": "2025-08-06",
        "presentationDate": "2026-03-10",
    }]  # fmt: skip


def test_a_date_alone_is_of_information_of_some_kind() -> None:
    immunization, results = given("TS|29769-7^Presented^LN|1|20260310")
    assert immunization["education"] == [
        {"documentType": "unspecified", "presentationDate": "2026-03-10"}
    ]
    assert results[0]["valueDateTime"] == "2026-03-10"
