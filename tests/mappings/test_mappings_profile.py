"""One file holds a hospital's whole layer: what it says of how it writes, and what that makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.definitions import definitions
from gateway.ingest.ids import DerivedIds
from gateway.keys.hashes import Hashes
from mappings.dictionary import load
from mappings.translate import Translation

IDS = DerivedIds(Hashes(b"k" * 32), "default")
PROFILE = """\
site
  timezone   +09:00
  authority  MAIN
  currency   JPY
  charset    GB18030
authorities
  MAIN       https://ours.example.org/id
  LAB        https://ours.example.org/lab
systems
  L          https://ours.example.org/codes
concepts L -> LN
  HB         718-7   "Hemoglobin"
  none       QC
concepts - -> LN
  WBC        6690-2
  GLU        SCT#33747003
units
  克每升     g/L
codes MaritalStatus  0002 -> v3-MaritalStatus
  同居       T
ignore
  ZQC NTE
extensions
  arrival    https://ours.example.org/arrival
ZPI -> Encounter
  ZPI-1      extension[arrival].valueString
PV1 -> Encounter
  drop PV1-18 type[]
  ignore PV1-18
  -          type[]      = "walk-in"      default
PID -> Patient
  PID-7      birthDate                    when PID-8 is F
"""
MESSAGE = (
    "MSH|^~\\&|LIS|OURS|GW|HIE|20260301103000||ORU^R01|1|P|2.4",
    "PID|1||77||Doe^Jo||19000101|M||||||||同居",
    "NTE|1||not wanted",
    "PV1|1|O||||||||||||||||310|V1",
    "ZPI|by foot",
    "ZQC|1|x|y",
    "OBR|1|A1^LAB|L1^LAB|CHEM^x^LN|||20260301084500||||||||||||||||||F",
    "OBX|1|NM|HB^x^L||7.8|克每升|||||F",
    "NTE|1||not wanted either",
    "OBX|2|NM|WBC^x||7.8|g/L|||||F",
    "OBX|3|NM|GLU^x||7.8|g/L|||||F",
    "OBX|4|NM|QC^x^L||7.8|g/L|||||F",
)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Translation:
    profile = tmp_path_factory.mktemp("profile") / "ours.map"
    profile.write_text(PROFILE, "utf-8")
    return load(definitions(), profile=str(profile)).translate("\r".join(MESSAGE), IDS, source="s")


def made(result: Translation, type_: str) -> list[dict[str, Any]]:
    return [one.resource for one in result.made if one.resource["resourceType"] == type_]


def test_what_a_profile_says_is_what_is_made(result: Translation) -> None:
    (patient,) = made(result, "Patient")
    assert patient["identifier"][0]["system"] == "https://ours.example.org/id"
    assert patient["maritalStatus"]["coding"][0]["code"] == "T"
    assert "birthDate" not in patient  # of women only, says this profile
    (encounter,) = made(result, "Encounter")
    assert encounter["extension"] == [
        {"url": "https://ours.example.org/arrival", "valueString": "by foot"}
    ]
    assert encounter["type"] == [{"text": "walk-in"}]
    observations = made(result, "Observation")
    assert observations[0]["effectiveDateTime"] == "2026-03-01T08:45:00+09:00"
    assert observations[0]["valueQuantity"]["code"] == "g/L"
    codings = [
        [(c.get("system", ""), c["code"]) for c in one["code"]["coding"]] for one in observations
    ]
    local = "https://ours.example.org/codes"
    assert codings == [
        [(local, "HB"), ("http://loinc.org", "718-7")],
        [("", "WBC"), ("http://loinc.org", "6690-2")],
        [("", "GLU"), ("http://snomed.info/sct", "33747003")],
        [(local, "QC")],
    ]
    assert not any("note" in one for one in observations)


def test_what_a_profile_leaves_out_is_not_found_lacking(result: Translation) -> None:
    places = {(one.code, one.location.partition("[")[0]) for one in result.findings}
    assert places == {("not-applicable", "PID-7")}


def test_a_segment_is_left_out_with_what_belongs_to_it(tmp_path: Path) -> None:
    profile = tmp_path / "ours.map"
    profile.write_text("ignore\n  OBX ZPI ZQC\n")
    dictionary = load(definitions(), profile=str(profile))
    result = dictionary.translate("\r".join(MESSAGE), IDS, source="s")
    assert not made(result, "Observation")
    assert len(made(result, "DiagnosticReport")) == 1
    assert not {"ZPI", "ZQC", "OBX"} & {one.location[:3] for one in result.findings}


def test_a_hospital_elsewhere_does_without_the_country_s_layer(tmp_path: Path) -> None:
    path = tmp_path / "ours.map"
    said = {}
    for layers in ("base", "base cn"):
        path.write_text(f"site\n  layers {layers}\n", "utf-8")
        told = load(definitions(), profile=str(path)).translate(
            "\r".join((MESSAGE[0], "PID|1||77||Doe^Jo||19000101|男||BL||||||||||123-45-6789")),
            IDS, source="src",
        )  # fmt: skip
        (said[layers],) = made(told, "Patient")
    assert "gender" not in said["base"]
    assert said["base"]["extension"][0]["url"].endswith("patient-race")
    assert said["base cn"]["gender"] == "male"
    assert said["base cn"]["extension"][0]["url"].endswith("cn-ethnicity")
