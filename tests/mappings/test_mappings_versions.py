"""Versions 2.1 to 2.9, and feeds that keep to none: types, structures, order and parents."""

from __future__ import annotations

from typing import Any

import pytest
from golden_pairs import ReadableIds

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.dictionary import load
from mappings.translate import Translation

VALIDATOR = Validator()
PID = "PID|1||100^^^H^MR||Doe^Jo||19800101|M"
RESULT = ("OBR|1|P1|F1|GLU^Glucose|||20260301", "OBX|1|NM|GLU^Glucose||5|mmol/L|||||F")
VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.9", "")


def run(type_: str, *segments: str, version: str = "2.5.1") -> Translation:
    header = f"MSH|^~\\&|A|H|||20260301||{type_}|1|P|{version}"
    made = load(definitions(), layers=("base",)).translate(
        "\r".join([header, *segments]), ReadableIds(), source="src"
    )
    for each in [*made.envelope, *made.made]:
        assert VALIDATOR.errors(each.resource) == []
    return made


def of(made: Translation, type_: str) -> list[dict[str, Any]]:
    return [m.resource for m in made.made if m.resource["resourceType"] == type_]


def codes(made: Translation) -> list[tuple[str, str]]:
    return [(f.code, f.location) for f in made.findings]


def note(resource: dict[str, Any]) -> list[str]:
    own = [each["text"] for each in resource.get("note", ())]
    beyond = (each.get("valueAnnotation", {}) for each in resource.get("extension", ()))
    return own + [each["text"] for each in beyond if each]


# -- what the message is -------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("type_", ["ORU^R01^ORU_R01", "ORU^R01", "ORU^R01^ADT_A01", "ORU", "ORU^"])
def test_a_result_is_a_result_in_every_version(type_: str, version: str) -> None:
    made = run(type_, PID, *RESULT, version=version)
    assert codes(made) == []
    assert of(made, "DiagnosticReport")[0]["result"]


def test_a_known_structure_names_an_unknown_event() -> None:
    made = run("ZZZ^Z01^ORU_R01", PID, *RESULT)
    assert codes(made) == [("unmapped-code", "MSH-9.2")]
    assert of(made, "DiagnosticReport")[0]["result"]


@pytest.mark.parametrize("type_", ["ADT", "ADT^", "ADT^A03", "ADT^A03^ADT_A01", "ADT^A03^ADT_A99"])
def test_the_event_is_in_the_header_or_in_evn(type_: str) -> None:
    made = run(type_, "EVN|A03|20260301", PID, "PV1|1|I|||||||||||||||||V1")
    assert of(made, "Encounter")[0]["status"] == "finished"


@pytest.mark.parametrize(
    ("event", "structure"),
    [("A40", "ADT_A39"), ("A40", "ADT_A40"), ("A34", "ADT_A30"), ("A18", "")],
)
def test_merges_of_every_version_merge(event: str, structure: str) -> None:
    made = run(f"ADT^{event}^{structure}".rstrip("^"), f"EVN|{event}|20260301", PID,
               "MRG|900^^^H^MR")  # fmt: skip
    assert made.merges == [("patient-100", "patient-900")]


# -- what its fields are -------------------------------------------------------------------------


@pytest.mark.parametrize("type_", ["CE", "CWE", "CNE", "CF"])
def test_coded_values_of_old_and_new_versions_are_alike(type_: str) -> None:
    made = run("ORU^R01", PID, RESULT[0], f"OBX|1|{type_}|X||A^Aa^LN||||||F")
    assert of(made, "Observation")[0]["valueCodeableConcept"]["text"] == "Aa"


@pytest.mark.parametrize("type_", ["TS", "DTM", "DT"])
def test_times_of_old_and_new_versions_are_alike(type_: str) -> None:
    made = run("ORU^R01", PID, RESULT[0], f"OBX|1|{type_}|X||20260301||||||F")
    assert of(made, "Observation")[0]["valueDateTime"] == "2026-03-01"


def test_withdrawn_parts_do_not_shift_the_rest() -> None:
    made = run(
        "ADT^A01",
        "EVN|A01|202603010800",
        "PID|||100^4^M10||DOE^JO||19800101^D|M",
        "PV1||I|||||||||||||||||V1",
        version="2.2",
    )
    (patient,) = of(made, "Patient")
    assert patient["birthDate"] == "1980-01-01"
    assert patient["identifier"][0]["value"] == "100"
    assert codes(made) == []


def test_segments_that_nobody_knows_are_found() -> None:
    made = run("ORU^R01", PID, "ZPI|1|x", *RESULT, "ZZ9|1")
    assert codes(made) == [("unknown-segment", "ZPI"), ("unknown-segment", "ZZ9")]
    assert len(of(made, "Observation")) == 1


# -- order and parents ---------------------------------------------------------------------------


