"""Answers that name no patient: they find the order they are about, or wait for it."""

from __future__ import annotations

import pytest
from ingest_feed import Feed, hl7, register, sent

from consent.labels import labels_for
from gateway.ingest.arrival.replay import replay
from gateway.ingest.pipeline import Pipeline
from gateway.translator import Translator

PID = "PID|1||{}^^^TJH01^MR||Doe^Jo||19000101|M"
_SENT = iter(range(1, 10**6))


def order(placer="P1", filler="", *, patient="7", code="GLU", visit=""):
    return hl7(
        PID.format(patient), *([f"PV1|1|I|||||||||||||||||{visit}"] if visit else ()),
        f"ORC|NW|{placer}|{filler}", f"OBR|1|{placer}|{filler}|{code}",
        type_="ORM^O01", control_id=str(next(_SENT)),
    )  # fmt: skip


def answer(*segments, type_="ORR^O02"):
    return hl7("MSA|AA|1", *segments, type_=type_, control_id=str(next(_SENT)))


def statuses(tjh, type_="ServiceRequest"):
    """Return the state of every order, by its patient's and its own numbers."""
    patients = {one["id"]: one["identifier"][0]["value"] for one in tjh.resources("Patient")}
    return {
        (
            patients[one["subject"]["reference"].partition("/")[2]],
            *(each["value"] for each in one["identifier"]),
        ): one["status"]
        for one in tjh.resources(type_)
    }


def waiting(tjh):
    with tjh.store.read() as tx:
        return [entry.reason for entry in tx.spool.entries()]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("late", [True, False])
def test_an_answer_finds_its_order(tjh, together, late):
    first, second = order(), order("P2", patient="8")
    refused = answer("ORC|UA|P1|F1")
    messages = [refused, first, second] if late else [first, second, refused]
    if together:
        tjh(*messages)
    else:
        for message in messages:
            tjh(message)
    assert waiting(tjh) == []
    found = statuses(tjh)
    assert found.pop(("8", "P2")) == "active"
    assert list(found) == [("7", "P1", "F1")]
    assert list(found.values()) == ["revoked"]
    with tjh.store.read() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM order_wait").scalar_one() == 0
        assert len(tx.compartments.of_organisation("tjh")) == 2


def test_what_it_says_is_sealed_with_the_record(tjh):
    tjh(order())
    ((seq, _),) = [(placed.seq, placed) for placed in tjh(answer("ORC|OK|P1|F1"))]
    assert tjh.entry(seq).compartment == tjh.home("7")
    assert "patient-by-order" in tjh.findings(seq)


def test_the_filler_s_number_with_what_was_ordered_finds_it_too(tjh):
    tjh(order("P1", "F1"))
    tjh(answer("ORC|SC||F1||CM", "OBR|1||F1|GLU", type_="ORL^O22"))
    assert statuses(tjh) == {("7", "P1", "F1"): "completed"}
    assert waiting(tjh) == []


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        (("ORC|OK|P9",), "unknown-order"),
        (("ORC|OK|P1", "ORC|OK|P9"), "unknown-order"),  # one of them is known
        (("ORC|OK|P1", "ORC|OK|P2"), "unknown-order"),  # of two patients
        (("ORC|OK|P3",), "unknown-order"),  # a number of two patients
        (("ORC|OK|P1^OTHER",), "unknown-order"),
        (("ORC|OK|||G1",), "no-patient"),
        (("PV1|1|I", "ORC|OK|P1"), "no-patient"),
        (("ORC|OK|P1", "OBR|1|P1||GLU", "OBX|1|NM|GLU||5||||||F"), "no-patient"),
    ],
)
def test_nothing_is_written_where_there_is_doubt(tjh, segments, why):
    tjh(order("P1"), order("P2", patient="8"), order("P3"), order("P3", patient="8"))
    before = sorted(map(repr, tjh.resources()))
    tjh(answer(*segments))
    assert waiting(tjh) == [why]
    assert sorted(map(repr, tjh.resources())) == before


def test_it_waits_until_the_last_of_its_orders_is_known(tjh):
    tjh(answer("ORC|OK|P1|F1", "ORC|OK|P2|F2"), answer("ORC|CR|P1"))
    assert waiting(tjh) == ["unknown-order"] * 2
    tjh(order("P1"))
    assert waiting(tjh) == ["unknown-order"]
    tjh(order("P2", code="K"))
    assert waiting(tjh) == []
    assert sorted(statuses(tjh)) == [("7", "P1", "F1"), ("7", "P2", "F2")]


