"""What is most likely a slip in a profile is remarked, by its line; what is not, is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.profiles.checking import check
from mappings.dictionary import LAYERS, read
from mappings.language.tree import TableError

V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
ZYB = "ZYB -> Observation\n  key ZYB-1\n"
GBK = "医院".encode("gbk").decode("utf-8")
VISIT = "PV1 -> Encounter\n  PV1-44  period.start  "


def told(kind: str, name: str) -> str:
    """Where the standard's or the country's tables say what a name means."""
    return str(read(LAYERS, None).named[kind, name])


def remarks(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "a.map"
    path.write_text(text, "utf-8")
    return [f"{one.where.line}: {one.text}" for one in check(str(path))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["1: says nothing: no table stands in this file"]),
        ("# to come\n", ["1: says nothing: no table stands in this file"]),
        (
            f"site\n  authority  {GBK}\n",
            [f"2: {GBK!r} would be '医院' in GBK: was this file saved as UTF-8?"],
        ),
        (f"site\n  authority  {GBK}  # 医院\n", []),  # two scripts, and rightly so
        (f"site\n  layers  base\n  authority  {GBK}\n", []),
        ("units\n  μg每升  ug/L\n", []),
        (
            "codes IdentifierType  0203 -> v2-0203\n  SFZ  ZZTOP\n  HZ  PPN\n",
            [f"2: {V2} has no code ZZTOP, as R4 has the table"],
        ),
        # The standard's own rows have codes of later versions: what they know is no slip.
        ("codes IdentifierType  0203 -> v2-0203\n  XX  PGN\n", []),
        (
            "ZYB -> Patient\n  ZYB-1  maritalStatus  = v2-0203#ZZTOP\n",
            [f"2: {V2} has no code ZZTOP, as R4 has the table"],
        ),
        (
            ZYB + "  ZYB-3  valueQuantity.value\n",
            ["1: makes Observation without code, status, which R4 wants"],
        ),
        (ZYB + "  -  status  = final\n  ZYB-2  code  CWE[CodeableConcept]\n", []),
        # The subject is everybody's; a drug may be said in two ways.
        (
            "ZYB -> MedicationStatement\n  key ZYB-1\n  -  status  = active\n"
            "  ZYB-2  medicationCodeableConcept  CWE[CodeableConcept]\n",
            ["1: makes MedicationStatement without subject, which R4 wants"],
        ),
        (
            "ZYB -> Condition\n  key ZYB-1\n  ZYB-2  code  CWE[CodeableConcept]\n",
            [],
        ),
        ("ZYB -> Encounter\n  ZYC-2  priority.text\n",
         ["2: ZYC-2 is no field of ZYB, nor any in this map"]),
        ("ZYB -> Encounter\n  ZYC-2  priority.text\n  ZYB-1  length.value\n", []),
        # No message has such a segment, or is of such a kind; a hospital's own are its own.
        (VISIT + "when VP1-2 is I\n", ["2: asks for VP1-2: HL7 has no segment VP1"]),
        (VISIT + "when PV1-2 is I or MSH-9.2 in (A01, A999)\n",
         ["2: asks whether MSH-9.2 is A999: HL7 has none of it"]),
        (VISIT + "when MSH-9.1 is not AAA\n",
         ["2: asks whether MSH-9.1 is AAA: HL7 has none of it"]),
        (VISIT + "when ZV1-2 is I and UB2-3 valued and MSH-9.2 in (Z01, A01)\n", []),
        ("OBX -> Observation\n  OBX-5  by OBX-2\n    NN|NM  valueString  text()\n",
         ["3: asks whether OBX-2 is NN: no such data type"]),
        ("message ADT_A29  ADT^A29\n  MSH\n  PID Patient\n  [PD1]  +Patient\n",
         ["1: takes the place of all of ADT_A29, and lacks ARV, ERR, EVN, MSA, PV1, SFT"]),
        # What is called otherwise than below the profile; a unit that becomes another one.
        ("systems\n  LN  https://mine.example.org/loinc\n",
         [f"2: LN means http://loinc.org without this row ({told('systems', 'LN')})"]),
        ("units\n  mmol/L  mg/dL\n",
         [f"2: mmol/L means mmol/L without this row ({told('units', 'mmol/L')})"]),
        ("units\n  mol/m3  mg/dL\n", ["2: mol/m3 is a UCUM code, and becomes another unit: mg/dL"]),
        # UCUM tells u, the atomic mass unit, from U.
        ("units\n  U每升  u/l\n", ["2: u/l means U/L where senders write it"
         f" ({told('units', 'u/l')}); in UCUM it is another unit"]),
        ("units\n  克每升  g/l\n", []),
        # A code alone is no code.
        ("PV1 -> Encounter\n  PV1-18  type[]  = CON\n",
         ["2: CON becomes a text: a code needs its system, SYSTEM#CON"]),
        ("PV1 -> Encounter\n  PV1-18  type[]  = unspecified\n", []),
        ("PV1 -> Encounter\n  PV1-18  type[]  = v2-0007#E\n", []),
        ("systems\n  MINE  https://mine.example.org/codes\nunits\n  毫  mL\n", []),
        # A name is no date; one part of it is a text.
        ("PID -> Patient\n  PID-5  birthDate\n",
         ["2: PID-5 has parts: write the one you mean (PID-5.1), or XPN[…]"]),
        ("PID -> Patient\n  PID-5.2  contact[x].name.text\n", []),
        ("codes MaritalStatus  0002 -> v3-MaritalStatus\n",
         ["1: says nothing: no code stands in it"]),
    ],
)  # fmt: skip
def test_slips_are_remarked(tmp_path: Path, text: str, said: list[str]) -> None:
    assert remarks(tmp_path, text) == said


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (ZYB + "  ZYB-2  value[]\n   ZYB-3  status\n", 4, "indented by one space more than"),
        ("PV1 -> Encounter\n  PV1-3  location[]\n    .  location  PL[Location]\n"
         "   -  status  = planned\n", 4, "indented by 3: rows beside this one are by 4"),
        ("codes IdentifierType  0204 -> v2-0203\n  SFZ  NI\n", 1, "IdentifierType maps 0203 in "),
        ("fillers\n  QQ  1  filler\n", 2, "no table reads QQ"),
        ("sets\n  off  A11 A12 A11\n", 2, "'A11' stands in the set twice"),
        (VISIT + "default default\n", 2, "default stands twice"),
    ],
)  # fmt: skip
def test_what_may_mean_two_things_is_refused(
    tmp_path: Path, text: str, line: int, why: str
) -> None:
    path = tmp_path / "a.map"
    path.write_text(text, "utf-8")
    with pytest.raises(TableError, match=why) as fault:
        read(LAYERS, str(path))
    assert fault.value.where.line == line
