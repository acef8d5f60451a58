"""The table language: what it reads, and what it says of a row that is wrong: file, line, why."""

from __future__ import annotations

import re

import pytest

from conformance.definitions import definitions
from mappings.compiler.build import build, generate
from mappings.compiler.expand import expand
from mappings.dictionary import load
from mappings.language import tree
from mappings.language.lexer import Quoted, lines
from mappings.language.outline import Node
from mappings.language.parser import parse
from mappings.language.sets import refuse_unasked
from mappings.language.sources import source, sources, target
from mappings.language.tree import Literal, Setting, Source, Step, TableError, Tables, Where
from mappings.profile import find_profile

HERE = Where("a.map", 1, "base")


def tables(*texts: str) -> Tables:
    made = Tables()
    for number, text in enumerate(texts):
        parse(text, f"{number}.map", "base" if number == 0 else "site", made)
    return made


def why(text: str) -> str:
    """What the error of a wrong table says, file and line first."""
    with pytest.raises(TableError) as caught:
        build(tables(text), definitions())
    return str(caught.value)


def test_lines_have_indentation_words_and_comments() -> None:
    text = '# all of it\nPID -> Patient\n\n  PID-5   name[]   = "a b # c"   # why\n'
    read = list(lines(text, "a.map", "base"))
    assert [(x.where.line, x.indent, x.words) for x in read] == [
        (2, 0, ["PID", "->", "Patient"]),
        (4, 2, ["PID-5", "name[]", "=", "a b # c"]),
    ]
    assert isinstance(read[1].words[3], Quoted)


def test_sources() -> None:
    assert source("PID-3.4.1", HERE) == Source("PID", 3, 4, 1)
    assert source("CX.4", HERE) == Source("CX", 0, 4)
    assert source(".2", HERE) == Source("", 0, 2)
    assert source(".", HERE) == Source("")
    assert source("-", HERE) == Source("-")
    assert source("Condition", HERE) == Source("@Condition")
    assert [str(s) for s in sources("ORC-2|OBR-2", HERE)] == ["ORC-2", "OBR-2"]


def test_targets() -> None:
    assert target(".", HERE) == ()
    assert target("name[].given[]", HERE) == (Step("name", ""), Step("given", ""))
    assert target("dosageInstruction[1].route", HERE) == (
        Step("dosageInstruction", "1"),
        Step("route", None),
    )
    assert str(target("extension[a-b].valueCode", HERE)[0]) == "extension[a-b]"
    every, own, label = (target(f"item[{mark}]", HERE)[0] for mark in ("*", "TQ1", "own"))
    assert [(each.every, each.numbered) for each in (every, own, label)] == [
        (True, False), (False, True), (False, False)
    ]  # fmt: skip
    assert not target("extension[TQ1].valueCode", HERE)[0].numbered


def test_rows_keys_and_options() -> None:
    made = tables(
        "PID -> Patient  as P[x]  snapshot  when PID-8 valued\n"
        "  key PID-3.1|PID-2.1 + PID-4?\n"
        "  PID-8   gender   codes Sex   when PID-8 in (M, F) and PID-7 not valued\n"
        "  -       active   = true   default\n"
        "  ignore PID-1\n"
    ).maps["P[x]"]
    assert made.replace
    assert made.when == tree.Test("valued", Source("PID", 8))
    assert made.keys[0].optional == (False, True)
    gender, active = made.rows
    assert gender.codes == "Sex"
    assert gender.when is not None
    assert active.literal == Literal("true")
    assert active.default
    assert {word for word, _ in made.ignored} == {"PID-1"}


def test_what_is_left_out_on_a_condition_adds_up_over_the_layers() -> None:
    made = tables(
        "PID -> Patient\n  ignore PID-8 when PID-8 in (M, F)\n  PID-8  .  left_out()\n",
        "PID -> Patient\n  ignore PID-8 PID-1.2  when PID-8 is D\n",
    ).maps["PID[Patient]"]
    assert [(r.convert, str(r.sources[0]), bool(r.when)) for r in made.rows] == [
        ("left_out()", "PID-8", True),
        ("left_out()", "PID-1.2", True),
        ("left_out()", "PID-8", False),
        ("left_out()", "PID-8", True),
    ]
    assert not made.ignored


