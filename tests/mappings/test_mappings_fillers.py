"""Words that stand where nothing is known are no number, name, address, allergy; and are found."""

from __future__ import annotations

import pytest
from speaking import found, message, of, one

from conformance.definitions import definitions
from mappings.dictionary import load
from mappings.language.parser import parse
from mappings.language.tree import TableError, Tables
from mappings.runtime.text import words

FILLERS = [
    "无",
    "-",
    "--",
    "/",
    "—",
    "不详",
    "未知",
    "Unknown",
    "N/A",
    "暂无",
    "未查",
    "不适用",
    "无资料",
]
HEAD = "PID|1||100^^^H1^MR||Li^Na"
DRUGS, FOOD = "409137002", "429625007"


def _pid(number: int, value: str) -> str:
    fields = HEAD.split("|") + [""] * 20
    fields[number] = value
    return "|".join(fields).rstrip("|")


@pytest.mark.parametrize("word", FILLERS)
@pytest.mark.parametrize("number", [4, 11, 13, 18, 19, 21])
def test_a_filler_in_pid_is_no_value(number: int, word: str) -> None:
    made = message("ADT^A28", _pid(number, word))
    bare = message("ADT^A28", HEAD)
    assert [m.resource for m in made.made] == [m.resource for m in bare.made]
    assert found(made) == [f"filler PID-{number}"]


@pytest.mark.parametrize("word", ["无", "-", "不详"])
def test_a_number_that_nobody_gave_names_no_patient(word: str) -> None:
    """All patients without one would else be one."""
    made = message("ADT^A28", f"PID|1||{word}^^^H1^MR||Li^Na")
    assert found(made) == ["filler PID-3", "no-patient-identifier PID-3"]
    assert "identifier" not in one(made, "Patient")


@pytest.mark.parametrize("zeros", ["0", "000000", "00^^^H1^MR"])
def test_a_number_of_zeros_is_nobodys(zeros: str) -> None:
    """Patients without a card would else be one; so would their visits and orders."""
    made = message(
        "ORM^O01",
        f"PID|1||{zeros}||Li^Na|||||||||||||{zeros}",
        f"PV1|1|O|||||0^Li||||||||||||{zeros}",
        "ORC|NW|0^HIS",
        "OBR|1|0^HIS||X^x^L",
    )
    assert found(made) == [
        "filler PID-3", "filler PID-18", "filler PV1-7.1", "filler PV1-19", "filler ORC-2",
        "filler OBR-2", "no-patient-identifier PID-3",
    ]  # fmt: skip
    for type_ in ("Patient", "Encounter", "ServiceRequest", "Practitioner"):
        assert "identifier" not in one(made, type_)
    same = message("ADT^A28", "PID|1||0010^^^H1^MR~100^^^H1^MR||Li^Na")
    assert [each["value"] for each in one(same, "Patient")["identifier"]] == ["0010", "100"]


@pytest.mark.parametrize(
    ("written", "system"),
    [
        ("13800000000", "phone"),
        ("022-55500000", "phone"),
        ("13800000000转8801", "phone"),
        ("同上", "other"),
        ("李四", "other"),
        ("138****0000", "other"),
        ("li@example.org", "email"),
    ],
)
def test_words_in_the_place_of_a_telephone_are_none(written: str, system: str) -> None:
    made = message("ADT^A28", _pid(13, f"{written}^PRN^PH"))
    (contact,) = of(made, "Patient")[0]["telecom"]
    assert (contact["value"], contact["system"]) == (written, system)


@pytest.mark.parametrize("zeros", ["0", "00000000000", "^PRN^CP^^^^0"])
def test_zeros_are_no_telephone(zeros: str) -> None:
    """Nobody answers there."""
    made = message("ADT^A28", _pid(13, f"138~{zeros}"), f"NK1|1|Li^Si|SPO||{zeros}")
    assert [each["value"] for each in one(made, "Patient")["telecom"]] == ["138"]
    assert "telecom" not in one(made, "RelatedPerson")
    assert found(made) == ["filler PID-13[2]", "filler NK1-5"]


