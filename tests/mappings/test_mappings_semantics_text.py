r"""Text: lines that belong together, formatting, escapes, separators that nobody escaped."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, obx, of, one, oru, value_of

from mappings.hl7v2 import parse
from mappings.hl7v2.lines import join_lines


def lines(*rows: str) -> list[str]:
    """The values of a report of OBX lines, each ``OBX-2|OBX-3|OBX-4|OBX-5…``."""
    made = oru(*(f"OBX|{n}|{row}" for n, row in enumerate(rows, 1)))
    return [o["valueString"] for o in of(made, "Observation")]


@pytest.mark.parametrize("parts", [("", "", "", ""), ("1", "1", "1", "1"), ("1", "2", "3", "4")])
@pytest.mark.parametrize("kind", ["TX", "FT"])
def test_the_lines_of_a_report_are_one_text(kind: str, parts: tuple[str, ...]) -> None:
    texts = ("FINDINGS:", "", "  Nothing.", "End~of it")
    rows = [f"{kind}|R^Report^L|{p}|{t}||||||F" for p, t in zip(parts, texts, strict=True)]
    assert lines(*rows) == ["FINDINGS:\n\n  Nothing.\nEnd\nof it"]


def test_only_the_first_line_need_say_what_holds_for_all() -> None:
    assert lines("TX|R||one||||||F|||20260301", "TX|R||two") == ["one\ntwo"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("TX|R||one", "TX|I||two"),  # of another code
        ("TX|R||one", "FT|R||two"),
        ("TX|R|1|one", "TX|R|3|two"),  # a line is missing, or it is another text
        ("TX|R|1.1|one", "TX|R|1.2|two"),
        ("TX|R||one||||||F", "TX|R||two||||||C"),
        ("TX|R||one|||||||||20260301", "TX|R||two|||||||||20260302"),
        ("ST|R||one", "ST|R||two"),  # two values of one code
    ],
)
def test_what_differs_is_another_text(first: str, second: str) -> None:
    assert lines(first, second) == ["one", "two"]


def test_what_stands_between_separates() -> None:
    made = oru("OBX|1|TX|R||one", "NTE|1||of one", "OBX|2|TX|R||two")
    assert [o["valueString"] for o in of(made, "Observation")] == ["one", "two"]


def test_a_report_that_is_sent_again_is_the_same_text() -> None:
    first, again = oru("OBX|1|TX|R|1|a", "OBX|2|TX|R|2|b"), oru("OBX|1|TX|R|1|a2")
    assert one(first, "Observation")["id"] == one(again, "Observation")["id"]


def test_a_document_of_lines_has_one_content() -> None:
    made = message(
        "MDM^T02", "EVN|T02|20260301", PID, "TXA|1|CN|TX|20260301|||||||D1||||||AU",
        "OBX|1|TX|D^Doc^L||one||||||F", "OBX|2|TX|D^Doc^L||two||||||F",
    )  # fmt: skip
    assert one(made, "Binary")["data"] == "b25lCnR3bw=="


def test_joining_costs_as_much_for_a_line_of_many_as_of_few() -> None:
    text = "MSH|^~\\&|\r" + "\r".join(f"OBX|{n}|TX|R||line {n}" for n in range(5000))
    header, report = join_lines(parse(text).segments, [])
    assert (header.id, report.ordinal, report.fields[5].count("~")) == ("MSH", 1, 4999)


def test_a_segment_cut_short_is_no_line() -> None:
    assert len(join_lines(parse("MSH|^~\\&|\rOBX|1|TX|R||a\rOBX|2|TX|R").segments, [])) == 3


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"one\.br\two", "one\ntwo"),
        (r"one\.sp\two", "one\ntwo"),
        (r"one\.sp2\two", "one\n\ntwo"),
        (r"one\.ce\two", "one\ntwo"),
        (r"\.in+2\one\.ti-1\ ", "one"),
        (r"\.fi\one\.nf\two", "onetwo"),
        (r"a\.sk3\b", "a   b"),
        (r"\H\high\N\ normal", "high normal"),
        (r"A \T\ B \S\ C \R\ D \F\ E \E\ F \P\ G", r"A & B ^ C ~ D | E \ F # G"),
        (r"\X41\\X42\C", "ABC"),
        (r"\XE6B58B\ ", "测"),
        (r"\XB2E2CAD4\ ", "测试"),
        (r"\XB2\\XE2\\XCAD4\ ", "测试"),
        (r"\X0D0A\x", "x"),
        (r"\Z1\x", r"\Z1\x"),
        (r"\C2842\x\M243B\y", r"\C2842\x\M243B\y"),
        (r"\.xy\z", r"\.xy\z"),
        (r"C:\temp\x", r"C:\temp\x"),
        ("back\\", "back\\"),
        (r"\XABC\x", r"\XABC\x"),
        ("A & B", "A & B"),
        ("5^6", "5^6"),
        (r"\E\.br\E\ ", r"\.br\ ".strip()),
    ],
)
@pytest.mark.parametrize("kind", ["ST", "FT", "TX"])
def test_formatted_text(kind: str, written: str, read: str) -> None:
    assert value_of(kind, written) == ("valueString", read)


def test_a_name_keeps_an_ampersand_that_nobody_escaped() -> None:
    made = oru("OBX|1|CE|X||1^Salt & pepper^L")
    assert one(made, "Observation")["valueCodeableConcept"]["text"] == "Salt & pepper"


def test_raw_line_breaks_inside_a_text_are_lines() -> None:
    made = oru("OBX|1|TX|X||one\ntwo\n||||||F")
    observation = one(made, "Observation")
    assert observation["valueString"] == "one\ntwo"
    assert set(found(made)) == {"broken-segment OBX[1]"}


@pytest.mark.parametrize(
    ("written", "read"),
    [(" Na  140 ~  K   4.0~", " Na  140\n  K   4.0"), ("~ ~x\x07y", " \nxy".lstrip(" \n")),
     (" one ", "one")],
)  # fmt: skip
def test_columns_of_a_text_stay(written: str, read: str) -> None:
    assert value_of("FT", written) == ("valueString", read)


def test_blank_lines_alone_are_no_text() -> None:
    assert one(oru(obx("FT", " ~ ~")), "Observation").get("valueString") is None


def test_control_characters_do_not_reach_fhir() -> None:
    assert value_of("ST", "a\x07b\x1bc") == ("valueString", "abc")
    assert one(oru(obx("ST", "\x07")), "Observation").get("valueString") is None
