"""Resources that share parts are judged as the validator judges them whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any

import pytest

from conformance.validator import Validator
from gateway.judged import Judged
from mappings.runtime.memory import Shared
from mappings.runtime.types import Made

VALIDATOR = Validator()
CODE = {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}
RANGE = {"low": {"value": 1}, "text": "1-2"}
COMMON = {
    "status": "final", "code": CODE, "method": CODE, "referenceRange": [RANGE],
    "interpretation": [CODE],
}  # fmt: skip


def observation(shared: dict[str, Any] = COMMON, **own: Any) -> Made:
    elements = Shared(shared, frozenset())
    return made({"resourceType": "Observation", "id": "a", **shared, **own}, shared=elements)


def made(resource: dict[str, Any], home: str = "patient", shared: Shared | None = None) -> Made:
    return Made(resource, "c", home, replace=False, shared=(shared, None) if shared else None)


CASES = [
    observation(),
    observation(valueQuantity={"value": 1}),
    observation(COMMON | {"status": "nonsense"}),
    observation(COMMON | {"code": {"coding": []}}),
    observation(COMMON | {"code": None}),
    observation(COMMON | {"method": {"nonsense": 1}}),
    observation(COMMON | {"referenceRange": [RANGE, {"low": "x"}]}),
    observation(COMMON | {"interpretation": []}),
    observation({k: v for k, v in COMMON.items() if k != "code"}),
    observation({k: v for k, v in COMMON.items() if k != "code"}, code={"nonsense": 1}),
    observation(COMMON | {"valueString": "x"}, valueInteger=1),
    observation(component=[{"code": CODE}], valueString="x"),
    observation(subject={"reference": "Practitioner/p"}),
    observation(performer=[]),
    observation(performer=["x"]),
    observation(performer={"reference": "Practitioner/p"}),
    observation(category=[{"nonsense": 1}]),
    made({"resourceType": "Observation", "id": "b", **COMMON}),
    made({"resourceType": "Practitioner", "id": "p", "name": [{"text": "x"}]}),
    made({"resourceType": "Practitioner", "id": "p", "name": "x"}),
    made({"resourceType": "Practitioner", "id": "p", "name": [{"text": "x"}]}, "directory"),
    made({"resourceType": "Practitioner", "id": "p", "name": "x"}, "directory"),
]


class Watched(Validator):
    """A validator that tells what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []

    def all_valid(self, resources: Mapping[str, Sequence[dict[str, Any]]]) -> bool:
        self.asked += chain.from_iterable(resources.values())
        return super().all_valid(resources)


@pytest.mark.parametrize("case", CASES)
def test_the_same_verdict_first_and_afterwards(case: Made) -> None:
    judged = Judged(VALIDATOR)
    for _ in range(3):
        assert bool(judged.invalid([case])) is not VALIDATOR.valid(case.resource)


def test_of_many_those_are_named_that_are_invalid() -> None:
    judged = Judged(VALIDATOR)
    everything = [*CASES, *CASES]
    for _ in range(2):
        found = {id(each) for each in judged.invalid(everything)}
        assert found == {id(each) for each in everything if not VALIDATOR.valid(each.resource)}


def test_a_part_that_was_refused_is_not_known() -> None:
    judged, bad = Judged(VALIDATOR), observation(COMMON | {"method": {"nonsense": 1}})
    for _ in range(2):
        assert judged.invalid([observation(), bad, observation()]) == [bad]


def test_what_is_shared_is_judged_once() -> None:
    validator = Watched()
    judged = Judged(validator)
    one = observation(valueString="x")
    other = one._replace(shared=deepcopy(one.shared))
    for each in (one, one, other):
        assert not judged.invalid([each])
    first, again, equal = validator.asked
    assert first["method"] == equal["method"] == CODE
    assert again == {
        "resourceType": "Observation", "id": "a", "valueString": "x",
        "status": "final", "code": {"text": "known"},
    }  # fmt: skip


def test_what_results_of_a_message_have_in_common_is_judged_once() -> None:
    validator = Watched()
    judged = Judged(validator)
    performer = [{"reference": "Practitioner/p"}]
    alike = Shared({"issued": "2026-03-01T10:00:00Z", "performer": performer}, frozenset())
    one, two, more = (
        observation(**{**alike.elements, **own})._replace(shared=(None, alike))
        for own in ({}, {}, {"performer": [*performer, {"nonsense": 1}]})
    )
    assert not judged.invalid([one, two])
    assert ["issued" in each for each in validator.asked] == [True, False]
    assert judged.invalid([one, two, more]) == [more]
    assert not judged.invalid([one])
    assert "issued" in validator.asked[-1]


def test_a_reference_is_known_for_one_message_and_one_element() -> None:
    validator, patient = Watched(), {"reference": "Patient/p"}
    judged = Judged(validator)
    assert not judged.invalid([observation(subject=patient) for _ in range(2)])
    assert not judged.invalid([observation(subject=patient)])
    assert ["subject" in each for each in validator.asked] == [True, False, True]
    assert judged.invalid([observation(subject=patient), observation(encounter=patient)])


def test_a_place_is_judged_once() -> None:
    validator = Watched()
    judged = Judged(validator)
    place = made({"resourceType": "Location", "id": "l"}, "directory")
    for _ in range(2):
        assert not judged.invalid([place])
    assert len(validator.asked) == 1


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.judged._MOST", 2)
    validator = Watched()
    judged = Judged(validator)
    places = [made({"resourceType": "Location", "id": f"l{n}"}, "directory") for n in range(3)]
    for _ in range(2):
        assert not judged.invalid(places)
    assert len(validator.asked) > 3
