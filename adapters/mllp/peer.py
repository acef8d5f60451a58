"""A connected transport in, who is at its other end out."""

import asyncio
import ssl
from dataclasses import dataclass

from adapters.mllp.certificates import names_of

__all__ = ["Peer", "peer_of"]


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection.

    Attributes
    ----------
    host, port
        Its address.
    local_port : int
        The port of ours it came to: many sites give each source its own.
    certificate : frozenset of str
        The names (`adapters.mllp.certificates`) of its verified certificate, where TLS asks for
        one.
    """

    host: str
    port: int
    local_port: int
    certificate: frozenset[str] = frozenset()


def peer_of(transport: asyncio.Transport) -> Peer:
    """Read who is at the other end of a connected transport."""
    host, port = (transport.get_extra_info("peername") or ("", 0))[:2]
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    return Peer(
        host=host,
        port=port,
        local_port=transport.get_extra_info("sockname")[1],
        certificate=names_of(certificate) if certificate else frozenset(),
    )
