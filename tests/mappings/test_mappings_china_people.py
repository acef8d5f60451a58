"""China's people: names in two scripts, documents of several kinds, addresses told twice."""

from __future__ import annotations

import pytest
from speaking import JSON, message, of, one

from mappings.runtime.text import shapes


def patient(*fields: tuple[int, str]) -> tuple[JSON, list[str]]:
    """The Patient of a PID with these fields, and everything that was found."""
    row = ["PID", "1", "", "1^^^H^MR", "", "甲", *[""] * 34]
    for number, value in fields:
        row[number] = value
    made = message("ADT^A08", "EVN|A08|2026030108", "|".join(row))
    return one(made, "Patient"), [f"{f.code} {f.location}" for f in made.findings]


def told(names: list[JSON]) -> list[tuple[str, str | None, bool]]:
    """Text, use, and whether it is written as it is spoken, of every name."""
    return [(n["text"], n.get("use"), "SYL" in str(n.get("extension"))) for n in names]


# -- a name in Han and in Latin letters ------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "han", "latin"),
    [
        ("张三丰^zhangsanfeng", "张三丰", "zhangsanfeng"),
        ("zhangsanfeng^张三丰", "张三丰", "zhangsanfeng"),
        ("张三丰^Zhang^Sanfeng", "张三丰", "Zhang Sanfeng"),
        ("张三丰^^Zhang", "张三丰", "Zhang"),
        ("张^三^Zhang San", "张三", "Zhang San"),
        ("Zhang^张三丰^Sanfeng", "张三丰", "Zhang Sanfeng"),
        ("Zhang^张^三丰", "张三丰", "Zhang"),
        ("阿卜杜拉·买买提^ABUDULA·MAIMAITI", "阿卜杜拉·买买提", "ABUDULA·MAIMAITI"),
        ("巴特尔^Baatar・Dorj", "巴特尔", "Baatar・Dorj"),
        ("努尔古丽^Nurgül Mämätjan’", "努尔古丽", "Nurgül Mämätjan’"),
        ("叶尔肯^Erkın", "叶尔肯", "Erkın"),
    ],
)
def test_both_forms_of_a_name_are_told_whole(written: str, han: str, latin: str) -> None:
    made, said = patient((5, written))
    assert told(made["name"]) == [(han, None, False), (latin, None, True)]
    assert not any({"family", "given"} & name.keys() for name in made["name"][1:])
    assert said == []


@pytest.mark.parametrize(("type_", "use"), [("L", "official"), ("M", "maiden")])
def test_both_forms_of_a_name_are_used_alike(type_: str, use: str) -> None:
    made, _ = patient((5, f"张三丰^zhangsanfeng^^^^^{type_}~Müller^Jo^^^^^{type_}"))
    assert told(made["name"]) == [
        ("张三丰", use, False), ("Jo Müller", use, False), ("zhangsanfeng", use, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "segment"),
    [
        ("RelatedPerson", "NK1|1|{}|FTH"),
        ("RelatedPerson", "GT1|1||{}"),
        ("RelatedPerson", "IN1|1|P1|C1|||||||||||||{}|SPO"),
        ("RelatedPerson", "IAM|1||A^a^L|||||||||||{}|BRO"),
        ("Practitioner", "PV1|1|I|||||D1^{}"),
        ("Practitioner", "PV1|1|I|||||D1^{}^^^^^^H^M"),
    ],
)
@pytest.mark.parametrize("written", ["李四^Li^Si", "Li^李四^Si", "李四^Li Si"])
def test_every_name_of_a_person_is_told_in_both_scripts(
    type_: str, segment: str, written: str
) -> None:
    made = message("ADT^A01", "PID|1||1||甲", segment.format(written))
    names = one(made, type_)["name"]
    assert [(n["text"], "given" in n, "family" in n) for n in names] == [
        ("李四", False, False), ("Li Si", False, False),
    ]  # fmt: skip
    assert [text for text, _, spoken in told(names) if spoken] == ["Li Si"]


def test_another_name_of_the_patient_is_known_by_its_field_in_both_scripts() -> None:
    made, _ = patient((9, "李四^Lisi"))
    assert [(n["text"], "PID-9" in str(n)) for n in made["name"]] == [
        ("甲", False), ("李四", True), ("Lisi", True),
    ]  # fmt: skip


