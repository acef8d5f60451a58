"""Results and reports that may be one: two resources in; whether their codes and names agree, out.

Two that have a coding in common are alike, in whatever order they write their codings, and though
one leaves some away. Two that have different codes of one system are not, whatever else they share:
several local tests may have one LOINC code. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from gateway.ingest.things.parent_results import sub_ids
from mappings.runtime.walk.several import NOTHING

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
    return is_same(one, other) and sub_ids_of(one) == sub_ids_of(other)


def sub_ids_of(result: JSON) -> frozenset[str]:
    """Return the sub-ids that a result may have: one of 1 may be left away."""
    return frozenset(sub_ids(result))


def has_sub_id(result: JSON) -> bool:
    """Whether a result has a sub-id that is not 1."""
    return len(sub_ids_of(result)) == 1


def is_it(known: JSON, said: JSON) -> bool:
    """Whether a result that is known by the id of one that is said is that.

    It may have been told since under another sub-id, and then have that. A number of its own tells
    it whatever its sub-id.
    """
    return bool(_own(said)) or sub_ids_of(known) == sub_ids_of(said)


def are_told_apart(results: Iterable[JSON]) -> bool:
    """Whether results of a report that have one code are told apart by their sub-ids."""
    by: dict[tuple[str, str], frozenset[str]] = {}
    return any(
        by.setdefault(code, sub_ids_of(each)) != sub_ids_of(each)
        for each in results for code in _codes(each)
    )  # fmt: skip


class Results:
    """Results of a report, to find those that may be one without asking each of each."""

    def __init__(self, results: Iterable[JSON]) -> None:
        self._coded: dict[object, dict[str, JSON]] = {}  # by each of their codes
        self._plain: dict[object, dict[str, JSON]] = {}  # those without a number of their own
        self._numbered: dict[object, dict[str, JSON]] = {}  # by each of these
        for result in results:
            numbers = _own(result)
            for code in _codes(result):
                self._coded.setdefault(code, {})[result["id"]] = result
                if not numbers:
                    self._plain.setdefault(code, {})[result["id"]] = result
            for number in numbers:
                self._numbered.setdefault(number, {})[result["id"]] = result

    def alike(self, result: JSON) -> Iterator[str]:
        """Yield the ids of those that may be a result (`is_result`)."""
        numbers = _own(result)
        by, keys = (self._numbered, numbers) if numbers else (self._plain, _codes(result))
        return _of(by, keys, result, is_result)

    def called(self, result: JSON) -> Iterator[str]:
        """Yield the ids of those of a result's code and sub-id (`has_its_name`)."""
        return _of(self._coded, _codes(result), result, has_its_name)

    def coded(self, result: JSON) -> Iterator[str]:
        """Yield the ids of those of a result's code (`is_same`)."""
        return _of(self._coded, _codes(result), result, is_same)

    def unnumbered(self, result: JSON) -> Iterator[str]:
        """Yield the ids of those of a result's code, where neither has a number of its own."""
        return _of(self._plain, () if _own(result) else _codes(result), result, is_same)

    def drop(self, result: JSON) -> None:
        """Forget one, which has been found."""
        for by in (self._coded, self._plain, self._numbered):
            for key in (*_codes(result), *_own(result)):
                by.get(key, {}).pop(result["id"], None)


def only(found: Iterator[str]) -> str | None:
    """Return the only one of several; "" if there is none, None if there are more."""
    some = [*islice(found, 2)]
    return None if len(some) > 1 else "".join(some)


def signature(result: JSON) -> object:
    """Return what two results have in common that are alike to all others."""
    return frozenset(_codes(result)), sub_ids_of(result), frozenset(_own(result))


def _of(
    by: Mapping[object, Mapping[str, JSON]], keys: Iterable[object], result: JSON,
    test: Callable[[JSON, JSON], bool],
) -> Iterator[str]:  # fmt: skip
    seen: set[str] = set()
    for key in keys:
        for id_, each in by.get(key, {}).items():
            if id_ not in seen and test(each, result):
                seen.add(id_)
                yield id_


def first_code(resource: JSON) -> tuple[str, str]:
    """Return the code that a result is known by, of one that has any."""
    return next(_told(resource))


def _codes(resource: JSON) -> set[tuple[str, str]]:
    """Return the codes of a result or a report, each with its system."""
    return set(_told(resource))


def _told(resource: JSON) -> Iterator[tuple[str, str]]:
    """Yield codes with their systems; of what has none, its words."""
    concept: JSON = resource.get("code", {})
    codings = [coding for coding in concept.get("coding", ()) if "code" in coding]
    if not codings and concept.get("text", NOTHING) != NOTHING:
        codings = [{"code": concept["text"]}]
    for coding in codings:
        yield coding.get("system", ""), coding["code"]


def _own(result: JSON) -> set[tuple[str, str]]:
    """Return a result's own numbers."""
    return {(one.get("system", ""), one.get("value", "")) for one in result.get("identifier", ())}
