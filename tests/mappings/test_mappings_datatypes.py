"""The data type maps: a field as sent in, FHIR out; and how maps are read in place."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import pytest
from called import called

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.compiler.build import build
from mappings.compiler.expand import expand
from mappings.dictionary import LAYERS, read
from mappings.language.parser import parse
from mappings.language.plain import plain_mentions, plain_references, plain_rows
from mappings.language.tree import TableError, Tables
from mappings.runtime.plan import Compiled
from mappings.runtime.types import Site
from mappings.translate import Translation, translate

V2 = "http://terminology.hl7.org/CodeSystem/v2-"
OWN = "https://yiqiao.org/fhir/authority/src/"
EXT = "http://hl7.org/fhir/StructureDefinition/"
OURS = "https://yiqiao.org/fhir/StructureDefinition/"


class Ids:
    """Readable ids: what they are made of."""

    def compartment(self, kind: str, *key: str) -> str:
        return "p" if kind == "patient" else "d"

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        return re.sub(r"[^\w.-]", "-", ".".join((compartment, *key)))[:60]


def made_by(application: str) -> dict[str, str]:
    """Whose data an attachment has."""
    return {"url": OURS + "attachment-source-application", "valueString": application}


class Case(NamedTuple):
    """A field's value, the element it is mapped to, the map, and what it becomes."""

    element: str  # Patient.name
    call: str
    value: str
    expected: Any


def coded(code: str, table: str, **more: str) -> dict[str, Any]:
    return {"coding": [{"code": code, "system": V2 + table, **more}]}


