"""Reports that leave out their section, or the time of day: what else tells it."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of, one

DAY = "https://yiqiao.org/fhir/StructureDefinition/issued-day"


def report(fields: dict[int, str], *segments: str, kind: str = "ORU^R01") -> tuple[list[str], ...]:
    """The categories of the report, and of its results."""
    order = "|".join(["OBR", "1", "P", "F", "A^a^L", *(fields.get(n, "") for n in range(5, 26))])
    made = message(kind, PID, order, *segments, "OBX|1|NM|X^x^L||1||||||F")
    return tuple(
        [coding["code"] for each in of(made, type_) for c in each.get("category", ())
         for coding in c["coding"]]
        for type_ in ("DiagnosticReport", "Observation")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({15: "BLD^Blood"}, (["LAB"], ["laboratory"])),
        ({15: "BLD^Blood", 24: "MB"}, (["MB"], ["laboratory", "MB"])),
        ({15: "^^^LA^Left arm"}, ([], [])),
        ({}, ([], [])),
    ],
)
def test_what_is_of_a_specimen_is_the_laboratorys(
    fields: dict[int, str], expected: tuple[list[str], ...]
) -> None:
    assert report(fields) == expected


def test_a_specimen_before_its_results_tells_their_category() -> None:
    assert report({}, "SPM|1|S1||BLD^Blood")[1] == ["laboratory"]


def test_a_vital_sign_of_a_specimen_is_no_result_of_the_laboratory() -> None:
    order = "OBR|1|P|F|A^a^L|||||||||||BLD"
    made = one(message("ORU^R01", PID, order, "OBX|1|NM|8867-4^x^LN||1||||||F"), "Observation")
    assert [c["coding"][0]["code"] for c in made["category"]] == ["vital-signs"]


def test_the_day_of_a_release_is_kept_without_its_time() -> None:
    order = "OBR|1|P|F|A^a^L" + "|" * 18 + "{}|||F"
    result = "OBX|1|NM|X^x^L||1||||||F"
    dated = message("ORU^R01", PID, order.format("20260301"), result)
    timed = message("ORU^R01", PID, order.format("202603011030+0800"), result)
    for type_ in ("DiagnosticReport", "Observation"):
        assert one(dated, type_)["extension"] == [{"url": DAY, "valueDate": "2026-03-01"}]
        assert "issued" not in one(dated, type_)
        assert one(timed, type_)["issued"] == "2026-03-01T10:30:00+08:00"
        assert "extension" not in one(timed, type_)
    assert found(dated) == found(timed) == []
    assert found(message("ORU^R01", PID, order.format("soon"), result)) == ["bad-value OBR-22"]
