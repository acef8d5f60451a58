"""What the HTTP side is given to work with; the program wires it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.audit.log import AuditLog
from gateway.ingest.sources import Sender
from gateway.observability import Metrics
from gateway.settings import Settings
from gateway.store import Store


class Receipt(Protocol):
    """What became of a message that was handed in."""

    @property
    def reason(self) -> str | None:
        """Why it is in quarantine; None where it is not."""
        ...

    @property
    def outcome(self) -> str:
        """What is counted: ``accepted``, ``refused`` or ``not-stored``."""
        ...


class Delivery(Protocol):
    """What became of what was handed in at once."""

    @property
    def receipts(self) -> Sequence[Receipt]:
        """What became of each message."""
        ...

    @property
    def ack(self) -> bytes | None:
        """The acknowledgement of it all; None where the sender wants none."""
        ...


class Acceptor(Protocol):
    """The way in for HL7v2 messages."""

    async def deliver(
        self, raw: bytes, *, sender: Sender = ..., charset: str | None = None
    ) -> Delivery:
        """Store a message or several, of feeds that the sender may speak for, and answer them."""
        ...


class Context(Protocol):
    """The running gateway, as far as HTTP needs it."""

    @property
    def settings(self) -> Settings:
        """Settings."""
        ...

    @property
    def store(self) -> Store:
        """The store, with its keys."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit log of that store."""
        ...

    @property
    def metrics(self) -> Metrics:
        """Where things are counted."""
        ...

    @property
    def acceptor(self) -> Acceptor:
        """The way in for messages."""
        ...
