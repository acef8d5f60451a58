"""What hospitals send, and what is noted of it, by which later messages are understood."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel

from gateway.store.models.base import BIG, partial


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
    lane: int = Field(description="hash of source and patient: order is kept within a lane")
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
        partial("ix_spool_pending", "seq", "lane", where="state = 'pending'"),
        partial("ix_spool_quarantined", "seq", where="state = 'quarantined'"),
        partial("ix_spool_compartment", "compartment", where="compartment IS NOT NULL"),
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
    that came with it, empty as long as none has; `id` is empty where several share the number. What
    several results of a report have in common (`gateway.ingest.things.results`) names the first of
    them. Of what awaits its parent (`gateway.ingest.things.awaiting`), `claim` is that one's keyed
    hash. Of staff (`gateway.ingest.things.staff`), `claim` is the record that lists the number. Of
    a report (`gateway.ingest.things.reports`), `number` is its own, and `claim` its order's.
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
