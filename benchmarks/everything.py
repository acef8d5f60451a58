"""`$everything` of 300 resources over HTTP, against fetching and unsealing the same rows.

The gateway is a process of its own. Over HTTP come: the token's check, consent on every row, the
AuditEvent's commit, the Bundle, and the network.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from benchmarks.measure import Ratio, paired
from gateway.demo.asker import Asker
from gateway.demo.feed import identity_number, report
from gateway.demo.house import free_port, register
from gateway.demo.papers import ID_CARD, consent
from gateway.ingest.arrival.accept import Acceptor
from gateway.serving import Gateway
from gateway.settings import load

RESOURCES = 300


def over_http() -> Ratio:
    """Return the promised ratio (SQLite)."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        os.environ |= {
            "YIQIAO_DATABASE__URL": f"sqlite:///{folder}/bench.db",
            "YIQIAO_KEYS__DIRECTORY": f"{folder}/keys",
            "YIQIAO_SERVER__PORT": str(port),
            "YIQIAO_SERVER__BASE_URL": f"http://127.0.0.1:{port}",
            "YIQIAO_LOG__LEVEL": "error",
        }
        gateway = Gateway(load())
        keys = register(gateway.store)
        _fill(gateway)
        base = f"http://127.0.0.1:{port}"
        with (
            _served(base),
            Asker(
                base,
                "my-records",
                keys["my-records"],
                purpose="PATRQT",
                scope="system/Consent.cruds",
            ) as app,
            Asker(base, "cloudcare", keys["cloudcare"], purpose="TREAT") as asker,
        ):
            app.post("Consent", consent(identity_number(0))).raise_for_status()
            found = asker.get("Patient", identifier=f"{ID_CARD}|{identity_number(0)}").json()
            person = found["entry"][0]["resource"]["id"]
            path = f"Patient/{person}/$everything"
            entries = asker.get(path).json()["entry"]
            assert len(entries) >= RESOURCES, len(entries)

            def ours() -> bytes:
                return asker.get(path).raise_for_status().content

            def theirs() -> int:
                with gateway.store.read() as tx:
                    ids = [one.id for one in tx.persons.compartments(person)]
                    return len(tx.resources.bodies(tx.resources.rows(ids)))

            return paired(f"$everything of {len(entries)} resources", ours, theirs, limit=4.0)


def _fill(gateway: Gateway) -> None:
    import asyncio

    async def feed(acceptor: Acceptor) -> None:
        text = report(1, results=RESOURCES - 6)
        assert (await acceptor.accept(text.encode())).accepted

    asyncio.run(feed(gateway.acceptor))
    gateway.worker.drain()


@contextmanager
def _served(base: str) -> Iterator[None]:
    command = [
        sys.executable,
        "-c",
        "from gateway.cli import main; main()",
        "serve",
        "--role",
        "api",
    ]
    with subprocess.Popen(command) as process:
        try:
            for _ in range(100):
                try:
                    httpx.get(f"{base}/readyz")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()
