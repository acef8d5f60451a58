"""Coverage of published maps, on a small set of spreadsheets of our own."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path

import pytest

from conformance.coverage import Report
from conformance.notation import Element, element, our_path, published_steps, referenced, tail
from conformance.published import report
from conformance.sheets import read
from conformance.waivers import Waiver, waivers

TITLES = ["HL7 v2"], ["Sort Order", "Identifier"]
CODE_TITLES = (
    ["HL7 v2"],
    ["Code", "Text", "Code System", "A", "F", "N", "Code", "", "Display", "Code System"],
)


def row(
    identifier: str,
    target: str,
    vocabulary: str = "",
    assigned: str = "",
    when: str = "",
    calls: str = "",
) -> list[str]:
    cells = [""] * 17
    cells[1], cells[6], cells[9] = identifier, when, target
    cells[14], cells[15], cells[16] = calls, vocabulary, assigned
    return cells


def sheet(folder: Path, kind: str, name: str, rows: list[list[str]]) -> None:
    (folder / kind).mkdir(exist_ok=True)
    with (folder / kind / name).open("w", encoding="utf-8", newline="") as file:
        titles = CODE_TITLES if kind == "codesystems" else TITLES
        csv.writer(file).writerows([*titles, *rows])


@pytest.fixture
def published(tmp_path: Path) -> Path:
    sheet(tmp_path, "segments", "HL7 Segment - FHIR R4_ PID[Patient] - PID.csv", [
        row("PID-3", "identifier[2]"),
        row("PID-5", "name[1]"),
        row("PID-6", "extension[1].url", assigned='"http://x.example/extension-maiden.html"'),
        row("PID-6", "extension[1].valueString"),
        row("PID-7", "birthDate.extension[1].url", assigned='"http://x.example/birthTime"'),
        row("PID-8", "gender", "Administrative Sex"),
        row("PID-13", "telecom[1].use", assigned='"home"'),
        row("PID-30", "deceased boolean", "Yes/NoIndicator"),
        row("PID-35", "extension??-any.valueString"),
        row("PID-99", ""),
    ])  # fmt: skip
    sheet(tmp_path, "datatypes", "HL7 Data Type - FHIR R4_ CX[Identifier] - Sheet1.csv", [
        row("CX.1", "value"),
        row("CX.4", "assigner(Organization)", when="If organization"),
        row("CX.5", "type.coding.code"),
    ])  # fmt: skip
    sheet(tmp_path, "datatypes", "HL7 Data Type - FHIR R4_ CE[Coding] - Sheet1.csv", [
        row("CE.1", "$value"),
        row("", "system", assigned='"http://terminology.hl7.org/CodeSystem/v2-0001"'),
        row("CE-2", 'display="fixed"'),
    ])  # fmt: skip
    sheet(tmp_path, "messages", "HL7 Message - FHIR R4_ ADT_A01 - Sheet1.csv", [
        [*[""] * 1, "ADT_A01.PID", *[""] * 7, "Patient[1]", "PID[Patient]"],
        [*[""] * 1, "ADT_A01:follow:PID.ROL", *[""] * 7, "CareTeam", "ROL[CareTeam]"],
    ])  # fmt: skip
    sheet(tmp_path, "codesystems", "HL7 Concept Map_ AdministrativeSex - Sheet1.csv", [
        ["F", "", "HL70001", "", "", "", "female", "", "", "http://hl7.org/fhir/administrative-gender"],
        ["M\u00c2", "", "", "", "", "", "male", "", "", "not a system"],
        ["U", "", "", "", "", "", "unknown", "", "", "urn:other"],
        ["X", "", "", "", "", "", "", "", "", ""],
    ])  # fmt: skip
    return tmp_path


ROWS = [
    ("PID[Patient]", "PID-3", "identifier", "", "CX[Identifier]", (), "", ()),
    (
        "PID[Patient]",
        "PID-6.1.1",
        "extension(http://x.example/maiden).valueString",
        "",
        "",
        (),
        "",
        (),
    ),
    (
        "PID[Patient]",
        "PID-7",
        "_birthDate.extension(urn:x/birthTime).valueDateTime",
        "",
        "",
        (),
        "",
        (),
    ),
    ("PID[Patient]", "PID-8", "gender", "", "", (), "AdministrativeSex", ()),
    ("PID[Patient]", "PID-13", "telecom", "", "XTN[ContactPoint]", ("home",), "", ()),
    ("PID[Patient]", "PID-30", "deceasedBoolean", "", "", (), "", ()),
    ("PID[Patient]", "PID-35", "extension(urn:any).valueString", "", "", (), "", ()),
    ("XTN[ContactPoint]", "", "use", "$1", "", (), "", ()),
    ("CX[Identifier]", "CX.1", "value", "", "", (), "", ()),
    ("CX[Identifier-Other]", "CX.5", "type", "", "", (), "IdentifierType", ()),
    ("CE[Coding]", "CE.1", "code", "", "", (), "", ()),
    ("CE[Coding]", "", "system", "http://terminology.hl7.org/CodeSystem/v2-0001", "", (), "", ()),
    ("CE[Coding]", "CE.2", "display", "otherwise", "", (), "", ()),
]
CODES = [
    ("AdministrativeSex", "F", "female", "http://hl7.org/fhir/administrative-gender", ""),
    ("AdministrativeSex", "M", "male", "http://hl7.org/fhir/administrative-gender", ""),
    ("AdministrativeSex", "U", "unknown", "http://hl7.org/fhir/administrative-gender", ""),
]
MENTIONS = [("ADT_A01", "PID", "PID[Patient]")]


def judged(found: Report) -> dict[tuple[str, str, str], tuple[str, str]]:
    return {(v.row.map, v.row.element, v.row.target): (v.verdict, v.why) for v in found.verdicts}


def test_each_published_row_is_judged(published: Path) -> None:
    found = judged(report(published, ROWS, CODES, MENTIONS))
    assert found == {
        ("PID[Patient]", "PID-3", "identifier[2]"): ("satisfied", ""),
        ("PID[Patient]", "PID-5", "name[1]"): ("missing", "no such row"),
        ("PID[Patient]", "PID-6", "extension[1].url"): ("satisfied", ""),
        ("PID[Patient]", "PID-6", "extension[1].valueString"): ("satisfied", ""),
        ("PID[Patient]", "PID-7", "birthDate.extension[1].url"): ("satisfied", ""),
        ("PID[Patient]", "PID-8", "gender"): ("satisfied", ""),
        ("PID[Patient]", "PID-13", "telecom[1].use"): ("satisfied", ""),
        ("PID[Patient]", "PID-30", "deceasedboolean"): ("satisfied", ""),
        ("PID[Patient]", "PID-35", "extension??-any.valueString"): ("satisfied", ""),
        ("CX[Identifier]", "CX.1", "value"): ("satisfied", ""),
        ("CX[Identifier]", "CX.4", "assigner(Organization)"): ("missing", "no such row"),
        ("CX[Identifier]", "CX.5", "type.coding.code"): ("satisfied", ""),
        ("CE[Coding]", "CE.1", "$value"): ("satisfied", ""),
        ("CE[Coding]", "", "system"): ("satisfied", ""),
        ("CE[Coding]", "CE-2", "display"): ("missing", "another constant"),
        ("ADT_A01", "ADT_A01.PID", "PID[Patient]"): ("satisfied", ""),
        ("ADT_A01", "ADT_A01.PID.ROL", "ROL[CareTeam]"): ("missing", "no such segment map here"),
        ("AdministrativeSex", "F", "female"): ("satisfied", ""),
        ("AdministrativeSex", "M", "male"): ("satisfied", ""),
        ("AdministrativeSex", "U", "unknown"): ("missing", "is unknown"),
    }


def test_what_no_message_reaches_is_counted_apart(published: Path) -> None:
    found = report(published, ROWS, CODES, MENTIONS, (), {"CX[Identifier]", "AdministrativeSex"})
    said = {(v.row.map, v.row.element): v.verdict for v in found.verdicts}
    assert said["CX[Identifier]", "CX.1"] == said["AdministrativeSex", "F"] == "unreached"
    assert said["CX[Identifier]", "CX.4"] == "missing"
    assert said["PID[Patient]", "PID-3"] == "satisfied"
    assert found.tally() == {"satisfied": 11, "unreached": 4, "missing": 5}
    shares, reached, _ = found.shares().splitlines()
    assert shares.startswith("satisfied 55.00 %, mended 0.00 %, unreached 20.00 %, waived 0.00 %")
    assert reached.startswith(
        "of 16 rows that messages can reach, 11 satisfied or mended (68.75 %)"
    )


def test_without_tables_everything_is_missing(published: Path) -> None:
    found = report(published, [], [])
    assert found.tally() == {"missing": 20}
    assert {v.why for v in found.missing} >= {"no such map", "no such table"}


def test_a_published_code_table_must_be_used(published: Path) -> None:
    rows = [(*r[:6], "", ()) if r[1] == "PID-8" else r for r in ROWS]
    found = judged(report(published, rows, CODES, MENTIONS))
    assert found["PID[Patient]", "PID-8", "gender"] == ("missing", "without AdministrativeSex")


def test_a_constant_of_no_element_says_nothing_of_one(published: Path) -> None:
    rows = [("PID[Patient]", "", "name", "otherwise", "", (), "", ())]
    found = judged(report(published, rows, CODES, MENTIONS))
    assert found["PID[Patient]", "PID-5", "name[1]"] == ("missing", "no such row")


def test_a_code_that_is_unknown_or_else_is_missing(published: Path) -> None:
    codes = [("AdministrativeSex", "F", "", "", ""), ("AdministrativeSex", "M", "other", "", "")]
    found = judged(report(published, ROWS, codes, MENTIONS))
    assert found["AdministrativeSex", "F", "female"] == ("missing", "is none")
    assert found["AdministrativeSex", "M", "male"] == ("missing", "is other")
    assert found["AdministrativeSex", "U", "unknown"] == ("missing", "no such code")


def test_what_codes_are_called_is_told_apart(tmp_path: Path) -> None:
    gender = "http://hl7.org/fhir/administrative-gender"
    sheet(tmp_path, "codesystems", "HL7 Concept Map_ AdministrativeSex - Sheet1.csv", [
        ["F", *[""] * 5, "female", "", "Female", gender],
        ["M", *[""] * 5, "male", "", "Man", gender],
        ["C", *[""] * 5, "CHN", "", "China", "urn:iso:std:iso:3166"],
        ["U", *[""] * 5, "unknown", "", "Unknown", gender],
        ["O", *[""] * 5, "other", "", "", gender],
    ])  # fmt: skip
    codes = [
        ("AdministrativeSex", "F", "female", gender, ""),
        ("AdministrativeSex", "M", "male", gender, "he"),
        ("AdministrativeSex", "C", "CHN", "urn:iso:std:iso:3166", ""),
        ("AdministrativeSex", "U", "other", gender, ""),
        ("AdministrativeSex", "O", "other", gender, ""),
    ]
    found = report(tmp_path, [], codes)
    assert {v.row.element: (v.verdict, v.why) for v in found.names} == {
        "F": ("same", "Female"), "M": ("otherwise", "he"), "C": ("nameless", ""),
    }  # fmt: skip
    assert found.shares().splitlines()[-1] == (
        "of 3 codes that the code tables name, 1 are called the same, 1 otherwise, 1 nothing"
    )
    assert "called 'he'  AdministrativeSex  M  male  'Man'" in found.text()


def test_a_waiver_says_why_and_what_is_done_instead(published: Path) -> None:
    waived = [
        Waiver("PID[*]", "PID-5", "*", "no names"),
        Waiver("CX[Identifier]", "CX.4", "assigner(*)", "the number's own", "value"),
        Waiver("CE[Coding]", "CE-2", "*", "said otherwise", "display"),
        Waiver("ADT_A01", "*", "ROL[CareTeam]", "in its place", "PID[Patient]"),
        Waiver("AdministrativeSex", "U", "*", "another system", "unknown"),
        Waiver("XYZ", "-", "*", "nothing like it"),
    ]
    found = report(published, ROWS, CODES, MENTIONS, waived)
    said = judged(found)
    assert said["PID[Patient]", "PID-5", "name[1]"] == ("waived", "no names")
    assert said["CX[Identifier]", "CX.4", "assigner(Organization)"] == (
        "missing",
        "no value either",
    )
    assert said["CE[Coding]", "CE-2", "display"] == ("mended", "said otherwise")
    assert said["ADT_A01", "ADT_A01.PID.ROL", "ROL[CareTeam]"][0] == "missing"
    assert said["AdministrativeSex", "U", "unknown"] == ("mended", "another system")
    assert {w.map for w in found.idle} == {"XYZ", "CX[Identifier]", "ADT_A01"}


def test_a_waiver_may_point_to_another_map(published: Path) -> None:
    name = "PID[Patient]"
    rows = [("ADT[Patient]", *r[1:]) if r[0] == name else r for r in ROWS]
    waived = [
        Waiver(name, "PID-3", "*", "made there", "ADT[Patient] *"),
        Waiver(name, "PID-8", "*", "made there", "ADT[Patient] gender"),
        Waiver(name, "PID-13", "*", "made there", "ADT[Patient] name"),
    ]
    said = judged(report(published, rows, CODES, MENTIONS, waived))
    assert said[name, "PID-3", "identifier[2]"] == ("mended", "made there")
    assert said[name, "PID-8", "gender"] == ("mended", "made there")
    assert said[name, "PID-13", "telecom[1].use"] == ("missing", "no ADT[Patient] name either")


def test_the_report_counts_and_lists(published: Path) -> None:
    waived = [Waiver("PID[Patient]", "PID-5", "*", "no names")]
    text = report(published, ROWS, CODES, MENTIONS, waived).text()
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "rows satisfied mended unreached waived missing"
    assert "segments 9 8 0 0 1 0 88.9 %" in lines
    assert "all 20 15 0 0 1 4 75.0 %" in lines
    assert (
        "missing CX[Identifier] CX.4 assigner(Organization) when If organization (no such row)"
        in lines
    )
    assert not any(line.startswith("idle") for line in lines)
    short = report(published, ROWS, CODES, MENTIONS, [*waived, Waiver("Q", "-", "*", "r")]).text(
        maps=False, missing=False
    )
    assert len(short.splitlines()) == 7
    assert short.splitlines()[-1].split() == ["idle", "waiver", "Q", "-", "*"]


def test_references_are_judged_apart_from_rows(tmp_path: Path) -> None:
    def place(segment: str, target: str, said: str) -> list[str]:
        return ["", f"ADT_A01.{segment}", *[""] * 7, target, f"{segment}[{target}]", said]

    sheet(tmp_path, "messages", "HL7 Message - FHIR R4_ ADT_A01 - Sheet1.csv", [
        place("PV1", "Encounter",
              "Encounter[1].subject.reference=Patient[1].id;\nAccount[2].subject.id = Patient.id"),
        place("DG1", "Encounter", "Encounter[1].diagnosis.reference=Condition[1].id; "),
        place("SFT", "Device", 'Provenance[1].entity.role="source"'),
        place("PRT", "PractitionerRole",
              "Report[1].specimen[1](Specimen.collection.collector.reference)=Practitioner[6].id"),
    ])  # fmt: skip
    references = [
        ("", "Encounter.subject", "Patient"),
        ("ADT_A02", "Account.subject", "Patient"),
        ("", "Encounter.diagnosis.condition", "Condition"),
        ("ADT_A01", "Specimen.collection.collector", "Practitioner"),
    ]
    waived = [
        Waiver("*", "Encounter.diagnosis", "Condition", "below",
               "Encounter.diagnosis.condition Condition"),
        Waiver("*", "Provenance.entity.*", "*", "in the header", "SFT[MessageHeader] source"),
    ]  # fmt: skip
    rows = [("SFT[MessageHeader]", "SFT-1", "source.software", "", "", (), "", ())]
    found = report(tmp_path, rows, [], [], waived, references=references)
    assert {(v.row.element, v.row.target): v.verdict for v in found.references} == {
        ("Encounter.subject", "Patient"): "satisfied",
        ("Account.subject", "Patient"): "missing",  # in messages of another structure
        ("Encounter.diagnosis", "Condition"): "mended",
        ("Provenance.entity.role", '"source"'): "mended",
        ("Specimen.collection.collector", "Practitioner"): "satisfied",
    }
    assert found.tally().total() == 4
    assert found.shares().splitlines()[-1] == (
        "of 5 references that the message maps name, 2 satisfied, 2 mended, 1 missing"
    )
    without = report(tmp_path, [], [], [], waived)
    assert len(without.missing) == 4 + 5


def test_how_a_condition_is_said_is_told(tmp_path: Path) -> None:
    sheet(tmp_path, "segments", "HL7 Segment - FHIR R4_ PID[Patient] - Sheet1.csv", [
        row("PID-1", "active", when='IF PID-2 EQUALS "Y"'),
        row("PID-3", "birthDate", when="IF PID-4 VALUED"),
        row("PID-5", "gender", when="IF PID-6 NOT VALUED"),
        row("PID-7", "language", when="IF PID-8 VALUED"),
        row("PID-9", "photo", when="If it is a good one"),
        row("PID-10", "name", when="IF PID-11 VALUED"),
    ])  # fmt: skip
    sheet(tmp_path, "datatypes", "HL7 Data Type - FHIR R4_ TS[dateTime] - Sheet1.csv", [
        row("TS.1", "$value", when="IF TS.2 VALUED"),
    ])  # fmt: skip
    name = "PID[Patient]"
    rows = [
        (name, "PID-1", "active", "", "", (), "", ("in", "PID-2", ("Y",))),
        (name, "PID-3", "birthDate", "", "", (), "", ("in", "PID-4", ("Y",))),
        (name, "PID-5", "gender", "", "", (), "", ("valued", "PID-7")),
        (name, "PID-7", "language", "", "", (), "", ("valued", "PID-7")),
        (name, "PID-9", "photo", "", "", (), "", ("and",)),
        ("TS[dateTime]", "TS.1", "value", "", "", (), "", ("valued", "TS.2")),
    ]
    waived = [Waiver(name, "PID-5", "*", "its own reason", "when")]
    found = report(tmp_path, rows, [], (), waived)
    said = {v.row.element: v.condition for v in found.verdicts}
    assert said == {
        "PID-1": "equal", "PID-3": "reworded", "PID-5": "other", "PID-7": "other",
        "PID-9": "prose", "PID-10": "", "TS.1": "equal",
    }  # fmt: skip
    assert found.shares().splitlines()[2] == (
        "of 6 conditions of rows that are there, 2 say the same, 1 ask for the same fields in "
        "other words, 2 ask for other fields, 0 are not asked for, 1 are prose"
    )
    # One that asks for something else is not what is published, unless a waiver says why.
    verdicts = {v.row.element: (v.verdict, v.why) for v in found.verdicts}
    assert verdicts["PID-1"] == verdicts["PID-3"] == verdicts["PID-9"] == ("satisfied", "")
    assert verdicts["PID-5"] == ("mended", "its own reason")
    assert verdicts["PID-7"] == ("missing", "conditions ask for other fields")
    assert "condition other  PID[Patient]  PID-5  gender  when IF PID-6 NOT VALUED" in found.text()
    bare = report(tmp_path, [(*each[:7], ()) for each in rows], [])
    assert {v.condition for v in bare.verdicts} == {"none", "prose", ""}


def test_an_empty_folder_is_covered(tmp_path: Path) -> None:
    assert "all" in report(tmp_path, [], []).text()


def test_waivers_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "waivers.tsv"
    file.write_text(
        "# why\n\nA\t-\tname\tbecause\nB\tX.1\t*\tmisspelt\tname.text\n", encoding="utf-8"
    )
    assert waivers(file) == [
        Waiver("A", "-", "name", "because"), Waiver("B", "X.1", "*", "misspelt", "name.text"),
    ]  # fmt: skip
    file.write_text("A\tB\tC\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"waivers\.tsv:1"):
        waivers(file)


def test_our_own_waivers_have_reasons() -> None:
    ours = waivers(Path(str(files("conformance"))) / "waivers.tsv")
    assert all(w.reason for w in ours)


def test_a_segment_without_a_place_is_that_of_any_message(published: Path) -> None:
    found = judged(report(published, ROWS, CODES, [*MENTIONS, ("ANY", "ROL", "ROL[CareTeam]")]))
    assert found["ADT_A01", "ADT_A01.PID.ROL", "ROL[CareTeam]"] == ("satisfied", "")
    found = judged(report(published, ROWS, CODES, [("ANY", "PID", "PID[Patient]")]))
    assert found["ADT_A01", "ADT_A01.PID", "PID[Patient]"] == ("satisfied", "")


def test_a_referenced_resource_may_be_made_by_a_map_of_its_own(tmp_path: Path) -> None:
    sheet(tmp_path, "segments", "HL7 Segment - FHIR R4_ DG1[Encounter] - Sheet1.csv", [
        row("DG1-3", "diagnosis.condition(Condition.code)", "Diagnosis"),
        row("DG1-4", "diagnosis.condition(Condition.code.text)"),
        row("DG1-5", "diagnosis.condition(Condition.onsetDateTime)"),
        row("DG1-16", "diagnosis.condition(Condition)"),
    ])  # fmt: skip
    rows = [
        ("DG1[Condition]", "DG1-3", "code", "", "", (), "Diagnosis", ()),
        ("DG1[Condition-Other]", "DG1-4", "code.text", "", "", (), "", ()),
        ("DG1[ConditionX]", "DG1-5", "onsetDateTime", "", "", (), "", ()),
        ("DG1[Condition]", "DG1-16", "asserter", "", "", (), "", ()),
    ]
    codes = [("Diagnosis", "A", "a", "", "")]
    references = [("", "Encounter.diagnosis.condition", "Condition")]
    found = report(tmp_path, rows, codes, references=references)
    assert [v.row.element for v in found.missing] == ["DG1-5"]
    # One that nothing refers to is not what is published.
    found = report(tmp_path, rows, codes)
    assert [v.why for v in found.missing if v.row.element != "DG1-5"] == ["no such reference"] * 3


def test_every_reference_on_the_way_must_be_there(tmp_path: Path) -> None:
    sheet(tmp_path, "segments", "HL7 Segment - FHIR R4_ ORC[ServiceRequest] - Sheet1.csv", [
        row("ORC-21", "requester(PractitionerRole[1].organization(Organization.name))"),
        row("ORC-6", "note(Annotation.text)"),
        row("ORC-12", "requester(Practitioner)"),
    ])  # fmt: skip
    rows = [
        ("ORC[Organization]", "ORC-21", "name", "", "", (), "", ()),
        ("ORC[ServiceRequest]", "ORC-6", "note.text", "", "", (), "", ()),
        ("ORC[ServiceRequest]", "ORC-12", "requester", "", "XCN[PractitionerRole]", (), "", ()),
    ]
    role = ("", "ServiceRequest.requester", "PractitionerRole")
    for references, missing in (
        ([role, ("", "PractitionerRole.organization", "Organization")], ["ORC-12"]),
        ([role], ["ORC-21", "ORC-12"]),  # a role is no practitioner
    ):
        found = report(tmp_path, rows, [], references=references)
        assert [v.row.element for v in found.missing] == missing


def test_what_has_an_item_of_its_own_gives_way_to_no_other(tmp_path: Path) -> None:
    when = "IF PID-1 NOT VALUED"
    sheet(tmp_path, "segments", "HL7 Segment - FHIR R4_ PID[Patient] - Sheet1.csv", [
        row("PID-1", "name[1].text"), row("PID-2", "name[2].text"),
        row("PID-3", "name[1].text"), row("PID-4", "name[3].text", when=when),
    ])  # fmt: skip
    name, unless = "PID[Patient]", ("not", ("and", ("or", ("valued", "PID-1"))))
    rows = [
        (name, "PID-1", "name.text", "", "", (), "", ()),
        *((name, f"PID-{each}", "name.text", "", "", (), "", unless) for each in (2, 3, 4)),
    ]
    found = report(tmp_path, rows, [])
    assert [(v.row.element, v.why) for v in found.missing] == [("PID-2", "not beside the other")]
    rows.append((name, "PID-2", "name.text", "", "", (), "", ("valued", "PID-9")))
    assert not report(tmp_path, rows, []).missing


def test_the_map_of_a_data_type_may_read_a_field_beside(tmp_path: Path) -> None:
    sheet(tmp_path, "segments", "HL7 Segment - FHIR R4_ OBX[Observation] - Sheet1.csv", [
        row("OBX-5", "valueRange", calls="NR[Range]"), row("OBX-6", "valueRange.low.unit"),
    ])  # fmt: skip
    called(tmp_path, "NR[Range]", row("NR.1", "low.value"))
    rows = [
        ("OBX[Observation]", "OBX-5", "valueRange", "", "NR[Range-Result]", (), "", ()),
        ("NR[Range-Result]", "NR.1", "low.value", "", "", (), "", ()),
        ("NR[Range-Result]", "OBX-6", "low.unit", "", "", (), "", ()),
    ]
    assert not report(tmp_path, rows, []).missing


def called(folder: Path, name: str, *rows: list[str]) -> None:
    sheet(folder, "datatypes", f"HL7 Data Type - FHIR R4_ {name} - Sheet1.csv", list(rows))


@pytest.fixture
def calling(tmp_path: Path) -> Path:
    """Write maps of which ours need none: what they say is read where they are called."""
    sheet(tmp_path, "segments", "HL7 Segment - FHIR R4_ OBX[Observation] - Sheet1.csv", [
        row("OBX-1", "value", calls="NM[positiveInt]"),
        row("OBX-2", "source.endpoint", calls="HD[Source]"),
        row("OBX-3", "kind", calls="EI[Coding]"),
        row("OBX-4", "performer(Patient)", calls="XCN[Patient]"),
        row("OBX-5", "derivedFrom(Document)", calls="RP[Document]"),
    ])  # fmt: skip
    called(tmp_path, "NM[positiveInt]", row("NM.1", "$value", calls="NM[positiveInt]"))
    called(tmp_path, "HD[Source]", row("HD.1", "name"), row("HD.2", "endpoint"))
    called(tmp_path, "EI[Coding]", row("EI.1", "code"), row("EI.2", "system"))
    called(tmp_path, "XCN[Patient]", row("XCN.1", "identifier.value"))
    called(tmp_path, "RP[Document]", row("RP.1", "content.url"), row("RP.2", "content.title"))
    called(tmp_path, "TQ[Task]", row("TQ.6", "priority"))
    return tmp_path


IN_PLACE = [
    ("OBX[Observation]", "OBX-1", "value", "", "", (), "", ()),
    ("OBX[Observation]", "OBX-2.1", "source.name", "", "", (), "", ()),
    ("OBX[Observation]", "OBX-2", "source.endpoint", "", "", (), "", ()),
    ("OBX[Observation]", "OBX-3.1", "kind.text", "", "", (), "", ()),
    ("OBX[Observation]", "OBX-4", "performer", "", "XCN[Practitioner]", (), "", ()),
    ("XCN[Practitioner]", "XCN.1", "identifier.value", "", "", (), "", ()),
    ("OBX[Document]", "OBX-5", "content.url", "", "", (), "", ()),
    ("OBX[Document]", "OBX-5.2", "content.name", "", "", (), "", ()),
    ("OBR[Observation]", "OBR-27.6", "priority", "", "", (), "", ()),
]


def test_what_ours_read_without_a_map_is_found_where_theirs_call_one(calling: Path) -> None:
    said = judged(report(calling, IN_PLACE, []))
    assert said["NM[positiveInt]", "NM.1", "$value"] == ("satisfied", "")
    assert said["HD[Source]", "HD.1", "name"] == ("satisfied", "")
    assert said["HD[Source]", "HD.2", "endpoint"] == ("satisfied", "")
    assert said["RP[Document]", "RP.1", "content.url"] == ("satisfied", "")
    assert said["EI[Coding]", "EI.2", "system"] == ("missing", "no such map")
    assert said["TQ[Task]", "TQ.6", "priority"] == ("missing", "no such map")
    # A practitioner is no patient.
    assert said["XCN[Patient]", "XCN.1", "identifier.value"] == ("missing", "no such map")
    rows = [(*r[:4], "XCN[Patient]", *r[5:]) if r[1] == "OBX-4" else r for r in IN_PLACE]
    rows.append(("XCN[Patient-Other]", "XCN.1", "identifier.value", "", "", (), "", ()))
    assert not [v for v in report(calling, rows, []).missing if v.row.map == "XCN[Patient]"]


def test_what_is_done_instead_is_found_where_theirs_call_a_map(calling: Path) -> None:
    waived = [
        Waiver("OBX[Observation]", "OBX-3", "kind", "in words", "kind.text"),
        Waiver("OBX[Observation]", "OBX-5", "*", "its own map", "OBX[Document] content"),
        Waiver("EI[Coding]", "EI.1", "*", "in words", "text"),
        Waiver("XCN[Patient]", "*", "*", "a practitioner", "XCN[Practitioner] *"),
        Waiver("RP[Document]", "RP.2", "*", "its name", "OBX[Document] content.name"),
        Waiver("TQ[Task]", "*", "*", "an order", "OBR-27 OBR[Observation] priority"),
    ]
    found = report(calling, IN_PLACE, [], (), waived)
    said = judged(found)
    assert said["EI[Coding]", "EI.1", "code"] == ("mended", "in words")
    assert said["XCN[Patient]", "XCN.1", "identifier.value"] == ("mended", "a practitioner")
    assert said["RP[Document]", "RP.2", "content.title"] == ("mended", "its name")
    assert said["TQ[Task]", "TQ.6", "priority"] == ("mended", "an order")
    # Ours refer to no patient.
    assert [v.row.element for v in found.missing] == ["OBX-4", "EI.2", "OBX-3 > EI.2"]
    elsewhere = [Waiver("TQ[Task]", "*", "*", "an order", "OBR-4 OBR[Observation] priority")]
    said = judged(report(calling, IN_PLACE, [], (), elsewhere))
    assert said["TQ[Task]", "TQ.6", "priority"][0] == "missing"


def test_a_row_of_a_data_type_map_is_asked_for_at_every_call(calling: Path) -> None:
    """That it is made somewhere says nothing of another field."""
    sheet(calling, "segments", "HL7 Segment - FHIR R4_ PV1[Encounter] - Sheet1.csv", [
        row("PV1-2", "origin(Patient)", calls="XCN[Patient]"),
        row("PV1-3", "reason", calls="EI[Coding]"),
        row("PV1-4", "type", calls="EI[Coding]"),
    ])  # fmt: skip
    rows = [
        ("PV1[Encounter]", "PV1-2", "origin", "", "XCN[Patient]", (), "", ()),
        ("XCN[Patient]", "XCN.1", "identifier.value", "", "", (), "", ()),
        ("PV1[Encounter]", "PV1-3", "reason", "", "EI[Coding]", (), "", ()),
        ("EI[Coding]", "EI.1", "code", "", "", (), "", ()),
        ("PV1[Encounter]", "PV1-4.1", "type.code", "", "", (), "", ()),
        ("PV1[Encounter]", "PV1-4.2", "type.display", "", "", (), "", ()),
    ]
    references = [("", "Encounter.origin", "Patient")]

    def called(*waived: Waiver) -> dict[str, str]:
        found = report(calling, rows, [], (), waived, references=references)
        return {v.row.element: v.verdict for v in found.called if v.row.map == "PV1[Encounter]"}

    assert called() == {
        "PV1-2 > XCN.1": "satisfied",
        "PV1-3 > EI.1": "satisfied",
        "PV1-3 > EI.2": "missing",
        "PV1-4 > EI.1": "satisfied",
        "PV1-4 > EI.2": "missing",
    }
    # A waiver may speak of the row wherever it is called, or of one call.
    assert called(Waiver("EI[Coding]", "EI.2", "*", "no need"))["PV1-3 > EI.2"] == "waived"
    one = Waiver("PV1[*]", "PV1-4 > *", "type > *", "a name", "PV1[Encounter] type.display")
    assert [called(one)[f"PV1-{n} > EI.2"] for n in (3, 4)] == ["missing", "mended"]
    assert called(one._replace(instead="type.text"))["PV1-4 > EI.2"] == "missing"
    # What is done instead of the call, is looked for where that is done.
    rows[4] = ("PV1[Encounter]", "PV1-4", "kind", "", "EI[Coding]", (), "", ())
    assert called()["PV1-4 > EI.1"] == "missing"
    moved = Waiver("PV1[*]", "PV1-4", "*", "R5 calls it so", "kind")
    assert called(moved)["PV1-4 > EI.1"] == "mended"
    found = report(calling, rows, [], (), [moved], references=references)
    assert "missing  PV1[Encounter]  PV1-4 > EI.2  type > system" in found.text()
    assert "of 13 rows of data type maps, at each of their calls, " in found.shares()


def test_what_a_called_row_calls_is_asked_for_there(tmp_path: Path) -> None:
    sheet(tmp_path, "segments", "HL7 Segment - FHIR R4_ PID[Patient] - Sheet1.csv", [
        row("PID-5", "name", calls="XPN[HumanName]"),
        row("PID-6", "contact", calls="XPN[HumanName]"),
    ])  # fmt: skip
    called(tmp_path, "XPN[HumanName]", row("XPN.1", "family", calls="FN[HumanName]"))
    called(tmp_path, "FN[HumanName]", row("FN.1", "own"), row("FN.2", "prefix"))
    rows = [
        ("PID[Patient]", "PID-5", "name", "", "XPN[HumanName]", (), "", ()),
        ("XPN[HumanName]", "XPN.1.1", "family.own", "", "", (), "", ()),
        ("XPN[HumanName]", "XPN.1.2", "family.prefix", "", "", (), "", ()),
        ("PID[Patient]", "PID-6.1.1", "contact.family.own", "", "", (), "", ()),
    ]
    said = {v.row.element: v.verdict for v in report(tmp_path, rows, []).called}
    assert said == {
        "PID-5 > XPN.1": "satisfied",  # by the same map, which is judged by itself
        "PID-6 > XPN.1": "satisfied",
        "PID-6 > XPN.1 > FN.1": "satisfied",
        "PID-6 > XPN.1 > FN.2": "missing",
        "XPN.1 > FN.1": "satisfied",
        "XPN.1 > FN.2": "satisfied",
    }
    # Of what is left out, or told otherwise, no more is asked for.
    for instead in ("", "PID[Patient] contact"):
        waived = [Waiver("PID[Patient]", "PID-6 > XPN.1", "*", "as text", instead)]
        found = {
            v.row.element: v.verdict for v in report(tmp_path, rows[:3], [], (), waived).called
        }
        rows[3] = ("PID[Patient]", "PID-6", "contact.text", "", "", (), "", ())
        if instead:
            found = {
                v.row.element: v.verdict for v in report(tmp_path, rows, [], (), waived).called
            }
        assert found["PID-6 > XPN.1 > FN.2"] == ("mended" if instead else "waived")


def test_what_is_done_instead_of_a_call_is_done_for_its_map(calling: Path) -> None:
    rows = [r for r in IN_PLACE if r[1] != "OBX-1"]
    rows += [("OBX[Other]", "OBX-1", "value", "", "", (), "", ())]
    for instead in ("OBX[Other] *", "OBX[Other] value"):
        waived = [Waiver("OBX[Observation]", "OBX-1", "*", "made there", instead)]
        said = judged(report(calling, rows, [], (), waived))
        assert said["NM[positiveInt]", "NM.1", "$value"] == ("mended", "made there")


def test_a_file_that_is_no_map_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"notes\.csv"):
        list(read(tmp_path, "segments"))


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("coding[1].code", ["coding", "code"]),
        ("coding[3.version", ["coding", "version"]),
        ("name.suffix[2}", ["name", "suffix"]),
        ("$this", []),
        ("practitioner(Practitioner.name.given)", ["practitioner", "name", "given"]),
        ("[4].location(Location.physicalType.coding.code)",
         ["location", "physicalType", "coding", "code"]),
        ("[2].partOf.reference(Location[3])", ["partOf"]),
        ("value.CodeableConcept.coding[1].code", ["valueCodeableConcept", "coding", "code"]),
        ("\noccurrenceTiming.repeat", ["occurrenceTiming", "repeat"]),
        ("extension[2].uri", ["extension[2]", "url"]),
        ("system.extension-data-absent-reason", ["system", "extension(data-absent-reason)"]),
        ("extension[1]:group.valueDecimal",
         ["extension[1]", "extension(group)", "valueDecimal"]),
    ],
)  # fmt: skip
def test_published_paths_are_read(text: str, steps: list[str]) -> None:
    assert published_steps(text) == steps


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name.given", ("", 0)),
        ("payor[1](Organization)", ("Organization", 0)),
        ("policyHolder([1]Organization.identifier)", ("Organization", 1)),
        ("diagnosis.condition(Condition.code.text)", ("Condition", 2)),
        ("performer[2](PractitionerRole[1].organization(Organization.address))",
         ("Organization", 1)),
        ("diagnosis.condition(Condition.asserter(Practitioner)", ("Practitioner", 0)),
        ("condition(Condition.extension[1].url)", ("Condition", 1)),
    ],
)  # fmt: skip
def test_the_resource_a_path_goes_through_is_found(text: str, expected: tuple[str, int]) -> None:
    assert referenced(text) == expected


@pytest.mark.parametrize(
    ("text", "map_name", "data_type", "expected"),
    [
        ("PID-3", "PID[Patient]", False, Element("PID", (3,))),
        ("PID-3.4.1", "PID[Patient]", False, Element("PID", (3, 4, 1))),
        ("CWE.9", "CF[CodeableConcept]", True, Element("", (9,))),
        ("HD-3", "HD[uri]", True, Element("", (3,))),
        ("MSH-9", "HD[uri]", True, Element("MSH", (9,))),
        ("CWE", "CWE[Annotation]", True, Element("", ())),
        ("", "CWE[Annotation]", True, None),
        ("not an element", "CWE[Annotation]", True, None),
    ],
)  # fmt: skip
def test_elements_are_read(
    text: str, map_name: str, data_type: bool, expected: Element | None
) -> None:
    assert element(text, map_name, data_type) == expected


def test_an_element_covers_its_parts_and_its_whole() -> None:
    field = Element("PID", (3,))
    assert field.covers(Element("PID", (3, 4)))
    assert Element("PID", (3, 4)).covers(field)
    assert not field.covers(Element("PID", (5,)))
    assert not field.covers(Element("PV1", (3,)))


def test_an_extension_is_known_by_the_end_of_its_url() -> None:
    assert tail('"http://hl7.org/fhir/R4/extension-humanname-order.html"') == "humanname-order"
    assert our_path("name.extension(http://x.example/a.b/Order).valueCode").steps == (
        "name", "extension(order)", "valuecode",
    )  # fmt: skip
