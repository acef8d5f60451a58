"""Resources that share parts are judged as the validator judges them whole."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest

from conformance.validator import Validator
from gateway.judged import Judged
from mappings.runtime.context import Made

VALIDATOR = Validator()
CODE = {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}
RANGE = {"low": {"value": 1}, "text": "1-2"}


def observation(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": "a", "status": "final", "code": CODE, "method": CODE,
        "referenceRange": [RANGE], "interpretation": [CODE], **more,
    }  # fmt: skip


CASES = [
    observation(),
    observation(valueQuantity={"value": 1}),
    observation(status="nonsense"),
    observation(code={"coding": []}),
    observation(code=None),
    observation(method={"nonsense": 1}),
    observation(referenceRange=[RANGE, {"low": "x"}]),
    observation(referenceRange=[{"low": "x"}]),
    observation(interpretation=[]),
    observation(component=[{"code": CODE}], valueString="x"),
    {k: v for k, v in observation().items() if k != "code"},
    {"resourceType": "Practitioner", "id": "p", "name": [{"text": "x"}]},
    {"resourceType": "Practitioner", "id": "p", "name": "x"},
]


def made(*resources: dict[str, Any], home: str = "patient") -> list[Made]:
    return [Made(each, "c", home, replace=False) for each in resources]


class Watched(Validator):
    """A validator that tells what it was asked."""

    asked: list[dict[str, Any]]

    def all_valid(self, kind: str, resources: Sequence[dict[str, Any]]) -> bool:
        self.asked += resources
        return super().all_valid(kind, resources)


def watched() -> Watched:
    found = Watched()
    found.asked = []
    return found


@pytest.mark.parametrize("home", ["patient", "directory"])
def test_the_same_verdict_first_and_afterwards(home: str) -> None:
    judged = Judged(VALIDATOR)
    for _ in range(3):
        for case in CASES:
            found = judged.invalid(made(case, home=home))
            assert bool(found) is not VALIDATOR.valid(case), case


def test_of_many_those_are_named_that_are_invalid() -> None:
    judged = Judged(VALIDATOR)
    everything = made(*CASES, *CASES)
    for _ in range(2):
        found = {id(each) for each in judged.invalid(everything)}
        assert found == {id(each) for each in everything if not VALIDATOR.valid(each.resource)}


def test_a_part_that_was_refused_is_not_known() -> None:
    judged, bad = Judged(VALIDATOR), {"nonsense": 1}
    for _ in range(2):
        assert judged.invalid(made(observation(), observation(method=bad), observation()))


def test_an_equal_part_is_not_the_same_part() -> None:
    validator = watched()
    judged = Judged(validator)
    for case in (observation(), observation(), deepcopy(observation())):
        assert not judged.invalid(made(case))
    first, again, other = validator.asked
    assert first["code"] == other["code"] == CODE
    assert again["code"] != CODE
    assert "method" not in again
    assert "referenceRange" not in again


def test_a_reference_is_known_for_one_message_and_one_element() -> None:
    validator, patient = watched(), {"reference": "Patient/p"}
    judged = Judged(validator)
    assert not judged.invalid(made(*[observation(subject=patient) for _ in range(2)]))
    assert not judged.invalid(made(observation(subject=patient)))
    assert ["subject" in each for each in validator.asked] == [True, False, True]
    assert judged.invalid(made(observation(subject=patient), observation(encounter=patient)))


def test_a_place_is_judged_once() -> None:
    validator = watched()
    judged = Judged(validator)
    place = made({"resourceType": "Location", "id": "l"}, home="directory")
    assert not judged.invalid(place)
    assert not judged.invalid(place)
    assert len(validator.asked) == 1
