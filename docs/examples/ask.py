"""Ask the gateway, as any registered client would: SMART Backend Services in fifty lines.

    python ask.py CLIENT PURPOSE PATH [FILE]

GETs PATH below /fhir, or POSTs FILE (JSON) to it, and prints the answer. The client's private key
is CLIENT.jwk in this directory (`yiqiao client add CLIENT … --new-key CLIENT.jwk`); PURPOSE is a
code of v3-ActReason, such as TREAT. $YIQIAO_URL names the gateway; default http://127.0.0.1:8080.
Needs httpx and joserfc.
"""

import json
import os
import sys
import time
import uuid
from pathlib import Path

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

GATEWAY = os.environ.get("YIQIAO_URL", "http://127.0.0.1:8080")
SCOPE = "system/*.cruds operation/verify-visit"  # what of this the client may have is granted


def token(client: str, purpose: str) -> str:
    """Sign an assertion with the client's key and exchange it for an access token."""
    key = ECKey.import_key(json.loads(Path(f"{client}.jwk").read_text()))
    url, now = f"{GATEWAY}/auth/token", int(time.time())
    claims = {
        "iss": client, "sub": client, "aud": url, "jti": str(uuid.uuid4()),
        "iat": now, "exp": now + 60,
        "extensions": {"hl7-b2b": {
            "version": "1",
            "purpose_of_use": [f"http://terminology.hl7.org/CodeSystem/v3-ActReason|{purpose}"],
        }},
    }  # fmt: skip
    assertion = jwt.encode({"alg": "ES384", "kid": key.kid}, claims, key, algorithms=["ES384"])
    answer = httpx.post(url, data={
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
        "scope": SCOPE,
    })  # fmt: skip
    if answer.is_error:
        sys.exit(answer.text)
    return str(answer.json()["access_token"])


def main(client: str, purpose: str, path: str, file: str | None = None) -> int:
    """Ask once; 0 if the answer is a success."""
    headers = {"authorization": f"Bearer {token(client, purpose)}"}
    url = f"{GATEWAY}/fhir/{path}"
    if file is None:
        answer = httpx.get(url, headers=headers)
    else:
        headers["content-type"] = "application/fhir+json"
        answer = httpx.post(url, headers=headers, content=Path(file).read_bytes())
    sys.stderr.write(f"HTTP {answer.status_code}\n")
    sys.stdout.write(json.dumps(answer.json(), indent=2, ensure_ascii=False) + "\n")
    return int(answer.is_error)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
