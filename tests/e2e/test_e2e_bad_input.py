"""Break it on purpose: whatever comes, an answer that says why, and nothing dropped."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import time
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import orjson
import pytest
from e2e_feed import NAME, NUMBER, SECRETS, visit
from processes import Gateway, free_port, resources, until
from sqlalchemy import make_url, text

from gateway.demo.feed import report, reports
from gateway.demo.papers import ID_CARD

HEADER = "MSH|^~\\&|HIS|TJH01|GW|HIE|20260301083015||{type}|{control}|P|2.5"


def exchange(port: int, *pieces: bytes, end: bool = True, seconds: float = 10) -> bytes:
    """Write octets as they are, and read until the gateway is silent or hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as peer:
        for piece in pieces:
            peer.sendall(piece)
        if end:
            peer.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := peer.recv(65536):
                answer += chunk
        return answer


def test_every_bad_message_is_answered_kept_and_not_logged(gateway: Gateway) -> None:
    gateway.start(mllp__frame_seconds="1.5", mllp__max_frame_bytes=str(1 << 20))
    port = gateway.mllp_port
    pid = f"PID|1||0000012345^^^TJH01^MR~{NUMBER}^^^GA^NNCHN||{NAME}||19000101|M"

    unknown_trigger = HEADER.format(type="ZZZ^Z99", control="B1") + "\rZZ1|1\rQPD|Z99\r"
    headless = f"{pid}\rPV1|1|O\r"
    undecodable = (
        HEADER.format(type="ADT^A04", control="B3").encode()
        + b"|||||||UNICODE UTF-8\rPID|1||0000012345||\xff\xfe\xff\r"
    )
    stranger = (HEADER.format(type="ADT^A04", control="B4") + f"\r{pid}\r").replace("TJH01", "X")
    half_header = HEADER.format(type="", control="B5") + f"\r{pid}\r"
    answers = gateway.send(
        unknown_trigger.encode(),
        headless.encode(),
        undecodable,
        stranger.encode(),
        half_header.encode(),
    )
    segments = [dict(line.split("|", 1) for line in a.rstrip("\r").split("\r")) for a in answers]
    assert [one["MSA"].split("|")[0] for one in segments] == ["AR", "AR", "AE", "AR", "AR"]
    assert "MSH^1^9" in segments[0]["ERR"]
    assert "201^" in segments[0]["ERR"]
    assert "MSH" in segments[1]["ERR"]
    assert "MSH^1^18" in segments[2]["ERR"]
    assert "102^" in segments[2]["ERR"]
    assert "MSH^1^4" in segments[3]["ERR"]
    assert "MSH^1^9" in segments[4]["ERR"]

    # Frames that break.
    good = b"\x0b" + visit(control="G1") + b"\x1c\r"
    cut = exchange(port, b"\x0b" + visit(control="B6"))
    assert b"\rMSA|AE|B6" in cut or b"\rMSA|CE|B6" in cut
    restarted = exchange(port, b"\x0b" + visit(control="B7") + good)
    assert b"|B7" in restarted
    assert b"\rMSA|CA|G1" in restarted
    noise = exchange(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + good)
    assert b"\rMSA|CA|G1" in noise
    too_long = exchange(port, b"\x0b" + visit(control="B8") + b"x" * (1 << 21))
    assert b"MSA|AR|B8" in too_long or b"MSA|CR|B8" in too_long
    began = time.monotonic()
    slow = exchange(port, b"\x0b" + visit(control="B9")[:200], end=False)
    assert 1 < time.monotonic() - began < 8
    assert b"|B9" in slow

    # A type that no table has is taken for its segments.
    odd = HEADER.format(type="ZZZ^Z98", control="G2") + f"\r{pid}\rAL1|1|DA|1605^Penicillin\r"
    assert gateway.applied(odd.encode()) == ["AA"]

    # Neighbours were not hurt, and all of it is kept, with reasons.
    gateway.settled()
    reasons = gateway.quarantine()
    assert reasons[:5] == [
        "unknown-trigger", "bad-header", "undecodable", "unknown-source", "bad-header",
    ]  # fmt: skip
    assert len(reasons) >= 8
    assert set(reasons[5:]) == {"broken-frame"}
    own = gateway.ask("tjh01-his")
    (patient,) = resources(own.get("Patient", identifier=f"{ID_CARD}|{NUMBER}"))
    assert len(resources(own.get("AllergyIntolerance", patient=patient["id"]))) == 1

    # Bad requests.
    for path, status in (
        (f"Patient?name={NAME}&nonsense=1", 400),
        ("Patient?birthdate=x", 400),
        (f"Patient/{NUMBER}", 404),
        ("Nonsense", 404),
    ):
        answer = own.get(path)
        assert answer.status_code == status
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert NAME not in answer.text
    own.get("Patient", name=NAME)

    assert [word for word in (*SECRETS, "李示范") if word in gateway.log] == []
    assert "Traceback" not in gateway.log


