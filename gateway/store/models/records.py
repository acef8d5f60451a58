"""Whose records there are, and what lies in them: persons, compartments, resources."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from gateway.store.models.base import BIG


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
    """A merge event between two compartments of a source (A40); what was said last decides.

    Of those of one `clock` that is the one written last, else the one of the latest `spool_seq`.
    """

    __tablename__: ClassVar[Any] = "merge"
    retired: str = Field(primary_key=True)
    surviving: str = Field(primary_key=True, index=True)
    spool_seq: int = Field(sa_type=BIG)
    clock: bytes | None = Field(
        default=None, sa_type=LargeBinary, description="hash of the application that wrote it"
    )
    sent: int | None = Field(
        default=None, sa_type=BigInteger, description="when, by that clock; 0: not known"
    )


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
        description="when each sender last told of it; names of what is deleted, or told before",
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
