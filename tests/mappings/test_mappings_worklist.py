"""What a translation lacked: each kind of thing, what is shown of it, and what never is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.definitions import definitions
from gateway.ingest.ids import DerivedIds
from gateway.keys.hashes import Hashes
from mappings.dictionary import LAYERS, Dictionary, load, read
from mappings.worklist import KINDS, Want, lacks, place, wants

IDS = DerivedIds(Hashes(b"k" * 32), "default")
HEADER = "MSH|^~\\&|LIS|OURS|GW|HIE|20260301103000||{}|1|P|2.4"
PID = "PID|1||77^^^OURS^MR||Doe^Jo||19000101|M"
OBR = "OBR|1|A1^HIS|L1^LIS|CHEM^x^LN|||20260301084500||||||||||||||||||F"


def lacking(*segments: str, type_: str = "ORU^R01", profile: str | None = None) -> Counter[Want]:
    dictionary: Dictionary = load(definitions(), profile=profile)
    text = "\r".join([HEADER.format(type_), *segments])
    return Counter(wants(dictionary.translate(text, IDS, source="ours"), dictionary))


def obx(code: str, unit: str = "g/L") -> str:
    return f"OBX|1|NM|{code}||7.8|{unit}|||||F"


@pytest.mark.parametrize(
    ("segments", "want"),
    [
        ((PID,), Want("authority", "OURS", "", "Patient.identifier")),
        ((PID.replace("|M", "|Q"),), Want("code", "AdministrativeSex", "Q", "PID-8")),
        ((PID + "|" * 42 + "x",), Want("field", "PID-50")),
        (("ZPI|1",), Want("segment", "ZPI")),
        ((OBR, obx("HB^x^L")), Want("local-code", "L", "HB", "Observation.code")),
        ((OBR, obx("HB^x^L")), Want("system", "L", "", "Observation.code")),
        ((OBR, obx("HB^x")), Want("local-code", "-", "HB", "Observation.code")),
        (
            (OBR, obx("1-8^x^LN", "furlong")),
            Want("unit", "furlong", "", "Observation.valueQuantity"),
        ),
    ],
)
def test_what_is_lacking(segments: tuple[str, ...], want: Want) -> None:
    found = lacking(*segments) if segments[0].startswith("PID") else lacking(PID, *segments)
    assert found[want] == 1
    assert {one.kind for one in found} <= set(KINDS)


def test_a_message_type_without_a_structure() -> None:
    assert lacking(PID, type_="ZZZ^Z99")[Want("structure", "ZZZ^Z99", "", "MSH-9")] == 1


def test_a_code_beside_a_standard_one_or_of_a_known_system_is_not_lacking() -> None:
    for code in ("HB^x^L^718-7^y^LN", "718-7^x^LN"):
        assert not [one for one in lacking(PID, OBR, obx(code)) if one.kind == "local-code"]


def test_a_profile_s_codes_are_lacking_where_it_lists_their_like(tmp_path: Path) -> None:
    profile = tmp_path / "ours.map"
    systems = "systems\n  L  urn:l\n  M  urn:m\n"
    profile.write_text(
        systems + "concepts L -> LN\n  A  1-8\n  none B\nconcepts - -> LN\n  D  1-8\n"
    )
    codes = ("A^x^L", "B^x^L", "C^x^L", "C^x^M", "D^x", "E^x")
    found = lacking(PID, OBR, *map(obx, codes), profile=str(profile))
    local = {(one.name, one.code) for one in found if one.kind == "local-code"}
    assert local == {("L", "C"), ("-", "E")}
    assert not [one for one in found if one.kind == "system"]


@pytest.mark.parametrize(
    "code",
    [
        "110101190001010014", "13800000001", "19800101", "DOB19800101", "张三", "see letter",
        "a.b@c", "X" * 33, "O'Neil", "欧阳娜娜", "B王小明", "陳大文", "患者自述青霉素过敏多年",
    ],
)  # fmt: skip
def test_what_may_be_more_than_a_code_is_counted_and_not_shown(code: str) -> None:
    found = lacking(PID, OBR, obx(f"{code}^x^L"))
    assert found[Want("local-code", "L", "", "Observation.code")] == 1
    assert not [one for one in found if code in one]


@pytest.mark.parametrize(
    "code",
    [
        "HB",
        "10023",
        "男",
        "A-1.2/3",
        "GLU_2",
        "住院",
        "急诊",
        "入院诊断",
        "父子",
        "CT平扫",
        "高血压二级",
    ],
)
def test_what_is_shaped_like_a_code_is_shown(code: str) -> None:
    assert Want("local-code", "L", code, "Observation.code") in lacking(
        PID, OBR, obx(f"{code}^x^L")
    )


@given(
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\r\n|^~\\&\x00"),
        min_size=5,
        max_size=60,
    )
)
def test_long_words_are_never_shown(words: str) -> None:
    found = lacking(PID, OBR, obx(f"{words} {words}^{words}^{words} {words}", f"{words} {words}"))
    assert not [one for one in found for text in one if words.strip() and words.strip() in text
                and " " in text]  # fmt: skip
    assert all(len(text) <= 40 for one in found for text in (one.name, one.code))


def test_places_are_those_of_any_message() -> None:
    assert place("PID-3[2].4") == "PID-3.4"
    assert place("OBX[3]-5") == "OBX-5"


@pytest.mark.parametrize(
    ("want", "rows"),
    [
        (Want("authority", "A"), "authorities\n  A  urn:a\n"),
        (Want("system", "A"), "systems\n  A  urn:a\n"),
        (Want("unit", "A"), "units\n  A  g\n"),
        (Want("segment", "ZZA"), "ZZA -> Encounter\n  ZZA-1  hospitalization.origin.display\n"),
        (Want("segment", "ZZA"), "ignore\n  ZZA\n"),
        (Want("field", "PID-50"), "PID -> Patient\n  ignore PID-50\n"),
        (Want("field", "PID-50"), "PID -> Patient\n  PID-50  name[]  XPN[HumanName]\n"),
        (Want("code", "AdministrativeSex", "Q"), "codes AdministrativeSex 0001 -> "
         "http://hl7.org/fhir/administrative-gender\n  Q  other\n"),
        (Want("local-code", "L", "A"), "systems\n  L  urn:l\nconcepts L -> LN\n  A  1-8\n"),
        (Want("local-code", "-", "A"), "concepts - -> LN\n  none A\n"),
    ],
)  # fmt: skip
def test_a_profile_may_mend_it(want: Want, rows: str, tmp_path: Path) -> None:
    profile = tmp_path / "ours.map"
    profile.write_text(rows)
    assert lacks(want, read(LAYERS, None))
    assert not lacks(want, read(LAYERS, str(profile)))


def test_tables_alone_do_not_tell_of_components() -> None:
    assert lacks(Want("component", "PID-3.9"), read(LAYERS, None))


def test_a_code_whose_system_the_field_s_row_named_names_none() -> None:
    """No profile can give HL7's own tables an address: its rows had no effect."""
    found = lacking(PID, "PV1|1|O" + "|" * 16 + "普通", type_="ADT^A04")
    assert found[Want("local-code", "-", "普通", "Encounter.type")] == 1
    assert not [want for want in found if want.kind == "system"]


def test_such_a_code_may_be_mended_as_one_of_no_system(tmp_path: Path) -> None:
    path = tmp_path / "p.map"
    path.write_text("concepts - -> CN-INSURANCE\n  普通  390\n", "utf-8")
    visit = "PV1|1|O" + "|" * 16 + "普通"
    assert not [
        w for w in lacking(PID, visit, type_="ADT^A04", profile=str(path)) if w.code == "普通"
    ]
