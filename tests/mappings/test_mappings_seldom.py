"""Fields that few senders fill: parents by number, terminals, sites, kinds as the sender says."""

from __future__ import annotations

import pytest
from called import called
from speaking import JSON, PID, found, message, of, one

from mappings.translate import Translation

SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-"


def segment(name: str, **fields: str) -> str:
    """A segment with fields by number: ``f3``."""
    row = [name, *[""] * max(int(number[1:]) for number in fields)]
    for number, value in fields.items():
        row[int(number[1:])] = value
    return "|".join(row)


def adt(*segments: str) -> Translation:
    """What segments behind a PID become."""
    return message("ADT^A08", PID, *segments)


def numbered(made: Translation, type_: str) -> dict[str, JSON]:
    """Resources of a type, by their numbers."""
    return {each["identifier"][0]["value"]: each for each in of(made, type_)}


PARENT = segment("PR1", f1="1", f3="X", f5="20260301080000+0800", f19="P1^H")
PART = segment("PR1", f1="2", f3="Y", f5="20260301090000+0800", f19="P2^H", f25="P1^H")


@pytest.mark.parametrize("segments", [(PARENT, PART), (PART, PARENT)])
def test_a_procedure_refers_to_its_parent_wherever_that_stands(segments: tuple[str, str]) -> None:
    made = adt(*segments)
    procedures = numbered(made, "Procedure")
    assert procedures["P2"]["partOf"] == [{"reference": f"Procedure/{procedures['P1']['id']}"}]
    assert procedures["P1"]["status"] == "completed"
    assert set(procedures) == {"P1", "P2"}
    assert found(made) == []


def test_a_parent_that_has_not_been_told_of_is_known_by_its_number() -> None:
    alone, parent = (
        numbered(adt(PART), "Procedure"),
        numbered(adt(PARENT), "Procedure"),
    )
    assert alone["P1"]["id"] == parent["P1"]["id"]
    assert alone["P1"]["status"] == "unknown"
    weak = [m.weak for m in adt(PART).made
            if m.resource["id"] == parent["P1"]["id"]]  # fmt: skip
    assert weak == [("status",)]  # nothing that is known of it is overwritten


def test_a_diagnosis_refers_to_what_it_is_due_to() -> None:
    due = segment("DG1", f1="1", f3="I50^x^I10", f6="A", f20="D2^H", f22="D1^H")
    cause = segment("DG1", f1="2", f3="I10^y^I10", f6="A", f20="D1^H")
    made = adt(due, cause)
    conditions = numbered(made, "Condition")
    (extension,) = conditions["D2"]["extension"]
    assert extension["valueReference"] == {"reference": f"Condition/{conditions['D1']['id']}"}
    assert conditions["D1"]["code"]["text"] == "y"
    alone = numbered(adt(due), "Condition")
    assert alone["D1"]["id"] == conditions["D1"]["id"]
    assert "code" not in alone["D1"]


def test_the_site_of_an_event_is_the_site_of_a_bed() -> None:
    evn = "EVN|A08|20260301080000+0800||||20260301|NORTH"
    made = message("ADT^A08", evn, PID, "PV1|1|I|W1^2^3^NORTH")
    provenance = next(
        m.resource for m in made.envelope if m.resource["resourceType"] == "Provenance"
    )
    sites = [each for each in of(made, "Location") if each["name"] == "NORTH"]
    assert provenance["location"]["reference"] == f"Location/{sites[0]['id']}"
    assert len(sites) == 1


def test_a_terminal_at_which_an_order_was_entered_is_a_device() -> None:
    orc = segment("ORC", f1="NW", f2="O1", f9="20260301080000+0800", f10="C1^Lee",
                  f18="T1^Terminal^L^W1^Station^L")  # fmt: skip
    made = message("ORM^O01", PID, orc, "OBR|1|O1||C^c^L")
    device = one(made, "Device")
    assert [name["name"] for name in device["deviceName"]] == ["Terminal", "Station"]
    assert [number["value"] for number in device["identifier"]] == ["T1", "W1"]
    provenance = next(
        m.resource for m in made.envelope if m.resource["resourceType"] == "Provenance"
    )
    assert provenance["agent"][-1]["who"]["reference"] == f"Device/{device['id']}"


