"""The running gateway: settings in; listener, worker and HTTP API, wired and running, out.

This is the one place that wires rooms together. `Gateway` holds what one process has (and is what
`gateway.api.create_app` is given); `run` runs it until it is told to stop.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress

import structlog
import uvicorn

from adapters.mllp.listener import MllpServer
from consent.labels import labels_for
from gateway.api.app import create_app
from gateway.audit.log import AuditLog
from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.worker import Worker
from gateway.keys import open_keys
from gateway.listening import CannotListenError, Listener, server_tls
from gateway.observability import Metrics, configure_logging
from gateway.refreshing import fresh
from gateway.settings import Settings
from gateway.store import Store
from gateway.translator import Translator

ROLES = ("api", "mllp", "worker")
_LOG = structlog.get_logger("yiqiao.serving")
_MMAP_THRESHOLD = -3  # mallopt(3): blocks from this size on are the system's own pages
_LARGE = 1 << 20


class Gateway:
    """What one process of the gateway has.

    Attributes
    ----------
    settings, store, audit, metrics, acceptor
        As `gateway.api.context.Context` wants them.
    translator : Translator
        The tables of every source.
    worker : Worker
        Applies messages, once started.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        tls = server_tls(settings.mllp)
        self.store = Store.open(settings.database.url, open_keys(settings))
        translator = self.translator = Translator()
        try:
            self._warm(translator)
        except BaseException:
            self.store.close()
            raise
        self.audit = AuditLog(self.store, settings.fhir_base, self.metrics.audit_groups.observe)
        self.worker = Worker(
            self.store,
            Pipeline(translator.of_feed, translator.valid, labels_for, translator.lacking),
            size=settings.ingest.batch,
            poll=settings.ingest.poll_seconds,
            count=lambda what, times: self.metrics.worker.labels(what).inc(times),
        )
        self.acceptor = Acceptor(
            self.store,
            knows=translator.knows,
            committed=self.worker.wake,
        )
        self._listener = Listener(
            settings.mllp, tls, self.store, self.acceptor, self.audit, self.metrics
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

    def listening(self) -> AbstractAsyncContextManager[MllpServer]:
        """Listen for MLLP peers while the block runs."""
        return self._listener.listening()


def settle_memory() -> None:
    """Take what was loaded at start out of the garbage collector's sight, and let it run less.

    Translation makes many small objects and no cycles: collecting often finds nothing, slowly.
    What one large message took goes back to the system; glibc would keep it for the next.
    """
    with suppress(AttributeError, OSError, TypeError):  # where there is another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
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
        async with (
            fresh(gateway.store.keys, gateway.translator),
            _http(gateway, "api" in roles) as http_port,
        ):
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
            forwarded_allow_ips=settings.proxies,
            lifespan="off",
            timeout_graceful_shutdown=10,
        )
    )
    listening = _socket(settings.host, settings.port)
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task


def _socket(host: str, port: int) -> socket.socket:
    """Listen here rather than in uvicorn, which would end the process where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as fault:
        raise CannotListenError(host, port, fault) from fault


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
    """Return uvloop's maker of event loops where it is installed; None is asyncio's own."""
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
