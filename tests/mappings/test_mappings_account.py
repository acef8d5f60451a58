"""Nothing valued is lost in silence: it is in what is made, found, used, or left out on purpose.

The witness is the text itself: every value is a word of its own, looked for in the JSON that comes
out. Only where it is not there is the translation asked what it says it did with it.
"""

from __future__ import annotations

import base64
import os
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_mappings_corpus import HashedIds

from adapters.charset import UndecodableError, decode
from adapters.files import Kind, split_messages
from conformance.definitions import definitions
from mappings.dictionary import LAYERS, Dictionary, load, read
from mappings.explain import fates
from mappings.language.nested import flat
from mappings.language.outline import Node
from mappings.language.tree import Row
from mappings.runtime.state.context import Context
from mappings.runtime.types import Site
from mappings.translate import Translation, translate

CORPUS = os.environ.get("YIQIAO_TEST_CORPUS")
STRUCTURES = {name: one for name, one in read(LAYERS, None).structures.items() if name != "ANY"}
WORDS = ("Y", "A", "20260102", "202601020304", "5", "I", "NM", "ST")
TYPES = (
    "", "ST", "NM", "CE", "TX", "SN", "ED", "RP", "DT", "XX", "NA", "CX", "XPN", "CF", "NR", "DR",
    "CQ", "MO", "TM", "TS", "MA", "CD", "VR", "FT", "CWE", "IS", "XCN", "XTN", "XAD", "XON", "EI",
    "HD", "PL",
)  # fmt: skip

#: What counts as used though no element shows it, beside what a table's `ignore` or key says.
USED = {
    "MSH-1": "how to read the message",
    "MSH-2": "how to read the message",
    "MSH-9": "which message it is",
    "MSH-10": "which message it is",
    "EVN-1": "which message it is, where MSH-9 has no event",
}
#: What is said of a field without a repetition, and of all of them; the rest is of the first.
OF_FIELDS = {
    "already-filled", "extra-repetition", "ignore", "incomplete", "key", "not-applicable",
    "unmapped-field",
}  # fmt: skip
KINDS = {"ignore"}  # a key or a condition carries nothing: what they alone ask for is found


def message(name: str, seed: int) -> tuple[str, dict[str, str]]:
    """A message of words of their own, and where each stands."""
    choose = random.Random(f"{name}{seed}")
    structure = STRUCTURES[name]
    event = next(iter(structure.events), "ZZZ^Z99").replace("*", "Z01")
    lines = [f"MSH|^~\\&|A|H|||202601010000||{event}^{name}|1|P|2.5"]
    text, where = words(_segments(structure.nodes, choose), choose)
    return "\r".join([*lines, text]), where


def words(segments: Iterable[str], choose: random.Random) -> tuple[str, dict[str, str]]:
    """Segments of words of their own, and where each stands."""
    where: dict[str, str] = {}
    lines: list[str] = []
    filled, seen = choose.choice((0.1, 0.4, 0.8)), Counter[str]()
    for segment in segments:
        seen[segment] += 1
        at = segment if seen[segment] == 1 else f"{segment}[{seen[segment]}]"
        fields = [segment]
        for number in range(1, 50):
            value = _value(f"{at}-{number}", where, choose)
            codes = _codes().get((segment, number))
            if codes and choose.random() < 0.5:
                value = _known(value, codes, choose)
            fields.append(value if choose.random() < filled else "")
        if segment == "OBX":
            fields[2] = choose.choice(TYPES)
        if segment == "PID" and choose.random() < 0.8:
            fields[3] = "100^^^H^MR"
        lines.append("|".join(fields))
    text = "\r".join(lines)
    there = set(re.findall(r"Zq\d+x", text))
    return text, {word: place for word, place in where.items() if word in there}


def _segments(nodes: tuple[Node, ...], choose: random.Random) -> Iterator[str]:
    for node in nodes:
        if node.name != "MSH" and (not node.optional or choose.random() < 0.6):
            yield from (node.name,) if len(node.name) == 3 else ()
            yield from _segments(node.children, choose)


