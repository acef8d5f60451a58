"""What a listener is given: the limits of a peer, and who answers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from adapters.mllp.events import Reason
from adapters.mllp.framing import DEFAULT_MAX_FRAME
from adapters.mllp.peer import Peer

__all__ = ["Counted", "Handler", "Limits", "OnBroken", "OnError", "Service", "place_of"]

Counted = Literal[
    "connections_opened",
    "connections_closed",
    "connections_refused",
    "connections_idle",
    "connections_stalled",
    "octets",
    "frames",
    "frames_lax",
    "frames_broken",
    "frames_too_long",
    "noise_octets",
    "answers",
    "handler_failures",
]
"""What is counted. `frames_lax` ended without the CR; stalled peers did not read their answers."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one listener bears. Times are seconds, sizes octets.

    Attributes
    ----------
    max_frame
        The largest payload. A larger one ends the connection.
    connections
        How many peers at a time. The next is refused.
    window
        How many messages of one connection are with the handler at a time; together they may
        hold `max_frame` octets, or be one.
    frame
        How long a frame may take to arrive.
    idle
        How long a connection may be without a message. Feeds rest at night.
    settle
        How long a line must be quiet before a frame without its CR is taken as ended.
    stall
        How long a peer may leave its answers unread.
    handshake
        How long a TLS handshake may take.
    drain
        How long closing waits for answers under way.
    linger
        How long a peer whose frame was too long may go on sending before it is cut off.
    """

    max_frame: int = DEFAULT_MAX_FRAME
    connections: int = 512
    window: int = 32
    frame: float = 60.0
    idle: float = 86_400.0
    settle: float = 0.5
    stall: float = 60.0
    handshake: float = 10.0
    drain: float = 30.0
    linger: float = 5.0


Handler = Callable[[bytes, Peer], Awaitable[bytes | None]]
"""Takes one payload and gives the payload of its answer, or None for no answer."""

OnBroken = Callable[[bytes, Reason, Peer], Awaitable[bytes | None]]
"""Takes octets that are no message, and may answer them."""

OnError = Callable[[bytes, BaseException, Peer], bytes | None]
"""Answers in place of a handler that failed. None closes the connection."""


@dataclass(frozen=True, slots=True)
class Service:
    """What the connections of one listener share."""

    handler: Handler
    on_broken: OnBroken
    on_error: OnError
    count: Callable[[Counted, int], None]
    limits: Limits


def place_of(fault: BaseException) -> str:
    """Say what kind of fault it is and where it arose; its text may quote a message."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "unknown"
    return f"{type(fault).__name__} at {where}"