def test_what_an_answer_that_waited_stops_stays_stopped(tjh):
    drug = "RXE|^BID|A^x^L|1||TAB"
    new = hl7(PID.format("7"), "ORC|NW|P1", drug, type_="RDE^O11", control_id="new")
    tjh(answer("ORC|OD|P1|F1", drug, type_="RRE^O12"), new)
    assert waiting(tjh) == []
    assert statuses(tjh, "MedicationRequest") == {("7", "P1", "F1"): "stopped"}


@pytest.mark.parametrize("together", [True, False])
def test_an_answer_that_waited_is_heard_right_behind_its_order(tjh, together):
    """What was told of the order since then stands, though the answer is heard after that."""
    second = order("P2", code="K")
    held = hl7(PID.format("7"), "ORC|HR|P1", type_="ORR^O02", control_id="held", application="LIS")
    tjh(answer("ORC|UA|P1|F1", "ORC|OK|P2"))
    sent(tjh, [order("P1"), held, second], together)
    assert waiting(tjh) == []
    assert statuses(tjh) == {("7", "P1", "F1"): "on-hold", ("7", "P2"): "active"}


def test_it_is_not_told_twice_when_it_is_replayed(tjh):
    tjh(answer("ORC|OK|P1|F1"))
    assert replay(tjh.store) == (1, 0)
    tjh.worker.drain()
    assert waiting(tjh) == ["unknown-order"]
    tjh(order("P1"))
    assert waiting(tjh) == []
    assert list(statuses(tjh)) == [("7", "P1", "F1")]


def test_an_order_is_known_to_its_own_source_alone(store):
    translator = Translator()
    for id_, facility in (("tjh", "TJH01"), ("bjh", "BJH01")):
        register(store, id_, facility)
    feed = Feed(store, Pipeline(translator.of_feed, translator.valid, labels_for))
    feed(order("P1"), answer("ORC|UA|P1").replace(b"TJH01", b"BJH01"))
    assert statuses(feed) == {("7", "P1"): "active"}
    assert waiting(feed) == ["unknown-order"]


def test_it_follows_an_order_that_has_moved(tjh):
    tjh(order("P1", visit="V1"), order("P2", patient="8"))
    tjh(hl7(
        PID.format("8"), "MRG|7^^^TJH01^MR||||V1", "PV1|1|I|||||||||||||||||V1",
        type_="ADT^A45", control_id="moved",
    ))  # fmt: skip
    tjh(answer("ORC|UA|P1"))
    assert waiting(tjh) == []
    assert statuses(tjh) == {("8", "P1"): "revoked", ("8", "P2"): "active"}


def test_an_erased_record_has_no_orders(tjh):
    tjh(order("P1"))
    with tjh.store.begin() as tx:
        tx.compartments.destroy(tjh.home("7"))
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM order_home").scalar_one() == 0
    tjh(answer("ORC|OK|P1"))
    assert waiting(tjh) == ["unknown-order"]


@pytest.mark.parametrize(
    ("answered", "detail", "what", "status"),
    [
        ("RRE^O12", (), "MedicationRequest", "cancelled"),
        ("RRG^O16", (), "MedicationRequest", "cancelled"),
        ("RRE^O12", ("RXE||MET^Metformin|1||TAB",), "MedicationRequest", "cancelled"),
        ("ORG^O20", ("OBR|1|R1||GLU",), "ServiceRequest", "revoked"),
        ("ORL^O34", ("SPM|1|S1||BLD", "OBR|1|R1||GLU"), "ServiceRequest", "revoked"),
        ("OMG^O19", ("OBR|1|R1||GLU",), "ServiceRequest", "revoked"),
    ],
)
def test_answers_of_every_kind(tjh, answered, detail, what, status):
    if what == "ServiceRequest":
        tjh(order("R1"))
    else:
        tjh(hl7(PID.format("7"), "ORC|NW|R1", "RXE||MET^Metformin|1||TAB", "RXR|PO",
                type_="RDE^O11", control_id="ordered"))  # fmt: skip
    tjh(answer("ORC|UA|R1", *detail, type_=answered))
    assert waiting(tjh) == []
    assert statuses(tjh, what) == {("7", "R1"): status}
    whose = {f"Patient/{tjh.patient('7')['id']}"}
    found = tjh.resources("Specimen") + tjh.resources("Medication") + tjh.resources(what)
    assert {one["subject"]["reference"] for one in found if "subject" in one} == whose


def test_the_parent_of_a_sample_is_found_with_its_order(tjh):
    tjh(order("R1"))
    tjh(answer("SPM|1|S2|S1|SER", "ORC|SC|R1", "OBR|1|R1||GLU", type_="ORL^O34"))
    assert waiting(tjh) == []
    whose = {f"Patient/{tjh.patient('7')['id']}"}
    samples = tjh.resources("Specimen")
    assert {one["subject"]["reference"] for one in samples} == whose
    child, parent = sorted(samples, key=lambda one: "parent" not in one)
    assert child["parent"] == [{"reference": f"Specimen/{parent['id']}"}]


