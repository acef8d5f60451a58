"""Words where a code belongs: text that somebody can read, and a code where they may be one."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_pairs import ReadableIds
from speaking import JSON, PID, message, of, one, oru

from conformance.definitions import definitions
from mappings.dictionary import load
from mappings.translate import Translation
from mappings.worklist import Want, wants


def reason(value: str) -> JSON:
    """What PV2-3 becomes."""
    made = message("ADT^A01", PID, "PV1|1|I|||||||||||||||||V1", f"PV2|||{value}")
    (found,) = one(made, "Encounter")["reasonCode"]
    return dict(found)


@pytest.mark.parametrize(
    "value",
    [
        "chest pain for two days",
        "chest pain,left",
        "胸痛两天，伴呼吸困难",
        "突发胸痛伴呼吸困难两天",
        "a" * 33,
    ],
)
def test_words_alone_are_text(value: str) -> None:
    assert reason(value) == {"text": value}


@pytest.mark.parametrize("value", ["appendectomy", "APPENDECTOMY", "Rash", "青霉素"])
def test_a_word_alone_is_text_and_may_be_a_code(value: str) -> None:
    assert reason(value) == {"coding": [{"code": value}], "text": value}


@pytest.mark.parametrize("value", ["R07", "GLU", "NKDA", "0512", "HBsAg", "ab12cde", "K21.0+a"])
def test_what_looks_like_a_code_is_one_alone(value: str) -> None:
    assert reason(value) == {"coding": [{"code": value}]}


def test_words_that_somebody_calls_a_code_are_one() -> None:
    system = "https://yiqiao.org/fhir/code-system/src/L"
    blood = {"code": "A POS"}
    assert reason("A POS^^L") == {"coding": [{**blood, "system": system}], "text": "A POS"}
    assert reason("A POS^A positive") == {
        "coding": [{**blood, "display": "A positive"}], "text": "A positive",
    }  # fmt: skip
    told = {"coding": [blood], "text": "A, positive"}
    assert reason("A POS^^^^^^^^A, positive") == told


def test_words_stand_beside_their_code() -> None:
    coding = {"code": "R07.4", "display": "Pain", "system": "http://hl7.org/fhir/sid/icd-10"}
    assert reason("chest pain^^^R07.4^Pain^I10") == {"coding": [coding], "text": "chest pain"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("fasting", {"text": "fasting"}),
        ("chest pain, r/o MI", {"text": "chest pain, r/o MI"}),
        ("fasting~r/o MI", {"text": "fasting\nr/o MI"}),
        ("NF", {"coding": [{"code": "NF"}]}),
        ("F^Fasting", {"coding": [{"code": "F", "display": "Fasting"}], "text": "Fasting"}),
    ],
)
@pytest.mark.parametrize("version", ["2.3", "2.5.1", "2.9"])
def test_relevant_information_is_text_unless_it_is_coded(
    said: str, meant: JSON, version: str
) -> None:
    order = f"OBR|1|O1||A^Aa^L|||||||||{said}"
    made = one(message("OML^O21", PID, "ORC|NW|O1", order, version=version), "ServiceRequest")
    (found,) = made["extension"]
    assert found["valueCodeableConcept"] == meant


def test_a_coding_shows_the_word_that_it_is() -> None:
    made = message("ADT^A01", PID, "PV1|1|留观区|||||||||||||||||V1")
    kind = one(made, "Encounter")["class"]
    assert (kind["code"], kind["display"]) == ("留观区", "留观区")


def by_profile(path: Path, profile: str, kind: str, *segments: str) -> Translation:
    """What a message becomes by a profile."""
    path.write_text(profile)
    text = "\r".join([f"MSH|^~\\&|A|H|||2026||{kind}|1|P|2.5.1", PID, *segments])
    return load(definitions(), profile=str(path)).translate(text, ReadableIds(), source="src")


def test_what_every_other_code_is_words_are_too(tmp_path: Path) -> None:
    made = by_profile(
        tmp_path / "site.map",
        "codes EncounterPriority  0217 -> v3-ActPriority\n  *  R\n",
        "ADT^A01", "PV1|1|I", f"PV2{'|' * 25}as soon as may be",
    )  # fmt: skip
    priority = one(made, "Encounter")["priority"]
    assert priority["text"] == "as soon as may be"
    assert [coding["code"] for coding in priority["coding"]] == ["R"]
    assert [each.code for each in made.unmapped] == ["as soon as may be"]


def test_a_profile_gives_words_a_code(tmp_path: Path) -> None:
    made = by_profile(
        tmp_path / "site.map",
        'concepts - -> LN\n  "FASTING GLUCOSE"  1558-6  "Fasting glucose"\n',
        "ORU^R01", "OBR|1|P1|F1|A^Aa^L", "OBX|1|NM|FASTING GLUCOSE||5||||||F",
    )  # fmt: skip
    (result,) = of(made, "Observation")
    coding = {"system": "http://loinc.org", "code": "1558-6", "display": "Fasting glucose"}
    assert result["code"] == {"coding": [coding], "text": "FASTING GLUCOSE"}


def test_a_word_is_asked_of_the_profile() -> None:
    made = oru("OBX|1|NM|血糖||5||||||F")
    lacking = wants(made, load(definitions()))
    assert Want("local-code", "-", "血糖", "Observation.code") in lacking