CASES = [
    Case("Patient.maritalStatus", "CWE[CodeableConcept]", "a^A b^L^c^D^99X^1^2^text^e^F^LN^3", {
        "coding": [
            {"code": "a", "display": "A b", "system": "https://yiqiao.org/fhir/code-system/src/L",
             "version": "1"},
            {"code": "c", "display": "D", "system": "https://yiqiao.org/fhir/code-system/src/99X",
             "version": "2"},
            {"code": "e", "display": "F", "system": "http://loinc.org", "version": "3"},
        ],
        "text": "text",
    }),
    Case("Patient.maritalStatus", "CE[CodeableConcept]", "x^Y", {
        "coding": [{"code": "x", "display": "Y"}], "text": "Y"}),
    Case("Patient.maritalStatus", "ID[CodeableConcept]", "x", {"coding": [{"code": "x"}]}),
    Case("Patient.maritalStatus", "ID[CodeableConcept-UniversalID]", "ISO", coded("ISO", "0301")),
    Case("Encounter.class", "CWE[Coding]", "I^In^HL70004^^^^2.9",
         {"code": "I", "display": "In", "system": V2 + "0004", "version": "2.9"}),
    Case("Patient.meta", "PT[Meta]", "P^A", {
        "tag": [{"code": "P", "system": V2 + "0103"}, {"code": "A", "system": V2 + "0207"}]}),
    Case("Practitioner.communication.text", "CWE[string]", "c^Said", "Said"),
    Case("Practitioner.communication.text", "CWE[string]", "c^Said^^^^^^^Better", "Better"),
    Case("Practitioner.communication.text", "CWE[string]", "only", "only"),
    Case("Practitioner.communication.text", "XON[string]", "^^^^^^^^^77", "77"),
    Case("Practitioner.communication.text", "XPN[string]", "Berg^An", "An Berg"),
    Case("Practitioner.communication.text", "CX[string]", "55^^^H", "55"),
    Case("Patient.name", "XPN[HumanName]",
         "de Vries&de&Vries&van&Berg^Jan^P^Jr^Dr^MD^L^^^20200101&20210101^G^^^Ret", {
             "family": "de Vries",
             "_family": {"extension": [
                 {"url": EXT + "humanname-own-prefix", "valueString": "de"},
                 {"url": EXT + "humanname-own-name", "valueString": "Vries"},
                 {"url": EXT + "humanname-partner-prefix", "valueString": "van"},
                 {"url": EXT + "humanname-partner-name", "valueString": "Berg"}]},
             "given": ["Jan", "P"], "suffix": ["Jr", "MD", "Ret"], "prefix": ["Dr"],
             "use": "official", "period": {"start": "2020-01-01", "end": "2021-01-01"},
             "extension": [{"url": EXT + "humanname-assembly-order", "valueCode": "G"}],
             "text": "Dr Jan P de Vries Jr"}),
    Case("Patient.telecom", "XTN[ContactPoint](home)", "^PRN^PH^^86^10^1234^9", {
        "value": "+86 10 1234 x9", "system": "phone", "use": "home",
        "extension": [
            {"url": EXT + "contactpoint-country", "valueString": "86"},
            {"url": EXT + "contactpoint-area", "valueString": "10"},
            {"url": EXT + "contactpoint-local", "valueString": "1234"},
            {"url": EXT + "contactpoint-extension", "valueString": "9"}]}),
    Case("Patient.telecom", "XTN[ContactPoint](work)", "^^Internet^a@b.example",
         {"value": "a@b.example", "system": "email", "use": "work"}),
    Case("Patient.telecom", "XTN[ContactPoint](home)", "13800000000",
         {"value": "13800000000", "system": "phone", "use": "home"}),
    Case("Patient.telecom", "XTN[ContactPoint](home)", "13800000000^^CP",
         {"value": "13800000000", "system": "phone", "use": "mobile"}),
    Case("Patient.address", "XAD[Address]",
         "1&Main&2^Apt^C^S^100000^CHN^H^^D^T^^20200101&20210101^^^^^^^Care of", {
             "line": ["1", "Main", "2", "Apt", "Care of"], "city": "C", "state": "S",
             "postalCode": "100000", "country": "CHN", "use": "home",
             "extension": [
                 {"url": "https://yiqiao.org/fhir/StructureDefinition/address-kind",
                  "valueCodeableConcept": coded("H", "0190")},
                 {"url": EXT + "iso21090-ADXP-censusTract", "valueString": "T"}],
             "district": "D", "period": {"start": "2020-01-01", "end": "2021-01-01"}}),
    Case("Patient.identifier", "CX[Identifier]", "5^3^M10^H&1.2.3&ISO^MR^^2020^2030", {
        "value": "5", "system": "urn:oid:1.2.3", "assigner": {"display": "H"},
        "extension": [{"url": EXT + "identifier-checkDigit", "valueString": "3"},
                      {"url": EXT + "namingsystem-checkDigit", "valueString": "M10"}],
        "type": coded("MR", "0203"), "period": {"start": "2020", "end": "2030"}}),
    Case("Patient.identifier", "EI[Identifier-Organization]", "7^LAB", {
        "value": "7", "system": OWN + "LAB", "assigner": {"display": "LAB"}}),
    Case("Patient.identifier", "EIP[Identifier-PlacerAssignedIdentifier]", "1&A^2&B", {
        "value": "1", "system": OWN + "A", "assigner": {"display": "A"},
        "type": coded("PGN", "0203")}),
    Case("Patient.identifier", "EIP[Identifier-FillerAssignedIdentifier]", "^2&B", {
        "value": "2", "system": OWN + "B", "assigner": {"display": "B"},
        "type": coded("FGN", "0203")}),
    Case("Patient.identifier", "DLN[Identifier]", "D1^CA^20300101", {
        "value": "D1", "type": coded("DL", "0203"), "system": OWN + "CA",
        "assigner": {"display": "CA"}, "period": {"end": "2030-01-01"}}),
    Case("Patient.identifier", "PLN[Identifier]", "L1^UPIN^^2030", {
        "value": "L1", "type": coded("UPIN", "0338"), "period": {"end": "2030"}}),
    Case("Patient.identifier", "HD[Identifier]", "N^1.2^ISO",
         {"value": "urn:oid:1.2", "type": coded("ISO", "0301"), "system": "urn:ietf:rfc:3986"}),
    Case("Observation.valueQuantity", "CQ[Quantity]", "5^mg&milligram&UCUM", {
        "value": 5, "unit": "milligram", "code": "mg", "system": "http://unitsofmeasure.org"}),
    Case("Observation.valueQuantity", "SN[Quantity]", "<^5", {"value": 5, "comparator": "<"}),
    Case("Observation.valueRange", "SN[Range]", "^1^-^3", {
        "low": {"value": 1}, "high": {"value": 3},
        "extension": [{"url": OURS + "as-written", "valueString": "1 - 3"}]}),
    Case("Observation.valueRatio", "SN[Ratio]", ">^1^:^8", {
        "numerator": {"comparator": ">", "value": 1}, "denominator": {"value": 8},
        "extension": [{"url": OURS + "as-written", "valueString": "> 1 : 8"}]}),
    Case("Observation.valuePeriod", "DR[Period]", "2020^2021", {"start": "2020", "end": "2021"}),
    Case("Encounter.length", "NM[Quantity-LengthOfStay]", "4", {
        "value": 4, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}),
    Case("ServiceRequest.occurrenceTiming", "RI[Timing]", "BID^0900,2100", {
        "code": {"coding": [
            {"code": "BID", "system": "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"}]},
        "repeat": {"frequency": 2, "period": 1, "periodUnit": "d",
                   "timeOfDay": ["09:00:00", "21:00:00"]}}),
    Case("ServiceRequest.occurrenceTiming", "RPT[Timing]", "^DW^1^5^2^wk^^AC^30^min", {
        "repeat": {"dayOfWeek": ["mon", "tue", "wed", "thu", "fri"],
                   "period": 2, "periodUnit": "wk", "when": ["AC"], "offset": 30}}),
    Case("ServiceRequest.occurrenceTiming.repeat.offset", "CQ[unsignedInt]", "2^h", 120),
    Case("Patient.photo", "ED[Attachment]", "A^AP^PDF^Base64^QUJD",
         {"extension": [made_by("A")], "contentType": "application/pdf", "data": "QUJD"}),
    Case("Patient.photo", "ED[Attachment]", "A^TX^PLAIN^A^ABC",
         {"extension": [made_by("A")], "contentType": "text/plain", "data": "QUJD"}),
    Case("Patient.photo", "ED[Attachment]", "A^IM^^Hex^414243", {
        "extension": [{"url": EXT + "alternate-codes",
                       "valueCodeableConcept": coded("IM", "0191")}, made_by("A")],
        "contentType": "application/octet-stream", "data": "QUJD"}),
    Case("Patient.photo", "ED[Attachment]", "^^image/png^BaSe64^QUJD",
         {"contentType": "image/png", "data": "QUJD"}),
    Case("Patient.photo", "RP[Attachment]", "http://a.example/1^H^IM^JPEG",
         {"extension": [made_by("H")], "contentType": "image/jpeg", "url": "http://a.example/1"}),
    Case("Device.udiCarrier", "EI[Device-udiCarrier]", "0100", {"deviceIdentifier": "0100"}),
]  # fmt: skip

