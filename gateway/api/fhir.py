"""The FHIR interactions: HTTP requests in, answers of the door as bytes out.

https://hl7.org/fhir/R4/http.html. Each handler reads the request, hops once to a thread, where the
door does everything, and turns the answer into headers and bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from time import monotonic

import anyio
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from conformance.definitions import definitions
from gateway.api import requests
from gateway.api.endpoints import CLIENT
from gateway.api.errors import FHIR_JSON, NO_STORE
from gateway.api.native import native
from gateway.api.requests import Pair
from gateway.api.services import Services
from gateway.disclosure import reading
from gateway.disclosure.door import Answer, Call
from gateway.disclosure.refusals import Absent


class Fhir:
    """Handlers of ``/fhir``."""

    def __init__(self, services: Services, limiter: CapacityLimiter) -> None:
        self._services = services
        self._limiter = limiter
        self._limit = services.settings.server.max_body_bytes
        self._pause = services.settings.insurer.answer_milliseconds / 1000

    async def read(self, request: Request) -> Response:
        """``GET|HEAD [base]/[type]/[id]``."""
        type_, id_ = _type(request), request.path_params["id"]
        door = self._services.door
        answer = await self._read(
            request, "read", type_, lambda call: reading.read(door, call, type_, id_)
        )
        if requests.has_already(request, answer.version):
            return Response(status_code=304, headers=_headers(answer))
        return _response(answer)

    async def vread(self, request: Request) -> Response:
        """``GET [base]/[type]/[id]/_history/[vid]``."""
        type_, id_, version = _type(request), *_paths(request, "id", "version")
        door = self._services.door
        return _response(
            await self._read(
                request, "vread", type_, lambda call: reading.vread(door, call, type_, id_, version)
            )
        )

    async def history(self, request: Request) -> Response:
        """``GET [base]/[type]/[id]/_history``."""
        type_, id_ = _type(request), request.path_params["id"]
        door = self._services.door
        return _response(
            await self._answer(
                request, "history-instance", lambda call: reading.history(door, call, type_, id_)
            )
        )

    async def search(self, request: Request) -> Response:
        """``GET [base]/[type]?…``."""
        return await self._search(request, requests.query(request), "")

    async def post_search(self, request: Request) -> Response:
        """``POST [base]/[type]/_search``."""
        fields = await requests.form(request, self._limit)
        sent = "&".join(f"{name}={value}" for name, value in fields)
        return await self._search(request, [*requests.query(request), *fields], sent)

    async def everything(self, request: Request) -> Response:
        """``GET [base]/Patient/[id]/$everything``."""
        patient, pairs, lenient = (
            request.path_params["id"],
            requests.query(request),
            _lenient(request),
        )
        listing = self._services.listing
        return _response(
            await self._answer(
                request,
                "operation",
                lambda call: listing.everything(call, patient, pairs, lenient=lenient),
            )
        )

    async def create(self, request: Request) -> Response:
        """``POST [base]/Consent``."""
        resource = await requests.resource(request, self._limit)
        consents = self._services.consents
        answer = await self._answer(request, "create", lambda call: consents.create(call, resource))
        return _written(request, answer)

    async def update(self, request: Request) -> Response:
        """``PUT [base]/Consent/[id]``."""
        resource = await requests.resource(request, self._limit)
        id_, match = request.path_params["id"], requests.etag(request, "if-match")
        consents = self._services.consents
        answer = await self._answer(
            request, "update", lambda call: consents.update(call, id_, resource, match)
        )
        return _written(request, answer)

    async def verify_visit(self, request: Request) -> Response:
        """``POST [base]/Encounter/$verify-visit``; leaves at a multiple of a fixed time."""
        start = monotonic()
        resource = await requests.resource(request, self._limit)
        operation = self._services.verify_visit
        try:
            answer = await self._answer(
                request, "operation", lambda call: operation.answer(call, resource)
            )
        finally:  # a failure may be due to what was found: it keeps the time too
            if self._pause:
                await anyio.sleep(self._pause - (monotonic() - start) % self._pause)
        return _response(answer)

    async def metadata(self, request: Request) -> Response:
        """``GET [base]/metadata``; open to everybody."""
        requests.check_accept(request)
        body = await anyio.to_thread.run_sync(self._services.capability, limiter=self._limiter)
        return Response(body, media_type=FHIR_JSON)

    async def _read(
        self, request: Request, interaction: str, type_: str, ask: Callable[[Call], Answer]
    ) -> Answer:
        """Answer with a resource; a Binary also as what it holds, whatever that is."""
        if type_ != "Binary":
            return await self._answer(request, interaction, ask)
        accepted = requests.accepted(request)
        return await self._answer(
            request, interaction, lambda call: native(ask(call), accepted), anything=True
        )

    async def _search(self, request: Request, pairs: Sequence[Pair], sent: str) -> Response:
        type_, lenient = _type(request), _lenient(request)
        listing = self._services.listing
        return _response(
            await self._answer(
                request,
                "search-type",
                lambda call: listing.search(call, type_, pairs, lenient=lenient),
                sent,
            )
        )

    async def _answer(
        self,
        request: Request,
        interaction: str,
        ask: Callable[[Call], Answer],
        sent: str = "",
        *,
        anything: bool = False,
    ) -> Answer:
        """Hop to a thread, read the token there, and ask the door.

        `sent` is a form, as text; with `anything` the answer need not be FHIR JSON.
        """
        if not anything:
            requests.check_accept(request)

        def answer() -> Answer:
            grant = self._services.grant(request)
            request.scope[CLIENT] = grant.client
            address = requests.address(request)
            return ask(Call(grant, interaction, _line(request, sent), address))

        return await anyio.to_thread.run_sync(answer, limiter=self._limiter)


def _line(request: Request, sent: str) -> str:
    query = request.scope["query_string"].decode("latin-1")
    line = f"{request.method} {request.url.path}" + (f"?{query}" if query else "")
    return f"{line} {sent}" if sent else line


def _paths(request: Request, *names: str) -> list[str]:
    return [request.path_params[name] for name in names]


def _type(request: Request) -> str:
    type_: str = request.path_params["type"]
    if type_ not in definitions().resource_types:
        raise Absent
    return type_


def _lenient(request: Request) -> bool:
    return requests.prefers(request, "handling") == "lenient"


def _headers(answer: Answer) -> dict[str, str]:
    headers = {**NO_STORE, **answer.headers}
    if answer.version is not None:
        headers["etag"] = f'W/"{answer.version}"'
    if answer.modified is not None:
        moment = datetime.fromisoformat(answer.modified).astimezone(UTC)
        headers["last-modified"] = format_datetime(moment, usegmt=True)
    if answer.location is not None:
        headers["location"] = answer.location
    return headers


def _response(answer: Answer) -> Response:
    return Response(answer.body, headers=_headers(answer), media_type=FHIR_JSON)


def _written(request: Request, answer: Answer) -> Response:
    body = b"" if requests.prefers(request, "return") == "minimal" else answer.body
    status = 201 if answer.created else 200
    return Response(body, status, headers=_headers(answer), media_type=FHIR_JSON)
