"""China: what a hospital writes in words where a table has codes."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import PID, found, message, of, one, oru


def row(name: str, **fields: str) -> str:
    """A segment whose fields are given by number (``f3``)."""
    cells = [name, "1", *[""] * 40]
    for field, value in fields.items():
        cells[int(field[1:])] = value
    return "|".join(cells).rstrip("|")


def visit(class_: str = "I", **fields: str) -> str:
    return row("PV1", f2=class_, f19="V1", **fields)


def codes(concept: Any) -> list[str]:
    return [each["code"] for each in concept["coding"]]


@pytest.mark.parametrize(
    ("word", "class_", "status"),
    [
        ("住院", "IMP", "in-progress"),
        ("门诊", "AMB", "in-progress"),
        ("急诊", "EMER", "in-progress"),
        ("留观", "OBSENC", "in-progress"),
        ("预住院", "PRENC", "planned"),
        ("互联网诊疗", "VR", "in-progress"),
        ("互联网", "VR", "in-progress"),
        ("线上复诊", "VR", "in-progress"),
    ],
)
def test_a_visit_s_class(word: str, class_: str, status: str) -> None:
    made = message("ADT^A08", PID, visit(word))
    stay = one(made, "Encounter")
    assert (stay["class"]["code"], stay["status"]) == (class_, status)
    assert found(made) == []


def test_how_a_visit_began_and_ended() -> None:
    stay = one(message("ADT^A03", PID, visit("住院", f4="急诊", f36="医嘱转院")), "Encounter")
    assert codes(stay["type"][0]) == ["E", "急诊"]
    assert codes(stay["hospitalization"]["dischargeDisposition"]) == ["other-hcf", "医嘱转院"]


def test_how_a_patient_was_is_not_where_he_went() -> None:
    made = message("ADT^A03", PID, visit("住院", f36="好转"))
    left = one(made, "Encounter")["hospitalization"]["dischargeDisposition"]
    assert (codes(left), left["text"]) == (["好转"], "好转")
    assert found(made) == []


@pytest.mark.parametrize(
    ("word", "role", "sure"),
    [
        ("入院诊断", ["AD", "入院诊断"], "provisional"),
        ("出院诊断", ["DD", "出院诊断"], "confirmed"),
        ("确定诊断", ["确定诊断"], "confirmed"),
        ("确诊病例", ["确诊病例"], "confirmed"),
        ("疑似病例", ["疑似病例"], "provisional"),
        ("临床诊断病例", ["临床诊断病例"], None),
        ("F", ["DD", "F"], "confirmed"),
        ("门诊诊断", ["门诊诊断"], None),
    ],
)
def test_what_a_diagnosis_is_for(word: str, role: list[str], sure: str | None) -> None:
    made = message("ADT^A08", PID, visit(), f"DG1|1||J18.900^肺炎^I10|||{word}")
    assert codes(one(made, "Encounter")["diagnosis"][0]["use"]) == role
    status = one(made, "Condition").get("verificationStatus")
    assert (codes(status)[0] if status else None) == sure
    assert found(made) == []


@pytest.mark.parametrize(
    ("name", "kind", "sure"),
    [
        ("肺癌？", "F", "provisional"),
        ("肺癌待排", "出院诊断", "provisional"),
        ("疑似肺结核", "F", "provisional"),
        ("急性阑尾炎(疑似)", "F", "provisional"),
        ("肺癌？", "其他诊断", "provisional"),
        ("肺占位性病变待查", "F", "confirmed"),
        ("肺癌", "F", "confirmed"),
        ("肺癌", "其他诊断", None),
    ],
)
@pytest.mark.parametrize("place", ["C34.900^{}^ICD10CN|", "C34.900^^ICD10CN|{}"])
def test_a_diagnosis_with_a_question_mark_is_not_sure(
    name: str, kind: str, sure: str | None, place: str
) -> None:
    """At the end of a stay, it was a confirmed cancer."""
    made = message("ADT^A08", PID, visit(), f"DG1|1||{place.format(name)}||{kind}")
    status = one(made, "Condition").get("verificationStatus")
    assert (codes(status)[0] if status else None) == sure


def test_who_is_insured() -> None:
    """IN1-17 says who the insured is to the patient; FHIR, who the patient is to the insured."""
    for word, relation in (("01", "self"), ("配偶", "spouse"), ("父亲", "child"), ("20", "parent")):
        insurance = row("IN1", f2="390^居民医保", f3="NHSA", f16="李四", f17=word)
        made = message("ADT^A08", PID, visit(), insurance)
        assert codes(one(made, "Coverage")["relationship"])[0] == relation


@pytest.mark.parametrize("word", ["本人", "01", "0", "SEL"])
def test_who_is_insured_himself(word: str) -> None:
    insurance = row("IN1", f2="390^居民医保", f3="NHSA", f16="Doe^Jo", f17=word)
    made = message("ADT^A08", PID, visit(), insurance)
    assert one(made, "Coverage")["subscriber"]["reference"].startswith("Patient/")
    assert of(made, "RelatedPerson") == []


def test_who_pays() -> None:
    coverage = one(message("ADT^A04", PID, visit("O", f20="自费")), "Coverage")
    assert codes(coverage["type"]) == ["pay", "自费"]


def test_a_report_s_section_specimen_and_urgency() -> None:
    order = row(
        "OBR", f2="P1", f3="F1", f4="XCG^血常规^L", f7="20260301", f15="静脉血", f24="检验",
        f25="F", f27="^^^^^加急",
    )  # fmt: skip
    made = message("ORU^R01", PID, order, "OBX|1|NM|WBC^白细胞^L||5|10^9/L|||||F")
    assert codes(one(made, "DiagnosticReport")["category"][0])[0] == "LAB"
    assert codes(one(made, "Specimen")["type"]) == ["BLDV", "静脉血"]
    assert one(made, "ServiceRequest")["priority"] == "urgent"
    (result,) = of(made, "Observation")
    assert "laboratory" in codes(result["category"][0])
    assert found(made) == []


@pytest.mark.parametrize(
    ("section", "code", "kind"),
    [("US", "RUS", "imaging"), ("DR", "RX", "imaging"), ("MR", "NMR", "imaging"),
     ("ECG", "EC", "procedure")],
)  # fmt: skip
def test_a_modality_in_a_section_s_place(section: str, code: str, kind: str) -> None:
    order = row("OBR", f2="P1", f3="F1", f4="X^腹部^L", f7="20260301", f24=section, f25="F")
    made = message("ORU^R01", PID, order, "OBX|1|TX|S^所见^L||无异常||||||F")
    assert codes(one(made, "DiagnosticReport")["category"][0])[0] == code
    assert kind in codes(one(made, "Observation")["category"][0])
    assert found(made) == []


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("口服", "PO"),
        ("静脉滴注", "IV"),
        ("静脉注射", "IVINJ"),
        ("皮下注射", "SQ"),
        ("雾化吸入", "NEB"),
    ],
)
def test_how_a_drug_is_given(word: str, code: str) -> None:
    made = message("RDE^O11", PID, "ORC|NW|R1", "RXE||A^Amox^L|500||mg", f"RXR|{word}")
    route = one(made, "MedicationRequest")["dosageInstruction"][0]["route"]
    assert codes(route) == [code, word]


def test_how_long_a_drug_is_given() -> None:
    made = message("RDE^O11", PID, "ORC|NW|R1", "RXE||A^Amox^L|500||mg", "TQ1|1||^^^^6^小时|||7^天")
    repeat = one(made, "MedicationRequest")["dosageInstruction"][0]["timing"]["repeat"]
    assert repeat["boundsDuration"]["code"] == "d"
    assert (repeat["period"], repeat["periodUnit"]) == (6, "h")
    assert found(made) == []


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("危急值", "AA"), ("危急高值", "HH"), ("耐药", "R"), ("敏感", "S"), ("中介", "I"),
        ("H↑", "H"), ("L↓", "L"), ("⬆", "H"), ("h", "H"), ("未见异常", "N"), ("阳性(+)", "POS"),
    ],
)  # fmt: skip
def test_a_flag_of_a_result(word: str, code: str) -> None:
    """A critical result, or a resistance, is asked for by its code."""
    made = oru(f"OBX|1|NM|X^x^L||5|mmol/L||{word}|||F")
    (flag,) = one(made, "Observation")["interpretation"]
    assert codes(flag) == [code, word]
    assert found(made) == []


@pytest.mark.parametrize(
    ("word", "use", "type_"),
    [("现住址", "home", None), ("户籍地址", "home", None), ("工作单位", "work", None),
     ("通讯地址", None, "postal")],
)  # fmt: skip
def test_what_an_address_is_for(word: str, use: str | None, type_: str | None) -> None:
    person = PID + f"|||测试路1号^^^天津市^^^{word}"
    made = message("ADT^A08", "EVN|A08|20260301", person, visit())
    (address,) = one(made, "Patient")["address"]
    assert (address.get("use"), address.get("type")) == (use, type_)
    assert word in str(address["extension"])


@pytest.mark.parametrize(("word", "use"), [("无名氏", "temp"), ("身份不明", "temp"), ("甲", None)])
def test_a_name_for_whom_nobody_could_ask_is_one_for_the_time_being(
    word: str, use: str | None
) -> None:
    (name,) = one(message("ADT^A08", f"PID|1||1^^^H^MR||{word}"), "Patient")["name"]
    assert (name["text"], name.get("use")) == (word, use)


@pytest.mark.parametrize(("word", "code"), [("母", "MTH"), ("夫妻", "SPS"), ("岳母", "MTHINLAW")])
def test_who_somebody_is_to_the_patient(word: str, code: str) -> None:
    made = message("ADT^A08", PID, f"NK1|1|甲|{word}")
    assert codes(one(made, "RelatedPerson")["relationship"][0])[0] == code
    assert found(made) == []


def test_a_baby_s_mother_in_one_character_is_one_relative() -> None:
    """She was two: the mother of PID-21, and somebody whose relation nobody knew."""
    made = message("ADT^A28", "PID|1||B1^^^H^MR||甲之女" + "|" * 16 + "M1", "NK1|1|甲|母")
    mother = one(made, "RelatedPerson")
    assert (mother["identifier"][0]["value"], mother["name"][0]["text"]) == ("M1", "甲")


def test_what_is_spoken_how_urgent_a_referral_is_and_how_far_a_document() -> None:
    speaks = one(message("ADT^A08", row("PID", f3="1^^^H^MR", f15="汉语")), "Patient")
    assert codes(speaks["communication"][0]["language"])[0] == "zh"
    referral = message("REF^I12", row("RF1", f1="A", f2="急", f6="Z1"), PID)
    assert one(referral, "ServiceRequest")["priority"] == "stat"
    note = message("MDM^T02", "EVN|T02", PID, row("TXA", f2="记录", f12="D1", f17="已签名"))
    assert one(note, "DocumentReference")["docStatus"] == "final"


@pytest.mark.parametrize(
    ("word", "status"), [("已预约", "booked"), ("已就诊", "fulfilled"), ("爽约", "noshow")]
)
def test_the_state_of_an_appointment(word: str, status: str) -> None:
    times = "^^^20260305090000^20260305091500"
    made = message("SIU^S14", f"SCH|Y1|Y1|||||||15|min|{times}" + "|" * 14 + word, PID)
    assert one(made, "Appointment")["status"] == status