PARTS = [
    ("ServiceRequest", "TQ[ServiceRequest]", "2&tab^BID^D5^^^A^^go^^^^3", {
        "quantityQuantity": {"value": 2, "unit": "tab"}, "priority": "asap",
        "note": [{"text": "go"}]}),
    ("MedicationRequest", "TQ[MedicationRequest]", "^^^2026^2027^R", {
        "priority": "routine", "dosageInstruction": [
            {"timing": {"repeat": {"boundsPeriod": {"start": "2026", "end": "2027"}}}}]}),
    ("Observation", "OG[Extension-Subidentifier]", "1.2^1^2^x", {"extension": [
        {"url": EXT + "observation-v2-subid", "extension": [
            {"url": "original-sub-identifier", "valueString": "1.2"},
            {"url": "group", "valueDecimal": 1}, {"url": "sequence", "valueDecimal": 2},
            {"url": "identifier", "valueString": "x"}]}]}),
    ("Specimen", "SPS[Specimen-Source]", "BLD^HEPA^note", {
        "type": coded("BLD", "0487"), "note": [{"text": "note"}],
        "container": [{"additiveCodeableConcept": coded("HEPA", "0371")}]}),
]  # fmt: skip

RESOURCES = [
    ("Patient.generalPractitioner", "XCN[Practitioner]",
     "D1^Wu^Li^^^^MD^^H^L^7^M10^DN^^^^^G^2020^2021^PhD", "Practitioner", {
         "id": "d.https---yiqiao.org-fhir-authority-src-H-D1",
         "identifier": [{
             "value": "D1", "system": OWN + "H", "assigner": {"display": "H"},
             "type": coded("DN", "0203"), "extension": [
                 {"url": EXT + "identifier-checkDigit", "valueString": "7"},
                 {"url": EXT + "namingsystem-checkDigit", "valueString": "M10"}]}],
         "name": [{
             "family": "Wu", "given": ["Li"], "suffix": ["MD", "PhD"], "use": "official",
             "extension": [{"url": EXT + "humanname-assembly-order", "valueCode": "G"}],
             "period": {"start": "2020", "end": "2021"}, "text": "Li Wu"}],
         "qualification": [{"code": coded("MD", "0360", display="Doctor of Medicine")}]}),
    ("Patient.generalPractitioner", "CNN[Practitioner]", "9^Wu^Li", "Practitioner", {
        "identifier": [{"value": "9"}], "name": [{"family": "Wu", "given": ["Li"],
                                                  "text": "Li Wu"}]}),
    ("Patient.managingOrganization", "XON[Organization]", "Ward^L^77^^^H^XX", "Organization", {
        "name": "Ward", "identifier": [{
            "value": "77", "system": OWN + "H", "assigner": {"display": "H"},
            "type": coded("XX", "0203")}]}),
    ("Patient.managingOrganization", "HD[Organization]", "N^1.2^ISO", "Organization", {
        "name": "N", "identifier": [
            {"value": "N", "system": "https://yiqiao.org/fhir/organization/src"},
            {"value": "urn:oid:1.2", "type": coded("ISO", "0301"),
             "system": "urn:ietf:rfc:3986"}]}),
    ("Patient.managingOrganization", "CWE[Organization]", "o^Org^LN", "Organization", {
        "name": "Org", "identifier": [{"value": "o", "system": "http://loinc.org"}]}),
    ("Observation.device", "CWE[Device]", "x^X", "Device", {
        "identifier": [{"value": "x", "system": "https://yiqiao.org/fhir/device/src"}],
        "deviceName": [{"name": "X", "type": "user-friendly-name"}]}),
    ("Encounter.reasonReference", "EI[Condition]", "7^H", "Condition", {
        "id": "p.https---yiqiao.org-fhir-authority-src-H-7", "subject": {"reference": "Patient/p"},
        "identifier": [{"value": "7", "system": OWN + "H", "assigner": {"display": "H"}}]}),
    ("Encounter.reasonReference", "EI[Procedure]", "7", "Procedure", {
        "status": "unknown", "identifier": [{"value": "7"}]}),
    ("Device.location", "HD[Location]", "F^1.2^ISO", "Location", {
        "name": "F", "identifier": [
            {"value": "^^^F", "system": "https://yiqiao.org/fhir/place/src"},
            {"value": "urn:oid:1.2", "type": coded("ISO", "0301"),
             "system": "urn:ietf:rfc:3986"}]}),
    ("Encounter.hospitalization.destination", "DLD[Location-Discharge]", "H&Home", "Location", {
        "type": [{**coded("H", "0113", display="Home"), "text": "Home"}], "name": "Home"}),
    ("CareTeam.participant.member", "XCN[RelatedPerson]", "D1^Wu", "RelatedPerson", {
        "patient": {"reference": "Patient/p"}, "identifier": [{"value": "D1"}]}),
    ("CareTeam.participant.member", "CX[RelatedPerson-Mother]", "M1", "RelatedPerson", {
        "patient": {"reference": "Patient/p"},
        "relationship": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}]}]}),
    ("DiagnosticReport.resultsInterpreter", "NDL[PractitionerRole]",
     "9&Wu^^^W^R^B^S^O", "PractitionerRole", {
        "practitioner": {"reference": "Practitioner/d.9", "display": "Wu"},
        "location": [{"reference": "Location/d.S...W.R.B", "display": "S W R B"}]}),
]  # fmt: skip


