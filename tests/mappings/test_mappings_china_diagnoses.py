"""China's diagnoses: double codes, names of editions wherever they stand, codes without one."""

from __future__ import annotations

import pytest
from speaking import message, one

from mappings.language.parser import parse
from mappings.language.systems import with_names
from mappings.language.tree import TableError, Tables
from mappings.runtime.text import icd10

CN = "urn:oid:2.16.156.10011.2.3.3.11"
NHSA = "https://yiqiao.org/fhir/CodeSystem/icd-10-nhsa"
WHO = "http://hl7.org/fhir/sid/icd-10"


def codings(dg1: str) -> tuple[list[tuple[str | None, str]], list[str]]:
    """System and code of every coding of a diagnosis, and what was found."""
    made = message("ADT^A01", "PID|1||1^^^H^MR||甲^^^^^^L", f"DG1|1|{dg1}")
    read = one(made, "Condition")["code"]["coding"]
    found = [f"{f.code} {f.location}" for f in made.findings]
    return [(c.get("system"), c["code"]) for c in read], found


@pytest.mark.parametrize(
    ("code", "stems"),
    [
        ("E14.301+H36.0*", ["E14.3", "H36.0"]),
        ("E11.900x001+H36.0*", ["E11.9", "H36.0"]),
        ("A18.000x005+M01.1*", ["A18.0", "M01.1"]),
        ("E14.301†H36.001*", ["E14.3", "H36.0"]),
        ("H36.001*E14.301+", ["H36.0", "E14.3"]),
        ("I10.X00", ["I10"]),
        ("i10.x00X002", ["I10"]),
        ("e11.900", ["E11.9"]),
        ("E11.9", ["E11.9"]),
        ("A17.100+", ["A17.1"]),
        ("E11.900+糖尿病", []),
        ("Z00000", []),
    ],
)
@pytest.mark.parametrize("written", ["|{}^x^ICD10CN", "ICD10CN|{}^x", "|{}^x^国临2.0", "医保版|{}"])
def test_each_part_of_a_code_has_a_stem(written: str, code: str, stems: list[str]) -> None:
    (own, *who), found = codings(written.format(code))
    assert own == (NHSA if "医保" in written else CN, code)
    assert who == [(WHO, stem) for stem in stems]
    assert found == []


@pytest.mark.parametrize(
    ("name", "system"),
    [
        *((name, CN) for name in (
            "ICD10-CN", "ICD10CN", "国临版", "国临版2.0", "国临", "国临2.0", "国家临床版2.0",
            "GB/T 14396-2016", "ICD10国家临床版2.0", "ICD-10国临版", "ICD-10国家临床版",
            "2.16.156.10011.2.3.3.11",
        )),
        *((name, NHSA) for name in (
            "医保版", "医保2.0", "ICD10-YB", "ICD-10医保版", "ICD10医保版2.0",
        )),
        *((name, CN) for name in ("I10", "ICD10", "ICD-10")),
    ],
)  # fmt: skip
def test_an_edition_has_the_same_names_in_both_places(name: str, system: str) -> None:
    wanted = ([(system, "E11.900x001"), (WHO, "E11.9")], [])
    assert codings(f"|E11.900x001^x^{name}") == wanted
    assert codings(f"{name}|E11.900x001^x") == wanted


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("E11.900x001", [(CN, "E11.900x001"), (WHO, "E11.9")]),
        ("I10.x00", [(CN, "I10.x00"), (WHO, "I10")]),
        ("E11.900x001+H36.0*",
         [(CN, "E11.900x001+H36.0*"), (WHO, "E11.9"), (WHO, "H36.0")]),
        ("E11.900", [(None, "E11.900")]),
        ("S06.0X1A", [(None, "S06.0X1A")]),
        ("A10+B20", [(None, "A10+B20")]),
    ],
)  # fmt: skip
def test_a_code_without_a_system_is_known_by_a_form_that_no_other_has(
    code: str, read: list[tuple[str | None, str]]
) -> None:
    assert codings(f"|{code}^x") == (read, [])


@pytest.mark.parametrize("value", ["", "E11", "E11.900,I10", "+", "M80000/3", "E14.301+"])
def test_one_code_is_not_double(value: str) -> None:
    assert not icd10.is_icd10_double(value)


