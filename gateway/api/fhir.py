"""The FHIR interactions: HTTP requests in, answers of the door as bytes out.

https://hl7.org/fhir/R4/http.html. Each handler reads the request, hops once to a thread, where the
door does everything, and turns the answer into headers and bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from time import monotonic
from typing import TypeVar

import anyio
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from conformance.definitions import definitions
from gateway.api import requests
from gateway.api.endpoints import CLIENT
from gateway.api.errors import FHIR_JSON, NO_STORE
from gateway.api.requests import Pair
from gateway.api.services import Services
from gateway.disclosure import reading
from gateway.disclosure.door import Answer, Call
from gateway.disclosure.refusals import Absent

T = TypeVar("T")


class Fhir:
    """Handlers of ``/fhir``."""

    def __init__(self, services: Services, limiter: CapacityLimiter) -> None:
        self._services = services
        self._limiter = limiter
        self._limit = services.settings.server.max_body_bytes
        self._pause = services.settings.insurer.answer_milliseconds / 1000

    async def read(self, request: Request) -> Response:
        """``GET|HEAD [base]/[type]/[id]``."""
        call = await self._call(request, "read")
        type_, id_ = _type(request), request.path_params["id"]
        answer = await self._hop(reading.read, self._services.door, call, type_, id_)
        if requests.etag(request, "if-none-match") == answer.version:
            return Response(status_code=304, headers=_headers(answer))
        return _response(answer)

    async def vread(self, request: Request) -> Response:
        """``GET [base]/[type]/[id]/_history/[vid]``."""
        call = await self._call(request, "vread")
        path = request.path_params
        door = self._services.door
        answer = await self._hop(
            reading.vread, door, call, _type(request), path["id"], path["version"]
        )
        return _response(answer)

    async def history(self, request: Request) -> Response:
        """``GET [base]/[type]/[id]/_history``."""
        call = await self._call(request, "history-instance")
        type_, id_ = _type(request), request.path_params["id"]
        return _response(await self._hop(reading.history, self._services.door, call, type_, id_))

    async def search(self, request: Request) -> Response:
        """``GET [base]/[type]?…``."""
        call = await self._call(request, "search-type")
        return await self._search(request, call, requests.query(request))

    async def post_search(self, request: Request) -> Response:
        """``POST [base]/[type]/_search``."""
        fields = await requests.form(request, self._limit)
        pairs = [*requests.query(request), *fields]
        call = await self._call(request, "search-type", pairs)
        return await self._search(request, call, pairs)

    async def everything(self, request: Request) -> Response:
        """``GET [base]/Patient/[id]/$everything``."""
        call = await self._call(request, "operation")
        listing, lenient = self._services.listing, _lenient(request)
        patient, pairs = request.path_params["id"], requests.query(request)
        answer = await self._hop(lambda: listing.everything(call, patient, pairs, lenient=lenient))
        return _response(answer)

    async def create(self, request: Request) -> Response:
        """``POST [base]/Consent``."""
        resource = await requests.resource(request, self._limit)
        call = await self._call(request, "create")
        answer = await self._hop(self._services.consents.create, call, resource)
        return _written(request, answer)

    async def update(self, request: Request) -> Response:
        """``PUT [base]/Consent/[id]``."""
        resource = await requests.resource(request, self._limit)
        call = await self._call(request, "update")
        match = requests.etag(request, "if-match")
        id_ = request.path_params["id"]
        answer = await self._hop(self._services.consents.update, call, id_, resource, match)
        return _written(request, answer)

    async def verify_visit(self, request: Request) -> Response:
        """``POST [base]/Encounter/$verify-visit``; leaves at a multiple of a fixed time."""
        start = monotonic()
        resource = await requests.resource(request, self._limit)
        call = await self._call(request, "operation")
        answer = await self._hop(self._services.verify_visit.answer, call, resource)
        if self._pause:
            await anyio.sleep(self._pause - (monotonic() - start) % self._pause)
        return _response(answer)

    async def metadata(self, request: Request) -> Response:
        """``GET [base]/metadata``; open to everybody."""
        requests.check_accept(request)
        body = await self._hop(self._services.capability)
        return Response(body, media_type=FHIR_JSON)

    async def _search(self, request: Request, call: Call, pairs: Sequence[Pair]) -> Response:
        type_, lenient = _type(request), _lenient(request)
        listing = self._services.listing
        return _response(
            await self._hop(lambda: listing.search(call, type_, pairs, lenient=lenient))
        )

    async def _call(
        self, request: Request, interaction: str, form: Sequence[Pair] | None = None
    ) -> Call:
        """Read the token; return the call as the door and the audit see it."""
        requests.check_accept(request)
        address = request.client.host if request.client else None
        grant = await self._hop(self._services.grant, request, address)
        request.scope[CLIENT] = grant.client
        query = request.scope["query_string"].decode("latin-1")
        line = f"{request.method} {request.url.path}" + (f"?{query}" if query else "")
        if form:
            line += " " + "&".join(f"{name}={value}" for name, value in form)
        return Call(grant, interaction, line, address)

    async def _hop(self, function: Callable[..., T], *arguments: object) -> T:
        return await anyio.to_thread.run_sync(function, *arguments, limiter=self._limiter)


def _type(request: Request) -> str:
    type_: str = request.path_params["type"]
    if type_ not in definitions().resource_types:
        raise Absent
    return type_


def _lenient(request: Request) -> bool:
    return requests.prefers(request, "handling") == "lenient"


def _headers(answer: Answer) -> dict[str, str]:
    headers = dict(NO_STORE)
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