def _steps(element: str) -> tuple[str, list[str]]:
    type_, *steps = element.split(".")
    return type_, steps


def _target(element: str) -> str:
    type_, steps = _steps(element)
    marked = []
    for end, step in enumerate(steps, 1):
        found = definitions().element(type_, ".".join(steps[:end]))
        assert found is not None
        marked.append(f"{step}[only]" if found.array and end < len(steps) else step)
    last = definitions().element(type_, ".".join(steps))
    assert last is not None
    return ".".join(marked) + ("[]" if last.array else "")


def _all() -> list[tuple[str, str]]:
    rows = [(_steps(c.element)[0], f"{_target(c.element)}  {c.call}") for c in CASES]
    rows += [(type_, f".  {call}") for type_, call, _, _ in PARTS]
    return rows + [(_steps(e)[0], f"{_target(e)}  {call}") for e, call, _, _, _ in RESOURCES]


#: The rows that give a resource what R4 requires of its type: without, it may not stand.
REQUIRED = {
    "DiagnosticReport": ["status = unknown", 'code = "unspecified"'],
    "Encounter": ["status = unknown", "class = v3-NullFlavor#UNK  default"],
    "MedicationRequest": [
        "status = unknown", "intent = order", 'medicationCodeableConcept = "unspecified"',
        "subject  patient()",
    ],
    "Observation": ["status = unknown", 'code = "unspecified"'],
    "ServiceRequest": ["status = unknown", "intent = order", "subject  patient()"],
}  # fmt: skip