def _value(field: str, where: dict[str, str], choose: random.Random) -> str:
    repetitions: list[str] = []
    is_range = re.fullmatch(r"OBX(\[\d+\])?-7", field) is not None
    for repetition in range(choose.choice((1, 1, 1, 2))):
        parts = []
        for part in range(1, choose.choice((1, 1, 2, 3, 8, 14)) + 1):
            word = choose.choice(("", *WORDS)) if choose.random() < 0.3 else f"Zq{len(where)}x"
            if is_range and word[:1].isdigit():  # beside another number it would be a power
                word = ""
            if word.startswith("Zq"):
                where[word] = f"{field}[{repetition + 1}].{part}"
                if is_range:  # no range repeats: a ~ is of its text
                    where[word] = f"{field}[1].{part + '~'.join(repetitions).count('^')}"
            if word.startswith("Zq") and choose.random() < 0.1:
                more = f"Zq{len(where)}x"
                where[more] = f"{where[word]}.2"
                word += f"&{more}"
            parts.append(word)
        repetitions.append("^".join(parts))
    return "~".join(repetitions)


def _known(value: str, codes: list[str], choose: random.Random) -> str:
    """A value with codes of a table in front: what is beside a code that is known counts, too."""
    pieces = (repetition.partition("^") for repetition in value.split("~"))
    return "~".join(f"{choose.choice(codes)}{mark}{rest}" for _, mark, rest in pieces)


def lost(where: dict[str, str], made: Translation) -> list[str]:
    """Where words stood that are nowhere to be seen, and of which nothing is said."""
    resources = [m.resource for m in [*made.envelope, *made.made]]
    seen = orjson.dumps(resources).decode()
    for binary in (r for r in resources if r["resourceType"] == "Binary"):
        seen += base64.b64decode(binary["data"]).decode(errors="replace")
    words = set(re.findall(r"zq\d+x", seen.lower()))
    told: dict[str, set[str]] = {}
    for finding in made.findings:
        told.setdefault(finding.location, set()).add(finding.code)
    for use in made.used:
        if use.kind in KINDS:
            told.setdefault(use.location, set()).add(use.kind)
    return [
        place for word, place in where.items()
        if word.lower() not in words and _field(place) not in USED
        and not _told(place, told) and not _derived(place, made)
    ]  # fmt: skip


def _field(place: str) -> str:
    """``OBX[3]-5[2].1`` → OBX[3]-5."""
    segment, _, rest = place.partition("-")
    return f"{segment}-{rest.partition('[')[0]}"


def _parts(place: str) -> tuple[str, str, str]:
    """``OBX[3]-5[2].1.2`` → OBX[3]-5, OBX[3]-5[2], 1.2; of the first repetition nobody says so."""
    segment, _, rest = place.partition("-")
    number, _, more = rest.partition("[")
    repetition, _, below = more.partition("].")
    field = f"{segment}-{number}"
    return field, field if repetition == "1" else f"{field}[{repetition}]", below


def _told(place: str, told: dict[str, set[str]]) -> bool:
    """Whether something is said of a component, or of what it is in."""
    field, repetition, below = _parts(place)
    component = f"{repetition}.{below.partition('.')[0]}"
    names = {field.partition("-")[0], repetition, component}
    names.add(f"{repetition}.{below}" if "." in below else f"{component}.1")
    if below.partition(".")[0] in {"7", "14"}:  # version and system of a code are lost with it
        names.add(f"{repetition}.1")
    return not OF_FIELDS.isdisjoint(told.get(field, ())) or not names.isdisjoint(told)


@cache
def _rows() -> list[Row]:
    """The rows with a code table."""
    tables = read(LAYERS, None)
    return [row for one in tables.maps.values() for row in flat(one.rows) if row.codes]


