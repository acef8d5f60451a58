"""Nothing valued is lost in silence: it is in what is made, found, used, or left out on purpose.

The witness is the text itself: every value is a word of its own, looked for in the JSON that comes
out. Only where it is not there is the translation asked what it says it did with it.
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_mappings_corpus import HashedIds

from adapters.charset import UndecodableError, decode
from adapters.files import Kind, split_messages
from conformance.definitions import definitions
from mappings.compiler.build import build
from mappings.dictionary import LAYERS, Dictionary, load, read
from mappings.explain import fates
from mappings.runtime.context import Context, Site
from mappings.translate import Translation, translate

CORPUS = os.environ.get("YIQIAO_TEST_CORPUS")
MESSAGES = {
    "ADT^A01": ("PID", "PD1", "NK1", "PV1", "PV2", "AL1", "DG1", "PR1"),
    "ORU^R01": ("PID", "PV1", "ORC", "OBR", "OBX", "SPM"),
    "SIU^S12": ("SCH", "PID", "PV1", "AIS", "AIL", "AIP"),
}
WORDS = ("Y", "A", "20260102", "202601020304", "5", "I", "NM", "ST")


def message(kind: str, seed: int) -> tuple[str, dict[str, str]]:
    """A message of words of their own, and where each stands."""
    choose = random.Random(seed)
    where: dict[str, str] = {}
    lines = [f"MSH|^~\\&|A|H|||202601010000||{kind}|1|P|2.5", "EVN||202601010000"]
    for segment in MESSAGES[kind]:
        fields = [segment]
        for number in range(1, 40):
            parts = []
            for part in range(1, choose.choice((1, 1, 2, 3)) + 1):
                word = choose.choice(WORDS) if choose.random() < 0.2 else f"Zq{len(where)}x"
                where |= {word: f"{segment}-{number}.{part}"} if word[0] == "Z" else {}
                parts.append(word)
                if word[:2] == "20":  # what follows a time tells how exact it is
                    break
            fields.append("^".join(parts) if choose.random() < 0.4 else "")
        if segment == "PID":
            fields[3], fields[18] = "100^^^H^MR", ""  # visits have it as a key
            fields[21] = ""  # a mother is one more related person
        if segment == "OBR":
            fields[26] = ""  # only results read it: without any, nothing asks for it
        lines.append("|".join(fields))
    text = "\r".join(lines)
    return text, {word: place for word, place in where.items() if f"{word}" in text}


def lost(text: str, where: dict[str, str], made: Translation) -> list[str]:
    """Where words stood that are nowhere to be seen, and of which nothing is said."""
    seen = orjson.dumps([m.resource for m in [*made.envelope, *made.made]]).decode()
    told = {f.location for f in made.findings} | {u.location for u in made.used}
    words = set(re.findall(r"zq\d+x", seen.lower()))
    found = []
    for word, place in where.items():
        field = place.partition(".")[0]
        known = {field.partition("-")[0], field, place, f"{place}.1"}
        if word.lower() not in words and not known & told:
            found.append(place)
    return found


def explained(layers: tuple[str, ...] = LAYERS) -> Dictionary:
    return load(definitions(), layers=layers, explain=True)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MESSAGES)), st.integers(0, 2**32))
def test_every_word_is_carried_found_or_used(kind: str, seed: int) -> None:
    text, where = message(kind, seed)
    made = explained().translate(text, HashedIds(), source="src")
    assert not made.rejected
    # Of who assigned a number, a name that is known stands for its universal id.
    assert [place for place in lost(text, where, made) if not _derived(place, made)] == []


def _derived(place: str, made: Translation) -> bool:
    """Whether a system was derived from a component: the text itself is then not to be seen."""
    field, _, part = place.partition(".")
    return part in {"2", "3"} and any(
        t.element.endswith((".system", ".endpoint")) and t.location.startswith(field)
        for t in made.explained
    )


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(MESSAGES)), st.integers(0, 2**32))
def test_explaining_changes_nothing(kind: str, seed: int) -> None:
    text, _ = message(kind, seed)
    plain = load(definitions()).translate(text, HashedIds(), source="src")
    told = explained().translate(text, HashedIds(), source="src")
    assert [m.resource for m in plain.made] == [m.resource for m in told.made]
    assert set(plain.findings) == set(told.findings)


def test_the_witness_sees_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """A translation that keeps silent about what no row carried is caught."""
    monkeypatch.setattr(Context, "miss", lambda *_, **__: None)
    monkeypatch.setattr(Context, "lost", lambda *_: None)
    compiled = build(read(LAYERS, None), definitions(), explain=True)
    found = []
    for seed in range(5):
        text, where = message("ADT^A01", seed)
        made = translate(text, compiled, Site("src"), HashedIds(), explain=True)
        found += lost(text, where, made)
    assert len(found) > 5


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

    @pytest.mark.corpus
    def test_fields_of_the_corpus_have_a_fate() -> None:
        unread, total = 0, 0
        for path in sorted(Path(CORPUS or "").rglob("*.hl7")):
            for piece in split_messages(path.read_bytes()):
                try:
                    text = decode(piece.octets).text if piece.kind is Kind.MESSAGE else ""
                except UndecodableError:
                    continue
                made = explained().translate(text, HashedIds(), source="corpus")
                for fate in fates(text, made) if made.made else ():
                    total += 1
                    unread += fate.kind == "unread"
        # Fields that only other segments' maps read (ORC of an immunization), or segments marked -.
        assert unread < total / 200
