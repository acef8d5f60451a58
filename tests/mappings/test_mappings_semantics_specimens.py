"""Specimens that are made of others: the parent is the one of the message, or grows to be it."""

from __future__ import annotations

import pytest
from golden_pairs import ReadableIds
from speaking import PID, found, message, of, one

from conformance.definitions import definitions
from mappings.dictionary import load
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


def test_what_was_observed_of_the_patient_is_of_no_specimen() -> None:
    picture = "OBX|2|ED|P^p^L||^AP^PDF^Base64^JVBERi0x||||||F"
    made = message(
        "ORU^R01", PID, "OBX|1|NM|W^w^L||70|kg|||||F", "OBR|1|O1|F1|A^a^L", BLOOD, picture
    )
    weight, seen = of(made, "Observation")
    assert "specimen" not in weight
    assert seen["specimen"] == {"reference": f"Specimen/{one(made, 'Specimen')['id']}"}


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


TOLD = "OBR|1|P1|F1|A^Aa^L|||20260301080000||10^mL|C1^Lee^Ann||||20260301090000|SER"
BARE, SPM = "OBR|1|P1|F1|A^Aa^L", "SPM|1|S1||BLD"
KINDS = ["ORU^R01", "OUL^R21", "OUL^R22", "OML^O21", "OML^O33"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("segments", [(TOLD, SPM), (SPM, TOLD)])
def test_what_an_order_says_of_a_specimen_is_of_the_one_of_spm(
    kind: str, segments: tuple[str, str]
) -> None:
    """Until 2.5 OBR told of it, and senders fill both: that is one specimen."""
    made = message(kind, PID, "ORC|NW|P1", *segments)
    specimen = one(made, "Specimen")
    assert [each["value"] for each in specimen["identifier"]] == ["S1"]
    assert specimen["type"]["coding"][0]["code"] == "BLD"
    assert specimen["receivedTime"].startswith("2026-03-01T09:00")
    collection = specimen["collection"]
    assert collection["collectedDateTime"].startswith("2026-03-01T08:00")
    assert collection["quantity"]["value"] == 10
    assert collection["collector"]["display"] == "Ann Lee"
    for whose in [*of(made, "DiagnosticReport"), *of(made, "ServiceRequest")]:
        if "specimen" in whose:
            assert whose["specimen"] == [{"reference": f"Specimen/{specimen['id']}"}]
    assert "already-filled OBR-15" in found(made)  # it is blood, as SPM says


def test_what_a_specimen_says_itself_stands() -> None:
    own = "SPM|1|S1||SER||||||||20^mL|||||20260301070000^20260301071500|20260301093000"
    made = message("ORU^R01", PID, TOLD, own)
    specimen = one(made, "Specimen")
    assert specimen["collection"]["quantity"]["value"] == 20
    assert {n for n in specimen["collection"] if n.startswith("collected")} == {"collectedPeriod"}
    assert specimen["receivedTime"].startswith("2026-03-01T09:30")
    assert found(made) == ["already-filled OBR-7", "already-filled OBR-9", "already-filled OBR-14"]


def test_an_amount_is_of_one_specimen_and_who_took_them_of_all() -> None:
    made = message("ORU^R01", PID, TOLD, SPM, "SPM|2|S2||BLD")
    specimens = of(made, "Specimen")
    assert [s["collection"]["collector"]["display"] for s in specimens] == ["Ann Lee"] * 2
    assert not any("quantity" in s["collection"] for s in specimens)
    assert "already-filled OBR-9" in found(made)


def test_a_specimen_is_of_its_own_order_alone() -> None:
    made = message("ORU^R01", PID, BARE, SPM, TOLD.replace("P1|F1", "P2|F2"))
    known, other = of(made, "Specimen")
    assert "collection" not in known
    assert other["collection"]["quantity"]["value"] == 10
    first, second = of(made, "DiagnosticReport")
    assert first["specimen"] != second["specimen"]


COLLECTOR = "PRT||UC||SC^Specimen Collector^HL70912|C1^Lee^Ann"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "segments",
    [
        (BARE, COLLECTOR, SPM),
        (BARE, COLLECTOR, "PRT||UC||PRI^x^HL70912|D2^Wu", SPM),
        (BARE, SPM, COLLECTOR),
        (SPM, COLLECTOR, BARE),
        (SPM, BARE, COLLECTOR),
        (BARE, COLLECTOR),
        (f"{BARE}||||||C1^Lee^Ann",),
    ],
)
def test_who_took_a_specimen_is_told_by_the_order_or_a_participant(
    kind: str, segments: tuple[str, ...]
) -> None:
    made = message(kind, PID, "ORC|NW|P1", *segments)
    specimen = one(made, "Specimen")
    assert specimen["collection"]["collector"]["display"] == "Ann Lee"
    assert not any("performer" in each for each in of(made, "DiagnosticReport"))
    assert not [each for each in found(made) if each.endswith(("PRT-4", "PRT-5", "OBR-10"))]


def test_where_it_is_explained_what_joins_another_specimen_is_told_of_that() -> None:
    made = load(definitions(), explain=True).translate(
        "\r".join(["MSH|^~\\&|APP|H|||20260301||ORU^R01|1|P|2.5.1", PID, TOLD, SPM]),
        ReadableIds(), source="src",
    )  # fmt: skip
    told = {(each.element, each.location) for each in made.explained}
    assert ("Specimen.receivedTime", "OBR-14") in told
