"""Specimens that are made of others: the parent is the one of the message, or grows to be it."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of, one

from mappings.translate import Translation

BLOOD, ORDER = "SPM|1|S1&H^T1&L||BLD^Blood^HL70487", "OBR|1|P1|F1|A^a^L"


def serum(parents: str) -> str:
    return f"SPM|2|S2&H^T2&L|{parents}|SER^Serum^HL70487"


def parents(made: Translation) -> list[str]:
    (child,) = (one for one in of(made, "Specimen") if one.get("type", {}).get("text") == "Serum")
    return [one["reference"].partition(".")[2] for one in child["parent"]]


@pytest.mark.parametrize("segments", [(BLOOD, serum("S1&H^T1&L")), (serum("S1&H"), BLOOD)])
def test_a_parent_of_the_message_is_referred_to(segments: tuple[str, str]) -> None:
    made = message("OUL^R22", PID, *segments, ORDER)
    assert parents(made) == ["Specimen-S1"]
    assert len(of(made, "Specimen")) == 2
    assert found(made) == []


def test_parents_that_are_not_in_the_message_have_their_numbers() -> None:
    made = message("OUL^R22", PID, serum("S8&LAB&1.2.3&ISO^T8~^T9"), ORDER)
    assert parents(made) == ["Specimen-1-2-3-S8", "Specimen-filler-T9"]
    known = {one["id"].partition(".")[2]: one for one in of(made, "Specimen")}
    numbers = [
        (each["value"], each.get("system"), each["type"]["coding"][0]["code"])
        for name in parents(made) for each in known[name]["identifier"]
    ]  # fmt: skip
    own = "https://yiqiao.org/fhir/authority/src/H"
    assert numbers == [
        ("S8", "urn:oid:1.2.3", "PLAC"), ("T8", own, "FILL"), ("T9", own, "FILL"),
    ]  # fmt: skip
    assert all("subject" in one for one in known.values())
    assert found(made) == []


def test_a_result_and_its_specimen_name_the_authority_alike() -> None:
    result = "OBX|1|NM|A^a^L||1||||||F" + "|" * 22 + "S1&LAB&1.2.3&ISO^T1"
    made = message("OUL^R22", PID, "SPM|1|S1&LAB&1.2.3&ISO^T1||BLD", ORDER, result)
    (specimen,) = of(made, "Specimen")
    assert [each["value"] for each in specimen["identifier"]] == ["S1", "T1"]
    assert found(made) == []


@pytest.mark.parametrize("kind", ["ORU^R01", "OUL^R21", "OUL^R22", "OUL^R23", "OUL^R24"])
def test_a_result_behind_a_specimen_of_its_order_is_of_that_specimen(kind: str) -> None:
    made = message(
        kind, PID,
        "OBR|1|O1|F1|A^Aa^L", "SPM|1|S1||BLD", "OBX|1|NM|X^x^L||5|g/L|||||F", "NTE|1||first",
        "SPM|2|S2||UR", "OBX|1|NM|Y^y^L||6|g/L|||||F",
        "OBR|2|O2|F2|B^Bb^L", "OBX|1|NM|Z^z^L||7|g/L|||||F",
    )  # fmt: skip
    numbers = {f"Specimen/{s['id']}": s["identifier"][0]["value"] for s in of(made, "Specimen")}
    results = {r["code"]["text"]: r for r in of(made, "Observation")}
    assert {
        name: numbers.get(r.get("specimen", {}).get("reference")) for name, r in results.items()
    } == {"x": "S1", "y": "S2", "z": None}
    assert results["x"]["note"] == [{"text": "first"}]
    reports = {r["code"]["text"]: r for r in of(made, "DiagnosticReport")}
    assert [len(reports[name]["result"]) for name in ("Aa", "Bb")] == [2, 1]
    assert [numbers[one["reference"]] for one in reports["Aa"]["specimen"]] == ["S1", "S2"]
    assert found(made) == []


SAC = "SAC|||C1^LIS|||BLD&Blood&HL70070|20260301083000"


@pytest.mark.parametrize("kind", ["OML^O21", "ORU^R01", "OUL^R21"])
@pytest.mark.parametrize("before", [True, False])
def test_a_container_without_its_specimen_is_one_of_its_order(kind: str, before: bool) -> None:
    """Before SPM (2.5), a SAC alone told of what is in it."""
    orders = ["ORC|NW|P1", "OBR|1|P1|F1|GLU^Glucose^L"]
    made = message(kind, PID, *([SAC, *orders] if before else [*orders, SAC]), version="2.4")
    specimen = one(made, "Specimen")
    assert specimen["container"][0]["identifier"][0]["value"] == "C1"
    assert specimen["type"]["coding"][0]["code"] == "BLD"
    assert specimen["receivedTime"].startswith("2026-03-01T08:30")
    whose = one(made, "ServiceRequest" if kind == "OML^O21" else "DiagnosticReport")
    assert whose["specimen"] == [{"reference": f"Specimen/{specimen['id']}"}]
    assert found(made) == []


@pytest.mark.parametrize("said", ["OBR|1|P1|F1|GLU|||20260301||||||||SER", "SPM|1|S1||SER"])
def test_a_container_is_of_the_specimen_that_is_told(said: str) -> None:
    order = [said] if said.startswith("OBR") else ["OBR|1|P1|F1|GLU", said]
    made = message("OML^O21", PID, "ORC|NW|P1", *order, SAC)
    specimen = one(made, "Specimen")
    assert one(made, "ServiceRequest")["specimen"] == [{"reference": f"Specimen/{specimen['id']}"}]
    assert specimen["container"][0]["identifier"][0]["value"] == "C1"
    assert specimen["type"]["coding"][0]["code"] in ("SER", "119364003")


def test_who_took_a_specimen_is_known_though_a_segment_of_its_own_tells_of_it() -> None:
    order, result = "OBR|1|P|F|A^a^L||||||C1^Lee^Ann", "OBX|1|NM|X^x^L||1||||||F"
    made = message("ORU^R01", PID, order, result, "SPM|1|S1||BLD")
    assert one(made, "Specimen")["collection"]["collector"]["display"] == "Ann Lee"
    assert found(made) == []
