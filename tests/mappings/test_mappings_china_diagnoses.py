"""China's diagnoses: double codes, names of editions wherever they stand, codes without one."""

from __future__ import annotations

import pytest
from speaking import message, one

from mappings.language.parser import parse
from mappings.language.systems import with_names
from mappings.language.tree import TableError, Tables
from mappings.runtime.text import shapes

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
    assert not shapes.is_icd10_double(value)


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
