"""Client assertions: a JWT a client signed in, what it proves out.

RFC 7523 section 3 as SMART Backend Services narrows it: ``iss`` = ``sub`` = client id, ``aud`` =
the token URL, ``exp`` at most five minutes away, a ``jti`` used once, signed with a registered key
by ES384, RS384 or ES256. The purpose of use stands in UDAP's ``extensions.hl7-b2b.purpose_of_use``.
Whether the ``jti`` was spent is the store's to say; nothing here has a side effect.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from dataclasses import dataclass
from typing import Any, TypeGuard

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.auth.errors import OAuthError
from gateway.auth.purposes import code_of

ALGORITHMS = ("ES384", "RS384", "ES256")
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_LONGEST = 16 * 1024
_CLIENT = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Assertion:
    """A client assertion that held: who, its jti, when it expires (s), the purpose asserted."""

    client: str
    jti: str
    expires: int
    purpose: str | None


def claimed_client(assertion: str) -> str:
    """Return the client id that an assertion claims, proving nothing.

    Raises
    ------
    OAuthError
        ``invalid_client``: not a JWT, or without ``iss``.
    """
    parts = assertion.split(".")
    if len(assertion) > _LONGEST or len(parts) != 3:
        raise OAuthError("invalid_client", "client_assertion is not a signed JWT")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError) as fault:
        raise OAuthError("invalid_client", "client_assertion is not a signed JWT") from fault
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    if not isinstance(issuer, str) or not _CLIENT.fullmatch(issuer):
        raise OAuthError("invalid_client", "client_assertion has no iss")
    return issuer


def check(
    assertion: str,
    *,
    client: str,
    jwks: dict[str, Any],
    token_url: str,
    now: float,
    longest: int,
    skew: int,
) -> Assertion:
    """Check a client assertion.

    Parameters
    ----------
    assertion : str
        Compact JWS.
    client : str
        The client id it must be about.
    jwks : dict
        The client's registered public keys (RFC 7517).
    token_url : str
        The audience it must name.
    now, longest, skew
        Seconds since the epoch; longest lifetime; difference of clocks forgiven.

    Raises
    ------
    OAuthError
        ``invalid_client`` with the rule that was broken.
    """
    try:
        keys = KeySet.import_key_set(jwks)  # type: ignore[arg-type]  # a parsed JWKS
        token = jwt.decode(assertion, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError) as fault:
        raise OAuthError("invalid_client", "the signature does not verify") from fault
    claims = token.claims
    if "kid" not in token.header:
        raise OAuthError("invalid_client", "the header has no kid")
    if claims.get("iss") != client or claims.get("sub") != client:
        raise OAuthError("invalid_client", "iss and sub must both be the client id")
    audience = claims.get("aud")
    if token_url not in (audience if isinstance(audience, list) else [audience]):
        raise OAuthError("invalid_client", "aud must be the token URL")
    expires = _lifetime(claims, now, longest, skew)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 255:
        raise OAuthError("invalid_client", "jti must be a string of 1 to 255 characters")
    return Assertion(client, jti, expires, _purpose(claims))


def _lifetime(claims: dict[str, Any], now: float, longest: int, skew: int) -> int:
    expires = claims.get("exp")
    if not _is_number(expires) or expires + skew <= now:
        raise OAuthError("invalid_client", "the assertion has expired")
    if expires > now + longest + skew:
        raise OAuthError("invalid_client", f"exp must be at most {longest} seconds away")
    for claim in ("iat", "nbf"):
        if claim in claims and (not _is_number(claims[claim]) or claims[claim] > now + skew):
            raise OAuthError("invalid_client", f"{claim} is in the future")
    return int(expires)


def _is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a time: JSON as Python reads it also has NaN and Infinity, which are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False


def _purpose(claims: dict[str, Any]) -> str | None:
    extensions = claims.get("extensions")
    b2b = extensions.get("hl7-b2b") if isinstance(extensions, dict) else None
    asserted = b2b.get("purpose_of_use") if isinstance(b2b, dict) else None
    if isinstance(asserted, list):
        if len(asserted) > 1:
            raise OAuthError("invalid_request", "one purpose of use for a token")
        asserted = asserted[0] if asserted else None
    return code_of(asserted)