def test_large_messages(gateway: Gateway) -> None:
    gateway.start(mllp__max_frame_bytes=str(32 << 20))
    many = report(1, results=1000).encode()
    pdf = base64.b64encode(b"%PDF-1.7 " + bytes(range(256)) * 58_000).decode()  # 20 MB of it
    document = (
        report(2).rstrip("\r") + f"\rOBX|2|ED|PDF^Report^L||^application^pdf^Base64^{pdf}||||||F\r"
    ).encode()
    assert len(document) > 19_000_000
    assert gateway.applied(many, document, report(3).encode()) == ["CA", "CA", "CA"]
    assert gateway.quarantine() == []
    own = gateway.ask("tjh01-his")
    assert own.get("Observation", _summary="count").json()["total"] >= 1002
    (patient,) = resources(own.get("Patient"))
    reports_ = resources(own.get("DiagnosticReport", patient=patient["id"]))
    assert len(reports_) == 3
    everything = _everything(own, patient["id"])
    assert all(len(orjson.dumps(one)) < 100_000 for one in everything)
    (address,) = (
        part["attachment"]["url"]
        for one in everything
        if one["resourceType"] == "DocumentReference"
        for part in one["content"]
        if part["attachment"].get("contentType") == "application/pdf"
    )
    assert own.get(address).json()["data"] == pdf


def _everything(own: object, patient: str) -> list[dict[str, Any]]:
    found = []
    answer = own.get(f"Patient/{patient}/$everything")  # type: ignore[attr-defined]
    while True:
        found += resources(answer)
        links = {one["relation"]: one["url"] for one in answer.json().get("link", ())}
        if "next" not in links:
            return found
        answer = own.get(links["next"])  # type: ignore[attr-defined]


class Line:
    """A line to the database that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self.port = free_port()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far_reader, far_writer = await asyncio.open_connection(*self._to)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()

        pumps = {
            asyncio.create_task(pump(reader, far_writer)),
            asyncio.create_task(pump(far_reader, writer)),
        }
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass
        finally:
            for one in pumps:
                one.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            writer.transport.abort()
            far_writer.transport.abort()
            self._tasks.discard(task)


@pytest.mark.postgres
def test_a_database_that_goes_away_and_comes_back(postgres_url: str, tmp_path: Path) -> None:
    address = make_url(postgres_url)
    line = Line(address.host or "127.0.0.1", address.port or 5432)
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()

    def do(work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(10)  # type: ignore[arg-type]

    do(line.mend())
    through = address.set(host="127.0.0.1", port=line.port)
    try:
        with Gateway(postgres_url, tmp_path) as gateway:
            gateway.environment["YIQIAO_DATABASE__URL"] = through.render_as_string(False)
            gateway.start()
            assert gateway.applied(report(1).encode()) == ["CA"]
            own = gateway.ask("tjh01-his")
            assert own.get("Patient").status_code == 200

            do(line.cut())
            time.sleep(2.1)  # sources are read again
            (answer,) = gateway.send(report(2).encode())
            assert "\rMSA|CE|B000000002" in answer
            refused = own.get("Patient")
            assert refused.status_code == 503
            assert refused.json()["resourceType"] == "OperationOutcome"
            assert httpx.get(f"{gateway.base}/readyz").status_code == 503
            assert httpx.get(f"{gateway.base}/healthz").status_code == 200

            do(line.mend())
            codes: list[str] = []

            def accepted() -> bool:
                codes[:] = gateway.applied(report(2).encode())
                return codes == ["CA"]

            until(accepted, 15)
            assert own.get("Patient", _summary="count").json()["total"] == 1
            assert gateway.count("spool") == 2
            assert httpx.get(f"{gateway.base}/readyz").status_code == 200
            assert [word for word in SECRETS if word in gateway.log] == []
    finally:
        do(line.cut())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_killed_worker_is_taken_over(gateway: Gateway) -> None:
    gateway.start("mllp")
    messages = [one.encode() for one in reports(200, patients=40)]
    with gateway.serving("worker", ingest__batch="8") as worker:
        gateway.send(*messages)
        worker.kill()
        worker.wait()
    with gateway.store.read() as tx:
        assert tx.spool.depth().pending > 0
    gateway.start("worker")
    gateway.settled(60)
    assert gateway.quarantine() == []
    with gateway.store.read() as tx:
        made = tx.connection.execute(
            text("SELECT count(*), max(version) FROM resource WHERE type = 'DiagnosticReport'")
        ).one()
    assert tuple(made) == (200, 1)


@pytest.mark.postgres
def test_several_processes_share_one_database(postgres_url: str, tmp_path: Path) -> None:
    with Gateway(postgres_url, tmp_path) as gateway:
        gateway.start("api")
        gateway.start("mllp")
        gateway.start("worker")
        gateway.start("worker")
        messages = [one.encode() for one in reports(150, patients=10)]
        codes = [a.partition("\rMSA|")[2][:2] for a in gateway.send(*messages)]
        assert codes == ["CA"] * 150
        gateway.settled(60)
        assert gateway.quarantine() == []
        own = gateway.ask("tjh01-his")
        assert own.get("Patient", _summary="count").json()["total"] == 10
        assert own.get("DiagnosticReport", _summary="count").json()["total"] == 150
    assert gateway.log.count('"started"') == 4
    assert "Traceback" not in gateway.log
