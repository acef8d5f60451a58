"""What is the patient's, and comes late: between an order and its request, behind results."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_pairs import ReadableIds, dictionary, messages
from speaking import JSON, PID, found, message, of, one

from mappings.hl7v2.message import parse
from mappings.hl7v2.requests import orders_first
from mappings.translate import Translation

VISIT = "PV1|1|O|CLINIC||||||||||||||||V1"
GLU, POT = "OBX|1|NM|GLU||5|mmol/L|||||F", "OBX|2|NM|K||4|mmol/L|||||F"
LATE = [VISIT, "PD1||||D1^Doc", "NK1|1|Roe^Ann|MTH", "PV2|||R1^Reason"]
OWN = "ZOR|1|what the site adds"


def ids(made: Translation, *types: str) -> set[str]:
    return {r["id"] for type_ in types for r in of(made, type_)}


def results(made: Translation) -> list[str]:
    return [r["reference"].split("-", 3)[-1] for r in one(made, "DiagnosticReport")["result"]]


@pytest.mark.parametrize("kind", ["ORU^R01", "OUL^R22", "ZZZ^Z01"])
@pytest.mark.parametrize("segment", LATE)
def test_a_report_stays_whole(kind: str, segment: str) -> None:
    made = message(kind, PID, "OBR|1|O1|F1|GLU", GLU, segment, POT, "NTE|1||haemolytic")
    assert results(made) == ["GLU-GLU", "GLU-K"]
    glu, pot = of(made, "Observation")
    assert "note" not in glu
    assert pot["note"] == [{"text": "haemolytic"}]


@pytest.mark.parametrize("kind", ["ORU^R01", "OUL^R22", "ORM^O01", "ZZZ^Z01"])
def test_a_late_visit_is_that_of_all(kind: str) -> None:
    late = message(kind, PID, "OBR|1|O1|F1|GLU", GLU, VISIT, "PV2|||R1^Reason", POT)
    due = message(kind, PID, VISIT, "PV2|||R1^Reason", "OBR|1|O1|F1|GLU", GLU, POT)
    assert one(late, "Encounter") == one(due, "Encounter")
    assert one(late, "Encounter")["reasonCode"][0]["coding"][0]["code"] == "R1"

    def told(made: Translation) -> list[JSON]:
        kinds = ("ServiceRequest", "DiagnosticReport", "Observation")
        return [r for kind in kinds for r in of(made, kind)]

    assert told(late) == told(due)
    assert all("encounter" in r for r in told(late))


@pytest.mark.parametrize("segment", [*LATE, OWN])
@pytest.mark.parametrize(
    ("kind", "order", "types"),
    [
        ("ORU^R01", ("ORC|RE|O1|F1", "OBR|1|O1|F1|GLU"), ("ServiceRequest",)),
        ("OUL^R22", ("ORC|RE|O1|F1", "OBR|1|O1|F1|GLU"), ("ServiceRequest",)),
        ("ORM^O01", ("ORC|NW|O1|F1", "OBR|1|O1|F1|GLU"), ("ServiceRequest",)),
        ("ORM^O01", ("ORC|NW|O1|F1", "RXO|AMOX"), ("ServiceRequest", "MedicationRequest")),
        ("ORM^O01", ("ORC|NW|O1|F1", "ODS|D||321"), ("ServiceRequest", "NutritionOrder")),
        ("RDE^O11", ("ORC|NW|O1|F1", "RXE|1^QD|ASA|100||MG"), ("MedicationRequest",)),
        ("RDS^O13", ("ORC|NW|O1|F1", "RXE|1^QD|ASA|100||MG"), ("MedicationRequest",)),
        ("ZZZ^Z01", ("ORC|NW|O1|F1", "OBR|1|O1|F1|GLU"), ("ServiceRequest",)),
    ],
)
def test_an_order_stays_one(
    kind: str, order: tuple[str, str], types: tuple[str, ...], segment: str
) -> None:
    late = message(kind, PID, order[0], segment, order[1])
    due = message(kind, PID, segment, *order)
    assert ids(late, *types) == ids(due, *types)
    assert len(ids(late, *types)) == 1
    assert one(late, "Patient") == one(due, "Patient")


@pytest.mark.parametrize("detail", ["RXO|AMOX", "ODS|D||321", "RXE|1^QD|ASA|100||MG"])
def test_a_segment_of_the_sites_own_parts_no_order_from_its_detail(detail: str) -> None:
    kind = "RDE^O11" if detail.startswith("RXE") else "ORM^O01"
    plain = message(kind, PID, "ORC|NW|O1", detail)
    assert message(kind, PID, "ORC|NW|O1", OWN, detail).made == plain.made
    late = message("RDE^O11", PID, "RXE|1^QD|ASA|100||MG", OWN, "ORC|NW|O1")
    assert ids(late, "MedicationRequest") == {"patient-100.MedicationRequest-O1"}


def test_what_a_late_segment_brings_along_is_with_it() -> None:
    made = message(
        "ORM^O01", PID, "PV1|1|O|||||||||||||||||SELF", "ORC|NW|O1", "OBR|1|O1||GLU",
        "AL1|1||X^x", "IN1|1|P|C", "IN2|1||||||||||||||||||||||||1EG4", "IN1|2|Q|C", POT,
    )  # fmt: skip
    assert len(of(made, "Coverage")) == 2
    held = one(made, "ServiceRequest")["supportingInfo"]
    assert held == [{"reference": "Observation/patient-100.Observation-O1-K"}]
    assert not [where for where in found(made) if "nothing-to-add-to" in where]


def test_a_second_visit_is_that_of_what_follows() -> None:
    made = message(
        "ORU^R01", PID, VISIT, "OBR|1|O1|F1|GLU", GLU, VISIT.replace("|V1", "|V2"),
        "OBR|2|O2|F2|K", POT,
    )  # fmt: skip
    visits = [o["encounter"]["reference"][-2:] for o in of(made, "Observation")]
    assert visits == ["V1", "V2"]


def test_late_segments_do_not_stand_within_one_another() -> None:
    late = ["NK1|1|Roe^Ann|MTH", "PD1||||D1^Doc", "AL1|1||X^x"] * 1500
    made = message("ORU^R01", PID, "OBR|1|O1|F1|GLU", GLU, *late, POT)
    assert results(made) == ["GLU-GLU", "GLU-K"]


def only(segment: str) -> list[Path]:
    """The golden messages that have one such segment, and others behind it."""
    texts = {path: path.read_text(encoding="utf-8") for path in messages()}
    once = (path for path, text in texts.items() if text.count(f"\n{segment}|") == 1)
    return [p for p in once if not texts[p].splitlines()[-1].startswith(segment)]


def at_the_end(path: Path, segment: str) -> tuple[Translation, Translation]:
    """What a golden message becomes, and what it does with a segment as its last one."""
    lines = path.read_text(encoding="utf-8").splitlines()
    (late,) = (line for line in lines if line.startswith(f"{segment}|"))
    profile = path.stem.partition(".")[2]
    due, moved = (
        dictionary(profile).translate("\r".join(text), ReadableIds(), source=profile)
        for text in (lines, [*(line for line in lines if line != late), late])
    )
    return due, moved


@pytest.mark.parametrize("path", only("PID"), ids=lambda path: path.stem)
def test_the_only_patient_may_come_last(path: Path) -> None:
    due, late = at_the_end(path, "PID")
    assert (late.made, late.merges, late.findings) == (due.made, due.merges, due.findings)


@pytest.mark.parametrize("path", only("MRG"), ids=lambda path: path.stem)
def test_the_only_merge_may_come_last(path: Path) -> None:
    due, late = at_the_end(path, "MRG")
    assert (late.made, late.merges, late.moves) == (due.made, due.merges, due.moves)
    assert late.findings == due.findings


@pytest.mark.parametrize("segment", ["ARQ", "RF1", "SCH", "TXA"])
def test_what_a_message_is_about_may_come_last(segment: str) -> None:
    paths = [path for path in only(segment) if "\nNTE|" not in path.read_text(encoding="utf-8")]
    assert paths or segment == "ARQ"  # what follows it in the golden messages is its comment
    for path in paths:
        due, late = at_the_end(path, segment)
        assert (late.made, late.findings) == (due.made, due.findings)


@pytest.mark.parametrize("name", ["ADT_A01.lakeside", "ADT_A04.tjh01", "ADT_A05.lakeside"])
def test_the_visit_may_come_last(name: str) -> None:
    (path,) = (path for path in only("PV1") if path.stem == name)
    due, late = at_the_end(path, "PV1")
    assert {m.resource["id"]: m.resource for m in late.made} == {
        m.resource["id"]: m.resource for m in due.made
    }


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("EVN ZXX PD1 PV1 OBX PID", "EVN PID ZXX PD1 PV1 OBX"),
        ("ORC OBR OBX PID ORC OBR", "PID ORC OBR OBX ORC OBR"),
        ("OBR OBX PID ORC", "PID ORC OBR OBX"),
        ("OBR|1 PD1 PID OBR|2", "PID OBR|1 PD1 OBR|2"),
        ("NK1 PID NK1 PID", "NK1 PID NK1 PID"),  # whose the first one is, nothing tells
        ("SCH NTE PID PV1", "SCH NTE PID PV1"),
        ("PID ZPI PV2 PV1 DG1", "PID PV1 ZPI PV2 DG1"),
        ("PID NK1 ZAL PV1", "PID NK1 ZAL PV1"),
        ("PID NK1 ZAL DG1 PV1", "PID NK1 ZAL PV1 DG1"),
        ("PID IN1 ZPI PV1", "PID PV1 IN1 ZPI"),
        ("PID DG1 PV1 PV2 PV1", "PID PV1 DG1 PV2 PV1"),
        ("DG1 PV2 PV1 PID", "PID PV1 DG1 PV2"),
        ("PID DG1 MRG PV1", "PID DG1 MRG PV1"),
        ("PID PV1 PV2 MRG", "PID MRG PV1 PV2"),
        ("PID PV1 MRG DG1 PV1", "PID MRG PV1 DG1 PV1"),
        ("PID MRG PV1|1 MRG PV1|2", "PID MRG PV1|1 MRG PV1|2"),
        ("PID PV1|1 MRG|1 PV1|2 MRG|2", "PID MRG|1 PV1|1 MRG|2 PV1|2"),
        ("PID|1 PV1 PID|2 MRG", "PID|1 PV1 PID|2 MRG"),
        ("PID|1 MRG PID|2 PV1 MRG", "PID|1 MRG PID|2 MRG PV1"),
    ],
)
def test_patient_and_visit_stand_before_what_is_theirs(sent: str, read: str) -> None:
    _, *made = orders_first(parse("\r".join(["MSH|^~\\&|", *sent.split()])).segments)
    assert ["|".join(segment.fields) for segment in made] == read.split()


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        ("SIU^S12", "PID PV1 SCH NTE RGS", "SCH NTE PID PV1 RGS"),
        ("SIU^S12", "SCH PID SCH RGS", "SCH PID SCH RGS"),
        ("SRR^S04", "MSA PID SCH", "MSA SCH PID"),
        ("MDM^T02", "PID PV1 OBX NTE TXA", "PID PV1 TXA OBX NTE"),
        ("REF^I12", "PRD PID RF1", "RF1 PRD PID"),
        ("ADT^A01", "PID SCH RGS", "PID SCH RGS"),
    ],
)
def test_what_a_message_is_about_stands_before_its_own(kind: str, sent: str, read: str) -> None:
    _, *made = orders_first(parse("\r".join([f"MSH|^~\\&|||||||{kind}", *sent.split()])).segments)
    assert [segment.id for segment in made] == read.split()


def test_what_is_named_before_any_patient_is_of_the_first_one() -> None:
    made = message("OPU^R25", "SPM|1|S2|S1|BLD", "PID|1||1^^^H", "PID|1||2^^^H")
    child, parent = of(made, "Specimen")
    assert child["parent"] == [{"reference": f"Specimen/{parent['id']}"}]
    assert child["subject"] == parent["subject"] == {"reference": "Patient/patient-1.Patient"}
    assert {m.compartment for m in made.made} == {"patient-1", "patient-2", "directory"}


@pytest.mark.parametrize("kind", ["OPU^R25", "OSM^R26", "OPL^O37"])
def test_what_may_be_of_another_is_left_where_it_stands(kind: str) -> None:
    text = f"MSH|^~\\&|||||||{kind}\rPV1|1\rOBX|1\rPID|1"
    assert [s.id for s in orders_first(parse(text).segments)] == ["MSH", "PV1", "OBX", "PID"]
