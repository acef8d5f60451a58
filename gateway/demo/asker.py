"""A client of the gateway, as an internet hospital or an insurer would write one.

SMART Backend Services: a signed assertion goes in, an access token comes out, and goes along with
every request.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey


class Asker:
    """One registered client with its private key.

    Parameters
    ----------
    base_url
        The gateway's address.
    client_id, key
        As registered (`yiqiao client add`).
    purpose
        v3-ActReason code that is asserted, e.g. ``TREAT``.
    scope
        Scopes asked for.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        key: ECKey,
        *,
        purpose: str | None,
        scope: str = "system/*.rs",
    ) -> None:
        self._id, self._key, self._purpose, self._scope = client_id, key, purpose, scope
        self._base_url = base_url
        self._token_url = f"{base_url}/auth/token"
        self._http = httpx.Client(base_url=f"{base_url}/fhir/", timeout=30)
        self._expires = 0.0

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **parameters: str | list[str]) -> httpx.Response:
        """GET below the FHIR base."""
        self._login()
        return self._http.get(path, params=parameters or None)

    def post(self, path: str, resource: dict[str, Any]) -> httpx.Response:
        """POST a resource below the FHIR base."""
        self._login()
        headers = {"content-type": "application/fhir+json"}
        return self._http.post(path, json=resource, headers=headers)

    def put(self, path: str, resource: dict[str, Any]) -> httpx.Response:
        """PUT a resource below the FHIR base."""
        self._login()
        headers = {"content-type": "application/fhir+json"}
        return self._http.put(path, json=resource, headers=headers)

    def feed(self, message: bytes) -> httpx.Response:
        """POST an HL7v2 message to the gateway's ingest."""
        self._login()
        headers = {"content-type": "x-application/hl7-v2+er7"}
        return self._http.post(f"{self._base_url}/ingest/hl7v2", content=message, headers=headers)

    def _login(self) -> None:
        if time.time() < self._expires:
            return
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._id, "sub": self._id, "aud": self._token_url, "jti": uuid4().hex,
            "iat": now, "exp": now + 60,
        }  # fmt: skip
        if self._purpose is not None:
            claims["extensions"] = {
                "hl7-b2b": {
                    "version": "1",
                    "purpose_of_use": [f"urn:oid:2.16.840.1.113883.5.8#{self._purpose}"],
                }
            }
        header = {"alg": "ES384", "kid": self._key.kid}
        answer = httpx.post(
            self._token_url,
            data={
                "grant_type": "client_credentials",
                "scope": self._scope,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": jwt.encode(header, claims, self._key, ["ES384"]),
            },
            timeout=30,
        )
        answer.raise_for_status()
        token = answer.json()
        self._http.headers["authorization"] = f"Bearer {token['access_token']}"
        self._expires = now + token["expires_in"] - 5
