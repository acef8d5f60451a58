"""Samples of functions of time: when, how long, and how often."""

from __future__ import annotations

from mappings.proof.plain import PLAIN, TIME
from mappings.proof.sampling import Sampled, Samples, Surroundings

MOMENTS = Sampled()

_EARLIER = "20260102023405+0100"
_LATER = "2026-01-02T03:34:05+01:00"
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MOMENTS.always("times_of_day()", ({"": "0801"}, "08:01:00"))
MOMENTS.always("days_of_week()", ({"": "QJ3"}, "wed"))
for _name, (_written, _made) in {
    "duration()": ("D5", 5), "duration_unit()": ("D5", "d"), "repetitions()": ("X7", 7),
    "as_needed()": ("PRN", True), "in_minutes()": ("30", 30), "duration_minutes()": ("H2", 120),
    "conjunction()": ("S", 1), "times_per_interval()": ("BID", 2), "interval()": ("Q6H", 6),
    "interval_unit()": ("Q6H", "h"),
}.items():  # fmt: skip
    MOMENTS.always(_name, ({"": _written}, _made))


@MOMENTS.by_arguments
def _minutes(arguments: list[str], _about: Surroundings) -> Samples:
    number, unit = arguments
    yield {number: "2", unit: "H"}, 120
    yield {number: "2"}, 2


@MOMENTS.by_arguments
def _days_between(arguments: list[str], _about: Surroundings) -> Samples:
    begin, end = arguments
    yield {begin: "1", end: "3"}, _WEEK[1]


@MOMENTS.by_arguments
def _later(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"": TIME[0], arguments[0]: "30"}, _LATER


@MOMENTS.by_arguments
def _time_after(arguments: list[str], _about: Surroundings) -> Samples:
    offset = dict.fromkeys(arguments[2:3], "0")
    yield {"": "30", arguments[0]: TIME[0], **offset}, _LATER


@MOMENTS.by_arguments
def _offset_from(arguments: list[str], about: Surroundings) -> Samples:
    yield from _time_after(arguments, about)


@MOMENTS.by_arguments
def _first_begin(_arguments: list[str], _about: Surroundings) -> Samples:
    yield {"": TIME[0]}, TIME[1]


@MOMENTS.by_arguments
def _last_end(arguments: list[str], about: Surroundings) -> Samples:
    yield from _time_after(arguments, about)


@MOMENTS.by_arguments
def _ends_after(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"1": "2", "2": "H", arguments[0]: TIME[0]}, "2026-01-02T05:04:05+01:00"


@MOMENTS.by_arguments
def _begins_before(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"1": "2", "2": "H", arguments[0]: TIME[0]}, "2026-01-02T01:04:05+01:00"


@MOMENTS.by_arguments
def _not_before(arguments: list[str], _about: Surroundings) -> Samples:
    start, kind = (*arguments, "dateTime")[:2]
    yield {"": TIME[0], start: _EARLIER}, PLAIN[kind][TIME[0]]
