"""China's people: names in two scripts, documents of several kinds, addresses told twice."""

from __future__ import annotations

import pytest
from called import called
from speaking import JSON, found, message, of, one

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


# -- documents in words ----------------------------------------------------------------------------

PERMIT = "https://yiqiao.org/fhir/id/hk-macau-permit"
CARD, HEALTH_CARD = "urn:oid:2.16.156.10011.1.3", "urn:oid:2.16.156.10011.1.19"


@pytest.mark.parametrize(
    ("kind", "number", "system", "code"),
    [
        *(
            (kind, "110101190001010014", CARD, "NI")
            for kind in ("身份证", "居民身份证", "身份证号", "居民身份证号码", "二代身份证", "SFZ")
        ),
        ("港澳通行证", "H12345678", PERMIT, "06"),
        ("回乡证", "110101190001010014", CARD, "NI"),  # a residence permit
        ("台胞证", "12345678", "https://yiqiao.org/fhir/id/taiwan-permit", "07"),
        ("护照", "E12345678", None, "PPN"),
        ("军官证", "军字第123号", None, "04"),
        ("驾驶证", "110101190001010014", None, "DL"),
        ("电子健康卡", "AB12", HEALTH_CARD, "HC"),
        ("医保卡", "123", None, "医保卡"),
        ("病案号", "123", "https://yiqiao.org/fhir/authority/src/H", "MR"),
    ],
)
@pytest.mark.parametrize("field", [2, 3])
def test_a_document_may_be_named_in_words(
    field: int, kind: str, number: str, system: str | None, code: str
) -> None:
    """Of a hospital's own numbers PID-3 alone says that they are."""
    made, _ = patient((field, f"{number}^^^^{kind}"))
    (told_,) = (i for i in made["identifier"] if i["value"] == number)
    if field == 3 or code in {"NI", "PPN", "04", "DL"}:
        assert told_.get("system") == system
    assert told_["type"]["coding"][0]["code"] == code


def test_an_identity_card_named_in_words_does_not_name_the_hospital_s_record() -> None:
    ways = ("110101190001010014^^^^{}~9^^^H^MR", "110101190001010014^^^^{}~9^^^H^病案号")
    for way in ways:
        for kind in ("NNCHN", "身份证", "居民身份证号码"):
            made, _ = patient((3, way.format(kind)))
            assert made["id"] == patient((3, "9^^^H^MR"))[0]["id"]


@pytest.mark.parametrize(
    "written", ["110101 19000101 0014", "１１０１０１　１９０００１０１　００１４"]
)
def test_blanks_in_an_identity_number_say_nothing(written: str) -> None:
    for field, kind in ((3, "^^^^NI"), (19, "")):
        made, said = patient((field, written + kind))
        assert {"system": CARD, "value": "110101190001010014"}.items() <= made["identifier"][
            -1
        ].items()
        assert said == []


@pytest.mark.parametrize(
    "written", ["110101********0014", "1101**********0014", "110101XXXXXXXX0014"]
)
def test_a_masked_number_is_nobody_s(written: str) -> None:
    """Two people who share what is shown of their numbers were one patient."""
    made, said = patient((3, f"{written}^^^^NNCHN"))
    assert "identifier" not in made
    assert "filler PID-3" in said
    made, said = patient((19, written))
    assert [i["value"] for i in made["identifier"]] == ["1"]
    assert said == ["filler PID-19"]
    made, said = patient((3, f"{written}^^^^NNCHN~9^^^H^MR"))
    assert [i["value"] for i in made["identifier"]] == ["9"]


# -- who stands where a doctor's number would ------------------------------------------------------

V2_0203 = "http://terminology.hl7.org/CodeSystem/v2-0203"
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
    ("written", "number", "names"),
    [
        ("李测试{0}D1", "D1", ["李测试"]),
        ("李测试{0}00123", "00123", ["李测试"]),
        ("李测试{0}wang", None, ["李测试", "wang"]),
        ("王{0}芳", None, ["王芳"]),
        ("李测试{0}D1{0}H", None, ["李测试", "H D1"]),  # what H is, nobody can tell
    ],
)
@pytest.mark.parametrize("field", [16, 32])
def test_a_doctor_s_number_and_name_that_changed_places_are_what_they_are(
    field: int, written: str, number: str | None, names: list[str]
) -> None:
    value = written.format("^" if field == 16 else "&")
    obr = f"OBR|1|P1|F1|A^Aa^L{'|' * (field - 4)}{value}"
    numbers, told_names, said = doctor(obr, "OBX|1|NM|X||1||||||F")
    assert (numbers, told_names, said) == ([(OWN, number)] if number else [], names, [])


def test_a_doctor_is_the_same_whichever_way_number_and_name_are_written() -> None:
    ways = ("D1^李测试", "李测试^D1", "李测试(D1)", "D1/李测试", "D1李测试", "李测试【D1】")
    made = [message("ORU^R01", WU, f"OBR|1|P1|F1|A^Aa^L{'|' * 12}{way}") for way in ways]
    assert len({one(each, "Practitioner")["id"] for each in made}) == 1
    assert all(one(each, "Practitioner")["name"] == [{"text": "李测试"}] for each in made)


