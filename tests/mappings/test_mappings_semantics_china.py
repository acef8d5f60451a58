"""China: names in two scripts, identity documents, GB/T codes, both ICD-10 editions, addresses."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import JSON, found, message, obx, one, oru, translated

CN_ID = "urn:oid:2.16.156.10011.1.3"
OWN = "https://yiqiao.org/fhir/authority/src/H"
MAN = "110101190001010014"


def patient(**fields: str) -> tuple[JSON, list[str]]:
    """The Patient of a PID whose fields are given by number (``f3``), and what was found."""
    row = ["PID", "1", "", "1^^^H^MR", "", "甲", *[""] * 34]
    for name, value in fields.items():
        row[int(name[1:])] = value
    made = message("ADT^A08", "EVN|A08|2026030108", "|".join(row))
    return one(made, "Patient"), found(made)


def names(pid5: str) -> list[tuple[str, str | None, list[str], str | None]]:
    """Text, family, given and representation of every name."""
    return [
        (n["text"], n.get("family"), n.get("given", []),
         next((e["valueCode"] for e in n.get("extension", ())), None))
        for n in patient(f5=pid5)[0]["name"]
    ]  # fmt: skip


# -- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("张三丰", [("张三丰", None, [], None)]),
        ("张三丰^zhangsanfeng", [("张三丰", None, [], None), ("zhangsanfeng", None, [], "SYL")]),
        ("欧阳^锋", [("欧阳锋", "欧阳", ["锋"], None)]),
        ("张^三^Zhang San", [("张三", "张", ["三"], None), ("Zhang San", None, [], "SYL")]),
        ("测试甲^^^^^^L^I~CESHI^JIA^^^^^L^P",
         [("测试甲", None, [], "IDE"), ("CESHI JIA", "CESHI", ["JIA"], "SYL")]),
        ("测试甲^CESHIJIA~CE^SHI",
         [("测试甲", None, [], None), ("SHI CE", "CE", ["SHI"], None),
          ("CESHIJIA", None, [], "SYL")]),
        ("买买提·艾力", [("买买提·艾力", None, [], None)]),
        ("张　三", [("张三", None, [], None)]),
        ("张 三^ZHANG SAN", [("张三", None, [], None), ("ZHANG SAN", None, [], "SYL")]),
        ("阿卜杜拉.买买提", [("阿卜杜拉.买买提", None, [], None)]),
        ("王芳(女婴)", [("王芳(女婴)", None, [], None)]),
        ("张三之女1", [("张三之女1", None, [], None)]),
        ("李?", [("李?", None, [], None)]),
        ("张三丰^Zhāng Sānfēng", [("张三丰", None, [], None), ("Zhāng Sānfēng", None, [], "SYL")]),
        ("张三丰^ｚｈａｎｇ", [("张三丰", None, [], None), ("ｚｈａｎｇ", None, [], "SYL")]),
        ("Müller^Jürgen", [("Jürgen Müller", "Müller", ["Jürgen"], None)]),
        ("ZHANG^SAN", [("SAN ZHANG", "ZHANG", ["SAN"], None)]),
        ("ZHANG^SAN^^^^^L^P", [("ZHANG SAN", "ZHANG", ["SAN"], "SYL")]),
        ("ZHANG^SAN^^^^^L^P^^^G", [("SAN ZHANG", "ZHANG", ["SAN"], "SYL")]),
        ("Nagy^Anna^^^Dr.^^L^^^^F", [("Dr. Nagy Anna", "Nagy", ["Anna"], "F")]),
        ("张^三^^^^^L^P^^^F", [("张三", "张", ["三"], "SYL")]),
        ("𠮷田^䶮", [("𠮷田䶮", "𠮷田", ["䶮"], None)]),
    ],
)  # fmt: skip
def test_names(written: str, read: list[Any]) -> None:
    assert names(written) == read


@pytest.mark.parametrize("written", ["李测试", "李测试^^^^^^^^H", " 买买提·艾力"])
def test_a_name_in_the_place_of_a_number_is_a_name(written: str) -> None:
    made = message("ADT^A01", "PID|1||1||甲", f"PV1|1|I|||||{written}")
    doctor = one(made, "Practitioner")
    name = written.split("^", maxsplit=1)[0].strip()
    assert doctor["name"] == [{"text": name}]
    assert "identifier" not in doctor
    assert one(made, "Encounter")["participant"][0]["individual"]["display"] == name


def test_a_doctor_in_one_piece_is_not_cut() -> None:
    visit = "PV1|1|I|||||D1^李测试|D2^王^五"
    made = message("ADT^A01", "EVN|A01|2026030108", "PID|1||1||甲", visit)
    whole, cut = (p["name"][0] for p in sorted(
        (m.resource for m in made.made if m.resource["resourceType"] == "Practitioner"),
        key=lambda p: str(p["identifier"]),
    ))  # fmt: skip
    assert (whole["text"], whole.get("family")) == ("李测试", None)
    assert (cut["text"], cut["family"], cut["given"]) == ("王五", "王", ["五"])


# -- documents -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cx", "system", "value", "findings"),
    [
        (f"{MAN}^^^GA^NNCHN", CN_ID, MAN, []),
        (f"{MAN}^^^^01", CN_ID, MAN, []),
        (f"{MAN}^^^&2.16.840.1.113883.2.23.1.19.1&ISO", CN_ID, MAN, []),
        (f"{MAN}^^^&2.16.156.10011.1.3&ISO^NI", CN_ID, MAN, []),
        ("110101900101001^^^^NNCHN", CN_ID, "110101199001010015", []),
        ("11010119000101001X^^^^NNCHN", OWN, "11010119000101001X", ["kept-as-text PID-3.1"]),
        ("110101190013010014^^^^01", OWN, "110101190013010014", ["kept-as-text PID-3.1"]),
        ("h12345678^^^^06", "https://yiqiao.org/fhir/id/hk-macau-permit", "H12345678", []),
        ("M1234567800^^^^06", "https://yiqiao.org/fhir/id/hk-macau-permit", "M1234567800", []),
        ("H1234567^^^^06", OWN, "H1234567", ["kept-as-text PID-3.1"]),
        ("12345678^^^^07", "https://yiqiao.org/fhir/id/taiwan-permit", "12345678", []),
        ("1234^^^^07", OWN, "1234", ["kept-as-text PID-3.1"]),
        (f"{MAN}^^^^06", CN_ID, MAN, []),  # a residence permit has a number of the same make
        ("E12345678^^^^03", None, "E12345678", []),
        ("E12345678^^^^PPN", None, "E12345678", []),
        ("D1^^^^05", None, "D1", []),
        ("S1^^^^SS", None, "S1", []),
        ("E12345678^^^H^PPN", OWN, "E12345678", []),
        ("X1^^^^HC", "urn:oid:2.16.156.10011.1.19", "X1", []),
    ],
)
def test_identity_documents(cx: str, system: str, value: str, findings: list[str]) -> None:
    made, said = patient(f3=cx)
    (identifier,) = made["identifier"]
    assert (identifier.get("system"), identifier["value"]) == (system, value)
    assert said == findings


@pytest.mark.parametrize(("number", "system"), [(MAN, CN_ID), (MAN[:-1] + "5", None)])
def test_the_card_in_pid_19(number: str, system: str | None) -> None:
    made, said = patient(f19=number)
    _, card = made["identifier"]
    assert (card["value"], card.get("system")) == (number, system)
    assert bool(said) is (system is None)


@pytest.mark.parametrize("kind", ["06", "07"])
def test_a_residence_permit_is_no_travel_permit(kind: str) -> None:
    (permit,) = patient(f3=f"{MAN}^^^^{kind}")[0]["identifier"]
    meant, own = permit["type"]["coding"]
    assert (permit["system"], meant["code"], own["code"]) == (CN_ID, "NI", kind)


def test_a_card_in_pid_19_is_read_by_its_number_alone() -> None:
    made, said = patient(f19=f"{MAN}^^^GA^NNCHN")
    assert [i["value"] for i in made["identifier"] if i.get("system") == CN_ID] == [MAN]
    assert "kept-as-text PID-19" not in said


# -- codes of GB/T -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "gender"),
    [("0", "unknown"), ("1", "male"), ("2", "female"), ("9", "unknown"), ("M", "male"),
     ("F", "female"), ("男", "male"), ("女", "female"), ("男性", "male"), ("女性", "female"),
     ("未知", "unknown"), ("未说明", "unknown"), ("未说明的性别", "unknown")],
)  # fmt: skip
def test_sex(written: str, gender: str) -> None:
    made, said = patient(f8=written)
    assert (made["gender"], said) == (gender, [])


@pytest.mark.parametrize(
    ("written", "code"),
    [("10", "S"), ("20", "M"), ("21^初婚^GBT2261.2", "M"), ("22", "M"), ("23", "M"), ("30", "W"),
     ("40^离婚^GB2261.2", "D"), ("90", "UNK"), ("已婚", "M"), ("1", "S"), ("2", "M"),
     ("3", "W"), ("4^离婚", "D"), ("9", "UNK"), ("离异", "D"), ("M", "M")],
)  # fmt: skip
def test_marital_status(written: str, code: str) -> None:
    made, said = patient(f16=written)
    first, *rest = made["maritalStatus"]["coding"]
    assert (first["code"], said) == (code, [])
    if "GB" in written:
        assert [r["system"] for r in rest] == ["urn:oid:2.16.156.10011.2.3.3.5"]


@pytest.mark.parametrize(
    ("written", "codings"),
    [
        ("CHN", [("urn:iso:std:iso:3166", "CHN")]),
        ("CN", [("urn:iso:std:iso:3166", "CN")]),
        ("156", [("urn:iso:std:iso:3166", "CHN"),
                 ("http://terminology.hl7.org/CodeSystem/v2-0399", "156")]),
        ("156^中国^GB2659", [("urn:iso:std:iso:3166", "CHN"),
                             ("https://yiqiao.org/fhir/CodeSystem/gb-t-2659", "156")]),
        ("中国", [("urn:iso:std:iso:3166", "CHN"),
                  ("https://yiqiao.org/fhir/code-system/src/v2-0399", "中国")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["f26", "f28"])
def test_a_country_is_known_by_its_letters(
    field: str, written: str, codings: list[tuple[str, str]]
) -> None:
    made, said = patient(**{field: written})
    (extension,) = made["extension"]
    (code,) = extension["extension"]
    found = code["valueCodeableConcept"]["coding"]
    assert [(c["system"], c["code"]) for c in found] == codings
    assert said == []


@pytest.mark.parametrize(
    ("written", "country"), [("156", "CHN"), ("CHN", "CHN"), ("CN", "CN"), ("中国", "中国")]
)
def test_a_country_that_is_a_number_is_written_in_letters(written: str, country: str) -> None:
    made, said = patient(f11=f"北京路1号^^北京^^^{written}")
    assert made["address"][0]["country"] == country
    assert said == []


@pytest.mark.parametrize(
    "written",
    ["01", "01^汉族^GB3304", "HA", "汉族", "汉", "1", "^汉族", "^汉族^GB/T 3304", "01^x^GB/T3304"],
)
@pytest.mark.parametrize("field", ["f10", "f22"])
def test_ethnicity(written: str, field: str) -> None:
    made, said = patient(**{field: written})
    (extension,) = made["extension"]
    first = extension["valueCodeableConcept"]["coding"][0]
    assert (first["system"], first["code"]) == ("urn:oid:2.16.156.10011.2.3.3.3", "01")
    assert said == []


@pytest.mark.parametrize(
    ("field", "written", "kind", "system", "code"),
    [
        ("f10", "2106-3^White^CDCREC", "patient-race", "6.238", "2106-3"),
        ("f10", "W", "patient-race", "v2-0005", "W"),
        ("f22", "2186-5^Not Hispanic^HL70189", "patient-ethnic-group", "v2-0189", "2186-5"),
        ("f22", "N", "patient-ethnic-group", "v2-0189", "N"),
        ("f22", "58^x^GB3304", "cn-ethnicity", "urn:oid:2.16.156.10011.2.3.3.3", "58"),
        ("f10", "99^x^GBT3304", "cn-ethnicity", "urn:oid:2.16.156.10011.2.3.3.3", "99"),
        ("f10", "穿青人", "cn-ethnicity", "", "穿青人"),
    ],
)
def test_race_of_others_is_theirs(
    field: str, written: str, kind: str, system: str, code: str
) -> None:
    made, _ = patient(**{field: written})
    (extension,) = made["extension"]
    coding = extension["valueCodeableConcept"]["coding"][0]
    assert (extension["url"].rpartition("/")[2], coding["code"]) == (kind, code)
    assert coding.get("system", "").endswith(system)


def test_a_word_of_a_people_is_of_the_source_not_of_a_path_with_a_urn() -> None:
    made, _ = patient(f10="汉族")
    own = made["extension"][0]["valueCodeableConcept"]["coding"][1]["system"]
    assert own == "https://yiqiao.org/fhir/code-system/src/2.16.156.10011.2.3.3.3"


@pytest.mark.parametrize("layers", [("base",), ("base", "cn")])
def test_of_several_races_none_is_lost(layers: tuple[str, ...]) -> None:
    """PID-10, PID-22 and PID-26 repeat; so do FHIR's extensions."""
    pid = ["PID", "1", "", "1^^^H^MR", "", "Doe", *[""] * 34]
    pid[10], pid[22] = "2131-1^Other^CDCREC~2106-3^White^CDCREC", "N~H"
    pid[26], pid[39] = "USA~CHN", "NAV^Navajo^L"
    header = "MSH|^~\\&|APP|H|||20260301||ADT^A08|1|P|2.5.1"
    made = translated(header, "|".join(pid), layers=layers)
    said: dict[str, list[str]] = {}
    for each in one(made, "Patient")["extension"]:
        (concept,) = [part["valueCodeableConcept"] for part in each.get("extension", [each])]
        name = each["url"].rpartition("/")[2]
        said.setdefault(name, []).append(concept["coding"][0]["code"])
    assert said == {
        "patient-race": ["2131-1", "2106-3"], "patient-ethnic-group": ["N", "H"],
        "patient-citizenship": ["USA", "CHN", "NAV"],
    }  # fmt: skip
    assert "extra-repetition" not in {each.code for each in made.findings}


