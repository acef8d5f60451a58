"""SIGKILL in the middle of a feed: every acknowledged message is there, exactly once."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from adapters.mllp.client import MllpClient, MllpError, read_acknowledgement
from gateway.demo.feed import report
from gateway.keys import Keys
from gateway.store import Store
from gateway.store.models import Organisation, Source

MESSAGES = 5_000
CONNECTIONS = 8


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", "from gateway.cli import main; main()", "serve"],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "the gateway did not start"
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


async def send(
    port: int, todo: list[int], acknowledged: set[int], killer: asyncio.Event, kill_at: int
) -> None:
    """Send over several connections until all is acknowledged or the connections are gone."""

    async def lane() -> None:
        try:
            async with await MllpClient.connect("127.0.0.1", port, timeout=20) as client:
                while todo:
                    number = todo.pop()
                    answer = await client.send(report(number, patient=number % 97).encode())
                    if read_acknowledgement(answer).accepted:
                        acknowledged.add(number)
                    if len(acknowledged) >= kill_at:
                        killer.set()
        except MllpError:
            killer.set()

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(lane())


def test_every_acknowledged_message_is_there_exactly_once(
    database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    keys = tmp_path / "keys"
    environment = {
        **os.environ,
        "YIQIAO_DATABASE__URL": database_url,
        "YIQIAO_KEYS__DIRECTORY": str(keys),
        "YIQIAO_SERVER__PORT": str(free_port()),
        "YIQIAO_MLLP__PORT": str(port),
    }
    store = Store.open(database_url, Keys(keys))
    with store.begin() as tx:
        tx.directory.add(Organisation(id="tjh01", kind="source", name="T", created=tx.now))
        tx.directory.add(Source(organisation="tjh01", facility="TJH01"))

    acknowledged: set[int] = set()

    async def first_half(process: subprocess.Popen[bytes]) -> None:
        killer = asyncio.Event()
        todo = list(range(MESSAGES))
        sending = asyncio.create_task(send(port, todo, acknowledged, killer, MESSAGES // 2))
        await killer.wait()
        process.send_signal(signal.SIGKILL)
        await sending

    with served(environment, port) as process:
        asyncio.run(first_half(process))
    assert MESSAGES // 2 <= len(acknowledged) < MESSAGES
    before = set(acknowledged)

    with served(environment, port):
        rest = [number for number in range(MESSAGES) if number not in acknowledged]
        asyncio.run(send(port, rest, acknowledged, asyncio.Event(), MESSAGES * 2))
        assert len(acknowledged) == MESSAGES
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            with store.read() as tx:
                if not tx.spool.depth().pending:
                    break
            time.sleep(0.2)

    with store.read() as tx:
        rows = tx.connection.execute(text("SELECT control_id, state FROM spool")).all()
        made = tx.connection.execute(
            text("SELECT type, count(*), max(version) FROM resource GROUP BY type")
        ).all()
    store.close()
    assert Counter(control_id for control_id, _ in rows) == Counter(
        f"B{number:09d}" for number in range(MESSAGES)
    )
    assert {state for _, state in rows} == {"done"}
    assert before <= acknowledged
    counts = {type_: (count, version) for type_, count, version in made}
    assert counts["DiagnosticReport"] == (MESSAGES, 1)
    assert counts["Observation"] == (MESSAGES, 1)
    assert counts["Patient"][0] == 97
