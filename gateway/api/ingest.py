"""HL7v2 over HTTP: a message or a batch in, the acknowledgement out; the same way in as MLLP's.

Content type ``x-application/hl7-v2+er7`` (HAPI's HL7 over HTTP) or ``text/plain``; ``charset`` is
the connection's character set. The token must be of a source, with the scope ``ingest/hl7v2``.
"""

from __future__ import annotations

import anyio
from anyio import CapacityLimiter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import requests
from gateway.api.endpoints import CLIENT
from gateway.api.errors import NO_STORE
from gateway.api.services import Services
from gateway.api.throttle import Throttle
from gateway.audit.events import REFUSED, Event
from gateway.auth.scopes import INGEST, Scopes
from gateway.auth.tokens import Grant
from gateway.disclosure.admission import SOURCE, still_registered
from gateway.disclosure.refusals import Forbidden
from gateway.disclosure.registration import registered
from gateway.ingest.arrival.reading import WRONG_SENDER
from gateway.ingest.sources import Sender

ER7 = "application/hl7-v2"
_TAKEN = ("x-application/hl7-v2+er7", "application/hl7-v2", "application/hl7-v2+er7", "text/plain")


class Ingest:
    """Handler of ``/ingest``."""

    def __init__(self, services: Services, limiter: CapacityLimiter) -> None:
        self._services = services
        self._limiter = limiter
        self._limit = services.settings.mllp.max_frame_bytes
        self._throttle = Throttle(services.settings.ingest.requests_per_minute)

    async def hl7v2(self, request: Request) -> Response:
        """``POST /ingest/hl7v2``."""
        type_, parameters = requests.media_type(request)
        if type_ not in _TAKEN:
            raise HTTPException(415)
        grant = await anyio.to_thread.run_sync(self._admit, request, limiter=self._limiter)
        self._throttle.count(grant.organisation)
        raw = await requests.body(request, self._limit)
        delivery = await self._services.context.acceptor.deliver(
            raw, sender=Sender(grant.organisation), charset=parameters.get("charset")
        )
        for receipt in delivery.receipts:
            self._services.metrics.messages.labels("http", receipt.outcome).inc()
        if any(receipt.reason == WRONG_SENDER for receipt in delivery.receipts):
            await anyio.to_thread.run_sync(
                self._refuse, request, grant, WRONG_SENDER, limiter=self._limiter
            )
        return Response(delivery.ack or b"", headers=NO_STORE, media_type=ER7)

    def _admit(self, request: Request) -> Grant:
        """Return the grant of a source that feeds messages.

        Raises
        ------
        BadTokenError, Forbidden
            No valid token; not a registered source's, or without the scope.
        """
        grant = self._services.grant(request)
        request.scope[CLIENT] = grant.client
        try:
            self._check(grant)
        except Forbidden as refusal:
            self._refuse(request, grant, refusal.reason)
            raise
        return grant

    def _refuse(self, request: Request, grant: Grant, reason: str) -> None:
        self._services.audit.record(
            Event(
                "import",
                REFUSED,
                reason,
                client=grant.client,
                organisation=grant.organisation,
                tenant=grant.tenant,
                address=requests.address(request),
            )
        )

    def _check(self, grant: Grant) -> None:
        with self._services.store.read() as tx:
            known = still_registered(grant, registered(tx, grant.client))
        if known.kind != SOURCE:
            raise Forbidden("only a source sends messages", reason="not-a-source")
        if INGEST not in Scopes.parse(grant.scope).meet(Scopes.parse(known.scopes)).own:
            raise Forbidden(f"needs the scope {INGEST}", reason="scope")
