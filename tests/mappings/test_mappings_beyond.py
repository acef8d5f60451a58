"""Segments that the structure of their message lacks, and segments that say nothing."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, message, of

from mappings.translate import Translation


def bare(made: Translation, type_: str) -> list[JSON]:
    return [{**each, "id": ""} for each in of(made, type_)]


def referred(resources: list[JSON], name: str) -> list[list[str]]:
    return [[each["reference"] for each in one.get(name, [])] for one in resources]


@pytest.mark.parametrize(
    ("kind", "one", "other", "made"),
    [
        ("ADT^A08", "CON|1|T1||Z1", "CON|2|T1||Z2", "Consent"),
        ("ORU^R01", "FT1|1|T1||20260301||CG|X^x^L", "FT1|2|T2||20260301||CG|Y^y^L", "ChargeItem"),
        ("ADT^A08", "PRB|AD|20260301|E11^x^I10|P1", "PRB|AD|20260301|I10^y^I10|P2", "Condition"),
        ("ADT^A08", "GOL|AD|20260301|G1^x^L|G1", "GOL|AD|20260301|G2^y^L|G2", "Goal"),
        ("ADT^A08", "RF1|P||||R1", "RF1|A||||R2", "ServiceRequest"),
        ("ORU^R01", "RXE||A^a^L|1||mg", "RXE||B^b^L|2||mg", "MedicationRequest"),
    ],
)
def test_what_is_said_twice_beyond_the_structure_is_two_things(
    kind: str, one: str, other: str, made: str
) -> None:
    both = message(kind, PID, one, other)
    assert bare(both, made) == [
        each for text in (one, other) for each in bare(message(kind, PID, text), made)
    ]
    assert "already-filled" not in {found.code for found in both.findings}


@pytest.mark.parametrize("kind", ["ADT^A08", "DFT^P03", "ZZZ^Z01"])
def test_orders_beyond_the_structure_keep_their_own(kind: str) -> None:
    made = message(
        kind, PID,
        "ORC|NW|P1", "OBR|1|P1||X^x^L", "OBX|1|NM|A^a^L||1", "SPM|1|S1||BLD",
        "ORC|NW|P2", "OBR|2|P2||Y^y^L", "OBX|1|NM|B^b^L||2", "SPM|1|S2||UR",
    )  # fmt: skip
    reports, requests = of(made, "DiagnosticReport"), of(made, "ServiceRequest")
    assert [each["code"]["text"] for each in requests] == ["x", "y"]
    for element, type_ in (
        ("result", "Observation"), ("specimen", "Specimen"), ("basedOn", "ServiceRequest"),
    ):  # fmt: skip
        assert referred(reports, element) == [[f"{type_}/{each['id']}"] for each in of(made, type_)]


def test_what_the_structure_has_is_not_taken_by_what_it_lacks() -> None:
    """An IN2 behind a stray order belongs to the insurance before it."""
    made = message(
        "ADT^A08", PID, "PV1|1|I|W1",
        "IN1|1|B^Basic|I1|Ins", "ORC|NW|P1", "OBR|1|P1||X^x^L", "IN2||E1||||123456",
    )  # fmt: skip
    (coverage,) = of(made, "Coverage")
    assert "123456" in str(coverage)
    assert "nothing-to-add-to" not in {found.code for found in made.findings}


@pytest.mark.parametrize("empty", ["PV1|", "OBR|", "OBX|", "OBX", "AL1|||", "IN1|", "NK1|"])
@pytest.mark.parametrize("kind", ["ADT^A01", "ORU^R01", "ZZZ^Z01"])
def test_an_empty_segment_is_nothing(kind: str, empty: str) -> None:
    without, beside = message(kind, PID), message(kind, PID, empty)
    assert [m.resource for m in beside.made] == [m.resource for m in without.made]
