"""Primitive values: what HL7v2 writes, what FHIR allows."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.runtime.text import primitives, shapes

FHIR_DATE_TIME = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026", "2026"),
        ("202603", "2026-03"),
        ("20260301", "2026-03-01"),
        ("1977-01-01", "1977-01-01"),
        ("2026/03/01", "2026-03-01"),
        ("2026030109", "2026-03-01T09:00:00+08:00"),
        ("202603010930", "2026-03-01T09:30:00+08:00"),
        ("20260301093015.25", "2026-03-01T09:30:15.25+08:00"),
        ("20260301093015.000", "2026-03-01T09:30:15+08:00"),
        ("20260301093015250", "2026-03-01T09:30:15.250+08:00"),  # milliseconds, without a point
        ("20260301093015250+0900", "2026-03-01T09:30:15.250+09:00"),
        ("2026030109301525", None),
        ("20260301093015+0860", None),
        ("20260301093015-0500", "2026-03-01T09:30:15-05:00"),
        ("20260301093015Z", "2026-03-01T09:30:15Z"),
        ("2026-03-01 09:30:15", "2026-03-01T09:30:15+08:00"),
        ("20260301240000", "2026-03-02T00:00:00+08:00"),
        ("2026123124", "2027-01-01T00:00:00+08:00"),
        ("20260230", None),
        ("20261301", None),
        ("00000000", None),
        ("20260301990000", None),
        ("20260301240001", None),
        ("99991231240000", None),
        ("not a date", None),
        ("", None),
    ],
)
def test_date_times_keep_their_precision(written: str, read: str | None) -> None:
    assert primitives.date_time(written, "+08:00") == read


@given(st.dates(min_value=dt.date(1000, 1, 1)))
def test_every_day_reads_as_itself(day: dt.date) -> None:
    assert primitives.date(day.strftime("%Y%m%d"), "") == day.isoformat()


@given(st.text(alphabet="0123456789-:+.ZT /", max_size=26))
def test_a_date_time_is_fhir_or_nothing(text: str) -> None:
    made = primitives.date_time(text, "+08:00")
    assert made is None or FHIR_DATE_TIME.fullmatch(made)


def test_instants_need_a_time_of_day() -> None:
    assert primitives.instant("20260301", "+08:00") is None
    assert primitives.instant("2026030109", "+08:00") == "2026-03-01T09:00:00+08:00"
    assert primitives.offset_of("20260301093015+0530") == "+05:30"
    assert primitives.offset_of("20260301093015") is None


@pytest.mark.parametrize("offset", ["+2500", "-2400", "+9999", "+1430", "+0860", "+15"])
def test_an_offset_that_no_place_has_is_none(offset: str) -> None:
    assert primitives.date_time(f"20260301093015{offset}", "+08:00") is None
    assert primitives.offset_of(f"20260301093015{offset}") is None
    assert primitives.date_time("20260301093015+1400", "") == "2026-03-01T09:30:15+14:00"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0930", "09:30:00"),
        ("09:30:15.5", "09:30:15.5"),
        ("2530", None),
        ("0960", None),
        ("x", None),
    ],
)
def test_times(written: str, read: str | None) -> None:
    assert primitives.time(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7.8", 7.8), ("+5", 5), ("-0.5", -0.5), ("1e3", 1000.0), ("12", 12),
        ("１２．５", 12.5), ("＋５", 5), ("－５", -5), ("\u22125", -5), ("1,234", None),
        ("1234567890123456789", 1234567890123456789), ("1e999", None), ("<5", None), ("", None),
    ],
)  # fmt: skip
def test_numbers_that_json_can_carry(written: str, read: float | None) -> None:
    assert primitives.decimal(written) == read


def test_whole_numbers() -> None:
    assert primitives.integer("7") == 7
    assert primitives.integer("7.5") is None
    assert primitives.unsigned("-1") is None
    assert primitives.positive("0") is None
    assert primitives.positive("3") == 3


def test_booleans_and_texts() -> None:
    assert primitives.boolean("Y") is True
    assert primitives.boolean("否") is False
    assert primitives.boolean("maybe") is None
    assert primitives.text("  a\\T\\b \x01 ") == "a&b"
    assert primitives.text(" ") is None
    assert primitives.code("a  b") == "a b"
    assert primitives.uri("a b") is None
    assert primitives.base64("SGVs\nbG8=") == "SGVsbG8="
    assert primitives.base64("nö") is None


@given(st.text(max_size=40))
def test_a_string_is_never_empty_nor_padded(text: str) -> None:
    made = primitives.text(text)
    assert made is None or (made == made.strip() and made)


@pytest.mark.parametrize(
    "number", ["110101190001010014", "110101190001010030", "110101190001010022", "110101900101001"]
)
def test_identity_numbers_that_check(number: str) -> None:
    assert shapes.is_identity_number(number)


@given(st.integers(0, 9), st.integers(0, 16))
def test_one_wrong_digit_is_always_seen(digit: int, place: int) -> None:
    number = "110101190001010014"
    changed = number[:place] + str(digit) + number[place + 1 :]
    assert shapes.is_identity_number(changed) == (changed == number)


def test_shapes() -> None:
    assert shapes.SHAPES["han"]("张三丰")
    assert not shapes.SHAPES["han"]("Zhang")
    assert shapes.SHAPES["ascii"]("Zhang")
    assert not shapes.SHAPES["ascii"]("")
    assert shapes.SHAPES["number"]("3.5")
    assert shapes.SHAPES["date"]("202601")
    assert shapes.SHAPES["date-time"]("202601010101")
    assert not shapes.SHAPES["date-time"]("20260101")
    assert shapes.SHAPES["oid"]("1.2.840")
    assert not shapes.SHAPES["oid"]("3.2")


@pytest.mark.parametrize(
    ("one", "other", "later"),
    [
        ("2026-03-02", "2026-03-01", True),
        ("2026-03", "2026-03-01", False),
        ("2026-03-01T10:00:00+08:00", "2026-03-01T03:00:00Z", False),
        ("2026-03-01T12:00:00+08:00", "2026-03-01T03:00:00Z", True),
        ("2026-03-01", "2026-03-01T03:00:00Z", False),
        ("", "2026", False),
    ],
)
def test_order_of_date_times(one: str, other: str, *, later: bool) -> None:
    assert primitives.is_after(one, other) is later


@pytest.mark.parametrize(
    "unseen", ["\ufeff", "\u200b", "\u200e\u2060", "\xad", " \u3000", "\x00", "\x85"]
)
def test_what_shows_nothing_is_nothing(unseen: str) -> None:
    for read in (primitives.text, primitives.code, primitives.uri, primitives.lines):
        assert read(unseen) is None
        assert read(f"{unseen}~{unseen}" if read is primitives.lines else unseen * 2) is None
    assert primitives.components(f"{unseen}^a", 2) == ["", "a"]


def test_what_shows_is_kept_with_what_joins_it() -> None:
    assert primitives.text("\ufeff张三\u200b丰") == "张三\u200b丰"
    assert primitives.code("A\ufeff B") == "A B"
    assert primitives.text("\ue815") == "\ue815"  # GB18030 has letters of names there
