"""Durable acknowledgements with 50 MLLP connections, against the same listener with no store.

Server and client are processes of their own. The listener without a store reads headers and makes
acknowledgements all the same: what differs is sealing, writing and the commit.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from adapters.mllp.client import MllpClient
from adapters.mllp.listener import serve_mllp
from adapters.mllp.peer import Peer
from benchmarks.measure import Ratio
from gateway.demo.feed import report
from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.arrival.answer import Answerer
from gateway.ingest.arrival.reading import read
from gateway.ingest.sources import SourceBook
from gateway.keys import Keys
from gateway.serving import loop_factory, settle_memory
from gateway.store import Store
from gateway.store.engine import open_engine
from gateway.store.migrations import upgrade
from gateway.store.models import Organisation, Source

CONNECTIONS = 50
MESSAGES = 20_000
ROUNDS = 5


def durable() -> Ratio:
    """Return the promised ratio, on the store that YIQIAO_BENCH_URL names (default: SQLite)."""
    url = os.environ.get("YIQIAO_BENCH_URL")
    pairs = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            pairs.append((_rate(url or f"sqlite:///{folder}/bench.db"), _rate("none")))
    ratios = sorted(with_store / without for with_store, without in pairs)
    kind = "PostgreSQL" if url else "SQLite"
    return Ratio(
        f"durable acknowledgements, {CONNECTIONS} connections, {kind}",
        statistics.median(ratios), ratios[0], ratios[-1],
        f"{statistics.median(a for a, _ in pairs):,.0f}/s",
        f"{statistics.median(b for _, b in pairs):,.0f}/s without a store",
        0.25, at_most=False,
    )  # fmt: skip


def _rate(url: str) -> float:
    """Messages acknowledged per second."""
    command = [sys.executable, "-m", "benchmarks.listener"]
    with subprocess.Popen([*command, "serve", url], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        client = subprocess.run(
            [*command, "send", port], capture_output=True, text=True, check=True
        )
        server.terminate()
    return float(client.stdout)


async def _serve(url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/none.db" if url == "none" else url, pool_size=4)
        upgrade(engine)
        store = Store(engine, Keys(Path(folder) / "keys"))  # not `open`: each round has new keys
        with store.begin() as tx:
            if tx.directory.organisation("bench") is None:
                tx.directory.add(Organisation(id="bench", kind="source", name="B", created=tx.now))
                tx.directory.add(Source(organisation="bench", facility="TJH01"))
        book, answerer, acceptor = SourceBook(store), Answerer(), Acceptor(store)
        book.refresh()

        async def without_store(payload: bytes, _peer: Peer) -> bytes | None:
            return answerer.answer(read(payload, book.of_facility))

        async def with_store(payload: bytes, _peer: Peer) -> bytes | None:
            return (await acceptor.accept(payload)).ack

        handler = without_store if url == "none" else with_store
        settle_memory()
        async with await serve_mllp("127.0.0.1", 0, handler) as server:
            print(server.port, flush=True)
            await asyncio.sleep(3600)


async def _send(port: int) -> None:
    text = report(1, results=27)
    template = text.replace("|B000000001|", "|%s|")
    run = f"{time.time_ns():x}"
    todo = [(template % f"{run}{n:05d}").encode() for n in range(MESSAGES)]
    clients = [await MllpClient.connect("127.0.0.1", port) for _ in range(CONNECTIONS)]

    async def lane(client: MllpClient) -> None:
        while todo:
            answer = await client.send(todo.pop())
            assert b"MSA|CA" in answer or b"MSA|AA" in answer, answer

    settle_memory()
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(lane(client))
    print(MESSAGES / (time.perf_counter() - begun))
    for client in clients:
        await client.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        match sys.argv[1:]:
            case ["serve", url]:
                runner.run(_serve(url))
            case ["send", port]:
                runner.run(_send(int(port)))
