"""What is prescribed stays apart from what is given of it, over several messages."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
_SENT = count(1)


def pharmacy(type_, *segments):
    return hl7(PID, *segments, type_=type_, control_id=str(next(_SENT)), version="2.5.1")


def test_a_drug_to_be_given_once_leaves_the_prescription_as_it_is(tjh):
    tjh(pharmacy("RDE^O11", "ORC|NW|P1", "TQ1|1||Q6H", "RXE||A^Amox^L|250||mg", "RXR|PO"))
    (before,) = tjh.resources("MedicationRequest")
    for number, hour in ((1, "08"), (2, "14"), (2, "14")):
        rxg = f"RXG|{number}|1|^^^20260301{hour}0000|A^Amox^L|500||mg"
        tjh(pharmacy("RGV^O15", "ORC|RE|P1", rxg))
    found = tjh.resources("MedicationRequest")
    (after,) = (one for one in found if one["intent"] != "instance-order")
    for element in ("dosageInstruction", "intent", "status", "medicationCodeableConcept"):
        assert after[element] == before[element]
    gives = [one for one in found if one["intent"] == "instance-order"]
    times = [one["dosageInstruction"][0]["timing"]["event"][0][11:13] for one in gives]
    assert sorted(times) == ["08", "14"]
    assert [one["basedOn"][0]["reference"] for one in gives] == [
        f"MedicationRequest/{after['id']}"
    ] * 2


def test_what_is_given_of_two_orders_at_one_time_stays_apart(tjh):
    for _ in range(2):
        for number, amount, route in (("P1", 500, "IV"), ("P2", 250, "PO")):
            tjh(pharmacy("RAS^O17", f"ORC|RE|{number}", "RXA|0|1|20260301090000||NS^Saline^L|"
                          f"{amount}|mL", f"RXR|{route}"))  # fmt: skip
    given = tjh.resources("MedicationAdministration")
    assert sorted(
        (one["dosage"]["dose"]["value"], one["identifier"][0]["value"]) for one in given
    ) == [(250, "P2"), (500, "P1")]


def test_refused_vaccines_under_one_number_stay_apart(tjh):
    for day, vaccine in (("20260301", "20"), ("20260601", "03"), ("20260301", "20")):
        rxa = f"RXA|0|1|{day}||{vaccine}^^CVX|999{'|' * 14}RE"
        tjh(pharmacy("VXU^V04", "ORC|RE||9999^DCS", rxa))
    refused = tjh.resources("Immunization")
    assert sorted(one["vaccineCode"]["coding"][0]["code"] for one in refused) == ["03", "20"]


def test_drugs_of_one_prescription_stay_apart(tjh):
    for number, drug in (("YZ1", "A^Amox^L"), ("YZ2", "B^Ibu^L"), ("", "C^Ome^L"), ("", "D^Vit^L")):
        orders = f"ORC|NW|{number}"
        tjh(pharmacy("RDE^O11", orders, f"RXE||{drug}|1||TAB||||||||||CF001"))
        tjh(pharmacy("RDS^O13", orders, f"RXD|1|{drug}|20260301|10|TAB||CF001"))
    for type_ in ("MedicationRequest", "MedicationDispense"):
        found = tjh.resources(type_)
        codes = [one["medicationCodeableConcept"]["coding"][0]["code"] for one in found]
        assert sorted(codes) == ["A", "B", "C", "D"]
    tjh(pharmacy("RDE^O11", "ORC|CA", "RXE||D^Vit^L|1||TAB||||||||||CF001"))
    states = {
        one["medicationCodeableConcept"]["coding"][0]["code"]: one["status"]
        for one in tjh.resources("MedicationRequest")
    }
    assert states == {"A": "active", "B": "active", "C": "active", "D": "cancelled"}


AMOX = "A^Amox^L"
RXE, RXR = f"RXE||{AMOX}|250||mg", "RXR|PO"


def rxg(number, hour):
    return f"RXG|{number}|1|^^^20260301{hour}0000|{AMOX}|500||mg"


def states(tjh, type_="MedicationRequest"):
    return sorted((one.get("intent", ""), one["status"]) for one in tjh.resources(type_))


@pytest.mark.parametrize("control", ["CA", "OC", "CR"])
@pytest.mark.parametrize("said", [[], ["RXD|1|A^Amox^L|20260301|20|TAB"]])
def test_what_is_cancelled_was_not_given_out(tjh, control, said):
    rxd = "RXD|1|A^Amox^L|20260301|20|TAB"
    tjh(pharmacy("RDE^O11", "ORC|NW|P1", RXE, RXR), pharmacy("RDS^O13", "ORC|RE|P1", rxd))
    assert states(tjh, "MedicationDispense") == [("", "completed")]
    tjh(pharmacy("RDS^O13", f"ORC|{control}|P1", *said))
    assert states(tjh) == [("order", "cancelled")]
    # What was handed over is only taken back by itself.
    assert states(tjh, "MedicationDispense") == [("", "cancelled" if said else "completed")]
    tjh(pharmacy("RDS^O13", "ORC|RE|P1", rxd))
    assert states(tjh, "MedicationDispense") == [("", "completed")]


@pytest.mark.parametrize(
    ("type_", "said", "state"),
    [("RDE^O11", ["ORC|CA|P1", RXE, RXR], "cancelled"), ("RGV^O15", ["ORC|CA|P1"], "cancelled"),
     ("RGV^O15", ["ORC|OC|P1", rxg(2, "14")], "cancelled"), ("RDE^O11", ["ORC|DC|P1"], "stopped")],
)  # fmt: skip
@pytest.mark.parametrize("together", [True, False])
def test_what_was_to_be_given_of_a_prescription_ends_with_it(tjh, type_, said, state, together):
    sent(tjh, [
        pharmacy("RDE^O11", "ORC|NW|P1", RXE, RXR), pharmacy("RDE^O11", "ORC|NW|P2", RXE, RXR),
        pharmacy("RGV^O15", "ORC|RE|P1", rxg(1, "08"), rxg(2, "14")),
        pharmacy("RGV^O15", "ORC|RE|P2", rxg(1, "08")),
        pharmacy(type_, *said),
    ], together)  # fmt: skip
    others = [("instance-order", "active"), ("order", "active")]
    mine = [("instance-order", state), ("instance-order", state), ("order", state)]
    assert states(tjh) == sorted([*others, *mine])


def test_what_cannot_be_cancelled_is_to_be_given_as_before(tjh):
    for type_, *said in (("RDE^O11", "ORC|NW|P1", RXE, RXR), ("RGV^O15", "ORC|RE|P1", rxg(1, "08")),
                         ("RDE^O11", "ORC|CA|P1"), ("RRE^O12", "ORC|UC|P1")):  # fmt: skip
        tjh(pharmacy(type_, *said))
    assert states(tjh) == [("instance-order", "active"), ("order", "active")]
