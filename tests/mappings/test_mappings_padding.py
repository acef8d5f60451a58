"""What means nothing changes nothing: blanks around a value, delimiters behind the last one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from golden_pairs import ReadableIds, dictionary, messages
from hypothesis import given
from hypothesis import strategies as st
from speaking import PID, found, message, of, one, oru

from mappings.explain import fates
from mappings.hl7v2.lines import join_lines
from mappings.hl7v2.message import parse
from mappings.hl7v2.padding import tidied
from mappings.translate import Translation

HEADER = "MSH|^~\\&|A\r"


def _fields(line: str, change: Callable[[str], str]) -> str:
    """Change the fields of a segment that say something, but MSH-1, MSH-2 and free text."""
    fields = line.split("|")
    first = 2 if fields[0] == "MSH" else 1
    text = {"OBX": 5, "NTE": 3}.get(fields[0], 0)
    return "|".join(
        change(field) if n >= first and field and n != text else field
        for n, field in enumerate(fields)
    )


def _widened(value: str) -> str:
    return re.sub(r"[~^]|\Z", lambda delimiter: f"  {delimiter[0]}", value)


def _indented(value: str) -> str:
    return re.sub(r"\A|[~^]", lambda delimiter: f"{delimiter[0]}  ", value)


CHANGES = {
    "blanks": lambda value: _widened(_indented(value)),
    "delimiters": lambda value: f"{value}&^^~^~",
}


def _translated(path: Path, text: str) -> Translation:
    profile = path.stem.partition(".")[2]
    return dictionary(profile).translate(text, ReadableIds(), source=profile)


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("path", messages(), ids=lambda path: path.stem)
def test_a_message_is_what_it_is_without(path: Path, how: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    plain = _translated(path, "\r".join(lines))
    other = _translated(path, "\r".join(_fields(line, CHANGES[how]) for line in lines))
    assert (other.made, other.findings) == (plain.made, plain.findings)
    assert (other.envelope, other.merges) == (plain.envelope, plain.merges)


def test_a_text_keeps_its_blanks() -> None:
    texts = ["OBX|1|TX|R||  a ^ b & c~   d", "OBX|2|st||| e ~  f|", "NTE|1||  g ^ h"]
    same = HEADER + "\r".join(texts)
    assert tidied(same) == same
    assert tidied(f"{same} ^ \rPID| 1 |") == f"{same}\rPID|1|"
    made = oru("OBX|1|TX|R|| A |||||F", "OBX|2|TX |R||   1  2^^ |||||F")
    assert one(made, "Observation")["valueString"] == " A\n   1  2"


def test_a_text_of_several_lines_is_left_as_it_is() -> None:
    for text in (f"{HEADER}OBX|1|TX|R||the end \rADD|of it", f"{HEADER}NTE|1||a\r 5 ^ 3"):
        assert tidied(text) == text


@pytest.mark.parametrize("header", ["MSH|^~\\&|", "\x0bMSH|^~\\&|", "MSH|^~\\&#|"])
def test_nothing_is_left_of_padding(header: str) -> None:
    sent = [f"{header}^^|A^^", "PID|~|^&|x^ |  |^|a & b|y& ^z ~ ", "PV1| O|^^"]
    meant = [
        ["|", "^~\\&", "", "A"], ["PID", "", "", "x", "", "", "a & b", "y&^z"], ["PV1", "O", ""],
    ]  # fmt: skip
    for text in ("\r".join(sent), "\n".join(sent), "\r\n".join(sent) + "\r\n"):
        fields = [segment.fields for segment in parse(text, tidied).segments]
        assert [fields[0][1:], *fields[1:]] == meant


def test_padding_counts_for_nothing_whatever_the_delimiters() -> None:
    (_, pid) = parse("MSH$*!/@$A\rPID$1* x ^ y *$z**", tidied).segments
    assert pid.fields == ["PID", "1^x \\S\\ y", "z"]


@given(st.lists(st.text("A \t^~&|\\", max_size=12), max_size=4))
def test_what_is_tidy_stays_so(lines: list[str]) -> None:
    text = "\r".join([HEADER.strip(), *(f"PID|{line}" for line in lines)])
    assert tidied(tidied(text)) == tidied(text)
    assert not re.search(r"[ ^~&](?=[|\r]|\Z)|[|^~] ", tidied(text)[8:])


@pytest.mark.parametrize("what", [" ", "^", " ^", "~&", "x ", "\t", " \t", "\t^", "x\t"])
def test_much_of_it_costs_no_more_than_it_is_long(what: str) -> None:
    def seconds(count: int) -> float:
        text = f"{HEADER}PID|1 |a{what * count}b\rOBX|1|TX|||{what * count}b ^c"
        start = process_time()
        tidied(text)
        return process_time() - start

    seconds(1000)
    assert seconds(400_000) < 2


@pytest.mark.parametrize("type_", ["ED ", " ED", "ed", "Ed "])
def test_the_type_of_a_result_is_known_however_it_is_written(type_: str) -> None:
    made = oru(f"OBX|1|{type_}|X^x^L||^AP^PDF^Base64^JVBERi0xLjQK||||||F")
    assert one(made, "DocumentReference")["content"][0]["attachment"]["contentType"] == (
        "application/pdf"
    )
    assert found(made) == []


def test_a_type_that_there_is_not_is_found() -> None:
    made = oru("OBX|1|CE|X||a^A^L||||||F", "OBX|2|NUM|Y||5||||||F", "OBX|3|ZZ|Z||||||||F")
    assert found(made) == ["kept-as-text OBX[2]-2"]
    assert of(made, "Observation")[1]["valueString"] == "5"


@pytest.mark.parametrize("value", ["5.1^", "5.1&", "5.1^^", "5.1~", " 5.1 ^"])
def test_a_number_is_one_whatever_stands_behind_it(value: str) -> None:
    result = one(oru(f"OBX|1|NM|X^x^L||{value}|mg|||||F"), "Observation")
    assert str(result["valueQuantity"]["value"]) == "5.1"
    assert "component" not in result


def test_codes_in_conditions_are_known_with_blanks() -> None:
    deleted = message("ADT^A60", PID, "IAM|1|DA|X^x^L|||D |||||||20260301")
    assert deleted == message("ADT^A60", PID, "IAM|1|DA|X^x^L|||D|||||||20260301")
    kinds = [
        one(message("ADT^A04", f"PID|1||100^^^H^MR||Doe^Jo||||||||5551^PRN^{kind}"), "Patient")
        for kind in ("CP", "CP ", " CP", "PH")
    ]
    assert kinds[0] == kinds[1] == kinds[2] != kinds[3]


def test_a_padded_line_of_a_text_is_accounted_for() -> None:
    text = "\r".join([
        "MSH|^~\\&|A|H|||20260301||ORU^R01|1|P|2.5.1", PID, "OBR|1|P1|F1|A^Aa^L",
        "OBX|1|TX |R||one||||||F", "OBX|2|TX|R||two||||||F",
    ])  # fmt: skip
    made = dictionary("lakeside").translate(text, ReadableIds(), source="any")
    assert "a further line of the text before it" in {
        fate.text for fate in fates(text, made) if fate.location.startswith("OBX[2]")
    }
    assert len(join_lines(parse(text, tidied).segments, [])) == 4
