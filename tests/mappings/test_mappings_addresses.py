"""Addresses of systems: URIs in ASCII; codes that a table lacks are in the sender's own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speaking import PID, message, of, one

from mappings.runtime.text import primitives

ROOT = "https://yiqiao.org/fhir"
TIANJIN = "%E5%A4%A9%E6%B4%A5"


@pytest.mark.parametrize(
    ("authority", "system"),
    [
        ("天津", f"{ROOT}/authority/src/{TIANJIN}"),
        ("x y/z", f"{ROOT}/authority/src/x%20y%2Fz"),
        ("H-1.a_b", f"{ROOT}/authority/src/H-1.a_b"),
        ("&https://天津.example.org/a%20b&URI", f"https://{TIANJIN}.example.org/a%20b"),
    ],
)
def test_the_address_of_an_authority_is_ascii(authority: str, system: str) -> None:
    made = message("ADT^A08", f"PID|1||100^^^{authority}^MR||Doe^Jo")
    assert one(made, "Patient")["identifier"][0]["system"] == system


@pytest.mark.parametrize(
    ("name", "system"),
    [("本院", f"{ROOT}/code-system/src/%E6%9C%AC%E9%99%A2"),
     ("http://codes.example.org/中", "http://codes.example.org/%E4%B8%AD")],
)  # fmt: skip
def test_the_address_of_a_code_system_is_ascii(name: str, system: str) -> None:
    made = message("ORU^R01", PID, f"OBR|1|P1|F1|A^a^{name}")
    assert one(made, "DiagnosticReport")["code"]["coding"][0]["system"] == system


@given(st.text())
def test_any_uri_is_ascii_and_says_the_same_twice(text: str) -> None:
    uri = primitives.uri(text)
    assert uri is None or (uri.isascii() and primitives.uri(uri) == uri)


def _systems(found: Any) -> set[str]:
    if isinstance(found, list):
        return {s for each in found for s in _systems(each)}
    own = {found["system"]} if "system" in found else set()
    return own | {s for each in found.get("coding", ()) for s in _systems(each)}


def test_a_code_that_a_table_lacks_is_in_no_system_of_hl7() -> None:
    made = message("ADT^A01", PID.replace("^MR", "^03"), "PV1|1|第七类||第八类|||||||||||||||V1")
    visit, patient = one(made, "Encounter"), one(made, "Patient")
    assert visit["class"] == {
        "code": "第七类", "display": "第七类", "system": f"{ROOT}/code-system/src/v2-0004",
    }  # fmt: skip
    assert _systems(visit["type"]) == {f"{ROOT}/code-system/src/v2-0007"}
    kinds = patient["identifier"][0]["type"]["coding"]
    assert {c["system"] for c in kinds if c["code"] == "03"} == {
        f"{ROOT}/code-system/src/v2-0203"
    }  # fmt: skip
    made = message("ORU^R01", PID, "OBR|1|P1|F1|A^a^L", "OBX|1|NM|X^x^L||5|mg||↑|||F")
    assert {
        c["system"] for c in one(made, "Observation")["interpretation"][0]["coding"]
        if c["code"] == "↑"
    } == {f"{ROOT}/code-system/src/v2-0078"}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "division", "district"),
    [
        ("街1号^^北京市^北京市^100000^CHN^^^110105", "110105", None),
        ("街1号^^北京市^北京市^100000^^^^110105001", "110105001", None),
        ("Street 1^^Fulton^GA^30301^USA^^^13121", None, "13121"),
        ("Street 1^^Fulton^GA^30301^^^^13121", None, "13121"),
        ("Weg 1^^Kleve^NW^47533^DEU^^^110105", None, "110105"),  # another country's number
        ("Street 1^^Fulton^GA^30301^USA^^^Fulton", None, "Fulton"),
    ],
)
def test_a_county_is_a_division_of_china_only_there(
    written: str, division: str | None, district: str | None
) -> None:
    rest, _, county = written.rpartition("^^^")
    for address in (written, f"{rest}|{county}"):
        pid = f"PID|1||100^^^H||Doe^Jo||||||{address}"
        made = message("ADT^A08", pid)
        (home,) = one(made, "Patient")["address"]
        said = home.get("extension", [{"valueCoding": {"code": None}}])
        assert said[0]["valueCoding"]["code"] == division
        assert home.get("district") == district
        assert not [f for f in made.findings if f.location.startswith(("PID-11", "PID-12"))]


def test_a_reader_s_number_has_the_system_of_its_authority() -> None:
    reader = "9876543&Slide&Stan&&&&&&NPPES&2.999.3&ISO"
    made = message("ORU^R01", PID, f"OBR|1|O1|F1|X{'|' * 28}{reader}", "OBX|1|ST|A||x||||||F")
    (doctor,) = of(made, "Practitioner")
    assert doctor["identifier"] == [{"value": "9876543", "system": "urn:oid:2.999.3"}]
    assert not [f for f in made.findings if f.location.startswith("OBR-32")]
