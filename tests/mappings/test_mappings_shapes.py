"""The same message written otherwise becomes the same: what senders do to lines, delimiters, names.

Every golden message is written in each of these ways, and must become what it becomes otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from golden_pairs import ReadableIds, dictionary, messages
from speaking import PID, found, message, of, one

from mappings.hl7v2.kind import mend_type
from mappings.hl7v2.message import parse
from mappings.translate import Translation

Lines = list[str]
Way = Callable[[Lines], str]


def translated(path: Path, text: str) -> Translation:
    profile = path.stem.partition(".")[2]
    return dictionary(profile).translate(text, ReadableIds(), source=profile)


@cache
def golden() -> tuple[tuple[Path, Lines, Translation], ...]:
    """Every golden message as its lines, and what it becomes."""
    texts = [(path, path.read_text(encoding="utf-8").splitlines()) for path in messages()]
    return tuple((path, lines, translated(path, "\r".join(lines))) for path, lines in texts)


def ends(end: str) -> Way:
    return lambda lines: end.join([*lines, ""])


def each(change: Callable[[str], str]) -> Way:
    """Every segment but the first in another way."""
    return lambda lines: "\r".join([lines[0], *map(change, lines[1:])])


def fields(change: Callable[[str], str]) -> Way:
    def changed(line: str) -> str:
        name, *values = line.split("|")
        return "|".join([name, *map(change, values)])

    return each(changed)


def header(change: Callable[[str], str]) -> Way:
    return lambda lines: "\r".join([change(lines[0]), *lines[1:]])


def of_header(number: int, change: Callable[[str], str]) -> Way:
    """MSH with one field in another way."""

    def changed(line: str) -> str:
        values = line.split("|")
        values += [""] * (number - len(values))
        values[number - 1] = change(values[number - 1])
        return "|".join(values)

    return header(changed)


def between(segment: str) -> Way:
    return lambda lines: "\r".join(each for line in lines for each in (line, segment))


def delimiters(chosen: str) -> Way:
    """All of a message with other delimiters, of which no value has one."""
    table = str.maketrans("|^~\\&", chosen)

    def changed(lines: Lines) -> str:
        text = "\r".join(lines)[len("MSH|^~\\&") :]
        # What was escaped and parts nothing any more stands as it is.
        parts = text.split("\\T\\") if "&" not in chosen else [text]
        return f"MSH{chosen}{'&'.join(part.translate(table) for part in parts)}"

    return changed


WAYS: dict[str, Way] = {
    "LF": ends("\n"),
    "CR LF": ends("\r\n"),
    "LF CR": ends("\n\r"),
    "blank lines": ends("\r\r"),
    "lines of blanks": ends("\r  \t \r"),
    "in a frame": lambda lines: "\x0b" + "\r".join(lines) + "\r\x1c\r",
    "after a byte order mark": lambda lines: "\ufeff" + "\r".join(lines),
    "fields behind": each(lambda line: f"{line}||||"),
    "blanks behind": each(lambda line: f"{line}   "),
    "tabs behind": each(lambda line: f"{line}\t"),
    "indented": each(lambda line: f"\t  {line}"),
    "components behind": fields(lambda value: value and f"{value}^^"),
    "repetitions behind": fields(lambda value: value and f"{value}~"),
    "hollow fields": fields(lambda value: value or "^^&~^"),
    "segments of the site's own": between("ZZX|1|x"),
    "comments of nothing": between("NTE|"),
    "results of nothing": lambda lines: "\r".join(
        x for line in lines for x in ([line, "OBX|||"] if line[:3] == "OBX" else [line])
    ),
    "truncation": header(lambda line: line.replace("~\\&|", "~\\&#|", 1)),
    "doubled backslash": header(lambda line: line.replace("~\\&|", "~\\\\&|", 1)),
    "no subcomponents": header(lambda line: line.replace("~\\&|", "~\\|", 1)),
    "delimiters": delimiters("^~|\\&"),
    "other delimiters": delimiters("$*¬!§"),
    "wide delimiters": delimiters("¦`¬§÷"),
    **{
        f"version {version}": of_header(12, lambda _, version=version: version)  # type: ignore[misc]
        for version in ("", "2.1", "2.3.1", "2.5 ", "2.7^CHN", "2.9", "9.9")
    },
    "type in two parts": of_header(9, lambda kind: "^".join(kind.split("^")[:2])),
    "another's structure": of_header(9, lambda kind: "^".join([*kind.split("^")[:2], "ADT_A05"])),
    "small type": of_header(9, str.lower),
    "padded type": of_header(9, lambda kind: kind.replace("^", " ^") + " "),
}  # fmt: skip
#: Found, or not, as it is written: what the site adds, a header that had to be mended.
SAID_OF_SHAPE = {"repaired-header", "unknown-segment"}


def findings(made: Translation) -> set[tuple[str, ...]]:
    return {(f.severity, f.code, f.location) for f in made.findings if f.code not in SAID_OF_SHAPE}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_message_becomes_the_same(way: str) -> None:
    for path, lines, plain in golden():
        made = translated(path, WAYS[way](lines))
        assert made.made == plain.made, path
        assert made.envelope == plain.envelope, path
        assert (made.merges, made.moves) == (plain.merges, plain.moves), path
        if way != "results of nothing":  # which number those that follow
            assert findings(made) == findings(plain), path


@pytest.mark.parametrize(
    ("kind", "evn", "read"),
    [
        ("ADT^A01^ADT_A01", "A08", "ADT^A01^ADT_A01"),
        ("adt^a01", "", "ADT^A01"),
        ("ADT_A01", "A08", "ADT^A01^ADT_A01"),
        ("PPR_PC1", "", "PPR^PC1^PPR_PC1"),
        ("ADT", "A08^x", "ADT^A08"),
        ("ADT^^ADT_A01", "a04", "ADT^A04^ADT_A01"),
        ("ADT", "", "ADT"),
        ("ADT^A", "", "ADT^A"),
        ("ADT^Varies", "", "ADT^Varies"),
        ("", "", ""),
    ],
)
def test_a_message_s_type_is_read_as_it_is_written(kind: str, evn: str, read: str) -> None:
    message = parse(f"MSH|^~\\&|||||||{kind}|1\rEVN|{evn}")
    mend_type(message)
    assert message.header.field(9) == read


def test_a_header_without_a_type_is_left_alone() -> None:
    message = parse("MSH|^~\\&|A")
    mend_type(message)
    assert message.header.fields == ["MSH", "|", "^~\\&", "A"]


def test_the_event_of_evn_tells_wherever_that_stands() -> None:
    told = message("ADT", PID, "PV1|1|I|||||||||||||||||V1", "EVN|A03|20260301")
    assert one(told, "Encounter")["status"] == "finished"
    assert told.envelope[0].resource["eventCoding"]["code"] == "A03"
    assert told.type == "ADT^A03"


def test_a_result_of_nothing_below_a_parent_s_name_is_none() -> None:
    obr = "OBR|1|O1|F1|SUS|||20260303|||||||||||||||20260304||MB|F|600-7^1^E. coli|||O9"
    made = message("ORU^R01", PID, obr, "OBX|1|SN|CIP||<=^1||||||F", "OBX|2", "OBX|3|NM")
    assert len(of(made, "Observation")) == 1


@pytest.mark.parametrize(
    ("kind", "detail", "type_", "note"),
    [
        ("RDS^O13", "RXD|1|A^Amox^L|20260301|10", "MedicationDispense", "dosageInstruction"),
        ("RAS^O17", "RXA|0|1|20260301||A^Amox^L|1", "MedicationAdministration", "dosage"),
        ("ZDS^Z01", "RXD|1|A^Amox^L|20260301|10", "MedicationDispense", "dosageInstruction"),
    ],
)
def test_a_comment_parts_no_drug_from_its_route(
    kind: str, detail: str, type_: str, note: str
) -> None:
    made = message(kind, PID, "ORC|RE|P1", detail, "NTE|1||with food", "RXR|PO^oral^HL70162")
    drug = one(made, type_)
    assert drug["note"] == [{"text": "with food"}]
    assert "PO" in json.dumps(drug[note])
    assert "note" not in one(made, "MedicationRequest")
    assert not [where for where in found(made) if "RXR" in where or "NTE" in where]