def test_a_later_layer_takes_the_place_of_a_row_and_adds_others() -> None:
    made = tables(
        "PID -> Patient\n  PID-8  gender  codes A\n  PID-7  birthDate\n  PID-6  active\n",
        "PID -> Patient\n  drop PID-6 active\n  PID-8  gender  codes B\n  PID-9  deceasedBoolean\n",
    ).maps["PID[Patient]"]
    assert [(r.path, r.codes, r.where.layer) for r in made.rows] == [
        ("deceasedBoolean", "", "site"),
        ("gender", "B", "site"),
        ("birthDate", "", "base"),
    ]


def test_the_condition_of_a_map_that_is_read_in_place_is_that_of_its_rows() -> None:
    made = tables(
        "XPN -> string  when XPN.2 valued\n  XPN.1  .\n  XPN.3  .  when XPN.1 is A\n"
        "PID -> Patient\n  PID-5  language  XPN[string]\n"
    )
    rows = expand(made).maps["PID[Patient]"].rows
    assert [str(row.when).count("kind='valued'") for row in rows] == [1, 1]
    assert [str(row.when).count("kind='in'") for row in rows] == [0, 1]


def test_a_site_s_settings_and_names() -> None:
    made = tables(
        'site\n  timezone  +09:00\nsystems\n  L  urn:l\nconcepts L -> urn:s\n  A  1  "x"\n'
    )
    assert made.settings == {"timezone": Setting(Where("0.map", 2, "base"), "+09:00")}
    assert made.names["systems"] == {"L": "urn:l"}
    assert made.codes["concepts L urn:s"].codes["A"].target == "1"


def test_a_structure_is_written_as_hl7_writes_it() -> None:
    made = tables(
        "message X_X01  X^X01\n  events X^X02 X^X03\n  PID  Patient\n"
        "  [{NK1}]  RelatedPerson, +Patient\n    [NTE]\n"
    ).structures["X_X01"]
    assert made.events == ("X^X01", "X^X02", "X^X03")
    pid, nk1 = made.nodes
    assert (pid.optional, pid.repeats) == (False, False)
    assert (nk1.optional, nk1.repeats, nk1.resources) == (True, True, ("RelatedPerson", "+Patient"))
    assert nk1.children[0].name == "NTE"


GROUP = "group VISIT\n  PV1  Encounter\n    [PV2]  +Encounter\n"


def test_a_group_is_what_it_stands_for() -> None:
    named = tables(GROUP, "message X_X01\n  [VISIT]  Account, A.b <- B\n    [ROL]  -\n")
    spelt = tables(
        "message X_X01\n  [PV1]  Encounter, Account, A.b <- B\n"
        "    [PV2]  +Encounter\n    [ROL]  -\n"
    )

    assert told(named) == told(spelt)


def told(made: Tables) -> list[tuple[object, ...]]:
    def node(one: Node) -> tuple[object, ...]:
        links = [link[1:] for link in one.links]
        shape = (one.name, one.optional, one.repeats, one.resources, links, one.when)
        return (*shape, *map(node, one.children))

    return [node(one) for one in made.structures["X_X01"].nodes]


def test_a_group_of_several_segments_stands_for_them_side_by_side() -> None:
    head = "group HEADER\n  MSH  MessageHeader\n  [{SFT}]  +MessageHeader\n"
    named = tables(head, "message X_X01\n  HEADER  Bundle, A.b <- B\n  PID  Patient\n")
    spelt = tables(
        "message X_X01\n  MSH  MessageHeader, Bundle, A.b <- B\n"
        "  [{SFT}]  +MessageHeader\n  PID  Patient\n"
    )
    assert told(named) == told(spelt)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (GROUP.replace("VISIT", "PV1"), 1, "write: group NAME"),
        (GROUP.replace("PV1", "[PV1]"), 1, "write: group NAME"),
        (GROUP.replace("PV1", "{PV1}"), 1, "write: group NAME"),
        ("group HEADER\n  MSH\n  [{SFT}]\nmessage X_X01\n  [HEADER]\n", 5, "without brackets"),
        ("group HEADER\n  MSH\n  [{SFT}]\nmessage X_X01\n  HEADER\n    MSA\n", 5, "nothing below"),
        ("group VISIT\n", 1, "write: group NAME"),
        (GROUP + GROUP, 4, "there is a group VISIT already, in 0.map:1"),
        ("message X_X01\n  [{PV1\n", 2, "as HL7 does"),
        ("message X_X01\n  [{PV1]}\n", 2, "as HL7 does"),
        ("message X_X01\n  PV1]\n", 2, "as HL7 does"),
    ],
)
def test_a_group_that_is_wrong_is_told_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(TableError, match=re.escape(reason)) as told:
        tables(text)
    assert told.value.where.line == line