@cache
def _codes() -> dict[tuple[str, int], list[str]]:
    """The codes that are known of each field, whose row has a code table."""
    tables = read(LAYERS, None).codes
    found: dict[tuple[str, int], set[str]] = {}
    for row in _rows():
        for source in row.sources:
            known = found.setdefault((source.name, source.field), set())
            known.update(tables[row.codes].codes if row.codes in tables else ())
    return {field: sorted(codes - {"*"}) for field, codes in found.items()}


@cache
def _coded() -> frozenset[str]:
    """The rows that make a code alone, by their places: a CodeableConcept has room for words."""
    return frozenset(str(row.where) for row in _rows() if "CodeableConcept" not in row.convert)


def _derived(place: str, made: Translation) -> bool:
    """Whether what was made of its neighbours tells a component, without its words.

    A code that FHIR has a code for, or is known to have none for, has been told with its name, its
    system and its version. The kind of an authority's universal id has been told with the id.
    """
    _, whole, below = _parts(place)
    component = below.partition(".")[0]
    kind = "3" if whole == "EVN-7" else "4"  # an HD has it itself, an EI or CX in its authority
    systems = [t for t in made.explained if t.element.endswith((".system", ".endpoint"))]
    if component == kind:
        return any(f"{t.location}.".startswith(f"{whole}.") for t in systems)
    code = {whole, f"{whole}.1", f"{whole}.1.1"}
    told = {trace.row for trace in made.explained if trace.location in code}
    told |= {u.row for u in made.used if u.location in code and u.kind in {"told", "outdone"}}
    none = any(use.kind == "code" and use.location in code for use in made.used)
    beside = {"2", "3", "7", "14"}
    if any(f.code == "already-filled" and f.location == f"{whole}.1" for f in made.findings):
        beside |= {"5", "6", "11", "12"}  # the first code is found: an alternate has been told
    return component in beside and (none or not _coded().isdisjoint(told))


def explained(layers: tuple[str, ...] = LAYERS) -> Dictionary:
    return load(definitions(), layers=layers, explain=True)


@pytest.mark.parametrize("name", sorted(STRUCTURES))
def test_every_word_is_carried_found_or_used(name: str) -> None:
    valued = 0
    for seed in range(8):
        text, where = message(name, seed)
        made = explained().translate(text, HashedIds(), source="src")
        if not made.rejected:
            valued += len(where)
            assert all(finding.location for finding in made.findings)
            assert (seed, lost(where, made)) == (seed, [])
    assert valued > 10


def test_coded_fields_have_codes_that_are_known() -> None:
    assert "F" in _codes()["PID", 8]
    assert sum(map(bool, _codes().values())) > 80


@settings(max_examples=40, derandomize=True)
@given(st.sampled_from(sorted(STRUCTURES)), st.integers(0, 2**32))
def test_every_word_of_any_message_is_carried_found_or_used(name: str, seed: int) -> None:
    text, where = message(name, seed)
    made = explained().translate(text, HashedIds(), source="src")
    assert made.rejected or lost(where, made) == []


def by_id(made: Translation) -> dict[str, dict[str, Any]]:
    """The resources of a message; what several fields name may be made in another order."""
    return {one.resource["id"]: one.resource for one in made.made}


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(sorted(STRUCTURES)), st.integers(0, 2**32)), max_size=4))
def test_explaining_changes_nothing(feed: list[tuple[str, int]]) -> None:
    """Nor does what is remembered of earlier messages, which explaining makes anew."""
    plain, told = load(definitions()), explained()
    plain.compiled.memory.clear()
    for name, seed in feed:
        text, _ = message(name, seed)
        one, other = (d.translate(text, HashedIds(), source="src") for d in (plain, told))
        assert by_id(one) == by_id(other)
        assert set(one.findings) == set(other.findings)
        assert set(one.unmapped) == set(other.unmapped)