@pytest.mark.parametrize(
    "written", ["王芳2", "3病区护士", "内0123", "王芳(2)", "李测试D1", "120急救"]
)
def test_a_text_that_is_not_clearly_a_number_and_a_name_stays_one(written: str) -> None:
    made = message("ORU^R01", WU, f"OBR|1|P1|F1|A^Aa^L{'|' * 12}{written}")
    who = one(made, "Practitioner")
    names = [n["text"] for n in who.get("name", ())]
    assert [*names, *(n["value"] for n in who.get("identifier", ()))] == [written]


@pytest.mark.parametrize("written", ["王芳,李测试", "王芳、李测试", "王芳/李测试", "王芳；李测试"])
def test_several_doctors_in_the_place_of_one_are_several(written: str) -> None:
    """Where FHIR has room for one alone, all are one name: none is a number."""
    made = message("ADT^A01", WU, f"PV1|1|I|||||{written}")
    assert [d["name"] for d in of(made, "Practitioner")] == [
        [{"text": "王芳"}],
        [{"text": "李测试"}],
    ]
    made = message("ORU^R01", WU, f"OBR|1|P1|F1|A^Aa^L{'|' * 12}{written}")
    who = one(made, "Practitioner")
    assert [n["text"] for n in who["name"]] == [written]
    assert "identifier" not in who


def test_when_a_doctor_read_is_no_number_of_his() -> None:
    obr = f"OBR|1|P1|F1|A^Aa^L{'|' * 28}王芳^20260301"
    assert doctor(obr, "OBX|1|NM|X||1||||||F") == ([], ["王芳"], ["not-applicable OBR-32.2"])
    obr = f"OBR|1|P1|F1|A^Aa^L{'|' * 28}D1&王芳^近日^x"
    numbers, names, said = doctor(obr, "OBX|1|NM|X||1||||||F")
    assert (numbers, names) == ([(OWN, "D1")], ["王芳"])
    assert said == ["not-applicable OBR-32.2", "not-applicable OBR-32.3"]


@pytest.mark.parametrize(
    ("written", "text", "use"), [("无名氏^1", "无名氏1", "temp"), ("李测试^D1", "李测试D1", None)]
)
def test_digits_beside_a_name_are_not_how_it_is_spoken(
    written: str, text: str, use: str | None
) -> None:
    made, said = patient((5, written))
    assert (told(made["name"]), said) == ([(text, use, False)], [])


@pytest.mark.parametrize("written", ["无", "-", "无^天津^20300101", "0"])
def test_a_licence_that_nobody_has_is_none(written: str) -> None:
    made, said = patient((20, written))
    assert [i["value"] for i in made["identifier"]] == ["1"]
    assert said == ["filler PID-20"]
    staff = ("MFI|PRA||UPD|||NE", "MFE|MAD|1|20260301|S1", "STF|S1|1^^^H|王^芳")
    made_of_staff = message("MFN^M02", *staff, f"PRA|S1|||||{written}")
    numbers = [i["value"] for i in one(made_of_staff, "Practitioner")["identifier"]]
    assert numbers == ["S1", "1"]


def test_who_gave_out_a_driver_s_licence_is_named() -> None:
    made, said = patient((20, "B123^天津&1.2.3&ISO^20300101"))
    assert made["identifier"][1:] == [{
        "value": "B123", "system": "urn:oid:1.2.3", "assigner": {"display": "天津"},
        "type": {"coding": [called({"system": V2_0203, "code": "DL"})]},
        "period": {"end": "2030-01-01"},
    }]  # fmt: skip
    assert said == []


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


@pytest.mark.parametrize("kind", ["SL", "MD", "UPIN", "PPN"])
def test_a_licence_is_not_the_number_that_another_doctor_has_in_the_hospital(kind: str) -> None:
    """The second was taken for the first."""
    licensed = f"D1^王^芳^^^^^^^^^^{kind}"
    made = message("ADT^A01", WU, f"PV1|1|I|||||D1^李^四|{licensed}")
    assert [d["name"][0]["text"] for d in of(made, "Practitioner")] == ["李四", "王芳"]
    made = message("ADT^A01", WU, f"PV1|1|I|||||{licensed}|{licensed}^H")
    assert len(of(made, "Practitioner")) == 1


def test_a_provider_s_licence_is_not_a_doctor_s_number() -> None:
    visit = "PV1|1|O|||||D1^李^四"
    made = message("REF^I12", "RF1|P", "PRD|RP|王^芳|||||D1^UPIN", WU, visit)
    assert [d["name"][0]["text"] for d in of(made, "Practitioner")] == ["王芳", "李四"]
    made = message("REF^I12", "RF1|P", "PRD|RP|李^四|||||D1^L", WU, visit)
    assert len(of(made, "Practitioner")) == 1


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("王芳^李测试", "王芳 李测试"),  # two names: nobody is called 王芳李测试
        ("王芳^芳", "王芳"),
        ("王芳^王芳", "王芳"),
        ("王^芳", "王芳"),
        ("欧阳^阳", "欧阳阳"),
        ("欧阳^王林", "欧阳王林"),
        ("陳李^淑芬", "陳李淑芬"),
        ("买买提^吐尔逊", "买买提吐尔逊"),
        ("zhangsan^张三^x", "张三"),
    ],
)
def test_a_whole_name_in_the_family_s_place_is_no_family_name(written: str, text: str) -> None:
    made = message("ADT^A08", f"PID|1||1^^^H^MR||{written}")
    assert one(made, "Patient")["name"][0]["text"] == text
    assert found(made) == []