@pytest.mark.parametrize(("kind", "category"), [("PA", ["environment"]), ("MC", None)])
@pytest.mark.parametrize("name", ["AL1", "IAM"])
def test_an_allergy_keeps_the_senders_kind_and_severity(
    name: str, kind: str, category: list[str] | None
) -> None:
    made = one(adt(f"{name}|1|{kind}|X^x^L|MO"), "AllergyIntolerance")
    assert made.get("category") == category
    assert "criticality" not in made
    codings = [each["valueCodeableConcept"]["coding"] for each in made["extension"]]
    assert codings == called([
        [{"code": kind, "system": f"{SYSTEM}0127"}], [{"code": "MO", "system": f"{SYSTEM}0128"}],
    ])  # fmt: skip


def test_what_few_say_of_a_visit_is_kept() -> None:
    pv2 = segment("PV2", f7="HO", f21="N", f40="CR^Critical")
    made = adt("PD1|||||||||||F", "PV1|1|O", pv2)
    visit = one(made, "Encounter")
    assert visit["type"] == called([{"coding": [{"code": "HO", "system": f"{SYSTEM}0130"}]}])
    codes = [each["valueCodeableConcept"]["coding"][0]["code"] for each in visit["extension"]]
    assert codes == ["N", "CR"]
    (extension,) = one(made, "Patient")["extension"]
    protection = extension["valueCodeableConcept"]["coding"]
    assert protection == called([{"code": "F", "system": f"{SYSTEM}0215"}])
    assert found(made) == []


def test_the_codes_of_a_plan_stand_beside_it() -> None:
    plan = "P1^Plan^L1^Q1^Other^L2^^^^R1^Third^L3"
    made = one(adt(f"IN1|1|{plan}|I1|Mutual"), "Coverage")
    assert "identifier" not in made
    ((value, name, extension),) = (
        (each["value"], each["name"], each["extension"]) for each in made["class"]
    )
    assert (value, name) == ("P1", "Plan")
    codings = extension[0]["valueCodeableConcept"]["coding"]
    assert [coding["code"] for coding in codings] == ["P1", "Q1", "R1"]


@pytest.mark.parametrize(
    ("kind", "segments", "targets"),
    [
        ("ADT^A08", ["EVN|A08|20260301080000+0800"], ["Patient", "Encounter"]),
        ("ADT^A31", ["EVN|A31|20260301080000+0800"], ["Patient"]),
        ("ORM^O01",
         ["ORC|NW|O1|||||||20260301080000+0800|C1^Lee", "OBR|1|O1||C^c^L"], ["ServiceRequest"]),
        ("MDM^T02",
         [segment("TXA", f1="1", f2="DS", f8="20260301080000+0800", f9="D1^Wu", f12="X1")],
         ["DocumentReference"]),
        ("SIU^S12", [], ["Appointment"]),
        ("SIU^S13", [], ["Appointment"]),
    ],
)  # fmt: skip
def test_a_provenance_is_of_what_was_done(
    kind: str, segments: list[str], targets: list[str]
) -> None:
    """Who ordered something, or made an appointment, made no patient."""
    sch = segment("SCH", f1="A1", f11="^^^20260320093000+0800", f20="E1^Xu")
    before, after = ([sch], []) if kind.startswith("SIU") else ([], segments)
    if kind.startswith("ADT"):
        before, after = segments, ["PV1|1|I|W1||||||||||||||||V1"] if kind == "ADT^A08" else []
    made = message(kind, *before, PID, *after, when="20260301080000+0800")
    (provenance,) = (
        m.resource for m in made.envelope if m.resource["resourceType"] == "Provenance"
    )
    assert [t["reference"].partition("/")[0] for t in provenance["target"]] == targets