@pytest.mark.parametrize(
    "feed",
    [
        # A code that a segment reads of another one's field, which says what was lost of it.
        ("PID|1||1^^^H\rMRG|2^^^H||||V0^^^H^QQ\rPV1|1|I", "PID|1||1^^^H^QQ"),
        # A bed in a ward that its message names before, then on its own.
        ("PID|1||1^^^H\rPV1|1|I|W1^2^B^H|||W1^2^C^H", "PID|1||1^^^H\rPV1|1|I|W1^2^C^H"),
    ],
)
def test_what_came_before_changes_nothing(feed: tuple[str, str]) -> None:
    tables = load(definitions())
    tables.compiled.memory.clear()
    head = "MSH|^~\\&|A|H|||202601010000||ADT^A50|1|P|2.5\r"
    last = [tables.translate(head + text, HashedIds(), source="src") for text in feed][-1]
    tables.compiled.memory.clear()
    alone = tables.translate(head + feed[-1], HashedIds(), source="src")
    assert last.made == alone.made
    assert (last.findings, last.unmapped) == (alone.findings, alone.unmapped)


@pytest.mark.parametrize(
    ("checks", "found"),
    [
        ("R~V", []),  # each is a label of its own
        ("12~V", ["not-applicable", "extra-repetition"]),
        ("APERIODIC", []),
    ],
)
def test_repetitions_that_a_row_under_a_condition_takes_are_found_where_none_does(
    checks: str, found: list[str], tmp_path: Path
) -> None:
    """Also where what results have in common, and that row with it, is made apart from the rest."""
    site = tmp_path / "site.map"
    row = "  OBX-13  meta.security[]  OBX[Coding]  when OBX-13 in (R, V)\n"
    site.write_text(f"OBX -> Observation\n{row}")
    text = "MSH|^~\\&|A|H|||202601010000||ORU^R01|1|P|2.5\rPID|1||1^^^H\rOBR|1||F1|G^g^L\r"
    text += f"OBX|1|ST|X^x^L||a||||||F||{checks}"
    for explain in (False, True):
        tables = load(definitions(), profile=str(site), explain=explain)
        made = tables.translate(text, HashedIds(), source="src")
        assert [one.code for one in made.findings] == found


@pytest.mark.parametrize("repetitions", ["A~X", "A~A"])
def test_what_stands_behind_a_value_that_is_left_out_is_found(repetitions: str) -> None:
    """Of a field that a map leaves out where its first value says nothing, the rest was dropped."""
    text = "MSH|^~\\&|A|H|||202601010000||ADT^A01|1|P|2.5\rPID|1||1^^^H\rPV1|1|I\r"
    text += f"DG1|1||E11.9^Diabetes^I10|||F{'|' * 15}{repetitions}"
    for tables in (load(definitions()), explained()):
        made = tables.translate(text, HashedIds(), source="src")
        found = [(one.code, one.location) for one in made.findings]
        assert ("extra-repetition", "DG1-21") in found


