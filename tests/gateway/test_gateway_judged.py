"""Resources that share parts are judged as the validator judges them whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any

import pytest

from conformance.validator import Validator
from gateway.judged import Judged
from mappings.runtime.types import Made, Shared

VALIDATOR = Validator()
V3 = "http://terminology.hl7.org/CodeSystem/v3-"
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


PATIENT = {"reference": "Patient/p"}
GLUCOSE = {"value": 5.1, "unit": "mmol/L"}


def measured(alike: Shared, shared: Shared, **own: Any) -> Made:
    """Return a result as an analyser's are: of its message, of its code, and its own."""
    common = {**shared.elements, **alike.elements, "subject": PATIENT, "category": [CODE]}
    resource = {"resourceType": "Observation", "valueQuantity": GLUCOSE, **common, "id": "a"}
    return made(resource | own)._replace(shared=(shared, alike))


def of_one_message() -> tuple[Shared, Shared]:
    alike = Shared({"status": "final", "issued": "2026-03-01T10:00:00Z"}, frozenset())
    return alike, Shared({"code": CODE, "referenceRange": [RANGE]}, frozenset())


def test_a_result_that_differs_in_its_number_alone_is_not_judged() -> None:
    validator = Watched()
    judged = Judged(validator)
    (alike, code), (_, other) = of_one_message(), of_one_message()
    assert not judged.invalid([measured(alike, other, id="o")])
    numbers = (5.2, 6, -0.5, 1e300)
    again = [
        measured(alike, code, id=f"r{place}", valueQuantity=GLUCOSE | {"value": number})
        for place, number in enumerate(numbers)
    ]
    assert not judged.invalid([measured(alike, code), *again, measured(alike, other, id="x")])
    assert [each["id"] for each in validator.asked] == ["o", "a"]
    assert not judged.invalid([again[0], again[0]])  # another message begins anew
    assert len(validator.asked) == 3


@pytest.mark.parametrize("own", [
    {"id": "a b"}, {"id": ""}, {"id": 1}, {"id": "x" * 65},
    {"valueQuantity": {"value": "5.1", "unit": "mmol/L"}},
    {"valueQuantity": {"value": True, "unit": "mmol/L"}},
    {"valueQuantity": {"value": float("nan"), "unit": "mmol/L"}},
    {"valueQuantity": {"value": float("inf"), "unit": "mmol/L"}},
    {"valueQuantity": {"value": 5.1, "unit": 1}},
    {"valueQuantity": {"value": 5.1, "unit": "mmol/L", "nonsense": 1}},
    {"valueQuantity": {"value": 5.1, "unit": ["mmol/L"]}},
    {"valueQuantity": {}}, {"valueQuantity": None}, {"valueQuantity": [GLUCOSE]},
    {"status": "nonsense"}, {"issued": "2026-03"}, {"note": "x"}, {"note": [{"nonsense": 1}]},
    {"category": [CODE, {"nonsense": 1}]}, {"category": []}, {"subject": {"reference": 1}},
    {"valueString": "x"}, {"method": "x"},
])  # fmt: skip
def test_what_differs_in_more_is_judged(own: dict[str, Any]) -> None:
    alike, code = of_one_message()
    first, bad = measured(alike, code), measured(alike, code, **own)
    assert not VALIDATOR.valid(bad.resource)
    judged = Judged(VALIDATOR)
    for _ in range(2):
        assert judged.invalid([first, first, bad, first]) == [bad]


HIGH, LOW = (
    {"coding": [{"system": f"{V3}ObservationInterpretation", "code": code}]} for code in "HL"
)


def test_results_that_differ_in_flags_which_are_known_are_not_judged() -> None:
    validator = Watched()
    judged = Judged(validator)
    alike, code = of_one_message()
    some = [
        measured(alike, code, id=str(number), interpretation=[flag])
        for number, flag in enumerate((HIGH, HIGH, LOW, LOW, HIGH))
    ]
    plain = measured(alike, code, id="plain")
    assert not judged.invalid([plain, *some, plain])
    assert [each["id"] for each in validator.asked] == ["plain", "0", "2"]


@pytest.mark.parametrize("flags", [
    [], None, "x", {"0": HIGH}, [HIGH, {"nonsense": 1}], [{"coding": 1}], HIGH,
])  # fmt: skip
def test_flags_that_are_wrong_are_judged(flags: object) -> None:
    alike, code = of_one_message()
    first = measured(alike, code, interpretation=[HIGH])
    bad = measured(alike, code, interpretation=flags)
    assert not VALIDATOR.valid(bad.resource)
    judged = Judged(VALIDATOR)
    for _ in range(2):
        assert judged.invalid([first, first, bad, first]) == [bad]


def test_what_stands_with_the_code_is_not_taken_for_what_stands_beside_it() -> None:
    alike, _ = of_one_message()
    plain, whole = (
        Shared({"code": CODE}, frozenset()),
        Shared({"code": CODE, "category": [CODE]}, frozenset()),
    )
    known = measured(alike, whole)
    first, bad = measured(alike, plain), measured(alike, whole, note="x")
    judged = Judged(VALIDATOR)
    assert not judged.invalid([known])
    assert judged.invalid([first, known, bad]) == [bad]


def test_a_result_that_lacks_what_another_has_is_judged() -> None:
    alike, code = of_one_message()
    judged = Judged(VALIDATOR)
    first, bad = measured(alike, code), measured(alike, code, note="x")
    del bad.resource["subject"]
    assert judged.invalid([first, first, bad]) == [bad]


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
