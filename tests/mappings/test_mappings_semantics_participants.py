"""Who takes part (PRT, from 2.7 on): as requester, performer, interpreter, or as none of these."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, of, one

ORDER = "OBR|1|O1|F1|GLU|||20260301080000"
RESULT = "OBX|1|NM|GLU||5|mmol/L|||||F"
NOTHING: JSON = {}


def participant(role: str) -> str:
    return f"PRT||UC||{role}^x^HL70912|D1^House"


def places(resource: JSON) -> list[str]:
    names = ("requester", "performer", "resultsInterpreter")
    return [name for name in names if "Practitioner/" in str(resource.get(name, NOTHING))]


@pytest.mark.parametrize(
    ("role", "order", "report", "result"),
    [
        ("OP", ["requester"], [], []),
        ("RCT", [], [], []),
        ("SC", [], [], []),
        ("AT", [], [], []),
        ("PI", [], ["resultsInterpreter"], ["performer"]),
        ("AI", [], ["resultsInterpreter"], ["performer"]),
        ("RO", [], ["performer"], ["performer"]),
        ("TN", [], ["performer"], ["performer"]),
    ],
)
def test_a_part_in_results(
    role: str, order: list[str], report: list[str], result: list[str]
) -> None:
    made = message("ORU^R01", PID, ORDER, participant(role), RESULT, participant(role))
    assert places(one(made, "ServiceRequest")) == order
    assert places(one(made, "DiagnosticReport")) == report
    assert places(one(made, "Observation")) == result
    if not report:
        assert "not-applicable PRT[2]-5" in found(made)


def test_who_is_named_by_a_field_and_as_a_participant_is_one() -> None:
    result = f"{RESULT}|||||D1^House"  # OBX-16
    other = participant("TN").replace("D1^House", "D2^Wu")
    made = message("ORU^R01", PID, ORDER, result, participant("TN"), other, participant("PO"))
    first, second, third = one(made, "Observation")["performer"]
    assert first["reference"] == third["reference"] != second["reference"]
    codes = [
        each["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
        for each in (first, second, third)
    ]
    assert codes == ["TN", "TN", "PO"]


@pytest.mark.parametrize(
    ("role", "place"), [("OP", ["requester"]), ("RCT", []), ("PO", ["performer"])]
)
def test_a_part_in_an_order(role: str, place: list[str]) -> None:
    made = message("OML^O21", PID, "ORC|NW|O1", ORDER, participant(role))
    assert places(one(made, "ServiceRequest")) == place


@pytest.mark.parametrize(
    ("kind", "before"),
    [
        ("RDE^O11", ("ORC|NW|1", "RXE||D^Drug|1||mg", "RXR|PO")),
        ("OMP^O09", ("ORC|NW|1", "RXO|D^Drug|1||mg")),
        ("OMB^O27", ("ORC|NW|1", "BPO|1|RBC")),
        ("OMD^O03", ("ORC|NW|1", "ODS|D||L^Low")),
        ("PPR^PC1", ("PRB|AD|20260101|P^Pain|7",)),
        ("DFT^P03", ("PV1|1|I",)),
        ("MDM^T02", ()),
        ("ZZZ^Z01", ()),
        ("ZZZ^Z01", ("OBR|1|1||A^Aa",)),
    ],
)
def test_who_is_named_behind_a_result_is_of_it_in_every_message(
    kind: str, before: tuple[str, ...]
) -> None:
    made = message(kind, PID, *before, RESULT, participant("PO"))
    assert places(one(made, "Observation")) == ["performer"]
    assert "generalPractitioner" not in one(made, "Patient")


def test_an_organization_may_ask() -> None:
    made = message("OML^O21", PID, "ORC|NW|O1", ORDER, "PRT||UC||OP^x^HL70912||||Clinic^^77")
    assert one(made, "ServiceRequest")["requester"]["reference"].startswith("Organization/")


@pytest.mark.parametrize("completion", ["", "CP", "NA"])
@pytest.mark.parametrize(
    "code", ["998^No vaccine administered^CVX", "998", "NONE^None^L^998^No vaccine^CVX"]
)
def test_no_vaccine_administered_is_none(code: str, completion: str) -> None:
    rxa = f"RXA|0|1|20260302||{code}|999{'|' * 14}{completion}"
    forecast = "OBX|1|CE|30979-9^Due next^LN|1|08^HepB^CVX||||||F"
    made = message("VXU^V04", PID, "ORC|RE||9999^IIS", rxa, forecast)
    assert [each["status"] for each in of(made, "Immunization")] == ["not-done"]
    assert one(made, "Observation")["partOf"]
    made = message("RAS^O17", PID, "ORC|RE|O1", "RXE||A^a^L|1||mg", "RXR|PO", rxa)
    assert one(made, "MedicationAdministration")["status"] == "not-done"


def test_that_no_vaccine_was_given_has_no_number_either() -> None:
    """All that was not given has the same one (CDC: 9999), the next time, too."""
    none = "RXA|0|1|{}||998^No vaccine administered^CVX|999"
    made = message(
        "VXU^V04", PID, "ORC|RE||9999^IIS", none.format("20260302"),
        "ORC|RE||9999^IIS", none.format("20260402"),
    )  # fmt: skip
    first, second = of(made, "Immunization")
    assert first["id"].rpartition("-")[0] != second["id"].rpartition("-")[0]


@pytest.mark.parametrize(
    ("role", "type_", "use"),
    [("MTH^Mother^HL70063", "RelatedPerson", "home"), ("PP^x^HL70912", "Practitioner", "work")],
)
def test_a_number_is_of_the_home_of_a_relative(role: str, type_: str, use: str) -> None:
    """Where the sender does not say: a mother's e-mail address is no office's."""
    prt = f"PRT||UC||{role}|D1^House" + "|" * 10 + "^NET^Internet^jo@h.example"
    (telecom,) = one(message("ADT^A01", PID, prt, "PV1|1|I"), type_)["telecom"]
    assert telecom == {"system": "email", "value": "jo@h.example", "use": use}


@pytest.mark.parametrize("segment", ["PRT||UC||{}|R1^House", "ROL||UC|{}|R1^House"])
def test_a_relative_who_takes_part_is_one_as_any_other(segment: str) -> None:
    """The code by which FHIR knows a spouse stands before the sender's (table 0063), as of NK1."""
    spouse = "SPO^Spouse^HL70063"
    taking_part = one(message("ADT^A01", PID, segment.format(spouse)), "RelatedPerson")
    next_of_kin = one(message("ADT^A01", PID, f"NK1|1|House|{spouse}"), "RelatedPerson")
    assert taking_part["relationship"] == next_of_kin["relationship"]
    assert taking_part["relationship"][0]["coding"][0]["code"] == "SPS"


