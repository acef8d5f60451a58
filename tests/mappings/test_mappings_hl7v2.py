"""Messages as text: segments, delimiters, broken lines; escape sequences."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.hl7v2 import MessageError, parse, unescape

HEADER = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_segments_end_in_cr_lf_or_both(end: str) -> None:
    message = parse(end.join([HEADER, "PID|1||7", ""]))
    assert [s.id for s in message.segments] == ["MSH", "PID"]
    assert message.first("PID") == message.segments[1]
    assert message.first("PV1") is None


def test_header_fields_are_numbered_as_the_standard_does() -> None:
    header = parse(HEADER).header
    assert header.field(1) == "|"
    assert header.field(2) == "^~\\&"
    assert header.value("9.2") == "A01"
    assert header.field(40) == ""


def test_segments_of_a_name_are_counted() -> None:
    message = parse(f"{HEADER}\rNK1|1\rNK1|2")
    assert [s.ordinal for s in message.segments] == [1, 1, 2]


def test_an_added_segment_goes_on_where_the_one_before_ended() -> None:
    message = parse("MSH|^~\\&|A\rOBX|1|TX|||first \rADD|part||||||F\rADD\rNTE|1")
    assert [s.id for s in message.segments] == ["MSH", "OBX", "NTE"]
    assert message.segments[1].fields == ["OBX", "1", "TX", "", "", "first part", *[""] * 5, "F"]
    assert message.findings == []


def test_line_that_is_no_segment_continues_the_one_before() -> None:
    message = parse(f"{HEADER}\rOBX|1|TX|A||first line\nsecond line||||F")
    obx = message.first("OBX")
    assert obx is not None
    assert unescape(obx.field(5)) == "first line\nsecond line"
    assert obx.field(9) == "F"
    assert [(f.code, f.location) for f in message.findings] == [("broken-segment", "OBX[1]")]


def test_indented_segment_is_read() -> None:
    assert [s.id for s in parse(f"{HEADER}\r  PID|1").segments] == ["MSH", "PID"]


def test_other_delimiters_become_the_standard_ones() -> None:
    message = parse("MSH#!*?%#A#B\rPID#1##7!8*9!x%y#a|b^c")
    pid = message.first("PID")
    assert pid is not None
    assert pid.field(3) == "7^8~9^x&y"
    assert unescape(pid.field(4)) == "a|b^c"


@pytest.mark.parametrize("header", ["MSH|^|A|B", "MSH|||A|B"])
def test_missing_encoding_characters_are_assumed(header: str) -> None:
    message = parse(f"{header}\rPID|1")
    assert [f.code for f in message.findings] == ["repaired-header"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing-msh"),
        ("PID|1", "missing-msh"),
        ("MSH", "missing-msh"),
        ("MSHA^~\\&A", "bad-encoding-characters"),
        ("MSH|^^~&|A", "bad-encoding-characters"),
    ],
)
def test_what_is_no_message_is_refused(text: str, code: str) -> None:
    with pytest.raises(MessageError) as caught:
        parse(text)
    assert caught.value.code == code
    assert caught.value.location.startswith("MSH")


def test_values_are_unescaped_and_null_is_empty() -> None:
    segment = parse(HEADER + '\rPID|1|a\\T\\b^""^c&d|""').first("PID")
    assert segment is not None
    assert segment.value("2") == "a&b"
    assert segment.value("2.2") == ""
    assert segment.value("2.3.2") == "d"
    assert segment.value("3") == ""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\F\\S\\T\\R\\E\\P\ ".strip(), "|^&~\\#"),
        (r"a\H\b\N\c", "abc"),
        (r"one\.br\two", "one\ntwo"),
        (r"one\.sp2\two", "one\n\ntwo"),
        (r"one\.sp-2\two", "one\ntwo"),
        (r"one\.sk3\two", "one   two"),
        (r"one\.in4\two", "onetwo"),
        (r"\XE6B58B\ ".strip(), "测"),
        (r"\XB2E2\ ".strip(), "测"),
        (r"\X80\ ".strip(), "\x80"),
        (r"\Zlocal\ ".strip(), r"\Zlocal\ ".strip()),
        (r"\.xx\ ".strip(), r"\.xx\ ".strip()),
        ("C:\\temp", "C:\\temp"),
        ("plain", "plain"),
        (r"\C2842\ ".strip(), r"\C2842\ ".strip()),
    ],
)
def test_escape_sequences(written: str, read: str) -> None:
    assert unescape(written) == read


@given(st.text(alphabet="ab|^&~\\#", max_size=20))
def test_escaped_delimiters_come_back(text: str) -> None:
    table = {"|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\\": "\\E\\"}
    assert unescape("".join(table.get(c, c) for c in text)) == text


@given(st.text(max_size=300))
def test_any_text_parses_or_is_refused_with_a_reason(text: str) -> None:
    with contextlib.suppress(MessageError):
        assert parse("MSH" + text).header.id == "MSH"


def test_a_backslash_doubled_on_the_way_is_one() -> None:
    message = parse("MSH|^~\\\\&|A|B\rPID|1||7^8")
    assert message.segments[1].field(3) == "7^8"
    assert message.header.field(2) == "^~\\&"
    assert [(f.code, f.location) for f in message.findings] == [("repaired-header", "MSH-2")]


def test_an_escape_means_the_delimiter_of_its_sender() -> None:
    message = parse("MSH#!*?%#A#B\rPID#a?F?b?S?c?R?d?E?e?T?f|g")
    assert unescape(message.segments[1].field(1)) == "a#b!c*d?e%f|g"


@given(st.lists(st.text(st.sampled_from("|^ab测 "), min_size=1, max_size=6), max_size=6))
def test_what_a_line_goes_on_with_is_of_the_field_before(more: list[str]) -> None:
    lines = ["OBX|1|TX|k||one", *more, "OBX|2|TX|k||two"]
    whole = parse("\r".join([HEADER, *lines])).segments[1:]
    joined = "\\.br\\".join([lines[0], *(each.strip() for each in more if each.strip())])
    assert [each.fields for each in whole] == [joined.split("|"), lines[-1].split("|")]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_names_of_segments_in_small_letters(end: str) -> None:
    lines = ["msh|^~\\&|a|h", "pid|1||100", "Obx|1|TX|k||one", "two lines", "pv1|1|I"]
    for header in (lines[0], lines[0].replace("msh", "MSH")):
        message = parse(end.join([header, *lines[1:]]))
        assert [one.id for one in message.segments] == ["MSH", "PID", "OBX", "PV1"]
        assert message.segments[2].field(5) == "one\\.br\\two lines"
        assert [(f.code, f.location) for f in message.findings] == [("broken-segment", "OBX[1]")]


def test_a_line_of_a_text_is_no_segment_in_small_letters() -> None:
    message = parse("MSH|^~\\&|A|H\rPID|1||100\rOBX|1|TX|k||one\rhgb|12\rPV1|1|I")
    assert [one.id for one in message.segments] == ["MSH", "PID", "OBX", "PV1"]
