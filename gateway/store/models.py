"""The store's tables, one schema for SQLite and PostgreSQL.

Rows are metadata in the clear plus a sealed body (`gateway.keys`). The compartment is the leading
column of every key that holds record content, so that rows of one patient lie together and the
schema can be distributed by it. Times are integers: microseconds since 1970-01-01 UTC. Hashes are
keyed (`gateway.keys.Keys.token`): equality can be looked up, values cannot be read back.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements only INTEGER


def table(model: type[SQLModel]) -> Table:
    """Return a model's table, for SQLAlchemy Core."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


def _partial(name: str, *columns: str, where: str) -> Index:
    """Return an index over few of the rows, so that the many cost nothing."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


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


class Source(SQLModel, table=True):
    """A hospital's feed: how its messages are recognised and read."""

    __tablename__: ClassVar[Any] = "source"
    organisation: str = Field(primary_key=True, foreign_key="organisation.id")
    facility: str = Field(unique=True, description="MSH-4.1 that names this source")
    profile: str | None = Field(default=None, description="site profile, by name or path")
    charset: str | None = Field(default=None, description="overrides MSH-18")
    timezone: str = Field(default="+08:00", description="for times without an offset")
    labels: str = Field(default="", description="space-separated codes that all its records carry")
    certificates: str = Field(
        default="", description="names of those it sends with, one a line; empty: any, or none"
    )


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


class Person(SQLModel, table=True):
    """One human being, unified over hospitals; its id is also the id of its own compartment.

    Every patient compartment has one, alone in it until a strong identifier links it. `absorbed`
    points to the person that this one turned out to be; its id stays good.
    """

    __tablename__: ClassVar[Any] = "person"
    id: str = Field(primary_key=True)
    tenant: str = Field(default="default", index=True)
    created: int = Field(sa_type=BigInteger)
    absorbed: str | None = Field(default=None, index=True)


class Compartment(SQLModel, table=True):
    """One source's record of one patient, a source's directory, or what is kept of a person.

    `wrapped_key` is the compartment's data key under a key-encryption key; destroying it erases
    everything sealed in the compartment, here and in every backup. A destroyed compartment stays
    as a mark that nothing may be put in it again.
    """

    __tablename__: ClassVar[Any] = "compartment"
    id: str = Field(primary_key=True, description="16 characters; prefix of its resources' ids")
    tenant: str = Field(default="default")
    kind: str = Field(description="patient | directory | person")
    organisation: str | None = Field(
        default=None, index=True, description="the source; null: person"
    )
    person: str | None = Field(default=None, foreign_key="person.id", index=True)
    kek: str = Field(index=True, description="the key-encryption key that wraps the data key")
    wrapped_key: bytes = Field(sa_type=LargeBinary)
    created: int = Field(sa_type=BigInteger)
    destroyed: int | None = Field(default=None, sa_type=BigInteger)


class Merge(SQLModel, table=True):
    """A merge event between two compartments of a source (A40); the latest `spool_seq` decides."""

    __tablename__: ClassVar[Any] = "merge"
    retired: str = Field(primary_key=True)
    surviving: str = Field(primary_key=True, index=True)
    spool_seq: int = Field(sa_type=BIG)


class IdentityToken(SQLModel, table=True):
    """An identifier, as a keyed hash, of a compartment (a person's own compartment included).

    `kind` = strong links compartments to one person by itself: a valid identity number that agrees
    with the record's birth date and sex. One that disagrees is `disputed` and waits for a human.
    `kind` = business is for look-up only.
    """

    __tablename__: ClassVar[Any] = "identity_token"
    token: bytes = Field(primary_key=True, sa_type=LargeBinary)
    compartment: str = Field(primary_key=True, index=True)
    kind: str = Field(description="strong | disputed | business")


class LinkReview(SQLModel, table=True):
    """Two records that may be one person's but lack proof; a human decides."""

    __tablename__: ClassVar[Any] = "link_review"
    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    compartment: str = Field(index=True)
    candidate: str
    reason: str
    state: str = Field(default="open", description="open | linked | rejected")
    created: int = Field(sa_type=BigInteger)
    __table_args__: ClassVar[Any] = (UniqueConstraint("compartment", "candidate"),)


class CommitSequence(SQLModel, table=True):
    """The number of the last transaction that wrote resources; its row is locked until commit.

    So numbers are committed in their order: a reader that has seen n will never see another n' < n.
    """

    __tablename__: ClassVar[Any] = "commit_sequence"
    id: int = Field(primary_key=True, default=1)
    value: int = Field(sa_type=BigInteger)


class ResourceRow(SQLModel, table=True):
    """The current version of a resource: metadata and sealed JSON."""

    __tablename__: ClassVar[Any] = "resource"
    compartment: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True, description="compartment + '.' + 16 characters")
    version: int
    seq: int = Field(sa_type=BIG, index=True, description="commit sequence")
    updated: int = Field(sa_type=BigInteger)
    deleted: bool = False
    owner: str = Field(description="organisation that wrote it")
    labels: str = Field(
        default="", description="space-separated confidentiality and sensitivity codes"
    )
    low: int | None = Field(
        default=None, sa_type=BigInteger, description="clinical period, first instant"
    )
    high: int | None = Field(
        default=None, sa_type=BigInteger, description="clinical period, last instant"
    )
    codes: bytes = Field(
        default=b"", sa_type=LargeBinary, description="8-byte keyed hashes, joined"
    )
    spool_seq: int | None = Field(default=None, sa_type=BIG, description="the message that made it")
    told: bytes | None = Field(
        default=None,
        sa_type=LargeBinary,
        description="when each sender last told of it; names of what is deleted of it",
    )
    body: bytes = Field(sa_type=LargeBinary)