def test_comments_anywhere_are_of_what_they_follow() -> None:
    made = run(
        "ORU^R01", PID, "NTE|1||pid", "PV1|1|O|||||||||||||||||V1",
        "ORC|RE|P1|F1", "NTE|1||orc", "OBR|1|P1|F1|A", "NTE|1||obr", "OBX|1|NM|X||1", "NTE|1||x",
        "SPM|1|S1||BLD", "NTE|1||spm", "OBX|2|NM|Y||2", "NTE|1||y",
    )  # fmt: skip
    assert codes(made) == []
    assert {r["resourceType"]: note(r) for r in (m.resource for m in made.made) if note(r)} == {
        "Patient": ["pid"], "ServiceRequest": ["orc"], "DiagnosticReport": ["obr"],
        "Specimen": ["spm"], "Observation": ["y"],
    }  # fmt: skip
    assert [note(r) for r in of(made, "Observation")] == [["x"], ["y"]]


@pytest.mark.parametrize("kind", [
    "ADT^A08", "ADT^A40", "ADT^A24", "ADT^A29", "ADT^A45", "DFT^P03", "BAR^P01", "MDM^T02",
    "VXU^V04", "PPR^PC1", "PGL^PC6", "PPP^PCB",
])  # fmt: skip
@pytest.mark.parametrize("behind", [[], ["PV1|1|I|W1||||||||||||||||V1"]])
def test_a_comment_behind_a_patient_is_the_patient_s(kind: str, behind: list[str]) -> None:
    made = run(kind, PID, *behind, "NTE|1||deaf", "OBX|1|NM|X^x^L||1", "NTE|1||of the result")
    assert note(of(made, "Patient")[0]) == ["deaf"]
    assert "nothing-to-add-to" not in {code for code, _ in codes(made)}


def test_a_comment_behind_a_charge_is_the_charge_s() -> None:
    made = run(
        "DFT^P03", PID, "FT1|1|||20260301||CG|X^x^L", "NTE|1||half", "FT1|2|||20260301||CG|Y^y^L"
    )
    assert [note(one) for one in of(made, "ChargeItem")] == [["half"], []]
    assert codes(made) == []


def test_a_comment_on_nothing_is_found() -> None:
    made = run("ORU^R01", "NTE|1||too soon", PID, *RESULT)
    assert codes(made) == [("nothing-to-add-to", "NTE")]


def test_each_specimen_and_result_has_its_own_report() -> None:
    made = run(
        "ORU^R01", PID, "ORC|RE|P1|F1", "OBR|1|P1|F1|A", "OBX|1|NM|X||1", "SPM|1|S1||BLD",
        "OBX|2|NM|X2||1", "ORC|RE|P2|F2", "OBR|2|P2|F2|B", "SPM|1|S2||BLD", "OBX|1|NM|Y||2",
        "OBR|3|P3|F3|C", "OBX|1|NM|Z||2",
    )  # fmt: skip
    parts = [
        (r["basedOn"][0]["reference"][-2:], [x["reference"][-2:] for x in r.get("specimen", ())],
         len(r["result"]))
        for r in of(made, "DiagnosticReport")
    ]  # fmt: skip
    assert parts == [("P1", ["S1"], 2), ("P2", ["S2"], 1), ("P3", [], 1)]


def test_orders_of_one_specimen_share_it() -> None:
    made = run(
        "OUL^R22", PID, "SPM|1|S1||BLD", "OBR|1|P1|F1|A", "OBX|1|NM|X||1", "OBR|2|P2|F2|B",
        "OBX|1|NM|Y||1", "SPM|2|S2||UR", "OBR|3|P3|F3|C", "OBX|1|NM|Z||1",
    )  # fmt: skip
    found = [r["specimen"][0]["reference"][-2:] for r in of(made, "DiagnosticReport")]
    assert found == ["S1", "S1", "S2"]


def test_patient_and_visit_said_again_are_the_same() -> None:
    visit = "PV1|1|O|||||||||||||||||V1"
    made = run("ORU^R01", PID, visit, *RESULT, PID, visit, "OBR|2|P2|F2|B", "OBX|1|NM|X||2")
    assert len(of(made, "Patient")) == len(of(made, "Encounter")) == 1
    assert {r["encounter"]["reference"] for r in of(made, "Observation")} == {
        "Encounter/patient-100.Encounter-V1"
    }


def test_several_patients_and_visits_keep_their_results_apart() -> None:
    other = PID.replace("100^", "200^")
    made = run(
        "ORU^R01", PID, "PV1|1|O|||||||||||||||||V1", "ORC|RE|P1|F1", "OBR|1|P1|F1|A",
        "OBX|1|NM|X||1", other, "PV1|1|O|||||||||||||||||V2", "ORC|RE|P1|F1", "OBR|1|P1|F1|A",
        "OBX|1|NM|X||2",
    )  # fmt: skip
    found = [(r["id"], r["encounter"]["reference"]) for r in of(made, "Observation")]
    assert found == [
        ("patient-100.Observation-F1-A-X", "Encounter/patient-100.Encounter-V1"),
        ("patient-200.Observation-F1-A-X", "Encounter/patient-200.Encounter-V2"),
    ]
