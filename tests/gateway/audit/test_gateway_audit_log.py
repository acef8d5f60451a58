"""The audit log on both databases: chained, signed, grouped, and what its proof finds out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import OperationalError

from conformance.validator import Validator
from gateway.audit import chain
from gateway.audit.chain import Head, HeadError, Link
from gateway.audit.events import FAILED, REFUSED, SUCCESS, Event, write
from gateway.audit.log import AuditLog, AuditUnavailableError
from gateway.audit.verify import verify
from gateway.keys import Keys
from gateway.store import Store, Tx
from gateway.store.beginning import begin
from gateway.store.models import AuditHead, AuditRow, Organisation, table

ROWS = table(AuditRow)
HEAD = table(AuditHead)
READ = Event(
    "read",
    SUCCESS,
    "permitted",
    organisation="ih",
    persons=["p"],
    disclosed=["Observation/1/_history/1"],
)


@pytest.fixture
def log(store: Store) -> AuditLog:
    made = AuditLog(store, "http://gateway.test")
    for _ in range(5):
        made.record(READ)
    return made


def test_what_was_written_holds(store: Store, log: AuditLog) -> None:
    report = verify(store)
    assert report.holds
    assert report.links == 5
    assert chain.read_head(report.head, store.keys.audit_signer).seq == 5


def test_an_empty_log_holds(store: Store) -> None:
    assert verify(store).holds


def test_a_log_emptied_with_its_head_is_told_and_not_begun_again(
    store: Store, log: AuditLog, database_url: str, keys: Keys
) -> None:
    with store.begin() as tx:
        tx.directory.add(Organisation(id="o", tenant="t", kind="source", name="o", created=1))
        tx.connection.execute(delete(ROWS))
        tx.connection.execute(delete(HEAD))
    with pytest.raises(AuditUnavailableError):
        log.record(READ)
    with contextlib.closing(Store.open(database_url, keys)) as again:
        report = verify(again)
    assert [(one.seq, one.code) for one in report.breaks] == [(0, "head")]


def test_what_an_unused_store_has_not_lost_is_begun(
    store: Store, database_url: str, keys: Keys
) -> None:
    with store.begin() as tx:
        tx.connection.execute(delete(HEAD))
    assert not verify(store).holds
    with contextlib.closing(Store.open(database_url, keys)) as again:
        report = verify(again)
    assert report.holds
    assert chain.read_head(report.head, keys.audit_signer) == Head(0, chain.START)


def test_another_process_may_begin_the_log_first(store: Store) -> None:
    head = verify(store).head
    with store.begin() as tx:
        begin(tx.connection, store.keys)
    assert verify(store).head == head


def test_rows_say_who_and_whom_for_looking_up(store: Store, log: AuditLog) -> None:
    log.record(Event("search-type", SUCCESS, "permitted", organisation="ih", persons=["p", "q"]))
    with store.read() as tx:
        said = select(ROWS.c.organisation, ROWS.c.person).order_by(ROWS.c.seq)
        rows = tx.connection.execute(said).all()
    assert [tuple(row) for row in rows] == [("ih", "p")] * 5 + [("ih", None)]


def alter_body(tx: Tx) -> None:
    body = tx.connection.execute(select(ROWS.c.body).where(ROWS.c.seq == 3)).scalar_one()
    altered = body[:-1] + bytes([body[-1] ^ 1])
    tx.connection.execute(update(ROWS).where(ROWS.c.seq == 3).values(body=altered))


def alter_time(tx: Tx) -> None:
    tx.connection.execute(update(ROWS).where(ROWS.c.seq == 3).values(recorded=1))


def alter_person(tx: Tx) -> None:
    tx.connection.execute(update(ROWS).where(ROWS.c.seq == 3).values(person="someone"))


def remove_one(tx: Tx) -> None:
    tx.connection.execute(delete(ROWS).where(ROWS.c.seq == 3))


def cut_the_end(tx: Tx) -> None:
    tx.connection.execute(delete(ROWS).where(ROWS.c.seq > 3))


def swap(tx: Tx) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        tx.connection.execute(update(ROWS).where(ROWS.c.seq == old).values(seq=new))


def add_one(tx: Tx) -> None:
    row = {"seq": 6, "recorded": 1, "body": b"x", "hash": b"y"}
    tx.connection.execute(insert(ROWS), row)


def forge_head(tx: Tx) -> None:
    tx.connection.execute(update(HEAD).values(signature="a.b.c"))


def move_head(tx: Tx) -> None:
    tx.connection.execute(update(HEAD).values(seq=4))


def drop_head(tx: Tx) -> None:
    tx.connection.execute(delete(HEAD))


def rewrite_from_three(tx: Tx) -> None:
    """Recompute every hash after an alteration, as one could who has the database alone."""
    tx.connection.execute(update(ROWS).where(ROWS.c.seq == 3).values(recorded=1))
    last = chain.START
    for row in tx.connection.execute(select(ROWS).order_by(ROWS.c.seq)).all():
        link = Link(row.seq, row.recorded, row.organisation, row.person, row.body)
        last = chain.link_hash(last, link)
        tx.connection.execute(update(ROWS).where(ROWS.c.seq == row.seq).values(hash=last))
    tx.connection.execute(update(HEAD).values(hash=last))


@pytest.mark.parametrize(
    ("tamper", "codes"),
    [
        (alter_body, {"hash", "seal"}),
        (alter_time, {"hash"}),
        (alter_person, {"hash"}),
        (remove_one, {"gap", "hash"}),
        (cut_the_end, {"cut"}),
        (swap, {"hash", "seal"}),
        (add_one, {"hash", "seal", "cut"}),
        (forge_head, {"head"}),
        (move_head, {"head"}),
        (drop_head, {"head"}),
        (rewrite_from_three, {"head", "cut"}),
    ],
)
def test_tampering_is_found(
    store: Store, log: AuditLog, tamper: Callable[[Tx], None], codes: set[str]
) -> None:
    with store.begin() as tx:
        tamper(tx)
    report = verify(store)
    assert not report.holds
    assert {one.code for one in report.breaks} == codes


def test_an_end_cut_off_with_its_head_is_told_by_a_kept_head(store: Store, log: AuditLog) -> None:
    early = verify(store).head
    with store.read() as tx:
        before = tx.connection.execute(select(HEAD)).one()
    log.record(READ)
    late = verify(store).head
    with store.begin() as tx:
        tx.connection.execute(delete(ROWS).where(ROWS.c.seq > 5))
        values = {"seq": before.seq, "hash": before.hash, "signature": before.signature}
        tx.connection.execute(update(HEAD).values(values))
    assert verify(store).holds
    assert verify(store, kept_head=early).holds
    assert [one.code for one in verify(store, kept_head=late).breaks] == ["cut"]
    log.record(Event("read", REFUSED, "not-found"))
    assert [one.code for one in verify(store, kept_head=late).breaks] == ["fork"]


def test_a_kept_head_that_is_none(store: Store, log: AuditLog) -> None:
    assert [one.code for one in verify(store, kept_head="junk").breaks] == ["kept-head"]


def test_the_log_goes_on_after_keys_are_rotated(store: Store, log: AuditLog) -> None:
    store.keys.rotate()
    log.record(READ)
    assert verify(store).holds


def test_requests_at_the_same_time_share_commits(store: Store) -> None:
    groups: list[int] = []
    log = AuditLog(store, "g", groups.append)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: log.record(READ), range(120)))
    assert sum(groups) == 120
    assert verify(store).links == 120
    assert verify(store).holds


def test_several_processes_take_turns(store: Store, database_url: str, keys: Keys) -> None:
    other = Store.open(database_url, keys)
    logs = [AuditLog(store, "a"), AuditLog(other, "b")]
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: logs[number % 2].record(READ), range(40)))
    finally:
        other.close()
    assert verify(store).holds
    assert verify(store).links == 40


def test_what_cannot_be_committed_raises_for_everyone_who_waits(store: Store) -> None:
    log = AuditLog(store, "g")
    with store.begin() as tx:
        tx.connection.execute(text("ALTER TABLE audit RENAME TO audit_away"))
    try:
        with ThreadPoolExecutor(4) as pool:
            for attempt in [pool.submit(log.record, READ) for _ in range(8)]:
                with pytest.raises(AuditUnavailableError):
                    attempt.result()
    finally:
        with store.begin() as tx:
            tx.connection.execute(text("ALTER TABLE audit_away RENAME TO audit"))
    log.record(READ)
    assert verify(store).links == 1


def test_a_fault_nobody_foresaw_fails_those_who_wait_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AuditLog(store, "g")

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(store, "begin", fail)
    with pytest.raises(ZeroDivisionError):
        log.record(READ)
    assert not log._turn.locked()


def test_an_event_is_committed_with_what_it_tells_of_or_not_at_all(store: Store) -> None:
    log = AuditLog(store, "g")
    with store.begin() as tx:
        log.append(tx, READ)

    def fail_after_appending() -> None:
        with store.begin() as tx:
            log.append(tx, READ)
            raise OperationalError("x", {}, Exception())

    with pytest.raises(OperationalError):
        fail_after_appending()
    assert verify(store).links == 1


@pytest.mark.parametrize("junk", ["", "a.b.c", None])
def test_what_is_no_head(store: Store, junk: str | None) -> None:
    signer = store.keys.audit_signer
    text_ = chain.sign(Head(1, b"h" * 32), store.keys.access_signer) if junk is None else junk
    with pytest.raises(HeadError):
        chain.read_head(text_, signer)


@pytest.mark.parametrize(
    "event",
    [
        READ,
        Event("vread", SUCCESS, "permitted"),
        Event(
            "search-type", SUCCESS, "permitted", client="c", organisation="ih", tenant="default",
            purpose="TREAT", persons=["p"], disclosed=["Observation/1/_history/2"], hidden=3,
            policies=["Consent/k"], request="GET /fhir/Observation?code=1", address="192.0.2.1",
        ),
        Event("history-instance", SUCCESS, "permitted"),
        Event("operation", REFUSED, "not-found", purpose="NOSUCH", request=""),
        Event("create", SUCCESS, "permitted"),
        Event("update", FAILED, "OperationalError"),
        Event("login", REFUSED, "invalid_client"),
        Event("import", REFUSED, "scope"),
    ],
    ids=lambda event: event.interaction,
)  # fmt: skip
def test_events_are_valid_r4(event: Event) -> None:
    resource = orjson.loads(write(event, recorded=1_700_000_000_123_456, observer="http://g"))
    assert Validator().errors(resource) == []


def test_an_event_names_what_was_disclosed_and_why(log: AuditLog) -> None:
    event = Event(
        "search-type", SUCCESS, "permitted", client="c", organisation="ih", purpose="TREAT",
        persons=["p"], disclosed=["Observation/1/_history/2"], hidden=3, policies=["Consent/k"],
        request="GET /fhir/Observation?patient=p",
    )  # fmt: skip
    resource: dict[str, Any] = orjson.loads(write(event, recorded=0, observer="g"))
    assert resource["meta"]["profile"][0].endswith("IHE.BasicAudit.PatientQuery")
    client, server = resource["agent"]
    assert client["type"]["coding"][0]["code"] == "110153"
    assert server["type"]["coding"][0]["code"] == "110152"
    assert client["policy"] == ["Consent/k"]
    assert client["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    patient, query, disclosed = resource["entity"]
    assert patient["what"]["reference"] == "Patient/p"
    assert query["query"] == "R0VUIC9maGlyL09ic2VydmF0aW9uP3BhdGllbnQ9cA=="
    assert query["detail"][0]["valueString"] == "3"
    assert disclosed["what"]["reference"] == "Observation/1/_history/2"
    read = orjson.loads(write(READ, recorded=0, observer="g"))
    assert read["agent"][0]["type"]["coding"][0]["code"] == "110152"
