"""The HTTP application: the context in, an ASGI application out; its routes are one table."""

from __future__ import annotations

from importlib.metadata import version
from typing import NamedTuple

from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.api import errors
from gateway.api.context import Context
from gateway.api.endpoints import Endpoint, Handler
from gateway.api.fhir import Fhir
from gateway.api.health import Health
from gateway.api.ingest import Ingest
from gateway.api.oauth import OAuth
from gateway.api.services import Services


class _Row(NamedTuple):
    """A route: methods, path, handler."""

    methods: str
    path: str
    handler: Handler


def create_app(context: Context) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    context : Context
        The running gateway: settings, store, audit log, metrics, acceptor.
    """
    services = Services(context)
    limiter = CapacityLimiter(context.settings.server.threads)
    fhir, oauth = Fhir(services, limiter), OAuth(services, limiter)
    ingest, health = Ingest(services, limiter), Health(services, limiter)
    routes = [
        _Row("GET", "/healthz", health.healthz),
        _Row("GET", "/readyz", health.readyz),
        _Row("GET", "/metrics", health.metrics),
        _Row("POST", "/ingest/hl7v2", ingest.hl7v2),
        _Row("GET", "/auth/jwks", oauth.jwks),
        _Row("GET", "/.well-known/smart-configuration", oauth.configuration),
        _Row("GET", "/fhir/.well-known/smart-configuration", oauth.configuration),
        _Row("POST", "/auth/token", oauth.token),
        _Row("GET", "/fhir/metadata", fhir.metadata),
        _Row("POST", "/fhir/Encounter/$verify-visit", fhir.verify_visit),
        _Row("GET", "/fhir/Patient/{id}/$everything", fhir.everything),
        _Row("POST", "/fhir/Consent", fhir.create),
        _Row("PUT", "/fhir/Consent/{id}", fhir.update),
        _Row("GET", "/fhir/{type}", fhir.search),
        _Row("POST", "/fhir/{type}/_search", fhir.post_search),
        _Row("GET HEAD", "/fhir/{type}/{id}", fhir.read),
        _Row("GET", "/fhir/{type}/{id}/_history", fhir.history),
        _Row("GET", "/fhir/{type}/{id}/_history/{version}", fhir.vread),
    ]
    app = FastAPI(
        title="yiqiao", version=version("yiqiao"), docs_url=None, redoc_url=None, openapi_url=None
    )
    app.router.routes.clear()
    for row in routes:
        name = row.path.removeprefix("/").replace("{", "").replace("}", "")
        endpoint = Endpoint(name, row.handler, context.metrics, oauth=row.path == "/auth/token")
        route = Route(row.path, endpoint, methods=row.methods.split())
        if "HEAD" not in row.methods and route.methods is not None:
            route.methods.discard("HEAD")
        app.router.routes.append(route)
    app.add_exception_handler(404, _fault)
    app.add_exception_handler(405, _fault)
    return app


async def _fault(request: Request, failure: Exception) -> Response:
    return errors.response(failure, oauth=request.url.path.startswith("/auth/"))
