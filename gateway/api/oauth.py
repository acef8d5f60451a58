"""The authorisation server over HTTP: ``/auth/token``, ``/auth/jwks``, SMART's configuration."""

from __future__ import annotations

from collections import Counter

import anyio
import orjson
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import requests
from gateway.api.errors import JSON, NO_STORE
from gateway.api.services import Services
from gateway.api.throttle import household
from gateway.auth.errors import OAuthError

_LONGEST = 64 * 1024


class OAuth:
    """Handlers of ``/auth`` and ``/.well-known``."""

    def __init__(self, services: Services, limiter: CapacityLimiter) -> None:
        self._services = services
        self._limiter = limiter

    async def token(self, request: Request) -> Response:
        """``POST /auth/token`` (RFC 6749 section 4.4.2)."""
        address = requests.address(request)
        self._services.logins.count(household(address))
        pairs = await requests.form(request, _LONGEST)
        if any(times > 1 for times in Counter(name for name, _ in pairs).values()):
            raise OAuthError("invalid_request", "a parameter is given twice")
        granted = await anyio.to_thread.run_sync(
            self._services.tokens.issue, dict(pairs), address, limiter=self._limiter
        )
        headers = {**NO_STORE, "pragma": "no-cache"}
        return Response(orjson.dumps(granted.document()), headers=headers, media_type=JSON)

    async def jwks(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """``GET /auth/jwks`` (RFC 7517)."""
        return Response(orjson.dumps(self._services.tokens.jwks()), media_type=JSON)

    async def configuration(self, request: Request) -> Response:  # noqa: ARG002 - a handler
        """``GET /.well-known/smart-configuration``."""
        document = self._services.tokens.smart_configuration()
        return Response(orjson.dumps(document), media_type=JSON)
