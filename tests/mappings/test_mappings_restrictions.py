"""ARV: what must not be shown to everybody is labelled so, whatever else the message is."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of, one

from consent.labels import labels_for

RESTRICTED = "ARV|1|A|DEM^All demographics^HL70717|PHY^Physician^HL70719"
VISIT = "PV1|1|I||||||||||||||||V1"
KINDS = [
    "ADT^A01", "ADT^A17", "ORU^R01", "OML^O21", "OUL^R22", "VXU^V04", "RDE^O11", "RDS^O13",
    "OMD^O03", "SIU^S12", "MDM^T02", "DFT^P03", "PPR^PC1", "PGL^PC6", "RSP^K21", "ZZZ^Z01",
]  # fmt: skip


def codes(resource: dict[str, dict[str, list[dict[str, str]]]]) -> list[str]:
    labels = resource.get("meta", {}).get("security", [])
    return [f"{label['system'].rsplit('/', 1)[-1]}#{label['code']}" for label in labels]


@pytest.mark.parametrize("kind", KINDS)
def test_a_restriction_is_of_the_patient_or_of_the_visit(kind: str) -> None:
    head = ("SCH|1|2|||||||||^^^20260320093000",) if kind == "SIU^S12" else ()
    labels = ["v3-Confidentiality#R", "v2-0717#DEM", "v2-0719#PHY"]
    made = message(kind, *head, PID, "PD1||||D1^Doc", RESTRICTED, VISIT, version="2.9")
    assert codes(one(made, "Patient")) == labels
    assert codes(one(made, "Encounter")) == []
    made = message(kind, *head, PID, VISIT, "PV2|||R1", RESTRICTED, version="2.9")
    assert codes(one(made, "Patient")) == []
    assert codes(one(made, "Encounter")) == labels
    assert "R" in labels_for(one(made, "Encounter"))


def test_restrictions_add_up() -> None:
    more = "ARV|2|U|HIV^x^HL70717||||V^very restricted^HL70952|NORDSCLCD"
    made = message("ADT^A01", PID, RESTRICTED, more, VISIT)
    assert codes(one(made, "Patient")) == [
        "v3-Confidentiality#R", "v2-0717#DEM", "v2-0719#PHY", "v2-0717#HIV", "v3-Confidentiality#V",
        "v3-ActCode#NORDSCLCD",
    ]  # fmt: skip
    assert "V" in labels_for(one(made, "Patient"))


@pytest.mark.parametrize(
    ("fields", "labels"),
    [
        ("A|ALL", ["v3-Confidentiality#R", "v2-0717#ALL"]),
        ("|ALL", ["v3-Confidentiality#R", "v2-0717#ALL"]),
        ("X|ALL", ["v3-Confidentiality#R", "v2-0717#ALL"]),
        ("A||VIP", ["v3-Confidentiality#R", "v2-0719#VIP"]),
        ("A|NO", ["v2-0717#NO"]),
        ("A|OI", ["v2-0717#OI"]),
        ("A|OO", ["v3-Confidentiality#R", "v2-0717#OO"]),
        ("D|ALL", []),
    ],
)
def test_what_restricts(fields: str, labels: list[str]) -> None:
    assert codes(one(message("ADT^A01", PID, f"ARV|1|{fields}"), "Patient")) == labels


def test_a_restriction_that_is_lifted_is_found() -> None:
    """The label stays: something else may have given it."""
    made = message("ADT^A01", PID, "ARV|1|D|ALL", VISIT, "ARV|2|D|ALL")
    assert found(made) == [
        f"not-applicable {place}" for place in ("ARV-2", "ARV-3", "ARV[2]-2", "ARV[2]-3")
    ]


def test_a_late_restriction_is_the_patient_s() -> None:
    made = message(
        "ORU^R01", PID, "OBR|1|O1|F1|GLU", "OBX|1|NM|GLU||5", RESTRICTED, "OBX|2|NM|K||4"
    )
    assert codes(one(made, "Patient"))[0] == "v3-Confidentiality#R"
    assert len(one(made, "DiagnosticReport")["result"]) == len(of(made, "Observation"))
