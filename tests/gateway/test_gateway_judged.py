"""Resources that share parts are judged as the validator judges them whole."""

from __future__ import annotations

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


@pytest.mark.parametrize("home", ["patient", "directory"])
def test_the_same_verdict_first_and_afterwards(home: str) -> None:
    judged = Judged(VALIDATOR.valid)
    for _ in range(3):
        for case in CASES:
            made = Made(case, "c", home, replace=False)
            assert judged.valid(made) is VALIDATOR.valid(case), case


def test_an_equal_part_is_not_the_same_part() -> None:
    seen: list[dict[str, Any]] = []

    def valid(resource: dict[str, Any]) -> bool:
        seen.append(resource)
        return VALIDATOR.valid(resource)

    judged = Judged(valid)
    for case in (observation(), observation(), deepcopy(observation())):
        assert judged.valid(Made(case, "c", "patient", replace=True))
    first, again, other = seen
    assert first["code"] == other["code"] == CODE
    assert again["code"] != CODE
    assert "method" not in again
    assert "referenceRange" not in again


def test_a_place_is_judged_once() -> None:
    count = []
    judged = Judged(lambda resource: not count.append(resource))
    made = Made({"resourceType": "Location", "id": "l"}, "c", "directory", replace=False)
    assert judged.valid(made)
    assert judged.valid(made)
    assert len(count) == 1
