"""The running gateway: settings in; listener, worker and HTTP API, wired and running, out.

This is the one place that wires rooms together. `Gateway` holds what one process has (and is what
`gateway.api.create_app` is given); `run` runs it until it is told to stop.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn

from adapters.mllp.events import Reason
from adapters.mllp.listener import MllpServer, serve_mllp
from adapters.mllp.peer import Peer
from adapters.mllp.service import Limits
from consent.labels import labels_for
from gateway.api.app import create_app
from gateway.audit.log import AuditLog
from gateway.ingest.accept import Acceptor, Receipt
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.worker import Worker
from gateway.keys import Keys
from gateway.observability import Metrics, configure_logging
from gateway.settings import Settings
from gateway.store import Store
from gateway.translator import Translator

ROLES = ("api", "mllp", "worker")
_LOG = structlog.get_logger("yiqiao.serving")


class Gateway:
    """What one process of the gateway has.

    Attributes
    ----------
    settings, store, audit, metrics, acceptor
        As `gateway.api.context.Context` wants them.
    worker : Worker
        Applies messages, once started.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.store = Store.open(settings.database.url, Keys(settings.keys.directory))
        self.audit = AuditLog(
            self.store, settings.fhir_base, lambda size: self.metrics.audit_groups.observe(size)
        )
        translator = Translator()
        self._warm(translator)
        self.worker = Worker(
            self.store,
            Pipeline(translator.of_feed, translator.valid, labels_for),
            size=settings.ingest.batch,
            poll=settings.ingest.poll_seconds,
        )
        self.acceptor = Acceptor(
            self.store,
            knows=lambda feed, type_, event: translator.knows(feed.source.profile, type_, event),
            committed=self.worker.wake,
        )

    def _warm(self, translator: Translator) -> None:
        """Compile every source's tables now: a wrong row stops the program, not a message."""
        translator.dictionary(None)
        with self.store.read() as tx:
            for source in tx.directory.sources():
                translator.dictionary(source.profile)

    def close(self) -> None:
        """Commit what is under way, and let go of the database."""
        self.acceptor.close()
        self.worker.stop()
        self.store.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[MllpServer]:
        """Listen for MLLP peers while the block runs."""
        settings = self.settings.mllp
        server = await serve_mllp(
            settings.host,
            settings.port,
            self._accept,
            limits=Limits(
                max_frame=settings.max_frame_bytes,
                connections=settings.max_connections,
                idle=settings.idle_seconds,
                frame=settings.frame_seconds,
            ),
            tls=_tls(self.settings),
            on_broken=self._accept_broken,
        )
        try:
            yield server
        finally:
            await server.close()

    async def _accept(self, payload: bytes, _peer: Peer) -> bytes | None:
        return self._answered(await self.acceptor.accept(payload))

    async def _accept_broken(self, partial: bytes, reason: Reason, _peer: Peer) -> bytes | None:
        return self._answered(await self.acceptor.accept_broken(partial, reason.value))

    def _answered(self, receipt: Receipt) -> bytes | None:
        self.metrics.messages.labels("mllp", "accepted" if receipt.accepted else "refused").inc()
        return receipt.ack


def _tls(settings: Settings) -> ssl.SSLContext | None:
    mllp = settings.mllp
    if mllp.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(mllp.tls_certificate, mllp.tls_key)
    if mllp.tls_client_ca is not None:
        context.load_verify_locations(mllp.tls_client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def settle_memory() -> None:
    """Take what was loaded at start out of the garbage collector's sight, and let it run less.

    Translation makes many small objects and no cycles: collecting often finds nothing, slowly.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@asynccontextmanager
async def running(settings: Settings, roles: Collection[str] = ROLES) -> AsyncIterator[Running]:
    """Run a gateway while the block runs; yields where it listens.

    Parameters
    ----------
    roles
        Which parts this process has: ``api``, ``mllp``, ``worker``. Several processes on one
        PostgreSQL may have any.
    """
    gateway = Gateway(settings)
    settle_memory()
    try:
        if "worker" in roles:
            gateway.worker.start()
        async with _http(gateway, "api" in roles) as http_port:
            if "mllp" in roles and settings.mllp.enabled:
                async with gateway.listening() as server:
                    yield Running(gateway, http_port, server.port)
            else:
                yield Running(gateway, http_port, None)
    finally:
        await asyncio.to_thread(gateway.close)


class Running:
    """A running gateway and its ports (None: that part is not here)."""

    def __init__(self, gateway: Gateway, http_port: int | None, mllp_port: int | None) -> None:
        self.gateway = gateway
        self.http_port = http_port
        self.mllp_port = mllp_port


@asynccontextmanager
async def _http(gateway: Gateway, wanted: bool) -> AsyncIterator[int | None]:
    if not wanted:
        yield None
        return
    settings = gateway.settings.server
    server = _Server(
        uvicorn.Config(
            create_app(gateway),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=10,
        )
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            raise OSError("the HTTP server did not start")
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: `run` has them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `run`."""
        yield


def run(settings: Settings, roles: Collection[str] = ROLES) -> None:
    """Run a gateway until SIGTERM or SIGINT."""
    configure_logging(settings.log)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_until_told(settings, roles))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loops where it is installed; else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _until_told(settings: Settings, roles: Collection[str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings, roles) as here:
        _LOG.info(
            "started", http_port=here.http_port, mllp_port=here.mllp_port, roles=sorted(roles)
        )
        await stop.wait()
        _LOG.info("stopping")
