"""Handlers at work for one peer: payloads in, answers out in frames, in order of receipt.

Handlers overlap; an answer waits for those before it. Where a handler fails, the service's
``on_error`` answers. Where that has no answer either, none may follow: an answer after one that is
missing would be taken for it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.mllp.framing import encode
from adapters.mllp.peer import Peer
from adapters.mllp.service import Service, place_of

__all__ = ["Answers"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Begun:
    octets: bytes
    answer: asyncio.Future[bytes | None]


class Answers:
    """Begins handlers, and gives their answers to `send` as frames that may leave.

    `send` is told, too, whether the peer is to be hung up on: a message could not be answered.
    """

    def __init__(
        self, service: Service, peer: Peer, send: Callable[[list[bytes], bool], None]
    ) -> None:
        self._service = service
        self._peer = peer
        self._send = send
        self._begun: deque[_Begun] = deque()
        self._octets = 0

    def __bool__(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._begun)

    @property
    def room(self) -> bool:
        """Whether one more handler may begin."""
        limits = self._service.limits
        return not self._begun or (
            len(self._begun) < limits.window and self._octets < limits.max_frame
        )

    def begin(self, octets: bytes, call: Callable[[], Awaitable[bytes | None]]) -> None:
        """Begin the handler of octets."""
        answer: asyncio.Future[bytes | None]
        try:
            answer = asyncio.ensure_future(call())
        except Exception as fault:  # noqa: BLE001 - a handler may fail in any way, and at once
            answer = asyncio.get_running_loop().create_future()
            answer.set_exception(fault)
        self._begun.append(_Begun(octets, answer))
        self._octets += len(octets)
        answer.add_done_callback(self._answered)

    def cancel(self) -> None:
        """Give up the handlers that are at work."""
        for begun in self._begun:
            begun.answer.cancel()

    def _answered(self, _: asyncio.Future[bytes | None]) -> None:
        frames: list[bytes] = []
        hang_up = False
        while self._begun and self._begun[0].answer.done() and not hang_up:
            begun = self._begun.popleft()
            self._octets -= len(begun.octets)
            try:
                answer = self._answer_to(begun)
            except _HangUpError:
                hang_up = True
            else:
                if answer is not None:
                    frames.append(encode(answer))
        self._send(frames, hang_up)

    def _answer_to(self, begun: _Begun) -> bytes | None:
        if begun.answer.cancelled():
            raise _HangUpError
        fault = begun.answer.exception()
        if fault is None:
            return begun.answer.result()
        self._service.count("handler_failures", 1)
        # The text of a fault may quote the message: its kind and place must do.
        _log.error("mllp handler failed for %s: %s", self._peer.host, place_of(fault))
        try:
            answer = self._service.on_error(begun.octets, fault, self._peer)
        except Exception as second:  # noqa: BLE001
            _log.error("mllp error handler failed: %s", place_of(second))
            answer = None
        if answer is None:
            raise _HangUpError
        return answer


class _HangUpError(Exception):
    """There is no answer to give."""
