"""The authorisation server: a token request in, an access token or an `OAuthError` out; and back.

Every request is audited before it is answered: the token together with the spent ``jti``, in one
transaction; a refusal with its reason and without the assertion.
Source: https://hl7.org/fhir/smart-app-launch/backend-services.html, RFC 6749, RFC 7523.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from gateway.audit.events import REFUSED, SUCCESS, Event
from gateway.audit.log import AuditLog
from gateway.auth import assertions, tokens
from gateway.auth.assertions import Assertion
from gateway.auth.errors import BadTokenError, OAuthError
from gateway.auth.scopes import OWN, Scopes
from gateway.auth.tokens import Grant
from gateway.keys import random_id
from gateway.settings import Settings
from gateway.store import Store, Tx
from gateway.store.models import Client, Organisation, SpentAssertion, table

_SPENT = table(SpentAssertion)
_SECOND = 1_000_000
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """A successful answer of the token endpoint (RFC 6749 section 5.1)."""

    access_token: str
    expires_in: int
    scope: str

    def document(self) -> dict[str, Any]:
        """Return it as the JSON object to send."""
        return {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": self.scope,
        }


class TokenService:
    """Issues and reads access tokens.

    Parameters
    ----------
    store, audit, settings
        What it works on.
    """

    def __init__(self, store: Store, audit: AuditLog, settings: Settings) -> None:
        self._store = store
        self._audit = audit
        self._settings = settings
        self._issuer = settings.server.address
        self._audience = settings.fhir_base
        self._read: OrderedDict[bytes, Grant] = OrderedDict()
        self._lock = Lock()

    @property
    def token_url(self) -> str:
        """The audience of client assertions."""
        return f"{self._issuer}/auth/token"

    def issue(self, form: Mapping[str, str], address: str | None) -> TokenResponse:
        """Answer a token request.

        Raises
        ------
        OAuthError
            The request is refused; the refusal is audited.
        AuditUnavailableError, SQLAlchemyError
            Nothing could be recorded, so nothing was granted.
        """
        known: list[tuple[Client, Organisation]] = []
        try:
            return self._issue(form, address, known)
        except OAuthError as refusal:
            client, organisation = known[0] if known else (None, None)
            self._audit.record(
                Event(
                    "login",
                    REFUSED,
                    refusal.error,
                    client=client.id if client else None,
                    organisation=organisation.id if organisation else None,
                    tenant=organisation.tenant if organisation else None,
                    address=address,
                )
            )
            raise

    def _issue(
        self,
        form: Mapping[str, str],
        address: str | None,
        known: list[tuple[Client, Organisation]],
    ) -> TokenResponse:
        if form.get("grant_type") != "client_credentials":
            raise OAuthError("unsupported_grant_type", "grant_type must be client_credentials")
        if form.get("client_assertion_type") != assertions.TYPE:
            raise OAuthError("invalid_request", f"client_assertion_type must be {assertions.TYPE}")
        signed = form.get("client_assertion", "")
        claimed = assertions.claimed_client(signed)
        if form.get("client_id", claimed) != claimed:
            raise OAuthError("invalid_client", "client_id is not the assertion's iss")
        with self._store.read() as tx:
            client = tx.directory.client(claimed)
            organisation = tx.directory.organisation(client.organisation) if client else None
        if client is None or organisation is None or client.revoked is not None:
            raise OAuthError("invalid_client", "the client is not registered")
        known.append((client, organisation))
        assertion = self._check(signed, client)
        scopes = Scopes.parse(form.get("scope", "")).meet(Scopes.parse(client.scopes))
        if not scopes:
            raise OAuthError("invalid_scope", "none of the scopes asked for is registered")
        with self._store.begin() as tx:
            self._spend(tx, assertion)
            return self._grant(tx, organisation, assertion, scopes, address)

    def _check(self, signed: str, client: Client) -> Assertion:
        return assertions.check(
            signed,
            client=client.id,
            jwks=client.jwks,
            token_url=self.token_url,
            now=self._store.now() / _SECOND,
            longest=self._settings.auth.assertion_seconds,
            skew=self._settings.auth.clock_skew_seconds,
        )

    def _spend(self, tx: Tx, assertion: Assertion) -> None:
        """Note a jti as used, for as long as its assertion could be used again."""
        kept = self._settings.auth.clock_skew_seconds
        forget = _SPENT.c.expires < tx.now // _SECOND
        tx.connection.execute(delete(_SPENT).where(forget))
        row = {
            "client": assertion.client,
            "jti": assertion.jti,
            "expires": assertion.expires + kept,
        }
        try:
            with tx.connection.begin_nested():
                tx.connection.execute(insert(_SPENT), row)
        except IntegrityError as fault:
            raise OAuthError("invalid_client", "this jti was used before") from fault

    def _grant(
        self,
        tx: Tx,
        organisation: Organisation,
        assertion: Assertion,
        scopes: Scopes,
        address: str | None,
    ) -> TokenResponse:
        lifetime = self._settings.auth.token_seconds
        now = tx.now // _SECOND
        grant = Grant(
            client=assertion.client,
            organisation=organisation.id,
            tenant=organisation.tenant,
            scope=str(scopes),
            purpose=assertion.purpose,
            expires=now + lifetime,
            jti=random_id(),
        )
        self._store.keys.refresh()
        signer = self._store.keys.access_signer
        token = tokens.issue(grant, signer, issuer=self._issuer, audience=self._audience, now=now)
        event = Event(
            "login",
            SUCCESS,
            "token-issued",
            client=grant.client,
            organisation=grant.organisation,
            tenant=grant.tenant,
            purpose=grant.purpose,
            address=address,
        )
        self._audit.append(tx, event)
        return TokenResponse(token, lifetime, grant.scope)

    def read(self, token: str) -> Grant:
        """Return what an access token grants.

        Raises
        ------
        BadTokenError
            It does not hold.
        """
        now = self._store.now() / _SECOND
        digest = sha256(token.encode()).digest()
        with self._lock:
            grant = self._read.get(digest)
        if grant is None:
            grant = self._verify(token, now)
            with self._lock:
                self._read[digest] = grant
                while len(self._read) > _REMEMBERED:
                    self._read.popitem(last=False)
        if grant.expires <= now:
            raise BadTokenError("the token has expired")
        return grant

    def _verify(self, token: str, now: float) -> Grant:
        keys = self._store.keys
        try:
            return tokens.read(
                token, keys.access_signer, issuer=self._issuer, audience=self._audience, now=now
            )
        except BadTokenError:
            if not keys.refresh():  # another process may have rotated the keys
                raise
            return tokens.read(
                token, keys.access_signer, issuer=self._issuer, audience=self._audience, now=now
            )

    def jwks(self) -> dict[str, Any]:
        """Return the public keys of access tokens and of receipts (RFC 7517)."""
        keys = self._store.keys
        keys.refresh()
        return {"keys": keys.access_signer.jwks()["keys"] + keys.receipt_signer.jwks()["keys"]}

    def smart_configuration(self) -> dict[str, Any]:
        """Return ``.well-known/smart-configuration``."""
        return {
            "issuer": self._issuer,
            "jwks_uri": f"{self._issuer}/auth/jwks",
            "token_endpoint": self.token_url,
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
            "scopes_supported": ["system/*.rs", "system/Consent.crus", *sorted(OWN)],
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        }