def test_both_race_and_people_are_kept() -> None:
    made, said = patient(f10="2106-3^White^CDCREC", f22="2186-5^Not Hispanic^CDCREC")
    assert [e["url"].rpartition("/")[2] for e in made["extension"]] == [
        "patient-race", "patient-ethnic-group",
    ]  # fmt: skip
    assert said == []


@pytest.mark.parametrize(
    ("written", "type_", "system"),
    [("123-45-6789", "SS", None), (MAN, "NI", CN_ID), ("110101190001010013", "NI", None)],
)
def test_a_social_security_number_is_no_identity_number(
    written: str, type_: str, system: str | None
) -> None:
    made, _ = patient(f19=written)
    number = next(i for i in made["identifier"] if i["value"] == written)
    assert number["type"]["coding"][0]["code"] == type_
    assert number.get("system") == system


@pytest.mark.parametrize(
    ("code", "system", "stem"),
    [
        ("E11.65", "I10", False),
        ("S72.001A", "I10", False),
        ("S72.00", "I10", False),
        ("E11.900", "I10", True),
        ("I10.x00x002", "ICD10", True),
    ],
)
def test_a_diagnosis_of_others_is_not_of_the_national_edition(
    code: str, system: str, stem: bool
) -> None:
    for segment in (f"DG1|1||{code}^x^{system}", f"DG1|1|{system}|{code}|x"):
        made = message("ADT^A01", "PID|1||1^^^H^MR", "PV1|1|I", segment)
        codings = one(made, "Condition")["code"]["coding"]
        national = codings[0]["system"] == "urn:oid:2.16.156.10011.2.3.3.11"
        assert (national, len(codings)) == (stem, 1 + stem)


