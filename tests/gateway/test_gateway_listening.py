"""A running gateway's MLLP door over real TLS: whose certificate speaks for which hospital."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from certificates import Authority, der
from sqlalchemy import select

from adapters.mllp.certificates import fingerprint
from adapters.mllp.client import MllpClient, MllpError
from gateway.audit.chain import aad
from gateway.keys import open_keys
from gateway.serving import Running, running
from gateway.settings import Settings
from gateway.store import Entry, Store
from gateway.store.models import AuditRow, Organisation, Source, table
from gateway.store.spool import PENDING, QUARANTINED

MESSAGE = "MSH|^~\\&|HIS|%s|GW|HIE|20260301083015||ADT^A08|%s|P|2.4\rPID|1||77||测^试||19000101|M\r"

Ask = Callable[[Running], Coroutine[Any, Any, None]]


def message(facility: str, control_id: str) -> bytes:
    return (MESSAGE % (facility, control_id)).encode()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def settings(tmp_path: Path, database_url: str, authority: Authority) -> Settings:
    certificate = authority.issue("gateway", "CN=gateway", ["localhost"])
    return Settings(
        database={"url": database_url},  # type: ignore[arg-type]
        keys={"directory": tmp_path / "keys"},  # type: ignore[arg-type]
        mllp={  # type: ignore[arg-type]
            "port": 0,
            "tls_certificate": certificate,
            "tls_client_ca": authority.pem,
        },
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store.open(settings.database.url, open_keys(settings))
    yield opened
    opened.close()


def register(store: Store, id_: str, *certificates: str) -> None:
    with store.begin() as tx:
        tx.directory.add(Organisation(id=id_, kind="source", name=id_, created=1))
        tx.directory.add(
            Source(organisation=id_, facility=id_.upper(), certificates="\n".join(certificates))
        )


def run(settings: Settings, ask: Ask) -> None:
    async def main() -> None:
        async with running(settings, ("mllp",)) as here:
            await ask(here)

    asyncio.run(main())


async def send(here: Running, tls: ssl.SSLContext | None, raw: bytes) -> bytes:
    client = await MllpClient.connect("localhost", here.mllp_port or 0, timeout=10, tls=tls)
    async with client:
        return await client.send(raw)


def kept(store: Store) -> list[Entry]:
    with store.read() as tx:
        return [*tx.spool.entries(PENDING), *tx.spool.entries(QUARANTINED)]


def test_a_certificate_speaks_for_the_hospitals_that_name_it(
    settings: Settings, store: Store, authority: Authority
) -> None:
    files = [authority.issue(name, f"CN={name}", [f"{name}.example"]) for name in ("a", "b", "c")]
    ours, theirs, stranger = map(authority.client, files)
    register(store, "a", fingerprint(der(files[0])))
    register(store, "b", "dns:b.example")
    register(store, "any")

    async def ask(here: Running) -> None:
        assert b"MSA|AA|1" in await send(here, ours, message("A", "1"))
        assert b"MSA|AA|2" in await send(here, theirs, message("B", "2"))
        assert b"MSA|AA|3" in await send(here, stranger, message("ANY", "3"))
        for number, (tls, facility) in enumerate(
            [(theirs, "A"), (ours, "B"), (stranger, "A"), (ours, "ANY")], 4
        ):
            told = await send(here, tls, message(facility, str(number)))
            assert f"MSA|AR|{number}|MSH-4 names a source".encode() in told
        with pytest.raises(MllpError):
            await send(here, authority.client(None), message("A", "8"))

    run(settings, ask)
    entries = kept(store)
    assert [(one.control_id, one.source, one.reason) for one in entries] == [
        ("1", "a", None),
        ("2", "b", None),
        ("3", "any", None),
        *((str(number), None, "wrong-sender") for number in range(4, 8)),
    ]
    assert entries[3].sender == f"dns:b.example\n{fingerprint(der(files[1]))}\nsubject:CN=b"
    events = audited(store)
    assert [(one["outcome"], one["outcomeDesc"]) for one in events] == [("4", "wrong-sender")] * 4
    assert events[0]["agent"][0]["network"]["address"] == "127.0.0.1"


def audited(store: Store) -> list[dict[str, Any]]:
    rows = table(AuditRow)
    with store.read() as tx:
        found = tx.connection.execute(select(rows.c.seq, rows.c.body).order_by(rows.c.seq)).all()
        return [orjson.loads(tx.keys.audit_key.open(body, aad(seq))) for seq, body in found]


def test_a_certificate_that_is_changed_counts_on_connections_that_stand(
    settings: Settings, store: Store, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = authority.issue("renewed", "CN=lis,O=A")
    register(store, "a", "dns:lis.example")

    async def ask(here: Running) -> None:
        monkeypatch.setattr(here.gateway.acceptor._book, "_seconds", 0)
        client = await MllpClient.connect(
            "localhost", here.mllp_port or 0, tls=authority.client(renewed)
        )
        async with client:
            assert b"MSA|AR|1" in await client.send(message("A", "1"))
            with store.begin() as tx:
                tx.directory.change_source("a", certificates="subject:CN=lis,O=A")
            assert b"MSA|AA|1" in await client.send(message("A", "1"))

    run(settings, ask)
    assert [one.source for one in kept(store)] == ["a", None]


def test_half_a_frame_under_anothers_name_is_not_the_others(
    settings: Settings, store: Store, authority: Authority
) -> None:
    tls = authority.client(authority.issue("b", "CN=b"))
    register(store, "a", "subject:CN=a")

    async def ask(here: Running) -> None:
        _, writer = await asyncio.open_connection("localhost", here.mllp_port or 0, ssl=tls)
        writer.write(b"\x0b" + message("A", "1") + b"\x0b")
        writer.close()
        await writer.wait_closed()
        for _ in range(200):
            if await asyncio.to_thread(kept, store):
                return
            await asyncio.sleep(0.02)

    run(settings, ask)
    broken = kept(store)[0]
    assert (broken.reason, broken.source) == ("broken-frame", None)
    assert "subject:CN=b" in (broken.sender or "")


def test_without_client_certificates_a_bound_hospital_sends_nothing(
    settings: Settings, store: Store, authority: Authority
) -> None:
    register(store, "a", "dns:a.example")
    register(store, "any")
    plain = settings.mllp.model_copy(update={"tls_client_ca": None, "tls_certificate": None})

    async def ask(here: Running) -> None:
        assert b"MSA|AR|1|MSH-4 names a source" in await send(here, None, message("A", "1"))
        assert b"MSA|AA|2" in await send(here, None, message("ANY", "2"))

    with structlog.testing.capture_logs() as logs:
        run(settings.model_copy(update={"mllp": plain}), ask)
    (told,) = (line for line in logs if line["event"].startswith("sources-without"))
    assert (told["event"], told["sources"]) == ("sources-without-tls", ["a"])


def test_who_is_bound_to_no_certificate_is_named_at_start(settings: Settings, store: Store) -> None:
    register(store, "a", "dns:a.example")
    register(store, "any")

    async def ask(here: Running) -> None:
        pass

    with structlog.testing.capture_logs() as logs:
        run(settings, ask)
    (told,) = (line for line in logs if line["event"].startswith("sources-without"))
    assert (told["event"], told["sources"]) == ("sources-without-certificate", ["any"])
