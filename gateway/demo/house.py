"""A gateway of its own for the demonstration: a folder in, a running gateway with participants out.

It runs as `yiqiao serve` would, on free ports of this machine, in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from joserfc.jwk import ECKey

from gateway.demo.asker import Asker
from gateway.observability import configure_logging
from gateway.serving import Gateway, Running, loop_factory, running
from gateway.settings import Settings, load
from gateway.store import Store
from gateway.store.models import Client, Organisation, Source

#: Hospitals: name, facility (MSH-4), profile, title.
HOSPITALS = (
    ("tjh01", "TJH01", "tjh01", "天津示范医院"),
    ("lakeside", "LAKESIDE", "lakeside", "Lakeside Hospital"),
)
#: Programs that ask: client, organisation, kind, title, scope, purpose.
ASKERS = (
    ("tjh01-his", "tjh01", "source", "", "system/*.rs", "TREAT"),
    ("lakeside-core", "lakeside", "source", "", "system/*.rs", "TREAT"),
    ("my-records", "my-records", "patient-app", "My Records (patient app)",
     "system/Consent.cruds", "PATRQT"),
    ("cloudcare", "cloudcare", "internet-hospital", "CloudCare Internet Hospital",
     "system/*.rs", "TREAT"),
    ("otherclinic", "otherclinic", "internet-hospital", "Other Clinic (no consent)",
     "system/*.rs", "TREAT"),
    ("evergreen", "evergreen", "insurer", "Evergreen Insurance",
     "operation/verify-visit", "HPAYMT"),
)  # fmt: skip


class House:
    """A running gateway, its participants registered."""

    def __init__(self, here: Running, keys: dict[str, ECKey]) -> None:
        self._keys = keys
        self.gateway: Gateway = here.gateway
        self.base_url = f"http://127.0.0.1:{here.http_port}"
        self.mllp_port = here.mllp_port or 0

    def asker(self, name: str) -> Asker:
        """Return a client that is registered, ready to ask."""
        _, _, _, _, scope, purpose = next(a for a in ASKERS if a[0] == name)
        return Asker(self.base_url, name, self._keys[name], purpose=purpose, scope=scope)


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Run a gateway in `folder` while the block runs."""
    port = free_port()
    settings = _settings(
        server={"host": "127.0.0.1", "port": port, "base_url": f"http://127.0.0.1:{port}"},
        mllp={"host": "127.0.0.1", "port": 0},
        database={"url": f"sqlite:///{folder / 'demo.db'}"},
        keys={"directory": folder / "keys"},
        log={"level": "error"},
    )
    configure_logging(settings.log)
    started: asyncio.Queue[Any] = asyncio.Queue()
    runner = asyncio.Runner(loop_factory=loop_factory())
    loop = runner.get_loop()
    stop = asyncio.Event()

    async def live() -> None:
        try:
            async with running(settings) as here:
                await started.put(here)
                await stop.wait()
        except BaseException as fault:
            await started.put(fault)
            raise

    def work() -> None:
        with runner:
            runner.run(live())

    thread = Thread(target=work, name="demo-gateway")
    thread.start()
    here = asyncio.run_coroutine_threadsafe(started.get(), loop).result(30)
    if isinstance(here, BaseException):
        thread.join()
        raise here
    try:
        yield House(here, register(here.gateway.store))
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def _settings(**sections: dict[str, Any]) -> Settings:
    """Return the defaults under `sections`: what this machine has set is not for the story."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    whole = {n: {**defaults[n].model_dump(), **section} for n, section in sections.items()}
    return load(**defaults | whole)


def register(store: Store) -> dict[str, ECKey]:
    """Register the demonstration's hospitals and clients; return the private keys."""
    keys: dict[str, ECKey] = {}
    with store.begin() as tx:
        for name, facility, profile, title in HOSPITALS:
            tx.directory.add(
                Organisation(
                    id=name, kind="source", name=title, created=tx.now,
                    identifier_system="https://yiqiao.org/fhir/demo", identifier_value=name,
                )
            )  # fmt: skip
            tx.directory.add(Source(organisation=name, facility=facility, profile=profile))
        for client, organisation, kind, title, scope, purpose in ASKERS:
            key = ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384"}, auto_kid=True)
            keys[client] = key
            if kind != "source":
                tx.directory.add(
                    Organisation(id=organisation, kind=kind, name=title, created=tx.now)
                )
            tx.directory.add(
                Client(id=client, organisation=organisation, scopes=scope, purposes=purpose,
                       jwks={"keys": [key.as_dict(private=False)]}, created=tx.now)
            )  # fmt: skip
    return keys


def free_port() -> int:
    """Return a port that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