@pytest.mark.parametrize(
    ("written", "code"),
    [("01^本人^GB4761", "ONESELF"), ("0", "ONESELF"), ("1^配偶^GBT4761", "SPS"), ("10", "SPS"),
     ("12", "WIFE"), ("22^长子^GB4761", "SONC"), ("38", "DAUINLAW"), ("5", "PRN"), ("51", "FTH"),
     ("55", "FTHINLAW"), ("64", "MGRMTH"), ("77", "SIS"), ("90", "PAUNT"), ("母亲", "MTH")],
)  # fmt: skip
def test_family_relations(written: str, code: str) -> None:
    made = message("ADT^A08", "EVN|A08|2026030108", "PID|1||1||甲", f"NK1|1|乙|{written}")
    coding = one(made, "RelatedPerson")["relationship"][0]["coding"]
    assert coding[0]["code"] == code
    assert found(made) == []


def test_blood_groups() -> None:
    made = oru("OBX|1|CE|DE04.50.001.00^ABO^CN-DATA-ELEMENT||3^O型^CV04.50.005||||||F")
    observation = one(made, "Observation")
    assert observation["code"]["coding"][1]["code"] == "883-9"
    assert observation["valueCodeableConcept"]["coding"][1]["code"] == "LA19708-9"


# -- diagnoses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "name", "system", "stem"),
    [
        ("E11.900x001", "I10", "urn:oid:2.16.156.10011.2.3.3.11", "E11.9"),
        ("E11.900x001", "国临版", "urn:oid:2.16.156.10011.2.3.3.11", "E11.9"),
        ("I10.x00", "ICD10CN", "urn:oid:2.16.156.10011.2.3.3.11", "I10"),
        ("E11.900", "医保版", "https://yiqiao.org/fhir/CodeSystem/icd-10-nhsa", "E11.9"),
        ("E11.900", "ICD10-NHSA", "https://yiqiao.org/fhir/CodeSystem/icd-10-nhsa", "E11.9"),
        ("E11.900", "国家临床版2.0", "urn:oid:2.16.156.10011.2.3.3.11", "E11.9"),
        ("E11.900", "GB/T 14396-2016", "urn:oid:2.16.156.10011.2.3.3.11", "E11.9"),
        ("A17.100+", "ICD10", "urn:oid:2.16.156.10011.2.3.3.11", "A17.1"),
        ("I10.x00x002", "医保2.0", "https://yiqiao.org/fhir/CodeSystem/icd-10-nhsa", "I10"),
    ],
)
def test_both_editions_of_icd_10(code: str, name: str, system: str, stem: str) -> None:
    made = message("ADT^A01", "EVN|A01|2026030108", "PID|1||1||甲", f"DG1|1||{code}^糖尿病^{name}")
    own, who = one(made, "Condition")["code"]["coding"]
    assert (own["system"], own["code"]) == (system, code)
    assert (who["system"], who["code"]) == ("http://hl7.org/fhir/sid/icd-10", stem)


