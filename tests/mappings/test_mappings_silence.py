"""Segments that say nothing: nulls and numbers alone make nothing, though they may erase."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speaking import PID, found, message, of

from mappings.translate import Translation

VISIT = "PV1|1|I|||||||||||||||||V1"


def made_of(made: Translation) -> set[str]:
    """What kinds of things a message made, beside its patient and sender."""
    return {m.resource["resourceType"] for m in made.made} - {"Patient", "Organization"}


@pytest.mark.parametrize("name", ["AL1", "IAM", "IN1", "NK1", "GT1", "DG1", "PR1", "PV1", "OBX"])
@pytest.mark.parametrize("values", ["|1", "|1|", '|1|""', '|1|""|""', '|1||""', '|1||||""', '|""'])
def test_nulls_alone_make_nothing(name: str, values: str) -> None:
    assert made_of(message("ADT^A08", PID, f"{name}{values}")) == set()


@pytest.mark.parametrize("name", ["ORC", "OBR", "OBX", "SPM", "NTE", "TQ1"])
@pytest.mark.parametrize("kind", ["ORU^R01", "ORM^O01", "OUL^R22", "ZZZ^Z01"])
def test_nulls_alone_order_nothing(kind: str, name: str) -> None:
    assert made_of(message(kind, PID, f'{name}|""|""|""|""')) == set()


@given(st.lists(st.sampled_from(["", '""', '""^""', '^""', '""~""']), min_size=2, max_size=40))
def test_nulls_anywhere_make_nothing(values: list[str]) -> None:
    for name in ("AL1", "IN1", "NK1"):
        assert made_of(message("ADT^A08", PID, "|".join([name, "1", *values]))) == set()


def test_a_deletion_of_what_is_not_known_is_found() -> None:
    made = message("ADT^A08", PID, 'AL1|1|""|""')
    assert found(made) == ["not-applicable AL1-2", "not-applicable AL1-3"]


def test_nulls_erase_what_the_segment_or_its_group_names() -> None:
    made = message("ADT^A08", PID, f'{VISIT}{"|" * 26}""', 'PV2|||""')
    (visit,) = (m for m in made.made if m.resource["resourceType"] == "Encounter")
    assert {"period.end", "reasonCode"} <= set(visit.erase)
    assert {"erased PV1-45", "erased PV2-3"} <= set(found(made))


def test_a_segment_of_nulls_does_not_undo_the_one_it_belongs_to() -> None:
    (coverage,) = of(message("ADT^A08", PID, "IN1|1|B^Basic", 'IN2|""|""'), "Coverage")
    assert [plan["value"] for plan in coverage["class"]] == ["B"]


def test_what_is_said_behind_a_segment_of_nulls_stands() -> None:
    (visit,) = of(message("ADT^A08", PID, 'PV1|1|""', "PV2|||R^Reason"), "Encounter")
    assert visit["reasonCode"][0]["coding"][0]["code"] == "R"


@pytest.mark.parametrize(
    ("kind", "segments"),
    [
        ("RDE^O11", ['ORC|""|""', 'RXE|""|""|""', 'RXR|""']),
        ("ORM^O01", ['ORC|""|""', 'OBR|""|""|""', 'TQ1|""', 'NTE|""']),
        ("OMP^O09", ['ORC|""|""', 'RXO|""|""', 'RXR|""']),
        ("VXU^V04", ['ORC|""', 'RXA|""|""|""', 'RXR|""']),
        ("SIU^S12", ['SCH|""|""', 'RGS|""', 'AIS|""|""|""']),
        ("MDM^T02", ['TXA|1|""|""', 'OBX|1|""|""']),
        ("DFT^P03", ['FT1|1|""|""']),
        ("MFN^M02", ["MFI|PRA", 'MFE|""|""', 'STF|""|""']),
        ("PPR^PC1", ['PRB|""|""|""', 'GOL|""|""']),
        ("ADT^A01", ['PV1|1|""', 'PV2|""|""|""', 'IN1|1|""', 'IN2|""|""']),
    ],
)
def test_groups_of_nulls_make_nothing(kind: str, segments: list[str]) -> None:
    assert made_of(message(kind, PID, *segments)) == set()


@pytest.mark.parametrize(
    ("kind", "segments", "place"),
    [
        ("ORU^R01", ["OBR|1|P1|F1|A^a^L", f"OBX|1|NM|X^x^L||5|{'|' * 15}77^^^^Q7"], "OBX-21.5"),
        ("MFN^M02", ["MFI|PRA||UPD", "MFE|MAD|1||S1^Li", "STF|S1^^^^^Q7|S1|Li"], "STF-1.6"),
    ],
)
def test_what_a_type_has_no_room_for_is_found_where_its_map_is_not_asked(
    kind: str, segments: list[str], place: str
) -> None:
    assert f"unmapped-component {place}" in found(message(kind, PID, *segments))
