"""The token endpoint over HTTP: what it grants, and every way it refuses."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from gateway_world import BASE, Asker, World
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from sqlalchemy.exc import OperationalError

from gateway.auth import tokens
from gateway.auth.errors import BadTokenError
from gateway.auth.service import TokenService


@pytest.fixture
def client(world: World) -> str:
    return world.client("ih", scopes="system/*.rs")


def test_a_token_is_granted(world: World, client: str) -> None:
    answer = world.ask_token(world.assertion(client, ["TREAT"]), "system/Observation.rs openid")
    granted = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert granted["token_type"] == "Bearer"
    assert granted["scope"] == "system/Observation.rs"
    assert granted["expires_in"] == 300
    jwks = world.http.get("/auth/jwks").json()
    assert len(jwks["keys"]) == 2
    assert all("d" not in key for key in jwks["keys"])
    claims = jwt.decode(
        granted["access_token"], world.store.keys.access_signer.public_keys, algorithms=["ES256"]
    ).claims
    assert claims["aud"] == f"{BASE}/fhir"
    assert (claims["sub"], claims["org"]) == (client, "ih")
    assert claims["extensions"]["ihe_iua"]["purpose_of_use"] == ["TREAT"]
    event = world.events()[-1]
    assert (event["outcome"], event["outcomeDesc"]) == ("0", "token-issued")
    assert event["agent"][0]["altId"] == client


@pytest.mark.parametrize("algorithm", ["ES256", "RS384"])
def test_other_algorithms_of_the_list_are_taken(world: World, client: str, algorithm: str) -> None:
    key: Any = (
        RSAKey.generate_key(2048, auto_kid=True)
        if algorithm == "RS384"
        else ECKey.generate_key("P-256", auto_kid=True)
    )
    assertion = _signed(world, client, key, {"alg": algorithm, "kid": key.kid}, algorithm)
    assert world.ask_token(assertion).status_code == 200


def _signed(
    world: World,
    client: str,
    key: Any,
    header: dict[str, Any],
    algorithm: str,
    *,
    known: bool = True,
) -> str:
    if known:
        from sqlalchemy import update

        from gateway.store.models import Client, table

        rows = table(Client)
        with world.store.begin() as tx:
            jwks = {"keys": [key.as_dict(private=False)]}
            tx.connection.execute(update(rows).where(rows.c.id == client).values(jwks=jwks))
    claims = {
        "iss": client,
        "sub": client,
        "aud": f"{BASE}/auth/token",
        "exp": int(time.time()) + 100,
        "jti": f"j{next(world.numbers)}",
    }
    return jwt.encode(header, claims, key, algorithms=[algorithm])


def test_a_shared_secret_is_never_taken(world: World, client: str) -> None:
    key = OctKey.generate_key(256)
    public = world.keys[client].kid
    header = {"alg": "HS256", "kid": public}
    refused = world.ask_token(_signed(world, client, key, header, "HS256", known=False))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_none_is_never_taken(world: World, client: str) -> None:
    import base64

    _, payload, _ = world.assertion(client).split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for signature in ("", "AAAA"):
        refused = world.ask_token(f"{header}.{payload}.{signature}")
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_another_clients_key_is_not_taken(world: World, client: str) -> None:
    stranger = world.client("ih")
    refused = world.ask_token(world.assertion(stranger, iss=client, sub=client))
    assert refused.json()["error"] == "invalid_client"
    assert refused.json()["error_description"] == "the signature does not verify"


def test_a_header_without_kid_is_refused(world: World, client: str) -> None:
    key = ECKey.generate_key("P-384")
    refused = world.ask_token(_signed(world, client, key, {"alg": "ES384"}, "ES384"))
    assert refused.status_code == 401


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"sub": "someone"}, "iss and sub"),
        ({"aud": "http://other/auth/token"}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": NOW - 100}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": "soon"}, "expired"),
        ({"exp": True}, "expired"),
        ({"exp": math.nan}, "expired"),
        ({"exp": math.inf}, "expired"),
        ({"exp": 10**400}, "expired"),
        ({"exp": NOW + 4000}, "at most 300"),
        ({"iat": math.nan}, "iat"),
        ({"nbf": -math.inf}, "nbf"),
        ({"nbf": NOW + 4000}, "nbf"),
        ({"iat": "x"}, "iat"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 5}, "jti"),
        ({"jti": "x" * 256}, "jti"),
        ({"iss": None}, "no iss"),
        ({"iss": "no\x00body"}, "no iss"),
        ({"iss": 5}, "no iss"),
        ({"iss": "nobody"}, "not registered"),
    ],
)
def test_an_assertion_that_breaks_a_rule(
    world: World, client: str, claims: dict[str, Any], why: str
) -> None:
    refused = world.ask_token(world.assertion(client, **claims))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert why in refused.json()["error_description"]
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_client"'
    assert world.events()[-1]["outcome"] == "4"


def test_aud_may_be_a_list(world: World, client: str) -> None:
    assertion = world.assertion(client, aud=["http://else", f"{BASE}/auth/token"])
    assert world.ask_token(assertion).status_code == 200


def test_a_jti_is_good_once(world: World, client: str) -> None:
    assertion = world.assertion(client)
    assert world.ask_token(assertion).status_code == 200
    again = world.ask_token(assertion)
    assert again.json()["error_description"] == "this jti was used before"
    assert again.status_code == 401


@pytest.mark.parametrize("junk", ["", "a", "a.b", "a.b.c", "a.!.c", "a.W10.c", "x" * 20000])
def test_what_is_no_jwt(world: World, client: str, junk: str) -> None:
    refused = world.ask_token(junk)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "x"}, "invalid_request"),
        ({"scope": "system/Nothing.x"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "ingest/hl7v2"}, "invalid_scope"),
        ({"client_id": "someone"}, "invalid_client"),
    ],
)
def test_a_request_that_breaks_a_rule(
    world: World, client: str, fields: dict[str, str], error: str
) -> None:
    more = {"scope": "system/*.rs", **fields}
    refused = world.ask_token(world.assertion(client), **more)
    assert refused.json()["error"] == error
    assert refused.status_code == (401 if error == "invalid_client" else 400)


def test_two_purposes_are_refused(world: World, client: str) -> None:
    refused = world.ask_token(world.assertion(client, ["TREAT", "HPAYMT"]))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("extensions", [5, {}, {"hl7-b2b": 5}, {"hl7-b2b": {}}])
def test_odd_extensions_carry_no_purpose(world: World, client: str, extensions: object) -> None:
    granted = world.ask_token(world.assertion(client, extensions=extensions)).json()
    grant = TokenService(world.store, world.context.audit, world.settings).read(
        granted["access_token"]
    )
    assert grant.purpose is None


def test_a_field_given_twice_and_a_body_that_is_no_form(world: World) -> None:
    post = world.http.post
    form = {"content-type": "application/x-www-form-urlencoded"}
    twice = post("/auth/token", content=b"scope=a&scope=b", headers=form)
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    assert post("/auth/token", json={}).status_code == 415
    assert post("/auth/token", content=b"x" * 70_000, headers=form).status_code == 413
    assert post("/auth/token", content=b"a=%ff", headers=form).status_code == 400
    assert world.http.get("/auth/token").status_code == 405
    assert world.http.get("/auth/token").json()["error"] == "invalid_request"


def test_a_revoked_client_gets_no_token(world: World, client: str) -> None:
    with world.store.begin() as tx:
        tx.directory.revoke_client(client)
    assert world.ask_token(world.assertion(client)).status_code == 401


def test_smart_configuration(world: World) -> None:
    document = world.http.get("/.well-known/smart-configuration").json()
    assert document == world.http.get("/fhir/.well-known/smart-configuration").json()
    assert document["token_endpoint"] == f"{BASE}/auth/token"
    assert "ES384" in document["token_endpoint_auth_signing_alg_values_supported"]
    assert "client-confidential-asymmetric" in document["capabilities"]


@pytest.mark.parametrize(
    "header", [None, "Basic x", "Bearer", "Bearer junk", "Bearer " + "a" * 9000]
)
def test_a_request_without_a_valid_token_is_401(world: World, header: str | None) -> None:
    headers = {"authorization": header} if header else {}
    refused = world.http.get("/fhir/Patient/x", headers=headers)
    assert refused.status_code == 401
    assert refused.json()["issue"][0]["code"] == "login"
    assert refused.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    assert world.events()[-1]["outcomeDesc"] == "bad-token"


def _now() -> int:
    return int(time.time())


@pytest.fixture
def grant() -> tokens.Grant:
    return tokens.Grant("c", "ih", "default", "system/*.rs", "TREAT", _now() + 100, "j")


def test_a_token_of_elsewhere_does_not_hold(world: World, grant: tokens.Grant) -> None:
    keys = world.store.keys
    good = {"issuer": BASE, "audience": f"{BASE}/fhir", "now": float(_now())}
    signer = keys.access_signer
    for odd in ({"issuer": "http://else"}, {"audience": "http://else"}):
        token = tokens.issue(grant, signer, **{**good, **odd})
        with pytest.raises(BadTokenError):
            tokens.read(token, signer, **good)
    token = tokens.issue(grant, signer, **good)
    assert tokens.read(token, signer, **good) == grant
    with pytest.raises(BadTokenError, match="expired"):
        tokens.read(token, signer, **{**good, "now": float(_now() + 101)})
    with pytest.raises(BadTokenError):
        tokens.read(token, keys.receipt_signer, **good)
    plain = jwt.encode({"alg": "ES256", "kid": signer.kid}, {"iss": BASE}, signer.key)
    with pytest.raises(BadTokenError):
        tokens.read(plain, signer, **good)


def test_a_token_of_a_retired_key_still_holds(world: World, client: str) -> None:
    before = world.token(client)
    world.store.keys.rotate()
    fresh = TokenService(world.store, world.context.audit, world.settings)
    assert fresh.read(before).client == client
    assert Asker(world, before).get("Patient/x").status_code == 404


def test_a_token_signed_by_another_process_after_a_rotation(world: World, client: str) -> None:
    from gateway.keys import Keys

    elsewhere = Keys(world.store.keys._path.parent)
    elsewhere.rotate()
    good = {"issuer": BASE, "audience": f"{BASE}/fhir", "now": float(_now())}
    grant = tokens.Grant(client, "ih", "default", "system/*.rs", "TREAT", _now() + 100, "j")
    token = tokens.issue(grant, elsewhere.access_signer, **good)
    assert Asker(world, token).get("Patient/x").status_code == 404


def test_a_remembered_token_expires(world: World, client: str, grant: tokens.Grant) -> None:
    service = TokenService(world.store, world.context.audit, world.settings)
    good = {"issuer": BASE, "audience": f"{BASE}/fhir", "now": float(_now())}
    token = tokens.issue(grant, world.store.keys.access_signer, **good)
    assert service.read(token) == grant
    world.store._clock = lambda: (_now() + 200) * 1_000_000
    with pytest.raises(BadTokenError, match="expired"):
        service.read(token)


def test_few_tokens_are_remembered(
    world: World, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.auth.service._REMEMBERED", 1)
    service = TokenService(world.store, world.context.audit, world.settings)
    for _ in range(2):
        service.read(world.token(client))
    assert len(service._read) == 1


def test_without_the_database_there_is_no_token(
    world: World, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assertion = world.assertion(client)

    def fail() -> None:
        raise OperationalError("select", {}, Exception("down"))

    monkeypatch.setattr(world.store, "read", fail)
    refused = world.ask_token(assertion)
    assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable")
