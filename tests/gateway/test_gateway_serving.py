"""A gateway as it is run: what its settings say takes effect; rotated keys are taken up."""

import asyncio

import httpx
import orjson
import pytest
from sqlalchemy import select

from adapters.mllp.client import MllpClient
from gateway.keys import KeyringError, open_keys
from gateway.sections import Auth, Server
from gateway.serving import running
from gateway.settings import Settings
from gateway.store import Store
from gateway.store.models import Organisation, Source, SpoolRow, table

BIG5 = (
    "MSH|^~\\&|HIS|TJH01|GW|HIE|20260301083015||ADT^A08|1|P|2.4\rPID|1||77||彭^測試||19000101|M\r"
).encode("big5hkscs")


@pytest.fixture
def settings(tmp_path, database_url):
    return Settings(
        database={"url": database_url},
        keys={"directory": tmp_path / "keys"},
        mllp={"port": 0, "charset": "BIG-5"},
    )


@pytest.fixture
def registered(settings):
    store = Store.open(settings.database.url, open_keys(settings))
    with store.begin() as tx:
        tx.directory.add(Organisation(id="tjh", kind="source", name="TJH", created=1))
        tx.directory.add(Source(organisation="tjh", facility="TJH01", charset="GBK"))
    yield store
    store.close()


def names(store):
    with store.read() as tx:
        compartments = tx.compartments.of_organisation("tjh", limit=9)
        rows = tx.resources.rows([one.id for one in compartments], ("Patient",))
        return [orjson.loads(body)["name"][0] for body in tx.resources.bodies(rows)]


def test_the_character_set_of_the_listener_is_that_of_its_messages(settings, registered):
    async def send():
        async with running(settings, ("mllp", "worker")) as here:
            client = await MllpClient.connect("127.0.0.1", here.mllp_port)
            async with client:
                assert b"MSA|AA|1" in await client.send(BIG5)
            for _ in range(200):
                if found := await asyncio.to_thread(names, registered):
                    return found
                await asyncio.sleep(0.05)
        raise AssertionError("never applied")

    found = asyncio.run(send())
    assert (found[0]["family"], found[0]["given"]) == ("彭", ["測試"])
    with registered.read() as tx:
        assert tx.connection.execute(select(table(SpoolRow).c.charset)).scalar_one() == "BIG-5"


def test_a_rotation_beside_a_running_gateway_is_taken_up(settings, registered, monkeypatch):
    monkeypatch.setattr("gateway.refreshing.SECONDS", 0.02)

    async def rotate():
        async with running(settings, ("worker",)) as here:
            keys = here.gateway.store.keys
            refresh, failed = keys.refresh, []

            def once_unreadable():
                if not failed:
                    failed.append(1)
                    raise KeyringError("not readable")
                return refresh()

            monkeypatch.setattr(keys, "refresh", once_unreadable)
            registered.keys.rotate()
            for _ in range(200):
                if keys.active_kek == registered.keys.active_kek:
                    return failed, keys.audit_signer.kid
                await asyncio.sleep(0.02)
        raise AssertionError("never taken up")

    failed, kid = asyncio.run(rotate())
    assert (failed, kid) == ([1], registered.keys.audit_signer.kid)


@pytest.mark.parametrize(
    ("proxies", "answered"),
    [("127.0.0.0/8", [400, 400, 429]), ("192.0.2.1", [400, 429, 429]), ("", [400, 429, 429])],
)
def test_only_a_trusted_proxy_tells_whose_request_it_is(settings, registered, proxies, answered):
    limited = settings.model_copy(
        update={"server": Server(port=0, proxies=proxies), "auth": Auth(requests_per_minute=1)}
    )

    async def ask():
        async with running(limited, ("api",)) as here, httpx.AsyncClient() as client:
            url = f"http://127.0.0.1:{here.http_port}/auth/token"
            return [
                (await client.post(url, headers={"x-forwarded-for": address})).status_code
                for address in ("198.51.100.1", "198.51.100.2", "198.51.100.1")
            ]

    assert asyncio.run(ask()) == answered
