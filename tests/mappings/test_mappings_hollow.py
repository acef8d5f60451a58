"""Values that say of what kind they would be, and nothing else, as templates fill them: none."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of

EVN = "EVN||20260301120000"


def _pid(number: int, value: str) -> str:
    fields = [*PID.split("|"), *[""] * 40]
    fields[number] = f"{fields[number]}~{value}".strip("~")
    return "|".join(fields).rstrip("|")


@pytest.mark.parametrize(
    ("number", "hollow", "lost"),
    [
        (3, "^^^GA^NNCHN", ["[2].4", "[2].5"]),
        (13, "^PRN^PH", [".2", ".3"]),
        (13, "^NET^Internet", [".2", ".3"]),
        (13, "^^PH^^86^021", [".3", ".5", ".6"]),
    ],
)
def test_a_kind_of_nothing_is_nothing(number: int, hollow: str, lost: list[str]) -> None:
    """An identity card, a telephone, of no number, would be one without any."""
    made, bare = message("ADT^A28", _pid(number, hollow)), message("ADT^A28", PID)
    assert [m.resource for m in made.made] == [m.resource for m in bare.made]
    assert found(made) == [f"not-applicable PID-{number}{where}" for where in lost]


@pytest.mark.parametrize("written", ["^^ICD-10", "^^^^^ICD-10", "^^ICD-10^^^^2015^2016"])
def test_a_system_alone_is_no_diagnosis(written: str) -> None:
    """A condition of nothing came of it."""
    made = message("ADT^A01", EVN, PID, "PV1|1|I", f"DG1|1||{written}|||A")
    assert of(made, "Condition") == []
    assert "not-applicable DG1-3" in {where.partition(".")[0] for where in found(made)}


def test_a_system_alone_is_no_allergen() -> None:
    assert of(message("ADT^A01", EVN, PID, "PV1|1|I", "AL1|1|DA|^^L"), "AllergyIntolerance") == []
