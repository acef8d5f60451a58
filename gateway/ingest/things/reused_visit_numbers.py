"""Visit numbers that were used twice: two records that become one, in; what stays apart, out.

Some hospitals count the visits of each patient: both records have a visit 1. Of two visits of one
number of which the one was over before the other began, by more than a day (an admission may be
entered after the discharge), neither is the other; nor is what was found and done in them, and
keyed by them. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gateway.ingest.versions.spreading import references
from mappings.runtime.functions.times import shifted
from mappings.runtime.text.primitives import is_after

JSON = dict[str, Any]

_VISIT = "Encounter"
# What is of its visit, and has no number of its own; the results of a report are of that.
_OF_VISITS = frozenset({"ChargeItem", "Condition", "Coverage", "Observation", "Procedure"})
_DATE, _DAY = len("2026-03-01"), 86400  # characters, seconds


def apart(mine: Mapping[str, JSON], theirs: Mapping[str, JSON]) -> set[str]:
    """Return the ids of what is not the same in another record, though it is called the same.

    Parameters
    ----------
    mine : mapping
        What one record has, by id.
    theirs : mapping
        What the other record knows of these under the same name, by the same ids.
    """
    visits = {id_ for id_, other in theirs.items() if are_two(mine[id_], other)}
    if not visits:
        return visits
    names = {(_VISIT, id_) for id_ in visits}
    reported = {
        name for one in mine.values() if one["resourceType"] == "DiagnosticReport"
        for _, name in references(one)
    }  # fmt: skip
    return visits | {
        id_ for id_ in theirs
        if mine[id_]["resourceType"] in _OF_VISITS and ("Observation", id_) not in reported
        and not names.isdisjoint(name for _, name in references(mine[id_]))
    }  # fmt: skip


def leading(
    mine: Mapping[str, JSON], theirs: Mapping[str, JSON], others: Collection[str]
) -> Iterator[str]:
    """Yield the ids of visits that stay apart (`others`) and have their number from now on.

    That is which began last: of the other one nothing more is to come.
    """
    for id_ in sorted(theirs.keys() & others):
        if mine[id_]["resourceType"] == _VISIT and is_before(theirs[id_], mine[id_]):
            yield id_


def are_two(one: JSON, other: JSON) -> bool:
    """Whether two things of one number are two visits."""
    return one["resourceType"] == _VISIT and (is_before(one, other) or is_before(other, one))


def is_before(visit: JSON, other: JSON) -> bool:
    """Whether a visit ended before the other one began, and not on the same day."""
    end = visit.get("period", {}).get("end", "")[:_DATE]
    start = other.get("period", {}).get("start", "")[:_DATE]
    next_day = shifted(end, _DAY) if len(end) == _DATE else None
    return next_day is not None and is_after(start, next_day)