@pytest.mark.parametrize("field", ["{0}^肿瘤^{1}", "{0}"])
@pytest.mark.parametrize("code", ["M80000/3", "M8010/3"])
@pytest.mark.parametrize("name", ["ICD10", "I10", "国临版"])
def test_a_morphology_is_no_osteoporosis(field: str, code: str, name: str) -> None:
    method = "" if "^" in field else name
    dg1 = f"DG1|1|{method}|{field.format(code, name)}|"
    (own,) = one(message("ADT^A01", "PID|1||1||甲", dg1), "Condition")["code"]["coding"]
    assert (own["system"], own["code"]) == ("urn:oid:2.16.156.10011.2.3.3.11", code)


@pytest.mark.parametrize(
    ("names", "number"),
    [
        (("GB/T 3304", "GB3304", "GB/T3304-1991"), 3), (("GB/T 2261.2", "GBT2261.2-2003"), 5),
        (("GB/T 2261.1-2003", "gb/t 2261.1"), 4),
    ],
)  # fmt: skip
def test_the_names_of_standards_are_known_as_they_are_written(
    names: tuple[str, ...], number: int
) -> None:
    for name in names:
        made = one(oru(f"OBX|1|CE|X||01^x^{name}"), "Observation")["valueCodeableConcept"]
        assert made["coding"][0]["system"] == f"urn:oid:2.16.156.10011.2.3.3.{number}"


