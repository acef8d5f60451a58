"""An address in, a listening MLLP server out: see `serve_mllp`.

The event loop is the caller's (uvloop where there is one). The server counts through a callback
and logs peers, sizes and reasons, never content.
"""

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self

from adapters.mllp.connection import Connection
from adapters.mllp.events import Reason
from adapters.mllp.peer import Peer
from adapters.mllp.service import Counted, Handler, Limits, OnBroken, OnError, Service

__all__ = ["Counted", "Limits", "MllpServer", "Peer", "serve_mllp"]


class MllpServer:
    """A listening server. Leaving it as an async context manager closes it."""

    def __init__(self, server: asyncio.Server, connections: set[Connection], drain: float) -> None:
        self._server = server
        self._connections = connections
        self._drain = drain
        self.port: int = server.sockets[0].getsockname()[1]

    @property
    def connections(self) -> int:
        """How many peers are connected."""
        return len(self._connections)

    async def close(self) -> None:
        """Stop accepting, answer what has been received, then close every connection.

        Takes `Limits.drain` seconds at most; what is not answered by then is given up.
        """
        self._server.close()
        for connection in tuple(self._connections):
            connection.drain()
        await self._wait(self._drain)
        for connection in tuple(self._connections):
            connection.abort()
        await self._wait(self._drain)
        await self._server.wait_closed()

    async def _wait(self, seconds: float) -> None:
        if self._connections:
            await asyncio.wait([c.finished for c in self._connections], timeout=seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def serve_mllp(
    host: str | None,
    port: int,
    handler: Handler,
    *,
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
    on_broken: OnBroken | None = None,
    on_error: OnError | None = None,
    count: Callable[[Counted, int], None] | None = None,
) -> MllpServer:
    """Listen for MLLP peers.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one, told by `MllpServer.port`.
    handler : Handler
        Called with each payload and its `Peer`, in order of receipt; gives the payload of the
        answer, or None to send none. Answers leave in order of receipt.
    limits : Limits, optional
    tls : ssl.SSLContext, optional
        With ``verify_mode = CERT_REQUIRED``, peers must show a certificate.
    on_broken : OnBroken, optional
        Called with octets that are no message and the `Reason`; may answer.
    on_error : OnError, optional
        Called when a handler raised; gives the answer, or None to close the connection. Without
        it the connection is closed: an unanswered message is the sender's to repeat.
    count : callable, optional
        Called with what happened and how often.

    Raises
    ------
    OSError
        If the address cannot be listened on.
    """
    limits = limits or Limits()
    service = Service(
        handler=handler,
        on_broken=on_broken or _ignore,
        on_error=on_error or _no_answer,
        count=count or _uncounted,
        limits=limits,
    )
    connections: set[Connection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(service, connections),
        host,
        port,
        ssl=tls,
        ssl_handshake_timeout=limits.handshake if tls else None,
    )
    return MllpServer(server, connections, limits.drain)


async def _ignore(partial: bytes, reason: Reason, peer: Peer) -> None:
    pass


def _no_answer(payload: bytes, fault: BaseException, peer: Peer) -> None:
    pass


def _uncounted(what: Counted, times: int) -> None:
    pass