def test_a_group_that_no_message_has_is_refused_and_a_later_layer_may_have_its_own() -> None:
    with pytest.raises(TableError, match=r"0.map:1: no message has the group VISIT"):
        refuse_unasked(tables(GROUP))
    message = "message X_X0{}\n  [VISIT]\n"
    made = tables(GROUP + message.format(1))
    parse("group VISIT\n  PV1\n" + message.format(2), "ours.map", "site", made)
    refuse_unasked(made)
    assert [made.structures[f"X_X0{n}"].nodes[0].resources for n in (1, 2)] == [("Encounter",), ()]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("PID -> Patient\n\tPID-7  birthDate\n", 2, "spaces, not tabs"),
        ('PID -> Patient\n  PID-7  birthDate  = "x\n', 2, "quotation mark"),
        ("PID -> Patient\n  PID-7  birthDate  when PID-8 is 'M'\n", 2, "quotation mark"),
        ("PID -> Patient\n  PID-7  birthDate  when PID-8 in ('M','F')\n", 2, "quotation mark"),
        ("  PID-7  birthDate\n", 1, "before any table"),
        ("nonsense here\n", 1, "no table begins"),
        ("PID -> Patient  somewhere\n", 1, "is none of"),
        ("PID -> Patient\n  PID-7\n", 2, "a source and a target"),
        ("PID -> Patient\n  PID/7  birthDate\n", 2, "is not a field"),
        ("PID -> Patient\n  PID-7  birth date\n", 2, "FHIR has no Patient.birth"),
        ("PID -> Patient\n  PID-7  3rd\n", 2, "not a FHIR path"),
        (
            "systems\n  M  http://terminology.hl7.org/CodeSystem/v3-MaritalStatus\n"
            "codes Marital  0002 -> M\n  X  S\n  Y  QQ\n",
            5,
            "v3-MaritalStatus has no code QQ",
        ),
        (
            "PID -> Patient\n  PID-8  maritalStatus  "
            "= http://terminology.hl7.org/CodeSystem/v3-MaritalStatus#QQ\n",
            2,
            "v3-MaritalStatus has no code QQ",
        ),
        (
            "CX -> Patient.link\n  CX.1  other.display  default\n",
            2,
            "'default' is for elements of a resource",
        ),
        ("PID -> Patient\n  erase when PID-7 valued\n", 2, "erase ELEMENT"),
        ("PID -> Patient\n  erase birthDay\n", 2, "FHIR has no Patient.birthDay"),
        ("PID -> Patient\n  erase name\n", 2, "repeats: write name[]"),
        ("PID -> Patient\n  erase name[official]\n", 2, "all of it is erased"),
        ("PID -> Patient\n  erase gender=man\n", 2, "man is no code of Patient.gender"),
        ("PID -> Patient\n  erase birthDate=1900\n", 2, "1900 is no code of Patient.birthDate"),
        ("PID -> Patient\n  erase name[].family\n", 2, "inside of something that repeats"),
        ("PID -> Patient\n  erase extension[nothing]\n", 2, "no extension is called nothing"),
        (
            "PID -> Patient\n  PID-3  identifier[]  CX[Identifier]\n"
            "CX -> Identifier\n  CX.1  value\n  erase system\n",
            5,
            "only the map of a segment erases",
        ),
        ("message X_X01  X^X01\n  snapshot of Encounter\n  PID  -\n", 2, "snapshot DG1[Condition]"),
        (
            "message X_X01  X^X01\n  snapshot AL1[Allergy]\n  PID  -\n",
            2,
            "X_X01 has no segment of a map AL1[Allergy]",
        ),
        (
            "PID -> Patient\n  PID-7  birthDate\n"
            "message X_X01  X^X01\n  snapshot PID[Patient]  of Encounter\n  PID  Patient\n",
            4,
            "X_X01 makes no Encounter",
        ),
        ("PID -> Patient\n  PID-7  birthDay\n", 2, "FHIR has no Patient.birthDay"),
        ("PID -> Patiant\n  PID-7  birthDate\n", 1, "no type Patiant"),
        ("PID -> Patient.contacts\n  PID-7  birthDate\n", 1, "FHIR has no Patient.contacts"),
        ("PID -> Patient\n  PID-5  name  XPN[HumanName]\n", 2, "repeats: write name[]"),
        ("PID -> Patient\n  PID-7  birthDate[]\n", 2, "does not repeat"),
        ("PID -> Patient\n  PID-5  name[]\n", 2, "say how to make a HumanName"),
        ("PID -> Patient\n  PID-5  name[]  XPN[HumanName]\n", 2, "there is no map XPN[HumanName]"),
        ("PID -> Patient\n  PID-8  gender\n", 2, "a required value set binds"),
        ("PID -> Patient\n  PID-8  gender  codes Sex\n", 2, "no code table Sex"),
        ("PID -> Patient\n  PID-8  gender  = man\n", 2, "not in the required value set"),
        ("codes Sex 0001 -> urn:x\n  M man\nPID -> Patient\n  PID-8  gender  codes Sex\n", 4,
         "not in the required value set"),
        ("PID -> Patient\n  PID-7  birthDate  when\n", 2, "ends where"),
        ("PID -> Patient\n  PID-7  birthDate  when PID-8 equals M\n", 2, "is none of"),
        ("PID -> Patient\n  PID-7  birthDate  when PID-8 is-a cat\n", 2, "is none of"),
        ("PID -> Patient\n  PID-7  birthDate  when (PID-8 valued\n", 2, "not closed"),
        ("PID -> Patient\n  PID-7  birthDate  when PID-8 in M\n", 2, "write: in"),
        ("PID -> Patient\n  PID-7  birthDate  when count PID-8 more 1\n", 2, "write: count"),
        ("PID -> Patient\n  PID-7  birthDate  when PID-8 valued PID-9 valued\n", 2,
         "cannot read the condition"),
        ("PID -> Patient\n  PID-7  birthDate  codes\n", 2, "needs a value"),
        ('PID -> Patient\n  PID-7  birthDate  "text"\n', 2, "unexpected text"),
        ("PID -> Patient\n  -  birthDate\n", 2, "needs a constant"),
        ("PID -> Patient\n  -  birthDate  = 2026\n", 2, "cannot be a constant"),
        ("PID -> Patient\n  -  maritalStatus  = nowhere#M\n", 2, "no system is called 'nowhere'"),
        ("PID -> Patient\n  PID-7  extension[x].valueString\n", 2, "no extension is called 'x'"),
        ("PID -> Patient\n  PID-7  extension[].valueString\n", 2, "name the extension"),
        ("extensions\n  x urn:x\n"
         "PID -> Patient\n  PID-7  extension[x]  = a\n", 4, "cannot be a constant"),
        ("PID -> Patient\n  PID-7  birthDate  full_name()\n", 2, "makes no date"),
        (
            "TQ -> Timing\n  TQ.1  repeat.dayOfWeek[1]  days_of_week()\n",
            2,
            "makes several: fill a list, name[]",
        ),
        ("PID -> Patient\n  PID-7  implicitRules  site_identifier()\n", 2, "site_identifier()"),
        ("PID -> Patient\n  PID-5  name[].given[]  = $role\n", 2, "no parameter role"),
        ("PID -> Patient\n  Encounter  birthDate\n", 2, "is no Reference"),
        ("PID -> Patient\n  Encounter  managingOrganization\n", 2, "cannot refer to a Encounter"),
        ("XON -> Organization\n  XON.1 name\n"
         "PID -> Patient\n  PID-3  birthDate  XON[Organization]\n",
         4, "this is no Reference"),
        ("PL -> Location\n  PL.1 name\n"
         "PID -> Patient\n  PID-3  managingOrganization  PL[Location]\n",
         4, "cannot refer to a Location"),
        ("PL -> Location\n  PL.1 name\n"
         "OBR -> DiagnosticReport\n  OBR-34  performer[]\n    .  .  PL[Location]\n",
         5, "cannot refer to a Location"),
        ("PL -> Location\n  PL.1 name\n"
         "PID -> Patient\n  PID-3  contact[]\n    .  .  PL[Location]\n",
         5, "this is no Reference"),
        ("CX -> Identifier (a)\n  CX.1 value\n"
         "PID -> Patient\n  PID-3  identifier[]  CX[Identifier]\n",
         4, "takes 1 arguments"),
        ("CX -> Identifier\n  CX.1 value\nPID -> Patient\n  PID-3  name[]  CX[Identifier]\n",
         4, "makes a Identifier"),
        ("TQ1 -> Task\n  TQ1-11  note[RXE].text\n", 2, "items of note are numbered by"),
        ("TQ1 -> Task\n  TQ1-11  input[].valueDosage.additionalInstruction[TQ1].text\n", 2,
         "items of additionalInstruction are numbered by"),
        ("PID -> Patient\n  PID-5  name[*]  XPN[HumanName]\n"
         "XPN -> HumanName\n  XPN.2  given[]\n", 2, "[*] is for elements of the items"),
        ("TQ1 -> Task\n  TQ1-11  input[].valueDosage.additionalInstruction[*].text\n", 2,
         "[*] is for elements of the items"),
        ("extensions\n  x urn:x\nTQ1 -> Task\n  TQ1-11  note[*].extension[x].valueString\n", 4,
         "an extension does not wait"),
        ("TQ1 -> Task\n  TQ1-11  note[*].text  when count RXE > 1\n", 1,
         "'count RXE' is for a map of RXE"),
        ("TQ -> Dosage\n  TQ.8  text  default\n"
         "RXE -> MedicationRequest\n  RXE-1  dosageInstruction[]  TQ[Dosage]\n"
         "TQ1 -> MedicationRequest\n  TQ1-11  dosageInstruction[TQ1].text\n",
         4, "TQ[Dosage] makes items with numbers: write [TQ]"),
        ("TQ1 -> MedicationRequest\n  TQ1-11  dosageInstruction[TQ1].text\n"
         "RXE -> MedicationRequest\n  -  dosageInstruction[]\n    RXE-7  text  default\n",
         5, "'default' is for elements of an item with a number"),
        ("CX -> Identifier\n  CX.1  value  default\n", 2, "'default' is for elements of"),
        ("links\n  Encounter.class <- Patient\n", 2, "no such reference"),
        ("links\n  Encounter.subject <- Practitioner\n", 2, "cannot point to Practitioner"),
        ("links\n  Encounter.subject Patient\n", 2, "write: Holder.path <- Resource"),
        ("message A\n  pid  Patient\n", 2, "as HL7 does"),
        ("message A\n  PID  Patient\n", 2, "there is no map PID[Patient]"),
        ("message A\n  GROUP\n", 2, "group GROUP is empty"),
        ("systems\n  L\n", 2, "write: NAME URI"),
        ("codes A 0001 -> urn:a\n  M\n", 2, "write: CODE TARGET"),
        ("codes A 0001 -> urn:a\n  M a\ncodes A 0001 -> urn:b\n  F b\n", 3, "maps to urn:a"),
        ("aliases\n  A[b]  C[d]\n", 2, "there is no map C[d]"),
        ("PID -> Patient\n  PID-8 active\nPID -> Patient\n  drop PID-9 name\n", 4, "to drop"),
        ("PID -> Patient\n  drop PID-7 birthDate\n", 2, "no row 'PID-7 birthDate' to drop"),
    ],
)  # fmt: skip
def test_a_wrong_row_says_file_line_and_why(text: str, line: int, reason: str) -> None:
    said = why(text)
    assert said.startswith(f"0.map:{line}: ")
    assert reason in said


def test_a_profile_that_does_not_exist() -> None:
    with pytest.raises(TableError, match="no such site profile"):
        find_profile("nowhere")


def test_packaged_layers_compile_with_each_profile_and_without() -> None:
    for profile in (None, "tjh01", "lakeside"):
        dictionary = load(definitions(), profile=profile)
        assert dictionary.compiled.rows > 3000
    assert load(definitions()).compiled.structures.keys() >= {"ADT_A01", "ORU_R01", "RDE_O11"}
    assert load(definitions(), layers=("base",)) is load(definitions(), layers=("base",))


def test_explained_tables_say_which_row_made_what() -> None:
    made = tables("PID -> Patient\n  PID-7  birthDate\nmessage A  ADT^A01\n  PID  Patient\n")
    assert "0.map:2@base" in "".join(generate(made, definitions(), explain=True).source)