def test_a_code_of_whos_stays_whos() -> None:
    made = message("ADT^A01", "EVN|A01|2026030108", "PID|1||1||甲", "DG1|1||E11.9^糖尿病^I10")
    (own,) = one(made, "Condition")["code"]["coding"]
    assert (own["system"], own["code"]) == ("http://hl7.org/fhir/sid/icd-10", "E11.9")


# -- full width, and nothing at all ----------------------------------------------------------------


def test_full_width_letters_and_digits_are_read() -> None:
    made, said = patient(
        f7="１９８０-０１-０１", f8="Ｍ", f19="１１０１０１１９０００１０１００１４"
    )
    assert (made["birthDate"], made["gender"], said) == ("1980-01-01", "male", [])
    number = made["identifier"][-1]
    assert (number["value"], number["system"]) == (MAN, CN_ID)
    visit = one(message("ADT^A01", "PID|1||1||甲", "PV1|1|Ｏ"), "Encounter")
    assert visit["class"]["code"] == "AMB"


@pytest.mark.parametrize(("written", "sex"), [("f", "female"), ("ｍ", "male"), ("Ｆ", "female")])
def test_sex_in_any_letter(written: str, sex: str) -> None:
    assert patient(f8=written)[0]["gender"] == sex


@pytest.mark.parametrize("written", ["-", "无", "--", "否"])
def test_that_there_is_no_number_is_no_number(written: str) -> None:
    made, said = patient(f19=written)
    assert [i["value"] for i in made["identifier"]] == ["1"]
    assert said == ["filler PID-19"]


