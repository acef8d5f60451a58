"""Failures in, HTTP responses out: the one place where an exception becomes an answer.

On ``/fhir`` and elsewhere a failure is an OperationOutcome, on ``/auth`` an OAuth error (RFC 6749
section 5.2). No answer carries patient content, and a failure nobody foresaw says nothing but that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.api.throttle import TooManyRequestsError
from gateway.audit.log import AuditUnavailableError
from gateway.auth.errors import BadTokenError, OAuthError
from gateway.disclosure.refusals import Issue, Refusal
from gateway.keys import KeysError
from gateway.store import StoreError

FHIR_JSON = "application/fhir+json"
JSON = "application/json"
NO_STORE = {"cache-control": "no-store"}

_LOG = structlog.get_logger("yiqiao.api")
_BY_STATUS = {
    400: Issue("invalid", "the request cannot be understood"),
    404: Issue("not-found", "there is no such resource"),
    405: Issue("not-supported", "this interaction is not offered here"),
    406: Issue("not-supported", "answers are application/fhir+json"),
    413: Issue("too-long", "the body is too large"),
    415: Issue("not-supported", "the body's media type is not taken here"),
}
_UNKNOWN = Issue("exception", "the gateway failed")
_TRANSIENT = Issue("transient", "the gateway cannot answer now")
_LOGIN = Issue("login", "a valid access token is needed")
_FAULTS = (SQLAlchemyError, StoreError, KeysError, AuditUnavailableError)


def outcome(issues: Sequence[Issue]) -> bytes:
    """Return an OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html)."""
    listed = []
    for issue in issues:
        one: dict[str, object] = {
            "severity": "error",
            "code": issue.code,
            "diagnostics": issue.text,
        }
        if issue.expression:
            one["expression"] = [issue.expression]
        listed.append(one)
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": listed})


def response(failure: Exception, *, oauth: bool = False) -> Response:
    """Return the answer to a failure; what was not foreseen is logged by its type alone."""
    if isinstance(failure, OAuthError):
        return _oauth(failure.status, failure.error, failure.description)
    if isinstance(failure, TooManyRequestsError):
        wait = {"retry-after": str(failure.seconds)}
        if oauth:
            return _oauth(429, "temporarily_unavailable", str(failure), wait)
        return _fhir(429, [Issue("throttled", str(failure))], wait)
    if isinstance(failure, BadTokenError):
        challenge = {
            "www-authenticate": f'Bearer error="invalid_token", error_description="{failure}"'
        }
        return _fhir(401, [_LOGIN], challenge)
    if isinstance(failure, Refusal):
        retry = {"retry-after": "5"} if failure.status == 503 else {}
        return _fhir(failure.status, failure.issues, retry)
    if isinstance(failure, HTTPException):
        issue = _BY_STATUS.get(failure.status_code, _UNKNOWN)
        if oauth:
            return _oauth(failure.status_code, "invalid_request", issue.text)
        return _fhir(failure.status_code, [issue], dict(failure.headers or {}))
    _LOG.error("failure", exc_info=failure)
    transient = isinstance(failure, _FAULTS)
    status, issue = (503, _TRANSIENT) if transient else (500, _UNKNOWN)
    if oauth:
        return _oauth(
            status, "temporarily_unavailable" if transient else "server_error", issue.text
        )
    return _fhir(status, [issue], {"retry-after": "5"} if transient else {})


def _fhir(status: int, issues: Sequence[Issue], headers: dict[str, str]) -> Response:
    return Response(outcome(issues), status, headers={**NO_STORE, **headers}, media_type=FHIR_JSON)


def _oauth(
    status: int, error: str, description: str, more: Mapping[str, str] | None = None
) -> Response:
    body = orjson.dumps({"error": error, "error_description": description})
    headers = {**NO_STORE, **(more or {})}
    if status == 401:
        headers["www-authenticate"] = f'Bearer error="{error}"'
    return Response(body, status, headers=headers, media_type=JSON)
