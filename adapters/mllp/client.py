"""Messages in, to a peer over MLLP, its acknowledgements out.

One message is under way per connection, as the protocol has it; many connections carry many.

Errors::

    MllpError
    ├── ConnectFailedError   no connection: address, TLS
    ├── AckTimeoutError      connected, but no answer in time
    └── AckBrokenError       the connection ended, or what came is not one framed answer

After `AckTimeoutError` or `AckBrokenError` it is not known whether the peer kept the message, and
the connection is of no more use: a late answer would be taken for that of the next message.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from adapters.charset import UndecodableError, decode, salvage
from adapters.header import read_header
from adapters.mllp.events import Broken, Event, Frame, TooLong
from adapters.mllp.framing import DEFAULT_MAX_FRAME, FrameDecoder, encode

__all__ = [
    "AckBrokenError",
    "AckTimeoutError",
    "Acknowledgement",
    "ConnectFailedError",
    "MllpClient",
    "MllpError",
    "Sent",
    "read_acknowledgement",
    "send_all",
]

_READ = 256 * 1024
_SETTLE = 0.5
"""Seconds to wait for the CR of an answer that ended without."""


class MllpError(Exception):
    """A message was not acknowledged."""


class ConnectFailedError(MllpError):
    """There is no connection to the peer."""


class AckTimeoutError(MllpError):
    """The peer did not answer in time."""


class AckBrokenError(MllpError):
    """The connection ended, or gave something that is not one framed answer."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What an answer says.

    Attributes
    ----------
    code : str
        MSA-1, of table 0008; empty if there is no MSA.
    control_id : str
        MSA-2, the message it answers.
    text : str
        MSA-3, or the user message of the first ERR (ERR-8).
    """

    code: str
    control_id: str
    text: str

    @property
    def accepted(self) -> bool:
        """AA or CA: the peer has taken the message over."""
        return self.code in ("AA", "CA")


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one message.

    Attributes
    ----------
    number : int
        Its place among the messages, from 0.
    answer : bytes or None
        As received; None if there was none.
    acknowledgement : Acknowledgement or None
    fault : MllpError or None
        Why there was none.
    """

    number: int
    answer: bytes | None = None
    acknowledgement: Acknowledgement | None = None
    fault: MllpError | None = None

    @property
    def accepted(self) -> bool:
        """The peer said that it has taken the message over."""
        return self.acknowledgement is not None and self.acknowledgement.accepted


def read_acknowledgement(answer: bytes) -> Acknowledgement:
    """Classify an answer. What cannot be read of it is left empty."""
    try:
        text = decode(answer).text
    except UndecodableError:
        text = salvage(answer).text
    header = read_header(text)
    separator = header.separators[0] if header else "|"
    segments = [line.split(separator) for line in re.split("[\r\n]+", text)]
    msa = next((fields for fields in segments if fields[0] == "MSA"), [])
    err = next((fields for fields in segments if fields[0] == "ERR"), [])
    return Acknowledgement(_at(msa, 1), _at(msa, 2), _at(msa, 3) or _at(err, 8))


class MllpClient:
    """A connection to a peer. Leaving it as an async context manager closes it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        timeout: float,
        max_frame: int = DEFAULT_MAX_FRAME,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._timeout = timeout
        self._decoder = FrameDecoder(max_frame)

    @classmethod
    async def connect(
        cls, host: str, port: int, *, timeout: float = 30.0, tls: ssl.SSLContext | None = None
    ) -> Self:
        """Connect to a peer.

        Parameters
        ----------
        timeout : float
            Seconds to connect, and seconds to wait for each answer.

        Raises
        ------
        ConnectFailedError
        """
        try:
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(host, port, ssl=tls)
        except (OSError, ssl.SSLError) as fault:
            # TimeoutError is an OSError.
            raise ConnectFailedError(f"{host}:{port}: {str(fault) or 'timed out'}") from fault
        return cls(reader, writer, timeout=timeout)

    async def send(self, payload: bytes) -> bytes:
        """Send one message and give the payload of its answer.

        Raises
        ------
        AckTimeoutError, AckBrokenError
            The connection is closed then.
        """
        try:
            async with asyncio.timeout(self._timeout):
                self._writer.write(encode(payload))
                await self._writer.drain()
                return await self._answer()
        except TimeoutError:
            self._writer.transport.abort()
            raise AckTimeoutError(f"no answer within {self._timeout:g} s") from None
        except OSError as fault:
            self._writer.transport.abort()
            raise AckBrokenError(f"connection lost: {type(fault).__name__}") from fault
        except AckBrokenError:
            self._writer.transport.abort()
            raise

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _answer(self) -> bytes:
        while True:
            events = await self._events()
            frames = [event.payload for event in events if isinstance(event, Frame)]
            if any(isinstance(event, Broken | TooLong) for event in events) or len(frames) > 1:
                raise AckBrokenError("the answer is not one whole frame")
            if frames:
                return frames[0]
            if self._decoder.closed:
                raise AckBrokenError("the connection ended before the answer")

    async def _events(self) -> list[Event]:
        try:
            async with asyncio.timeout(_SETTLE if self._decoder.unsettled else None):
                data = await self._reader.read(_READ)
        except TimeoutError:
            return self._decoder.settle()
        return self._decoder.feed(data) if data else self._decoder.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def send_all(
    host: str,
    port: int,
    messages: Iterable[bytes],
    on_sent: Callable[[Sent], None],
    *,
    connections: int = 1,
    timeout: float = 30.0,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Send messages over some connections, telling what became of each as it is known.

    Over one connection the order of `messages` is kept. A connection that failed is made anew for
    the next message; no message is sent twice. `messages` is read no faster than it is sent.

    Parameters
    ----------
    on_sent : callable
        Called once for each message, in order of completion.
    connections : int
        How many, at most.
    timeout : float
        Seconds to connect, and seconds to wait for each answer.
    """
    numbered = enumerate(messages)

    async def lane() -> None:
        client: MllpClient | None = None
        for number, payload in numbered:
            try:
                client = client or await MllpClient.connect(host, port, timeout=timeout, tls=tls)
                answer = await client.send(payload)
            except MllpError as fault:
                if client is not None:
                    await client.close()
                client = None
                on_sent(Sent(number, fault=fault))
            else:
                on_sent(Sent(number, answer, read_acknowledgement(answer)))
        if client is not None:
            await client.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(lane())


def _at(fields: Sequence[str], number: int) -> str:
    return fields[number].strip() if number < len(fields) else ""
