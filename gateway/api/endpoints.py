"""An endpoint: an async function of a request in, an ASGI application out.

It answers failures (`gateway.api.errors`), counts and times requests by route name, and logs one
line for each: route, status, duration, client. Paths and queries are not logged: they name
patients.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.api import errors
from gateway.observability import Metrics

Handler = Callable[[Request], Awaitable[Response]]

_LOG = structlog.get_logger("yiqiao.api")
CLIENT = "yiqiao.client"


class Endpoint:
    """An ASGI application around a handler."""

    def __init__(
        self, name: str, handler: Handler, metrics: Metrics, *, oauth: bool = False
    ) -> None:
        self._name = name
        self._handler = handler
        self._metrics = metrics
        self._oauth = oauth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = perf_counter()
        request = Request(scope, receive)
        try:
            response = await self._handler(request)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the client gets an answer
            response = errors.response(failure, oauth=self._oauth)
        if request.method == "HEAD":
            response.body = b""
        await response(scope, receive, send)
        self._note(request, response.status_code, perf_counter() - start)

    def _note(self, request: Request, status: int, seconds: float) -> None:
        self._metrics.requests.labels(self._name, request.method, str(status)).inc()
        self._metrics.seconds.labels(self._name).observe(seconds)
        _LOG.info(
            "request",
            route=self._name,
            method=request.method,
            status=status,
            milliseconds=round(seconds * 1000, 2),
            client=request.scope.get(CLIENT),
        )