BARE = ["PID -> Patient as PID[Patient-Bare]", "  PID-8  gender  codes AdministrativeSex"]
HEAD = "MSH|^~\\&|||||||ZZZ^Z01|1|P|2.5\rPID|1||7|||||F\r"


@cache
def compiled() -> tuple[Compiled, Tables]:
    tables = read(("base",), None)
    lines, nodes = [], []
    for number, (type_, row) in enumerate(_all()):
        segment = f"Z{number:02}"
        lines += [f"{segment} -> {type_}", f"  {segment}-1  {row}"]
        lines += [f"  -  {required}" for required in REQUIRED.get(type_, ())]
        nodes.append(f"  [{segment}]  {'+' if type_ == 'Patient' else ''}{type_}")
    lines += [*BARE, "message ZZZ_Z01", "  events ZZZ^Z01", "  MSH", "  PID  PID[Patient-Bare]"]
    lines += nodes
    parse("\n".join(lines), "scratch.map", "test", tables)
    return build(tables, definitions()), tables


def run(number: int, value: str) -> Translation:
    made, tables = compiled()
    text = f"{HEAD}Z{number:02}|{value}\r"
    return translate(text, made, Site("src", systems=tables.names["systems"]), Ids())


def _reach(made: Any, steps: list[str]) -> Any:
    for step in steps:
        made = made[step]
        made = made[0] if isinstance(made, list) else made
    return made


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{c.call} {c.value}" for c in CASES])
def test_a_field_becomes(number: int) -> None:
    case = CASES[number]
    type_, steps = _steps(case.element)
    said = run(number, case.value)
    resource = next(m.resource for m in said.made if m.resource["resourceType"] == type_)
    assert _reach(resource, steps) == called(case.expected)


@pytest.mark.parametrize("number", range(len(PARTS)), ids=[call for _, call, _, _ in PARTS])
def test_a_field_may_write_a_part_of_what_is_being_made(number: int) -> None:
    type_, _, value, expected = PARTS[number]
    said = run(len(CASES) + number, value)
    resource = next(m.resource for m in said.made if m.resource["resourceType"] == type_)
    assert {name: resource.get(name) for name in expected} == called(expected)


