"""The code tables: what a row may say, that the codes exist, and what codes become."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from called import called
from speaking import PID, message, one, oru

from conformance.definitions import definitions
from mappings.compiler.bind import _namespace
from mappings.compiler.build import _code_tables
from mappings.compiler.literals import table_name
from mappings.dictionary import load, read
from mappings.findings import Unmapped
from mappings.language.parser import parse
from mappings.language.plain import built_in_codes, plain_codes
from mappings.language.tree import TableError, Tables
from mappings.runtime.functions.coding import CodeTable, coded, map_code
from mappings.runtime.text.timeunits import KNOWN
from tests.mappings.golden_pairs import ReadableIds


class Said:
    """Stands for a context: keeps what is found."""

    def __init__(self) -> None:
        self.findings: list[tuple[str, object]] = []
        self.unmapped: list[Unmapped] = []

    def say(self, severity: str, code: str, location: object, detail: str = "") -> bool:
        self.findings.append((code, location))
        return True

    def without(self, table: str, location: object) -> None:
        """Take note of a code that means nothing in FHIR: it is nothing to find."""

    def locate(self, location: object) -> str:
        return f"PV1-{location}"


@cache
def tables() -> Tables:
    return read(("base",), None)


@cache
def _names() -> dict[str, object]:
    return _namespace(_code_tables(tables(), definitions()), definitions())


def _table(name: str) -> CodeTable:
    found = _names()[table_name(name)]
    assert isinstance(found, CodeTable)
    return found


def parsed(text: str) -> Tables:
    into = Tables()
    parse(text, "t.map", "base", into)
    return into


def test_a_code_row_says_a_target_a_display_and_its_own_system() -> None:
    codes = parsed('codes T  0001 -> u\n  A  x "An X"\n  B  v2-0002#y\n  C  -\n').codes["T"].codes
    assert (codes["A"].target, codes["A"].display, codes["A"].system) == ("x", "An X", "")
    assert (codes["B"].target, codes["B"].system) == ("y", "v2-0002")
    assert codes["C"].target == ""


def test_codes_of_one_meaning_stand_in_one_row_before_an_arrow() -> None:
    text = 'codes T  0001 -> u\n  A 阿 "A B" -> x "An X"\n  C -> v2-0002#y\n  none -> z\n'
    codes = parsed(text).codes["T"].codes
    said = {c.code: (c.target, c.display, c.system) for c in codes.values()}
    an_x = ("x", "An X", "")
    assert said == {
        "A": an_x, "阿": an_x, "A B": an_x, "C": ("y", "", "v2-0002"), "none": ("z", "", ""),
    }  # fmt: skip


def test_names_of_one_meaning_stand_in_one_row_before_an_arrow() -> None:
    units = 'units\n  g 克 "gram s" -> g\n  same mol K\n  gm  g\n'
    names = parsed(units + "systems\n  L M -> urn:l\n  same in urn:x: a b\n").names
    grams = dict.fromkeys(["g", "克", "gram s", "gm"], "g")
    assert names["units"] == {**grams, "mol": "mol", "K": "K"}
    assert names["systems"] == {"L": "urn:l", "M": "urn:l", "a": "urn:x:a", "b": "urn:x:b"}


def test_same_and_none_name_many_codes_at_once() -> None:
    codes = parsed("codes T 0001 -> u\n  same A B\n  same in v2-0002  C\n  none D E\n").codes["T"]
    said = {c.code: (c.target, c.system) for c in codes.codes.values()}
    assert said == {
        "A": ("A", ""), "B": ("B", ""), "C": ("C", "v2-0002"), "D": ("", ""), "E": ("", ""),
    }  # fmt: skip


@pytest.mark.parametrize("row", ["A", 'A x "X" more', "same", "none"])
def test_a_code_row_that_says_too_little_or_too_much_is_refused(row: str) -> None:
    with pytest.raises(TableError, match=r"t\.map:2"):
        parsed(f"codes T 0001 -> u\n  {row}\n")


def test_every_target_exists_in_the_code_system_it_names() -> None:
    known = json.loads(
        gzip.decompress((files("conformance") / "r4/codesystems.json.gz").read_bytes())
    )
    systems = {name.partition("|")[0]: codes for name, codes in known.items()}
    later = {("http://terminology.hl7.org/CodeSystem/v2-0003", f"S{n}") for n in range(38, 53)}
    wrong = [
        code
        for code in plain_codes(tables())
        if code.target
        and (code.system, code.target) not in later
        and code.system in systems
        and code.target not in systems[code.system]
    ]
    assert not wrong


def test_yes_and_no_are_read_without_a_table() -> None:
    assert [(c.table, c.code, c.target) for c in built_in_codes()] == [
        ("YesNoIndicator", "Y", "true"), ("YesNoIndicator", "N", "false"),
    ]  # fmt: skip


def test_no_code_is_said_twice_in_a_table_file() -> None:
    folder = files("mappings") / "tables" / "base" / "codes"
    for file in folder.iterdir():
        name, seen = "", set()
        for line in file.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if line.startswith("codes "):
                name, seen = words[1], set()
            elif line.startswith("  ") and name:
                codes = words[1:] if words[0] in {"same", "none"} else words[:1]
                codes = codes[2:] if codes[:1] == ["in"] and words[0] == "same" else codes
                assert not seen & set(codes), (name, seen & set(codes))
                seen |= set(codes)


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("AdministrativeSex", "F", "female"),
        ("PatientClass[EncounterStatus]", "P", "planned"),
        ("Event[EncounterStatus]", "A03", "finished"),
        ("OrderControlCode[ServiceRequest.status]", "CA", "revoked"),
        ("ResultStatus[Non-Queries]", "C", "corrected"),
        ("AddressType[Use]", "BDL", None),
        ("TelecommunicationEquipmentType", "CP", "phone"),
        ("YesNoIndicator[AvailabilityStatus]", "N", "unavailable"),
    ],
)
def test_a_code_becomes_fhirs_code(name: str, code: str, expected: str | None) -> None:
    said = Said()
    assert map_code(_table(name), code, said, 2) == expected
    assert not said.findings


def test_a_code_without_a_row_is_found_and_falls_to_the_star() -> None:
    said = Said()
    assert map_code(_table("OrderControlCode[ServiceRequest.status]"), "QQ", said, 2) == "unknown"
    assert said.findings == [("unmapped-code", 2)]
    own = "http://terminology.hl7.org/CodeSystem/v2-0119"
    assert said.unmapped == [
        Unmapped("OrderControlCode[ServiceRequest.status]", own, "QQ", "PV1-2")
    ]


@pytest.mark.parametrize(
    ("name", "code", "system", "target"),
    [
        ("MaritalStatus", "A", "v3-MaritalStatus", "L"),
        ("MaritalStatus", "U", "v3-NullFlavor", "UNK"),
        ("Relationship", "EMC", "v2-0131", "C"),
        ("RouteOfAdministration", "IV", "v3-RouteOfAdministration", "IVINJ"),
        ("ConfidentialityCode", "AID", "v3-ActCode", "HIV"),
    ],
)
def test_a_coded_concept_gets_the_standard_code_before_its_own(
    name: str, code: str, system: str, target: str
) -> None:
    made = coded({"coding": [{"code": code}]}, _table(name), Said(), 2)
    assert made is not None
    first, own = made["coding"]
    assert (first["system"].rpartition("/")[2], first["code"]) == (system, target)
    assert own["code"] == code
    assert own["system"].startswith("http://terminology.hl7.org/CodeSystem/v2-")


def test_a_code_that_stands_for_itself_only_gets_its_system() -> None:
    made = coded({"coding": [{"code": "BLD"}]}, _table("SpecimenType"), Said(), 4)
    system = "http://terminology.hl7.org/CodeSystem/v2-0487"
    assert made == called({"coding": [{"code": "BLD", "system": system}]})


def test_a_code_that_the_standard_shares_is_said_once() -> None:
    made = coded({"coding": [{"code": "M"}]}, _table("MaritalStatus"), Said(), 16)
    system = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
    assert made == called({"coding": [{"system": system, "code": "M"}]})
    named = {"system": "http://terminology.hl7.org/CodeSystem/v2-0002", "code": "M"}
    made = coded({"coding": [named]}, _table("MaritalStatus"), Said(), 16)
    assert made == called({"coding": [{"system": system, "code": "M"}, named]})


@pytest.mark.parametrize(
    ("field", "value", "element", "system"),
    [
        ("PID-16", "未婚", "maritalStatus", "code-system/source/v2-0002"),
        ("PID-16", "未婚^^HL70002", "maritalStatus", "code-system/source/v2-0002"),
        ("PID-16", "G", "maritalStatus", "CodeSystem/v2-0002"),
        ("PID-22", "Z^^HL70002", "extension", "code-system/source/v2-0002"),
        ("PID-39", "Z", "extension", "CodeSystem/v2-0171"),  # a table HL7 leaves to the sender
        ("PID-26", "Z", "extension", "CodeSystem/v2-0399"),
    ],
)
def test_a_code_that_hl7_lacks_is_of_a_system_of_the_senders(
    field: str, value: str, element: str, system: str
) -> None:
    number = int(field.partition("-")[2])
    pid = ["PID", "1", "", "1", *[""] * (number - 4), value]
    text = f"MSH|^~\\&|A|B|||20260101||ADT^A08^ADT_A01|1|P|2.5\r{'|'.join(pid)}\r"
    made = load(definitions(), layers=("base",)).translate(text, ReadableIds(), source="source")
    patient = next(m.resource for m in made.made if m.resource["resourceType"] == "Patient")
    concept = patient[element]
    if element == "extension":
        concept = next(iter(_concepts(concept)))
    assert concept["coding"][-1]["system"].endswith(f"/{system}")


@pytest.mark.parametrize(
    ("written", "gender", "said"),
    [
        ("^^^F", "female", []),
        ("^^^F^Female^HL70001", "female", ["unmapped-component"] * 2),
        ("M^^^F", "male", ["unmapped-component"]),
        ("^Female", None, ["unmapped-component", "unmapped-code"]),
    ],
)
def test_an_alternate_code_stands_for_one_that_is_missing(
    written: str, gender: str | None, said: list[str]
) -> None:
    text = f"MSH|^~\\&|A|B|||20260101||ADT^A08^ADT_A01|1|P|2.5\rPID|1||1|||||{written}\r"
    made = load(definitions(), layers=("base",)).translate(text, ReadableIds(), source="source")
    patient = next(m.resource for m in made.made if m.resource["resourceType"] == "Patient")
    assert patient.get("gender") == gender
    assert [f.code for f in made.findings] == said


def _concepts(extensions: list[dict[str, Any]]) -> Iterator[Any]:
    for each in extensions:
        yield from [each["valueCodeableConcept"]] if "valueCodeableConcept" in each else ()
        yield from _concepts(each.get("extension", []))


def test_a_class_of_its_own_system_stays_in_table_0004() -> None:
    made = coded({"code": "R"}, _table("PatientClass[EncounterClass]"), Said(), 2)
    assert made == called({"system": "http://terminology.hl7.org/CodeSystem/v2-0004", "code": "R"})


def test_all_tables_load_together() -> None:
    assert load(definitions()).compiled.rows > 3000


@pytest.mark.parametrize(("days", "made"), [("4", 4), ("vier", None)])
def test_a_length_that_is_no_number_leaves_no_unit_behind(days: str, made: int | None) -> None:
    lines = [
        "MSH|^~\\&|A|B|||20260101||ADT^A01^ADT_A01|1|P|2.5",
        "PID|1||1",
        f"PV1|1|I{'|' * 17}V1",
        f"PV2{'|' * 11}{days}",
    ]
    said = load(definitions(), layers=("base",)).translate(
        "\r".join(lines), ReadableIds(), source="source"
    )
    visit = next(m.resource for m in said.made if m.resource["resourceType"] == "Encounter")
    assert visit.get("length", {}).get("value") == made
    assert ("length" in visit) == (made is not None)


def test_words_without_a_code_are_explained() -> None:
    text = "\r".join([
        "MSH|^~\\&|APP|H|||20260301||ADT^A08|1|P|2.5.1", "EVN|A08|20260301||^typed over",
        "PID|1||100^^^H^MR||Doe^Jo|||||||||||^married", "NK1|1|Doe^Ann|^wife|||||||||||^married",
        "AL1|1|^drugs|^nuts|^bad",
    ])  # fmt: skip
    made = load(definitions(), explain=True).translate(text, ReadableIds(), source="src")
    (patient,) = (m.resource for m in made.made if m.resource["resourceType"] == "Patient")
    assert patient["maritalStatus"]["text"] == "married"


def test_every_word_for_a_unit_of_time_has_a_code() -> None:
    """A period that is-a time-unit says may be read would be invalid without its unit (tim-2)."""
    table = _table("TestServiceDefaultDurationUnits")
    assert {word: map_code(table, word, Said(), 1) for word in KNOWN} == KNOWN


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("H", ["High"]),
        ("H^Hoch", ["Hoch"]),  # its sender calls it so
        ("QQ", [None]),  # the sender's own
    ],
)
def test_a_code_is_called_what_its_system_calls_it(
    written: str, expected: list[str | None]
) -> None:
    made = oru(f"OBX|1|NM|X^x^L||5|g/L||{written}|||F")
    codings = [
        coding
        for concept in one(made, "Observation")["interpretation"]
        for coding in concept["coding"]
    ]
    assert [coding.get("display") for coding in codings] == expected


def test_a_code_of_a_named_table_and_a_constant_are_called_what_their_systems_call_them() -> None:
    made = message("ADT^A01", f"{PID}||||||||M", "PV1|1|I|||||D1^Lee^Ann", "DG1|1||X^x^L|||A")
    patient, visit = one(made, "Patient"), one(made, "Encounter")
    assert patient["identifier"][0]["type"]["coding"][0]["display"] == "Medical record number"
    assert patient["maritalStatus"]["coding"][0]["display"] == "Married"
    assert visit["participant"][0]["type"][0]["coding"][0]["display"] == "attender"
    category = one(made, "Condition")["category"][0]["coding"][0]
    assert (category["code"], category["display"]) == ("encounter-diagnosis", "Encounter Diagnosis")


def test_a_name_that_is_the_code_once_more_is_not_said() -> None:
    made = coded({"coding": [{"code": "BID"}]}, _table("RepeatPattern"), Said(), 2)
    assert made is not None
    assert all(coding.get("display") != coding["code"] for coding in made["coding"])


@pytest.mark.parametrize("written", ["CHN", "CN", "156", "中国"])
def test_a_country_has_a_name_whichever_way_it_is_written(written: str) -> None:
    """FHIR has no names of ISO 3166: rows of one code share what one of them calls it."""
    made = message("ADT^A31", f"{PID}{'|' * 18}{written}")
    (nationality,) = one(made, "Patient")["extension"]
    (code,) = nationality["extension"]
    assert "China" in [coding.get("display") for coding in code["valueCodeableConcept"]["coding"]]
