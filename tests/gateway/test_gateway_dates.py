"""Dates of searches: FHIR's prefixes over partial dates, zones and periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dates import (
    COMPARISONS,
    DateError,
    Range,
    element_range,
    micros,
    parse,
    search_value,
)

ZONE = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", "2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        ("2026-02", "2026-02-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00"),
        ("2026-12", "2026-12-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        ("2024-02-29", "2024-02-29T00:00:00+08:00", "2024-03-01T00:00:00+08:00"),
        ("2026-03-01T08:30", "2026-03-01T08:30:00+08:00", "2026-03-01T08:31:00+08:00"),
        ("2026-03-01T08:30:15Z", "2026-03-01T08:30:15+00:00", "2026-03-01T08:30:16+00:00"),
        ("2026-03-01T08:30:15-05:00", "2026-03-01T13:30:15+00:00", "2026-03-01T13:30:16+00:00"),
        ("2026-03-01T08:30:15.5Z", "2026-03-01T08:30:15.5+00:00", "2026-03-01T08:30:15.6+00:00"),
        ("2026-03-01T08:30:60Z", "2026-03-01T08:30:59+00:00", "2026-03-01T08:31:00+00:00"),
    ],
)
def test_a_partial_date_is_the_range_it_may_mean(text: str, low: str, high: str) -> None:
    expected = Range(micros(datetime.fromisoformat(low)), micros(datetime.fromisoformat(high)))
    assert parse(text, ZONE) == expected


def test_nanoseconds_are_at_least_a_microsecond_wide() -> None:
    found = parse("2026-03-01T08:30:15.123456789Z", ZONE)
    assert found.high == found.low + 1


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-13", "2026-02-30", "2026-1-1", "2026-03-01 08:30", "2026-03-01T24:00", "9999",
     "2026-03-01T08", "0000-01-01", "２０２６", "2026-03-01T08:30+99:00"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(DateError):
        parse(text, ZONE)


@pytest.mark.parametrize(
    ("search", "target", "expected"),
    [
        ("2026-03-01", "2026-03-01T10:00:00+08:00", True),
        ("2026-03-01", "2026-03-01T23:59:59+08:00", True),
        ("2026-03-01", "2026-03-01T16:30:00Z", False),  # the next day in +08:00
        ("eq2026-03-01", "2026-03", False),  # a month is not within a day
        ("eq2026-03", "2026-03-01", True),
        ("ne2026-03-01", "2026-03-02", True),
        ("ne2026-03-01", "2026-03-01", False),
        ("gt2026-03-01", "2026-03-01", False),
        ("gt2026-03-01", "2026-03-02", True),
        ("gt2026-03-01", "2026-03", True),  # part of the month lies after
        ("ge2026-03-01", "2026-03-01", True),
        ("ge2026-03-01", "2026-02-28", False),
        ("lt2026-03-01", "2026-02-28", True),
        ("lt2026-03-01", "2026-03-01", False),
        ("le2026-03-01", "2026-03-01", True),
        ("le2026-03-01", "2026-03-02", False),
        ("sa2026-03-01", "2026-03-02", True),
        ("sa2026-03-01", "2026-03", False),
        ("eb2026-03-02", "2026-03-01", True),
        ("eb2026-03-02", "2026", False),
        ("2026-03-01", {"start": "2026-03-01", "end": "2026-03-01"}, True),
        ("2026-03-01", {"start": "2026-03-01"}, False),  # still going on
        ("ge2026-03-05", {"start": "2026-03-01"}, True),
        ("le2026-02-01", {"start": "2026-03-01"}, False),
        ("gt2030-01-01", {"start": "2026-03-01"}, True),
        ("lt1900-01-01", {"end": "2026-03-01"}, True),
        ("sa2026-01-01", {"end": "2026-03-01"}, False),
        ("eb2027-01-01", {"start": "2026-03-01"}, False),
    ],
)
def test_prefixes(search: str, target: object, expected: bool) -> None:
    found = element_range(target, ZONE)
    assert found is not None
    assert search_value(search, ZONE)(found) is expected


@pytest.mark.parametrize("text", ["xx2026", "ap2026", "eq", "gt", "today"])
def test_unknown_prefixes_are_refused(text: str) -> None:
    with pytest.raises(DateError):
        search_value(text, ZONE)


@pytest.mark.parametrize("value", [None, 5, {}, {"start": "never"}, "never"])
def test_what_is_no_date_element_has_no_range(value: object) -> None:
    assert element_range(value, ZONE) is None


RANGES = st.tuples(
    st.none() | st.integers(0, 60), st.none() | st.integers(61, 120)
).map(lambda ends: Range(*ends))  # fmt: skip


@given(RANGES, RANGES)
def test_prefixes_agree_with_each_other(search: Range, target: Range) -> None:
    holds = {prefix: compare(search, target) for prefix, compare in COMPARISONS.items()}
    assert holds["ne"] is not holds["eq"]
    assert not holds["sa"] or holds["gt"]
    assert not holds["eb"] or holds["lt"]
    assert holds["ge"] is (holds["gt"] or holds["eq"])
    assert holds["le"] is (holds["lt"] or holds["eq"])
    assert holds["eq"] or holds["gt"] or holds["lt"]


def test_micros_counts_from_the_epoch() -> None:
    assert micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