@pytest.mark.parametrize(
    ("segments", "places"),
    [
        (["NK1|1|无|无"], ["NK1-2", "NK1-3"]),
        (["NK1|1|-^-|不详^不详^L||无"], ["NK1-2", "NK1-3", "NK1-5"]),
        (["IN1|1|无"], ["IN1-2"]),
        (["DG1|1||无"], ["DG1-3"]),
        (["DG1|1||不详^^I10|-"], ["DG1-3", "DG1-4"]),
        (["PR1|1||无^无^L||20260301"], ["PR1-3"]),
        (["PRB|AD|20260301|无^none^L|P1"], ["PRB-3"]),
        (["PRB|AD|20260301|none|"], ["PRB-3"]),
        (["IN1|1|-|-|无|||不详"], ["IN1-2", "IN1-3", "IN1-4", "IN1-7"]),
    ],
)
def test_a_segment_of_fillers_makes_nothing(segments: list[str], places: list[str]) -> None:
    made = message("ADT^A28", HEAD, *segments)
    bare = message("ADT^A28", HEAD)
    assert [m.resource for m in made.made] == [m.resource for m in bare.made]
    assert found(made)[: len(places)] == [f"filler {place}" for place in places]


def test_only_what_tells_nothing_else_is_left_out() -> None:
    pid = "PID|1||100^^^H1^MR~无^^^GA^NNCHN||-^张三||||||不详^人民路~不详^^不详||-^PRN^PH~138"
    made = message("ADT^A28", pid)
    patient = one(made, "Patient")
    assert [each["value"] for each in patient["identifier"]] == ["100"]
    assert [each["value"] for each in patient["telecom"]] == ["138"]
    assert [each["line"] for each in patient["address"]] == [["人民路"]]
    assert [each["text"] for each in patient["name"]] == ["张三"]
    assert found(made) == [
        "filler PID-3[2]", "filler PID-5.1", "filler PID-11.1", "filler PID-11[2]", "filler PID-13",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["No^Taewoo", "Null^John", "Unknown^Male", "Li^Na"])
def test_a_word_of_latin_letters_may_be_a_part_of_a_name(name: str) -> None:
    made = message("ADT^A28", f"PID|1||100^^^H1^MR||{name}")
    (called,) = one(made, "Patient")["name"]
    assert [called["family"], *called["given"]] == name.split("^")


@pytest.mark.parametrize("code", ["-", "无", "UNK", "N/A"])
@pytest.mark.parametrize("segment", ["AL1", "IAM"])
def test_two_allergies_whose_code_is_a_filler_are_two(segment: str, code: str) -> None:
    lines = [f"{segment}|1|DA|{code}^青霉素^L", f"{segment}|2|DA|{code}^磺胺^L"]
    made = message("ADT^A60", HEAD, *lines)
    assert [a["code"]["text"] for a in of(made, "AllergyIntolerance")] == ["青霉素", "磺胺"]


def test_doctors_without_a_number_are_not_one() -> None:
    made = message("ADT^A01", HEAD, "PV1|1|I|||||-^张三|无^李四")
    assert {p["name"][0]["text"] for p in of(made, "Practitioner")} == {"张三", "李四"}


def test_orders_and_doctors_are_not_named_by_fillers() -> None:
    made = message(
        "ORU^R01", HEAD, "OBR|1|-|F1|A^Aa^L||||||||||||无^无", "OBX|1|ST|A^Aa^L||无||||||F"
    )
    assert of(made, "Practitioner") == []
    assert one(made, "Observation")["valueString"] == "无"
    assert {"filler OBR-2", "filler OBR-16"} <= set(found(made))


@pytest.mark.parametrize("segment", ["AL1", "IAM"])
@pytest.mark.parametrize(
    "word",
    [
        "-", "/", "--", "不详", "未知", "未问及", "^Unknown", "UNK^Unknown^L", "N/A",
        "无其他过敏史",
    ],
)  # fmt: skip
def test_what_nobody_knows_is_neither_an_allergy_nor_that_there_is_none(
    segment: str, word: str
) -> None:
    made = message("ADT^A60", HEAD, f"{segment}|1|DA|{word}")
    assert of(made, "AllergyIntolerance") == []
    assert f"filler {segment}-3" in found(made)