def test_a_diet_is_found_as_well(tjh):
    tjh(hl7(PID.format("7"), "ORC|NW|D1", "ODS|D||SOFT^Soft^L", type_="OMD^O03", control_id="diet"))
    tjh(answer("ORC|UA|D1", "ODS|D||SOFT^Soft^L", type_="ORD^O04"))
    (diet,) = tjh.resources("NutritionOrder")
    assert diet["status"] == "revoked"
    assert waiting(tjh) == []


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("type_", ["ORM^O01", "ORR^O02"])
def test_a_diet_is_found_by_its_number_alone(tjh, type_, named):
    tjh(hl7(PID.format("7"), "ORC|NW|D1", "ODS|D||SOFT^Soft^L", type_="OMD^O03", control_id="diet"))
    tjh(order("P1"))
    segments = (PID.format("7"),) if named else ()
    tjh(answer(*segments, "ORC|UA|D1", "ORC|UA|P1", type_=type_))
    (diet,) = tjh.resources("NutritionOrder")
    assert diet["status"] == "revoked"
    assert "oralDiet" in diet
    assert statuses(tjh) == {("7", "P1"): "revoked"}
    assert tjh.resources("MedicationRequest") == []


@pytest.mark.parametrize("named", [True, False])
def test_what_is_no_diet_is_found_by_its_number_alone(tjh, named):
    tjh(order("P1"), drug("R1"))
    segments = (PID.format("7"),) if named else ()
    tjh(answer(*segments, "ORC|UA|P1", "ORC|UA|R1", type_="ORD^O04"))
    assert statuses(tjh) == {("7", "P1"): "revoked"}
    assert statuses(tjh, "MedicationRequest") == {("7", "R1"): "cancelled"}
    assert tjh.resources("NutritionOrder") == []


def test_of_merged_records_it_is_the_one_that_survived(tjh):
    tjh(order("P1", patient="8"), order("P1"))
    tjh(hl7(PID.format("7"), "MRG|8^^^TJH01^MR", type_="ADT^A40", control_id="merged"))
    tjh(answer("ORC|UA|P1"))
    assert waiting(tjh) == []
    assert statuses(tjh) == {("7", "P1"): "revoked"}


def drug(number="R1", patient="7"):
    return hl7(
        PID.format(patient), f"ORC|NW|{number}", "RXE||MET^Metformin|1||TAB", "RXR|PO",
        type_="RDE^O11", control_id=str(next(_SENT)),
    )  # fmt: skip


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("late", [True, False])
def test_an_answer_about_a_drug_finds_the_drug(tjh, named, together, late):
    segments = (PID.format("7"),) if named else ()
    refused = answer(*segments, "ORC|UA|R1", "ORC|UA|P1")
    messages = [drug(), order("P1"), refused]
    if late and not named:
        messages.insert(0, messages.pop())
    if together:
        tjh(*messages)
    else:
        for message in messages:
            tjh(message)
    assert waiting(tjh) == []
    assert statuses(tjh, "MedicationRequest") == {("7", "R1"): "cancelled"}
    assert statuses(tjh) == {("7", "P1"): "revoked"}
    (request,) = tjh.resources("MedicationRequest")
    assert request["medicationCodeableConcept"]["text"] == "Metformin"


def test_an_answer_about_a_service_finds_the_service(tjh):
    tjh(order("R1"))
    tjh(answer("ORC|UA|R1", type_="RRE^O12"))
    assert statuses(tjh) == {("7", "R1"): "revoked"}
    assert tjh.resources("MedicationRequest") == []


def test_a_number_of_both_kinds_is_of_the_one_that_the_message_speaks_of(tjh):
    tjh(order("R1"), drug("R1"))
    tjh(answer("ORC|UA|R1"))
    assert statuses(tjh) == {("7", "R1"): "revoked"}
    assert statuses(tjh, "MedicationRequest") == {("7", "R1"): "active"}
    tjh(answer("ORC|UA|R1", type_="RRE^O12"))
    assert statuses(tjh, "MedicationRequest") == {("7", "R1"): "cancelled"}


def test_another_patient_s_drug_of_that_number_tells_nothing(tjh):
    tjh(drug("R1", patient="8"))
    tjh(answer(PID.format("7"), "ORC|UA|R1"))
    assert statuses(tjh, "MedicationRequest") == {("8", "R1"): "active"}
    assert statuses(tjh) == {("7", "R1"): "revoked"}
