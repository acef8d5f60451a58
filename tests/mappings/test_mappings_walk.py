"""Whole messages: groups and their parents, order of segments, updates, merges, findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from golden_pairs import ReadableIds

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.bundle import bundle
from mappings.dictionary import load
from mappings.findings import CODES
from mappings.runtime.types import Site
from mappings.translate import Translation, translate

VALIDATOR = Validator()
ORU = "MSH|^~\\&|LIS|H|||20260301||ORU^R01|1|P|2.5.1"
ADT = "MSH|^~\\&|HIS|H|||20260301||ADT^{0}|1|P|2.5\rEVN|{0}|20260301"
PID = "PID|1||100^^^H^MR||Doe^Jo||19800101|M"


def run(*segments: str, layers: tuple[str, ...] = ("base", "cn")) -> Translation:
    made = load(definitions(), layers=layers).translate(
        "\r".join(segments), ReadableIds(), source="src"
    )
    for each in [*made.envelope, *made.made]:
        assert VALIDATOR.errors(each.resource) == []
    assert {f.code for f in made.findings} <= set(CODES)
    return made


def of(made: Translation, type_: str) -> list[dict[str, Any]]:
    return [m.resource for m in made.made if m.resource["resourceType"] == type_]


def codes(made: Translation) -> list[tuple[str, str]]:
    return [(f.code, f.location) for f in made.findings]


def references(resource: dict[str, Any], name: str) -> list[str]:
    return [r["reference"] for r in resource.get(name, [])]


def test_a_structure_may_ask_for_a_field_that_no_row_reads(tmp_path: Path) -> None:
    profile = tmp_path / "far.map"
    profile.write_text(
        "message ADT_A01  ADT^A01\n  MSH\n  [EVN]\n  PID  Patient  when PID-60 is Y\n"
    )
    tables = load(definitions(), profile=str(profile))
    for answer, patients in (("", 0), ("|" * 52 + "Y", 1)):
        text = "\r".join([ADT.format("A01"), PID + answer])
        assert len(of(tables.translate(text, ReadableIds(), source="src"), "Patient")) == patients


# -- groups ------------------------------------------------------------------------------------


def test_results_belong_to_the_request_before_them() -> None:
    made = run(
        ORU, PID,
        "ORC|RE|P1|F1", "OBR|1|P1|F1|A^Aa^L", "OBX|1|NM|A1^x^L||1", "OBX|2|NM|A2^x^L||2",
        "ORC|RE|P2|F2", "OBR|2|P2|F2|B^Bb^L", "OBX|1|NM|B1^x^L||3",
    )  # fmt: skip
    first, second = of(made, "DiagnosticReport")
    assert references(first, "result") == [
        "Observation/patient-100.Observation-F1-A-A1",
        "Observation/patient-100.Observation-F1-A-A2",
    ]
    assert references(second, "result") == ["Observation/patient-100.Observation-F2-B-B1"]
    assert references(second, "basedOn") == ["ServiceRequest/patient-100.ServiceRequest-P2"]


def test_requests_without_orc_begin_groups_of_their_own() -> None:
    made = run(ORU, PID, "OBR|1|P1|F1|A", "OBX|1|NM|X||1", "OBR|2|P2|F2|B", "OBX|1|NM|X||2")
    assert [len(r["result"]) for r in of(made, "DiagnosticReport")] == [1, 1]
    assert len(of(made, "ServiceRequest")) == 2


def test_results_after_the_specimen_are_not_lost() -> None:
    made = run(ORU, PID, "OBR|1|P1|F1|A", "SPM|1|S1||BLD", "OBX|1|NM|X||1", "OBX|2|NM|Y||2")
    (report,) = of(made, "DiagnosticReport")
    assert len(report["result"]) == 2
    assert references(report, "specimen") == ["Specimen/patient-100.Specimen-S1"]


def test_each_patient_has_its_own_results() -> None:
    made = run(
        ORU, PID, "PV1|1|O|||||||||||||||||V1", "OBR|1|P1|F1|A", "OBX|1|NM|X||1",
        "PID|2||200^^^H^MR||Roe^Al", "OBR|1|P2|F2|A", "OBX|1|NM|X||2",
    )  # fmt: skip
    first, second = of(made, "Observation")
    assert first["subject"]["reference"] == "Patient/patient-100.Patient"
    assert second["subject"]["reference"] == "Patient/patient-200.Patient"
    assert "encounter" in first
    assert "encounter" not in second
    assert {m.compartment for m in made.made if m.home == "patient"} == {
        "patient-100", "patient-200",
    }  # fmt: skip


def test_a_second_patient_is_never_mixed_with_the_first() -> None:
    made = run(
        ADT.format("A17"), PID, "PV1|1|I|||||||||||||||||V1",
        "PID|2||200^^^H^MR||Roe^Al", "PV1|2|I|||||||||||||||||V2",
    )  # fmt: skip
    first, second = of(made, "Encounter")
    assert first["subject"]["reference"] == "Patient/patient-100.Patient"
    assert second["subject"]["reference"] == "Patient/patient-200.Patient"


def test_comments_belong_to_the_segment_before_them() -> None:
    made = run(
        ORU, PID, "NTE|1||of the patient", "OBR|1|P1|F1|A", "NTE|1||of the report",
        "OBX|1|NM|X||1", "NTE|1||of X", "OBX|2|NM|Y||2",
    )  # fmt: skip
    x, y = of(made, "Observation")
    assert x["note"] == [{"text": "of X"}]
    assert "note" not in y
    for type_, text in (("Patient", "of the patient"), ("DiagnosticReport", "of the report")):
        (extension,) = of(made, type_)[0]["extension"]
        assert extension["valueAnnotation"]["text"] == text


def test_the_same_result_twice_in_a_message_stays_two() -> None:
    made = run(ORU, PID, "OBR|1|P1|F1|A", "OBX|1|ST|X||one", "OBX|2|ST|X||two")
    assert len({r["id"] for r in of(made, "Observation")}) == 2


def test_a_result_without_any_order_number_is_known_by_its_time() -> None:
    message = (ORU, PID, "OBR|1|||A|||20260301", "OBX|1|NM|X||1|||||F|||20260301101500")
    (one,), (two,) = of(run(*message), "Observation"), of(run(*message), "Observation")
    assert one["id"] == two["id"] == "patient-100.Observation-20260301-A-X"


# -- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("obx", "name", "value"),
    [
        ("NM|X||7.50|mmol/L", "valueQuantity",
         {"value": 7.5, "unit": "mmol/L", "code": "mmol/L", "system": "http://unitsofmeasure.org"}),
        ("NM|X||5|片", "valueQuantity",
         {"value": 5, "unit": "片", "code": "{tablet}", "system": "http://unitsofmeasure.org"}),
        ("NM|X||5|furlong", "valueQuantity", {"value": 5, "unit": "furlong"}),
        ("NM|X||high", "valueString", "high"),
        ("ST|X||a^b & c", "valueString", "a^b & c"),
        ("TX|X||one~two", "valueString", "one\ntwo"),
        ("FT|X||one\\.br\\two", "valueString", "one\ntwo"),
        ("DT|X||20260301", "valueDateTime", "2026-03-01"),
        ("TM|X||0930", "valueTime", "09:30:00"),
        ("DR|X||20260301^20260302", "valuePeriod", {"start": "2026-03-01", "end": "2026-03-02"}),
        ("NR|X||1^2", "valueRange", {"low": {"value": 1}, "high": {"value": 2}}),
        ("CWE|X||A^Aa^LN", "valueCodeableConcept",
         {"coding": [{"code": "A", "display": "Aa", "system": "http://loinc.org"}], "text": "Aa"}),
        ("QQ|X||what", "valueString", "what"),
    ],
)  # fmt: skip
def test_values_by_type(obx: str, name: str, value: Any) -> None:
    made = run(ORU, PID, "OBR|1|P1|F1|A", f"OBX|1|{obx}|||||F")
    assert of(made, "Observation")[0][name] == value


def test_a_value_that_does_not_fit_its_type_is_found_and_kept() -> None:
    made = run(ORU, PID, "OBR|1|P1|F1|A", "OBX|1|NM|X||high||||||F")
    assert codes(made) == [("kept-as-text", "OBX-5")]


def test_repeated_codes_become_components() -> None:
    made = run(ORU, PID, "OBR|1|P1|F1|A", "OBX|1|CWE|X^Xx^LN||A^Aa^LN~B^Bb^LN||||||F")
    (observation,) = of(made, "Observation")
    assert [c["valueCodeableConcept"]["text"] for c in observation["component"]] == ["Aa", "Bb"]


@pytest.mark.parametrize(
    ("status", "fhir"),
    [("F", "final"), ("P", "preliminary"), ("C", "corrected"), ("D", "entered-in-error"),
     ("W", "entered-in-error"), ("X", "cancelled"), ("", "unknown")],
)  # fmt: skip
def test_status_of_a_result(status: str, fhir: str) -> None:
    made = run(ORU, PID, "OBR|1|P1|F1|A", f"OBX|1|NM|X||1||||||{status}")
    (observation,) = (m for m in made.made if m.resource["resourceType"] == "Observation")
    assert observation.resource["status"] == fhir
    assert observation.replace


# -- visits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "status"),
    [("A01", "in-progress"), ("A03", "finished"), ("A04", "in-progress"), ("A05", "planned"),
     ("A11", "cancelled"), ("A13", "in-progress"), ("A38", "cancelled")],
)  # fmt: skip
def test_the_event_tells_the_state_of_one_and_the_same_visit(event: str, status: str) -> None:
    made = run(ADT.format(event), PID, "PV1|1|I|||||||||||||||||V1")
    (visit,) = of(made, "Encounter")
    assert (visit["id"], visit["status"]) == ("patient-100.Encounter-V1", status)


def test_an_update_does_not_assume_what_it_does_not_say() -> None:
    made = run(ADT.format("A08"), PID, "PV1|1||||||||||||||||||V1")
    (visit,) = (m for m in made.made if m.resource["resourceType"] == "Encounter")
    assert visit.resource["class"]["code"] == "UNK"
    assert set(visit.weak) == {"class", "status", "serviceProvider"}


def test_a_visit_that_ends_before_it_begins_keeps_its_begin() -> None:
    pv1 = "PV1|1|I|||||||||||||||||V1" + "|" * 25 + "20260302|20260301"
    made = run(ADT.format("A08"), PID, pv1)
    assert of(made, "Encounter")[0]["period"] == {"start": "2026-03-02"}
    assert ("bad-value", "PV1-45") in codes(made)


def test_null_deletes_and_empty_leaves() -> None:
    made = run(ADT.format("A08"), 'PID|1||100^^^H^MR||Doe^""||""|M|||""')
    (patient,) = (m for m in made.made if m.resource["resourceType"] == "Patient")
    assert set(patient.erase) == {"birthDate", "address"}
    assert "birthDate" not in patient.resource
    assert patient.resource["name"] == [{"family": "Doe", "text": "Doe"}]


def test_merge_names_survivor_and_retired() -> None:
    made = run(ADT.format("A40"), PID, "MRG|900^^^H^MR")
    assert made.merges == [("patient-100", "patient-900")]
    retired = next(m for m in made.made if m.compartment == "patient-900")
    assert retired.resource["active"] is False
    assert retired.resource["link"][0]["type"] == "replaced-by"


def test_merge_without_a_number_is_found() -> None:
    made = run(ADT.format("A40"), PID, "MRG|^^^H^MR")
    assert made.merges == []
    assert ("no-patient-identifier", "MRG") in codes(made)


def test_merge_of_a_patient_with_itself_changes_nothing() -> None:
    made = run(ADT.format("A40"), PID, "MRG|100^^^H^MR")
    assert len(of(made, "Patient")) == 1


def retired(made: Translation, type_: str) -> Any:
    (one,) = (m for m in made.made if m.resource["resourceType"] == type_
              and m.resource["status"] in ("inactive", "entered-in-error"))  # fmt: skip
    return one


@pytest.mark.parametrize("event", ["A18", "A30", "A34", "A36", "A39", "A43", "A46", "A47"])
def test_older_and_other_merges_are_merges(event: str) -> None:
    made = run(ADT.format(event), PID, "MRG|900^^^H^MR")
    assert made.merges == [("patient-100", "patient-900")]


def test_nothing_moves_between_records_that_are_merged() -> None:
    made = run(ADT.format("A36"), f"{PID}||||||||||A1", "MRG|900^^^H^MR||A2")
    assert (made.merges, list(made.moves)) == ([("patient-100", "patient-900")], [])


@pytest.mark.parametrize("event", ["A35", "A41", "A44", "A42", "A45", "A48", "A49", "A50", "A51"])
def test_what_merges_no_patient_retires_none(event: str) -> None:
    made = run(ADT.format(event), PID, "MRG|900^^^H^MR||A1||V1", "PV1|1|I|||||||||||||||||V2")
    assert made.merges == []
    assert [p["id"] for p in of(made, "Patient")] == ["patient-100.Patient"]


@pytest.mark.parametrize("event", ["A42", "A50"])
def test_a_visit_with_another_number_keeps_the_old_one(event: str) -> None:
    made = run(ADT.format(event), PID, "MRG|100^^^H^MR||||V1", "PV1|1|I|||||||||||||||||V2")
    old, (new,) = (
        retired(made, "Encounter"),
        (e for e in of(made, "Encounter") if e["status"] != "entered-in-error"),
    )
    assert old.resource["id"] == "patient-100.Encounter-V1"
    assert old.resource["partOf"] == {"reference": "Encounter/patient-100.Encounter-V2"}
    assert old.resource["subject"] == {"reference": "Patient/patient-100.Patient"}
    assert [(i.get("use"), i["value"]) for i in new["identifier"]] == [(None, "V2"), ("old", "V1")]


def test_a_visit_of_no_named_patient_is_this_patients() -> None:
    made = run(ADT.format("A50"), PID, "MRG|||||V1", "PV1|1|I|||||||||||||||||V2")
    assert retired(made, "Encounter").resource["id"] == "patient-100.Encounter-V1"


def test_a_visit_moves_to_another_patient() -> None:
    made = run(ADT.format("A45"), PID, "MRG|900^^^H^MR||||V1", "PV1|1|I|||||||||||||||||V1")
    old = retired(made, "Encounter")
    assert (old.compartment, old.resource["id"]) == ("patient-900", "patient-900.Encounter-V1")
    assert not {"subject", "partOf"} & set(old.resource)
    ids = [e["id"] for e in of(made, "Encounter")]
    assert sorted(ids) == ["patient-100.Encounter-V1", "patient-900.Encounter-V1"]
    assert made.moves == [("Encounter", "patient-900.Encounter-V1", "patient-100.Encounter-V1")]


@pytest.mark.parametrize("pv1", ["PV1|1|I", "PV1|1"])
def test_a_visit_that_moves_keeps_its_number(pv1: str) -> None:
    made = run(ADT.format("A45"), PID, "MRG|900^^^H^MR||||V1", pv1)
    assert made.moves == [("Encounter", "patient-900.Encounter-V1", "patient-100.Encounter-V1")]


def test_a_visit_moves_whether_or_not_the_message_speaks_of_it() -> None:
    made = run(ADT.format("A45"), PID, "MRG|900^^^H^MR||||V1")
    assert made.moves == [("Encounter", "patient-900.Encounter-V1", "patient-100.Encounter-V1")]
    assert run(ADT.format("A45"), PID, "MRG|100^^^H^MR||||V1").moves == []
    assert run(ADT.format("A45"), PID, "MRG|900^^^H^MR").moves == []


def test_a_visit_may_be_in_each_of_the_records_that_are_named() -> None:
    mrg = "MRG|900^^^H^MR~800^^^H^MR~100^^^H^MR~900^^^H^PI||||V1"
    assert run(ADT.format("A45"), PID, mrg).moves == [
        ("Encounter", "patient-900.Encounter-V1", "patient-100.Encounter-V1"),
        ("Encounter", "patient-800.Encounter-V1", "patient-100.Encounter-V1"),
    ]


def test_several_visits_move_each_with_its_own_number() -> None:
    made = run(
        ADT.format("A45"), PID, "MRG|900^^^H^MR||||V1", "PV1|1|I|||||||||||||||||V3",
        "MRG|800^^^H^MR||||V2", "PV1|1|I|||||||||||||||||V2",
    )  # fmt: skip
    assert made.moves == [
        ("Encounter", "patient-900.Encounter-V1", "patient-100.Encounter-V3"),
        ("Encounter", "patient-800.Encounter-V2", "patient-100.Encounter-V2"),
    ]


def test_an_account_moves_or_gives_way() -> None:
    moved = retired(run(ADT.format("A44"), f"{PID}||||||||||A1", "MRG|900^^^H^MR||A1"), "Account")
    assert moved.compartment == "patient-900"
    assert run(ADT.format("A44"), f"{PID}||||||||||A1", "MRG|900^^^H^MR||A1").moves == [
        ("Account", "patient-900.Account-A1", "patient-100.Account-A1")
    ]
    assert "subject" not in moved.resource
    made = run(ADT.format("A41"), f"{PID}||||||||||A2", "MRG|100^^^H^MR||A1")
    old = retired(made, "Account")
    assert old.resource["partOf"] == {"reference": "Account/patient-100.Account-A2"}
    (new,) = (a for a in of(made, "Account") if a["status"] == "active")
    assert [i["value"] for i in new["identifier"]] == ["A2", "A1"]


def test_a_number_that_stays_the_same_retires_nothing() -> None:
    made = run(ADT.format("A50"), PID, "MRG|100^^^H^MR||||V1", "PV1|1|I|||||||||||||||||V1")
    assert [e["status"] for e in of(made, "Encounter")] == ["in-progress"]
    assert run(ADT.format("A41"), PID, "MRG|100^^^H^MR").merges == []


def test_two_records_of_one_person_are_linked_and_stay_two() -> None:
    other = "PID|2||200^^^H^MR||Doe^Jo"
    first, second = of(run(ADT.format("A24"), PID, other), "Patient")
    assert first["link"] == [
        {"other": {"reference": "Patient/patient-200.Patient"}, "type": "seealso"}
    ]
    assert second["link"][0]["other"] == {"reference": "Patient/patient-100.Patient"}
    parted = [m for m in run(ADT.format("A37"), PID, other).made if m.home == "patient"]
    assert [m.erase for m in parted] == [
        ("link Patient/patient-200.Patient",), ("link Patient/patient-100.Patient",),
    ]  # fmt: skip
    assert not any("link" in m.resource for m in parted)
    assert "link" not in of(run(ADT.format("A24"), PID, PID), "Patient")[0]


# -- what is not understood ----------------------------------------------------------------------


def test_losses_are_found() -> None:
    made = run(
        ADT.format("A08"), PID + "|" * 19 + "Y^lost", "ZZZ|1|x",
        "PV1|1|I|||||||||||||||||V1^^^^^^^^lost",
    )  # fmt: skip
    assert ("unmapped-field", "PID-27") in codes(made)
    assert ("unknown-segment", "ZZZ") in codes(made)
    alone = run(ADT.format("A08"), PID, "PV2|||x")
    assert ("nothing-to-add-to", "PV2") in codes(alone)
    assert ("unmapped-component", "PV1-19.9") in codes(made)


def test_a_field_that_more_tables_read_is_found_once() -> None:
    made = run(ORU, PID, "OBR|1|P1|F1|A|||never", "OBX|1|NM|X||1", "OBX|2|NM|Y||2")
    assert codes(made).count(("bad-value", "OBR-7")) <= 2
    assert not any(location.startswith("OBX") for _, location in codes(made))


def test_a_message_without_a_table_is_translated_by_its_segments() -> None:
    made = run("MSH|^~\\&|A|H|||20260301||QQQ^Q99^QQQ_Q99|1|P|2.5", PID, "AL1|1|DA|PEN^Penicillin")
    assert ("no-structure", "MSH-9") in codes(made)
    assert of(made, "AllergyIntolerance")[0]["patient"]["reference"].startswith("Patient/")


def test_a_segment_beyond_the_table_is_taken_for_what_it_means() -> None:
    made = run(ORU, PID, "AL1|1|DA|PEN^Penicillin", "OBR|1|P1|F1|A")
    assert len(of(made, "AllergyIntolerance")) == 1


def test_what_retires_or_deletes_does_so_only_where_the_message_says_so() -> None:
    stray = "MRG|900^^^H^MR||A1||V9"
    for made in (
        run(ORU, PID, "PV1|1|O|||||||||||||||||V1", stray, "OBR|1|P1|F1|A", "OBX|1|NM|X||1"),
        run(ADT.format("A08"), PID, stray, "PV1|1|I|||||||||||||||||V1"),
    ):
        assert made.merges == []
        assert len(of(made, "Encounter")) == 1
        assert of(made, "Encounter")[0]["identifier"][0]["value"] == "V1"
        assert of(made, "Account") == []
        assert any(location.startswith("MRG") for _, location in codes(made))
    charges = run("MSH|^~\\&|A|H|||20260301||MFN^M04|1|P|2.5", "MFE|MDL|1||C1", "CDM|C1")
    assert charges.rejected
    given = run("MSH|^~\\&|A|H|||20260301||ZZZ^Z01|1|P|2.5", PID, "RXA|0|1|20260301||M^Met")
    assert [len(of(given, t)) for t in ("MedicationAdministration", "Immunization")] == [1, 0]


def test_a_change_of_class_may_close_an_account() -> None:
    made = run(ADT.format("A06"), f"{PID}||||||||||A2", "MRG|100^^^H^MR||A1")
    assert retired(made, "Account").resource["id"] == "patient-100.Account-A1"


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        (("no message",), "missing-msh"),
        ((ORU, "OBR|1|P1|F1|A", "OBX|1|NM|X||1"), "no-patient"),
        (("MSH|^~\\&|A|H|||20260301||ACK|1|P|2.5", "MSA|AA|1"), "unsupported-message"),
    ],
)
def test_what_cannot_be_kept_is_refused(segments: tuple[str, ...], code: str) -> None:
    made = run(*segments)
    assert made.rejected
    assert made.made == []
    assert code in [f.code for f in made.findings]
    assert made.findings[0].text


def test_a_patient_without_a_number_stands_alone() -> None:
    one = run(ADT.format("A08"), "PID|1||||Doe^Jo")
    assert ("no-patient-identifier", "PID-3") in codes(one)
    assert of(one, "Patient")[0]["id"].startswith("patient-1-1")


# -- China -------------------------------------------------------------------------------------


def identifiers(pid3: str) -> list[tuple[str | None, str]]:
    (patient,) = of(run(ADT.format("A08"), f"PID|1||1^^^H^MR~{pid3}||x"), "Patient")
    return [(i.get("system"), i["value"]) for i in patient["identifier"]][1:]


def test_identity_numbers_are_national_only_if_they_check() -> None:
    card = "urn:oid:2.16.156.10011.1.3"
    assert identifiers("110101190001010014^^^GA^NNCHN") == [(card, "110101190001010014")]
    assert identifiers("11010119000101001x^^^GA^NNCHN") != [(card, "11010119000101001X")]
    assert identifiers("110101900101001^^^GA^NNCHN")[0][0] == card
    assert identifiers("110101190001010014^^^GA^01")[0][0] == card
    assert identifiers("7^^^&2.16.840.1.113883.2.23.1.19.1&ISO^XX") == [(card, "7")]


@pytest.mark.parametrize("kind", ["LN", "TRL", "医师执业证书", "护士执业证"])
def test_a_licence_is_not_the_staff_number_that_looks_like_it(kind: str) -> None:
    """In whatever words: the kinds stand in one list of the tables, which keys ask, too."""
    visit = f"PV1|1|I|W1||||7^Li^Si|7^Wang^Wu^^^^^^^^^^{kind}"
    doctors = of(run(ADT.format("A01"), PID, visit), "Practitioner")
    assert ["system" in one["identifier"][0] for one in doctors] == [True, False]
    assert len({one["id"] for one in doctors}) == 2


@pytest.mark.parametrize(
    ("dg1", "coded"),
    [
        ("E11.900x001^糖尿病^ICD10CN", ["E11.900x001", "E11.9"]),
        ("I10.x00^高血压^ICD10", ["I10.x00", "I10"]),
        ("E11.9^糖尿病^I10", ["E11.9"]),
        ("糖尿病", []),
    ],
)
def test_diagnosis_codes_and_their_stems(dg1: str, coded: list[str]) -> None:
    made = run(ADT.format("A01"), PID, "PV1|1|I|||||||||||||||||V1", f"DG1|1||{dg1}")
    concept = of(made, "Condition")[0]["code"]
    found = [c["code"] for c in concept.get("coding", []) if c["code"].isascii()]
    assert found == coded
    assert concept["text"]


def test_the_base_layer_alone_is_international() -> None:
    made = run(ADT.format("A08"), "PID|1||1^^^H^MR||张^san||||||x^^^^^^^^110101", layers=("base",))
    (patient,) = of(made, "Patient")
    assert patient["name"][0]["given"] == ["san"]
    assert patient["address"][0]["district"] == "110101"


# -- explaining, bundling ------------------------------------------------------------------------


def test_explain_names_row_layer_and_field() -> None:
    dictionary = load(definitions(), explain=True)
    text = "\r".join([ADT.format("A08"), PID])
    made = translate(text, dictionary.compiled, Site("src"), ReadableIds(), explain=True)
    gender = next(t for t in made.explained if t.element == "Patient.gender")
    assert (gender.location, gender.layer) == ("PID-8", "base")
    assert gender.row.startswith("mappings/tables/base/segments/PID.map:")


def test_bundles() -> None:
    made = run(ADT.format("A01"), PID, "PV1|1|I|||||||||||||||||V1")
    for kind in ("transaction", "message"):
        assert VALIDATOR.errors(__import__("json").loads(bundle(made, kind))) == []
