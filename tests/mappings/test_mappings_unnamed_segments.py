"""Segments that neither a structure nor ANY names: with a key, a resource of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_pairs import ReadableIds
from speaking import JSON, PID, found, message, of

from conformance.definitions import definitions
from mappings.dictionary import load

DIABETES, CANCER = "E11^糖尿病^I10", "C34^肺癌^I10"


def codes(resources: list[JSON]) -> list[str]:
    return [one["code"]["coding"][0]["code"] for one in resources]


@pytest.mark.parametrize("kind", ["ADT^A08", "ORU^R01", "ZZZ^Z01"])
def test_a_problem_behind_a_diagnosis_is_another_one(kind: str) -> None:
    problems = [f"PRB|AD|20260301|{CANCER}|P1", "PRB|AD|20260301|I10^高血压^I10|P2"]
    made = message(kind, PID, "PV1|1|I||||||||||||||||||V1", f"DG1|1||{DIABETES}", *problems)
    assert codes(of(made, "Condition")) == ["E11", "C34", "I10"]
    assert [len(one.get("identifier", ())) for one in of(made, "Condition")] == [0, 1, 1]
    assert not any("already-filled PRB" in one for one in found(made))


def test_a_transfusion_behind_a_procedure_is_another_one() -> None:
    made = message(
        "ADT^A08", PID, "PR1|1||38.93^置管^I9C||20260301",
        "BTX|1|B1|C1^红细胞^L|||||||||CO|20260302",
    )  # fmt: skip
    assert len(of(made, "Procedure")) == 2


def test_a_hospital_s_own_segment_has_its_own_resource_where_it_has_a_key(tmp_path: Path) -> None:
    profile = tmp_path / "own.map"
    rows = "  ZDX-2  code  CWE[CodeableConcept]\n  ZDX-3  recordedDate\n"
    text = "\r".join([
        "MSH|^~\\&|HIS|H1|||20260301||ADT^A01|C1|P|2.5.1", PID, f"DG1|1||{DIABETES}",
        f"ZDX|1|{CANCER}|20260101", "ZDX|2|I10^高血压^I10|20260102",
    ])  # fmt: skip

    def conditions(table: str) -> list[tuple[str, str | None]]:
        profile.write_text(table)
        made = load(definitions(), profile=str(profile)).translate(text, ReadableIds(), source="s")
        found = of(made, "Condition")
        return list(zip(codes(found), (one.get("recordedDate") for one in found), strict=True))

    assert conditions(f'ZDX -> Condition\n  key "zdx" + ZDX-2.1\n{rows}') == [
        ("E11", None), ("C34", "2026-01-01"), ("I10", "2026-01-02"),
    ]  # fmt: skip
    assert conditions(f"ZDX -> Condition\n{rows}") == [("E11", "2026-01-01")]
