"""Requests as HTTP has them: headers and bodies in, checked values out.

Raises Starlette's HTTPException (406, 413, 415) or `BadRequest`; `gateway.api.errors` answers them.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request

from gateway.auth.errors import BadTokenError
from gateway.disclosure.refusals import BadRequest
from mappings import exact

Pair = tuple[str, str]

FHIR = ("application/fhir+json", "application/json", "application/*", "*/*")
_JSON = ("application/fhir+json", "application/json", "text/json")
_FORM = "application/x-www-form-urlencoded"
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


def address(request: Request) -> str | None:
    """Return the client's network address, as the connection or a trusted proxy tells it."""
    return request.client.host if request.client else None


def media_type(request: Request) -> tuple[str, dict[str, str]]:
    """Return the body's media type and its parameters, in lower case."""
    first, *rest = request.headers.get("content-type", "").split(";")
    parameters = (part.partition("=") for part in rest)
    return first.strip().lower(), {
        name.strip().lower(): value.strip().strip('"') for name, _, value in parameters
    }


def check_accept(request: Request) -> None:
    """Check that the client takes FHIR JSON.

    Raises
    ------
    HTTPException
        406.
    """
    if not any(one in FHIR for one in accepted(request)):
        raise HTTPException(406)


def accepted(request: Request) -> list[str]:
    """Return the media types of ``Accept``, in their order."""
    accept = request.headers.get("accept", "*/*")
    return [part.partition(";")[0].strip().lower() for part in accept.split(",")]


def bearer(request: Request) -> str:
    """Return the bearer token (RFC 6750 section 2.1).

    Raises
    ------
    BadTokenError
        There is none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise BadTokenError("no access token")
    return token.strip()


async def body(request: Request, limit: int) -> bytes:
    """Return the body, of at most `limit` bytes.

    Raises
    ------
    HTTPException
        413.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise HTTPException(413)
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise HTTPException(413)
    return bytes(received)


async def resource(request: Request, limit: int) -> dict[str, Any]:
    """Return the body as a JSON object.

    Raises
    ------
    HTTPException
        413, 415.
    BadRequest
        It is not a JSON object.
    """
    if media_type(request)[0] not in _JSON:
        raise HTTPException(415)
    try:
        parsed = exact.loads(await body(request, limit))
    except orjson.JSONDecodeError as fault:
        raise BadRequest("the body is not JSON") from fault
    if not isinstance(parsed, dict):
        raise BadRequest("the body is not a JSON object")
    return parsed


async def form(request: Request, limit: int) -> list[Pair]:
    """Return the body's form fields; an empty body has none.

    Raises
    ------
    HTTPException
        413, 415.
    BadRequest
        It is not UTF-8.
    """
    content = await body(request, limit)
    if content and media_type(request)[0] != _FORM:
        raise HTTPException(415)
    return pairs(content)


def query(request: Request) -> list[Pair]:
    """Return the query string's parameters, in order."""
    return pairs(request.scope["query_string"])


def pairs(encoded: bytes) -> list[Pair]:
    """Return the pairs of a form or a query string.

    Raises
    ------
    BadRequest
        It is not UTF-8.
    """
    try:
        return parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as fault:
        raise BadRequest("parameters are form-encoded UTF-8") from fault


def prefers(request: Request, name: str) -> str | None:
    """Return a preference of ``Prefer`` (RFC 7240), such as ``handling``."""
    for part in request.headers.get("prefer", "").replace(";", ",").split(","):
        key, _, value = part.strip().partition("=")
        if key.strip().lower() == name:
            return value.strip().strip('"').lower()
    return None


def etag(request: Request, header: str) -> str | None:
    """Return the version that a header such as ``If-Match`` names; None without the header."""
    value = request.headers.get(header)
    if value is None:
        return None
    found = _ETAG.fullmatch(value.strip())
    return found.group(1) if found else value.strip()


def has_already(request: Request, version: str | None) -> bool:
    """Whether ``If-None-Match`` (RFC 9110 section 13.1.2) names the version, in a list or by ``*``.

    Ask only about what the client may see: the answer tells that the resource exists.
    """
    value = request.headers.get("if-none-match", "").strip()
    tags = _ETAG.findall(value) or [one.strip() for one in value.split(",")]
    return value == "*" or version in tags
