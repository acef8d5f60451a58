"""Health, metrics, capabilities, ingest, negotiation, and failures over HTTP."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from gateway_world import Asker, World
from sqlalchemy.exc import OperationalError

from gateway.audit.log import AuditUnavailableError
from gateway.observability import configure_logging
from gateway.sections import Log
from gateway.store import Depth


def fail(*_: Any, **__: Any) -> Any:
    raise OperationalError("select patient 张三", {}, Exception("张三"))


@contextmanager
def failing() -> Iterator[None]:
    fail()
    yield


def test_healthz_and_readyz(world: World) -> None:
    assert world.http.get("/healthz").json() == {"status": "ok"}
    ready = world.http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["spool"] == {"pending": 0, "quarantined": 0, "lag_seconds": 0.0}


def test_readyz_says_no_when_behind_and_when_the_database_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.store.spool import Spool

    monkeypatch.setattr(Spool, "depth", lambda self: Depth(1, 0, world.store.now() - 90_000_000))
    behind = world.http.get("/readyz")
    assert (behind.status_code, behind.json()["status"]) == (503, "behind")
    monkeypatch.setattr(world.store, "read", failing)
    away = world.http.get("/readyz")
    assert (away.status_code, away.json()["database"]) == (503, "unreachable")
    assert world.http.get("/metrics").status_code == 200


def test_metrics_count_requests_by_route(world: World) -> None:
    world.login("tjh01").get("Observation/a.b")
    text = world.http.get("/metrics").text
    line = 'yiqiao_http_requests_total{method="GET",route="fhir/type/id",status="404"} 1.0'
    assert line in text
    assert "yiqiao_spool_pending 0.0" in text
    assert "a.b" not in text


def test_the_capability_statement(world: World) -> None:
    from conformance.validator import Validator

    statement = world.http.get("/fhir/metadata").json()
    assert Validator().errors(statement) == []
    types = {one["type"]: one for one in statement["rest"][0]["resource"]}
    searched = {one["name"] for one in types["Observation"]["searchParam"]}
    assert {"code", "date", "patient", "category", "status"} <= searched
    assert {"code": "create"} in types["Consent"]["interaction"]
    assert types["Patient"]["operation"][0]["name"] == "everything"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+json", 404),
        ("application/fhir+json; fhirVersion=4.0", 404),
        ("text/html, */*;q=0.1", 404),
        ("application/json", 404),
        ("application/fhir+xml", 406),
        ("text/html", 406),
    ],
)
def test_negotiation(world: World, accept: str, status: int) -> None:
    answer = world.login("tjh01").get("Observation/x", headers={"accept": accept})
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.headers["content-type"] == "application/fhir+json"


def test_unknown_addresses_and_methods(world: World) -> None:
    for path in ("/", "/fhir", "/fhir/a/b/c/d/e", "/docs", "/openapi.json"):
        answer = world.http.get(path)
        assert (answer.status_code, answer.json()["resourceType"]) == (404, "OperationOutcome")
    assert world.http.request("PATCH", "/fhir/Patient/x").status_code == 405
    assert world.http.request("HEAD", "/fhir/Patient").status_code == 405


@pytest.fixture
def feed(world: World) -> Asker:
    return world.login("tjh01", None, scopes="ingest/hl7v2")


MESSAGE = "MSH|^~\\&|HIS|TJH01\rPID|||葉".encode("gb18030")


def test_a_message_takes_the_same_way_in(world: World, feed: Asker) -> None:
    headers = {"content-type": "x-application/hl7-v2+er7; charset=GB18030"}
    answer = feed.request("POST", "/ingest/hl7v2", content=MESSAGE, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/hl7-v2"
    assert answer.content == b"MSH|ack"
    assert world.context.acceptor.taken == [(MESSAGE, "tjh01", "GB18030")]
    refused = feed.request(
        "POST", "/ingest/hl7v2", content=b"junk", headers={"content-type": "text/plain"}
    )
    assert refused.status_code == 200
    assert 'yiqiao_hl7v2_messages_total{channel="http",code="refused"} 1.0' in (
        world.http.get("/metrics").text
    )


def test_who_may_not_send_messages(world: World, feed: Asker) -> None:
    text = {"content-type": "text/plain"}

    def send(asker: Asker) -> int:
        answer = asker.request("POST", "/ingest/hl7v2", content=MESSAGE, headers=text)
        return answer.status_code

    assert send(world.login("ih")) == 403
    assert world.events()[-1]["outcomeDesc"] == "not-a-source"
    assert send(world.login("tjh01", scopes="system/*.rs")) == 403
    client = world.client("tjh01", scopes="ingest/hl7v2")
    revoked = Asker(world, world.token(client))
    with world.store.begin() as tx:
        tx.directory.revoke_client(client)
    assert send(revoked) == 403
    assert world.http.post("/ingest/hl7v2", content=MESSAGE, headers=text).status_code == 401
    headers = {"content-type": "application/xml"}
    answer = feed.request("POST", "/ingest/hl7v2", content=MESSAGE, headers=headers)
    assert answer.status_code == 415
    assert world.context.acceptor.taken == []


def test_a_message_under_anothers_name_is_audited(world: World, feed: Asker) -> None:
    text = {"content-type": "text/plain"}
    world.context.acceptor.reason = "wrong-sender"
    answer = feed.request("POST", "/ingest/hl7v2", content=b"another's", headers=text)
    assert (answer.status_code, answer.content) == (200, b"MSH|ack")
    event = world.events()[-1]
    assert (event["outcome"], event["outcomeDesc"]) == ("4", "wrong-sender")


def test_a_chunked_body_is_counted_as_it_comes(world: World, feed: Asker) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b"x" * 1_000_000

    text = {"content-type": "text/plain"}
    answer = feed.request("POST", "/ingest/hl7v2", content=chunks(), headers=text)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (413, "too-long")


def test_without_the_store_nothing_is_disclosed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = world.record("tjh01", "1")
    asker = world.login("tjh01")
    monkeypatch.setattr("gateway.disclosure.view.View.one", fail)
    answer = asker.get(f"Patient/{record.patient}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "张三" not in answer.text
    assert world.events()[-1]["outcome"] == "8"


def test_a_consent_that_cannot_be_read_discloses_nothing(
    world: World, give: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway_world import permit

    from consent import ConsentError

    record = world.record("tjh01", "1")
    give(permit("ih"))

    def broken(*_: Any, **__: Any) -> Any:
        raise ConsentError("Consent", "structure", "x")

    monkeypatch.setattr("gateway.disclosure.policies.parse", broken)
    assert world.login("ih").get(f"Patient/{record.patient}").status_code == 503


def test_without_the_audit_nothing_is_disclosed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = world.record("tjh01", "1")
    asker = world.login("tjh01")

    def away(*_: Any) -> None:
        raise AuditUnavailableError("away")

    monkeypatch.setattr(world.context.audit, "record", away)
    for path in (f"Patient/{record.patient}", "Patient/nobody"):
        answer = asker.get(path)
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (503, "transient")
    assert world.http.get("/fhir/Patient/x").status_code == 503
    monkeypatch.setattr(world.context.audit, "append", away)
    from gateway_world import consent, permit

    written = asker.request("POST", "Consent", json=consent(permit("ih")))
    assert written.status_code == 503


def test_a_failure_nobody_foresaw_says_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asker = world.login("tjh01")
    configure_logging(Log(format="json"))

    def bug(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("张三")

    try:
        monkeypatch.setattr("gateway.disclosure.view.View.one", bug)
        answer = asker.get("Observation/zzz.qqq")
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (500, "exception")
        monkeypatch.setattr(world.store, "read", bug)
        token = world.ask_token(world.assertion(world.client("ih")))
        assert (token.status_code, token.json()["error"]) == (500, "server_error")
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
    failure = next(one for one in lines if one["event"] == "failure")
    assert failure["exception"] == "ZeroDivisionError"
    assert failure["at"]
    assert "张三" not in json.dumps(lines, ensure_ascii=False)
    request = next(one for one in lines if one["event"] == "request")
    assert request["route"] == "fhir/type/id"
    assert "zzz" not in json.dumps(lines)


@pytest.mark.parametrize("format_", ["json", "console"])
def test_the_standard_librarys_records_are_written_the_same_way(
    format_: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(Log(format=format_, level="info"))
    try:
        try:
            raise KeyError("张三")
        except KeyError:
            logging.getLogger("elsewhere").exception("it broke")
            structlog.get_logger().error("ours", exc_info=True)
        structlog.get_logger().debug("quiet")
        written = capsys.readouterr().err
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
    assert "it broke" in written
    assert "KeyError" in written
    assert "张三" not in written
    assert "quiet" not in written
