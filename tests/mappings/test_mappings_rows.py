"""Rows of the segment tables, each by a small message and the elements that it must become."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from called import called
from golden_pairs import ReadableIds

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.bundle import bundle
from mappings.dictionary import Dictionary, load
from mappings.translate import Translation

VALIDATOR = Validator()
V2 = "http://terminology.hl7.org/CodeSystem/v2-"
PREFERRED = "http://hl7.org/fhir/StructureDefinition/iso21090-preferred"
UCUM = "http://unitsofmeasure.org"


def header(kind: str, more: str = "") -> str:
    return f"MSH|^~\\&|HIS|H|GW|CENTRE|20260301090000||{kind}|M1|P|2.8{more}"


ADT = header("ADT^A01")
ORM = header("ORM^O01")
PID = "PID|1||100^^^H^MR||Doe^Jo||19800101|M"
PV1 = "PV1|1|I|W1^12^3^H||||||||||||||||V1"


@cache
def dictionary() -> Dictionary:
    return load(definitions(), layers=("base",))


def run(*segments: str) -> Translation:
    made = dictionary().translate("\r".join(segments), ReadableIds(), source="src")
    for each in [*made.envelope, *made.made]:
        assert VALIDATOR.errors(each.resource) == []
    return made


def of(made: Translation, type_: str) -> list[dict[str, Any]]:
    everything = [*made.envelope, *made.made]
    return [m.resource for m in everything if m.resource["resourceType"] == type_]


def one(type_: str, *segments: str) -> dict[str, Any]:
    (found,) = of(run(*segments), type_)
    return found


def coded(code: str, system: str, **more: str) -> dict[str, Any]:
    made: dict[str, Any] = called({"coding": [{"code": code, "system": system, **more}]})
    return made


# -- the message itself --------------------------------------------------------------------------


def test_message_bundle_says_its_number_and_time() -> None:
    made = json.loads(bundle(run(ADT, PID, PV1), "message"))
    assert VALIDATOR.errors(made) == []
    assert made["timestamp"] == "2026-03-01T09:00:00+08:00"
    assert made["identifier"] == {
        "value": "M1", "system": "https://yiqiao.org/fhir/message/src"}  # fmt: skip


def test_transaction_bundle_has_no_number() -> None:
    made = json.loads(bundle(run(ADT, PID), "transaction"))
    assert made.keys() == {"resourceType", "type", "entry"}


def test_responsible_receiver_comes_before_the_facility() -> None:
    responsible = one("MessageHeader", header("ADT^A01", "|" * 11 + "Centre Ltd^L"), PID)
    assert responsible["destination"][0]["receiver"]["display"] == "Centre Ltd"
    facility = one("MessageHeader", ADT, PID)
    assert facility["destination"][0]["receiver"] == {"display": "CENTRE"}


@pytest.mark.parametrize(
    ("code", "means"),
    [("AA", "ok"), ("CA", "ok"), ("AE", "fatal-error"), ("AR", "transient-error")],
)
def test_answer_names_the_message_it_answers(code: str, means: str) -> None:
    made = one("MessageHeader", header("ORR^O02"), f"MSA|{code}|M0", PID, "ORC|OK|P1")
    assert made["response"] == {"code": means, "identifier": "M0"}


@pytest.mark.parametrize("msa", ["MSA|AA|not an id", "MSA|ZZ|M0"])
def test_answer_to_nothing_that_has_a_name_is_not_said(msa: str) -> None:
    assert "response" not in one("MessageHeader", header("ORR^O02"), msa, PID, "ORC|OK|P1")


# -- people and their roles ----------------------------------------------------------------------


def test_contact_of_an_organization_is_who_speaks_for_it() -> None:
    nk1 = "NK1|1||EMP^Employer^HL70063||||||||||Mill Ltd" + "|" * 17
    contact = one("Patient", ADT, PID, f"{nk1}Smith^Al|^WPN^PH^^^10^555|1 Mill Lane")["contact"][0]
    assert contact["organization"]["display"] == "Mill Ltd"
    assert contact["name"]["family"] == "Smith"
    assert contact["telecom"][0]["value"] == "10 555"
    assert contact["address"]["line"] == ["1 Mill Lane"]


ROLE = (
    "ROL|I1|{0}|{1}|D1^Dorn^Eva|20250101|20260101|||GP^General^L|1|3 Elm St"
    "|^WPN^PH^^^10^555|P7|Clinic^^77"
)


def test_own_practitioner_in_a_role() -> None:
    made = run(ADT, PID, ROLE.format("AD", "PP^Primary^HL70443"))
    (role,) = of(made, "PractitionerRole")
    (patient,) = of(made, "Patient")
    assert patient["generalPractitioner"] == [
        {"reference": f"PractitionerRole/{role['id']}", "display": "Eva Dorn"}]  # fmt: skip
    assert role["code"][0]["coding"][0]["code"] == "446050000"
    assert role["specialty"][0]["text"] == "General"
    assert role["telecom"][0]["value"] == "10 555"
    assert role["location"][0]["display"] == "P7"
    assert role["organization"]["display"] == "Clinic"
    assert "period" not in role  # of this patient's care, not of the role
    (team,) = of(made, "CareTeam")
    assert team["participant"][0]["period"] == {"start": "2025-01-01", "end": "2026-01-01"}
    (practitioner,) = of(made, "Practitioner")
    assert practitioner["address"][0]["line"] == ["3 Elm St"]
    clinic = next(o for o in of(made, "Organization") if o["name"] == "Clinic")
    assert clinic["type"][0]["coding"][0]["code"] == "prov"


def test_own_practitioner_without_a_role() -> None:
    patient = one("Patient", ADT, PID, "ROL||AD|PP^Primary^HL70443|D1^Dorn^Eva")
    assert patient["generalPractitioner"] == [
        {"reference": "Practitioner/directory.Practitioner-D1", "display": "Eva Dorn"}]  # fmt: skip


def test_part_in_a_visit_is_a_role_where_one_is_told() -> None:
    made = run(ADT, PID, PV1, ROLE.format("AD", "AT^Attending^HL70443"))
    (role,) = of(made, "PractitionerRole")
    (part,) = of(made, "Encounter")[0]["participant"]
    named = {"reference": f"PractitionerRole/{role['id']}", "display": "Eva Dorn"}
    assert part["individual"] == named
    assert part["period"] == {"start": "2025-01-01", "end": "2026-01-01"}


def test_relative_with_a_role() -> None:
    made = run(ADT, PID, ROLE.format("AD", "MTH^Mother^HL70063"))
    (relative,) = of(made, "RelatedPerson")
    assert relative["identifier"][0]["value"] in {"I1", "D1"}
    assert relative["relationship"][0]["coding"][0]["code"] == "MTH"
    assert relative["address"][0]["line"] == ["3 Elm St"]
    assert relative["period"]["start"] == "2025-01-01"
    assert of(made, "PractitionerRole") == []
    member = of(made, "CareTeam")[0]["participant"][0]["member"]
    assert member["reference"] == f"RelatedPerson/{relative['id']}"


@pytest.mark.parametrize("action", ["DE", "UN"])
def test_role_that_ended_is_left_out(action: str) -> None:
    made = run(ADT, PID, ROLE.format(action, "PP"), PV1, ROLE.format(action, "AT"))
    assert "generalPractitioner" not in of(made, "Patient")[0]
    assert "participant" not in of(made, "Encounter")[0]
    assert of(made, "CareTeam") == []


def test_address_of_a_participant_is_the_persons() -> None:
    prt = "PRT|1|A||AT^Attending^HL70443|D1^Dorn^Eva||||||20250101|||4 Oak St|^WPN^PH^^^10^777"
    person = one("Practitioner", ADT, PID, prt)
    assert person["address"][0]["line"] == ["4 Oak St"]
    assert person["telecom"][0]["value"] == "10 777"


def test_address_of_an_organization_that_takes_part_is_its_own() -> None:
    prt = "PRT|1|A||SP^Support^L|||2|Home Care^^88||||||4 Oak St|^WPN^PH^^^10^777"
    made = run(ADT, PID, prt)
    organization = next(o for o in of(made, "Organization") if o["name"] == "Home Care")
    assert organization["address"][0] == {"use": "work", "line": ["4 Oak St"]}
    assert organization["telecom"][0]["value"] == "10 777"
    assert organization["type"][0]["coding"][0]["code"] == "prov"


def test_address_of_a_place_of_observation() -> None:
    oru = header("ORU^R01")
    prt = "PRT|1|A||POL^Place^L|||||LAB^^^H|||||4 Oak St"
    made = run(oru, PID, "OBR|1|P1|F1|A^Aa^L", "OBX|1|NM|X^x^L||1||||||F", prt)
    (place,) = of(made, "Location")[:1]
    assert place["address"]["line"] == ["4 Oak St"]
    (found,) = of(made, "Observation")
    assert found["extension"][0]["valueReference"]["reference"] == f"Location/{place['id']}"


@pytest.mark.parametrize(
    ("wish", "number"),
    [
        ("B", "^^BP^^^^1"), ("C", "^^CP^^^^1"), ("E", "^NET^Internet^a@b.example"),
        ("F", "^WPN^FX^^^^1"), ("H", "^PRN^PH^^^^1"), ("O", "^WPN^PH^^^^1"),
    ],
)  # fmt: skip
def test_participant_would_rather_be_reached(wish: str, number: str) -> None:
    prt = f"PRT|1|A||AT^Attending^HL70443|D1^Dorn^Eva|G^General^L|||||||||{number}~^ORN^PH^^^^2"
    rather, other = one("PractitionerRole", ADT, PID, f"{prt}||||||||{wish}")["telecom"]
    assert {"url": PREFERRED, "valueBoolean": True} in rather["extension"]
    assert PREFERRED not in str(other)


def test_practitioner_number_says_its_facility() -> None:
    pv1 = "PV1|1|I|||||D1^Dorn^Eva^^^^^^AUTH^L^^^^CLINIC^I"
    person = one("Practitioner", ADT, PID, pv1)
    assert person["identifier"][0]["extension"][0]["valueString"] == "CLINIC"
    assert person["name"][0]["extension"][0]["valueCode"] == "IDE"


@pytest.mark.parametrize("action", ["D", "DE", "UN"])
def test_participation_that_ended_is_left_out(action: str) -> None:
    made = run(ADT, PID, PV1, f"PRT|1|{action}||AT^Attending^HL70443|D1^Dorn^Eva")
    assert "participant" not in of(made, "Encounter")[0]


def test_address_of_who_ordered() -> None:
    orc = "ORC|NW|P1||||||||||D1^Dorn^Eva" + "|" * 12 + "5 Ash St"
    assert one("Practitioner", ORM, PID, orc)["address"][0]["line"] == ["5 Ash St"]


# -- visits --------------------------------------------------------------------------------------


def test_state_of_the_bed() -> None:
    made = run(ADT, PID, PV1 + "|" * 21 + "O")
    bed = next(p for p in of(made, "Location") if "operationalStatus" in p)
    assert bed["operationalStatus"] == called({"code": "O", "system": f"{V2}0116"})
    assert bed["physicalType"]["coding"][0]["code"] == "bd"


@pytest.mark.parametrize(
    ("began", "expected"),
    [
        ("20260301100000", {"performedPeriod": {"start": "2026-03-01T10:00:00+08:00",
                                                "end": "2026-03-01T11:30:00+08:00"}}),
        ("20260301", {"performedDateTime": "2026-03-01"}),
    ],
)  # fmt: skip
def test_procedure_lasts_where_its_hour_is_known(began: str, expected: dict[str, Any]) -> None:
    made = one("Procedure", ADT, PID, PV1, f"PR1|1||P^Op^L||{began}||90")
    assert {k: v for k, v in made.items() if k.startswith("performed")} == expected


def test_modifier_of_a_procedure() -> None:
    made = one("Procedure", ADT, PID, PV1, "PR1|1||P^Op^L||20260301" + "|" * 11 + "50^Both sides^L")
    assert made["code"]["coding"][0]["code"] == "P"
    assert made["extension"][0]["valueCodeableConcept"]["text"] == "Both sides"


IAM = "IAM|1||PEN^Penicillin^L" + "|" * 11


def test_allergy_told_by_a_relative_who_is_known() -> None:
    made = run(ADT, PID, "NK1|1|Doe^Ann|MTH", f"{IAM}Doe^Ann|MTH")
    (relative,) = of(made, "RelatedPerson")
    (allergy,) = of(made, "AllergyIntolerance")
    assert allergy["recorder"]["reference"] == f"RelatedPerson/{relative['id']}"


@pytest.mark.parametrize(
    ("relation", "expected"),
    [("SEL", {"reference": "Patient/patient-100.Patient"}), ("", {"display": "Ann Doe"})],
)
def test_allergy_told_by(relation: str, expected: dict[str, str]) -> None:
    made = run(ADT, PID, f"{IAM}Doe^Ann|{relation}")
    assert of(made, "AllergyIntolerance")[0]["recorder"] == expected
    assert of(made, "RelatedPerson") == []


@pytest.mark.parametrize(
    ("code", "sure", "still"),
    [
        ("C", "confirmed", "active"),
        ("I", "confirmed", "inactive"),
        ("S", "unconfirmed", "active"),
        ("E", "entered-in-error", None),
        ("resolved", None, "resolved"),
        ("77", None, "active"),
    ],
)
def test_state_of_an_allergy(code: str, sure: str | None, still: str | None) -> None:
    made = one("AllergyIntolerance", ADT, PID, f"IAM|1||PEN^Penicillin^L||||||||||||||{code}")
    told = [made.get(name, {}).get("coding", [{}])[0].get("code")
            for name in ("verificationStatus", "clinicalStatus")]  # fmt: skip
    assert told == [sure, still]


@pytest.mark.parametrize(
    ("prb", "sure", "still"),
    [
        ("PRB|AD|20260301|E1^Ill^I10|P1", None, "active"),
        ("PRB|AD|20260301|E1^Ill^I10|P1|||||20260228||||Confirmed|Active", "confirmed", "resolved"),
        ("PRB|AD|20260301|E1^Ill^I10|P1|||||||||Rule-Out|Inactive", "differential", "inactive"),
        ("PRB|AD|20260301|E1^Ill^I10|P1|||||||||refuted|relapse", "refuted", "relapse"),
        (
            "PRB|AD|20260301|E1^Ill^I10|P1|||||||||Provisional|recurrence",
            "provisional",
            "recurrence",
        ),
        ("PRB|AD|20260301|E1^Ill^I10|P1|||||||||unconfirmed|remission", "unconfirmed", "remission"),
        ("PRB|AD|20260301|E1^Ill^I10|P1|||||||||77|Resolved", None, "resolved"),
        ("PRB|DE|20260301|E1^Ill^I10|P1||||||||||Active", "entered-in-error", None),
    ],
)
def test_state_of_a_problem(prb: str, sure: str | None, still: str | None) -> None:
    made = one("Condition", header("PPR^PC1"), PID, prb)
    told = [made.get(name, {}).get("coding", [{}])[0].get("code")
            for name in ("verificationStatus", "clinicalStatus")]  # fmt: skip
    assert told == [sure, still]


# -- who pays ------------------------------------------------------------------------------------

IN1 = (
    "IN1|1|P1^Plan^L|C1|Insurer||||||{employer}|{name}|||||Doe^Jo|{relation}"
    + "|" * 32
    + "{number}"
)


def coverage(employer: str = "", name: str = "", relation: str = "SEL", number: str = "") -> Any:
    in1 = IN1.format(employer=employer, name=name, relation=relation, number=number)
    return one("Coverage", ADT, PID, PV1, in1)


def test_employer_by_name_by_number_by_both() -> None:
    assert coverage(name="Mill Ltd")["policyHolder"]["reference"].startswith("Organization/")
    number = {"value": "E9", "system": "https://yiqiao.org/fhir/authority/src/H"}
    by_number = coverage(employer="E9")
    assert by_number["policyHolder"] == {"identifier": number}
    assert "subscriberId" not in by_number
    assert coverage(employer="E9", name="Mill Ltd")["policyHolder"] == {
        "identifier": number, "display": "Mill Ltd"}  # fmt: skip


@pytest.mark.parametrize("field", ["employer", "number"])
def test_number_of_the_subscriber(field: str) -> None:
    made = coverage(**{field: "S5^^^INS^SN"})
    assert made["subscriberId"] == "S5"
    (number,) = [e["valueIdentifier"] for e in made["extension"] if "valueIdentifier" in e]
    assert (number["value"], number["type"]["coding"][0]["code"]) == ("S5", "SN")
    assert "policyHolder" not in made


def test_numbers_of_the_patient_with_the_payer() -> None:
    in1 = IN1.format(employer="", name="", relation="SEL", number="")
    in2 = "IN2|1|||||MC7||MA8" + "|" * 53 + "M9^^^INS^MB"
    made = one("Coverage", ADT, PID, PV1, in1, in2)
    told = {i["value"]: i["type"]["coding"][0]["code"] for i in made["identifier"] if "type" in i}
    assert told == {"MC7": "MC", "MA8": "MA", "M9": "MB"}
    assert made["dependent"] == "M9"


def test_what_the_insured_pays_himself() -> None:
    in1 = IN1.format(employer="", name="", relation="SEL", number="").split("|")
    in1[37] = "500&USD"
    (cost,) = one("Coverage", ADT, PID, PV1, "|".join(in1))["costToBeneficiary"]
    assert cost["valueMoney"] == {"value": 500, "currency": "USD"}
    assert cost["type"]["coding"][0]["code"] == "deductible"


@pytest.mark.parametrize(
    ("relation", "told", "codes"),
    [
        ("", "04^Natural child^HL70344", ["child", "04"]),
        ("", "01", ["self", "01"]),
        ("", "18", ["parent", "18"]),
        ("", "09", ["09"]),
        ("FTH", "04", ["child", "04"]),  # the insured is the patient's father
    ],
)
def test_what_the_patient_is_to_the_insured(relation: str, told: str, codes: list[str]) -> None:
    """IN2-72 says it as FHIR does; IN1-17 says what the insured is to the patient."""
    in1 = IN1.format(employer="", name="", relation=relation, number="")
    in1 = in1 if relation else in1.replace("Doe^Jo", "")
    made = one("Coverage", ADT, PID, PV1, in1, "IN2|1" + "|" * 71 + told)
    assert [coding["code"] for coding in made["relationship"]["coding"]] == codes
    subscriber = made.get("subscriber", {}).get("reference", "").partition("/")[0]
    assert subscriber == {"01": "Patient", "04": "RelatedPerson" if relation else ""}.get(told, "")


def test_subscriber_is_the_patient_or_another() -> None:
    assert coverage()["subscriber"] == {"reference": "Patient/patient-100.Patient"}
    assert coverage(relation="FTH")["subscriber"]["reference"].startswith("RelatedPerson/")


def test_charge_is_entered_for_a_reason_and_a_service() -> None:
    ft1 = "FT1|1|T1||20260301|20260302|CG|X^Xray^L" + "|" * 12 + "E1^Ill^I10||||F7^RIS"
    made = one("ChargeItem", header("DFT^P03"), PID, PV1, ft1)
    assert made["enteredDate"] == "2026-03-02"
    assert made["reason"][0]["text"] == "Ill"
    assert made["service"][0]["identifier"]["value"] == "F7"


def test_charge_of_a_drug_names_it() -> None:
    ft1 = f"FT1|1|T1||20260301||CG|X^Drug^L{'|' * 22}0777^Aspirin^NDC"
    product = one("ChargeItem", header("DFT^P03"), PID, PV1, ft1)["productCodeableConcept"]
    assert product["coding"][0] == {
        "system": "http://hl7.org/fhir/sid/ndc", "code": "0777", "display": "Aspirin"}  # fmt: skip


# -- orders and specimens ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "placer", "filler"),
    [
        ("G1^HIS", ("G1", "PGN"), None),
        ("G1&HIS^G2&LIS", ("G1", "PGN"), ("G2", "FGN")),
        ("^G2&LIS", None, ("G2", "FGN")),
    ],
)
def test_group_number_is_one_or_a_pair(
    number: str, placer: tuple[str, str] | None, filler: tuple[str, str] | None
) -> None:
    made = one("ServiceRequest", ORM, PID, f"ORC|NW|P1||{number}", "OBR|1|P1||A^Aa^L")

    def told(identifier: dict[str, Any]) -> tuple[str, str]:
        return identifier["value"], identifier["type"]["coding"][0]["code"]

    assert (told(made["requisition"]) if "requisition" in made else None) == placer
    groups = [told(i) for i in made["identifier"] if told(i)[1] == "FGN"]
    assert groups == ([filler] if filler else [])


@pytest.mark.parametrize(
    ("parent", "number", "kind"), [("P0&HIS^F0&LIS", "P0", "PLAC"), ("^F0&LIS", "F0", "FILL")]
)
def test_parents_are_known_by_either_number(parent: str, number: str, kind: str) -> None:
    obr = "OBR|1|P1|F1|A^Aa^L" + "|" * 25 + parent
    made = run(header("ORU^R01"), PID, f"ORC|RE|P1|F1|||||{parent}", obr, f"SPM|1|S1|{parent}|BLD")
    (request,) = of(made, "ServiceRequest")
    specimen, parent_specimen = of(made, "Specimen")
    assert specimen["parent"] == [{"reference": f"Specimen/{parent_specimen['id']}"}]
    for identifier in (request["basedOn"][0]["identifier"], parent_specimen["identifier"][0]):
        assert identifier["value"] == number
        assert identifier["type"]["coding"][0]["code"] == kind
        assert identifier["system"].startswith("https://yiqiao.org/fhir/authority/src/")


@pytest.mark.parametrize(("code", "intent"), [("A", "order"), ("G", "reflex-order")])
def test_specimen_action_is_kept(code: str, intent: str) -> None:
    made = one("ServiceRequest", ORM, PID, f"OBR|1|P1||A^Aa^L|||||||{code}")
    assert made["intent"] == intent
    assert made["orderDetail"] == [coded(code, f"{V2}0065")]


@pytest.mark.parametrize("specimen", ["OBR", "SPM"])
@pytest.mark.parametrize(("said", "fasting"), [("F", True), ("^after a meal", False)])
def test_fasting(specimen: str, said: str, *, fasting: bool) -> None:
    obr = f"OBR|1|P1|F1|A^Aa^L|||||||||{said}" + ("||BLD" if specimen == "OBR" else "")
    spm = ["SPM|1|S1||BLD"] if specimen == "SPM" else []
    collection = one("Specimen", header("ORU^R01"), PID, obr, *spm).get("collection", {})
    expected = coded("F", f"{V2}0916") if fasting else None
    assert collection.get("fastingStatusCodeableConcept") == expected


def test_specimen_that_was_refused_and_its_part() -> None:
    spm = "SPM|1|S1||BLD|||||||Q||||||||||HEM^Hemolyzed^HL70490"
    made = one("Specimen", header("ORU^R01"), PID, "OBR|1|P1|F1|A^Aa^L", spm)
    assert made["status"] == "unsatisfactory"
    assert made["condition"][0]["text"] == "Hemolyzed"
    assert made["extension"][0]["valueCodeableConcept"] == coded("Q", f"{V2}0369")


def test_service_occurs_when_it_is_scheduled() -> None:
    obr = "OBR|1|P1||A^Aa^L" + "|" * 32 + "20260305"
    assert one("ServiceRequest", ORM, PID, obr)["occurrenceDateTime"] == "2026-03-05"


def test_shipment_of_a_specimen() -> None:
    spm = "SPM|1|S1||BLD" + "|" * 28 + "T7^CARRIER"
    made = one("Specimen", header("ORU^R01"), PID, "OBR|1|P1|F1|A^Aa^L", spm)
    shipment = next(i for i in made["identifier"] if i["value"] == "T7")
    assert shipment["type"] == coded("STN", f"{V2}0203")


# -- times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tq1", "bounds"),
    [
        ("|10^D", {"boundsDuration": {"value": 10, "unit": "D", "system": UCUM, "code": "d"}}),
        ("|10^D|20260301", {"boundsPeriod": {"start": "2026-03-01", "end": "2026-03-11"}}),
        ("|90|20260301100000", {"boundsPeriod": {"start": "2026-03-01T10:00:00+08:00",
                                                 "end": "2026-03-01T11:30:00+08:00"}}),
        ("|2^WK||20260315", {"boundsPeriod": {"start": "2026-03-01", "end": "2026-03-15"}}),
        ("|10^D|20260301|20260305", {"boundsPeriod": {"start": "2026-03-01",
                                                      "end": "2026-03-05"}}),
        ("|10^furlong|20260301", {"boundsPeriod": {"start": "2026-03-01"}}),
        ("|99999999^D|20260301", {"boundsPeriod": {"start": "2026-03-01"}}),
    ],
)  # fmt: skip
def test_how_long_an_order_goes_on(tq1: str, bounds: dict[str, Any]) -> None:
    segments = (PID, "ORC|NW|P1", f"TQ1|1||Q6H|||{tq1.removeprefix('|')}")
    timing = one("ServiceRequest", ORM, *segments, "OBR|1|P1||A^Aa^L")["occurrenceTiming"]
    assert {k: v for k, v in timing["repeat"].items() if k.startswith("bounds")} == bounds
    made = one("MedicationRequest", header("OMP^O09"), *segments, "RXO|D^Drug^L")
    timing = made["dosageInstruction"][0]["timing"]
    assert {k: v for k, v in timing["repeat"].items() if k.startswith("bounds")} == bounds


@pytest.mark.parametrize(
    ("tq1", "repeat"),
    [
        ("TQ1|1|||0800~2000", {"timeOfDay": ["08:00:00", "20:00:00"]}),
        ("TQ1|1||^^^^^^^AC||30^MIN", {"when": ["AC"], "offset": 30}),
        ("TQ1|1||BID||||||||||2^H",
         {"frequency": 2, "period": 1, "periodUnit": "d", "duration": 2, "durationUnit": "h"}),
    ],
)  # fmt: skip
def test_when_a_drug_is_given(tq1: str, repeat: dict[str, Any]) -> None:
    made = one("MedicationRequest", header("OMP^O09"), PID, "ORC|NW|P1", tq1, "RXO|D^Drug^L")
    assert made["dosageInstruction"][0]["timing"]["repeat"] == repeat
    made = one("ServiceRequest", ORM, PID, "ORC|NW|P1", tq1, "OBR|1|P1||A^Aa^L")
    assert made["occurrenceTiming"]["repeat"] == repeat


def test_duration_without_a_unit_of_time_is_not_said() -> None:
    made = run(header("OMP^O09"), PID, "ORC|NW|P1", "TQ1|1||BID||||||||||2^cups", "RXO|D^Drug^L")
    (request,) = of(made, "MedicationRequest")
    assert "duration" not in request["dosageInstruction"][0]["timing"]["repeat"]
    assert ("unmapped-code", "TQ1-13.2.1") in {(f.code, f.location) for f in made.findings}


def test_start_alone_is_when_the_service_occurs() -> None:
    made = one("ServiceRequest", ORM, PID, "ORC|NW|P1", "TQ1|1||||||20260301", "OBR|1|P1||A^Aa^L")
    assert made["occurrenceDateTime"] == "2026-03-01"


# -- drugs ---------------------------------------------------------------------------------------

RXO = (
    "RXO|D^Drug^L|1||TAB^tablet^L|{form}||||G"
    + "|" * 9
    + "{strength}|{units}"
    + "|" * 6
    + "{volume}|{per}"
)


def test_ordered_dose_and_substitution() -> None:
    rxo = RXO.format(form="", strength="", units="", volume="", per="")
    made = run(header("OMP^O09"), PID, "ORC|NW|P1", rxo)
    (request,) = of(made, "MedicationRequest")
    (dose,) = request["dosageInstruction"][0]["doseAndRate"]
    assert dose["type"]["coding"][0]["code"] == "ordered"
    assert dose["doseQuantity"]["value"] == 1
    assert request["substitution"]["allowedCodeableConcept"] == coded("G", f"{V2}0161")
    assert of(made, "Medication") == []


@pytest.mark.parametrize(
    ("volume", "per", "denominator"),
    [("5", "mL", {"value": 5, "unit": "mL", "code": "mL", "system": UCUM}), ("", "", {"value": 1})],
)
def test_strength_of_an_ordered_drug(volume: str, per: str, denominator: dict[str, Any]) -> None:
    rxo = RXO.format(form="SYR^syrup^L", strength="250", units="mg", volume=volume, per=per)
    made = run(header("OMP^O09"), PID, "ORC|NW|P1", rxo)
    (drug,) = of(made, "Medication")
    assert drug["form"]["text"] == "syrup"
    (ingredient,) = drug["ingredient"]
    assert ingredient["itemCodeableConcept"]["text"] == "Drug"
    assert ingredient["strength"]["numerator"]["value"] == 250
    assert ingredient["strength"]["denominator"] == denominator
    (request,) = of(made, "MedicationRequest")
    assert request["supportingInformation"] == [{"reference": f"Medication/{drug['id']}"}]


def test_strength_of_a_prescribed_drug() -> None:
    rxe = "RXE||D^Drug^L|1||TAB|SYR^syrup^L" + "|" * 19 + "250|mg" + "|" * 7 + "5|mL"
    made = run(header("RDE^O11"), PID, "ORC|NW|P1", rxe, "RXR|PO")
    strength = of(made, "Medication")[0]["ingredient"][0]["strength"]
    assert (strength["numerator"]["value"], strength["denominator"]["value"]) == (250, 5)


def test_vaccine_given_at_an_address() -> None:
    rxa = "RXA|0|1|20260301||08^HepB^CVX|1|mL" + "|" * 20 + "{0}|6 Fir St^^Town"
    vxu = header("VXU^V04")
    made = run(vxu, PID, "ORC|RE|P1|F1", rxa.format("CLINIC^^^H"))
    place = next(p for p in of(made, "Location") if "address" in p)
    assert (place["address"]["city"], place["name"]) == ("Town", "H CLINIC")
    assert of(made, "Immunization")[0]["location"]["reference"] == f"Location/{place['id']}"
    (place,) = of(run(vxu, PID, "ORC|RE|P1|F1", rxa.format("")), "Location")
    assert place["address"]["line"] == ["6 Fir St"]


def test_vaccine_given_at_a_place_and_address_in_one() -> None:
    rxa = "RXA|0|1|20260301||08^HepB^CVX|1|mL||||R1^12^^CLINIC^^^^^6 Fir St^^Town^^1000"
    made = run(header("VXU^V04"), PID, "ORC|RE|P1|F1", rxa)
    (place,) = of(made, "Location")
    assert (place["name"], place["identifier"][0]["value"]) == ("CLINIC R1 12", "R1^12^^CLINIC")
    assert place["address"] == {"line": ["6 Fir St"], "city": "Town", "postalCode": "1000"}
    assert of(made, "Immunization")[0]["location"]["reference"] == f"Location/{place['id']}"


# -- documents -----------------------------------------------------------------------------------


def test_remark_about_a_document_and_how_it_is_presented() -> None:
    mdm = header("MDM^T02")
    txa = "TXA|1|DS|TX|20260228||20260301||||||DOC1||P1|F1||LA"
    segments = mdm, PID, PV1, txa, "OBX|1|TX|||Page.", "NTE|1||First draft"
    made = one("DocumentReference", *segments)
    day, remark = made["extension"]
    assert day["valueDate"] == "2026-03-01"
    assert remark["valueAnnotation"] == {"text": "First draft"}
    assert made["context"]["period"] == {"start": "2026-02-28"}
    assert [r["identifier"]["value"] for r in made["context"]["related"]] == ["P1", "F1"]
    assert made["content"][0]["format"] == called({"code": "TX", "system": f"{V2}0191"})
    binary = one("Binary", *segments)
    addresses = [c["attachment"].get("url") for c in made["content"]]
    assert addresses == [f"Binary/{binary['id']}"]
    assert binary["data"] == "UGFnZS4="


def test_remarks_about_a_report_are_told_apart() -> None:
    notes = ["NTE|1||First", "NTE|2||Second"]
    report = one("DiagnosticReport", header("ORU^R01"), PID, "OBR|1|P1|F1|A^Aa^L", *notes)
    assert [e["valueAnnotation"] for e in report["extension"]] == [
        {"text": "First"}, {"text": "Second"}]  # fmt: skip


def test_coded_remark_about_a_document() -> None:
    made = one("DocumentReference", header("MDM^T02"), PID, PV1, "TXA|1|DS|TX|||||||||DOC1",
               "OBX|1|TX|||Page.", "NTE|1||||||||D^Draft^L")  # fmt: skip
    remark = made["extension"][0]["valueAnnotation"]
    assert remark["text"] == "Draft"
    assert remark["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "D"


def test_remarks_about_an_appointment() -> None:
    siu = header("SIU^S12")
    nte = "NTE|1||Bring results|PI^Patient Instructions^HL70364|D1^Dorn^Eva|20260301090000"
    made = run(siu, "SCH|A1", nte, "NTE|2||Come early", PID)
    (appointment,) = of(made, "Appointment")
    first, second = (e["valueAnnotation"] for e in appointment["extension"])
    assert first["extension"][0]["valueCodeableConcept"]["text"] == "Patient Instructions"
    assert first["authorReference"]["display"] == "Eva Dorn"
    assert first["time"] == "2026-03-01T09:00:00+08:00"
    assert second == {"text": "Come early"}


def test_who_changed_a_document_and_had_copies() -> None:
    txa = (
        "TXA|1|DS|TX|||20260301||20260302100000|D1^Dorn^Eva||T1^Typist^Ty|DOC1|||||LA"
        "||||Typing error||C1^Copy^Cy"
    )
    made = of(run(header("MDM^T02"), PID, PV1, txa), "Provenance")
    (change,) = [p for p in made if "reason" in p]
    assert change["recorded"] == "2026-03-02T10:00:00+08:00"
    assert change["reason"] == [{"text": "Typing error"}]
    assert {"reference": "DocumentReference/patient-100.DocumentReference-DOC1"} in change["target"]
    author, typist, reader = change["agent"]
    assert author["type"]["coding"][0]["code"] == "author"
    assert typist["who"]["display"] == "Ty Typist"
    assert reader["role"][0]["coding"][0]["code"] == "IRCP"
