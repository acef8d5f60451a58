import asyncio
import time

import orjson
import pytest
from ingest_feed import MAN, hl7, pid, register
from sqlalchemy.exc import OperationalError

from gateway.ingest import worker as working
from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.findings import CODES, dump, finding, load
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.sources import Sender
from gateway.ingest.worker import Worker
from gateway.keys import KeyringError
from gateway.store import Outcome


def codes(resources):
    return sorted(resource["resourceType"] for resource in resources)


def test_a_message_becomes_a_record(feed):
    (receipt,) = feed(hl7(pid("7"), "PV1|1|O||||||||||||||||||V1", "OBX|1|ST|GLU||8.2"))
    assert codes(feed.resources()) == ["Encounter", "Observation", "Patient"]
    assert codes(feed.resources(kind="directory")) == ["Practitioner"]
    entry = feed.entry(receipt.seq)
    assert (entry.state, entry.compartment) == ("done", feed.home("7"))
    with feed.store.read() as tx:
        assert tx.spool.raw(tx.spool.get(receipt.seq)).startswith(b"MSH")
        (row,) = tx.resources.rows([feed.home("7")], ["Observation"])
        assert (row.owner, row.spool_seq, row.labels) == ("tjh", receipt.seq, "R")
    assert feed.counted == {"applied": 1, "quarantined": 0}


def test_the_same_said_again_makes_no_version(feed):
    feed(hl7(pid("7"), "OBX|1|ST|GLU||8.2"))
    feed(hl7(pid("7"), "OBX|1|ST|GLU||8.2", control_id="2"))
    assert [one["meta"]["versionId"] for one in feed.resources()] == ["1", "1"]
    feed(hl7(pid("7"), "OBX|1|ST|GLU||8.3", control_id="3"))
    feed(hl7(pid("7"), "OBX|1|ST|GLU||8.3||||||entered-in-error", control_id="4"))
    observation, patient = feed.resources()
    assert (observation["meta"]["versionId"], observation["status"]) == ("3", "entered-in-error")
    assert patient["meta"]["versionId"] == "1"


def test_empty_leaves_and_null_deletes(feed):
    feed(hl7(pid("7", born="1900-01-01", sex="male")), hl7(pid("7", name="", sex="female")))
    patient = feed.patient("7")
    assert (patient["birthDate"], patient["gender"]) == ("1900-01-01", "female")
    assert patient["name"] == [{"text": "测试甲"}]
    feed(hl7(pid("7", born='""'), control_id="2"))
    assert "birthDate" not in feed.patient("7")


def test_numbers_keep_their_digits_through_updates(feed):
    visit = "PV1|{}|O||||||||||||||||||V1".format
    feed(hl7(pid("7"), visit("length 2.5")), hl7(pid("7"), visit("length 2.50"), control_id="2"))
    feed(hl7(pid("7"), visit(""), control_id="3"))
    with feed.store.read() as tx:
        (row,) = tx.resources.rows([feed.home("7")], ["Encounter"])
        assert b'"length":{"value":2.50}' in tx.resources.body(row)


def test_several_messages_of_a_patient_in_one_batch(feed):
    feed(*(hl7(pid("7", name=f"甲{number}"), control_id=str(number)) for number in range(5)))
    assert feed.patient("7")["meta"]["versionId"] == "5"
    with feed.store.read() as tx:
        rows = tx.resources.history("Patient", feed.patient("7")["id"])
        names = [orjson.loads(body)["name"][0]["text"] for body in tx.resources.bodies(rows)]
    assert names == ["甲4", "甲3", "甲2", "甲1", "甲0"]


def test_poison_blocks_nobody_and_says_nothing_of_the_patient(feed):
    receipts = feed(
        hl7(pid("1")),
        hl7(pid("2"), "BOOM|张三", control_id="2"),
        hl7(pid("3"), "REJ", control_id="3"),
        hl7(pid("4"), control_id="4"),
    )
    assert [feed.entry(receipt.seq).state for receipt in receipts] == [
        "done", "quarantined", "quarantined", "done",
    ]  # fmt: skip
    assert [feed.entry(receipt.seq).reason for receipt in receipts[1:3]] == [
        "internal-error", "unsupported-message",
    ]  # fmt: skip
    with feed.store.read() as tx:
        found = load(tx.spool.findings(tx.spool.get(receipts[1].seq)))
    assert found == [
        {"severity": "error", "code": "internal-error", "location": "message",
         "detail": "RuntimeError", "text": CODES["internal-error"]},
    ]  # fmt: skip
    assert feed.counted == {"applied": 2, "quarantined": 2}