def test_a_provenance_of_an_event_is_of_all_whom_it_tells_of() -> None:
    """Though each of them has one of its own: when the record was changed (PID-33), and where."""
    event = "EVN|A40|20260301080000+0800"
    patients = [
        f"PID|1||{number}^^^H^MR||Doe^Jo||19800101|M{'|' * 25}20260301080000+0800|LAB"
        for number in (100, 101)
    ]
    made = message("ADT^A40", event, patients[0], "MRG|200^^^H", patients[1], "MRG|201^^^H")
    targets = [
        [each["reference"] for each in m.resource["target"]]
        for m in made.envelope if m.resource["resourceType"] == "Provenance"
    ]  # fmt: skip
    whom = [f"Patient/patient-{number}.Patient" for number in (100, 101)]
    assert targets == [whom, whom[:1], whom[1:]]


def test_citizenship_of_a_tribe_stands_beside_that_of_a_country() -> None:
    pid = segment("PID", f1="1", f3="1^^^H", f26="CAN", f39="T1^Tribe^L")
    made = message("ADT^A08", pid)
    codes = [
        each["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
        for each in one(made, "Patient")["extension"]
    ]
    assert codes == ["CAN", "T1"]
    assert found(made) == []


@pytest.mark.parametrize(("original", "text"), [("", "words"), ("^^^^^^as coded", "as coded")])
def test_what_was_written_when_a_procedure_was_coded_is_its_text(original: str, text: str) -> None:
    made = adt(segment("PR1", f1="1", f3=f"X^x^L{original}", f4="words"))
    assert one(made, "Procedure")["code"]["text"] == text
    assert ("not-applicable PR1-4" in found(made)) == bool(original)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("G1", {"PGN": ("G1", "H")}),
        ("G1^Z", {"PGN": ("G1", "Z")}),  # an EI, as most senders write it
        ("G1&Z^G2&Y", {"PGN": ("G1", "Z"), "FGN": ("G2", "Y")}),  # an EIP
        ("^G2&Y", {"FGN": ("G2", "Y")}),
    ],
)
def test_the_numbers_of_a_group_of_orders(
    written: str, numbers: dict[str, tuple[str, str]]
) -> None:
    orc = segment("ORC", f1="RE", f3="F1^Q", f4=written)
    report = message("ORU^R01", PID, orc, "OBR|1||F1^Q|A^a^L")
    vaccine = message("VXU^V04", PID, orc, "RXA|0|1|20260301||08^HepB^CVX|999")
    for resource in (one(report, "DiagnosticReport"), one(vaccine, "Immunization")):
        said = {
            each["type"]["coding"][0]["code"]: (each["value"], each["system"].rpartition("/")[2])
            for each in resource["identifier"]
        }
        assert said == {"FILL": ("F1", "Q"), **numbers}
    drug = one(message("OMP^O09", PID, orc, "RXO|D1^d^L|1||mg"), "MedicationRequest")
    number = drug["groupIdentifier"]
    known = (number["value"], number["system"].rpartition("/")[2])
    assert known == numbers.get("PGN", numbers.get("FGN"))


@pytest.mark.parametrize(
    ("code", "status"),
    [("C", "confirmed"), ("S", "unconfirmed"), ("P", "unconfirmed"), ("D", "unconfirmed")],
)
def test_what_is_suspected_pending_or_doubtful_is_told_apart(code: str, status: str) -> None:
    """Of table 0438, FHIR has one word for all of these: the sender's stands beside it."""
    made = adt(segment("IAM", f1="1", f2="DA", f3="PEN^x^L", f6="A", f17=code))
    codings = one(made, "AllergyIntolerance")["verificationStatus"]["coding"]
    assert [each["code"] for each in codings] == [status, code]
    assert codings[1]["system"] == f"{SYSTEM}0438"
    assert found(made) == []