@pytest.mark.parametrize("number", range(len(RESOURCES)), ids=[r[1] for r in RESOURCES])
def test_a_field_may_name_a_thing_of_its_own(number: int) -> None:
    element, _, value, type_, expected = RESOURCES[number]
    said = run(len(CASES) + len(PARTS) + number, value)
    kind = _steps(element)[0]
    others = [m.resource for m in said.made]
    holder = next(r for r in others if r["resourceType"] == kind)
    reference = _reach(holder, _steps(element)[1])["reference"]
    made = next(r for r in others if f"{r['resourceType']}/{r['id']}" == reference)
    assert made["resourceType"] == type_
    assert {name: made.get(name) for name in expected} == called(expected)
    assert not Validator().errors(made)


@cache
def of_places() -> Compiled:
    tables = read(("base",), None)
    parse(
        "ZPL -> Provenance\n  ZPL-1  location  PL[Location]\n"
        "message ZZZ_Z01\n  events ZZZ^Z01\n  MSH\n  {ZPL}  Provenance\n",
        "scratch.map", "test", tables,
    )  # fmt: skip
    return build(tables, definitions())


def located(*values: str) -> dict[str, Any]:
    segments = "".join(f"ZPL|{value}\r" for value in values)
    said = translate(f"{HEAD}{segments}", of_places(), Site("src"), Ids())
    assert not [f for f in said.findings if f.code == "unmapped-component"]
    return {
        m.resource["id"]: m.resource for m in said.made if m.resource["resourceType"] == "Location"
    }


def test_a_place_is_part_of_the_next_larger_one_that_is_named() -> None:
    made = located("W^R^B^S^O^N^BLD^3^by the window^L7^HOSP")
    chain = {
        "d.S.BLD.3.W.R.B": ("bd", "Location/d.S.BLD.3.W.R."),
        "d.S.BLD.3.W.R.": ("ro", "Location/d.S.BLD.3.W.."),
        "d.S.BLD.3.W..": ("wa", "Location/d.S.BLD.3..."),
        "d.S.BLD.3...": ("lvl", "Location/d.S.BLD...."),
        "d.S.BLD....": ("bu", "Location/d.S....."),
        "d.S.....": ("si", None),
    }
    said = {
        id_: (p["physicalType"]["coding"][0]["code"], p.get("partOf", {}).get("reference"))
        for id_, p in made.items()
    }
    assert said == chain
    bed = made["d.S.BLD.3.W.R.B"]
    assert (bed["name"], bed["description"]) == ("by the window", "by the window")
    assert bed["operationalStatus"] == called({"system": V2 + "0116", "code": "O"})
    assert [i["value"] for i in bed["identifier"]] == ["W^R^B^S^^^BLD^3", "L7"]
    for place in made.values():
        assert not Validator().errors(place)


def test_the_same_ward_is_one_place_however_it_is_named() -> None:
    made = located("W^R^1^S", "W^R^2^S", "W^^^S")
    assert set(made) == {"d.S...W.R.1", "d.S...W.R.2", "d.S...W.R.", "d.S...W..", "d.S....."}


def test_a_unit_of_time_that_is_none_is_found() -> None:
    number = next(i for i, c in enumerate(CASES) if "CQ[unsignedInt]" in c.call)
    assert "bad-value" in {f.code for f in run(number, "2^parsec").findings}


# -- the language --------------------------------------------------------------------------------


def parsed(text: str) -> Tables:
    into = Tables()
    parse(text, "t.map", "base", into)
    return into


PRIMITIVE = "CWE -> string\n  CWE.9|CWE.2  .  \n"


