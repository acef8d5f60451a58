"""Times of a site whose clocks are put forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from golden_pairs import ReadableIds
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.definitions import definitions
from mappings.dictionary import load
from mappings.runtime.text import primitives
from mappings.runtime.text.zones import LocalTimes, offset_for, zone_named
from mappings.translate import Translation

NEW_YORK = "America/New_York"


def visit(
    begin: str, *, sent: str = "20260301", zone: str = NEW_YORK, more: tuple[str, ...] = ()
) -> Translation:
    """Translate a visit that begins then, of a message sent then."""
    return load(definitions()).translate(
        "\r".join([
            f"MSH|^~\\&|APP|H|||{sent}||ADT^A01|1|P|2.5.1",
            "PID|1||100^^^H^MR||Doe^Jo||19800101|M",
            "PV1|1|I" + "|" * 17 + "V1" + "|" * 25 + begin, *more,
        ]),
        ReadableIds(), source="src", offset=zone,
    )  # fmt: skip


def began(made: Translation) -> str:
    (found,) = (m.resource for m in made.made if m.resource["resourceType"] == "Encounter")
    start: str = found["period"]["start"]
    return start


def doubts(made: Translation) -> list[str]:
    return [f"{f.code} {f.location}" for f in made.findings if f.code.endswith("-time")]


@pytest.mark.parametrize(
    ("zone", "written", "read"),
    [
        (NEW_YORK, "202601151200", "2026-01-15T12:00:00-05:00"),
        (NEW_YORK, "202607151200", "2026-07-15T12:00:00-04:00"),
        ("Europe/Berlin", "202607151200", "2026-07-15T12:00:00+02:00"),
        ("Asia/Shanghai", "202607151200", "2026-07-15T12:00:00+08:00"),
        ("Asia/Shanghai", "198807151200", "1988-07-15T12:00:00+09:00"),
        ("Asia/Kolkata", "202607151200", "2026-07-15T12:00:00+05:30"),
        ("UTC", "202607151200", "2026-07-15T12:00:00+00:00"),
        (NEW_YORK, "202607151200-0700", "2026-07-15T12:00:00-07:00"),
        (NEW_YORK, "20260715", "2026-07-15"),
        ("America/Juneau", "186002291200", "1860-02-29T12:00:00-08:00"),
        ("Europe/Amsterdam", "193001011200", "1930-01-01T12:00:00+00:19"),
        (NEW_YORK, "999912312400", None),
    ],
)
def test_a_local_time_has_the_offset_of_its_day(zone: str, written: str, read: str | None) -> None:
    assert primitives.date_time(written, offset_for("", zone)) == read


def test_a_time_that_was_twice_is_the_first_and_found() -> None:
    made = visit("20261101013000")
    assert began(made) == "2026-11-01T01:30:00-04:00"
    assert doubts(made) == ["ambiguous-time PV1-44"]
    assert "01:30" not in str(made.findings)


def test_a_time_that_was_not_is_read_by_the_clock_that_was_put_forward_and_found() -> None:
    made = visit("202603080230")
    assert began(made) == "2026-03-08T02:30:00-05:00"
    assert doubts(made) == ["skipped-time PV1-44"]


@pytest.mark.parametrize(
    ("begin", "zone"),
    [
        ("20261101013000-0500", NEW_YORK), ("20261101023000", NEW_YORK),
        ("20261101005959", NEW_YORK), ("202603080159", NEW_YORK), ("202603080300", NEW_YORK),
        ("20261101", NEW_YORK), ("20261101013000", "-05:00"), ("20261101013000", "America/Lima"),
    ],
)  # fmt: skip
def test_other_times_are_in_no_doubt(begin: str, zone: str) -> None:
    assert doubts(visit(begin, zone=zone)) == []


def test_each_place_of_a_doubtful_time_is_found_and_no_other() -> None:
    made = visit("20261101013000^M", more=(
        "DG1|1||J18^Pn^I10||20261101013000|A", "DG1|2||J19^Px^I10||20261101023000|A",
    ))  # fmt: skip
    assert doubts(made) == ["ambiguous-time PV1-44", "ambiguous-time DG1-5"]


def test_a_number_that_looks_like_a_doubtful_time_is_none() -> None:
    made = visit("20261102", more=("DG1|1||20261101013000^Pn^L|||A",))
    assert doubts(made) == []


@pytest.mark.parametrize(
    ("sent", "offset"),
    [
        ("20260115120000-0500", "-04:00"),  # the sender's zone is the site's: a summer is one
        ("20260715120000-0400", "-04:00"),
        ("20260115120000-0800", "-08:00"),  # a sender elsewhere
        ("20260115120000+0000", "+00:00"),
        ("20260115120000", "-04:00"),
        ("20260115-0500", "-05:00"),  # of a day, no clock tells
        ("20261101013000-0500", "-04:00"),  # the second time it was half past one
    ],
)
def test_the_message_s_own_offset_counts_where_it_is_not_the_site_s(sent: str, offset: str) -> None:
    assert began(visit("202607151200", sent=sent)) == f"2026-07-15T12:00:00{offset}"


def test_a_sender_whose_offset_is_never_the_site_s_is_in_no_doubt() -> None:
    assert doubts(visit("20261101013000", sent="20261101013000-0800")) == []


@given(
    st.integers(86400, 4102444800),
    st.sampled_from([NEW_YORK, "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca"]),
)
@example(214966800, "Europe/London")  # the first of the two hours
def test_a_moment_told_by_the_site_s_clock_is_that_moment(moment: int, name: str) -> None:
    zone = ZoneInfo(name)
    there = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    local = LocalTimes(zone)
    read = primitives.date_time(f"{there:%Y%m%d%H%M%S}", local)
    assert read is not None
    known = datetime.fromisoformat(read)
    if there.fold:  # the first of two is taken, and found
        assert known < there <= known + timedelta(hours=1)
        assert list(local.doubted.values()) == ["ambiguous-time"]
    else:  # not `known == there`: to Python no moment of an hour that comes twice equals another's
        assert known.timestamp() == moment


@pytest.mark.parametrize(
    "name", ["", "+8", "Mars/Olympus", "posixrules", "../etc/passwd", "america"]
)
def test_what_is_no_zone(name: str) -> None:
    assert zone_named(name) is None


@pytest.mark.parametrize("name", ["+08:00", "-03:30", NEW_YORK, "UTC", "Etc/GMT+5"])
def test_what_is_a_zone(name: str) -> None:
    assert zone_named(name) is not None
