"""The world that tests of the gateway work in (`gateway_world`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from gateway_world import (
    BASE,
    ORGANISATIONS,
    Acceptor,
    Context,
    Http,
    World,
    consent,
)

from gateway.api.app import create_app
from gateway.audit.log import AuditLog
from gateway.observability import Metrics
from gateway.settings import Settings
from gateway.store import Store


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    """Return a world with the organisations, and no records."""
    settings = Settings(
        server={"base_url": BASE},  # type: ignore[arg-type]
        insurer={"answer_milliseconds": 0},  # type: ignore[arg-type]
    )
    context = Context(settings, store, AuditLog(store, BASE), Metrics(), Acceptor())
    with start_blocking_portal() as portal:
        made = World(store, settings, context, Http(create_app(context), portal))
        made.organisations(ORGANISATIONS)
        yield made


@pytest.fixture
def give(world: World) -> Callable[..., httpx.Response]:
    """Return a function by which the patient's app writes a Consent."""
    app = world.login("app", "PATRQT")

    def write(provision: dict[str, Any] | None, **more: Any) -> httpx.Response:
        answer = app.request("POST", "Consent", json=consent(provision, **more))
        assert answer.status_code == 201, answer.text
        return answer

    return write
