"""What R4 forbids beside one another: an updated resource in; out, without what had to give way.

Each message says only part of a resource, and what it says may not stand beside what was known: a
problem that is withdrawn has no clinical status any more, an appointment that is made again no
reason of its cancellation. What is said last stands. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.ingest.versions.places import ended, followed, put_right
from mappings.runtime.functions.times import shifted
from mappings.runtime.state.fitting import timed
from mappings.runtime.text.primitives import is_after
from mappings.translate import Made

JSON = dict[str, Any]
Said = Mapping[str, Any]

_OVER = frozenset({"cancelled", "entered-in-error", "finished"})  # of a visit
_HERE = frozenset({"arrived", "in-progress", "onleave", "triaged"})
_DISCHARGE = frozenset({"destination", "dischargeDisposition"})  # of a stay
_MOVED = frozenset({"location", "period"})
_BEGUN = frozenset({"partial", "preliminary", "registered"})
_FINAL = frozenset({"amended", "appended", "corrected", "final"})
_DATE, _DAY = len("2026-03-01"), 86400  # characters, seconds
_CLOSED = frozenset({"inactive", "remission", "resolved"})


def _withdrawn(resource: JSON, said: Said) -> None:
    """ait-2, con-5: what was entered in error is neither active nor resolved."""
    if "entered-in-error" in _codes(resource, "verificationStatus"):
        resource.pop("clinicalStatus" if "verificationStatus" in said else "verificationStatus")


def _condition(resource: JSON, said: Said) -> None:
    """con-4: only what is over has an end; con-5."""
    if "clinicalStatus" in resource:
        _withdrawn(resource, said)
    if _CLOSED.isdisjoint(_codes(resource, "clinicalStatus")):
        for name in [each for each in resource if each.lstrip("_").startswith("abatement")]:
            del resource[name]


def _allergy(resource: JSON, said: Said) -> None:
    if "clinicalStatus" in resource:
        _withdrawn(resource, said)


def _appointment(resource: JSON, _said: Said) -> None:
    """app-4: only what was cancelled, or not kept, has a reason for it. An end is known, or not.

    app-3: what is said of an appointment without its time holds if that is known.
    """
    timed(resource)
    if resource.get("status") not in {"cancelled", "noshow"}:
        resource.pop("cancelationReason", None)
    if "_end" in resource:
        resource.pop("end", None)


def _encounter(resource: JSON, said: Said) -> None:
    """Nobody is, or is to be, in a place of a visit that is over.

    Whoever is here again has not been discharged. per-1: an admission that was entered after the
    discharge of its day (EVN-2) did not begin then. A longer time is of another visit: a number
    that is used again.
    """
    period = resource.get("period", {})
    another = is_backwards(period) and not _is_of_a_day(period)
    here = said.get("status") in _HERE and not another
    if here and "end" in period.keys() - said.get("period", {}).keys():
        period = {name: period[name] for name in period if name != "end"}
        resource.pop("period")
        if period:
            resource["period"] = period
        stay = resource.pop("hospitalization", {})
        over = _DISCHARGE - said.get("hospitalization", {}).keys()
        if left := {name: stay[name] for name in stay if name not in over}:
            resource["hospitalization"] = left
    whole = {"start", "end"} <= said.get("period", {}).keys()
    if is_backwards(period) and not (whole or another):
        resource["period"] = {name: period[name] for name in period if name != "start"}
    if resource.get("status") in _OVER and "location" in resource:
        finished = resource["status"] == "finished"
        end = resource.get("period", {}).get("end", "") if finished else ""
        resource["location"] = [_left(place, finished, end) for place in resource["location"]]


def _is_of_a_day(period: Said) -> bool:
    """Whether a period ends on the day on which it begins, or on the one before."""
    latest = shifted(period["end"][:_DATE], _DAY) if len(period["end"]) >= _DATE else None
    return latest is not None and not is_after(period["start"][:_DATE], latest)


def is_backwards(period: Said) -> bool:
    """Whether a period ends before it begins."""
    return "start" in period and "end" in period and is_after(period["start"], period["end"])


def _left(place: JSON, finished: bool, end: str) -> JSON:
    if place.get("status", "completed") == "completed":
        return place
    if finished and place["status"] == "active":
        return ended(place, end)
    return {name: value for name, value in place.items() if name not in ("period", "status")}


_BY_TYPE: dict[str, Callable[[JSON, Said], None]] = {
    "AllergyIntolerance": _allergy,
    "Appointment": _appointment,
    "Condition": _condition,
    "Encounter": _encounter,
}


def is_begun(resource: JSON) -> bool:
    """Whether a result or report is still to come, or to be verified."""
    return _is_result(resource) and resource.get("status") in _BEGUN


def is_final(resource: JSON) -> bool:
    """Whether a result or report is final: it can only be corrected (HL7 table 0085, F and C)."""
    return _is_result(resource) and resource.get("status") in _FINAL


def _is_result(resource: JSON) -> bool:
    return resource["resourceType"] in {"DiagnosticReport", "Observation"}


def heard(known: JSON, left: JSON, said: Said, *, again: bool) -> Said:
    """Return what counts of what is said: a visit that is over is moved by its own events only.

    A result, a bill, an update of the patient's data that comes late names the place and the time
    that its sender last knew; what tells the state of the visit says so (``status``). A discharge
    with its time stands until it is taken back, or somebody is admitted `again` (the message lets
    assume when): beds are tidied after it (A02). Where its time is put right, so is that of the
    last place. `left` is what is known without what the message deletes. And an appointment whose
    start is said again, without an end, ends when it did. When somebody died says more than that he
    is dead.
    """
    if said.get("deceasedBoolean") is True and "deceasedDateTime" in known:
        return {name: value for name, value in said.items() if name != "deceasedBoolean"}
    if "_end" in said and "end" in known and known.get("start") == said.get("start"):
        return {name: value for name, value in said.items() if name != "_end"}
    if known["resourceType"] != "Encounter":
        return said
    over, here = known.get("status") in _OVER, said.get("status", "finished") not in _OVER
    if known.get("status") == "finished" and here and not again and _stands(left, said):
        return {name: value for name, value in said.items() if name not in {*_MOVED, "status"}}
    if over and said.get("status") == "finished":
        ended_now = put_right(known, dict(said))
        if ended_now is not known:
            known, said = ended_now, {"location": ended_now["location"], **said}
    if "location" in said:
        said = followed(known, dict(said), again=over and here)
    if not over:
        return said
    if "status" in said:
        return said
    return {name: value for name, value in said.items() if name not in _MOVED & known.keys()}


def _stands(visit: JSON, said: Said) -> bool:
    """Whether a visit has ended, and what is said does not begin after that, as another would."""
    end = visit.get("period", {}).get("end", "")
    return bool(end) and not is_after(said.get("period", {}).get("start", ""), end)


def unheard(known: JSON, made: Made, visit: JSON) -> Iterator[tuple[str, str]]:
    """Yield what a visit has not taken over from a message: the finding, and the field.

    Parameters
    ----------
    known, visit : dict
        What is updated by the message, before and after.
    made : Made
        What the message says of it.
    """
    said, weak = made.resource, made.weak
    if said["resourceType"] != "Encounter":
        return
    period, began = visit.get("period", {}), known.get("period", {}).get("start", "")
    if "start" not in period and "start" in said.get("period", {}):
        yield "begin-unknown", "EVN-2" if "period" in weak else "PV1-44"
    elif "start" not in period and is_backwards({**period, "start": began}):
        yield "begin-unknown", "PV1-45"
    if known.get("status") in _OVER and not _places(said) <= _places(visit):
        yield "visit-over", "PV1-3"


def _places(visit: Said) -> set[object]:
    return {one.get("location", {}).get("reference") for one in visit.get("location", ())}


def allow(resource: JSON, said: Said) -> None:
    """Take out of a resource what may not stand beside what was `said` last."""
    rule = _BY_TYPE.get(resource["resourceType"])
    if rule is not None:
        rule(resource, said)


def _codes(resource: JSON, name: str) -> set[object]:
    return {coding.get("code") for coding in resource.get(name, {}).get("coding", ())}