def expanded(row: str, target: str = "Patient") -> list[tuple[str, str]]:
    tables = expand(parsed(f"{PRIMITIVE}ZZZ -> {target}\n  {row}\n"))
    return [("|".join(map(str, r.sources)), r.path) for r in tables.maps[f"ZZZ[{target}]"].rows]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("ZZZ-3  language  CWE[string]", [("ZZZ-3.9|ZZZ-3.2", "language")]),
        ("ZZZ-3.4  language  CWE[string]", [("ZZZ-3.4.9|ZZZ-3.4.2", "language")]),
        ("ZZZ-3|ZZZ-4  language  CWE[string]",
         [("ZZZ-3.9|ZZZ-3.2", "language"), ("ZZZ-4.9|ZZZ-4.2", "language")]),
    ],
)  # fmt: skip
def test_a_map_to_a_primitive_is_read_in_place(row: str, expected: list[tuple[str, str]]) -> None:
    assert expanded(row) == expected


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("ZZZ-3  name[]  CWE[string]", "cannot fill a list"),
        ("ZZZ-3.4.1  language  CWE[string]", "nothing below"),
        ("ZZZ-3  by ZZZ-2\n    A  language  CWE[string]", "cannot stand in a case"),
    ],
)
def test_a_map_that_cannot_be_read_in_place_is_refused(row: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        expanded(row)


def test_conditions_and_constants_move_with_the_map() -> None:
    tables = parsed(
        "TQ -> Task\n  TQ.6  priority  when TQ.1 valued and TQ.2 is not X\n  -  intent = order\n"
        "ZZZ -> Task\n  ZZZ-7  .  TQ[Task]  when ZZZ-1 valued\n"
    )
    first, second = expand(tables).maps["ZZZ[Task]"].rows
    assert str(first.sources[0]) == "ZZZ-7.6"
    assert "ZZZ-7" not in str(second.sources)
    assert "field=7, component=1" in str(first.when)
    assert "valued" in str(second.when)


def test_an_alias_is_its_map() -> None:
    text = "aliases\n  CE[string]  CWE[string]\n"
    tables = expand(parsed(f"{text}{PRIMITIVE}ZZZ -> Patient\n  ZZZ-1  language  CE[string]\n"))
    assert str(tables.maps["ZZZ[Patient]"].rows[0].sources[0]) == "ZZZ-1.9"
    with pytest.raises(TableError, match="no map"):
        expand(parsed(text))


def test_plain_rows_say_what_tables_say() -> None:
    tables = parsed(
        "aliases\n  CE[Coding]  CWE[Coding]\n"
        "extensions\n  order  http://x.example/order\n"
        "CWE -> Coding\n  CWE.1  code\n  -  system = v2-0001\n"
        "XCN -> Encounter.participant (role)\n  -  type[] = $role\n"
        "ZZZ -> Patient\n"
        "  ZZZ-1  name[]\n    .2  extension[order].valueCode  codes T\n"
        "  ZZZ-2|ZZZ-3  maritalStatus  CE[Coding](a#b)  table 0002\n"
        "message ZZZ_Z01\n  events ZZZ^Z02\n  {G}\n    ZZZ  +Patient, ZZZ[Patient]\n"
    )
    rows = {row[:7] for row in plain_rows(tables)}
    assert ("CE[Coding]", "CE.1", "code", "", "", (), "") in rows
    assert ("CWE[Coding]", "", "system", V2 + "0001", "", (), "") in rows
    assert ("XCN[Encounter.participant]", "", "type", "$1", "", (), "") in rows
    path = "name.extension(http://x.example/order).valueCode"
    assert ("ZZZ[Patient]", "ZZZ-1.2", path, "", "", (), "T") in rows
    call = ("", "CWE[Coding]", ("a#b",), "table 0002")
    assert ("ZZZ[Patient]", "ZZZ-3", "maritalStatus", *call) in rows
    mentions = {tuple(m) for m in plain_mentions(tables)}
    assert mentions == {(name, "ZZZ", "ZZZ[Patient]") for name in ("ZZZ_Z01", "ZZZ_Z02")}


def test_plain_references_are_those_of_links_and_of_rows() -> None:
    found = {tuple(reference) for reference in plain_references(read(LAYERS, None))}
    assert {
        ("", "Observation.subject", "Patient"),  # a link of all messages
        ("ORU_R01", "DiagnosticReport.result", "Observation"),  # one of a structure
        ("ORU_R31", "DiagnosticReport.result", "Observation"),  # of an event that uses it
        ("", "Observation.performer", "Practitioner"),  # a data type's resource
        ("", "Encounter.participant.individual", "PractitionerRole"),  # one that is named
        ("", "Coverage.subscriber", "Patient"),
    } <= found
    assert not any(type_ == "CodeableConcept" for _, _, type_ in found)


def test_plain_rows_say_what_must_hold() -> None:
    tables = parsed(
        "ZZZ -> Observation  when ZZZ-9 valued\n"
        "  ZZZ-1|ZZZ-2  issued\n"
        "  ZZZ-3        issued       when count ZZZ-4 > 1 or ZZZ-5 in (A, B)\n"
        "  ZZZ-6        by ZZZ-7\n"
        "    NM           valueInteger\n"
        "    otherwise    valueString\n"
        "  -            note[]       when ZZZ-8 not valued\n"
        "    ZZZ-8.1      text       when .2 is C\n"
        "  ZZZ-1        note[].text\n"
        "  ZZZ-1        component[A].valueInteger    number(1)\n"
        "  ZZZ-2        component[B].valueInteger\n"
        "  ZZZ-3        component[B].valueInteger\n"
    )
    found = {(r.source, r.path, r.constant): r.when for r in plain_rows(tables)}
    always = ("valued", "ZZZ-9")
    first = ("not", ("valued", "ZZZ-1"))
    either = ("or", ("count", "ZZZ-4", (">", "1")), ("in", "ZZZ-5", ("A", "B")))
    known = ("not", ("and", ("or", ("valued", "ZZZ-1"), ("valued", "ZZZ-2"))))
    assert found == {
        ("ZZZ-1", "issued", ""): ("and", always),
        ("ZZZ-2", "issued", ""): ("and", always, first),
        ("ZZZ-3", "issued", ""): ("and", always, known, either),
        ("ZZZ-6", "valueInteger", ""): ("and", always, ("in", "ZZZ-7", ("NM",))),
        ("ZZZ-6", "valueString", ""): ("and", always, ("not", ("in", "ZZZ-7", ("NM",)))),
        ("ZZZ-8.1", "note.text", ""): (
            "and", always, ("not", ("valued", "ZZZ-8")), ("in", ".2", ("C",)),
        ),
        ("ZZZ-1", "note.text", ""): ("and", always),
        ("ZZZ-1", "component.valueInteger", "1"): ("and", always),
        ("ZZZ-2", "component.valueInteger", ""): ("and", always),  # another item
        ("ZZZ-3", "component.valueInteger", ""): (
            "and", always, ("not", ("and", ("or", ("valued", "ZZZ-2")))),
        ),
    }  # fmt: skip


def test_plain_rows_below_an_extension_have_one_each() -> None:
    tables = parsed(
        "extensions\n  of  http://x.example/of\n"
        "ZZZ -> Patient\n"
        "  ZZZ-1  extension[of]\n    .  valueString\n"
        "  ZZZ-2  extension[of]\n    .  valueString\n"
    )
    assert [row.when for row in plain_rows(tables)] == [("and",), ("and",)]


@pytest.mark.parametrize(
    ("code", "repeat"),
    [
        ("Q6H", {"frequency": 1, "period": 6, "periodUnit": "h"}),
        ("QOD", {"frequency": 1, "period": 2, "periodUnit": "d"}),
        ("QW", {"frequency": 1, "period": 1, "periodUnit": "wk"}),
        ("TID", {"frequency": 3, "period": 1, "periodUnit": "d"}),
        ("PRN", None),
    ],
)
def test_a_repeat_pattern_is_also_given_in_figures(
    code: str, repeat: dict[str, Any] | None
) -> None:
    for call in ("RI[Timing]", "RPT[Timing]"):
        number = next(i for i, c in enumerate(CASES) if c.call == call)
        made = next(
            m.resource for m in run(number, code).made
            if m.resource["resourceType"] == "ServiceRequest"
        )  # fmt: skip
        assert made["occurrenceTiming"].get("repeat") == repeat
