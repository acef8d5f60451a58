"""A small world on either database: organisations, clients with keys, records, and HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.audit.log import AuditLog
from gateway.ingest.arrival.accept import Delivery, Receipt
from gateway.ingest.records.identity import identifier_token, tokens
from gateway.ingest.sources import NOBODY, Sender
from gateway.observability import Metrics
from gateway.settings import Settings
from gateway.store import NewCompartment, Store
from gateway.store.models import Client, Organisation, Source

BASE = "http://gateway.test"
IDENTITY = "urn:oid:2.16.156.10011.1.3"
ZHANG = "110101190001010014"
WANG = "110101190001010022"
HIV_CODE = {"system": "http://loinc.org", "code": "75622-1"}
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

ORGANISATIONS = {
    "tjh01": "source",
    "tjh02": "source",
    "ih": "internet-hospital",
    "other": "internet-hospital",
    "insurer": "insurer",
    "app": "patient-app",
}


class Acceptor:
    def __init__(self) -> None:
        self.taken: list[tuple[bytes, str | None, str | None]] = []
        self.reason = "bad-header"  # of what is no message

    async def deliver(
        self, raw: bytes, *, sender: Sender = NOBODY, charset: str | None = None
    ) -> Delivery:
        self.taken.append((raw, sender.organisation, charset))
        reason = None if raw.startswith(b"MSH") else self.reason
        receipt = Receipt(1, False, reason is None, reason, "1", b"MSH|ack")
        return Delivery((receipt,), receipt.ack)


@dataclass
class Context:
    settings: Settings
    store: Store
    audit: AuditLog
    metrics: Metrics
    acceptor: Any


class Http:
    """A client of an ASGI application, for code that is not asynchronous."""

    def __init__(self, app: Any, portal: BlockingPortal) -> None:
        self._portal = portal
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=True), base_url=BASE
        )

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        return self._portal.call(partial(self._client.request, method, url, **more))

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.request("POST", url, **more)


@dataclass
class World:
    """The running gateway, and hands to work on it."""

    store: Store
    settings: Settings
    context: Context
    http: Http
    keys: dict[str, ECKey] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def organisation(self, id_: str, kind: str, tenant: str = "default", **more: Any) -> None:
        self.organisations({id_: kind}, tenant, **more)

    def organisations(self, kinds: Mapping[str, str], tenant: str = "default", **more: Any) -> None:
        """Register organisations in one transaction."""
        with self.store.begin() as tx:
            for id_, kind in kinds.items():
                row = Organisation(
                    id=id_, tenant=tenant, kind=kind, name=id_.upper(), created=tx.now, **more
                )
                tx.directory.add(row)
                if kind == "source":
                    tx.directory.add(Source(organisation=id_, facility=id_.upper()))

    def client(
        self,
        organisation: str,
        scopes: str = "system/*.cruds ingest/hl7v2 operation/verify-visit",
        purposes: str = "TREAT HPAYMT PATRQT BTG CLMATTCH",
        id_: str | None = None,
    ) -> str:
        name = id_ or f"{organisation}-client-{next(self.numbers)}"
        key = ECKey.generate_key("P-384", auto_kid=True)
        self.keys[name] = key
        with self.store.begin() as tx:
            row = Client(
                id=name,
                organisation=organisation,
                jwks={"keys": [key.as_dict(private=False)]},
                scopes=scopes,
                purposes=purposes,
                created=tx.now,
            )
            tx.directory.add(row)
        return name

    def assertion(self, client: str, purpose: object = None, **claims: Any) -> str:
        key = self.keys[client]
        now = self.store.now() // 1_000_000
        content: dict[str, Any] = {
            "iss": client,
            "sub": client,
            "aud": f"{BASE}/auth/token",
            "exp": now + 200,
            "iat": now,
            "jti": f"jti-{next(self.numbers)}-{now}",
        }
        if purpose is not None:
            content["extensions"] = {"hl7-b2b": {"purpose_of_use": purpose}}
        content |= claims
        content = {name: value for name, value in content.items() if value is not None}
        header = {"alg": "ES384", "typ": "JWT", "kid": key.kid}
        return jwt.encode(header, content, key, algorithms=["ES384"])

    def ask_token(
        self, assertion: str, scope: str = "system/*.cruds", **more: str
    ) -> httpx.Response:
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "scope": scope,
            **more,
        }
        return self.http.post("/auth/token", data=fields)

    def token(
        self,
        client: str,
        purpose: object = "TREAT",
        scope: str = "system/*.cruds ingest/hl7v2 operation/verify-visit",
    ) -> str:
        answer = self.ask_token(self.assertion(client, purpose), scope)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def login(self, organisation: str, purpose: object = "TREAT", **more: Any) -> Asker:
        return Asker(self, self.token(self.client(organisation, **more), purpose))

    def record(self, source: str, mrn: str, identity: str = ZHANG, **patient: Any) -> Record:
        """Make one source's record of a patient, linked by identity number."""
        with self.store.begin() as tx:
            tenant = tx.directory.organisation(source).tenant
            token = identifier_token(tx.keys, tenant, IDENTITY, identity)
            person = tx.persons.for_identity(tenant, token)
            compartment = tx.keys.derive_id(tenant, source, "patient", mrn)
            tx.compartments.ensure([NewCompartment(compartment, tenant, "patient", source, person)])
            held = tokens(
                tx.keys, tenant, {"identifier": [{"system": IDENTITY, "value": identity}]}
            )
            tx.persons.add_tokens([(one, compartment, kind) for one, kind in held.items()])
        record = Record(self, source, compartment, person)
        record.put(
            "Patient",
            "N",
            identifier=[{"system": IDENTITY, "value": identity}],
            active=True,
            **({"name": [{"text": "测试甲"}], "birthDate": "1900-01-01"} | patient),
        )
        return record

    def events(self) -> list[dict[str, Any]]:
        """Return every AuditEvent, opened."""
        import orjson
        from sqlalchemy import select

        from gateway.audit.chain import aad
        from gateway.store.models import AuditRow, table

        rows = table(AuditRow)
        with self.store.read() as tx:
            found = tx.connection.execute(select(rows.c.seq, rows.c.body).order_by(rows.c.seq))
            return [
                orjson.loads(tx.keys.audit_key.open(body, aad(seq))) for seq, body in found.all()
            ]