def test_a_message_that_fails_when_it_is_applied_fails_alone(feed, pipeline):
    def labels(resource, source):
        if resource.get("valueString") == "boom":
            raise RuntimeError
        return frozenset("N")

    feed.worker = Worker(feed.store, Pipeline(pipeline.translate, pipeline.valid, labels))
    receipts = feed(*(hl7(pid(v), f"OBX|1|ST|G||{v}") for v in ("a", "boom", "c")))
    assert [feed.entry(receipt.seq).state for receipt in receipts] == [
        "done",
        "quarantined",
        "done",
    ]
    assert len(feed.resources("Observation")) == 2


@pytest.mark.parametrize("together", [True, False])
def test_a_message_that_makes_what_is_not_fhir_is_put_aside_whole(feed, together):
    messages = [hl7(pid("6")), hl7(pid("7"), "OBX|1|ST|G||x||||||nonsense"), hl7(pid("8"))]
    receipts = feed(*messages) if together else [feed(one)[0] for one in messages]
    assert codes(feed.resources()) == ["Patient", "Patient"]
    assert feed.entry(receipts[1].seq).reason == "invalid-resource"
    assert feed.findings(receipts[1].seq)[0] == "invalid-resource"


def test_a_control_id_used_twice_is_told(feed):
    first, second = feed(hl7(pid("7")), hl7(pid("8")))
    assert feed.findings(first.seq) == []
    assert feed.findings(second.seq) == ["reused-control-id"]


def test_an_erased_record_takes_nothing_more(feed):
    (first,) = feed(hl7(pid("7")))
    home = feed.home("7")
    with feed.store.begin() as tx:
        tx.compartments.destroy(home)
    receipt, other = feed(hl7(pid("7"), control_id="2"), hl7(pid("8"), control_id="3"))
    assert feed.entry(receipt.seq).reason == "record-erased"
    assert feed.entry(other.seq).state == "done"
    assert feed.resources("Patient") == [feed.patient("8")]
    with feed.store.begin() as tx:
        entry = feed.entry(first.seq)._replace(state="quarantined")
        tx.connection.exec_driver_sql(f"UPDATE spool SET state='pending' WHERE seq={entry.seq}")
    feed.worker.drain()
    assert feed.entry(first.seq).reason == "record-erased"


def test_a_message_of_a_source_no_longer_registered(feed):
    (receipt,) = feed.accept(hl7(pid("7")))
    with feed.store.begin() as tx:
        tx.connection.exec_driver_sql("DELETE FROM source WHERE organisation = 'tjh'")
    feed.worker.drain()
    assert feed.entry(receipt.seq).reason == "unknown-source"


def test_a_message_that_cannot_be_decoded_any_more(feed):
    (receipt,) = feed.accept(hl7(pid("7", name="葉弢")))
    with feed.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE spool SET charset = 'ISO IR87'")
    feed.worker.drain()
    assert feed.entry(receipt.seq).reason == "undecodable"


def test_a_later_message_is_not_undone_by_a_replayed_one(feed):
    early = hl7(pid("7", name="早", sex="male"), "OBX|1|ST|G||early", "BOOM")
    (receipt,) = feed(early)
    feed(hl7(pid("7", name="晚"), "OBX|1|ST|G||late", control_id="2"))

    def mended(source, content, ids):
        content = content._replace(text=content.text.replace("BOOM", ""))
        return pipeline.translate(source, content, ids)

    pipeline = feed.worker._pipeline
    feed.worker._pipeline = Pipeline(mended, pipeline.valid, pipeline.labels)
    with feed.store.begin() as tx:
        tx.spool.requeue(feed.entry(receipt.seq))
    feed.worker.drain()
    patient, (observation,) = feed.patient("7"), feed.resources("Observation")
    assert (patient["name"], patient["gender"]) == ([{"text": "晚"}], "male")
    assert observation["valueString"] == "late"
    assert feed.findings(receipt.seq) == ["superseded", "superseded"]


def test_another_worker_was_faster(feed, monkeypatch):
    (receipt,) = feed.accept(hl7(pid("7")))
    apply = working.apply

    def late(tx, pipeline, batch):
        tx.spool.settle([Outcome(receipt.seq, "done", None, None, None, None)])
        apply(tx, pipeline, batch)

    monkeypatch.setattr(working, "apply", late)
    assert feed.worker.step() == 1
    assert feed.entry(receipt.seq).state == "pending"
    monkeypatch.undo()
    feed.worker.drain()
    assert feed.entry(receipt.seq).state == "done"


def test_what_fails_before_a_message_is_applied_is_its_own(feed, monkeypatch):
    def failing(keys, source, translation, received):
        if translation.made[0].resource["identifier"][0]["value"] == "2":
            raise RuntimeError
        return

    monkeypatch.setattr(working, "sent", failing)
    receipts = feed(*(hl7(pid(n), control_id=n) for n in "123"))
    states = [feed.entry(receipt.seq).state for receipt in receipts]
    assert states == ["done", "quarantined", "done"]