@pytest.mark.parametrize("segment", ["PRT||UC||{}|R1^House", "ROL||UC|{}|R1^House"])
def test_a_relative_takes_part_in_a_visit_as_a_relative(segment: str) -> None:
    relative = segment.format("MTH^Mother^HL70063")
    made = message("ADT^A01", PID, "PV1|1|I", relative, "PR1|1||X^x^L", relative)
    assert of(made, "Practitioner") == []
    mother = one(made, "RelatedPerson")
    reference = f"RelatedPerson/{mother['id']}"
    assert mother["relationship"][0]["coding"][0]["code"] == "MTH"
    assert one(made, "Encounter")["participant"][0]["individual"]["reference"] == reference
    assert one(made, "Procedure")["performer"][0]["actor"]["reference"] == reference


def test_who_directs_a_laboratory_measured_nothing() -> None:
    result = RESULT + "|" * 5 + "D1^House" + "|" * 7 + "Lab^L^7||D2^Wu"  # OBX-16, 23, 25
    performers = one(message("ORU^R01", PID, ORDER, result), "Observation")["performer"]
    functions = {
        each["reference"].rpartition("-")[2]: [
            part["valueCodeableConcept"]["coding"][0]["code"] for part in each.get("extension", ())
        ]
        for each in performers
    }
    assert functions == {"7": [], "D1": [], "D2": ["MDIR"]}


def test_a_licence_of_a_participant_is_one() -> None:
    """PRT-24 is a PLN: its second component is of what kind the number is, not who gave it."""
    prt = "PRT||AD||AT^x^HL70912|D1^House|SP^x^L" + "|" * 18 + "L77^MD^CA^20300101"
    (number,) = one(message("ADT^A01", PID, "PV1|1|I", prt), "PractitionerRole")["identifier"]
    assert number["type"]["coding"][0]["code"] == "MD"
    assert "system" not in number
    assert (number["assigner"]["display"], number["period"]["end"]) == ("CA", "2030-01-01")
