"""The door for MLLP: settings in, a listener whose messages are stored and answered out."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from adapters.mllp.events import Reason
from adapters.mllp.listener import MllpServer, serve_mllp
from adapters.mllp.peer import Peer
from adapters.mllp.pem import PemError, show, trust
from adapters.mllp.service import Limits
from gateway.audit.events import REFUSED, Event
from gateway.audit.log import AuditLog
from gateway.ingest.arrival.accept import Acceptor, Receipt
from gateway.ingest.arrival.answer import Answerer
from gateway.ingest.arrival.reading import WRONG_SENDER, read
from gateway.ingest.sources import Sender
from gateway.observability import Metrics
from gateway.sections import Mllp
from gateway.settings import BadSettingError
from gateway.store import Store

_LOG = structlog.get_logger("yiqiao.mllp")


class CannotListenError(OSError):
    """An address cannot be listened on."""

    def __init__(self, host: str, port: int, fault: OSError) -> None:
        why = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else str(fault)
        super().__init__(f"cannot listen on {host}:{port}: {why}")


class Listener:
    """Stores what MLLP peers send, and answers it."""

    def __init__(
        self,
        settings: Mllp,
        tls: ssl.SSLContext | None,
        store: Store,
        acceptor: Acceptor,
        audit: AuditLog,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._tls = tls
        self._store = store
        self._acceptor = acceptor
        self._audit = audit
        self._metrics = metrics
        self._answerer = Answerer()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[MllpServer]:
        """Listen while the block runs.

        Raises
        ------
        CannotListenError
            The address is taken, or not ours.
        """
        await asyncio.to_thread(self._warn)
        settings = self._settings
        limits = Limits(
            max_frame=settings.max_frame_bytes,
            connections=settings.max_connections,
            idle=settings.idle_seconds,
            frame=settings.frame_seconds,
        )
        try:
            server = await serve_mllp(
                settings.host,
                settings.port,
                self._accept,
                limits=limits,
                tls=self._tls,
                on_broken=self._accept_broken,
                on_error=self._not_stored,
                count=lambda what, times: self._metrics.mllp.labels(what).inc(times),
            )
        except OSError as fault:
            raise CannotListenError(settings.host, settings.port, fault) from fault
        try:
            yield server
        finally:
            await server.close()

    def _warn(self) -> None:
        """Say of which sources the certificates that they have, or have not, will surprise."""
        with self._store.read() as tx:
            sources = tx.directory.sources()
        if self._settings.tls_client_ca is None:
            shut = [one.organisation for one in sources if one.certificates]
            if shut:
                _LOG.warning("sources-without-tls", sources=shut)
        else:
            free = [one.organisation for one in sources if not one.certificates]
            if free:
                _LOG.warning("sources-without-certificate", sources=free)

    async def _accept(self, payload: bytes, peer: Peer) -> bytes | None:
        delivery = await self._acceptor.deliver(
            payload, sender=_sender(peer), charset=self._settings.charset
        )
        for receipt in delivery.receipts:
            self._count(receipt)
        if any(receipt.reason == WRONG_SENDER for receipt in delivery.receipts):
            event = Event("import", REFUSED, WRONG_SENDER, address=peer.host)
            await asyncio.to_thread(self._audit.record, event)
        return delivery.ack

    async def _accept_broken(self, partial: bytes, reason: Reason, peer: Peer) -> bytes | None:
        receipt = await self._acceptor.accept_broken(partial, reason.value, _sender(peer))
        self._count(receipt)
        return receipt.ack

    def _not_stored(self, payload: bytes, _fault: BaseException, _peer: Peer) -> bytes | None:
        """Say that a message was not kept: AE (or CE), so that its sender sends it again."""
        self._metrics.messages.labels("mllp", "not-stored").inc()
        return self._answerer.unavailable(read(payload, lambda _: None))

    def _count(self, receipt: Receipt) -> None:
        self._metrics.messages.labels("mllp", receipt.outcome).inc()


def _sender(peer: Peer) -> Sender:
    return Sender(certificate=peer.certificate)


def server_tls(mllp: Mllp) -> ssl.SSLContext | None:
    """Return what the listener's TLS is made of; None without a certificate.

    Raises
    ------
    BadSettingError
        A file is missing, or is none of certificates or keys.
    """
    if mllp.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        show(context, mllp.tls_certificate, mllp.tls_key)
    except PemError as fault:
        raise BadSettingError("settings", "mllp.tls_certificate", str(fault)) from None
    if mllp.tls_client_ca is not None:
        try:
            trust(context, mllp.tls_client_ca)
        except PemError as fault:
            raise BadSettingError("settings", "mllp.tls_client_ca", str(fault)) from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context