@pytest.mark.parametrize(
    ("room", "fault"),
    [
        ("_apply", OperationalError("", {}, Exception())),
        ("_apply", KeyringError("away")),
        ("step", RuntimeError()),
    ],
)
def test_the_worker_outlives_what_fails_around_its_messages(feed, monkeypatch, room, fault):
    work, calls = getattr(feed.worker, room), []

    def failing_at_first(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise fault
        return work(*arguments)

    monkeypatch.setattr(feed.worker, room, failing_at_first)
    worker = feed.worker
    worker._poll = 0.01
    receipts = feed.accept(hl7(pid("7")), hl7(pid("8"), control_id="2"))
    worker.start()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and feed.counted.get("applied", 0) < 2:
        worker.wake()
        time.sleep(0.01)
    worker.stop()
    assert [feed.entry(receipt.seq).state for receipt in receipts] == ["done", "done"]
    assert feed.counted["retried"] == 1
    worker.stop()


def test_a_message_is_read_as_on_its_arrival(feed):
    big5 = hl7(pid("7", name="彭測試")).decode().encode("big5hkscs")
    asyncio.run(accept_as(feed.store, big5, "BIG-5"))
    feed.worker.drain()
    assert feed.patient("7")["name"] == [{"text": "彭測試"}]


async def accept_as(store, raw, charset):
    acceptor = Acceptor(store)
    assert (await acceptor.accept(raw, sender=Sender("tjh"), charset=charset)).accepted
    assert (await acceptor.accept(raw, sender=Sender("bjh"))).reason == "wrong-sender"
    acceptor.close()


def test_a_source_has_times_of_its_own(feed):
    register(feed.store, "urc", "URC01", timezone="+06:00", labels="V")
    register(feed.store, "odd", "ODD01", timezone="Mars")
    book = feed.worker._book
    book.refresh()
    zones = [str(book.of_organisation(name).zone) for name in ("urc", "odd", "tjh")]
    assert zones == ["UTC+06:00", "UTC+08:00", "UTC+08:00"]
    feed(hl7(pid("7"), facility="URC01"))
    with feed.store.read() as tx:
        assert tx.resources.rows([feed.home("7", "urc")])[0].labels == "V"


def test_a_message_of_the_directory_alone(feed):
    def staff(source, content, ids):
        translation = feed_pipeline.translate(source, content, ids)
        made = [one for one in translation.made if one.home == "directory"]
        return translation._replace(made=made)

    feed_pipeline = feed.worker._pipeline
    feed.worker._pipeline = Pipeline(staff, feed_pipeline.valid, feed_pipeline.labels)
    receipt, empty = feed(
        hl7(pid("7"), "PV1|1|O||||||||||||||||||V1"), hl7(pid("8"), control_id="2")
    )
    with feed.store.read() as tx:
        (directory,) = tx.compartments.of_organisation("tjh", "directory")
    assert feed.entry(receipt.seq).compartment == directory.id
    assert (feed.entry(empty.seq).state, feed.entry(empty.seq).compartment) == ("done", None)


def test_a_message_that_found_its_record_stays_sealed_with_it(feed):
    (receipt,) = feed(hl7(pid("7")))
    with feed.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE spool SET state='quarantined'")
        tx.spool.requeue(feed.entry(receipt.seq))
    pipeline = feed.worker._pipeline

    def failing(source, text, ids):
        raise RuntimeError

    feed.worker._pipeline = Pipeline(failing, pipeline.valid, pipeline.labels)
    feed.worker.drain()
    assert feed.findings(receipt.seq) == ["internal-error"]
    assert feed.entry(receipt.seq).compartment == feed.home("7")


def test_findings_are_known_and_carry_no_content():
    with pytest.raises(ValueError, match="not a finding"):
        finding("error", "no-such-code", "message")
    stored = dump([finding("error", "record-erased", "PID-3")])
    assert load(stored)[0]["text"] == CODES["record-erased"]
    assert MAN.encode() not in stored


def test_what_is_not_certain_of_a_character_set_is_found(feed):
    text = hl7(pid("7", name="张三")).decode().replace("|P|2.4", "|P|2.4||||||8859/1", 1)
    (receipt,) = feed(text.encode("gb18030"))
    assert feed.patient("7")["name"] == [{"text": "张三"}]
    assert feed.findings(receipt.seq) == ["charset-otherwise"]
    (receipt,) = feed(text.replace("张三", "李明").encode("gb18030"))
    assert feed.patient("7")["name"] == [{"text": "李明"}]
    assert feed.findings(receipt.seq)[0] == "charset-otherwise"
