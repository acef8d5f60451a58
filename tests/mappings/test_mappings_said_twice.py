"""Two segments of a message that speak of one thing: of a choice of types the first stands."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of

from conformance.definitions import definitions
from mappings.runtime.state.elements import CHOICES, together
from mappings.runtime.types import Made
from mappings.runtime.walk.finishing import _ONE

PROBLEM = "PRB|AD|20260301|E11^糖尿病^I10|P1"
ALLERGY = "IAM|1|DA|PEN^青霉素^L|||A|A1"
DATED, WORDED = f"{'|' * 12}20260101", f"{'|' * 13}years ago"


@pytest.mark.parametrize(("kind", "type_", "one", "other"), [
    ("PPR^PC1", "Condition", PROBLEM + DATED, PROBLEM + WORDED),
    ("ADT^A08", "AllergyIntolerance", f"{ALLERGY}||||20260101", f"{ALLERGY}|||||childhood"),
])  # fmt: skip
def test_the_onset_that_is_said_first_stands(kind: str, type_: str, one: str, other: str) -> None:
    segment = one[:3]
    for first, second in ((one, other), (other, one)):
        made = message(kind, PID, first, second)
        (said,) = of(made, type_)
        (alone,) = of(message(kind, PID, first), type_)
        assert said == alone
        assert sum(name.startswith("onset") for name in said) == 1
        assert any(each.startswith(f"already-filled {segment}[2]") for each in found(made))
    assert not any(each.startswith("already-filled") for each in found(message(kind, PID, one)))


def test_two_values_of_one_type_are_as_before() -> None:
    made = message("PPR^PC1", PID, PROBLEM + DATED, PROBLEM + DATED)
    assert not any(each.startswith("already-filled") for each in found(made))
    (said,) = of(made, "Condition")
    assert said["onsetDateTime"] == "2026-01-01"


def test_what_is_said_beside_another_type_is_taken() -> None:
    known = Made(
        {"resourceType": "Condition", "onsetDateTime": "2026"}, "h", "patient", replace=False
    )
    other = Made(
        {"resourceType": "Condition", "onsetString": "x", "note": []}, "h", "patient", replace=False
    )
    merged, lost = together(known, other, {})
    assert lost
    assert merged == {"resourceType": "Condition", "onsetDateTime": "2026", "note": []}


def test_the_choices_of_all_that_is_said_once_are_known() -> None:
    choices = {
        (element.choice, name)
        for type_ in _ONE for name, element in definitions().elements(type_).items()
        if element.choice or name.startswith(CHOICES)
    }  # fmt: skip
    assert {choice for choice, _ in choices} == {*CHOICES}
