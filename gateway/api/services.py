"""The services behind the routes, made once from the context."""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import version

import orjson
from starlette.requests import Request

from conformance.capability import Claim, capability_statement
from conformance.definitions import definitions
from conformance.validator import Validator
from gateway.api import requests
from gateway.api.context import Context
from gateway.api.throttle import Throttle, household
from gateway.audit.events import REFUSED, Event
from gateway.auth.errors import BadTokenError
from gateway.auth.service import TokenService
from gateway.auth.tokens import Grant
from gateway.disclosure.consents import Consents
from gateway.disclosure.door import Door
from gateway.disclosure.listing import Listing
from gateway.disclosure.search.parameters import table
from gateway.operations.verify_visit import VerifyVisit
from gateway.store.clinical import instant

OPERATIONS = {
    "Patient": {"everything": "http://hl7.org/fhir/OperationDefinition/Patient-everything"},
    "Encounter": {"verify-visit": "https://yiqiao.org/fhir/OperationDefinition/verify-visit"},
}
_READ = ("read", "vread", "history-instance")
_DIRECTORY = ("Location", "Organization", "Practitioner", "PractitionerRole")


class Services:
    """What the handlers call."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.settings = context.settings
        self.store = context.store
        self.audit = context.audit
        self.metrics = context.metrics
        self.tokens = TokenService(context.store, context.audit, context.settings)
        self.door = Door(context.store, context.audit, context.settings)
        self.listing = Listing(self.door, context.settings)
        self.consents = Consents(self.door, Validator())
        self.verify_visit = VerifyVisit(
            self.door, context.settings.insurer, context.settings.server.address
        )
        self.logins = Throttle(context.settings.auth.requests_per_minute)
        self._started = context.store.now()

    def grant(self, request: Request) -> Grant:
        """Return what a request's access token grants.

        Raises
        ------
        BadTokenError
            There is none, or it does not hold; audited.
        TooManyRequestsError
            So it was too often from this address; not audited any more.
        """
        try:
            return self.tokens.read(requests.bearer(request))
        except BadTokenError:
            address = requests.address(request)
            self.logins.count(household(address))
            self.audit.record(Event("login", REFUSED, "bad-token", address=address))
            raise

    def capability(self) -> bytes:
        """Return the CapabilityStatement as JSON."""
        return self._capability

    @cached_property
    def _capability(self) -> bytes:
        claims = [
            Claim(
                type_,
                interactions=(
                    *_READ, "search-type", *(("create", "update") if type_ == "Consent" else ()),
                ),
                search=sorted(parameters),
                includes=sorted(
                    f"{type_}:{name}"
                    for name, one in parameters.items()
                    if one.kind == "reference"
                ),
                operations=OPERATIONS.get(type_, {}),
            )
            for type_, parameters in table().items()
        ]  # fmt: skip
        claims += [Claim(type_, interactions=_READ) for type_ in (*_DIRECTORY, "Binary")]
        statement = capability_statement(
            definitions(),
            claims,
            base=self.settings.fhir_base,
            name="yiqiao",
            version=version("yiqiao"),
            date=instant(self._started),
            token=self.tokens.token_url,
        )
        return orjson.dumps(statement)
