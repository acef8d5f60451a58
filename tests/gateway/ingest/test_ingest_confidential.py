"""Every field that says how confidential something is, in each message that we have."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.definitions import definitions
from consent.labels import labels_for
from gateway.ingest.ids import DerivedIds
from gateway.ingest.versions.spreading import spread
from mappings.dictionary import load

GOLDEN = Path(__file__).parents[2] / "mappings" / "golden"
MESSAGES = {path.name: path.read_text("utf-8").split("\n") for path in GOLDEN.glob("*.hl7")}
#: What an order leads to. A diagnosis that it names is the patient's, and has a field of its own.
ORDERED = {
    "DiagnosticReport", "DocumentReference", "Immunization", "Medication",
    "MedicationAdministration", "MedicationDispense", "MedicationRequest", "NutritionOrder",
    "Observation", "ServiceRequest", "Specimen",
}  # fmt: skip


def valued(line, field, value):
    fields = line.split("|")
    fields += [""] * (field + 1 - len(fields))
    fields[field] = value
    return "|".join(fields)


def restricted(lines, segment, field, value, ids):
    """Return the types of a message's resources: which are restricted, which are not."""
    said = [valued(one, field, value) if one.startswith(f"{segment}|") else one for one in lines]
    made = load(definitions()).translate("\r".join(filter(None, said)), ids, source="tjh").made
    record = {
        (one.resource["resourceType"], one.resource["id"]): one.resource
        for one in made if one.home == "patient" and one.resource["resourceType"] != "Binary"
    }  # fmt: skip
    record |= spread(record, whole=True)
    told = {True: set(), False: set()}
    for (type_, _), one in record.items():
        labels = one.get("meta", {}).get("security") or one.get("securityLabel")
        told[bool(labels and {"R", "V"} & labels_for(one))].add(type_)
    return told[True], told[False]


@pytest.mark.parametrize(
    ("segment", "field", "value", "types", "least"),
    [
        ("ORC", 28, "R", ORDERED, 20), ("OBX", 13, "R", {"Observation"}, 20),
        ("PRB", 25, "R", {"Condition"}, 5), ("DG1", 18, "Y", set(), 8),
        ("PV2", 22, "Y", {"Encounter"}, 3), ("TXA", 18, "R", set(), 10),
        ("PD1", 12, "Y", {*ORDERED, "Patient", "Encounter", "Condition", "Coverage"}, 2),
    ],
)  # fmt: skip
def test_what_is_said_to_be_confidential_is_restricted(keys, segment, field, value, types, least):
    ids, open_, seen = DerivedIds(keys, "default"), {}, 0
    for name, lines in MESSAGES.items():
        heads = [line[:4] for line in lines]
        if f"{segment}|" not in heads:
            continue
        if segment == "ORC" and heads.count("OBR|") > heads.count("ORC|"):
            continue  # an order that says nothing
        seen += 1
        closed, free = restricted(lines, segment, field, value, ids)
        if free & types or not closed:
            open_[name] = free & types
    assert open_ == {}
    assert seen >= least


@pytest.mark.parametrize("kind", ["ED", "TX"])
def test_the_access_checks_of_a_document_are_the_document_s(keys, kind):
    """OBX-13; numbers there are not codes."""
    value = "^AP^PDF^Base64^JVBERi0xLjQK" if kind == "ED" else "text"
    for check, label in (("HIV", True), ("whatever", True), ("5.1", False), ("", False)):
        lines = [
            "MSH|^~\\&|A|TJH01|||20260301||MDM^T02|1|P|2.5.1", "PID|1||7^^^TJH01^MR||Doe^Jo",
            "TXA|1|11502-2^R^LN|TX|||||||||D1|||||AU", f"OBX|1|{kind}|11502-2^R^LN||{value}||||||F",
        ]  # fmt: skip
        closed, _ = restricted(lines, "OBX", 13, check, DerivedIds(keys, "default"))
        assert ("DocumentReference" in closed) is label, check