@pytest.mark.parametrize("segment", ["AL1", "IAM"])
def test_a_letter_is_no_allergy(segment: str) -> None:
    made = message("ADT^A60", HEAD, f"{segment}|1|DA|N")
    assert of(made, "AllergyIntolerance") == []
    assert f"not-applicable {segment}-3" in found(made)


@pytest.mark.parametrize("segment", ["AL1", "IAM"])
def test_a_reaction_to_nobody_knows_what_is_told(segment: str) -> None:
    made = message("ADT^A60", HEAD, f"{segment}|1|DA|不详|SV|皮疹")
    allergy = one(made, "AllergyIntolerance")
    assert allergy["reaction"] == [{"manifestation": [{"text": "皮疹"}], "severity": "severe"}]
    assert "code" not in allergy
    assert f"filler {segment}-3" in found(made)


@pytest.mark.parametrize("segment", ["AL1", "IAM"])
@pytest.mark.parametrize(
    ("kind", "said", "codes"),
    [
        ("FA", "NKDA", [DRUGS]), ("DA", "NKFA", [FOOD]), ("DA", "无食物过敏史", [FOOD]),
        ("FA", "NKA", [FOOD]), ("DA", "无药物及食物过敏史", [DRUGS, FOOD]),
        ("DA", "无不良反应", [DRUGS]),
        ("DA", "NO LATEX ALLERGY", []),
    ],
)  # fmt: skip
def test_what_is_denied_is_what_the_words_say(
    segment: str, kind: str, said: str, codes: list[str]
) -> None:
    made = one(message("ADT^A60", HEAD, f"{segment}|1|{kind}|{said}"), "AllergyIntolerance")
    coding = made["code"].get("coding", [])
    assert [c["code"] for c in coding if c.get("system") == "http://snomed.info/sct"] == codes
    assert "type" not in made


@pytest.mark.parametrize("segment", ["AL1", "IAM"])
@pytest.mark.parametrize("beside", ["SV|皮疹", "SV", "|皮疹"])
def test_a_denial_with_a_reaction_denies_nothing(segment: str, beside: str) -> None:
    made = message("ADT^A60", HEAD, f"{segment}|1|DA|无^无^L|{beside}")
    allergy = one(made, "AllergyIntolerance")
    assert {c["code"] for c in allergy["code"]["coding"]} == {"无"}
    assert allergy["verificationStatus"]["coding"][0]["code"] == "unconfirmed"
    assert ("皮疹" in beside) == ("reaction" in allergy)
    assert f"kept-as-text {segment}-3.1" in found(made)


@pytest.mark.parametrize("segment", ["AL1", "IAM"])
@pytest.mark.parametrize("said", ["无^青霉素^L", "NONE^Penicillin^L"])
def test_what_is_named_beside_a_denial_is_not_denied(segment: str, said: str) -> None:
    made = message("ADT^A60", HEAD, f"{segment}|1|DA|{said}")
    allergy = one(made, "AllergyIntolerance")
    assert allergy["code"]["text"] == said.split("^")[1]
    assert DRUGS not in {c["code"] for c in allergy["code"]["coding"]}
    assert allergy["verificationStatus"]["coding"][0]["code"] == "unconfirmed"
    assert f"kept-as-text {segment}-3.1" in found(made)


@pytest.mark.parametrize("beside", ["无|无", "U", "-|-"])
def test_a_denial_with_fillers_is_one(beside: str) -> None:
    made = message("ADT^A60", HEAD, f"AL1|1|DA|无|{beside}")
    allergy = one(made, "AllergyIntolerance")
    assert DRUGS in {c["code"] for c in allergy["code"]["coding"]}
    assert "reaction" not in allergy


def test_who_knows_nothing_takes_nothing_back() -> None:
    """An update lists all allergies; one that is not known is no part of the list."""
    for said, whole in (("青霉素", True), ("不详", False)):
        made = message(
            "ADT^A08", HEAD, "PV1|1|I|||||||||||||||||V1", "AL1|1|FA|花生", f"AL1|2|DA|{said}"
        )
        (listing,) = [each for each in made.lists if each.segment == "AL1"]
        assert listing.whole is whole


