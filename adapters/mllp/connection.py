"""One MLLP connection: octets in, payloads to handlers, their answers out in order of receipt.

An event of the decoder is *waiting*, then *begun* (its handler runs), then answered. At most
`Limits.window` are begun; while any waits, nothing is read, so a peer that sends faster than it is
answered meets TCP's own back-pressure. Handlers are begun in order of receipt and their answers
leave in that order, however they overlap; what a handler does before its first ``await`` is
therefore in order too.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import cast

from adapters.mllp.answers import Answers
from adapters.mllp.events import Broken, Event, Frame, Noise, Reason, TooLong
from adapters.mllp.framing import FrameDecoder
from adapters.mllp.peer import Peer, peer_of
from adapters.mllp.service import Service

__all__ = ["Connection"]

_log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """Serves one peer. Belongs to the set `others` from its first octet to its last answer."""

    def __init__(self, service: Service, others: "set[Connection]") -> None:
        self._service = service
        self._limits = service.limits
        self._others = others
        self._loop = asyncio.get_running_loop()
        self._decoder = FrameDecoder(service.limits.max_frame)
        self._waiting: deque[Event] = deque()
        self._ending = False  # nothing more is read
        self._blocked = False  # the peer leaves its answers unread
        self._paused = False
        self._lingering = False  # what still comes is thrown away, so that the answer arrives
        self._lost = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._last_message = self._loop.time()
        self._transport: asyncio.Transport
        self._peer: Peer
        self._answers: Answers
        self.finished: asyncio.Future[None] = self._loop.create_future()

    # From the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the peer, or refuse it when there are too many."""
        self._transport = cast("asyncio.Transport", transport)
        self._peer = peer_of(self._transport)
        self._answers = Answers(self._service, self._peer, self._send)
        if len(self._others) >= self._limits.connections:
            _log.warning("mllp peer %s refused: too many connections", self._peer.host)
            self._service.count("connections_refused", 1)
            self._ending = self._lost = True
            self._transport.abort()
            return
        self._others.add(self)
        self._service.count("connections_opened", 1)
        self._set_timer("idle", self._limits.idle, self._check_idle)

    def data_received(self, data: bytes) -> None:
        """Decode what came."""
        if not self._ending:
            self._service.count("octets", len(data))
            self._receive(self._decoder.feed(data))

    def eof_received(self) -> bool:
        """Stay open for the answers under way, which TLS cannot."""
        if not self._ending:
            self._end(self._decoder.close())
        return self._transport.get_extra_info("ssl_object") is None and bool(self._answers)

    def connection_lost(self, exc: Exception | None) -> None:
        """Finish what was received: it may be on its way to the disk."""
        if self not in self._others:
            return
        self._lost = True
        for name in tuple(self._timers):
            self._set_timer(name)
        if exc is not None:
            _log.info("mllp peer %s lost: %s", self._peer.host, type(exc).__name__)
        self._end(self._decoder.close())

    def pause_writing(self) -> None:
        """Begin nothing more while the peer does not read."""
        self._blocked = True
        self._set_timer("stall", self._limits.stall, self._stalled)
        self._pace()

    def resume_writing(self) -> None:
        """Go on."""
        self._blocked = False
        self._set_timer("stall")
        self._advance()

    # From the listener

    def drain(self) -> None:
        """Answer what is whole, then close.

        A frame still arriving is let go: it was not acknowledged, so it is still its sender's.
        """
        if not self._ending:
            self._end(e for e in self._decoder.close() if not isinstance(e, Broken))

    def abort(self) -> None:
        """Give up now."""
        self._end([])
        self._waiting.clear()
        self._answers.cancel()
        self._transport.abort()

    # Receiving

    def _receive(self, events: Iterable[Event]) -> None:
        before = len(self._waiting)
        self._waiting.extend(events)
        if self._decoder.closed:
            self._ending = True
        if len(self._waiting) > before or not self._decoder.in_frame:
            self._set_timer("frame")
        if self._decoder.in_frame and "frame" not in self._timers:
            self._set_timer("frame", self._limits.frame, self._frame_overdue)
        if self._decoder.unsettled:
            self._set_timer("settle", self._limits.settle, self._settle)
        elif "settle" in self._timers:
            self._set_timer("settle")
        self._advance()

    def _end(self, events: Iterable[Event]) -> None:
        self._ending = True
        self._waiting.extend(events)
        self._advance()

    def _advance(self) -> None:
        while self._waiting and self._has_room():
            self._begin(self._waiting.popleft())
        self._pace()
        if self._ending and not self._waiting and not self._answers:
            if not self._lost:
                self._close()
            elif self in self._others:
                self._others.discard(self)
                self._service.count("connections_closed", 1)
                self.finished.set_result(None)

    def _close(self) -> None:
        """Close; but a peer that is still sending must first get to read why."""
        if not self._lingering:
            self._transport.close()
        elif "linger" not in self._timers:
            if self._transport.can_write_eof():
                self._transport.write_eof()
            self._set_timer("linger", self._limits.linger, self._transport.close)

    def _has_room(self) -> bool:
        if self._blocked and not self._lost:
            return False
        return self._answers.room

    def _pace(self) -> None:
        ending = self._ending and not self._lingering
        pause = ending or self._blocked or bool(self._waiting)
        if pause is self._paused or self._lost or self._transport.is_closing():
            return
        self._paused = pause
        if pause:
            # Octets we do not read are not late.
            self._set_timer("frame")
            self._transport.pause_reading()
        else:
            if self._decoder.in_frame:
                self._set_timer("frame", self._limits.frame, self._frame_overdue)
            self._transport.resume_reading()

    def _begin(self, event: Event) -> None:
        count, peer, service = self._service.count, self._peer, self._service
        match event:
            case Frame(payload, trailer):
                count("frames", 1)
                if trailer != b"\r":
                    count("frames_lax", 1)
                self._last_message = self._loop.time()
                self._answers.begin(payload, lambda: service.handler(payload, peer))
            case Broken(partial, reason):
                count("frames_broken", 1)
                _log.warning("mllp peer %s: %s after %d octets", peer.host, reason, len(partial))
                self._answers.begin(partial, lambda: service.on_broken(partial, reason, peer))
            case TooLong(partial, limit):
                count("frames_too_long", 1)
                self._lingering = True
                _log.warning("mllp peer %s: frame over %d octets", peer.host, limit)
                self._answers.begin(
                    partial, lambda: service.on_broken(partial, Reason.TOO_LONG, peer)
                )
            case Noise(octets):
                count("noise_octets", len(octets))
                if octets.strip():
                    _log.warning("mllp peer %s: %d octets outside frames", peer.host, len(octets))
                    outside = Reason.OUTSIDE_FRAME
                    self._answers.begin(octets, lambda: service.on_broken(octets, outside, peer))

    # Answering

    def _send(self, frames: list[bytes], hang_up: bool) -> None:
        if frames and not self._lost and not self._transport.is_closing():
            self._service.count("answers", len(frames))
            self._transport.write(b"".join(frames))
        if hang_up:
            self._hang_up()
        self._advance()

    def _hang_up(self) -> None:
        self._ending = True
        self._waiting.clear()
        self._decoder.close()
        if not self._lost:
            _log.error("mllp peer %s hung up on: a message could not be answered", self._peer.host)
            self._transport.close()

    # Deadlines

    def _set_timer(
        self, name: str, seconds: float = 0, fire: Callable[[], None] | None = None
    ) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
        if fire is not None and not self._lost:
            self._timers[name] = self._loop.call_later(seconds, fire)

    def _frame_overdue(self) -> None:
        self._end(self._decoder.close(Reason.DEADLINE))

    def _settle(self) -> None:
        if not self._ending:
            self._receive(self._decoder.settle())

    def _stalled(self) -> None:
        _log.warning("mllp peer %s does not read its answers", self._peer.host)
        self._service.count("connections_stalled", 1)
        self._transport.abort()

    def _check_idle(self) -> None:
        left = self._last_message + self._limits.idle - self._loop.time()
        if left <= 0 and (self._answers or self._decoder.in_frame):
            left = self._limits.idle
        if left > 0:
            self._set_timer("idle", left, self._check_idle)
            return
        _log.info("mllp peer %s idle", self._peer.host)
        self._service.count("connections_idle", 1)
        self._end(self._decoder.close())
