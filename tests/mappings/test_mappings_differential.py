r"""Parsing against python-hl7: the same fields, repetitions, components, subcomponents and texts.

Generated messages always, and every message of a corpus that both accept where one is given
(``YIQIAO_TEST_CORPUS``). What the two read differently, and why ours stays as it is:

=====================  ==========================  ==========================  =====================
what                   python-hl7                  here                        why
=====================  ==========================  ==========================  =====================
lines end in LF        one segment                 segments                    half of all senders
blank line             an empty segment            nothing                     it says nothing
indented line          a segment named " PI"       a segment                   copied from mails
line that begins no    a segment                   more of the field before    raw line breaks in
segment                                                                        text, lost otherwise
ADD                    a segment                   more of the field before    v2.9 2.10.2
NUL at the end         part of the last field      not there                   it frames
wide space at the end  not there                   as it stands                it may be of a value
MSH that ends in       MSH-2 again as MSH-3        MSH-2                       it said no more
MSH-2
MSH-2 with a doubled   ``\`` splits a component     ``^~\&``                   a program in between
backslash                                                                      has escaped it
other delimiters       kept                        the standard ones           one form inside
``\H\ \N\``            ``_``                       nothing                     emphasis is no text
``\.br\`` and kin      CR, four spaces for         LF, nothing                 FHIR's line ends;
                       indentation                                             indentation is looks
``\P\``                dropped                     ``#``                       v2.7's truncation
``\X..\``              a character an octet        UTF-8, else GB 18030        Han letters of octets
``\Z..\``, unknown     dropped                     as it stands                a loss is worse
lone backslash         swallows what follows       as it stands                Windows paths
=====================  ==========================  ==========================  =====================

The lines above the escapes are undone before comparing (`_plain`); of a leaf with an escape that
python-hl7 can be told to read our way it is told so, and the rest is compared as received.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.charset import UndecodableError, decode
from adapters.files import Kind, split_messages
from mappings.hl7v2 import MessageError, parse, unescape

CORPUS = os.environ.get("YIQIAO_TEST_CORPUS")
FOLDERS = sorted(p for p in Path(CORPUS).iterdir() if p.is_dir()) if CORPUS else []
HEADER = "MSH|^~\\&|LIS|TJH01|HIE||20260301||ORU^R01^ORU_R01|1|P|2.5.1"

#: Escapes that python-hl7 reads otherwise, but can be told to read our way.
TOLD = {
    **dict.fromkeys(["H", "N", ".fi", ".nf", ".in", ".ti", ".sk"], ""),
    **dict.fromkeys([".br", ".sp", ".ce"], "\n"),
}
READ_ALIKE = re.compile(r"\\(?:[FSTREHN]|\.(?:br|sp|ce|fi|nf))\\")

Tree = list[list[list[list[list[str]]]]]  # segments, fields, repetitions, components, leaves


def _ours(text: str) -> Tree:
    return [
        [
            [[c.split("&") for c in r.split("^")] for r in field.split("~")]
            if (segment.id, number) not in {("MSH", 1), ("MSH", 2)}
            else [[[field]]]
            for number, field in enumerate(segment.fields)
        ]
        for segment in parse(text).segments
    ]


def _theirs(message: hl7.Message) -> Tree:
    """Return what python-hl7 made; a level without separators it leaves out is put back."""

    def level(node: object, depth: int) -> object:
        if depth == 0:
            return node
        children = list(node) if not isinstance(node, str) else [node]
        return [level(child, depth - 1) for child in children]

    tree = level(message, 5)
    assert isinstance(tree, list)
    return tree


def _plain(text: str) -> str:
    """Undo what the two are known to read differently about lines."""
    text = text.lstrip("\ufeff\r\n\x0b ").rstrip("\x1c\r\n\x00 ")
    text = text.replace("MSH|^~\\\\&", "MSH|^~\\&", 1)
    segment = re.compile(rf"[A-Z][A-Z0-9]{{2}}(?:{re.escape(text[3:4])}|$)")
    lines: list[str] = []
    for raw in re.split(r"[\r\n]", text):
        line = raw if segment.match(raw) else raw.strip()
        if segment.match(line) and line.startswith("ADD"):
            lines[-1] += line[4:]
        elif segment.match(line):
            lines.append(line)
        elif line:
            lines[-1] += f"\\.br\\{line}"
    return "\r".join([*lines, f"ZZZ{text[3:4]}end"])


def _compare(text: str) -> None:
    text = _plain(text)
    message = hl7.parse(text)
    theirs, ours = _theirs(message), _ours(text)
    if text.split("\r")[0].count(text[3]) == 1:  # MSH ends in MSH-2
        theirs, ours = theirs[1:], ours[1:]
    if text.startswith("MSH|^~\\&|"):
        assert ours == theirs
    else:  # the delimiters are the sender's in one, the standard's in the other
        assert [[[len(r) for r in f] for f in s] for s in ours] == [
            [[len(r) for r in f] for f in s] for s in theirs
        ]
    for mine, other in zip(_leaves(ours[1:]), _leaves(theirs[1:]), strict=True):
        if "\\" not in READ_ALIKE.sub("", other.replace(message.esc, "\\")):
            assert unescape(mine) == message.unescape(other, TOLD), other


def _leaves(tree: Tree) -> Iterator[str]:
    for segment in tree:
        for field in segment:
            for repetition in field:
                for component in repetition:
                    yield from component


_TEXT = st.text(
    st.one_of(
        st.sampled_from("|^~&\\ \"'.#0129AZaz"), st.sampled_from("测试甲葉弢é\u00a0\u2028\ufeff")
    ),
    max_size=12,
)
_ESCAPES = st.lists(
    st.one_of(
        st.sampled_from([rf"\{e}\ "[:-1] for e in "FSTREHN"]),
        st.sampled_from(["\\.br\\", "\\.sp\\", "\\.ce\\", "\\.fi\\", "\\.nf\\"]),
        st.text("ab 测^&~", max_size=4),
    ),
    max_size=6,
).map("".join)
_FIELDS = st.lists(st.one_of(_TEXT, _ESCAPES), max_size=8).map("|".join)
_SEGMENTS = st.lists(
    st.tuples(st.sampled_from(["PID", "OBX", "NTE", "ZZ1", "DG1"]), _FIELDS).map("|".join),
    max_size=6,
)


@given(_SEGMENTS)
def test_generated_messages_are_read_alike(segments: list[str]) -> None:
    _compare("\r".join([HEADER, *segments]) + "\r")


@given(_SEGMENTS, st.sampled_from(["#!*?%", "|~^\\&", "$^~\\&", "|^~\\&#"]))
def test_other_delimiters_are_the_same_message(segments: list[str], chosen: str) -> None:
    plain = "\r".join([HEADER.replace("^~\\&", "@@"), *segments])
    swapped = plain.translate(str.maketrans(dict(zip("|^~\\&", chosen, strict=False))))
    _compare(swapped.replace("@@", chosen[1:]) + "\r")


@pytest.mark.parametrize(
    ("text", "theirs", "ours"),
    [
        (r"a\H\b\N\c", "a_b_c", "abc"),
        (r"a\.br\b\.sp\c", "a\rb\rc", "a\nb\nc"),
        (r"\.in\a", "    a", "a"),
        (r"a\P\b", "ab", "a#b"),
        ("\\XE6B58B\\", "\xe6\xb5\x8b", "测"),
        (r"a\Z01\b", "ab", r"a\Z01\b"),
        (r"C:\temp\x", "C:x", r"C:\temp\x"),
        (r"C:\temp", "C:", r"C:\temp"),
    ],
)
def test_escapes_are_read_otherwise_as_the_table_above_says(
    text: str, theirs: str, ours: str
) -> None:
    message = hl7.parse(HEADER)
    assert message.unescape(text) == theirs
    assert unescape(text) == ours


def test_what_ends_a_message_is_read_otherwise_as_the_table_above_says() -> None:
    ends = {f"{HEADER}\rPID|a\x00": ("a\x00", "a"), f"{HEADER}\rPID|a\u3000": ("a", "a\u3000")}
    for text, (theirs, ours) in ends.items():
        assert str(hl7.parse(text)[1][1]) == theirs
        assert parse(text).segments[1].field(1) == ours


def _messages(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*.hl7")):
        for piece in split_messages(path.read_bytes()):
            if piece.kind is Kind.MESSAGE:
                try:
                    text = decode(piece.octets).text
                    parse(text)
                    hl7.parse(_plain(text))
                except (UndecodableError, MessageError, hl7.HL7Exception):
                    continue
                yield path, text


if FOLDERS:

    @pytest.mark.corpus
    @pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
    def test_the_corpus_is_read_alike(folder: Path) -> None:
        seen = 0
        for path, text in _messages(folder):
            seen += 1
            try:
                _compare(text)
            except AssertionError as fault:
                raise AssertionError(f"{path}: {fault}") from None
        assert seen