def test_names_of_a_system_are_those_of_every_layer() -> None:
    tables = Tables()
    for layer, text in (
        ("base", "systems\n  A  http://a\n  B  http://b\nCWE -> CodeableConcept\n"
                 "  CWE.1  text  when CWE.3 names (A)\n    .  text  when CWE.4 not names A\n"),
        ("site", 'systems\n  "A 2"  http://a\n'),
    ):  # fmt: skip
        parse(text, f"{layer}.map", layer, tables)
    (row,) = with_names(tables).maps["CWE[CodeableConcept]"].rows
    for condition in (str(row.when), str(row.rows[0].when)):
        assert "values=('A', 'A 2', 'http://a')" in condition


def test_names_of_a_system_that_nobody_knows_are_refused() -> None:
    tables = Tables()
    parse("CWE -> CodeableConcept\n  CWE.1  text  when CWE.3 names X\n", "a.map", "base", tables)
    with pytest.raises(TableError, match=r"a\.map:2: no system is called 'X'"):
        with_names(tables)


LISTS = ["ICD10|{}", "|{}^x^ICD10", "|{}^x^ICD10-CN", "国临版|{}"]


@pytest.mark.parametrize("written", LISTS)
@pytest.mark.parametrize("code", ["E11.900;F32.900", "E11.900，F32.900x001", "E11.9 / F32.9"])
def test_several_codes_in_one_are_no_code_and_each_has_its_stem(written: str, code: str) -> None:
    """F32 is psychiatric: behind another diagnosis it was a diagnosis that nobody knew."""
    made = message("ADT^A01", "PID|1||1^^^H^MR||甲", f"DG1|1|{written.format(code)}")
    read = one(made, "Condition")["code"]["coding"]
    assert {(c.get("system"), c["code"]) for c in read if "code" in c} == {
        (None, code), (WHO, "E11.9"), (WHO, "F32.9"),
    }  # fmt: skip
    assert [f"{f.code} {f.location}" for f in made.findings] == ["kept-as-text DG1-3.1"]


@pytest.mark.parametrize(
    ("dg1", "systems"),
    [
        ("|K29.700|慢性胃炎", [CN, WHO]),
        ("|K29.700^慢性胃炎", [CN, WHO]),
        ("|E14.301+H36.0*^糖尿病视网膜病变", [CN, WHO, WHO]),
        ("|M05.711^Rheumatoid arthritis", [None]),  # ICD-10-CM has six places, too
        ("|K29.700", [None]),
        ("|K29.7^慢性胃炎", [None]),
        ("|K29.700^慢性胃炎^L", ["https://yiqiao.org/fhir/code-system/src/L"]),
    ],
)
def test_a_code_of_no_list_with_a_chinese_name_is_the_national_edition_s(
    dg1: str, systems: list[str | None]
) -> None:
    said, found = codings(dg1)
    assert [system for system, _ in said] == systems
    assert found == []


def test_the_main_diagnosis_is_the_first_though_words_alone_say_so() -> None:
    made = message(
        "ADT^A01", "PID|1||1^^^H^MR||甲", "PV1|1|I", "DG1|1||I10^高血压^I10||20260301|其他诊断",
        "DG1|2||E11.9^糖尿病^I10||20260301|主要诊断",
        "DG1|3||K29.7^胃炎^I10||20260301|主要诊断|||||||||3",
        "DG1|4||BNP050^胃脘痛病^GBT15657||20260301|中医主病",
    )  # fmt: skip
    ranks = [each.get("rank") for each in one(made, "Encounter")["diagnosis"]]
    assert ranks == [None, 1, 3, None]
    assert [f"{f.code} {f.location}" for f in made.findings] == []


@pytest.mark.parametrize("dg1", ["|K29.700^慢性胃炎", "I10|K29.700^慢性胃炎"])
def test_a_diagnosis_whose_system_stands_elsewhere_has_its_name_as_text(dg1: str) -> None:
    made = message("ADT^A01", "PID|1||1^^^H^MR||甲", f"DG1|1|{dg1}")
    assert one(made, "Condition")["code"]["text"] == "慢性胃炎"
