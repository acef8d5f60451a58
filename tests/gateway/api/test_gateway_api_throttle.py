"""Limits of requests: who is counted, what is refused and how, and what never is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from gateway_world import BASE, Asker, Http, World

from gateway.api.app import create_app
from gateway.api.throttle import Throttle, TooManyRequestsError, household
from gateway.settings import Settings

Limited = Callable[..., AbstractContextManager[World]]


@pytest.fixture
def limited(world: World) -> Limited:
    """Return what limits the world's requests by settings of their own."""

    @contextmanager
    def make(**settings: dict[str, int]) -> Iterator[World]:
        world.context.settings = Settings(server={"base_url": BASE}, **settings)  # type: ignore[arg-type]
        with start_blocking_portal() as portal:
            world.http = Http(create_app(world.context), portal)
            yield world

    return make


def waits(answer: httpx.Response) -> bool:
    return answer.status_code == 429 and 1 <= int(answer.headers["retry-after"]) <= 60


def test_token_requests_of_an_address(limited: Limited) -> None:
    with limited(auth={"requests_per_minute": 2}) as world:
        client = world.client("ih")
        token = world.token(client)
        assert world.ask_token("junk").status_code == 401
        audited = len(world.events())
        refused = world.ask_token(world.assertion(client, "TREAT"))
        assert waits(refused)
        assert refused.headers["content-type"] == "application/json"
        assert refused.headers["cache-control"] == "no-store"
        assert refused.json()["error"] == "temporarily_unavailable"
        assert len(world.events()) == audited
        assert Asker(world, token).get("Patient/x.y").status_code == 404


def test_requests_without_a_valid_token_count_as_token_requests(limited: Limited) -> None:
    with limited(auth={"requests_per_minute": 2}) as world:
        token = world.token(world.client("tjh01"))
        bad = Asker(world, "junk")
        assert bad.get("Patient/x.y").status_code == 401
        audited = len(world.events())
        refused = bad.get("Patient/x.y")
        assert waits(refused)
        (issue,) = refused.json()["issue"]
        assert (refused.json()["resourceType"], issue["code"]) == ("OperationOutcome", "throttled")
        assert waits(bad.request("POST", "/ingest/hl7v2", headers={"content-type": "text/plain"}))
        assert waits(world.ask_token("junk"))
        assert len(world.events()) == audited
        for _ in range(3):
            assert Asker(world, token).get("Patient/x.y").status_code == 404


def test_messages_of_a_source(limited: Limited) -> None:
    with limited(ingest={"requests_per_minute": 2}) as world:
        askers = [
            world.login(source, None, scopes="ingest/hl7v2")
            for source in ("tjh01", "tjh01", "tjh02")
        ]
        answers = [
            asker.request(
                "POST", "/ingest/hl7v2", content=b"MSH", headers={"content-type": "text/plain"}
            )
            for asker in (*askers, askers[0])
        ]
        assert [one.status_code for one in answers[:3]] == [200] * 3
        assert waits(answers[3])
        assert answers[3].json()["issue"][0]["code"] == "throttled"
        assert [taken[1] for taken in world.context.acceptor.taken] == ["tjh01", "tjh01", "tjh02"]


def test_messages_have_no_limit_unless_one_is_set(world: World) -> None:
    feed = world.login("tjh01", None, scopes="ingest/hl7v2")
    headers = {"content-type": "text/plain"}
    for _ in range(700):
        answer = feed.request("POST", "/ingest/hl7v2", content=b"MSH", headers=headers)
        assert answer.status_code == 200


def test_each_is_counted_for_itself() -> None:
    throttle, free = Throttle(2), Throttle(0)
    for who in ("a", "b", "a", "b"):
        throttle.count(who)
    for who in ("a", "b"):
        with pytest.raises(TooManyRequestsError, match=r"try again in \d+ seconds"):
            throttle.count(who)
        for _ in range(1000):
            free.count(who)


def test_after_a_minute_it_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1e9
    monkeypatch.setattr("time.time", lambda: now)
    throttle = Throttle(1)
    throttle.count("a")
    now += 50.5
    with pytest.raises(TooManyRequestsError) as refused:
        throttle.count("a")
    now += refused.value.seconds
    throttle.count("a")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_an_address_stands_for_its_network(address: str | None, counted: str) -> None:
    assert household(address) == counted
