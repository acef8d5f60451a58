"""Identity across messages: what two messages name is one resource, whichever comes first."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import pytest

from conformance.definitions import definitions
from mappings.dictionary import load

PID = "PID|1||100^^^H^MR||Doe^Jo||19800101|M"
PV1 = "PV1|1|I|W1^2^B^H||||D1^House^Gregory||||||||||||V1^^^H^VN"


class HashedIds:
    """Ids under which two keys that differ in anything are two things."""

    def compartment(self, kind: str, *key: str) -> str:
        return blake2b(repr((kind, key)).encode(), digest_size=8).hexdigest()

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        name = repr((compartment, type_, key)).encode()
        return f"{compartment}.{blake2b(name, digest_size=8).hexdigest()}"


def message(type_: str, *segments: str) -> str:
    return "\r".join([f"MSH|^~\\&|A|H|||20260301||{type_}|{type_}|P|2.5.1", *segments])


def said(*messages: str) -> list[dict[str, Any]]:
    """Return all that the messages make, translated in this order."""
    tables = load(definitions())
    tables.compiled.memory.clear()
    made = [m for text in messages for m in tables.translate(text, HashedIds(), source="src").made]
    return [m.resource for m in made]


ORDER = message("OML^O21", PID, PV1, "ORC|NW|P1^H", "OBR|1|P1^H||A^Aa^L", "SPM|1|S1||BLD")
REPORT = message(
    "ORU^R01", PID, PV1, "ORC|RE|P1^H|F1^L", "OBR|1|P1^H|F1^L|A^Aa^L", "OBX|1|NM|X||1||||||P",
    "SPM|1|S1||BLD",
)  # fmt: skip
CORRECTED = message(
    "ORU^R01", PID, "OBR|1|P1^H|F1^L|A^Aa^L||||||||||||D1^House^Gregory", "OBX|1|NM|X||2||||||C"
)
ADMIT = message("ADT^A01", "EVN|A01|20260301", PID, PV1, "AL1|1|DA|PEN^Penicillin")
STAFF = message(
    "MFN^M02", "MFI|PRA||UPD", "MFE|MUP|1||D1", "STF|D1|D1^^^H^EI|House^Gregory||M|19590611"
)
PLACE = message("MFN^M05", "MFI|LOC||UPD", "MFE|MAD|1||W1^2^B^H", "LOC|W1^2^B^H|by the window|B")
BED = message("ADT^A20", "EVN|A20|20260301", "NPU|W1^2^B^H|K")
PRESCRIBED = message("RDE^O11", PID, "ORC|NW|R1", "RXE||MET^Metformin|1||TAB")
DISPENSED = message("RDS^O13", PID, "ORC|RE|R1", "RXD|1|MET^Metformin|20260301|56|TAB||RX9")
GIVEN = message("RAS^O17", PID, "ORC|RE|R1", "RXA|0|1|20260301||MET^Metformin|1|TAB")
BOOKED = message("SIU^S12", "SCH|AP1|AP9|||||||||^^^20260320090000^20260320093000", PID)
DROPPED = message("SIU^S15", "SCH|AP1|AP9|||||||||^^^20260320090000^20260320093000", PID)
ALLERGY = message("ADT^A60", "EVN|A60|20260301", PID, "IAM|1|DA|PEN^Penicillin|SV||U")
BILL = message("BAR^P01", "EVN|P01|20260301", PID + "|" * 10 + "A1", PV1, "IN1|1|B^Basic|I1|Ins")
CHARGE = message("DFT^P03", "EVN|P03|20260301", PID + "|" * 10 + "A1", PV1, "FT1|1|T1||20260301")
REFERRED = message("REF^I12", "RF1|P||||||20260301", "PRD|RP|House^Gregory|||||D1", PID)


def test_what_is_remembered_of_one_sender_is_not_told_of_another() -> None:
    """Of one source, MSH-4 says whose numbers are the hospital's own."""
    staffed = message("ADT^A01", PID, "PV1|1|I|||||D1^House^Gregory^^^^^^H")
    elsewhere = staffed.replace("|A|H|", "|A|H2|")
    together, alone = said(staffed, elsewhere), said(elsewhere)
    assert together[-len(alone) :] == alone
    ids = [one["id"] for one in together if one["resourceType"] == "Practitioner"]
    assert len(set(ids)) == len(ids) == 2


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("Patient", ADMIT, REPORT),
        ("Encounter", ADMIT, REPORT),
        ("Encounter", ADMIT, CHARGE),
        ("ServiceRequest", ORDER, REPORT),
        ("Specimen", ORDER, REPORT),
        ("DiagnosticReport", REPORT, CORRECTED),
        ("Observation", REPORT, CORRECTED),
        ("Practitioner", ADMIT, CORRECTED),
        ("Practitioner", ADMIT, STAFF),
        ("Practitioner", STAFF, CORRECTED),
        ("Practitioner", REFERRED, STAFF),
        ("MedicationRequest", PRESCRIBED, DISPENSED),
        ("MedicationRequest", PRESCRIBED, GIVEN),
        ("Appointment", BOOKED, DROPPED),
        ("AllergyIntolerance", ADMIT, ALLERGY),
        ("Account", BILL, CHARGE),
        ("Organization", ADMIT, BILL),
    ],
)
def test_one_thing_has_one_id_in_either_order(type_: str, one: str, other: str) -> None:
    for messages in ((one, other), (other, one)):
        first, second = (
            {r["id"] for r in said(text) if r["resourceType"] == type_} for text in messages
        )
        assert first & second
        together = [r["id"] for r in said(*messages) if r["resourceType"] == type_]
        assert set(together) == first | second


