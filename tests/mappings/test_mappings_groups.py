"""Which order, report, specimen and patient a segment belongs to, in every order senders write."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from speaking import JSON, PID, found, message, of

from mappings.hl7v2.message import parse
from mappings.hl7v2.requests import _ORDERED, orders_first
from mappings.translate import Translation

GLU = ("OBR|1|P1|F1|GLU", "ORC|RE|P1|F1", "SPM|1|S1||BLD", "OBX|1|NM|X||5.1||||||F")
POT = ("OBR|2|P2|F2|K", "ORC|RE|P2|F2", "SPM|1|S2||UR", "OBX|1|NM|Y||4.2||||||F")


def reports(made: Translation) -> dict[str, tuple[list[str], ...]]:
    """The results, orders and specimens of each report, by the codes and numbers they bear."""
    return {
        _name(report): tuple(
            [_name(_known(made)[r["reference"]]) for r in report.get(name, [])]
            for name in ("result", "basedOn", "specimen")
        )
        for report in of(made, "DiagnosticReport")
    }


def _known(made: Translation) -> dict[str, JSON]:
    return {f"{m.resource['resourceType']}/{m.resource['id']}": m.resource for m in made.made}


def _name(resource: JSON) -> str:
    if resource["resourceType"] in ("ServiceRequest", "Specimen"):
        return "+".join(i["value"] for i in resource.get("identifier", []))
    return str(resource["code"]["coding"][0]["code"])


# -- ORC and OBR, whichever comes first ------------------------------------------------------------


Group = tuple[str, ...]


def swapped(group: Group) -> Group:
    return (group[1], group[0], *group[2:])


def results_first(group: Group) -> Group:
    return (*group[:2], group[3], group[2])


def order_last(group: Group) -> Group:
    return (group[0], *group[2:], group[1])


def as_written(group: Group) -> Group:
    return group


@pytest.mark.parametrize("kind", ["OUL^R24", "OUL^R21", "ORU^R01"])
@pytest.mark.parametrize("first", [as_written, swapped, results_first, order_last])
@pytest.mark.parametrize("second", [as_written, swapped, results_first, order_last])
def test_an_order_belongs_to_the_request_of_its_number(
    kind: str, first: Callable[[Group], Group], second: Callable[[Group], Group]
) -> None:
    made = message(kind, PID, *first(GLU), *second(POT))
    assert reports(made) == {
        "GLU": (["X"], ["P1+F1"], ["S1"]),
        "K": (["Y"], ["P2+F2"], ["S2"]),
    }
    assert len(of(made, "ServiceRequest")) == 2


@pytest.mark.parametrize("kind", ["OUL^R24", "OUL^R22", "OUL^R23", "ORU^R01", "ZZZ^Z01"])
def test_an_order_does_not_join_the_request_before_it(kind: str) -> None:
    made = message(
        kind, PID, "SPM|1|S1", "OBR|1|P1||GLU", "OBX|1|NM|X||1",
        "ORC|RE|P2|F2", "OBR|2|P2|F2|K", "OBX|1|NM|Y||2",
    )  # fmt: skip
    assert reports(made)["K"][:2] == (["Y"], ["P2+F2"])
    assert reports(made)["GLU"][:2] == (["X"], ["P1"])


@pytest.mark.parametrize("kind", ["OUL^R24", "ORU^R01"])
def test_an_order_without_numbers_stands_where_the_message_writes_them(kind: str) -> None:
    glu, pot = ("OBR|1|P1||GLU", "ORC|RE"), ("OBR|2|P2||K", "ORC|RE")
    for one, other in ((glu, pot), (swapped(glu), swapped(pot))):
        made = message(kind, PID, *one, "OBX|1|NM|X||1", *other, "OBX|1|NM|Y||2")
        assert reports(made) == {"GLU": (["X"], ["P1"], []), "K": (["Y"], ["P2"], [])}


@pytest.mark.parametrize("kind", ["OUL^R24", "OUL^R22", "ORU^R01"])
def test_what_only_the_order_knows_reaches_the_report(kind: str) -> None:
    made = message(kind, PID, "SPM|1|S1", "OBR|1|||GLU", "ORC|RE|P1|F1", "OBX|1|NM|X||1")
    (report,) = of(made, "DiagnosticReport")
    assert report["id"] == "patient-100.DiagnosticReport-F1-GLU"
    assert [i["value"] for i in report["identifier"]] == ["P1", "F1"]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        # joins the request before it, which has none,
        ("OBR|1|P1 ORC|RE|P1 OBX", "ORC OBR OBX"),
        ("OBR|1|P1 NTE ORC|RE|P1 NTE TQ1 OBX", "ORC NTE OBR NTE TQ1 OBX"),
        ("OBR|1 ORC|RE OBX", "ORC OBR OBX"),
        ("OBR|1|P1 OBX ORC|RE|P1", "ORC OBR OBX"),
        ("OBR|1|P1 OBX ORC|RE", "ORC OBR OBX"),
        ("OBR|1|P1^A ORC|RE|P1^A", "ORC OBR"),
        ("OBR|1||F1 ORC|RE|P1|F1 OBR|2||F2 ORC|RE|P2|F2", "ORC OBR ORC OBR"),
        ("OBR|1 ORC|RE OBR|2 ORC|RE", "ORC OBR ORC OBR"),
        ("OBR|1|P1 ORC|RE|P1 OBR|2|P1 ORC|RE|P1", "ORC OBR ORC OBR"),
        ("OBR|1 ORC|RE|P1 OBR|2|P2", "ORC OBR OBR"),
        # but not one that has another number, or its own order,
        ("OBR|1|P1 ORC|CA|P2", "OBR ORC"),
        ("OBR|1|P1^A ORC|CA|P1^B", "OBR ORC"),
        ("ORC|RE|P1 OBR|1|P1 ORC|RE|P1 OBX", "ORC OBR ORC OBX"),
        ("PID OBR|1|P1 PID ORC|RE|P1 OBX", "PID OBR PID ORC OBX"),
        # nor where it is the order of what follows
        ("ORC|RE|P1 OBR|1|P1 ORC|RE|P2 OBR|2|P2", "ORC OBR ORC OBR"),
        ("OBR|1|P1 ORC|RE|P2 OBR|2|P2", "OBR ORC OBR"),
        ("OBR|1|P1 OBX ORC|RE OBR|2|P2 OBX", "OBR OBX ORC OBR OBX"),
        ("OBR|1 ORC|NW RXO", "OBR ORC RXO"),
        ("ORC|RE OBR|1 OBR|2 ORC|RE OBR|3", "ORC OBR OBR ORC OBR"),
        ("ORC|RE|P1 OBR|1|P1 OBR|2|P1 ORC|RE|P1 OBR|3|P1", "ORC OBR OBR ORC OBR"),
        ('OBR|1|"" ORC|RE|"" OBR|2|"" ORC|RE|""', "ORC OBR ORC OBR"),
        # A drug, which has no number, is what the order before it orders, or the one behind it
        # where the message writes drugs first.
        ("ORC RXE|1 ORC RXE|2", "ORC RXE ORC RXE"),
        ("RXE|1 ORC RXE|2 ORC", "ORC RXE ORC RXE"),
        ("RXE|1 RXR ORC TQ1 RXE|2 RXR ORC", "ORC RXE RXR TQ1 ORC RXE RXR"),
        ("RXO|1 RXR RXE|2 RXC ORC NTE", "ORC NTE RXO RXR RXE RXC"),
        ("RXA|1 OBX ORC RXA|2 OBX ORC", "ORC RXA OBX ORC RXA OBX"),
        ("RXA|1 OBX ORC RXA|2 OBX", "RXA OBX ORC RXA OBX"),
        ("RXA|1 RXA|2 ORC", "RXA ORC RXA"),
        ("ORC RXA|1 RXA|2 ORC", "ORC RXA RXA ORC"),
        ("ORC RXO|1 RXE|2 ORC", "ORC RXO RXE ORC"),
        ("RXE|1 ORC|NW|P1 OBR|2|P1", "RXE ORC OBR"),
        ("ODS|1 ORC ODS|2 ORC", "ORC ODS ORC ODS"),
        ("PID RXE|1 PID ORC", "PID RXE PID ORC"),
        ("OBR|1|P1 RXE|1 ORC|NW|P1", "OBR ORC RXE"),
        # A diagnosis is of the visit, and the visit of the patient.
        ("PID DG1 PR1 PV1 PV2", "PID PV1 DG1 PR1 PV2"),
        ("PID PV1 DG1 PV1", "PID PV1 DG1 PV1"),
        ("PID DG1 PID PV1", "PID DG1 PID PV1"),
        ("PID DG1 MRG PV1", "PID DG1 MRG PV1"),
        ("DG1 OBR|1|P1 PV1 ORC|RE|P1", "PV1 DG1 ORC OBR"),
        ("OBR|1|P1 DG1 PV1 ORC|RE|P1", "ORC OBR PV1 DG1"),
    ],
)
def test_where_an_order_belongs(segments: str, expected: str) -> None:
    made = orders_first(parse("\r".join(["MSH|^~\\&|", *segments.split()])).segments)
    assert [s.id for s in made[1:]] == expected.split()
    requests = [s.fields[1] for s in made if s.id in _ORDERED and len(s.fields) > 1]
    assert requests == sorted(requests)  # none passes another


def test_a_drug_has_the_number_of_the_order_behind_it() -> None:
    """Else the next message stops the wrong one."""
    drugs = ("RXE|1^QID|AMOX|250||MG", "ORC|NW|O1", "RXE|1^QD|ASA|100||MG", "ORC|NW|O2")
    made = of(message("RDE^O11", PID, *drugs), "MedicationRequest")
    assert [(r["medicationCodeableConcept"]["coding"][0]["code"], r["id"]) for r in made] == [
        ("AMOX", "patient-100.MedicationRequest-O1"), ("ASA", "patient-100.MedicationRequest-O2"),
    ]  # fmt: skip
    assert {r["status"] for r in made} == {"active"}


def test_a_vaccine_has_the_number_of_the_order_behind_it() -> None:
    given = ("RXA|0|1|20260301||03^MMR^CVX", "ORC|RE||9", "RXA|0|1|20260301||08^HepB^CVX",
             "OBX|1|CE|30956-7^type^LN||08^HepB^CVX", "ORC|RE||10")  # fmt: skip
    made = of(message("VXU^V04", PID, *given), "Immunization")
    told = [(i["vaccineCode"]["text"], i["identifier"][0]["value"]) for i in made]
    assert told == [("MMR", "9"), ("HepB", "10")]


@pytest.mark.parametrize("kind", ["ADT^A01", "DFT^P03", "ZZZ^Z01"])
def test_a_diagnosis_is_of_the_visit_on_whichever_side_of_it(kind: str) -> None:
    """Else A01, written in one order, and A08, in the other, leave two."""
    visit, diagnosis = "PV1|1|I|||||||||||||||||V1", "DG1|1||E11^x^I10"
    before, behind = (
        message(kind, PID, *both) for both in ((diagnosis, visit), (visit, diagnosis))
    )
    assert of(before, "Condition") == of(behind, "Condition")
    assert of(before, "Encounter") == of(behind, "Encounter")
    assert of(before, "Condition")[0]["id"] == "patient-100.Condition-V1-E11"


def test_a_group_without_an_order_has_none() -> None:
    made = message("ORU^R01", PID, *swapped(GLU), "OBR|2|P2|F2|K", "OBX|1|NM|Y||4.2")
    assert reports(made)["K"] == (["Y"], ["P2+F2"], [])


# -- what an earlier group said --------------------------------------------------------------------


def test_a_report_without_numbers_has_none_of_the_order_before_it() -> None:
    made = message(
        "ORU^R01", PID, "ORC|RE|P1|F1" + "|" * 25 + "R^Restricted^HL70177",
        "OBR|1|P1|F1|GLU|||20260301080000", "OBX|1|NM|X||5.1||||||F",
        "OBR|2|||K", "OBX|1|NM|Y||4.2||||||F",
    )  # fmt: skip
    first, second = of(made, "DiagnosticReport")
    assert [i["value"] for i in first["identifier"]] == ["P1", "F1"]
    assert "identifier" not in second
    x, y = of(made, "Observation")
    assert "effectiveDateTime" in x
    assert "security" in x["meta"]
    assert not {"effectiveDateTime", "meta"} & set(y)


def test_a_result_under_an_order_alone_has_no_time_of_another_request() -> None:
    made = message(
        "ORU^R01", PID, "OBR|1|P1||GLU|||20260301080000||||||||||||||||||LAB", "OBX|1|NM|X||5.1",
        "ORC|RE|P2", "OBX|1|NM|Y||4.2",
    )  # fmt: skip
    y = next(o for o in of(made, "Observation") if o["code"]["coding"][0]["code"] == "Y")
    assert not {"effectiveDateTime", "category", "issued"} & set(y)


def test_a_vaccine_without_an_order_has_none_of_the_one_before_it() -> None:
    rxa = "RXA|0|1|20260301||{}^{}^CVX|0.5|mL"
    made = message(
        "VXU^V04", PID, "ORC|RE|P1|F1", rxa.format("08", "HepB"), rxa.format("03", "MMR")
    )
    first, second = of(made, "Immunization")
    assert [i["value"] for i in first["identifier"]] == ["P1", "F1"]
    assert "identifier" not in second


def test_a_specimen_does_not_fast_for_the_one_before_it() -> None:
    made = message(
        "OUL^R22", PID, "SPM|1|S1||BLD", "OBR|1|P1||GLU|||||||||F", "SPM|2|S2||BLD",
        "OBR|2|P2||K",
    )  # fmt: skip
    assert "fastingStatusCodeableConcept" not in str(of(made, "Specimen")[1])


def test_a_second_patient_has_no_visit_of_the_first() -> None:
    made = message(
        "ADT^A17", f"{PID}||||||||||A1", "PV1|1|I|||||||||||||||||V1",
        "PID|2||200^^^H^MR||Roe^Al", "DG1|1||I10^HT^I10",
    )  # fmt: skip
    (condition,) = of(made, "Condition")
    assert condition["subject"]["reference"] == "Patient/patient-200.Patient"
    assert "nothing-to-add-to DG1" not in found(made)


@pytest.mark.parametrize("kind", ["ORU^R01", "ZZZ^Z01"])
def test_the_results_of_a_second_patient_are_of_its_own_request(kind: str) -> None:
    made = message(
        kind, PID, "ORC|RE|P1|F1", "OBR|1|P1|F1|GLU|||20260301080000", "OBX|1|NM|X||5.1",
        "PID|2||200^^^H^MR||Roe^Al", "OBR|1|||K", "OBX|1|NM|Y||4.2",
    )  # fmt: skip
    _, report = of(made, "DiagnosticReport")
    assert "identifier" not in report
    assert "effectiveDateTime" not in of(made, "Observation")[1]


# -- specimens and their orders --------------------------------------------------------------------

BLOOD = ("SPM|1|S1||BLD", "ORC|NW|P1", "OBR|1|P1||GLU", "ORC|NW|P2", "OBR|2|P2||K")
URINE = ("SPM|2|S2||UR", "ORC|NW|P3", "OBR|3|P3||ALB")
OML = ["OML^O33", "OML^O35", "OML^O21", "OML^O39", "ORL^O34", "ORL^O36", "ORM^O01"]


def specimens(made: Translation) -> dict[str, list[str]]:
    """The specimens of each order, by their numbers."""
    return {
        _name(r): [_name(_known(made)[s["reference"]]) for s in r.get("specimen", [])]
        for r in of(made, "ServiceRequest")
    }


@pytest.mark.parametrize("kind", OML)
@pytest.mark.parametrize("behind_specimen", ["", "NTE|1||haemolytic", "SAC|||C1", "OBX|1|NM|V||5"])
@pytest.mark.parametrize("behind_request", ["", "NTE|1||soon", "OBX|1|ST|Q||fasting", "DG1|1||I10"])
def test_orders_are_of_the_specimen_they_follow(
    kind: str, behind_specimen: str, behind_request: str
) -> None:
    def written(group: Group) -> list[str]:
        more = {"SPM": behind_specimen, "OBR": behind_request}
        both = ((segment, more.get(segment[:3], "")) for segment in group)
        return [segment for pair in both for segment in pair if segment]

    made = message(kind, PID, *written(BLOOD), *written(URINE))
    assert specimens(made) == {"P1": ["S1"], "P2": ["S1"], "P3": ["S2"]}


@pytest.mark.parametrize("kind", OML)
def test_specimens_are_of_the_order_they_follow(kind: str) -> None:
    made = message(
        kind, PID, "ORC|NW|P1", "OBR|1|P1||GLU", "SPM|1|S1||BLD", "SPM|2|S2||BLD",
        "ORC|NW|P2", "OBR|2|P2||K", "ORC|NW|P3", "OBR|3|P3||ALB", "SPM|3|S3||UR",
    )  # fmt: skip
    assert specimens(made) == {"P1": ["S1", "S2"], "P2": [], "P3": ["S3"]}


@pytest.mark.parametrize("kind", OML)
def test_a_specimen_without_orders_has_none_of_the_next(kind: str) -> None:
    made = message(kind, PID, "SPM|1|S1||BLD", *URINE)
    assert specimens(made) == {"P3": ["S2"]}


@pytest.mark.parametrize("kind", ["OML^O33", "OML^O35", "OUL^R22", "OUL^R23"])
def test_what_is_observed_of_a_specimen_is_no_result_of_an_order(kind: str) -> None:
    made = message(
        kind, PID, "SPM|1|S1||BLD", "OBX|1|NM|V||5|mL", "ORC|NW|P1", "OBR|1|P1||GLU",
        "OBX|1|NM|X||5.1",
    )  # fmt: skip
    volume, _ = of(made, "Observation")
    assert volume["specimen"] == {"reference": "Specimen/patient-100.Specimen-S1"}
    others = of(made, "DiagnosticReport") + of(made, "ServiceRequest")
    assert f"Observation/{volume['id']}" not in str(others)


@pytest.mark.parametrize("kind", ["OUL^R22", "OUL^R23"])
@pytest.mark.parametrize("first", [as_written, swapped, results_first, order_last])
def test_results_with_the_specimen_behind_the_request_keep_it(
    kind: str, first: Callable[[Group], Group]
) -> None:
    made = message(kind, PID, *first(GLU), *first(POT))
    assert reports(made) == {
        "GLU": (["X"], ["P1+F1"], ["S1"]),
        "K": (["Y"], ["P2+F2"], ["S2"]),
    }


@pytest.mark.parametrize("kind", ["OUL^R22", "OUL^R23", "OUL^R24", "ORU^R01"])
def test_results_are_of_the_specimen_they_follow(kind: str) -> None:
    made = message(
        kind, PID, "SPM|1|S1||BLD", "OBR|1|P1||GLU", "ORC|RE|P1", "OBX|1|NM|X||5.1",
        "OBR|2|P2||K", "ORC|RE|P2", "OBX|1|NM|Y||4.2",
        "SPM|2|S2||UR", "OBR|3|P3||ALB", "ORC|RE|P3", "OBX|1|NM|Z||1",
    )  # fmt: skip
    assert reports(made) == {
        "GLU": (["X"], ["P1"], ["S1"]), "K": (["Y"], ["P2"], ["S1"]),
        "ALB": (["Z"], ["P3"], ["S2"]),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["OUL^R22", "OUL^R23"])
def test_a_result_names_the_specimen_it_follows(kind: str) -> None:
    made = message(
        kind, PID, "SPM|1|S1||BLD", "OBR|1|P1||GLU", "OBX|1|NM|X||5.1", "SPM|2|S2||UR",
        "OBR|2|P2||ALB", "OBX|1|NM|Z||1",
    )  # fmt: skip
    assert [o["specimen"]["reference"][-2:] for o in of(made, "Observation")] == ["S1", "S2"]


@pytest.mark.parametrize("kind", ["OUL^R22", "OUL^R24", "ORU^R01"])
def test_a_report_names_the_specimen_that_its_request_tells_of(kind: str) -> None:
    made = message(kind, PID, "OBR|1|P1||GLU|||||||||||BLD&Blood&HL70070", "OBX|1|NM|X||5.1")
    assert len(of(made, "Specimen")) == 1
    assert len(of(made, "DiagnosticReport")[0]["specimen"]) == 1


# -- what is observed of the patient ---------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ORU^R01", "OUL^R22", "OUL^R24", "OML^O21", "OML^O33", "ZZZ^Z01"])
@pytest.mark.parametrize("visit", [("PV1|1|I|||||||||||||||||V1",), ()])
def test_what_is_observed_of_the_patient_is_no_result(kind: str, visit: Group) -> None:
    specimen = ("SPM|1|S1||BLD",) if kind in ("OUL^R22", "OML^O33") else ()
    made = message(
        kind, PID, "OBX|1|NM|W||70|kg", "NTE|1||standing", *visit, "OBX|2|NM|H||180|cm", *specimen,
        "ORC|RE|P1", "OBR|1|P1||BC", "OBX|1|NM|X||5.1",
    )  # fmt: skip
    weight, height, result = of(made, "Observation")
    assert weight["note"] == [{"text": "standing"}]
    assert ("encounter" in height, "encounter" in result) == (bool(visit), bool(visit))
    others = str(of(made, "DiagnosticReport") + of(made, "ServiceRequest"))
    told = [f"Observation/{o['id']}" in others for o in (weight, height, result)]
    assert told == [False, False, True]


@pytest.mark.parametrize("kind", ["ORM^O01", "OML^O21", "OMG^O19", "ORU^R01"])
def test_a_request_without_an_order_takes_no_other_s(kind: str) -> None:
    made = message(
        kind, PID,
        "ORC|NW|P1", "OBR|1|P1||X^x^L", "OBR|2|P1b||B^b^L", "ORC|NW|P2", "OBR|3|P2||Y^y^L",
    )  # fmt: skip
    told = {_name(r): (r["code"]["text"], r["status"]) for r in of(made, "ServiceRequest")}
    assert told == {"P1": ("x", "active"), "P1b": ("b", "unknown"), "P2": ("y", "active")}


def test_a_late_segment_of_the_head_closes_no_group() -> None:
    """EVN behind PID: what is merged is still the patient before it."""
    late = message("ADT^A40", PID, "EVN|A40|20260301", "MRG|200^^^H^MR")
    assert late.merges == message("ADT^A40", "EVN|A40|20260301", PID, "MRG|200^^^H^MR").merges
    assert len(late.merges) == 1
    assert "no-patient-identifier MRG" not in found(late)