@pytest.mark.parametrize(("field", "word"), [("f17", "佛教"), ("f10", "汉"), ("f16", "已婚")])
def test_a_word_is_no_code_of_a_published_system(field: str, word: str) -> None:
    made, _ = patient(**{field: word})
    concept = made.get("maritalStatus") or made["extension"][0]["valueCodeableConcept"]
    (own,) = [c for c in concept["coding"] if c["code"] == word]
    assert own["system"].startswith("https://yiqiao.org/fhir/code-system/src/")


# -- insurance -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "insurer", "kind"),
    [
        ("310^^2.16.156.10011.2.3.1.248", "X", True),
        ("390^城乡居民基本医疗保险^insutype", "X", True),
        ("310^^NHSA", "X", True),
        ("310", "天津市医疗保障局", True),
        ("310^职工基本医疗保险", "X", True),
        ("310^Gold plan", "ACME", False),
        ("310^职工^ACME", "ACME", False),
        ("311^职工", "X", False),
    ],
)
def test_a_kind_of_insurance_is_told_from_other_plans(plan: str, insurer: str, kind: bool) -> None:
    made = one(message("ADT^A01", "PID|1||1||甲", f"IN1|1|{plan}|120|{insurer}"), "Coverage")
    assert ("type" in made, "identifier" in made) == (kind, False)
    assert [each["value"] for each in made["class"]] == [plan[:3]]
    if kind:
        (coding,) = made["type"]["coding"]
        assert (coding["system"], coding["code"]) == (
            "urn:oid:2.16.156.10011.2.3.1.248",
            plan[:3],
        )


