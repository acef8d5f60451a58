"""Receipts: an answer in, a signed statement that it was given out (JWS, ES256).

Whoever is shown a receipt verifies it with ``/auth/jwks``. It names the insurer, the time, the
answer and the digest of the question: only who knows the question can tell what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from joserfc import jws

from gateway.keys import Signer

TYPE = "yiqiao-visit-receipt"


def sign(
    signer: Signer,
    *,
    issuer: str,
    insurer: str,
    purpose: str,
    digest: str,
    result: str,
    matched: Mapping[str, bool],
    seconds: int,
    receipt: str,
) -> str:
    """Sign a receipt; `seconds` since the epoch, `receipt` its number."""
    payload = {
        "iss": issuer,
        "sub": insurer,
        "iat": seconds,
        "jti": receipt,
        "purpose_of_use": purpose,
        "question_sha256": digest,
        "result": result,
        "matched": dict(matched),
    }
    header = {"alg": "ES256", "kid": signer.kid, "typ": TYPE}
    return jws.serialize_compact(header, orjson.dumps(payload), signer.key, algorithms=["ES256"])
