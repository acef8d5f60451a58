"""The MLLP client against our listener, python-hl7's server, and peers that misbehave."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import hl7
import hl7.mllp
import pytest

from adapters.ack import Err, build_ack
from adapters.header import read_header
from adapters.mllp.client import (
    AckBrokenError,
    Acknowledgement,
    AckTimeoutError,
    ConnectFailedError,
    MllpClient,
    MllpError,
    Sent,
    read_acknowledgement,
    send_all,
)
from adapters.mllp.framing import encode
from adapters.mllp.listener import Peer, serve_mllp

ADT = b"MSH|^~\\&|HIS|TJH01|GW|HIE|20260301083015||ADT^A04^ADT_A01|%d|P|2.4\rPID|1||12\r"

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def acknowledge(payload: bytes, peer: Peer) -> bytes:
    header = read_header(payload.decode())
    assert header is not None
    rejected = header.control_id.endswith("7")
    return build_ack(
        header,
        "AE" if rejected else "AA",
        at=datetime.now(UTC),
        control_id="1",
        errors=[Err.at("PID-3", 101, "no identifier")] if rejected else [],
    ).encode()


def test_many_messages_over_some_connections() -> None:
    async def main() -> list[Sent]:
        results: list[Sent] = []
        async with await serve_mllp("127.0.0.1", 0, acknowledge) as server:
            messages = (ADT % number for number in range(100))
            await send_all("127.0.0.1", server.port, messages, results.append, connections=8)
        return results

    results = asyncio.run(main())
    assert sorted(sent.number for sent in results) == list(range(100))
    assert sum(sent.accepted for sent in results) == 90
    for sent in results:
        assert sent.fault is None
        assert sent.answer is not None
        assert sent.acknowledgement is not None
        assert sent.acknowledgement.control_id == str(sent.number)
        if not sent.accepted:
            assert sent.acknowledgement.text == "no identifier"


def test_one_connection_keeps_the_order() -> None:
    async def main() -> list[int]:
        results: list[Sent] = []
        async with await serve_mllp("127.0.0.1", 0, acknowledge) as server:
            messages = (ADT % number for number in range(20))
            await send_all("127.0.0.1", server.port, messages, results.append)
        return [sent.number for sent in results]

    assert asyncio.run(main()) == list(range(20))


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # hl7's, 3.12
def test_python_hl7_answers() -> None:
    async def serve(reader: hl7.mllp.HL7StreamReader, writer: hl7.mllp.HL7StreamWriter) -> None:
        message = await reader.readmessage()
        writer.writemessage(message.create_ack())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def main() -> bytes:
        server = await hl7.mllp.start_hl7_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, await MllpClient.connect("127.0.0.1", port) as client:
            return await client.send(ADT % 3)

    acknowledgement = read_acknowledgement(asyncio.run(main()))
    assert (acknowledgement.code, acknowledgement.control_id) == ("AA", "3")


async def converse(script: Script, timeout: float = 5.0) -> bytes:
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.readuntil(b"\x1c\r")
            await script(reader, writer)
            writer.close()
            await writer.wait_closed()
        served.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, await MllpClient.connect("127.0.0.1", port, timeout=timeout) as client:
        try:
            return await client.send(ADT % 1)
        except MllpError:
            # Whatever went wrong, the connection is of no more use.
            with pytest.raises(MllpError):
                await client.send(ADT % 2)
            raise
        finally:
            await client.close()
            await served.wait()


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    pass


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def says(octets: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        await writer.drain()

    return script


@pytest.mark.parametrize(
    ("script", "timeout", "fault"),
    [
        (silence, 0.1, AckTimeoutError),
        (end, 5, AckBrokenError),
        (reset, 5, AckBrokenError),
        (says(b"\x0bhalf"), 5, AckBrokenError),
        (says(b"HTTP/1.1 400 Bad Request"), 5, AckBrokenError),
        (says(encode(b"1") + encode(b"2")), 5, AckBrokenError),
    ],
)
def test_peers_that_do_not_answer(script: Script, timeout: float, fault: type[MllpError]) -> None:
    with pytest.raises(fault):
        asyncio.run(converse(script, timeout))


def test_a_lax_answer_is_taken() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\r\n\x0bMSA|AA")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(b"|1\x1c")
        await reader.read()

    assert asyncio.run(converse(script)) == b"MSA|AA|1"


def test_a_peer_that_is_silent_while_one_connects() -> None:
    with pytest.raises(ConnectFailedError, match=r"127\.0\.0\.1:9: timed out"):
        asyncio.run(MllpClient.connect("127.0.0.1", 9, timeout=0))


def test_a_peer_that_is_not_there() -> None:
    async def main() -> list[Sent]:
        results: list[Sent] = []
        async with await serve_mllp("127.0.0.1", 0, acknowledge) as server:
            port = server.port
        await send_all("127.0.0.1", port, [ADT % 1, ADT % 2], results.append)
        return results

    results = asyncio.run(main())
    assert [type(sent.fault) for sent in results] == [ConnectFailedError] * 2
    assert not any(sent.accepted for sent in results)


def test_a_broken_connection_is_made_anew() -> None:
    answers: Iterator[bytes | None] = iter([b"MSA|AA|1", None, b"MSA|CA|3"])

    async def handle(payload: bytes, peer: Peer) -> bytes:
        answer = next(answers)
        if answer is None:
            raise ValueError
        return answer

    async def main() -> list[Sent]:
        results: list[Sent] = []
        async with await serve_mllp("127.0.0.1", 0, handle) as server:
            await send_all("127.0.0.1", server.port, [b"1", b"2", b"3"], results.append)
        return results

    results = asyncio.run(main())
    assert [sent.accepted for sent in results] == [True, False, True]
    assert isinstance(results[1].fault, AckBrokenError)


@pytest.mark.parametrize(
    ("answer", "expected", "accepted"),
    [
        (b"MSH|^~\\&|A\rMSA|AA|1\r", Acknowledgement("AA", "1", ""), True),
        (b"MSH|^~\\&|A\nMSA|CA|1\n", Acknowledgement("CA", "1", ""), True),
        (b"MSH$^~\\&$A\rMSA$AE$1$why\r", Acknowledgement("AE", "1", "why"), False),
        (
            b"MSH|^~\\&|A\rMSA|AR|1\rERR||PID^1|101|E||||no PID\r",
            Acknowledgement("AR", "1", "no PID"),
            False,
        ),
        (
            "MSH|^~\\&|A\rMSA|AE|1|拒绝\r".encode("gb18030"),
            Acknowledgement("AE", "1", "拒绝"),
            False,
        ),
        (b"MSH|^~\\&|A\x81\xff\x81\rMSA|AA|1\r", Acknowledgement("", "", ""), False),
        (b"", Acknowledgement("", "", ""), False),
    ],
)
def test_what_an_answer_says(answer: bytes, expected: Acknowledgement, accepted: bool) -> None:
    acknowledgement = read_acknowledgement(answer)
    assert acknowledgement == expected
    assert acknowledgement.accepted is accepted