# -- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "text", "parts"),
    [
        ("天津市和平区测试路1号", "天津市和平区测试路1号", {"line": ["天津市和平区测试路1号"]}),
        ("测试路1号^^和平区^天津市^300041^CHN^^^120101", "天津市和平区测试路1号",
         {"line": ["测试路1号"], "city": "和平区", "state": "天津市", "postalCode": "300041",
          "country": "CHN", "division": "120101"}),
        ("测试路1号^2单元^石家庄市^河北省^^^^^长安区", "河北省石家庄市长安区测试路1号2单元",
         {"line": ["测试路1号", "2单元"], "city": "石家庄市", "state": "河北省",
          "district": "长安区"}),
        ("测试路1号^^北京市^北京市^^^^^110101&东城区", "北京市东城区测试路1号",
         {"line": ["测试路1号"], "city": "北京市", "state": "北京市", "district": "东城区",
          "division": "110101"}),
        ("湖北省宜昌市夷陵区小溪塔街道12号^^宜昌市^湖北省", "湖北省宜昌市夷陵区小溪塔街道12号",
         {"line": ["湖北省宜昌市夷陵区小溪塔街道12号"], "city": "宜昌市", "state": "湖北省"}),
        ("宜昌市小溪塔街道^12号^宜昌市^湖北省", "湖北省宜昌市小溪塔街道12号",
         {"line": ["宜昌市小溪塔街道", "12号"], "city": "宜昌市", "state": "湖北省"}),
        ("^湖北省宜昌市^宜昌市^湖北省", "湖北省宜昌市",
         {"line": ["湖北省宜昌市"], "city": "宜昌市", "state": "湖北省"}),
        ("^^^^^^^^440305", None, {"district": "440305", "division": "440305"}),
        ("1 Main St^^Springfield^IL", None,
         {"line": ["1 Main St"], "city": "Springfield", "state": "IL"}),
    ],
)  # fmt: skip
def test_addresses(written: str, text: str | None, parts: JSON) -> None:
    (address,) = patient(f11=written)[0]["address"]
    for extension in address.pop("extension", ()):
        address["division"] = extension["valueCoding"]["code"]
    assert address.pop("text", None) == text
    assert address == parts


def test_a_result_as_a_local_laboratory_writes_it() -> None:
    made = oru(obx("ST", "5.10", "×10\\S\\9/L", "3.5～9.5"))
    observation = one(made, "Observation")
    assert observation["valueQuantity"]["code"] == "10*9/L"
    assert str(observation["valueQuantity"]["value"]) == "5.10"
    unit = {name: observation["valueQuantity"][name] for name in ("unit", "code", "system")}
    assert observation["referenceRange"][0]["high"] == {"value": 9.5, **unit}


def test_words_without_a_code_are_kept_beside_the_code_they_mean() -> None:
    made, said = patient(f16="^已婚", f10="^穿青人")
    assert [c.get("code") for c in made["maritalStatus"]["coding"]] == ["M", None]
    assert made["maritalStatus"]["text"] == "已婚"
    assert made["extension"][0]["valueCodeableConcept"] == {
        "coding": [{"display": "穿青人"}], "text": "穿青人",
    }  # fmt: skip
    assert said == ["unmapped-code PID-10"]


@pytest.mark.parametrize(
    ("kind", "code", "display"),
    [
        ("NNCHN", "NI", "National unique individual identifier"),
        ("01", "NI", "National unique individual identifier"),
        ("03", "PPN", "Passport number"),
        ("05", "DL", "Driver's license number"),
    ],
)
def test_a_kind_of_number_is_called_as_its_code_system_calls_it(
    kind: str, code: str, display: str
) -> None:
    """R4's Coding.display follows the rules of the system."""
    made = message("ADT^A04", f"PID|1||X1^^^H^{kind}||Li")
    (number,) = one(made, "Patient")["identifier"]
    first = number["type"]["coding"][0]
    assert (first["code"], first["display"]) == (code, display)
