"""The cost of a message: in proportion to its segments and repetitions, however many there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from counting import lines_run
from hypothesis import given
from hypothesis import strategies as st
from speaking import PID, message

from conformance.definitions import definitions
from mappings.dictionary import load
from mappings.proof.trial import PlainIds
from mappings.runtime.state import held
from mappings.runtime.state.elements import add, fill, says

FEW, MANY = 80, 240
HEAD = "MSH|^~\\&|LIS|H|||20260301103000||{}|1|P|2.5.1"
REPORT, DRUG = ("OBR|1|O1||GLU",), ("ORC|NW|O1", "RXE||AMOX|250||mg")


def repeated(pattern: str, separator: str = "~") -> Callable[[int], tuple[str, ...]]:
    begin, _, rest = pattern.partition("<")
    one, _, end = rest.partition(">")
    return lambda count: (begin + separator.join(one % n for n in range(count)) + end,)


def segments(*patterns: str) -> Callable[[int], tuple[str, ...]]:
    return lambda count: tuple(p % n for n in range(count) for p in patterns)


@pytest.mark.parametrize(
    ("kind", "before", "more"),
    [
        ("ADT^A08", (), repeated("PID|1||<%d^^^H^MR>||Doe^Jo")),
        ("ADT^A08", (), repeated("PID|1||100||Doe^Jo||||||||<%d^PRN>")),
        ("ADT^A24", (), segments("PID|1||%d^^^H^MR")),
        ("ADT^A37", (), segments("PID|1||%d^^^H^MR")),
        ("ADT^A08", (PID,), segments("PV1|1|I|||||||||||||||||V%d")),
        ("ADT^A08", (PID,), segments("PV1|1|I|||||D%d^Li")),
        ("ADT^A08", (PID, "PV1|1|I|||||||||||||||||V1"), segments("DG1|1||I%d^x")),
        ("ADT^A08", (PID,), segments("AL1|1|DA|P%d^x|MO|rash")),
        ("ADT^A08", (PID,), segments("NK1|1|Doe^Ann|SPO|||||||||||||||||||||||||||||N%d")),
        ("ORU^R01", (PID, *REPORT), repeated("OBX|1|NM|GLU||<%d>")),
        ("ORU^R01", (PID, *REPORT), repeated("OBX|1|NM|GLU||1|||||||||||<%d^Li>")),
        ("ORU^R01", (PID, *REPORT), segments("OBX|1|NM|GLU%d||1")),
        ("ORU^R01", (PID, *REPORT, "OBX|1|NM|GLU||1"), segments("NTE|1||note %d")),
        ("ORU^R01", (PID, *REPORT), segments("SPM|1|S%d||BLD")),
        ("ORU^R01", (PID,), segments("OBR|1||F%d|GLU", "OBX|1|NM|GLU||%d")),
        ("RDE^O11", (PID, *DRUG), segments("RXC|A|I%d^x|1|mg")),
        ("RDE^O11", (PID, *DRUG), segments("TQ1|%d||BID")),
    ],
)
def test_three_times_as_much_costs_three_times_as_much(
    kind: str, before: tuple[str, ...], more: Callable[[int], tuple[str, ...]]
) -> None:
    dictionary = load(definitions())

    def cost(count: int) -> int:
        text = "\r".join([HEAD.format(kind), *before, *more(count)])
        return lines_run(lambda: dictionary.translate(text, PlainIds(), source="h"))

    cost(1)  # what is known of the source after its first message
    nothing, few, many = cost(1), cost(FEW), cost(MANY)
    assert many - nothing < 1.2 * MANY / FEW * (few - nothing)


class Compared(dict[str, Any]):
    """An item that counts how often it is compared with another."""

    count = 0

    def __eq__(self, other: object) -> bool:
        Compared.count += 1
        return dict.__eq__(self, other)

    __hash__ = None


@pytest.mark.parametrize("name", ["identifier", "telecom"])
def test_an_item_is_not_compared_with_all_of_a_long_list(name: str) -> None:
    holder: dict[str, Any] = {}
    long: held.Long = {}
    Compared.count = 0
    for number in range(1_000):
        add(holder, name, Compared(value=str(number)), long)
    assert len(holder[name]) == 1_000
    assert Compared.count <= held.MANY**2


KINDS: list[dict[str, str]] = [  # to draw one of them costs a fourth of drawing its parts
    {"value": str(number), **system, **use}
    for number in range(61)
    for system in ({}, {"system": "a"}, {"system": "b"})
    for use in ({}, {"use": "h"}, {"use": "w"})
]
ITEMS = st.lists(st.sampled_from(KINDS).map(dict), min_size=held.MANY, max_size=120)


@given(ITEMS)
def test_a_long_list_holds_each_item_once(items: list[dict[str, str]]) -> None:
    holder: dict[str, Any] = {}
    long: held.Long = {}
    for item in items:
        add(holder, "telecom", {**item}, long)
    assert holder["telecom"] == [each for n, each in enumerate(items) if each not in items[:n]]


@given(ITEMS)
def test_a_long_list_holds_each_number_once(items: list[dict[str, str]]) -> None:
    holder: dict[str, Any] = {}
    long: held.Long = {}
    lost = [add(holder, "identifier", {**item}, long) for item in items]
    first: dict[tuple[str | None, str], dict[str, str]] = {}
    for item, is_lost in zip(items, lost, strict=True):
        known = first.setdefault((item.get("system"), item["value"]), item)
        use = known.setdefault("use", item["use"]) if "use" in item else None
        assert is_lost == (use is not None and use != item["use"])
    assert holder["identifier"] == list(first.values())


@given(ITEMS, ITEMS)
def test_long_lists_are_brought_together_without_touching_either(
    one: list[dict[str, str]], other: list[dict[str, str]]
) -> None:
    shared = {"telecom": [*one]}
    merged = {**shared}
    long: held.Long = {}
    for number in range(0, len(other), 7):
        assert fill(merged, {"telecom": other[number : number + 7]}, long) == ()
    assert shared == {"telecom": one}
    assert says(merged, {"telecom": other})
    added = merged["telecom"][len(one) :]
    assert added == [each for n, each in enumerate(other) if each not in [*one, *other[:n]]]


@pytest.mark.parametrize(("count", "links"), [(2, 2), (16, 16 * 15), (17, 2 * 16)])
@pytest.mark.parametrize("kind", ["ADT^A24", "ADT^A37"])
def test_of_very_many_patients_each_is_linked_to_the_first(
    kind: str, count: int, links: int
) -> None:
    made = message(kind, *(f"PID|1||{n}^^^H^MR" for n in range(1, count + 1))).made
    told = [
        (each.resource["id"], other)
        for each in made
        for other in (
            *(link["other"]["reference"] for link in each.resource.get("link", ())),
            *(word.removeprefix("link ") for word in each.erase),
        )
    ]
    assert len(set(told)) == len(told) == links
    first = "patient-0.Patient"
    assert {f"Patient/{one}" for one, other in told if other == f"Patient/{first}"} == {
        other for one, other in told if one == first
    }
    assert len({one for one, _ in told}) == count


def test_many_numbers_are_kept_and_doubles_are_not() -> None:
    numbers = "~".join(f"{1 + n % 200}^^^H^MR" for n in range(600))
    (patient,) = (
        made.resource
        for made in message("ADT^A08", f"PID|1||{numbers}||Doe^Jo").made
        if made.resource["resourceType"] == "Patient"
    )
    assert [one["value"] for one in patient["identifier"]] == [str(1 + n) for n in range(200)]
