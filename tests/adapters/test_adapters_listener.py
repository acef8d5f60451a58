"""The listener with real sockets: order, back-pressure, limits, faults, drain, TLS."""

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hl7
import hl7.client
import hl7.mllp
import pytest
import uvloop
from certificates import Authority

from adapters.ack import build_ack
from adapters.header import read_header
from adapters.mllp.client import MllpClient
from adapters.mllp.events import Reason
from adapters.mllp.framing import encode
from adapters.mllp.listener import Limits, MllpServer, Peer, serve_mllp

ADT = (
    b"MSH|^~\\&|HIS|TJH01|GW|HIE|20260301083015||ADT^A04^ADT_A01|%d|P|2.4\r"
    b"PID|1||0000012345||TEST^A\r"
)

Run = Callable[[Callable[[], Awaitable[None]]], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    def runs(main: Callable[[], Awaitable[None]]) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(20):
                await main()

        factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(bounded())

    return runs


class House:
    """A handler that answers with what it got, and remembers."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.broken: list[tuple[bytes, Reason]] = []
        self.peers: set[Peer] = set()
        self.counts: Counter[str] = Counter()

    async def handle(self, payload: bytes, peer: Peer) -> bytes | None:
        self.payloads.append(payload)
        self.peers.add(peer)
        return b"A:" + payload

    async def broke(self, partial: bytes, reason: Reason, peer: Peer) -> bytes | None:
        self.broken.append((partial, reason))
        return f"R:{reason}".encode()

    def count(self, what: str, times: int) -> None:
        self.counts[what] += times

    @asynccontextmanager
    async def open(self, **options: Any) -> AsyncIterator[MllpServer]:
        options = {"on_broken": self.broke, "count": self.count, **options}
        handler = options.pop("handler", self.handle)
        async with await serve_mllp("127.0.0.1", 0, handler, **options) as server:
            yield server


@asynccontextmanager
async def connected(
    server: MllpServer, **options: Any
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, **options)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.005)


def test_pipelined_frames_are_answered_in_order(run: Run) -> None:
    async def main() -> None:
        house, under_way, most = House(), 0, 0

        async def slow(payload: bytes, peer: Peer) -> bytes:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.02 if int(payload) % 3 == 0 else 0)
            under_way -= 1
            return payload

        async with (
            house.open(handler=slow, limits=Limits(window=8)) as server,
            connected(server) as (reader, writer),
        ):
            sent = b"".join(encode(b"%d" % i) for i in range(100))
            writer.write(sent)
            assert await reader.readexactly(len(sent)) == sent
        assert 1 < most <= 8
        assert house.counts["frames"] == house.counts["answers"] == 100
        assert house.counts["octets"] == len(sent)
        assert house.counts["connections_opened"] == house.counts["connections_closed"] == 1

    run(main)


def test_fifty_peers(run: Run) -> None:
    async def main() -> None:
        house = House()

        async def peer(number: int, server: MllpServer) -> None:
            async with connected(server) as (reader, writer):
                for i in range(20):
                    payload = b"%d.%d" % (number, i)
                    writer.write(encode(payload))
                    assert await reader.readuntil(b"\x1c\r") == encode(b"A:" + payload)

        async with house.open() as server:
            async with asyncio.TaskGroup() as group:
                for number in range(50):
                    group.create_task(peer(number, server))
            assert {(p.host, p.local_port, p.certificate) for p in house.peers} == {
                ("127.0.0.1", server.port, frozenset())
            }
        assert len(house.payloads) == 1000
        assert len(house.peers) == 50

    run(main)


def test_back_pressure_stops_reading(run: Run) -> None:
    async def main() -> None:
        house, gate = House(), asyncio.Event()

        async def wait(payload: bytes, peer: Peer) -> bytes:
            house.payloads.append(payload)
            await gate.wait()
            return b"ok"

        async with (
            house.open(handler=wait, limits=Limits(window=2)) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(encode(b"x" * 100_000) * 400)
            await until(lambda: len(house.payloads) == 2)
            await asyncio.sleep(0.05)
            assert len(house.payloads) == 2
            # What the kernel and one read hold, of forty megabytes.
            assert house.counts["octets"] < 8_000_000
            gate.set()
            answers = encode(b"ok") * 400
            assert await reader.readexactly(len(answers)) == answers

    run(main)


def test_the_window_is_bounded_in_octets_too(run: Run) -> None:
    async def main() -> None:
        house, gate = House(), asyncio.Event()

        async def wait(payload: bytes, peer: Peer) -> bytes:
            house.payloads.append(payload)
            await gate.wait()
            return b"ok"

        async with (
            house.open(handler=wait, limits=Limits(max_frame=1000)) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(encode(b"x" * 600) * 4)
            await until(lambda: len(house.payloads) == 2)
            await asyncio.sleep(0.02)
            assert len(house.payloads) == 2
            gate.set()
            await reader.readexactly(4 * len(encode(b"ok")))

    run(main)


def test_a_peer_that_does_not_read_is_let_go(run: Run) -> None:
    async def main() -> None:
        house = House()
        async with (
            house.open(limits=Limits(stall=0.2)) as server,
            connected(server) as (_, writer),
        ):
            writer.transport.pause_reading()
            with suppress(OSError):
                for _ in range(100):
                    writer.write(encode(b"x" * 1_000_000))
                    await writer.drain()
            await until(lambda: house.counts["connections_closed"] == 1)
            assert house.counts["connections_stalled"] == 1
            assert server.connections == 0

    run(main)


def test_a_slow_reader_gets_everything(run: Run) -> None:
    async def main() -> None:
        house = House()
        frame = encode(b"x" * 1_000_000)
        async with house.open() as server, connected(server) as (reader, writer):

            async def send() -> None:
                for _ in range(30):
                    writer.write(frame)
                    await writer.drain()

            sending = asyncio.create_task(send())
            await asyncio.sleep(0.1)
            await reader.readexactly(30 * (len(frame) + 2))
            await sending
            assert house.counts["frames"] == 30

    run(main)


def test_broken_frames_and_noise_are_handed_over_in_order(run: Run) -> None:
    async def main() -> None:
        house = House()
        async with house.open() as server, connected(server) as (reader, writer):
            writer.write(b"GET /\x0bMSH|1\x0bMSH|2\x1c\r\r\n\x0bMSH|3\x1c\x0bMSH|4")
            writer.write_eof()
            assert await reader.read(-1) == b"".join(
                map(
                    encode,
                    [
                        b"R:outside-frame",
                        b"R:start-in-frame",
                        b"A:MSH|2",
                        b"A:MSH|3",
                        b"R:end-of-stream",
                    ],
                )
            )
        assert house.broken == [
            (b"GET /", Reason.OUTSIDE_FRAME),
            (b"MSH|1", Reason.START_IN_FRAME),
            (b"MSH|4", Reason.END_OF_STREAM),
        ]
        assert house.counts["noise_octets"] == 7
        assert house.counts["frames_lax"] == 1
        assert house.counts["frames_broken"] == 2

    run(main)


def test_a_lost_connection_leaves_nothing_behind(run: Run) -> None:
    async def main() -> None:
        house = House()
        async with house.open() as server:
            async with connected(server) as (_, writer):
                writer.write(encode(b"whole") + b"\x0bhalf")
                await until(lambda: len(house.payloads) == 1)
                writer.transport.abort()
            await until(lambda: house.counts["connections_closed"] == 1)
        assert house.payloads == [b"whole"]
        assert house.broken == [(b"half", Reason.END_OF_STREAM)]

    run(main)


def test_a_frame_that_ends_without_its_cr_is_answered(run: Run) -> None:
    async def main() -> None:
        house = House()
        async with (
            house.open(limits=Limits(settle=0.05)) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(b"\x0bMSH|1\x1c")
            assert await reader.readuntil(b"\x1c\r") == encode(b"A:MSH|1")
            writer.write(b"MSH|no frame")
            assert await reader.readuntil(b"\x1c\r") == encode(b"R:outside-frame")

    run(main)


def test_an_oversize_frame_is_answered_and_ends_the_connection(run: Run) -> None:
    async def main() -> None:
        house = House()
        async with (
            house.open(limits=Limits(max_frame=1000)) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(encode(b"MSH|1") + b"\x0b" + b"x" * 5000)
            assert await reader.read(-1) == encode(b"A:MSH|1") + encode(b"R:frame-too-long")
        assert house.broken == [(b"x" * 1000, Reason.TOO_LONG)]
        assert house.counts["frames_too_long"] == 1

    run(main)


@pytest.mark.parametrize("drip", [0.01, None])
def test_a_frame_that_dawdles_is_ended(run: Run, drip: float | None) -> None:
    async def main() -> None:
        house = House()
        async with (
            house.open(limits=Limits(frame=0.2)) as server,
            connected(server) as (reader, writer),
        ):

            async def dribble() -> None:
                writer.write(b"\x0bMSH|")
                while drip:
                    await asyncio.sleep(drip)
                    writer.write(b"x")

            dribbling = asyncio.create_task(dribble())
            assert await reader.readuntil(b"\x1c\r") == encode(b"R:frame-deadline")
            with suppress(ConnectionError):
                assert await reader.read(-1) == b""
            dribbling.cancel()
        assert house.broken[0][1] is Reason.DEADLINE

    run(main)


def test_each_frame_has_its_own_deadline(run: Run) -> None:
    async def main() -> None:
        house = House()
        async with (
            house.open(limits=Limits(frame=0.25)) as server,
            connected(server) as (reader, writer),
        ):
            for _ in range(4):
                writer.write(b"\x0bMSH|")
                await asyncio.sleep(0.1)
                writer.write(b"1\x1c\r")
                await reader.readuntil(b"\x1c\r")
        assert len(house.payloads) == 4

    run(main)


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(run: Run) -> None:
    async def main() -> None:
        house = House()

        async def slow(payload: bytes, peer: Peer) -> bytes:
            await asyncio.sleep(0.25)
            return payload

        async with (
            house.open(handler=slow, limits=Limits(idle=0.1)) as server,
            connected(server) as (idle, _),
            connected(server) as (reader, writer),
        ):
            writer.write(encode(b"busy"))
            assert await idle.read(-1) == b""
            assert await reader.read(-1) == encode(b"busy")
        assert house.counts["connections_idle"] == 2

    run(main)


def test_a_peer_too_many_is_refused(run: Run) -> None:
    async def main() -> None:
        house = House()
        async with house.open(limits=Limits(connections=2)) as server:
            async with connected(server), connected(server):
                await until(lambda: server.connections == 2)
                async with connected(server) as (reader, _):
                    with suppress(ConnectionError):
                        assert await reader.read(-1) == b""
                assert server.connections == 2
            await until(lambda: server.connections == 0)
            async with connected(server) as (reader, writer):
                writer.write(encode(b"1"))
                assert await reader.readuntil(b"\x1c\r") == encode(b"A:1")
        assert house.counts["connections_refused"] == 1

    run(main)


def test_a_failed_handler_is_answered_in_its_place(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        house = House()

        async def fail(payload: bytes, peer: Peer) -> bytes:
            if payload == b"secret":
                raise ValueError(payload)
            return payload

        def instead(payload: bytes, fault: BaseException, peer: Peer) -> bytes:
            return f"E:{type(fault).__name__}".encode()

        async with (
            house.open(handler=fail, on_error=instead) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(encode(b"1") + encode(b"secret") + encode(b"3"))
            expected = encode(b"1") + encode(b"E:ValueError") + encode(b"3")
            assert await reader.readexactly(len(expected)) == expected
        assert house.counts["handler_failures"] == 1

    run(main)
    assert "ValueError at" in caplog.text
    assert "secret" not in caplog.text


def no_answer(payload: bytes, fault: BaseException, peer: Peer) -> None:
    return None


def no_luck(payload: bytes, fault: BaseException, peer: Peer) -> bytes:
    raise KeyError(payload)


def refuse(payload: bytes, peer: Peer) -> Awaitable[bytes]:
    raise ValueError(payload)


@pytest.mark.parametrize("on_error", [None, no_answer, no_luck])
def test_what_cannot_be_answered_ends_the_connection(
    run: Run, caplog: pytest.LogCaptureFixture, on_error: Any
) -> None:
    async def main() -> None:
        house = House()
        async with (
            house.open(handler=refuse, on_error=on_error) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(encode(b"secret") + encode(b"next") + b"\x0bhalf")
            with suppress(ConnectionError):
                assert await reader.read(-1) == b""
            await until(lambda: server.connections == 0)
        assert house.broken == []

    run(main)
    assert "hung up on" in caplog.text
    assert "secret" not in caplog.text


def test_a_message_may_have_no_answer(run: Run) -> None:
    async def main() -> None:
        house = House()

        async def some(payload: bytes, peer: Peer) -> bytes | None:
            return None if payload == b"2" else payload

        async with (
            house.open(handler=some, on_broken=None) as server,
            connected(server) as (reader, writer),
        ):
            writer.write(b"noise" + b"".join(map(encode, (b"1", b"2", b"3"))))
            writer.write_eof()
            assert await reader.read(-1) == encode(b"1") + encode(b"3")

    run(main)


def test_closing_answers_what_was_received(run: Run) -> None:
    async def main() -> None:
        house, gate = House(), asyncio.Event()

        async def wait(payload: bytes, peer: Peer) -> bytes:
            house.payloads.append(payload)
            await gate.wait()
            return payload

        async with house.open(handler=wait, limits=Limits(window=2)) as server:
            async with connected(server) as (reader, writer), connected(server) as (idle, _):
                sent = b"".join(map(encode, (b"1", b"2", b"3")))
                writer.write(sent + b"\x0bunfinished")
                await until(lambda: len(house.payloads) == 2)
                closing = asyncio.create_task(server.close())
                assert await idle.read(-1) == b""
                with pytest.raises(OSError):  # noqa: PT011
                    await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(encode(b"too late"))
                gate.set()
                with suppress(ConnectionError):
                    assert await reader.readexactly(len(sent)) == sent
                    assert await reader.read(-1) == b""
            await closing
        assert house.payloads == [b"1", b"2", b"3"]
        assert house.broken == []

    run(main)


def test_closing_does_not_wait_for_ever(run: Run) -> None:
    async def main() -> None:
        house = House()

        async def never(payload: bytes, peer: Peer) -> bytes:
            house.payloads.append(payload)
            await asyncio.Event().wait()
            return payload

        async with house.open(handler=never, limits=Limits(drain=0.1)) as server:
            async with connected(server) as (reader, writer):
                writer.write(encode(b"1") + encode(b"2"))
                await until(lambda: len(house.payloads) == 2)
                await server.close()
                with suppress(ConnectionError):
                    assert await reader.read(-1) == b""
            assert server.connections == 0

    run(main)


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server and a client whose certificates are of one authority."""
    authority = Authority(folder)
    ours = authority.issue("gateway", "CN=gateway", ["gateway"])
    theirs = authority.issue("lis", "CN=lis,O=TJH01", ["lis.example"])
    return authority.server(ours), authority.client(theirs)


def test_mutual_tls_tells_who_the_peer_is(run: Run, tmp_path: Path) -> None:
    ours, theirs = contexts(tmp_path)

    async def main() -> None:
        house = House()
        async with house.open(tls=ours) as server:
            async with connected(server, ssl=theirs, server_hostname="gateway") as streams:
                reader, writer = streams
                payload = b"x" * 1_000_000
                writer.write(encode(payload))
                assert await reader.readuntil(b":") == b"\x0bA:"
                assert await reader.readexactly(len(payload) + 2) == payload + b"\x1c\r"
            stranger = ssl.create_default_context()
            stranger.check_hostname = False
            stranger.verify_mode = ssl.CERT_NONE
            with suppress(OSError):
                async with connected(server, ssl=stranger) as (reader, writer):
                    writer.write(encode(b"stranger"))
                    assert await reader.read(-1) == b""
            await until(lambda: server.connections == 0)
        (peer,) = house.peers
        assert {"subject:CN=lis,O=TJH01", "dns:lis.example"} < peer.certificate
        assert house.payloads == [payload]

    run(main)


def test_tls_peers_that_leave_early_lose_only_their_answer(run: Run, tmp_path: Path) -> None:
    ours, theirs = contexts(tmp_path)

    async def main() -> None:
        house = House()

        async def slow(payload: bytes, peer: Peer) -> bytes:
            await asyncio.sleep(0.05)
            house.payloads.append(payload)
            return payload

        async with house.open(handler=slow, tls=ours) as server:
            async with connected(server, ssl=theirs, server_hostname="gateway") as (_, writer):
                writer.write(encode(b"1"))
                await until(lambda: house.counts["frames"] == 1)
            await until(lambda: server.connections == 0)
        assert house.payloads == [b"1"]

    run(main)


async def acknowledge(payload: bytes, peer: Peer) -> bytes:
    header = read_header(payload.decode())
    return build_ack(header, "AA", at=datetime.now(UTC), control_id="1").encode()


def test_python_hl7_is_a_peer(run: Run) -> None:
    async def main() -> None:
        async with House().open(handler=acknowledge) as server:
            reader, writer = await hl7.mllp.open_hl7_connection("127.0.0.1", server.port)
            for number in range(3):
                writer.writemessage(hl7.parse((ADT % number).decode()))
                await writer.drain()
                answer = await reader.readmessage()
                assert str(answer.segment("MSA")) == f"MSA|AA|{number}"
            writer.close()
            await writer.wait_closed()

            def blocking() -> bytes:
                with hl7.client.MLLPClient("127.0.0.1", server.port) as client:
                    return bytes(client.send_message(hl7.parse((ADT % 9).decode())))

            assert b"MSA|AA|9" in await asyncio.to_thread(blocking)

    run(main)


def test_logs_name_peers_and_reasons(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def main() -> None:
        async with House().open() as server, connected(server) as (reader, writer):
            writer.write(b"noise\x0bsecret")
            writer.write_eof()
            await reader.read(-1)

    run(main)
    assert "5 octets outside frames" in caplog.text
    assert "end-of-stream after 6 octets" in caplog.text
    assert "secret" not in caplog.text


def test_the_sender_of_a_frame_too_long_gets_to_read_the_answer(run: Run) -> None:
    async def refuse(partial: bytes, reason: Reason, peer: Peer) -> bytes:
        return b"MSH|^~\\&|||||||ACK\rMSA|AR|1"

    async def handler(payload: bytes, peer: Peer) -> bytes:
        return payload

    async def send() -> None:
        limits = Limits(max_frame=64 * 1024)
        serving = serve_mllp("127.0.0.1", 0, handler, limits=limits, on_broken=refuse)
        async with (
            await serving as server,
            await MllpClient.connect("127.0.0.1", server.port) as client,
        ):
            answer = await client.send(b"MSH|^~\\&|" + b"x" * (32 * 1024 * 1024))
            assert b"MSA|AR" in answer

    run(send)
