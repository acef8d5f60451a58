"""Broken site profiles: whatever is in the file, the error names file, line and reason."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.compiler.build import build
from mappings.dictionary import _site, load, read
from mappings.language.parser import parse
from mappings.language.site import site_settings
from mappings.language.tree import TableError, Tables
from mappings.language.ucum import UCUM, is_ucum
from mappings.profile import profile_settings, stamp

PROFILES = [
    path.read_text("utf-8")
    for path in sorted((Path(str(files("mappings"))) / "profiles").iterdir())
]
LINES = sorted({line for text in PROFILES for line in text.split("\n")})
WORDS = sorted({word for line in LINES for word in line.split()})
SIGNS = "()[]{}|+-.=#\"'$?*,~^\\&<>01²٣\t\u3000\x00%:/é张"


def deep(line: str, times: int) -> str:
    return "".join(f"{'  ' * (1 + depth)}{line}\n" for depth in range(times))


PATIENT = "PID -> Patient\n"
CURRENCY = (
    "extensions\n  x  https://a.example.org/x\nPID -> Patient\n"
    "  PID-7  extension[x].valueMoney.value\n  -  extension[x].valueMoney.currency  = RMB\n"
)
DEPOSIT = "extensions\n  x  https://a.example.org/x\nPID -> Patient\n  PID-7  extension[x]."


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("what is this\n", 1, "no table begins with 'what is this'"),
        ("  PID-7  birthDate\n", 1, "a row before any table"),
        ("site\n\ttimezone +08:00\n", 2, "not tabs or wide spaces"),
        ("site\n\u3000timezone +08:00\n", 2, "not tabs or wide spaces"),
        ("site\n  timezone\n", 2, "write: timezone +08:00"),
        ("site\n  timezone Mars/Olympus\n", 2, "write: timezone +08:00"),
        ("site\n  authority A B\n", 2, "write: authority TJH01"),
        ("site\n  currency yuan\n", 2, "write: currency CNY"),
        ("site\n  charset\n", 2, "write: charset GB18030"),
        ("site\n  clock +08:00\n", 2, "'clock' is no setting"),
        ("site\n  layers cn\n", 2, "write: layers base"),
        ("site\n  snapshots all\n", 2, "write: snapshots none"),
        ('systems\n  L  "urn:l\n', 2, "a quotation mark is not closed"),
        ("systems\n  L\n", 2, "write: NAME URI"),
        ("authorities\n  A  a hospital\n", 2, "write: NAME URI"),
        ("ignore\n  ZPI PID\n", 2, "'PID' is no segment that may be left out"),
        ("ignore\n  notes\n", 2, "'notes' is no segment that may be left out"),
        ("concepts Q -> http://loinc.org\n  A  1-8\n", 1, "no system is called 'Q'"),
        ("concepts - -> LOINK\n  A  1-8\n", 1, "no system is called 'LOINK'"),
        ("concepts - -> urn:l\n  A\n", 2, "write: CODE TARGET"),
        ("codes A 0001 -> urn:a\n  A\n", 2, "write: CODE TARGET"),
        ("codes A 0001 -> urn:a\n  A B c\n", 2, "write: CODE TARGET"),
        ("codes A 0001 -> urn:a\n  A B ->\n", 2, "write: CODE TARGET"),
        ("codes A 0001 -> urn:a\n  -> a\n", 2, "write: CODE TARGET"),
        ("codes A 0001 -> urn:a\n  A -> b c d\n", 2, "write: CODE TARGET"),
        ("units\n  g gm ->\n", 2, "write: NAME UCUM-CODE"),
        ("units\n  g gm -> gram\n", 2, "no UCUM"),
        ("units\n  same g gramm\n", 2, "no UCUM"),
        ("systems\n  same L\n", 2, "no URI"),
        ("pid -> Patient\n  PID-7  birthDate\n", 1, "'pid' is no segment or data type"),
        ("PID -> Patient as class\n  PID-7  birthDate\n", 1, "'class' is no name of a map"),
        ("XTN -> ContactPoint (a-b)\n  XTN.1  value\n", 1, "write parameters"),
        ("PID -> Persona\n  PID-7  birthDate\n", 1, "Persona"),
        (PATIENT + "  PID-7  birthday\n", 2, "birthday"),
        (PATIENT + "  PID-7  name\n", 2, "name"),
        (PATIENT + "  PID-0  birthDate\n", 2, "numbered from 1 to 79"),
        (PATIENT + "  PID-80  birthDate\n", 2, "numbered from 1 to 79"),
        (PATIENT + "  PID-3  identifier[][]\n", 2, "is for extensions"),
        (PATIENT + "  PID-10  extension[][]\n", 2, "is for extensions"),
        (PATIENT + "  PID-10  extension[race][].valueString\n", 2, "rows below"),
        (PATIENT + "  PID-7.0  birthDate\n", 2, "numbered from 1 to 79"),
        (PATIENT + "  PID-7  birthDate  when PID-8 equals M\n", 2, "'equals' is none of"),
        (PATIENT + '  PID-7  birthDate  when PID-8 in ("", M)\n', 2, 'write "not valued" of an'),
        (PATIENT + '  PID-7  birthDate  when PID-8 is ""\n', 2, 'write "not valued" of an empty'),
        (PATIENT + "  PID-7  birthDate  when length PID-7 > ²\n", 2, "write: length PID-7 > 1"),
        (PATIENT + f"  PID-7  birthDate  when {'(' * 999}PID-8 valued\n", 2, "too many parenth"),
        (
            PATIENT + f"  PID-7  birthDate  when {'not (' * 999}PID-8 valued\n",
            2,
            "too many parenth",
        ),
        (PATIENT + deep("-  contact[]", 999), 15, "too many rows"),
        ("message A\n" + deep("[GRP", 999), 15, "too many groups"),
        ("authorities\n  OURS  a.example.org\n", 2, "'a.example.org' is no URI: write https://"),
        ("systems\n  L  lab\n", 2, "'lab' is no URI"),
        ("extensions\n  x  https://\n", 2, "'https://' is no URI"),
        ("authorities\n  A  urn:oid:1.02\n", 2, "'urn:oid:1.02' is no URI"),
        ("authorities\n  A  https://医院.cn/id\n", 2, "other letters as %"),
        ("codes A 0001 -> C:list\n  A  b\n", 1, "'C:list' is no URI"),
        ("concepts - -> https:/ours\n  A  1-8\n", 1, "'https:/ours' is no URI"),
        (PATIENT + "  PID-8  maritalStatus  = https:/x#M\n", 2, "'https:/x' is no URI"),
        (PATIENT + '  PID-16  maritalStatus  CWE[CodeableConcept]  table "a b"\n', 2, "HL7 table"),
        ('concepts - -> urn:l\n  A  1-8  " "\n', 2, "' ' is no text"),
        ('codes A 0001 -> urn:a\n  A  " b"\n', 2, "' b' is no text"),
        (PATIENT + '  PID-8  maritalStatus.text  = " "\n', 2, "' ' is no text"),
        ("site\n  authority “OURS”\n", 2, '“ is no quotation mark here: write "…"'),
        ("concepts - -> urn:l\n  WBC  6690-2  ＂Leukocytes＂\n", 2, "＂ is no quotation mark"),
        (PATIENT + "  PID-8  maritalStatus.text  = 首 诊\n", 2, "a constant stands alone"),
        (PATIENT + "  PID-8  maritalStatus  = urn:l#M foo\n", 2, "a constant stands alone"),
        (PATIENT + "  PID-8  maritalStatus  = urn:l#M codes Sex\n", 2, "a constant stands alone"),
        (PATIENT + "  PID-8  gender  text() = male\n", 2, "a constant stands alone"),
        (PATIENT + "  PID-8  gender  codes Sex table 0001\n", 2, "one code table"),
        ("site\n  currency RMB\n", 2, "write: currency CNY (ISO 4217)"),
        (CURRENCY, 5, "'RMB' is no currency of ISO 4217: did you mean CNY?"),
        (
            DEPOSIT + "valueMoney.currency  = RMB\n",
            4,
            "'RMB' is no currency of ISO 4217: did you mean CNY?",
        ),
        (DEPOSIT + "valueMoney.currency  = XYZ\n", 4, "'XYZ' is no currency of ISO 4217"),
        (
            DEPOSIT + "valueMoney.currency\n",
            4,
            "a required value set binds this element: add currency()",
        ),
        ("PV1 -> Encounter\n  -  class  = AMB default\n", 2, "say whose code it is: SYSTEM#AMB"),
        (PATIENT + "  PID-5.1  name[0].family\n", 2, "'name[0].family': items are numbered from 1"),
        (PATIENT + "  PID-7  Patient.birthDate\n", 2, "a path begins below Patient"),
        (
            PATIENT + "  PID-7  birthDate  if PID-8 valued\n",
            2,
            "cannot read 'if' here: did you mean when?",
        ),
        ('authorities\n  ""  https://a.example.org\n', 2, "an empty name"),
        ("units\n  g每升  gg/LL\n", 2, "'gg/LL' is no UCUM code"),
        (f"codes A 0001 -> {UCUM}\n  A  mg//L\n", 2, "'mg//L' is no UCUM code"),
        (PATIENT + "  PID-5.1  name[OBX-4].family\n", 2, "told apart by a field of PID"),
        (PATIENT + "  ignore PV1-7\n", 2, "'PV1-7' is no field or component of PID"),
        (PATIENT + "  ignore PID\n", 2, "'PID' is no field or component of PID"),
        (PATIENT + "  ignore\n", 2, "write: ignore FIELD"),
        (PATIENT + "  ignore when PID-8 is M\n", 2, "write: ignore FIELD"),
        (PATIENT + "  ignore PV1-7 when PID-8 is M\n", 2, "'PV1-7' is no field or component of"),
        (PATIENT + "  ignore PID-8 when\n", 2, "the condition ends"),
        (PATIENT + "  ignore birthday\n", 2, "'birthday' is not a field"),
        ("authorites\n  A  urn:a\n", 1, "'authorites': did you mean authorities?"),
        ("concept L -> LN\n  A  1-8\n", 1, "did you mean concepts?"),
        ("PV1->Encounter\n  PV1-44  period.start\n", 1, "a map begins as PV1 -> Encounter, with"),
        ("PV1 -> Encounter\nPV1-44  period.start\n", 2, "indent rows below their table"),
        ("ignore PV1-44\n", 1, "a field is ignored, a row dropped, in a map"),
        ("ignore\n  PV1-44\n", 2, "a field is ignored, a row dropped, in a map"),
        ("site\n  timezone Asia/Bejing\n", 2, "'Asia/Bejing' cannot be; write: timezone +08:00"),
        (f"site\n  timezone {'x' * 9999}\n", 2, "…"),
        ("PID -> Patint\n  PID-7  birthDate\n", 1, "did you mean Patient?"),
        ("PV1 -> Encounter\n  PV1-10  service\n", 2, "did you mean serviceType?"),
        ("PV1 -> Encounter\n  PV1-44  period.begin\n", 2, "it has end, start"),
        ("PV1 -> Encounter\n  pv1-44  period.start\n", 2, "write PV1-44"),
        (
            "PV1 -> Encounter\n  PV1-10  type[]  CWE[CodeableConcept] wehn PV1-2 valued\n",
            2,
            "mean when?",
        ),
        (
            PATIENT + "  PID-8  maritalStatus.text  txt()\n",
            2,
            "no function txt(): did you mean text()",
        ),
        ("ZPI -> Encounter\n  ZPI-2  participant[].individual\n", 2, "say whom it names"),
        (
            "extensions\n  x  urn:x\nZPI -> Encounter\n  ZPI-2  extension[x]\n",
            4,
            "extension[NAME].value",
        ),
        ("ZPI -> Encounter\n  ZPI-2  status  = finshed\n", 2, "value set: did you mean finished?"),
        (
            "codes S 0001 -> http://hl7.org/fhir/administrative-gender\n  1  man\n",
            2,
            "has no code man: it has female, male, other, unknown",
        ),
        (
            "ZPI -> Encounter\n  ZPI-5  length\n    .  value\n    -  code  = kgs\n"
            "    -  system  = http://unitsofmeasure.org\n",
            4,
            "'kgs' is no UCUM code",
        ),
    ],
)
def test_a_wrong_row_is_told_with_file_and_line(text: str, line: int, why: str) -> None:
    with pytest.raises(TableError) as caught:
        compiled(text)
    assert str(caught.value).startswith(f"ours.map:{line}: ")
    assert why in str(caught.value)


def compiled(text: str) -> None:
    made = Tables()
    parse(text, "ours.map", "site", made)
    build(made, definitions())
    _site(made)


@pytest.mark.parametrize(
    ("octets", "line"), [(b"site\n  # \xca\xb1\xc7\xf8\n", 2), (b"\xff\xfes\0i\0t\0e\0", 1)]
)
def test_a_profile_that_is_not_utf_8(tmp_path: Path, octets: bytes, line: int) -> None:
    path = tmp_path / "ours.map"
    path.write_bytes(octets)
    for reader in (lambda name: load(definitions(), profile=name), profile_settings):
        with pytest.raises(TableError, match=rf"ours\.map:{line}: not UTF-8: save the file as"):
            reader(str(path))


def test_words_in_quotation_marks_hold_any_sign() -> None:
    made = Tables()
    parse('concepts - -> urn:l\n  A  1  "his “own”"  # “so”\n', "ours.map", "site", made)
    assert made.codes["concepts - urn:l"].codes["A"].display == "his “own”"


def test_a_profile_as_windows_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "ours.map"
    path.write_bytes("\ufeffsite\r\n  timezone +09:00\r\n\t\r\n# 甲\r\n".encode())
    assert read((), str(path)).settings["timezone"].value == "+09:00"
    assert profile_settings(str(path))["timezone"].value == "+09:00"
    assert stamp(None) is None
    assert profile_settings(None) == {}


def mutations() -> st.SearchStrategy[Callable[[list[str]], list[str]]]:
    """Changes to the lines of a file: as a slip of the hand, or of an editor, makes them."""
    at = st.integers(0, 400)

    def line(new: str, place: int) -> Callable[[list[str]], list[str]]:
        return lambda old: [*old[: place % (len(old) + 1)], new, *old[place % (len(old) + 1) :]]

    def within(edit: Callable[[str, int], str], place: int, column: int):  # type: ignore[no-untyped-def]
        def apply(old: list[str]) -> list[str]:
            if not old:
                return old
            number = place % len(old)
            return [*old[:number], edit(old[number], column), *old[number + 1 :]]

        return apply

    def word(new: str) -> Callable[[str, int], str]:
        def edit(text: str, column: int) -> str:
            words = text.split(" ")
            words[column % len(words)] = new
            return " ".join(words)

        return edit

    def sign(new: str) -> Callable[[str, int], str]:
        return lambda text, column: text[: column % (len(text) + 1)] + new + text[column:]

    indent = st.sampled_from([0, 1, 2, 4, 6]).map(
        lambda depth: lambda text, _column: " " * depth + text.lstrip()
    )
    edits = st.sampled_from([*WORDS, ""]).map(word) | st.sampled_from(SIGNS).map(sign) | indent
    return st.builds(line, st.sampled_from(LINES), at) | st.builds(within, edits, at, at)


@given(st.sampled_from(PROFILES), st.lists(mutations(), min_size=1, max_size=5))
def test_a_slip_of_the_hand_is_told_or_read(
    text: str, slips: list[Callable[[list[str]], list[str]]]
) -> None:
    lines = text.split("\n")
    for slip in slips:
        lines = slip(lines)
    broken = "\n".join(lines)
    for reader in (lambda: parse(broken, "ours.map", "site", Tables()),
                   lambda: site_settings(broken, "ours.map")):  # fmt: skip
        assert 0 <= told(reader) <= len(lines)


def told(reader: Callable[[], object]) -> int:
    """The line that an error names; 0 where there is none."""
    try:
        reader()
    except TableError as error:
        return error.where.line if str(error).startswith(f"ours.map:{error.where.line}: ") else -1
    return 0


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_told_or_read(text: str) -> None:
    assert told(lambda: parse(text, "ours.map", "site", Tables())) >= 0


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("mmol/L", True),
        ("10*9/L", True),
        ("10*-3", True),
        ("mL/min/{1.73_m2}", True),
        ("ng/mL{FEU}", True),
        ("{copies}/mL", True),
        ("kg.m/(s2.mol)", True),
        ("(mg/(24.h))/dL", True),
        ("[anti'Xa'U]/mL", True),
        ("m[IU]/L", True),
        ("/[HPF]", True),
        ("gg", False),
        ("mg//L", False),
        ("m(g", False),
        ("IU/L", False),
        ("mmHg", False),
        ("mmol每升", False),
        ("{汉}", False),
        ("", False),
        ("(\0)", False),
    ],
)
def test_units_are_ucum(code: str, right: bool) -> None:
    assert is_ucum(code) is right


@given(st.sampled_from(["authorities", "systems", "extensions"]), st.text(min_size=1, max_size=40))
def test_an_address_that_is_taken_is_one_that_fhir_takes(kind: str, text: str) -> None:
    made = Tables()
    try:
        parse(f'{kind}\n  A  "https://{text}"\n', "ours.map", "site", made)
    except TableError:
        return
    resource = {"resourceType": "Patient", "identifier": [{"system": made.names[kind]["A"]}]}
    assert Validator().valid(resource)
