"""Profiles at the desk: rows without effect, and what a survey makes of a feed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gateway.profiles.checking import check
from gateway.profiles.feeds import samples
from gateway.profiles.starter import lines_for, starter
from gateway.profiles.survey import Survey, survey
from mappings.dictionary import LAYERS, read
from mappings.worklist import Want

ODD = """\
site
  timezone  +08:00
  timezone  +09:00
authorities
  A  urn:a
  A  urn:b
systems
  LN  http://loinc.org
  Q   urn:q
concepts Q -> LN
  X  4548-5
  same LP1-2 4548-4
  none X Z
codes AdministrativeSex 0001 -> http://hl7.org/fhir/administrative-gender
  M male
  same in urn:q other
codes Nobody 0001 -> urn:q
  M male
extensions
  unused urn:x
  used urn:y
PID -> Patient
  PID-7     birthDate
  PID-60    extension[used].valueString
  PID-60    extension[used].valueString
  ignore PID-1 PID-7
  ignore PID-1 PID-8  when PID-8 is X
DG1 -> Condition
  ignore DG1-21
PID -> Coverage
  PID-2     subscriberId
ignore
  ZZZ
ZZZ -> Encounter
  ZZZ-1     extension[used].valueString
ABC -> HumanName
  ABC.1     family
ZZY -> Encounter
  ZZY-1     extension[used].valueString
"""
REMARKS = [
    (3, "timezone is said in line 2 already; this counts"),
    (6, "A is said in line 5 already; this counts"),
    (8, "LN is known without this row"),
    (13, "X is said in line 11 already; this counts"),
    (15, "M means this without this row"),
    (17, "no row uses the code table Nobody"),
    (20, "no row uses the extension unused"),
    (23, "changes nothing: mappings/tables/base/segments/PID.map"),
    (25, "never applies: line 24 fills this from the same field"),
    (26, "PID-1 is ignored without this row"),
    (26, "PID-7 is not ignored: a row reads it (see drop)"),
    (27, "PID-1 is ignored without this row"),
    (30, "never applies: no message structure says PID[Coverage]"),
    (34, "never applies: ZZZ is ignored"),
    (36, "never applies: no row says ABC[HumanName]"),
]


def test_rows_that_have_no_effect(tmp_path: Path) -> None:
    path = tmp_path / "odd.map"
    path.write_text(ODD, "utf-8")
    found = check(str(path))
    assert [one.where.line for one in found] == [line for line, _ in REMARKS]
    for one, (_, text) in zip(found, REMARKS, strict=True):
        assert text in one.text


@pytest.mark.parametrize("code", ["4548-5", "718", "abc-1", "7x8-7"])
def test_a_loinc_code_has_a_check_digit(tmp_path: Path, code: str) -> None:
    path = tmp_path / "a.map"
    path.write_text(f"concepts - -> LN\n  A  4548-4\n  B  {code}\n", "utf-8")
    assert [one.text for one in check(str(path))] == [f"{code} is no LOINC code: its check digit"]


@pytest.mark.parametrize("profile", ["tjh01", "lakeside"])
def test_the_profiles_to_copy_have_no_row_in_vain(profile: str) -> None:
    assert check(profile) == []


def test_a_survey_takes_whatever_a_file_has(tmp_path: Path) -> None:
    header = "MSH|^~\\&|LIS|A|GW|HIE|20260301103000|{}|ADT^A08|1|P|2.4||||||{}\r"
    messages = (
        header.format("", "UNICODE UTF-8").encode() + b"PID|1||7^^^A^MR||\xff\xff\r",
        header.format("", "UTF-16").encode() + b"PID|1||8^^^A^MR||x\r",
        b"MSHx\r",
        header.format("", "").encode() + "PID|1||9^^^A^MR~5^^^B^MR&x||彭\rZPI||y\r".encode(),
    )
    (tmp_path / "a.hl7").write_bytes(b"\n".join(messages))
    found = survey(samples([str(tmp_path / "a.hl7")], None), "a", None)
    assert (found.messages, found.findings["error", "undecodable", "MSH-18"]) == (3, 2)
    assert found.rejected == 2
    assert found.charsets == Counter({"utf-8": 1, "wrong": 1})
    assert found.fields == Counter({("ZPI", 2): 1})


def test_a_starter_names_codes_fields_and_what_it_leaves_out() -> None:
    lacking = Counter(
        {
            Want("code", "MaritalStatus", "20", "PID-16"): 2,
            Want("code", "Nowhere", "20", "PID-16"): 2,
            Want("system", "", "", "Observation.code"): 3,
            Want("field", "PV1-50"): 1,
            Want("field", "ZZZ-5"): 1,
            Want("component", "PID-3.9"): 4,
            Want("authority", "HIS", "", "Patient.identifier"): 1,
            Want("system", "L", "", "Observation.code"): 1,
        }
    )
    tables = read(LAYERS, None)
    text = starter("a", "https://a.example.org", Survey(messages=1, lacking=lacking), tables)
    for row in (
        "  # some whose names may be more than vocabulary and are left out  # 3 times",
        "# codes MaritalStatus  0002 -> v3-MaritalStatus\n#   20 ",
        "  # 2 times: PID-16",
        "# PV1 -> Encounter\n#   ignore PV1-50     # once",
        "# ZZZ -> ?\n",
        "#   PID-3.9      # a component, 4 times",
    ):
        assert row in text, row
    rows = lines_for(lacking.items(), tables)
    assert "authorities\n  # HIS          ?          # once: authority\n" in rows
    assert "systems\n  # L            ?          # once: system\n" in rows
    assert "# codes MaritalStatus" in rows


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("codes Marital 0002 -> v3-MaritalStatus", "Marital: those of 0002 use MaritalStatus"),
        (
            "codes PatientClass 0004 -> v3-ActCode",
            "PatientClass: those of 0004 use PatientClass[EncounterClass], "
            "PatientClass[EncounterStatus]",
        ),
    ],
)
def test_a_code_table_that_nobody_uses_is_told_with_the_one_that_is_used(
    head: str, text: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.map"
    code = "S" if "0002" in head else "AMB"
    path.write_text(f"{head}\n  7  {code}\n", "utf-8")
    assert [one.text for one in check(str(path))] == [f"no row uses the code table {text}"]