@pytest.mark.parametrize("method", ["miss", "lost", "lend", "stamp", "unread", "say"])
def test_the_witness_sees_a_loss(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A translation that keeps silent about what no row carried is caught."""
    monkeypatch.setattr(Context, method, lambda *_, **__: None)
    compiled = replace(explained().compiled, memory={})  # nothing is known of earlier messages
    found: list[str] = []
    for name in sorted(STRUCTURES):
        text, where = message(name, 1)
        made = translate(text, compiled, Site("src"), HashedIds(), explain=True)
        found += lost(where, made)
        if len(found) > 5:
            return
    pytest.fail(f"lost in silence, and not seen: {found}")


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        (("PID|1||1^^^H||Doe|||||||||||||||||||||||Y", "PV1||I"), []),
        (("PID|1||1^^^H||Doe|||||||||||||||||||2", "PV1||I"), []),
        # A number that two fields give alike is no loss; a different one is.
        (("ORC|NW|P1|F1", "OBR|1|P1|F1|A^B^L"), []),
        (("OBR|1||F1|A^B^L", "OBX|1|ST|a^b^L||x|||||||||||||C1^C^1.2^ISO^5"),
         ["unmapped-component OBX-18.5"]),
        (("IN1|1|P^Plan^L|I1|Firm||||||||||||||||||||||||||||||||||||||||||||", ), []),
        (("IN1|1|P^Plan^L|I1|Firm|||||Group",), ["not-applicable IN1-9.1"]),
    ],
)  # fmt: skip
def test_what_went_nowhere_is_found(segments: tuple[str, ...], said: list[str]) -> None:
    head = "MSH|^~\\&|A|H|||202601010000||ADT^A01|1|P|2.5\rEVN||202601010000\rPID|1||1^^^H||Doe"
    text = "\r".join([head, *(s for s in segments if not s.startswith("PID"))])
    if segments[0].startswith("PID"):
        text = text.replace("PID|1||1^^^H||Doe", segments[0])
    made = load(definitions()).translate(text, HashedIds(), source="src")
    about = {s[:3] for s in segments}
    found = [f"{f.code} {f.location}" for f in made.findings if f.location[:3] in about]
    assert [f for f in found if "filled" in f or "applic" in f or "component" in f] == said


RXE = "RXE|1^BID|B^Two^L"
SCH = "SCH|1|2|||||||||^^^20260102^20260103"


@pytest.mark.parametrize(
    ("type_", "segments", "said"),
    [
        # What the type of a result does not have is lost with what the type makes of it.
        ("ORU^R01", ("OBX|1|NR|A||1^5^6",), ["unmapped-component OBX-5.3"]),
        ("ORU^R01", ("OBX|1|CQ|A||1^mg^7",), ["unmapped-component OBX-5.3"]),
        ("ORU^R01", ("OBX|1|MO|A||1^CNY^7",), ["unmapped-component OBX-5.3"]),
        ("ORU^R01", ("OBX|1|TS|A||20260102^D^7",), ["unmapped-component OBX-5.3"]),
        ("ORU^R01", ("OBX|1|ED|A||^^PDF^Base64^QUJD^7",), ["unmapped-component OBX-5.6"]),
        ("ORU^R01", ("OBX|1|NR|A||a^5^6",), ["kept-as-text OBX-5"]),
        ("ORU^R01", ("OBX|1|NR|A||a^b^6",), ["kept-as-text OBX-5"]),
        ("ORU^R01", ("OBX|1|NR|A||5^1^6",), ["kept-as-text OBX-5"]),
        ("ORU^R01", ("OBX|1|CQ|A||a^mg^7",), ["kept-as-text OBX-5.1"]),
        ("ORU^R01", ("OBX|1|TS|A||soon^D^7",), ["kept-as-text OBX-5"]),
        # A range that ends before it begins is none, and lacks nothing.
        ("RDE^O11", ("ORC|NW|1", "RXE|1^BID|B^Two^L|5|3|mg"),
         ["bad-value RXE-3", "bad-value RXE-4", "bad-value RXE-5"]),
        # A drug suggested, and named by the next segment.
        ("RDE^O11", ("ORC|NW|1", "RXO|A^One^L", RXE), ["already-filled RXO-1"]),
        ("RDE^O11", ("ORC|NW|1", "RXO|B^Two^L", RXE), []),
        ("RAS^O17", ("ORC|NW|1", "RXA|0|1|20260102||A^One^L"), []),
        ("RGV^O15", ("ORC|NW|1", "RXO|A^One^L", "RXG|1|1||B^Two^L"), ["already-filled RXO-1"]),
        # An object that stands already; and one of which a part does.
        ("RDE^O11", ("ORC|NW|1", "RXO|A^One^L||||||||||1|mg", f"{RXE}||||||||2|g"),
         ["already-filled RXE-10", "already-filled RXE-11", "already-filled RXO-1"]),
        ("RDE^O11", ("ORC|NW|1", "RXO|B^Two^L||||||||||1|mg", f"{RXE}||||||||1|mg"), []),
        # A universal id that makes no URI stands beside a namespace.
        ("ORU^R01", ("OBR|1|1^N^u.cn^DNS||A",),
         ["already-filled OBR-2.3", "already-filled OBR-2.4"]),
        ("ORU^R01", ("OBR|1|1^N^1.2.3^ISO||A",), []),
        ("ORU^R01", ("OBR|1|1^^u.cn^DNS||A",), []),
        # A financial class that the insurance has is said; one beside another is not.
        ("ADT^A01", ("PV1|1|I||||||||||||||||||01", "IN1|1|P^Plan|I1|Firm"), []),
        ("ADT^A01", ("PV1|1|I||||||||||||||||||01", "IN1|1|P^Plan|I1|Firm|||||||||||2"),
         ["already-filled PV1-20"]),
        # Of a second timing, as of the first.
        ("RDE^O11", ("ORC|NW|1", "RXE|1^BID~2^TID^^^^^^then^^x|B^Two^L"),
         ["unmapped-component RXE-1[2].10", "unmapped-component RXE-1[2].8"]),
        # What cannot stand takes with it what later segments say of it.
        ("SIU^S12", ("SCH|1|2", "NTE|1||remark", "PID|1||||Doe"),
         ["incomplete NTE", "incomplete PID", "incomplete SCH"]),
    ],
)  # fmt: skip
def test_what_found_no_room_is_found(
    type_: str, segments: tuple[str, ...], said: list[str]
) -> None:
    head = [f"MSH|^~\\&|A|H|||202601010000||{type_}|1|P|2.5"]
    head += [] if type_[:3] == "SIU" else ["PID|1||1^^^H||Doe"]
    made = load(definitions()).translate("\r".join([*head, *segments]), HashedIds(), source="src")
    losses = {"already-filled", "bad-value", "incomplete", "kept-as-text", "unmapped-component"}
    found = {f"{f.code} {f.location}" for f in made.findings if f.code in losses}
    assert sorted(found) == said


def test_what_chose_a_row_that_made_nothing_is_found() -> None:
    text = "MSH|^~\\&|A|H|||202601010000||RSP^K22|1|P|2.5\rMSA|AA|1_2\rPID|1||1^^^H"
    made = load(definitions()).translate(text, HashedIds(), source="src")
    found = [f"{f.code} {f.location}" for f in made.findings if f.location.startswith("MSA")]
    assert found == ["bad-value MSA-2", "not-applicable MSA-1"]


def test_every_field_has_a_fate() -> None:
    text = (
        "MSH|^~\\&|A|H|||202601010000||ADT^A01|1|P|2.5\rEVN|A01|202601010000\r"
        "PID|1||1^^^H||Doe^Jo||19800101|M|||||||||||||||||||||||||||||||||x\rPV1|1|I\rZZZ|1"
    )
    made = explained().translate(text, HashedIds(), source="src")
    told = {f.location: f for f in fates(text, made)}
    assert told["PID-7"].text == "Patient.birthDate"
    assert told["PID-1"].text.startswith("left out on purpose: mappings/tables/base/segments/PID")
    assert told["EVN-1"].kind == told["MSH-2"].kind == "used"
    assert told["ZZZ-1"].text.startswith("unknown-segment")
    assert not [f for f in told.values() if f.kind == "unread"]
    assert not any("Doe" in f.text for f in told.values())


if CORPUS:

    @cache
    def corpus() -> list[str]:
        """Every message of the corpus that is text."""
        found = []
        for path in sorted(Path(CORPUS or "").rglob("*.hl7")):
            for piece in split_messages(path.read_bytes()):
                try:
                    found += [decode(piece.octets).text] if piece.kind is Kind.MESSAGE else []
                except UndecodableError:
                    continue
        return found

    @pytest.mark.corpus
    def test_every_field_of_the_corpus_has_a_fate() -> None:
        unread, valued = Counter[str](), 0
        for text in corpus():
            made = explained().translate(text, HashedIds(), source="corpus")
            for fate in fates(text, made) if made.made else ():
                valued += 1
                unread[fate.location] += fate.kind == "unread"
        assert valued > 100_000
        assert +unread == {}
