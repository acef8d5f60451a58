"""Numbers keep their digits: through JSON, through a translation, through what rewrites bodies."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import orjson
import pytest
from golden_pairs import ReadableIds
from hypothesis import given
from hypothesis import strategies as st

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings import exact
from mappings.bundle import bundle
from mappings.dictionary import load

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?", fullmatch=True)


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("7.8", b"7.8"), ("7.80", b"7.80"), ("78", b"78"), ("-5", b"-5"), ("+5", b"5"),
        ("0.0", b"0.0"), ("100", b"100"), ("5.", b"5"), (".50", b"0.50"), ("007", b"7"),
        ("1e5", b"1E+5"), ("0.00000010", b"1.0E-7"),
        ("12345678901234567890", b"12345678901234567890"),
        ("3.14159265358979323846", b"3.14159265358979323846"),
        ("７.８０", b"7.80"),
    ],
)  # fmt: skip
def test_a_number_is_printed_with_the_digits_it_was_written_with(
    written: str, printed: bytes
) -> None:
    assert exact.dumps(exact.number(written)) == printed
    assert exact.dumps(exact.loads(b'{"value":%b}' % printed)) == b'{"value":%b}' % printed


@pytest.mark.parametrize("text", ["", "-", ".", "7,8", "1e999", "<5", "1" * 101, "1.2.3", "²"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert exact.number(text) is None


@given(st.lists(NUMBERS, min_size=1))
def test_no_digit_is_lost_on_the_way_through_json(numbers: list[str]) -> None:
    body = b'{"value":[' + ",".join(numbers).encode() + b"]}"
    again = exact.dumps(exact.loads(body))
    assert [Decimal(n).as_tuple() for n in numbers] == [
        Decimal(n).as_tuple() for n in again[10:-2].decode().split(",")
    ]


def test_ordinary_numbers_stay_ordinary() -> None:
    assert [type(exact.number(n)) for n in ("7.8", "-12.25", "0.1")] == [float] * 3
    assert [type(exact.number(n)) for n in ("7", "0", "-12")] == [int] * 3
    assert type(exact.loads(b'{"a":7.8,"b":"7.80"}')["a"]) is float


def test_two_texts_are_the_same_only_to_the_last_digit() -> None:
    assert exact.same(b'{"a":1,"b":2.50}', b'{"b": 2.50, "a": 1}')
    assert not exact.same(b'{"a":2.50}', b'{"a":2.5}')
    assert not exact.same(b'{"a":7.80}', b'{"a":7.8}')


def test_nothing_else_is_serialised() -> None:
    with pytest.raises(orjson.JSONEncodeError):
        exact.dumps({"a": object()})


@pytest.mark.parametrize("body", [b'{"a":NaN}', b'{"a":1.0', b"[" * 2000 + b"1.10" + b"]" * 2000])
def test_bad_json_is_refused(body: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        exact.loads(body)


def test_what_is_nested_deeply_is_read_or_refused() -> None:
    with suppress(orjson.JSONDecodeError):  # from Python 3.12 on it is read
        exact.loads(b"[" * 1000 + b"1.10" + b"]" * 1000)


def test_a_result_keeps_its_zeros_in_the_bundle() -> None:
    made = load(definitions()).translate(
        "MSH|^~\\&|LIS|H|||20260301||ORU^R01|1|P|2.5.1\rPID|1||100^^^H^MR||Doe^Jo\r"
        "OBR|1|P1|F1|A\rOBX|1|NM|K^Potassium^L||5.0|mmol/L|3.50-5.10||||F",
        ReadableIds(), source="src",
    )  # fmt: skip
    assert all(Validator().valid(m.resource) for m in made.made)
    body = bundle(made, "transaction")
    assert b'"value":5.0,' in body
    assert b'"low":{"value":3.50,' in body
    assert b'"high":{"value":5.10,' in body
