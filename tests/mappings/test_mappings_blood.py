"""Blood: ordered (BPO), transfused (BTX; HL7 v2.9, 4.14)."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, of, one


def of_fields(name: str, **fields: str) -> str:
    """A segment with the fields given: ``f2`` is its second."""
    numbered = {int(key[1:]): text for key, text in fields.items()}
    return "|".join([name, *(numbered.get(n, "") for n in range(1, max(numbered) + 1))])


BPO = of_fields(
    "BPO", f1="1", f2="RBC^Red cells^L", f3="IRR^irradiated^L", f4="2", f7="20260302",
    f13="D64.9^Anaemia^I10",
)  # fmt: skip
BTX = {
    "f1": "1", "f2": "G1234^BB", "f3": "E0382^Red cells^ISBT128", "f9": "280", "f10": "mL",
    "f11": "TX", "f12": "F", "f13": "20260302120000", "f14": "N01^Nurse^Nel",
    "f15": "N02^Nurse^Ned", "f16": "20260302090000", "f17": "20260302113000",
}  # fmt: skip


def transfused(**fields: str) -> tuple[JSON, JSON, JSON, list[str]]:
    """The order, the transfusion, the bag, and what is found."""
    segment = of_fields("BTX", **{**BTX, **fields})
    made = message("BTS^O31", PID, "ORC|RE|P1^HIS|F1^BB", BPO, segment, "NTE|1||slowly")
    return *(one(made, t) for t in ("ServiceRequest", "Procedure", "Medication")), found(made)  # type: ignore[return-value]


def test_that_it_is_a_transfusion_can_be_read() -> None:
    _, procedure, *_ = transfused()
    assert procedure["code"]["text"] == "transfusion of a blood product"
    assert [each["code"] for each in procedure["code"]["coding"]] == ["116859006"]


@pytest.mark.parametrize("kind", ["OMB^O27", "ORB^O28", "BPS^O29"])
def test_blood_that_is_ordered_is_a_service_and_no_drug(kind: str) -> None:
    made = message(kind, PID, "ORC|NW|P1^HIS", BPO, "NTE|1||warm it")
    order = one(made, "ServiceRequest")
    assert of(made, "MedicationRequest") == []
    assert (order["status"], order["code"]["text"], order["quantityQuantity"]["value"]) == (
        "active", "Red cells", 2,
    )  # fmt: skip
    assert order["orderDetail"][0]["text"] == "irradiated"
    assert order["occurrenceDateTime"] == "2026-03-02"
    assert order["reasonCode"][0]["text"] == "Anaemia"
    assert [note["text"] for note in order["note"]] == ["warm it"]
    assert found(made) == []


def test_an_amount_of_blood_is_ordered_where_no_number_of_bags_is() -> None:
    made = message("OMB^O27", PID, "ORC|NW|P1", "BPO|1|RBC^Red cells^L|||400|mL")
    assert one(made, "ServiceRequest")["quantityQuantity"]["code"] == "mL"


def test_a_transfusion_is_a_procedure_and_names_its_bag() -> None:
    order, transfusion, bag, findings = transfused(f18="FEV^Fever^L")
    assert transfusion["basedOn"] == [{"reference": f"ServiceRequest/{order['id']}"}]
    assert transfusion["usedReference"] == [{"reference": f"Medication/{bag['id']}"}]
    assert transfusion["status"] == "completed"
    assert transfusion["performedPeriod"] == {
        "start": "2026-03-02T09:00:00+08:00", "end": "2026-03-02T11:30:00+08:00",
    }  # fmt: skip
    assert [each["actor"]["display"] for each in transfusion["performer"]] == [
        "Nel Nurse", "Ned Nurse",
    ]  # fmt: skip
    assert transfusion["complication"][0]["text"] == "Fever"
    assert [note["text"] for note in transfusion["note"]] == ["slowly"]
    assert bag["identifier"][0]["value"] == "G1234"
    assert (bag["code"]["text"], bag["amount"]["numerator"]["value"]) == ("Red cells", 280)
    assert {each for each in findings if "BTX" in each} <= {"not-applicable BTX-13"}


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"f11": "TR"}, "completed"), ({"f11": "WA", "f19": "BRK^Broken^L"}, "not-done"),
     ({"f12": "D"}, "entered-in-error"), ({"f11": ""}, "unknown")],
)  # fmt: skip
def test_what_became_of_a_bag(fields: dict[str, str], status: str) -> None:
    _, transfusion, _, _ = transfused(**fields)
    assert transfusion["status"] == status
    assert ("statusReason" in transfusion) is ("f19" in fields)


def test_each_bag_is_a_transfusion_of_its_own_however_often_it_is_told() -> None:
    ids = [transfused(f2=number)[1]["id"] for number in ("G1^BB", "G2^BB", "G1^BB")]
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize("word", ["无", "-"])
def test_no_reaction_is_no_complication(word: str) -> None:
    """It was a complication called none."""
    _, transfusion, _, findings = transfused(f18=word)
    assert "complication" not in transfusion
    assert "filler BTX-18" in findings