class ResourceHistory(SQLModel, table=True):
    """Versions that have been superseded; the same columns, keyed by version too."""

    __tablename__: ClassVar[Any] = "resource_history"
    compartment: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    seq: int = Field(sa_type=BIG)
    updated: int = Field(sa_type=BigInteger)
    deleted: bool = False
    owner: str
    labels: str = ""
    low: int | None = Field(default=None, sa_type=BigInteger)
    high: int | None = Field(default=None, sa_type=BigInteger)
    codes: bytes = Field(default=b"", sa_type=LargeBinary)
    spool_seq: int | None = Field(default=None, sa_type=BIG)
    told: bytes | None = Field(default=None, sa_type=LargeBinary)
    body: bytes = Field(sa_type=LargeBinary)


class SpoolRow(SQLModel, table=True):
    """A message as received: sealed, committed before it is acknowledged.

    Under the spool key until it is applied, then under its compartment's key, so that erasing the
    compartment erases the raw message too. `findings` is sealed with the message.
    """

    __tablename__: ClassVar[Any] = "spool"
    seq: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    dedupe: bytes = Field(
        sa_type=LargeBinary, unique=True, description="keyed hash of source and bytes"
    )
    source: str | None = Field(default=None, description="organisation; null: unknown")
    sender: str | None = Field(
        default=None, description="of an unknown source's: whom its sender has proved to be"
    )
    charset: str | None = Field(
        default=None, description="set by its connection or source; null: as the message says"
    )
    control_id: str = ""
    message_type: str = ""
    lane: int = Field(description="hash of source and PID-3: order is kept within a lane")
    state: str = Field(default="pending", description="pending | done | quarantined")
    reason: str | None = Field(default=None, description="finding code of a quarantined message")
    received: int = Field(sa_type=BigInteger)
    applied: int | None = Field(default=None, sa_type=BigInteger)
    compartment: str | None = Field(
        default=None, description="whose key seals it; null: the spool key"
    )
    raw: bytes = Field(sa_type=LargeBinary)
    findings: bytes | None = Field(default=None, sa_type=LargeBinary)
    __table_args__: ClassVar[Any] = (
        _partial("ix_spool_pending", "seq", "lane", where="state = 'pending'"),
        _partial("ix_spool_quarantined", "seq", where="state = 'quarantined'"),
        _partial("ix_spool_compartment", "compartment", where="compartment IS NOT NULL"),
        Index("ix_spool_control_id", "source", "control_id"),
    )


class WorklistRow(SQLModel, table=True):
    """What a source's messages lacked in its tables, and how often (`mappings.worklist`).

    It names vocabulary only, so it lies in the clear.
    """

    __tablename__: ClassVar[Any] = "worklist"
    source: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    place: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)
    first: int = Field(sa_type=BigInteger)
    last: int = Field(sa_type=BigInteger)


class OrderNumber(SQLModel, table=True):
    """Which resource a placer's or a filler's number of an order names, where that is not plain.

    `number` is a keyed hash. Of the number that the tables look at second (an order's filler's, an
    appointment's placer's), it is one together with what was ordered; `claim` is the first number
    that came with it, empty as long as none has; `id` is empty where several share the number.
    So it is for what several results of a report have in common (`gateway.ingest.results`). Of a
    result that awaits its parent (`gateway.ingest.families`), `claim` is that one's keyed hash.
    Of staff (`gateway.ingest.staff`), `claim` is the record that lists the number. Of a report
    (`gateway.ingest.reports`), `number` is its own, and `claim` its order's.
    """

    __tablename__: ClassVar[Any] = "order_number"
    compartment: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    id: str = Field(default="")
    claim: str = Field(default="")


class OrderHome(SQLModel, table=True):
    """In which records of a source a number names an order; `number` as in `OrderNumber`, bare."""

    __tablename__: ClassVar[Any] = "order_home"
    source: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    id: str = Field(primary_key=True, description="of the order; it begins with its compartment")
    type: str
    compartment: str = Field(index=True)


class OrderWait(SQLModel, table=True):
    """A quarantined message that names no patient, and waits for an order of this number."""

    __tablename__: ClassVar[Any] = "order_wait"
    source: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    spool_seq: int = Field(primary_key=True, sa_type=BigInteger)
    __table_args__: ClassVar[Any] = (Index("ix_order_wait_spool_seq", "spool_seq"),)


class ListedResource(SQLModel, table=True):
    """A resource that snapshots have listed, and a later one may no longer list.

    `list` is the segment's name, with the id of the visit whose list it is and the application that
    sent it; empty if the resource is told by other means, too, and no list decides on it.
    `spool_seq` is the message that listed it last, `closed` whether it was closed since, being on
    no list any more.
    """

    __tablename__: ClassVar[Any] = "listed_resource"
    compartment: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    list: str = Field(primary_key=True)
    spool_seq: int = Field(sa_type=BigInteger)
    closed: bool = Field(default=False)


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
