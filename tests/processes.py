"""Gateways as a hospital runs them: processes, sockets, and a store that the test may look into."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import orjson
from joserfc.jwk import ECKey
from sqlalchemy import text

from adapters.mllp.client import MllpClient
from gateway.demo.asker import Asker
from gateway.demo.house import register
from gateway.keys import Keys
from gateway.store import Store
from gateway.store.models import Client

COMMAND = (sys.executable, "-c", "from gateway.cli import main; main()")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Gateway:
    """One installation: a database, keys, the demonstration's participants, some processes."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.http_port, self.mllp_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.http_port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("YIQIAO_")},
            "YIQIAO_DATABASE__URL": url,
            "YIQIAO_KEYS__DIRECTORY": str(folder / "keys"),
            "YIQIAO_SERVER__PORT": str(self.http_port),
            "YIQIAO_SERVER__BASE_URL": self.base,
            "YIQIAO_MLLP__PORT": str(self.mllp_port),
            "YIQIAO_INSURER__ANSWER_MILLISECONDS": "0",
            "YIQIAO_LOG__LEVEL": "debug",
        }
        self.store = Store.open(url, Keys(folder / "keys"))
        self.keys: dict[str, ECKey] = register(self.store)
        self._logs: list[Path] = []
        self._running = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.close()
        self.store.close()

    def start(self, *roles: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a process with these parts (all, if none is named), until the block's end."""
        return self._running.enter_context(self.serving(*roles, **settings))

    @contextmanager
    def serving(self, *roles: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a process while the block runs."""
        log = self.folder / f"log-{len(self._logs)}"
        self._logs.append(log)
        words = [word for role in roles for word in ("--role", role)]
        environment = self.environment | {f"YIQIAO_{k.upper()}": v for k, v in settings.items()}
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [*COMMAND, "serve", *words], env=environment, stderr=stderr, cwd=self.folder
            )
        try:
            until(lambda: process.poll() is not None or b'"started"' in log.read_bytes())
            assert process.poll() is None, log.read_text()
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise

    @property
    def log(self) -> str:
        """What all processes have logged."""
        return "".join(log.read_text() for log in self._logs)

    def client(self, name: str, organisation: str, *, scope: str, purpose: str) -> None:
        """Register one more client."""
        key = ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384"}, auto_kid=True)
        self.keys[name] = key
        with self.store.begin() as tx:
            jwks = {"keys": [key.as_dict(private=False)]}
            tx.directory.add(
                Client(id=name, organisation=organisation, scopes=scope, purposes=purpose,
                       jwks=jwks, created=tx.now)
            )  # fmt: skip

    def ask(self, name: str, purpose: str = "TREAT", scope: str = "system/*.rs") -> Asker:
        """Return a client, ready to ask."""
        return self._running.enter_context(
            Asker(self.base, name, self.keys[name], purpose=purpose, scope=scope)
        )

    def send(self, *messages: bytes, port: int | None = None) -> list[str]:
        """Send messages over one MLLP connection; return the answers."""

        async def over_one() -> list[str]:
            port_ = port or self.mllp_port
            async with await MllpClient.connect("127.0.0.1", port_, timeout=60) as client:
                return [(await client.send(message)).decode() for message in messages]

        return asyncio.run(over_one())

    def applied(self, *messages: bytes) -> list[str]:
        """Send messages and wait until they are applied; return the codes of their answers."""
        codes = [answer.partition("\rMSA|")[2].partition("|")[0] for answer in self.send(*messages)]
        self.settled()
        return codes

    def settled(self, seconds: float = 30) -> None:
        """Wait until nothing is pending."""

        def nothing_waits() -> bool:
            with self.store.read() as tx:
                return tx.spool.depth().pending == 0

        until(nothing_waits, seconds)

    def quarantine(self) -> list[str | None]:
        """Return the reasons of what is in quarantine."""
        with self.store.read() as tx:
            return [entry.reason for entry in tx.spool.entries()]

    def count(self, table: str) -> int:
        with self.store.read() as tx:
            return int(tx.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def until(holds: object, seconds: float = 30) -> None:
    """Wait until something holds."""
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def resources(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the resources of a searchset that is not refused."""
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in orjson.loads(answer.content).get("entry", ())]
