"""A result finds the one that it belongs to (OBR-26), in whichever message and order that comes."""

from __future__ import annotations

import pytest
from ingest_feed import hl7

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
_SENT = iter(range(1, 10**6))


def oru(*segments, pid=PID):
    return hl7(pid, *segments, type_="ORU^R01", control_id=str(next(_SENT)), version="2.5.1")


def culture(filler="F1", *, status="F", sub_ids=("1", "2"), pid=PID):
    organisms = [
        f"OBX|{n}|CWE|600-7^Bacteria^LN|{n}|X{n}^Organism {n}^L||||||{status}" for n in sub_ids
    ]
    return oru(f"OBR|1|P{filler}|{filler}|MIC^Culture^L", *organisms, pid=pid)


def susceptibility(sub_id="2", parent="PF1^F1", *, filler="F2", value="<=^0.25", status="F"):
    obr = f"OBR|1||{filler}|SUS^Susceptibility^L{'|' * 21}F|600-7&Bacteria&LN^{sub_id}^X"
    return oru(f"{obr}|||{parent}", f"OBX|1|SN|18906-8^Cipro^LN||{value}|ug/mL|||||{status}")


def organisms(tjh, home=""):
    """The ids of organisms by their sub-id."""
    found = {}
    for one in tjh.resources("Observation"):
        if one["id"].startswith(home) and "valueCodeableConcept" in one:
            found[one["valueCodeableConcept"]["text"][-1]] = one["id"]
    return found


def parent(tjh):
    """What the susceptibility refers to, and what it calls that."""
    (test,) = (o for o in tjh.resources("Observation") if "valueCodeableConcept" not in o)
    (named,) = test["derivedFrom"]
    return named.get("reference", "").partition("/")[2], named.get("display")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("first", ["culture", "susceptibility"])
@pytest.mark.parametrize("order", ["PF1^F1", "^F1", "PF1", "^F1&TJH01"])
def test_a_result_finds_its_parent_in_either_order(tjh, first, together, order):
    messages = [culture(), susceptibility(parent=order)]
    if first == "susceptibility":
        messages.reverse()
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    assert parent(tjh) == (organisms(tjh)["2"], "Bacteria: X")


@pytest.mark.parametrize("first", ["culture", "susceptibility"])
def test_it_is_still_found_when_either_is_corrected(tjh, first):
    messages = [culture(), susceptibility()]
    if first == "susceptibility":
        messages.reverse()
    for message in messages:
        tjh(message)
    tjh(culture(status="C"))
    assert parent(tjh)[0] == organisms(tjh)["2"]
    tjh(susceptibility(value=">^8", status="C"))
    assert parent(tjh)[0] == organisms(tjh)["2"]


def test_an_order_that_is_not_named_is_the_results_own(tjh):
    tjh(susceptibility(parent="", filler="F1"), culture())
    assert parent(tjh)[0] == organisms(tjh)["2"]


@pytest.mark.parametrize("first", ["culture", "susceptibility"])
@pytest.mark.parametrize(("said", "named"), [("|F1", "PF1"), ("PF1|", "^F1")])
def test_the_order_knows_both_numbers_where_its_report_tells_one(tjh, said, named, first):
    order = hl7(
        PID, "ORC|NW|PF1|F1", "OBR|1|PF1|F1|MIC^Culture^L", type_="OML^O21", control_id="o",
        version="2.5.1",
    )  # fmt: skip
    messages = [
        oru(f"OBR|1|{said}|MIC^Culture^L", "OBX|1|CWE|600-7^Bacteria^LN|2|A^Organism 2^L||||||F"),
        susceptibility(parent=named),
    ]
    tjh(order, *messages if first == "culture" else reversed(messages))
    assert parent(tjh) == (organisms(tjh)["2"], "Bacteria: X")


def test_so_does_an_order_that_a_report_tells_beside_its_parts(tjh):
    tjh(hl7(PID, "ORC|NW|P1|F1", "OBR|1|P1|F1|MIC", type_="OML^O21", control_id="o"))
    tjh(oru("OBR|1||F1|MIC", "OBX|1|ST|A||1||||||F",
            f"OBR|2|P2|F2|SUS{'|' * 25}P1", "OBX|1|ST|B||1||||||F"))  # fmt: skip
    ids = {one["code"]["coding"][0]["code"]: one for one in tjh.resources("ServiceRequest")}
    (whole,) = ids["SUS"]["basedOn"]
    assert whole["reference"] == f"ServiceRequest/{ids['MIC']['id']}"


def test_several_tests_await_one_culture(tjh):
    tjh(susceptibility("1", filler="F2"), susceptibility("2", filler="F3"))
    tjh(culture())
    tests = [o for o in tjh.resources("Observation") if "valueCodeableConcept" not in o]
    named = {test["derivedFrom"][0]["reference"].partition("/")[2] for test in tests}
    assert named == set(organisms(tjh).values())


@pytest.mark.parametrize(
    "other",
    [
        culture("F9"),  # of another order
        culture(sub_ids=("1",)),  # without that sub-id
        culture(pid=PID.replace("7^^^", "8^^^")),  # of another patient
    ],
)
@pytest.mark.parametrize("first", ["culture", "susceptibility"])
def test_what_is_another_one_is_no_parent(tjh, other, first):
    messages = [other, susceptibility()]
    for message in messages if first == "culture" else reversed(messages):
        tjh(message)
    assert parent(tjh) == ("", "Bacteria: X")


@pytest.mark.parametrize("first", ["culture", "susceptibility"])
def test_of_several_that_it_may_be_none_is_the_parent(tjh, first):
    again = oru(
        "OBR|1|PF1|F1|MIC^Culture^L", "OBX|1|CWE|600-7^Bacteria^LN|2|A^Aa^L||||||F",
        "OBR|2|PF1|F1|MIC2^Other^L", "OBX|1|CWE|600-7^Bacteria^LN|2|B^Bb^L||||||F",
    )  # fmt: skip
    messages = [again, susceptibility()]
    for message in messages if first == "culture" else reversed(messages):
        tjh(message)
    assert len(organisms(tjh)) == 2
    (test,) = (o for o in tjh.resources("Observation") if "valueCodeableConcept" not in o)
    assert "reference" not in test["derivedFrom"][0]


def test_a_parent_that_is_replayed_is_found_too(tjh):
    (late,) = tjh.accept(culture())
    with tjh.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE spool SET state = 'quarantined'")
    tjh(susceptibility())
    with tjh.store.begin() as tx:
        tx.connection.exec_driver_sql(f"UPDATE spool SET state = 'pending' WHERE seq = {late.seq}")
    tjh.worker.drain()
    assert parent(tjh) == (organisms(tjh)["2"], "Bacteria: X")