@pytest.mark.parametrize(
    "said", ["无花果", "NK cells", "花生", "Nickel", "未成熟的芒果", "-50", "UNKO", "1/2", ""]
)
def test_what_only_begins_like_one_is_none(said: str) -> None:
    assert not words.is_filler(said)
    assert not words.is_denial(said)


def test_a_filler_denies_nothing() -> None:
    assert not [word for word in ("-", "/", "不详", "N/A") if words.is_denial(word)]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("CX filler", "write: CX 1"), ("CX 1", "write: CX 1"), ("CX.1 1 filler", "write: CX 1"),
        ("- 1 filler", "write: CX 1"), ("CX 1 oid", "denial, filler"), ("CX 80 filler", "from 1"),
    ],
)  # fmt: skip
def test_a_row_that_is_wrong_is_told(row: str, why: str) -> None:
    with pytest.raises(TableError, match=why) as told:
        parse(f"fillers\n  {row}\n", "x.map", "site", Tables())
    assert str(told.value).startswith("x.map:2")


def test_results_are_what_was_said() -> None:
    """A field whose type another one tells (OBX-5) is not among them."""
    places = load(definitions()).compiled.fillers
    assert 5 not in {place.field for place in places["OBX"]}
    assert {3, 4, 18} <= {place.field for place in places["PID"]}


def test_a_diagnosis_that_is_not_known_is_one_where_a_code_says_so() -> None:
    made = message("ADT^A01", HEAD, "PV1|1|I", "DG1|1||R69^诊断不明^I10", "DG1|2||-^高血压^L")
    assert [c["code"]["text"] for c in of(made, "Condition")] == ["诊断不明", "高血压"]


def test_a_problem_may_be_deleted_by_its_number_alone() -> None:
    made = message("PPR^PC3", HEAD, "PRB|DE|20260301|-|P1")
    status = one(made, "Condition")["verificationStatus"]["coding"][0]["code"]
    assert status == "entered-in-error"
    assert found(made) == ["filler PRB-3"]


@pytest.mark.parametrize("word", ["-", "--", "—", "不详", "未知", "N/A"])
def test_a_filler_behind_what_tells_something_is_no_part_of_it(word: str) -> None:
    pid = f"PID|1||100^^^H1^MR||张三^{word}||||||人民路^{word}^宜昌||138^PRN^PH^{word}~139"
    made = message("ADT^A28", pid, f"DG1|1||I10^{word}^I10")
    patient = one(made, "Patient")
    assert [(each["text"], "extension" in each) for each in patient["name"]] == [("张三", False)]
    assert [each["line"] for each in patient["address"]] == [["人民路"]]
    assert [each["value"] for each in patient["telecom"]] == ["138", "139"]
    assert one(made, "Condition")["code"]["coding"][0].keys() == {"code", "system"}
    assert found(made) == [
        "filler PID-5.2", "filler PID-11.2", "filler PID-13.4", "filler DG1-3.2",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["张^无", "Li^No", "Doe^Null", "Doe^Unknown"])
def test_what_may_be_a_given_name_is_one(name: str) -> None:
    made = message("ADT^A28", f"PID|1||100^^^H1^MR||{name}")
    assert one(made, "Patient")["name"][0]["given"] == [name.partition("^")[2]]
    assert found(made) == []


def test_a_result_is_what_it_says_behind_its_parts_too() -> None:
    made = message("ORU^R01", HEAD, "OBR|1|P1|F1|A^a^L", "OBX|1|CWE|X^x^L||A^-^L||||||F")
    assert one(made, "Observation")["valueCodeableConcept"]["coding"][0]["display"] == "-"


def test_fillers_on_both_sides_leave_what_is_between() -> None:
    made = message("ADT^A28", "PID|1||100^^^H1^MR||-^张三^-")
    assert [each["text"] for each in one(made, "Patient")["name"]] == ["张三"]
    assert found(made) == ["filler PID-5.1", "filler PID-5.3"]
