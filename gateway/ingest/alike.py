"""Results and reports that may be one: two resources in; whether their codes and names agree, out.

Two that have a coding in common are alike, in whatever order they write their codings, and though
one leaves some away. Two that have different codes of one system are not, whatever else they share:
several local tests may have one LOINC code. Pure.
"""

from __future__ import annotations

from typing import Any

from gateway.ingest.families import sub_ids

JSON = dict[str, Any]


def is_same(one: JSON, other: JSON) -> bool:
    """Whether two have a code in common, and no other code of a system that both have codes of."""
    mine, others = _codes(one), _codes(other)
    shared = {system for system, _ in mine} & {system for system, _ in others}
    return bool(mine & others) and shared.isdisjoint(system for system, _ in mine ^ others)


def is_result(one: JSON, other: JSON) -> bool:
    """Whether two may be one result of a report: of one code, sub-id and number of its own."""
    numbers = _own(one), _own(other)
    return has_its_name(one, other) and (
        numbers[0] == numbers[1] or not numbers[0].isdisjoint(numbers[1])
    )  # fmt: skip


def has_its_name(one: JSON, other: JSON) -> bool:
    """Whether two results of a report have one code and sub-id."""
    return is_same(one, other) and {*sub_ids(one)} == {*sub_ids(other)}


def first_code(resource: JSON) -> tuple[str, str]:
    """Return the code that a result is known by, of one that has any."""
    coding = resource["code"]["coding"][0]
    return coding.get("system", ""), coding.get("code", "")


def _codes(resource: JSON) -> set[tuple[str, str]]:
    """Return the codes of a result or a report, each with its system."""
    return {
        (coding.get("system", ""), coding["code"])
        for coding in resource.get("code", {}).get("coding", ()) if "code" in coding
    }  # fmt: skip


def _own(result: JSON) -> set[tuple[str, str]]:
    """Return a result's own numbers."""
    return {(one.get("system", ""), one.get("value", "")) for one in result.get("identifier", ())}
