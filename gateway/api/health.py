"""Health: ``/healthz`` (the process lives), ``/readyz`` (it can work), ``/metrics``."""

from __future__ import annotations

import anyio
import orjson
from anyio import CapacityLimiter
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.errors import JSON
from gateway.api.services import Services
from gateway.observability import METRICS_TYPE
from gateway.store import Depth

_SECOND = 1_000_000


class Health:
    """Handlers for operators; they tell counts and ages, nothing of content."""

    def __init__(self, services: Services, limiter: CapacityLimiter) -> None:
        self._services = services
        self._limiter = limiter

    async def healthz(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """``GET /healthz``: 200 while the process answers."""
        return Response(b'{"status":"ok"}', media_type=JSON)

    async def readyz(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """``GET /readyz``: 503 without the database, or while messages wait too long."""
        depth = await self._depth()
        if depth is None:
            return _json(503, {"status": "unavailable", "database": "unreachable"})
        lag = self._lag(depth)
        ready = lag <= self._services.settings.ingest.ready_lag_seconds
        return _json(
            200 if ready else 503,
            {
                "status": "ok" if ready else "behind",
                "database": "ok",
                "spool": {
                    "pending": depth.pending,
                    "quarantined": depth.quarantined,
                    "lag_seconds": round(lag, 3),
                },
            },
        )

    async def metrics(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """``GET /metrics``: Prometheus' text format."""
        depth = await self._depth()
        if depth is not None:
            self._services.metrics.note_spool(depth.pending, depth.quarantined, self._lag(depth))
        body = self._services.metrics.exposition()
        return Response(body, headers={"content-type": METRICS_TYPE})

    async def _depth(self) -> Depth | None:
        return await anyio.to_thread.run_sync(self._read_depth, limiter=self._limiter)

    def _read_depth(self) -> Depth | None:
        try:
            with self._services.store.read() as tx:
                return tx.spool.depth()
        except SQLAlchemyError:
            return None

    def _lag(self, depth: Depth) -> float:
        if depth.oldest is None:
            return 0.0
        return max(0.0, (self._services.store.now() - depth.oldest) / _SECOND)


def _json(status: int, document: object) -> Response:
    return Response(orjson.dumps(document), status, media_type=JSON)
