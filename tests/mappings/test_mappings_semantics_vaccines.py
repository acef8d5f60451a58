"""What VXU says beside a vaccine: who pays, who is entitled, what the patient was given to read."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import JSON, PID, found, message, of, one

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


# -- forecasts: what is due (RXA-5 of 998), and doses of a series ----------------------------------

NONE = "RXA|0|1|20260310||998^No vaccine administered^CVX|999||||||||||||||NA"


def forecast(*results: str, rxa: str = NONE, order: str = "ORC|RE|O9|9999") -> list[JSON]:
    """The recommendations of a forecast."""
    segments = [f"OBX|{n}|{each}||||||F" for n, each in enumerate(results, 1)]
    made = message("RSP^K11", PID, order, rxa, *segments)
    assert len(of(made, "Observation")) == len(results)
    assert one(made, "Immunization")["status"] == "not-done"
    return of(made, "ImmunizationRecommendation")


def test_a_forecast_is_a_recommendation_for_each_vaccine() -> None:
    (found,) = forecast(
        "CE|30956-7^Type^LN|1|107^DTaP^CVX", "DT|30981-5^Earliest^LN|1|20260401",
        "DT|30980-7^Due^LN|1|20260501", "CE|59783-1^Status^LN|1|LA13422-3^On schedule^LN",
        "NM|30973-2^Dose^LN|1|4", "NM|59782-3^Doses^LN|1|5", "ST|59780-7^Series^LN|1|DTaP 5",
        "CE|30982-3^Reason^LN|1|AGE^By age^L",
        "CE|30979-9^Next^LN|2|03^MMR^CVX", "DT|30980-7^Due^LN|2|20270101",
    )  # fmt: skip
    assert found["date"] == "2026-03-10"
    dtap, mmr = found["recommendation"]
    assert [codes(each) for each in dtap["vaccineCode"]] == [["107"]]
    assert codes(dtap["forecastStatus"]) == ["due", "LA13422-3"]
    dates = {codes(each["code"])[0]: each["value"] for each in dtap["dateCriterion"]}
    assert dates == {"30981-5": "2026-04-01", "30980-7": "2026-05-01"}
    assert (dtap["doseNumberPositiveInt"], dtap["seriesDosesPositiveInt"]) == (4, 5)
    assert (dtap["series"], [codes(each) for each in dtap["forecastReason"]]) == (
        "DTaP 5", [["AGE"]],
    )  # fmt: skip
    assert [codes(each) for each in mmr["vaccineCode"]] == [["03"]]
    assert mmr["forecastStatus"] == {"text": "not stated"}


def test_a_date_of_no_vaccine_is_of_an_unspecified_one() -> None:
    (found,) = forecast("DT|30980-7^Due^LN|1|20260501")
    assert [each["vaccineCode"] for each in found["recommendation"]] == [[{"text": "unspecified"}]]


def test_what_is_of_no_group_or_no_forecast_stays_an_observation() -> None:
    assert forecast("DT|30980-7^Due^LN||20260501", "CE|59784-9^Immunity^LN|1|X^x^L") == []
    assert forecast() == []


def test_a_restricted_forecast_is_labelled() -> None:
    order = f"ORC|RE|O9|9999{'|' * 25}R"
    (found,) = forecast("CE|30956-7^Type^LN|1|107^DTaP^CVX", order=order)
    assert [each["code"] for each in found["meta"]["security"]] == ["R"]


def test_doses_of_a_series_are_of_what_each_protects_from() -> None:
    immunization, _ = given(
        "NM|30973-2^Dose^LN|1|1", "NM|30973-2^Dose^LN|2|2", "NM|59782-3^Doses^LN|2|3",
        "CE|59780-7^Series^LN|3|S^Standard^L",
    )  # fmt: skip
    assert immunization["protocolApplied"] == [
        {"doseNumberPositiveInt": 1},
        {"doseNumberPositiveInt": 2, "seriesDosesPositiveInt": 3},
        {"doseNumberString": "not stated", "series": "Standard"},
    ]


@pytest.mark.parametrize("component", [4, 9])
@pytest.mark.parametrize(
    ("rxa", "result"),
    [
        (RXA, "TS|29768-9^Published^LN|1|20250806"),
        (RXA, "DT|29769-7^Presented^LN|1|20260310"),
        ("RXA|0|1|20260310||998^None^CVX|999", "DT|30980-7^Due^LN|1|20260901"),
    ],
)
def test_what_stands_beside_a_day_is_found(rxa: str, result: str, component: int) -> None:
    """A day has no other parts; where a code is told, these are another code, and its text."""
    beside = "^" * (component - 1) + "Q7"
    made = message("VXU^V04", PID, "ORC|RE|O8|F8", rxa, f"OBX|1|{result}{beside}||||||F")
    assert found(made).count(f"unmapped-component OBX-5.{component}") == 1


@pytest.mark.parametrize(
    ("site", "system"),
    [("LD", "v2-0163"), ("DPH", "v2-0550"), ("LD^Left^HL70163", "v2-0163"), ("LA", "v3-ActSite")],
)
def test_where_something_was_given_is_told_by_either_table(site: str, system: str) -> None:
    """Table 0163 until 2.5, then 0550: senders of either version do not say which."""
    rxr = f"RXR|IM^Intramuscular^HL70162|{site}"
    given = one(message("VXU^V04", PID, "ORC|RE|O8|F8", RXA, rxr), "Immunization")
    order = message("RDE^O11", PID, "ORC|NW|O1", "RXE|^BID|A^a^L|1||mg", rxr)
    (dosage,) = one(order, "MedicationRequest")["dosageInstruction"]
    assert given["site"] == dosage["site"]
    (coding,) = given["site"]["coding"]
    assert coding["system"].endswith(f"/{system}")
    assert found(order) == []


# -- what was not given, and says so in words or by its reason ------------------------------------


def vaccinated(reason: str = "", status: str = "") -> tuple[JSON, list[str]]:
    """A vaccination with a reason against it (RXA-18), and how it ended (RXA-20)."""
    made = message("VXU^V04", PID, "ORC|RE|O8|F8", f"{RXA}{'|' * 11}{reason}||{status}")
    return one(made, "Immunization"), found(made)


@pytest.mark.parametrize(
    ("reason", "status", "became"),
    [
        ("", "未种", "not-done"),
        ("", "拒绝接种", "not-done"),
        ("", "已接种", "completed"),
        ("FEV^发热^L", "", "not-done"),
        ("FEV^发热^L", "99", "not-done"),
        ("FEV^Fever^L", "CP", "completed"),
        ("无", "", "completed"),
        ("", "", "completed"),
    ],
)
def test_what_was_not_given_is_not_told_as_given(reason: str, status: str, became: str) -> None:
    """A vaccine that a child did not get, for a fever, stood as one that it had got."""
    immunization, findings = vaccinated(reason, status)
    assert immunization["status"] == became
    assert ("statusReason" in immunization) is reason.startswith("FEV")
    expected = [("filler RXA-18", reason == "无"), ("unmapped-code RXA-20", status == "99")]
    assert [f for f in findings if "RXA-18" in f or "RXA-20" in f] == [
        f for f, is_ in expected if is_
    ]


def test_what_was_refused_in_words_is_not_what_is_given_later_under_its_number() -> None:
    """Senders give one number to all that was refused: ids are told apart by the vaccine."""
    refused, given_ = vaccinated("", "未种")[0], vaccinated("", "已接种")[0]
    assert refused["id"] != given_["id"]
    assert refused["id"] == vaccinated("FEV^Fever^L", "RE")[0]["id"]


@pytest.mark.parametrize(
    ("status", "became"),
    [("未执行", "not-done"), ("已完成", "completed"), ("执行中", "in-progress"), ("RE", "not-done"),
     ("Q7", "unknown"), ("", "completed")],
)  # fmt: skip
def test_a_drug_that_was_not_given_says_so_in_words(status: str, became: str) -> None:
    made = message("RAS^O17", PID, "ORC|RE|O8|F8", "RXR|PO",
                   f"RXA|1|1|20260310||A^Aspirin^L|1|片{'|' * 13}{status}")  # fmt: skip
    assert one(made, "MedicationAdministration")["status"] == became