def test_a_report_is_known_by_its_fillers_number_wherever_that_stands() -> None:
    early = message("ORU^R01", PID, "ORC|RE|P1|F1", "OBR|1|P1||A", "OBX|1|NM|X||1||||||P")
    late = message("ORU^R01", PID, "ORC|RE|P1|F1", "OBR|1|P1|F1|A", "OBX|1|NM|X||2||||||F")
    for type_ in ("DiagnosticReport", "Observation", "ServiceRequest"):
        assert len({r["id"] for r in said(early, late) if r["resourceType"] == type_}) == 1


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("Observation", "PD1|||||||N", "PD1|||||||Y"),
        ("Coverage", "PV1|1|I" + "|" * 17 + "V1|C", "PV1|1|I" + "|" * 17 + "V1|M"),
        ("Coverage", "PV1|1|N" + "|" * 18 + "C", "PV1|1|N" + "|" * 18 + "M"),
    ],
)
def test_what_a_thing_says_does_not_make_it_another_one(type_: str, one: str, other: str) -> None:
    """A living will, a financial class: it changes, and what it was no longer stands."""
    updates = (message("ADT^A31", PID, each) for each in (one, other))
    assert len({r["id"] for r in said(*updates) if r["resourceType"] == type_}) == 1


def test_a_financial_class_is_of_its_visit() -> None:
    visits = (message("ADT^A01", PID, "PV1|1|I" + "|" * 17 + f"V{n}|C") for n in (1, 2))
    assert len({r["id"] for r in said(*visits) if r["resourceType"] == "Coverage"}) == 2


@pytest.mark.parametrize("other", [PLACE, BED])
def test_a_bed_is_the_same_place_in_every_message(other: str) -> None:
    (stay,) = (r for r in said(ADMIT) if r["resourceType"] == "Encounter")
    bed = stay["location"][0]["location"]["reference"].removeprefix("Location/")
    assert bed in [r["id"] for r in said(other)]


@pytest.mark.parametrize("authority", ["", "H", "H&1.2.3&ISO"])
def test_a_number_of_the_hospitals_own_needs_no_authority(authority: str) -> None:
    report = message("ORU^R01", PID, f"OBR|1|P|F|A||||||||||||D1^House^G^^^^^^{authority}")
    staff = {r["id"] for r in said(STAFF) if r["resourceType"] == "Practitioner"}
    assert staff & {r["id"] for r in said(report)}


def test_a_person_is_one_however_who_gave_the_number_is_written() -> None:
    forms = ["D1^A", "D1^A^^^^^^^TJH01", "D1^A^^^^^^^&1.2.3.4&ISO", "D1^A^^^^^^^TJH01&1.2.3.4&ISO",
             "D1^A^^^^^^^&1.2.3.4", "D1^B^^^^^^^LAB", "D1^B^^^^^^^&1.2.5&ISO"]  # fmt: skip
    known = {"TJH01": "urn:oid:1.2.3.4", "LAB": "urn:oid:1.2.5"}
    tables = load(definitions())
    tables = tables._replace(site=tables.site._replace(authority="TJH01", authorities=known))
    named = []
    for form in forms:
        pv1 = ["PV1", "1", "I", *[""] * 4, form, *[""] * 11, "V1"]
        made = tables.translate(
            message("ADT^A01", PID, "|".join(pv1)), HashedIds(), source=f"src{known}"
        ).made
        (doctor,) = (m for m in made if m.resource["resourceType"] == "Practitioner")
        named.append(doctor.resource["id"])
    assert len(set(named[:5])) == len(set(named[5:])) == 1
    assert len(set(named)) == 2


def test_a_role_is_of_one_person_whose_number_another_authority_may_have_given() -> None:
    def roles(*doctors: str) -> set[str]:
        orders = [f"ORC|NW|P{n}||||||||||{d}" + "|" * 9 + "Ward^^77" for n, d in enumerate(doctors)]
        made = said(*(message("OMG^O19", PID, o, "OBR|1|P||A^a^L") for o in orders))
        return {r["id"] for r in made if r["resourceType"] == "PractitionerRole"}

    assert len(roles("D1^A", "D1^A^^^^^^^H")) == 1
    assert len(roles("D1^A", "D1^B^^^^^^^ELSEWHERE")) == 2
    assert len(roles("^A", "^A")) == 1


def test_a_number_of_another_authority_is_another_one() -> None:
    report = message("ORU^R01", PID, "OBR|1|P|F|A||||||||||||D1^House^G^^^^^^ELSEWHERE")
    staff = {r["id"] for r in said(STAFF) if r["resourceType"] == "Practitioner"}
    assert not staff & {r["id"] for r in said(report)}


def test_every_reference_of_every_message_resolves() -> None:
    for text in (
        ORDER, REPORT, CORRECTED, ADMIT, STAFF, PLACE, BED, PRESCRIBED, DISPENSED, GIVEN, BOOKED,
        DROPPED, ALLERGY, BILL, CHARGE, REFERRED,
    ):  # fmt: skip
        made = said(text)
        known = {f"{r['resourceType']}/{r['id']}" for r in made}
        assert set(references(made)) <= known


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [r for item in value.values() for r in references(item)]
    return [r for item in value for r in references(item)] if isinstance(value, list) else []