@dataclass
class Asker:
    """A client with a token."""

    world: World
    token: str

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        url = path if path.startswith(("/", "http")) else f"/fhir/{path}"
        return self.world.http.request(method, url, headers=headers, **more)

    def ids(self, path: str) -> list[str]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return [one["resource"]["id"] for one in answer.json().get("entry", [])]


@dataclass
class Record:
    """One source's record of a patient."""

    world: World
    source: str
    compartment: str
    person: str
    patient: str = ""

    def put(self, type_: str, labels: str = "N", **content: Any) -> str:
        suffix = content.pop("key", None) or str(next(self.world.numbers))
        with self.world.store.begin() as tx:
            id_ = f"{self.compartment}.{tx.keys.derive_id(type_, suffix)}"
            resource = {"resourceType": type_, "id": id_, **content}
            tx.resources.put(self.compartment, resource, owner=self.source, labels=labels.split())
        if type_ == "Patient":
            self.patient = id_
        return id_

    def observation(
        self, labels: str = "N", code: dict[str, str] | None = None, **more: Any
    ) -> str:
        coding = code or {"system": "http://loinc.org", "code": "4548-4"}
        content = {
            "status": "final",
            "code": {"coding": [coding]},
            "subject": {"reference": f"Patient/{self.patient}"},
            "effectiveDateTime": "2026-03-01T09:00:00+08:00",
        }
        return self.put("Observation", labels, **(content | more))


def consent(provision: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """Return a Consent about Zhang."""
    resource = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                    "code": "patient-privacy",
                }
            ]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"identifier": {"system": IDENTITY, "value": ZHANG}},
        "dateTime": "2026-01-01",
        "policyRule": {"coding": [{"system": ACT, "code": "OPTIN"}]},
        "provision": provision,
        **more,
    }
    return {name: value for name, value in resource.items() if value is not None}


def actor(reference: str, **more: Any) -> dict[str, Any]:
    """Return a recipient."""
    code = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}
    return {"role": {"coding": [code]}, "reference": {"reference": reference, **more}}


def permit(organisation: str = "ih", *purposes: str, **more: Any) -> dict[str, Any]:
    """Return a permitting provision for an organisation."""
    provision: dict[str, Any] = {"type": "permit", "actor": [actor(f"Organization/{organisation}")]}
    if purposes:
        provision["purpose"] = [{"system": REASON, "code": code} for code in purposes]
    return provision | more


def label(code: str) -> dict[str, str]:
    """Return a sensitivity label."""
    return {"system": ACT, "code": code}