def test_a_record_that_is_merged_keeps_both_forms_of_its_name() -> None:
    made = message("ADT^A40", "PID|1||1^^^H^MR||甲", "MRG|2^^^H^MR||||||李四^Li^Si")
    names = [n for each in of(made, "Patient") for n in each["name"]]
    assert told(names) == [("甲", None, False), ("李四", None, False), ("Li Si", None, True)]


def test_a_name_that_has_but_one_place_is_told_in_both_scripts() -> None:
    made, said = patient((6, "李四^Li^Si"))
    assert made["extension"][0]["valueString"] == "李四 Li Si"
    assert said == []


@pytest.mark.parametrize("written", ["张三^zhang&san", "zhang&san^张三", "张三^^zhang&san"])
def test_what_a_form_of_a_name_has_below_its_components_is_told(written: str) -> None:
    assert told(patient((5, written))[0]["name"]) == [
        ("张三", None, False), ("zhang&san", None, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["·", "ABUDULA·MAIMAITI", "O’Neil", "Erkın", "Jørgen", "ｚｈａｎｇ"]
)
def test_letters_with_what_stands_between_them_are_latin(text: str) -> None:
    assert shapes.is_latin(text)


@pytest.mark.parametrize("text", ["", "张·三", "Ахмед", "ئابدۇللا", "李a"])
def test_letters_of_others_are_not_latin(text: str) -> None:
    assert not shapes.is_latin(text)


# -- who stands where a doctor's number would ------------------------------------------------------

OWN = "https://yiqiao.org/fhir/authority/src/H"
ID_CARD = "urn:oid:2.16.156.10011.1.3"
WU = "PID|1||100^^^H^MR||吴^一"


def doctor(*segments: str) -> tuple[list[tuple[str | None, str]], list[str], list[str]]:
    """Numbers (system, value), names, and findings of the doctor that segments name."""
    made = message("ORU^R01", WU, *segments)
    who = one(made, "Practitioner")
    numbers = [(n.get("system"), n["value"]) for n in who.get("identifier", ())]
    said = [f"{f.code} {f.location}" for f in made.findings]
    return numbers, [n["text"] for n in who.get("name", ())], said


@pytest.mark.parametrize(
    ("written", "numbers", "names"),
    [
        ("王芳", [], ["王芳"]),
        ("王芳{0}王芳", [], ["王芳"]),
        ("王芳2", [], ["王芳2"]),  # of two that are called so
        ("内0123{0}李四", [(OWN, "内0123")], ["李四"]),
        ("D1{0}王芳", [(OWN, "D1")], ["王芳"]),
    ],
)
@pytest.mark.parametrize("field", [16, 32])  # an XCN, and an NDL with its CNN
def test_a_name_in_the_place_of_a_doctor_s_number_is_no_number(
    field: int, written: str, numbers: list[tuple[str, str]], names: list[str]
) -> None:
    value = written.format("^" if field == 16 else "&")
    obr = f"OBR|1|P1|F1|A^Aa^L{'|' * (field - 4)}{value}"
    assert doctor(obr, "OBX|1|NM|X||1||||||F") == (numbers, names, [])


@pytest.mark.parametrize(
    ("number", "kind", "expected", "said"),
    [
        ("110101190001010014", "NI", (ID_CARD, "110101190001010014"), []),
        ("110101190001010014", "NNCHN", (ID_CARD, "110101190001010014"), []),
        ("110101900101001", "01", (ID_CARD, "110101199001010015"), []),
        ("110101190001010015", "NI", (OWN, "110101190001010015"), ["kept-as-text OBR-16.1"]),
        ("H12345678", "06", (None, "H12345678"), []),
    ],
)
def test_a_doctor_s_identity_card_number(
    number: str, kind: str, expected: tuple[str | None, str], said: list[str]
) -> None:
    obr = f"OBR|1|P1|F1|A^Aa^L||||||||||||{number}^王芳^^^^^^^^^^^{kind}"
    assert doctor(obr, "OBX|1|NM|X||1||||||F") == ([expected], ["王芳"], said)


def test_a_relative_s_name_and_identity_card_number() -> None:
    relative = "ROL||AD|MTH^Mother^HL70063|"
    for value, numbers in (("王五", []), ("110101190001010014^王五^^^^^^^^^^^NI", [ID_CARD])):
        made = message("ADT^A01", "EVN|A01|2026030108", WU, relative + value, "PV1|1|I")
        (kin,) = (m.resource for m in made.made if m.resource["resourceType"] == "RelatedPerson")
        assert [n["system"] for n in kin.get("identifier", ())] == numbers
        assert [n["text"] for n in kin["name"]] == ["王五"]
