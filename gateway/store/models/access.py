"""Who takes part, what they may ask for, and the log of what they were shown."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from gateway.store.models.base import BIG


class Organisation(SQLModel, table=True):
    """Who takes part: a hospital (source), an internet hospital, an insurer, a patient app."""

    __tablename__: ClassVar[Any] = "organisation"
    id: str = Field(primary_key=True, description="short name given by the operator")
    tenant: str = Field(default="default", index=True)
    kind: str = Field(description="source | internet-hospital | insurer | patient-app")
    name: str
    identifier_system: str | None = None
    identifier_value: str | None = Field(default=None, index=True)
    created: int = Field(sa_type=BigInteger)


class Client(SQLModel, table=True):
    """An OAuth 2 client of an organisation (SMART Backend Services)."""

    __tablename__: ClassVar[Any] = "client"
    id: str = Field(primary_key=True)
    organisation: str = Field(foreign_key="organisation.id", index=True)
    jwks: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    scopes: str = Field(description="space-separated, the most it may ask for")
    purposes: str = Field(description="space-separated v3-ActReason codes it is registered for")
    created: int = Field(sa_type=BigInteger)
    revoked: int | None = Field(default=None, sa_type=BigInteger)


class SpentAssertion(SQLModel, table=True):
    """A client assertion's jti, kept until it expires, so that none is used twice."""

    __tablename__: ClassVar[Any] = "spent_assertion"
    client: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires: int = Field(sa_type=BigInteger, index=True)


class ConsentIndex(SQLModel, table=True):
    """Which organisations a person's consents name: narrows candidates, never decides."""

    __tablename__: ClassVar[Any] = "consent_index"
    organisation: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    consent: str = Field(primary_key=True)


class AuditRow(SQLModel, table=True):
    """One AuditEvent, sealed, in a hash chain: `hash` = SHA-256(previous hash, seq, time, body)."""

    __tablename__: ClassVar[Any] = "audit"
    seq: int = Field(primary_key=True, sa_type=BIG)
    recorded: int = Field(sa_type=BigInteger)
    organisation: str | None = Field(default=None, index=True)
    person: str | None = Field(default=None, index=True)
    body: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)


class AuditHead(SQLModel, table=True):
    """The signed end of the chain; the row is locked while events are appended."""

    __tablename__: ClassVar[Any] = "audit_head"
    id: int = Field(primary_key=True, default=1)
    seq: int = Field(sa_type=BIG)
    hash: bytes = Field(sa_type=LargeBinary)
    signature: str


class VerificationAttempt(SQLModel, table=True):
    """How often an insurer asked about one visit, so that facts cannot be guessed one by one."""

    __tablename__: ClassVar[Any] = "verification_attempt"
    organisation: str = Field(primary_key=True)
    subject: bytes = Field(
        primary_key=True, sa_type=LargeBinary, description="keyed hash of identity, hospital, date"
    )
    day: int = Field(primary_key=True, description="days since 1970-01-01")
    attempts: int = 0
