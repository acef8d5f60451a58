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
