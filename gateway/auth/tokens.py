"""Access tokens: a grant in, a signed JWT out; a JWT in, the grant it carries out.

RFC 9068 with IHE IUA's ``extensions.ihe_iua.purpose_of_use``; ES256 under the gateway's own key.
A token says what was granted when it was made; the door asks again at every request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from gateway.auth.errors import BadTokenError
from gateway.auth.purposes import code_of
from gateway.keys import Signer

_LONGEST = 8 * 1024


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token carries; `expires` in seconds since the epoch."""

    client: str
    organisation: str
    tenant: str
    scope: str
    purpose: str | None
    expires: int
    jti: str


def issue(grant: Grant, signer: Signer, *, issuer: str, audience: str, now: float) -> str:
    """Write and sign an access token for a FHIR base URL (`audience`)."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": grant.client,
        "client_id": grant.client,
        "aud": audience,
        "iat": int(now),
        "exp": grant.expires,
        "jti": grant.jti,
        "scope": grant.scope,
        "org": grant.organisation,
        "tenant": grant.tenant,
    }
    if grant.purpose is not None:
        claims["extensions"] = {"ihe_iua": {"purpose_of_use": [grant.purpose]}}
    header = {"alg": "ES256", "typ": "at+jwt", "kid": signer.kid}
    return jwt.encode(header, claims, signer.key, algorithms=["ES256"])


def read(token: str, signer: Signer, *, issuer: str, audience: str, now: float) -> Grant:
    """Verify an access token and return its grant.

    Raises
    ------
    BadTokenError
        The signature, type, issuer, audience or expiry does not hold.
    """
    if len(token) > _LONGEST:
        raise BadTokenError("too long")
    try:
        decoded = jwt.decode(token, signer.public_keys, algorithms=["ES256"])
    except (JoseError, ValueError, TypeError) as fault:
        raise BadTokenError("the signature does not verify") from fault
    claims = decoded.claims
    if decoded.header.get("typ") != "at+jwt" or claims.get("iss") != issuer:
        raise BadTokenError("not an access token of this gateway")
    if claims.get("aud") != audience:
        raise BadTokenError("made for another audience")
    if claims["exp"] <= now:
        raise BadTokenError("the token has expired")
    purposes = claims.get("extensions", {}).get("ihe_iua", {}).get("purpose_of_use", [None])
    return Grant(
        client=claims["sub"],
        organisation=claims["org"],
        tenant=claims["tenant"],
        scope=claims["scope"],
        purpose=code_of(purposes[0]),
        expires=claims["exp"],
        jti=claims["jti"],
    )
